"""What every answer to ``pad_batch`` must satisfy."""

import torch

from attn.data.batch import pad
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng


def batches(rng: Rng):
    yield Case("two sequences", sequences=[[5, 6, 7], [8]])
    yield Case("the longest comes last", sequences=[[4], [9, 3], [3, 4, 5, 6]])
    yield Case("all of one length", sequences=[[3, 4], [5, 6], [7, 8]])
    yield Case("one sequence", sequences=[[7, 3, 7]])
    lengths = [2, *rng.integers(1, 7, size=3).tolist(), 7]
    drawn = [rng.integers(3, 12, size=length).tolist() for length in lengths]
    yield Case("five sequences", sequences=drawn)


pad_batch = Exercise(
    "pad_batch",
    points=2,
    reference=pad,
    cases=batches,
    tensors=False,
    keeps_dtype=True,
    forbids=("pad_sequence",),
)


@pad_batch.fact
def sequences_come_first(f: Answers, case: Case) -> None:
    """Every row begins with its sequence, token for token."""
    tokens, _ = f(case)
    for row, sequence in zip(tokens.tolist(), case["sequences"], strict=True):
        ensure(row[: len(sequence)] == sequence, "a row begins otherwise", row, sequence)


@pad_batch.fact
def the_rest_is_padding(f: Answers, case: Case) -> None:
    """Behind its sequence, a row holds PAD, which is 0, and nothing else."""
    tokens, _ = f(case)
    for row, sequence in zip(tokens.tolist(), case["sequences"], strict=True):
        ensure(not any(row[len(sequence) :]), "there is something else behind it", row)


@pad_batch.fact
def lengths_are_the_sequences(f: Answers, case: Case) -> None:
    """The lengths are those of the sequences, without padding."""
    lengths = f(case)[1].tolist()
    right = [len(sequence) for sequence in case["sequences"]]
    ensure(lengths == right, "some length is another", lengths, right)


def _rows(rows, lengths):
    return torch.tensor(rows), torch.tensor(lengths)


@pad_batch.mistake(
    "pads in front",
    "Padding goes behind the tokens: the encoder reads from the left, and `lengths` says where the "
    "real tokens end.",
)
def in_front(sequences):
    longest = max(map(len, sequences))
    rows = [[0] * (longest - len(s)) + s for s in sequences]
    return _rows(rows, [len(s) for s in sequences])


@pad_batch.mistake(
    "all lengths are the longest",
    "After padding, every row has the same length; `lengths` must say how many of its tokens are "
    "real. Measure the sequences before you pad them.",
)
def padded_lengths(sequences):
    tokens, _ = pad(sequences)
    return tokens, torch.full((len(sequences),), tokens.shape[1])


@pad_batch.mistake(
    "pads with the last token",
    "A repeated token cannot be told from a real one. PAD is 0, a number no symbol has.",
)
def repeats(sequences):
    longest = max(map(len, sequences))
    rows = [s + [s[-1]] * (longest - len(s)) for s in sequences]
    return _rows(rows, [len(s) for s in sequences])


@pad_batch.mistake(
    "cuts to the shortest",
    "zip and min stop at the shortest sequence and lose tokens. Fill up to the longest instead.",
)
def cut(sequences):
    shortest = min(map(len, sequences))
    return _rows([s[:shortest] for s in sequences], [shortest] * len(sequences))


@pad_batch.mistake(
    "sorts the sequences",
    "Row i must hold sequence i, or sources and targets no longer belong together. PyTorch can "
    "pack unsorted batches: enforce_sorted=False.",
)
def sorted_rows(sequences):
    return pad(sorted(sequences, key=len, reverse=True))


@pad_batch.mistake(
    "pads with −1",
    "An embedding has no row −1. PAD is 0.",
)
def minus_one(sequences):
    tokens, lengths = pad(sequences)
    real = torch.arange(tokens.shape[1]) < lengths[:, None]
    return tokens.masked_fill(~real, -1), lengths


@pad_batch.mistake(
    "tokens as floats",
    "torch.zeros makes floats, and an embedding looks up whole numbers. Say dtype=torch.long.",
)
def floats(sequences):
    tokens, lengths = pad(sequences)
    return tokens.float(), lengths
