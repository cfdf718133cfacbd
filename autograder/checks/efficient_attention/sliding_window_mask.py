"""What every answer to ``sliding_window_mask`` must satisfy."""

import torch

from attn import sparse
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng


def windows(rng: Rng):
    yield Case("the example of the task", T=3, before=1, after=0)
    yield Case("one position", T=1, before=2, after=2)
    yield Case("one to each side", T=5, before=1, after=1)
    yield Case("more before than after", T=7, before=3, after=1)
    yield Case("more after than before", T=7, before=0, after=2)
    yield Case("only itself", T=4, before=0, after=0)
    yield Case("wider than the sequence", T=4, before=9, after=9)
    T, before, after = (int(n) for n in rng.permutation([2, 3, 4]))
    yield Case("drawn", T=8 + T, before=before, after=after)


def window(T: int, before: int, after: int) -> torch.Tensor:
    """On the CPU, as a student makes it."""
    return sparse.sliding_window_mask(T, before, after)


sliding_window_mask = Exercise(
    "sliding_window_mask",
    points=1,
    reference=window,
    cases=windows,
    keeps_dtype=True,
    tensors=False,
)


@sliding_window_mask.fact
def every_query_sees_itself(f: Answers, case: Case) -> None:
    """Every position sees itself."""
    ensure(f(case).diagonal().all(), "the diagonal is not all True", f(case), f.expected(case))


@sliding_window_mask.fact
def no_row_is_too_long(f: Answers, case: Case) -> None:
    """No query sees more than before + 1 + after keys."""
    most = case["before"] + 1 + case["after"]
    ensure((f(case).sum(-1) <= most).all(), f"a row sees more than {most}", f(case))


def _wrong(see):
    """The mask of the pairs (i, j) for which ``see(i, j, before, after)``."""

    def answer(T, before, after):
        i, j = torch.arange(T)[:, None], torch.arange(T)
        return see(i, j, before, after).expand(T, T).clone()

    return answer


sliding_window_mask.mistake(
    "before and after are exchanged",
    "Row i is the query. Keys *before* it stand to the left of the diagonal: j ≥ i − before.",
)(_wrong(lambda i, j, before, after: (j >= i - after) & (j <= i + before)))

sliding_window_mask.mistake(
    "one key too few",
    "The window holds the query's own place, `before` keys before it and `after` keys after it: "
    "both ends belong to it, so ≤ and not <.",
)(_wrong(lambda i, j, before, after: ((j > i - before) & (j < i + after)) | (i == j)))

sliding_window_mask.mistake(
    "the other end is left out",
    "range(i − before, i + after) stops before i + after. That key is seen too.",
)(_wrong(lambda i, j, before, after: (j >= i - before) & (j < i + after)))

sliding_window_mask.mistake(
    "the polarity is turned round",
    "Here True means “may attend”. This mask is True outside the window.",
)(_wrong(lambda i, j, before, after: (j < i - before) | (j > i + after)))

sliding_window_mask.mistake(
    "the same to both sides",
    "The window may be lopsided: `before` keys to the left, `after` keys to the right.",
)(_wrong(lambda i, j, before, after: (i - j).abs() <= max(before, after)))

sliding_window_mask.mistake(
    "blocks instead of windows",
    "This cuts the sequence into blocks, and a query at a block's edge does not see its neighbour. "
    "A sliding window goes along with the query.",
)(_wrong(lambda i, j, before, after: i // (before + after + 1) == j // (before + after + 1)))

sliding_window_mask.mistake(
    "nothing before the window's end is hidden",
    "Only the keys after the window are hidden here. Those further back than `before` are to be "
    "hidden as well.",
)(_wrong(lambda i, j, before, after: j <= i + after))


@sliding_window_mask.mistake(
    "numbers in place of booleans",
    "A mask of booleans was asked for: compare, and do not multiply by 1.",
)
def numbers(T, before, after):
    return window(T, before, after).float()
