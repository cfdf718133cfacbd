"""What every answer to ``project_qkv`` must satisfy."""

import torch

from attn import self_attention as mechanism
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng


def sequences(rng: Rng):
    yield _projected("one position", rng, (1,), D=2, d=1, dv=1)
    yield _projected("all widths alike", rng, (3,), D=2, d=2, dv=2)
    yield _projected("three widths", rng, (4,), D=3, d=2, dv=5)
    yield _projected("a batch", rng, (2, 3), D=4, d=3, dv=2)
    yield _projected("a batch of heads", rng, (2, 2, 3), D=3, d=3, dv=3)


def _projected(name: str, rng: Rng, shape: tuple[int, ...], D: int, d: int, dv: int) -> Case:
    widths = {"W_q": d, "W_k": d, "W_v": dv}
    weights = {w: sample.tensor(rng, D, n) for w, n in widths.items()}
    return Case(name, X=sample.tensor(rng, *shape, D), **weights)


def _reference(X, W_q, W_k, W_v):
    return list(mechanism.project_qkv(X, W_q, W_k, W_v))


project_qkv = Exercise(
    "project_qkv", points=1, reference=_reference, cases=sequences, keeps_dtype=True
)


@project_qkv.fact
def each_position_is_projected_alone(f: Answers, case: Case) -> None:
    """Turning the sequence round turns all three projections round, and changes nothing else."""
    turned = f(case.but(X=case["X"].flip(-2)))
    for name, mine, before in zip(("Q", "K", "V"), turned, f(case), strict=True):
        agree(mine.flip(-2), before, what=name)


@project_qkv.mistake(
    "one projection in three roles",
    "Queries, keys and values come out of three matrices: X @ W_q, X @ W_k and X @ W_v.",
)
def one_matrix(X, W_q, W_k, W_v):
    return X @ W_q, X @ W_q, X @ W_q


@project_qkv.mistake(
    "nothing is projected",
    "You return X itself, three times. Each role has a matrix of its own to multiply by.",
)
def unprojected(X, W_q, W_k, W_v):
    return X.clone(), X.clone(), X.clone()


@project_qkv.mistake(
    "queries and keys are projected alike",
    "The keys have a matrix of their own, W_k. With one for both, every position would match "
    "itself best.",
)
def shared(X, W_q, W_k, W_v):
    return X @ W_q, X @ W_q, X @ W_v


@project_qkv.mistake(
    "keys and queries change places",
    "Return the queries first, then the keys, then the values.",
)
def swapped(X, W_q, W_k, W_v):
    return X @ W_k, X @ W_q, X @ W_v


@project_qkv.mistake(
    "keys and values change places",
    "Return the queries first, then the keys, then the values.",
)
def values_first(X, W_q, W_k, W_v):
    return X @ W_q, X @ W_v, X @ W_k


@project_qkv.mistake(
    "the matrices are transposed",
    "W_q has shape (D, d), and a row of X has D numbers: X @ W_q. nn.Linear stores its weight the "
    "other way round.",
)
def transposed(X, W_q, W_k, W_v):
    return X @ W_q.mT, X @ W_k.mT, X @ W_v.mT


@project_qkv.mistake(
    "the scale is here already",
    "Dividing by √d belongs to the scores. The queries are X @ W_q, and nothing more.",
)
def scaled(X, W_q, W_k, W_v):
    return X @ W_q / W_q.shape[1] ** 0.5, X @ W_k, X @ W_v


@project_qkv.mistake(
    "keys and values are made from the queries",
    "All three start from X: X @ W_k, and not (X @ W_q) @ W_k.",
)
def chained(X, W_q, W_k, W_v):
    Q = X @ W_q
    return Q, Q @ W_k, Q @ W_v


@project_qkv.mistake(
    "the batch is flattened",
    "Keep the leading axes: the queries of X (..., T, D) are (..., T, d). The matrix product does "
    "that by itself.",
)
def flattened(X, W_q, W_k, W_v):
    rows = torch.flatten(X, 0, -2)
    return rows @ W_q, rows @ W_k, rows @ W_v
