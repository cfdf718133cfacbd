"""A drawn group photo: nine regions, each with what can be seen there, and questions about it."""

from typing import NamedTuple


class Region(NamedTuple):
    """A part of the picture: its middle (the picture is 1 wide and 0.6 high) and what it shows."""

    x: float
    y: float
    features: dict[str, float]


# What a region can show, in the order in which a page lists it.
FEATURES = (
    *("person", "adult", "front row", "glasses", "smile"),
    *("book", "board", "writing", "light", "green"),
)


def _shows(*features: str) -> dict[str, float]:
    return dict.fromkeys(features, 1.0)


def group_photo() -> dict[str, Region]:
    """Six people and three things, in a classroom.

    Ben and Driss show the same features on purpose: no question can tell them apart.

    >>> photo = group_photo()
    >>> [name for name, region in photo.items() if region.features.get("adult")]
    ['Ms Diallo']
    """
    return {
        "Amina": Region(0.20, 0.38, _shows("person", "front row", "glasses")),
        "Ben": Region(0.32, 0.26, _shows("person", "smile")),
        "Chloé": Region(0.44, 0.38, _shows("person", "front row", "book")),
        "Driss": Region(0.56, 0.26, _shows("person", "smile")),
        "Emi": Region(0.68, 0.38, _shows("person", "front row", "glasses", "smile")),
        "Ms Diallo": Region(0.83, 0.22, _shows("person", "adult", "board", "book")),
        "board": Region(0.56, 0.09, _shows("board", "writing")),
        "window": Region(0.13, 0.14, _shows("light")),
        "plant": Region(0.94, 0.47, _shows("green")),
    }


def features() -> dict[str, dict[str, float]]:
    """The photo's regions as feature vectors, without their places.

    >>> features()["window"]
    {'light': 1.0}
    """
    return {name: region.features for name, region in group_photo().items()}


def _asks(*features: str) -> dict[str, float]:
    return dict.fromkeys(features, 2.0)


# A question asks for features, each with a strength. A negative strength would say "not this".
QUESTIONS: dict[str, dict[str, float]] = {
    "How many people are there?": _asks("person"),
    "Who is the teacher?": _asks("person", "adult", "board"),
    "Who wears glasses?": _asks("person", "glasses"),
    "Who is reading?": _asks("person", "book"),
    "What is the weather like?": _asks("light"),
}
