"""Generated pictures of two to four coloured shapes, and a caption for each.

Every picture knows where its things are, so "does it look where it names?" has an answer.
A caption names the leftmost thing and the rightmost: "a small red circle left of a blue square".
"""

from collections.abc import Sequence
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

from attn.data.batch import EOS, PAD
from attn.data.vocabulary import SPECIAL, UNKNOWN, Vocabulary

SIDE = 24  # of a picture, in pixels
THINGS = 4  # at most
COLOURS = {
    "red": (0.85, 0.20, 0.20),
    "green": (0.15, 0.60, 0.30),
    "blue": (0.20, 0.40, 0.90),
    "yellow": (0.95, 0.80, 0.15),
}
SHAPES = ("circle", "square", "triangle")
RELATIONS = ("left", "above", "below")
VOCABULARY = Vocabulary(["a", "small", *COLOURS, *SHAPES, *RELATIONS, "of"])
LONGEST = 11  # words of a caption, its end included
NOTHING = -1  # what "a", "of", a relation and the end name
_CLASSES = {"size": ("small",), "colour": (*COLOURS,), "shape": SHAPES, "relation": RELATIONS}


class Scenes(NamedTuple):
    """Pictures, the boxes of their things, captions, and which thing each word names.

    A box is (left, top, right, bottom) in pixels, row 0 being at the top; a thing that is not
    there has a box of zeros, and a word that names no thing has ``NOTHING``.
    """

    images: Float[Tensor, "n 3 24 24"]
    boxes: Float[Tensor, "n 4 4"]
    captions: Int[Tensor, "n 11"]
    named: Int[Tensor, "n 11"]

    def to(self, device: torch.device) -> "Scenes":
        """The same on another device."""
        return Scenes(*(part.to(device) for part in self))

    def word_boxes(self) -> Float[Tensor, "n 11 4"]:
        """For each word the box of what it names; zeros where it names nothing."""
        thing = self.named.clamp(min=0)[..., None].expand(-1, -1, 4)
        return self.boxes.gather(1, thing) * (self.named != NOTHING)[..., None]


def word_class(number: int) -> str:
    """What kind of word has this number; "" for padding and other marks.

    >>> [word_class(n) for n in VOCABULARY.encode(["a", "small", "red", "circle", "left", "of"])]
    ['article', 'size', 'colour', 'shape', 'relation', 'of']
    """
    word = VOCABULARY.words[number]
    if word in (UNKNOWN, SPECIAL[PAD]):
        return ""
    others = {"a": "article", "of": "of", SPECIAL[EOS]: "end"}
    return next((kind for kind, words in _CLASSES.items() if word in words), others.get(word, ""))


def scenes(n: int, generator: Generator) -> Scenes:
    """n pictures with captions, drawn by chance; the same generator gives the same ones.

    Later things may cover a part of earlier ones. The leftmost and the rightmost thing stand out
    from the others by two pixels, so that the caption is never a matter of taste.

    >>> some = scenes(1, Generator().manual_seed(3))
    >>> " ".join(VOCABULARY.decode(some.captions[0].tolist()))
    'a small red square left of a small yellow square'
    """
    x, y, radius, there = _places(n, generator)
    colour, shape = (
        torch.randint(len(kinds), (n, THINGS), generator=generator) for kinds in (COLOURS, SHAPES)
    )
    images = _draw(x, y, radius, colour, shape, there, generator)
    boxes = torch.stack([x - radius, y - radius, x + radius, y + radius], -1) * there[..., None]
    first = x.masked_fill(~there, torch.inf).argmin(-1)
    last = x.masked_fill(~there, -torch.inf).argmax(-1)
    told = []
    # Plain numbers: to index tensors one by one takes longer than to draw the pictures.
    things = torch.stack([x, y, radius, colour, shape], -1).tolist()
    for row, pair in zip(things, zip(first.tolist(), last.tolist(), strict=True), strict=True):
        left, right = (row[k] for k in pair)
        a, b = _noun(*left[2:]), _noun(*right[2:])
        relation = _relation(*left[:2], *right[:2])
        told.append((VOCABULARY.encode([*a, *relation, *b]), len(a), len(relation), pair))
    captions = _fill([[*words, EOS] for words, *_ in told], PAD)
    named = _fill([_names(len(words), *rest) for words, *rest in told], NOTHING)
    return Scenes(images, boxes, captions, named)


def _names(words: int, first: int, between: int, pair: tuple[int, int]) -> list[int]:
    """Which thing each word names; the article of a thing names nothing."""
    a = [NOTHING] + [pair[0]] * (first - 1)
    return a + [NOTHING] * (between + 1) + [pair[1]] * (words - first - between - 1)


def _noun(radius: float, colour: float, shape: float) -> list[str]:
    size = ["small"] if radius < 3 else []
    return ["a", *size, list(COLOURS)[int(colour)], SHAPES[int(shape)]]


def _relation(x: float, y: float, other_x: float, other_y: float) -> list[str]:
    if abs(other_y - y) <= other_x - x:
        return ["left", "of"]
    return ["above"] if y < other_y else ["below"]


def _fill(rows: Sequence[Sequence[int]], value: int) -> Int[Tensor, "n 11"]:
    return torch.tensor([[*row] + [value] * (LONGEST - len(row)) for row in rows])


def _places(n: int, generator: Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Middles, radii and presence of the things; places that would be unclear are drawn again."""

    def uniform(m: int, low: Tensor | float, high: Tensor | float) -> Tensor:
        return low + (high - low) * torch.rand(m, THINGS, generator=generator)

    small = torch.rand(n, THINGS, generator=generator) < 0.5
    radius = torch.where(small, uniform(n, 2.2, 2.7), uniform(n, 3.8, 4.8))
    count = torch.randint(2, THINGS + 1, (n, 1), generator=generator)
    there = torch.arange(THINGS) < count
    x, y = torch.zeros(n, THINGS), torch.zeros(n, THINGS)
    unclear = torch.arange(n)
    while len(unclear):
        r = radius[unclear]
        x[unclear], y[unclear] = (uniform(len(r), r, SIDE - r) for _ in "xy")
        unclear = unclear[~_clear(*(part[unclear] for part in (x, y, radius, there)))]
    return x, y, radius, there


def _clear(x: Tensor, y: Tensor, radius: Tensor, there: Tensor) -> Tensor:
    """Nothing is hidden by more than a part, and there is one leftmost and one rightmost thing."""
    pairs = there[:, :, None] & there[:, None, :] & ~torch.eye(THINGS, dtype=torch.bool)
    apart = torch.hypot(x[:, :, None] - x[:, None], y[:, :, None] - y[:, None])
    near = apart < 0.8 * (radius[:, :, None] + radius[:, None])
    left = x.masked_fill(~there, torch.inf).sort(-1).values
    right = x.masked_fill(~there, -torch.inf).sort(-1, descending=True).values
    alone = (left[:, 1] - left[:, 0] >= 2) & (right[:, 0] - right[:, 1] >= 2)
    return alone & ~(near & pairs).flatten(1).any(-1)


def _draw(
    x: Tensor,
    y: Tensor,
    radius: Tensor,
    colour: Tensor,
    shape: Tensor,
    there: Tensor,
    generator: Generator,
) -> Float[Tensor, "n 3 24 24"]:
    """The things one over the other, on a light ground with some noise."""
    n = len(x)
    images = 0.92 + 0.04 * torch.randn(n, 3, SIDE, SIDE, generator=generator)
    paint = torch.tensor(list(COLOURS.values()))
    middle = torch.arange(SIDE) + 0.5
    for k in range(THINGS):
        r = radius[:, k, None, None]
        dx = (middle - x[:, k, None])[:, None, :].abs()
        dy = (middle - y[:, k, None])[:, :, None]
        # How far inside the edge a pixel lies; half a pixel outside, nothing of it is covered.
        depth = torch.stack(
            [
                r - torch.hypot(dx, dy),
                r - torch.maximum(dx, dy.abs()),
                torch.minimum(r - dy.abs(), ((dy + r) / 2 - dx) * 0.894),
            ],
            1,
        )[torch.arange(n), shape[:, k]]
        cover = (depth + 0.5).clamp(0, 1) * there[:, k, None, None]
        shade = 1 + 0.1 * (torch.rand(n, 1, generator=generator) - 0.5)
        ink = (paint[colour[:, k]] * shade)[..., None, None]
        images = images + (ink - images) * cover[:, None]
    return images.clamp(0, 1)
