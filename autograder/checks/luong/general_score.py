"""What every answer to ``general_score`` must satisfy."""

import math

import torch

from attn import luong
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng


def looks(rng: Rng):
    yield Case(
        "one row",
        state=torch.tensor([1.0]),
        annotations=torch.eye(2),
        W_a=torch.tensor([[3.0, 4.0]]),
    )
    yield Case("everything two wide", **_look(rng, T=3, n=2, m=2))
    yield Case("annotations wider than states", **_look(rng, T=3, n=2, m=4))
    yield Case("states wider than annotations", **_look(rng, T=2, n=5, m=3))
    yield Case("a batch", **_look(rng, 2, T=3, n=4, m=4))
    yield Case("two leading axes", **_look(rng, 2, 2, T=3, n=3, m=2))
    yield Case("gradients", **_look(rng, T=3, n=3, m=4)).backward(sample.seed(rng))


def _look(rng: Rng, *B: int, T: int, n: int, m: int) -> dict[str, torch.Tensor]:
    return {
        "state": sample.tensor(rng, *B, n),
        "annotations": sample.tensor(rng, *B, T, m),
        "W_a": sample.tensor(rng, n, m),
    }


general_score = Exercise("general_score", points=1, reference=luong.general_score, cases=looks)


@general_score.fact
def the_identity_gives_the_dot_score(f: Answers, case: Case) -> None:
    """With the identity for W_a, it is the dot score."""
    n, m = case["W_a"].shape
    if n == m:
        state, annotations = case["state"], case["annotations"]
        plain = (annotations * state[..., None, :]).sum(-1)
        agree(f(case.but(W_a=torch.eye(n))), plain, what="the scores", rtol=1e-3, atol=1e-4)


@general_score.fact
def the_matrix_counts_linearly(f: Answers, case: Case) -> None:
    """Three times the matrix gives three times every score."""
    agree(f(case.but(W_a=3 * case["W_a"])), 3 * f(case), what="the scores", rtol=1e-3, atol=1e-4)


@general_score.mistake(
    "the matrix the wrong way round",
    "W_a has a row for every number of the state and a column for every number of an annotation: "
    "h_tᵀ W_a h̄_s, so the state meets its rows.",
)
def transposed(state, annotations, W_a):
    return luong.general_score(state, annotations, W_a.T)


@general_score.mistake(
    "the matrix is left out",
    "Without W_a this is the dot score. The matrix is what lets widths differ, and is learned.",
)
def no_matrix(state, annotations, W_a):
    return luong.dot_score(state, annotations)


@general_score.mistake(
    "weights instead of scores",
    "The softmax comes later, in the attention. Here the scores themselves are asked for.",
)
def normalised(state, annotations, W_a):
    return luong.general_score(state, annotations, W_a).softmax(-1)


@general_score.mistake(
    "a tanh around it",
    "tanh belongs to the concat score. The general score is a plain product of three.",
)
def bent(state, annotations, W_a):
    return luong.general_score(state, annotations, W_a).tanh()


@general_score.mistake(
    "scaled by √n",
    "Dividing by the root of the width is the Transformer's score. Luong's general is not scaled.",
)
def scaled(state, annotations, W_a):
    return luong.general_score(state, annotations, W_a) / math.sqrt(state.shape[-1])


@general_score.mistake(
    "the matrix on both sides",
    "W_a is used once. Putting both vectors through it compares W_aᵀ h_t with W_aᵀ h̄_s.",
)
def both(state, annotations, W_a):
    return luong.dot_score(state @ W_a, annotations @ W_a)
