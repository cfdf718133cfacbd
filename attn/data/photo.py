"""A drawn group photo: nine regions, each with what can be seen there, and questions about it."""

from typing import NamedTuple


class Region(NamedTuple):
    """A part of the picture: where it is (the picture is 1 wide and 0.6 high) and what it shows."""

    x: float
    y: float
    features: dict[str, float]


def group_photo() -> dict[str, Region]:
    """Six people and three things, in a classroom.

    >>> photo = group_photo()
    >>> [name for name, region in photo.items() if region.features.get("adult")]
    ['Ms Diallo']
    """
    return {
        "Amina": Region(0.13, 0.30, {"person": 1.0, "face": 1.0, "glasses": 1.0, "front row": 1.0}),
        "Ben": Region(0.27, 0.33, {"person": 1.0, "face": 1.0, "front row": 1.0, "smile": 1.0}),
        "Chloé": Region(0.41, 0.31, {"person": 1.0, "face": 1.0, "front row": 1.0, "book": 1.0}),
        "Driss": Region(0.55, 0.33, {"person": 1.0, "face": 1.0, "front row": 1.0, "smile": 1.0}),
        "Emi": Region(0.69, 0.30, {"person": 1.0, "face": 1.0, "glasses": 1.0, "front row": 1.0}),
        "Ms Diallo": Region(
            0.86, 0.22, {"person": 1.0, "face": 1.0, "adult": 1.0, "at the board": 1.0, "book": 1.0}
        ),
        "board": Region(0.62, 0.09, {"writing": 1.0, "at the board": 1.0}),
        "window": Region(0.16, 0.09, {"light": 1.0}),
        "plant": Region(0.96, 0.45, {"green": 1.0}),
    }


def features() -> dict[str, dict[str, float]]:
    """The photo's regions as feature vectors, without their places.

    >>> features()["window"]
    {'light': 1.0}
    """
    return {name: region.features for name, region in group_photo().items()}


# A question asks for features; how strongly is its length. Negative: "not this".
QUESTIONS: dict[str, dict[str, float]] = {
    "How many people are there?": {"person": 3.0, "face": 3.0},
    "Who is the teacher?": {"adult": 4.0, "at the board": 2.0, "person": 2.0},
    "Who wears glasses?": {"glasses": 6.0, "face": 2.0},
    "Who is reading?": {"book": 5.0, "face": 1.0},
    "What is the weather like?": {"light": 6.0},
}
