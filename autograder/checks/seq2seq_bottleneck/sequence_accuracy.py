"""What every answer to ``sequence_accuracy`` must satisfy."""

import torch

from attn import seq2seq
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng


def pairs(rng: Rng):
    yield _case("one right", [[5, 6, 2]], [[5, 6, 2]])
    yield _case("one token wrong", [[5, 6, 2], [7, 3, 2]], [[5, 6, 2], [7, 4, 2]])
    yield _case("right, and padded", [[5, 2, 0], [6, 6, 2]], [[5, 2, 0], [6, 6, 2]])
    yield _case("written wider", [[5, 6, 2, 0, 0], [5, 6, 6, 2, 0]], [[5, 6, 2], [5, 6, 2]])
    yield _case("written narrower", [[5, 2], [5, 6]], [[5, 2, 0, 0], [5, 6, 3, 2]])
    yield _case("goes on too long", [[5, 6, 3, 2], [4, 2, 0, 0]], [[5, 6, 2, 0], [4, 2, 0, 0]])
    yield _case("writes behind its EOS", [[5, 6, 2, 4], [4, 2, 0, 0]], [[5, 6, 2, 0], [4, 2, 0, 0]])
    yield _case("never ends", [[5, 6, 6], [4, 2, 0]], [[5, 6, 2], [4, 2, 0]])
    yield _drawn(rng)


def _case(name: str, written: list[list[int]], target: list[list[int]]) -> Case:
    return Case(name, written=torch.tensor(written), target=torch.tensor(target))


def _drawn(rng: Rng) -> Case:
    target = torch.from_numpy(rng.integers(3, 6, size=(8, 5)))
    lengths = torch.from_numpy(rng.integers(1, 5, size=8))
    places = torch.arange(5)
    target = target.masked_fill(places == lengths[:, None], 2)
    target = target.masked_fill(places > lengths[:, None], 0)
    written = target.clone()
    written[0, 0] = 9 - written[0, 0]
    written[3, 0] = 9 - written[3, 0]
    return Case("eight sequences", written=written, target=target)


sequence_accuracy = Exercise(
    "sequence_accuracy", points=2, reference=seq2seq.sequence_accuracy, cases=pairs
)


@sequence_accuracy.fact
def nearly_right_is_wrong(f: Answers, case: Case) -> None:
    """Another first token in every row, and nothing is right any more."""
    changed = case["written"].clone()
    changed[:, 0] = 6 + (case["target"][:, 0] == 6).long()
    got = f(case.but(written=changed))
    ensure(abs(got) < 1e-9, "every row has a wrong token", got, 0.0)


def _widen(written, target):
    longest = max(written.shape[1], target.shape[1])
    widen = torch.nn.functional.pad
    return [widen(x, (0, longest - x.shape[1])) for x in (written, target)]


@sequence_accuracy.mistake(
    "counts tokens",
    "A translation with one wrong word is a wrong translation here. Ask whether *all* tokens of a "
    "row agree, then take the mean over rows.",
)
def tokens_right(written, target):
    a, b = _widen(written, target)
    return (a == b).float().mean().item()


@sequence_accuracy.mistake(
    "counts real tokens",
    "This is the share of right tokens, padding left out. The task asks for rows that are right as "
    "a whole.",
)
def real_tokens_right(written, target):
    a, b = _widen(written, target)
    return (a == b)[b != 0].float().mean().item()


@sequence_accuracy.mistake(
    "compares as far as both go",
    "What was written behind the target's end, or left unwritten, is wrong too. Fill the narrower "
    "tensor with PAD, and compare everything.",
)
def shared_prefix(written, target):
    shared = min(written.shape[1], target.shape[1])
    return (written[:, :shared] == target[:, :shared]).all(1).float().mean().item()


@sequence_accuracy.mistake(
    "does not care where it ends",
    "Only the target's real tokens before EOS were compared. A row that goes on, or never ends, is "
    "wrong: EOS must stand where it should.",
)
def without_end(written, target):
    a, b = _widen(written, target)
    return ((a == b) | (b == 0) | (b == 2)).all(1).float().mean().item()


@sequence_accuracy.mistake(
    "ignores what follows the target's end",
    "Where the target holds PAD, the writing must hold PAD too; words after the end are wrong.",
)
def ignores_padding(written, target):
    a, b = _widen(written, target)
    return ((a == b) | (b == 0)).all(1).float().mean().item()


@sequence_accuracy.mistake(
    "counts instead of sharing",
    "This is the number of right rows. Divide by how many rows there are.",
)
def count(written, target):
    a, b = _widen(written, target)
    return float((a == b).all(1).sum().item())


@sequence_accuracy.mistake(
    "all rows or none",
    "torch.equal asks whether the whole batch is right. Ask row by row: all(dim=1), then the mean.",
)
def whole_batch(written, target):
    a, b = _widen(written, target)
    return float(torch.equal(a, b))


@sequence_accuracy.mistake(
    "any right token will do",
    "any(dim=1) calls a row right for one right token. It takes all of them: all(dim=1).",
)
def any_token(written, target):
    a, b = _widen(written, target)
    return (a == b).any(1).float().mean().item()


@sequence_accuracy.mistake(
    "the share that is wrong",
    "This is the error, one minus the accuracy.",
)
def error(written, target):
    return 1 - seq2seq.sequence_accuracy(written, target)
