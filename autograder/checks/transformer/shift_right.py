"""What every answer to ``shift_right`` must satisfy."""

import torch

from attn import seq2seq
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng


def targets(rng: Rng):
    yield Case("one sentence", target=torch.tensor([[7, 8, 2]]), begin=1)
    yield Case("one word", target=torch.tensor([[2]]), begin=1)
    yield Case(
        "two sentences, one padded", target=torch.tensor([[5, 6, 7, 2], [9, 2, 0, 0]]), begin=1
    )
    yield Case("another beginning", target=torch.tensor([[4, 5, 2]]), begin=3)
    drawn = torch.from_numpy(rng.integers(4, 9, size=(3, 6)))
    yield Case("drawn", target=drawn, begin=1)


def reference(target, begin):
    shifted = seq2seq.shift_right(target)
    shifted[:, 0] = begin
    return shifted


shift_right = Exercise("shift_right", points=2, reference=reference, cases=targets)


@shift_right.fact
def no_position_is_told_its_own_answer(f: Answers, case: Case) -> None:
    """Changing a target changes what is read after it, never at its own place or before."""
    before, target = f(case), case["target"]
    for t in range(target.shape[1]):
        other = target.clone()
        other[:, t] += 10
        changed = (f(case.but(target=other)) != before).any(0)
        ensure(
            not bool(changed[: t + 1].any()),
            f"position {int(changed.nonzero()[0]) if changed.any() else 0} reads target {t}, "
            "which it has still to say",
            f(case),
            f.expected(case),
        )


@shift_right.mistake(
    "nothing is shifted",
    "The decoder is handed the very word that it is to say, and learns to copy it: a loss of "
    "zero, and nonsense once it has to write alone.",
)
def unshifted(target, begin):
    return target.clone()


@shift_right.mistake(
    "shifted to the left",
    "Position t now reads the word *after* the one that it is to say. It may read the one before: "
    "first begin, then y_1, then y_2, and so on.",
)
def to_the_left(target, begin):
    last = torch.full_like(target[:, :1], begin)
    return torch.cat([target[:, 1:], last], 1)


@shift_right.mistake(
    "the last word comes round to the front",
    "torch.roll puts the last token where begin should stand; in a sentence without padding, that "
    "is the end mark, and in training it even tells where the sentence ends.",
)
def rolled(target, begin):
    return target.roll(1, 1)


@shift_right.mistake(
    "the last word stays",
    "begin is put in front and nothing is dropped, so that there is one position more than there "
    "are targets. Nothing comes after the last word, so nobody reads it.",
)
def one_longer(target, begin):
    return torch.cat([torch.full_like(target[:, :1], begin), target], 1)


@shift_right.mistake(
    "begin replaces the first word",
    "Only the first place was overwritten; the others still read the word that they are to say.",
)
def overwritten(target, begin):
    shifted = target.clone()
    shifted[:, 0] = begin
    return shifted
