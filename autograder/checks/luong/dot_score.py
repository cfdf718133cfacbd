"""What every answer to ``dot_score`` must satisfy."""

import math

import torch

from attn import luong
from autograder import sample
from autograder.compare import agree
from autograder.spec import Answers, Case, Exercise, Rng


def looks(rng: Rng):
    yield Case(
        "two annotations",
        state=torch.tensor([1.0, 2.0]),
        annotations=torch.tensor([[1.0, 0.0], [0.0, 1.0]]),
    )
    yield Case("three positions", **_look(rng, T=3, n=2))
    yield Case("as many positions as numbers", **_look(rng, T=4, n=4))
    yield Case("a batch", **_look(rng, 2, T=3, n=4))
    yield Case("two leading axes", **_look(rng, 2, 2, T=3, n=5))
    yield Case("gradients", **_look(rng, T=3, n=4)).backward(sample.seed(rng))


def _look(rng: Rng, *B: int, T: int, n: int) -> dict[str, torch.Tensor]:
    return {"state": sample.tensor(rng, *B, n), "annotations": sample.tensor(rng, *B, T, n)}


dot_score = Exercise("dot_score", points=1, reference=luong.dot_score, cases=looks)


@dot_score.fact
def a_longer_state_scores_more(f: Answers, case: Case) -> None:
    """Twice the state gives twice every score."""
    doubled = f(case.but(state=2 * case["state"]))
    agree(doubled, 2 * f(case), what="the scores of the doubled state", rtol=1e-3, atol=1e-4)


@dot_score.fact
def each_position_has_its_own_score(f: Answers, case: Case) -> None:
    """Turning the source round turns the scores round."""
    turned = f(case.but(annotations=case["annotations"].flip(-2)))
    agree(turned, f(case).flip(-1), what="the scores of the turned source", rtol=1e-3, atol=1e-4)


@dot_score.mistake(
    "weights instead of scores",
    "The softmax comes later, in the attention. Here the scores themselves are asked for.",
)
def normalised(state, annotations):
    return luong.dot_score(state, annotations).softmax(-1)


@dot_score.mistake(
    "scaled by √n",
    "Dividing by the root of the width is the Transformer's score. Luong's dot is not scaled.",
)
def scaled(state, annotations):
    return luong.dot_score(state, annotations) / math.sqrt(state.shape[-1])


@dot_score.mistake(
    "the cosine",
    "Dividing by the lengths gives the cosine of the angle. A dot product keeps them.",
)
def cosine(state, annotations):
    return torch.cosine_similarity(state[..., None, :], annotations, dim=-1)


@dot_score.mistake(
    "products that are not added up",
    "state * annotations is the first half of a dot product: sum it over the last axis.",
)
def products(state, annotations):
    return state[..., None, :] * annotations


@dot_score.mistake(
    "summed over the positions",
    "One score a position is asked for: sum over the last axis, the width, and keep the positions.",
)
def over_positions(state, annotations):
    return (state[..., None, :] * annotations).sum(-2)


@dot_score.mistake(
    "a distance",
    "This says how far apart the two are. The dot score multiplies them and adds up.",
)
def distance(state, annotations):
    return -((state[..., None, :] - annotations) ** 2).sum(-1)
