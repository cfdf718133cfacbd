"""One block, step by step: what it reads off the residual stream, and what it adds to it."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Generator
from traitlets import Bool, Dict, Int, List, Unicode

from attn.widgets.base import CourseWidget

NUMBERS = 4  # of a position: few enough to read
HIDDEN = 6


class ResidualStreamWidget(CourseWidget):
    """An encoder block of one head on a few words; the page computes it, from these matrices.

    ``norm`` is "pre" or "post", ``skip`` says whether what a sublayer finds is added to the stream
    or replaces it, ``step`` is how far the block has come, 0 to 6.

    >>> ResidualStreamWidget().norm
    'pre'
    """

    words = List(Unicode()).tag(sync=True)
    stream = List(List()).tag(sync=True)
    weights = Dict().tag(sync=True)
    norm = Unicode("pre").tag(sync=True)
    skip = Bool(True).tag(sync=True)
    step = Int(0).tag(sync=True)

    _alt = (
        "Two tables of numbers, a row for each word: the residual stream, and what the block has "
        "just made of it. Buttons step through the block: norm, attention, add, norm, "
        "feed-forward, add."
    )

    def __init__(self, words: Sequence[str] = ("the", "red", "cat"), **kwargs: Any) -> None:
        generator = Generator().manual_seed(4)

        def draw(*shape: int) -> list:
            spread = shape[-1] ** -0.5 if len(shape) > 1 else 0.3
            return (spread * torch.randn(*shape, generator=generator)).tolist()

        stream = (1.5 * torch.randn(len(words), NUMBERS, generator=generator)).tolist()
        square = {name: draw(NUMBERS, NUMBERS) for name in ("W_q", "W_k", "W_v", "W_o")}
        feed = {
            "W_1": draw(HIDDEN, NUMBERS),
            "b_1": draw(HIDDEN),
            "W_2": draw(NUMBERS, HIDDEN),
            "b_2": draw(NUMBERS),
        }
        given = {"words": list(words), "stream": stream, "weights": square | feed}
        super().__init__(**(given | kwargs))
