"""What every answer to ``patchify`` must satisfy."""

import torch
from torch import Tensor
from torch.nn.functional import unfold

from attn import vit
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def pictures(rng: Rng):
    yield Case("the example of the task", images=_counted(1, 1, 4, 4), P=2)
    yield Case("one patch", images=_counted(1, 1, 2, 2), P=2)
    yield Case("patches of one pixel", images=_counted(1, 2, 2, 3), P=1)
    yield Case("wider than high", images=_counted(1, 1, 4, 6), P=2)
    yield Case("three channels", images=sample.tensor(rng, 1, 3, 4, 4), P=2)
    yield Case("a batch", images=sample.tensor(rng, 2, 3, 6, 9), P=3)
    yield Case("gradients", images=sample.tensor(rng, 2, 2, 4, 6), P=2).backward(sample.seed(rng))


def _counted(*shape: int) -> Tensor:
    """1, 2, 3, … row by row."""
    return 1 + torch.arange(torch.Size(shape).numel(), dtype=torch.float32).reshape(shape)


def cut(images: Tensor, P: int) -> Tensor:
    """A batch of pictures as rows of patches."""
    return vit.patchify(images, P)


patchify = Exercise("patchify", points=2, reference=cut, cases=pictures, keeps_dtype=True)


@patchify.fact
def every_pixel_is_there_once(f: Answers, case: Case) -> None:
    """Every pixel of a picture is in its rows, once."""
    rows, pixels = f(case).flatten(1), case["images"].flatten(1)
    ensure(rows.shape == pixels.shape, f"the shape is {tuple(f(case).shape)}", f(case))
    agree(rows.sort(-1).values, pixels.sort(-1).values, what="the pixels, sorted")


@patchify.fact(after=(every_pixel_is_there_once,))
def the_first_row_is_the_top_left_corner(f: Answers, case: Case) -> None:
    """The first row holds the pixels of the top left patch, and no others."""
    P = case["P"]
    corner = case["images"][..., :P, :P].flatten(1)
    agree(f(case)[:, 0].sort(-1).values, corner.sort(-1).values, what="the first row, sorted")


@patchify.fact(after=(the_first_row_is_the_top_left_corner,))
def the_second_row_lies_to_the_right(f: Answers, case: Case) -> None:
    """The next row holds the patch to the right, where there is one."""
    P, w = case["P"], case["images"].shape[-1]
    if w > P:
        beside = case["images"][..., :P, P : 2 * P].flatten(1)
        agree(f(case)[:, 1].sort(-1).values, beside.sort(-1).values, what="the second row, sorted")


def _grid(images: Tensor, P: int) -> Tensor:
    """(B, C, rows, P, columns, P)"""
    B, C, h, w = images.shape
    return images.reshape(B, C, h // P, P, w // P, P)


def _ordered(*order: int):
    """The grid's axes in this order, then two patch axes and three pixel axes made one each."""

    def answer(images, P):
        moved = _grid(images, P).permute(0, *order)
        return moved.reshape(len(images), moved.shape[1] * moved.shape[2], -1)

    return answer


@patchify.mistake(
    "reshape alone",
    "A reshape takes numbers in the order in which they lie in memory: whole rows of the picture, "
    "not squares. First cut both sides into (patches, P), then bring the two patch axes together, "
    "and only then flatten.",
)
def reshaped(images, P):
    B, C, h, w = images.shape
    return images.reshape(B, (h // P) * (w // P), C * P * P)


patchify.mistake(
    "the patches run down the columns",
    "After the top left patch comes the one to its *right*: the axis of patch rows stands before "
    "that of patch columns.",
)(_ordered(4, 2, 1, 3, 5))

patchify.mistake(
    "each patch is lying on its side",
    "Inside a patch, pixels go row by row: the axis of pixel rows stands before that of columns.",
)(_ordered(2, 4, 1, 5, 3))

patchify.mistake(
    "channels last",
    "A patch holds its first channel whole, then the second, and so on. Here the channels of each "
    "pixel stand side by side.",
)(_ordered(2, 4, 3, 5, 1))

patchify.mistake(
    "every P-th pixel",
    "The axes of patch number and of pixel within the patch are exchanged: this takes every P-th "
    "pixel of the picture, so that each “patch” is a small copy of the whole.",
)(_ordered(3, 5, 1, 2, 4))

patchify.mistake(
    "height and width exchanged",
    "This is right for the picture turned over its diagonal. Rows run along the height, the axis "
    "before the last.",
)(lambda images, P: _ordered(2, 4, 1, 3, 5)(images.transpose(-1, -2), P))


@patchify.mistake(
    "the patches overlap",
    "The window moves on by one pixel. It should move on by a whole patch, P pixels.",
)
def overlapping(images, P):
    return unfold(images, P).transpose(1, 2)


@patchify.mistake(
    "patches along the last axis",
    "`unfold` gives (B, C·P·P, N). The task asks for a row a patch: (B, N, C·P·P).",
)
def across(images, P):
    return unfold(images, P, stride=P)


@patchify.mistake(
    "the channels are averaged",
    "A patch keeps every number of every channel; what to make of colours is for the projection to "
    "learn.",
)
def grey(images, P):
    return cut(images.mean(1, keepdim=True), P)


@patchify.mistake(
    "a token for each channel",
    "The channels of a patch belong into one row. This gives each channel rows of its own.",
)
def channel_tokens(images, P):
    return torch.cat([cut(channel[:, None], P) for channel in images.unbind(1)], 1)
