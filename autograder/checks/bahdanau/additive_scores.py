"""What every answer to ``additive_scores`` must satisfy."""

import numpy as np

from attn.equations import additive as equations
from autograder import sample
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng


def states_and_annotations(rng: Rng):
    one = np.array([[1.0]])
    yield Case(
        "one number each",
        s=np.array([1.0]),
        h=np.array([[-1.0], [0.0]]),
        W_a=one,
        U_a=one,
        v_a=np.array([2.0]),
    )
    yield _drawn("two hidden units", rng, T=3, n=2, m=2, k=2)
    yield _drawn("all widths differ", rng, T=5, n=3, m=4, k=6)
    yield _drawn("as many positions as units", rng, T=4, n=2, m=3, k=4)
    yield _drawn("one position", rng, T=1, n=3, m=2, k=4)
    yield _drawn("everything three wide", rng, T=3, n=3, m=3, k=3)


def _drawn(name: str, rng: Rng, T: int, n: int, m: int, k: int) -> Case:
    return Case(
        name,
        s=sample.array(rng, n),
        h=sample.array(rng, T, m),
        W_a=sample.array(rng, k, n),
        U_a=sample.array(rng, k, m),
        v_a=2 * sample.array(rng, k),
    )


additive_scores = Exercise(
    "additive_scores",
    points=2,
    reference=equations.additive_scores,
    cases=states_and_annotations,
    tensors=False,
)


@additive_scores.fact
def tanh_bounds_them(f: Answers, case: Case) -> None:
    """No score is larger than the sum of the |v_a|, for tanh is never beyond ±1."""
    bound = np.abs(case["v_a"]).sum() + 1e-9
    ensure((np.abs(f(case)) <= bound).all(), "a score is beyond that", f(case), f.expected(case))


@additive_scores.fact
def each_annotation_for_itself(f: Answers, case: Case) -> None:
    """The score of an annotation does not depend on the other annotations."""
    alone = f(case.but(h=case["h"][:1]))
    ensure(
        np.allclose(alone, f(case)[:1]), "alone, the first has another score", alone, f(case)[:1]
    )


@additive_scores.fact
def v_a_scales_them(f: Answers, case: Case) -> None:
    """With twice the v_a, every score is twice as large."""
    twice = f(case.but(v_a=2 * case["v_a"]))
    ensure(np.allclose(twice, 2 * f(case)), "they are not", twice, 2 * f(case))


@additive_scores.mistake(
    "the tanh is outside",
    "tanh(v_aᵀ(W_a s + U_a h)) adds first and bends once: then the ranking of the annotations is "
    "the same for every state. Bend each hidden unit, then add with v_a.",
)
def outside(s, h, W_a, U_a, v_a):
    return np.tanh((W_a @ s + h @ U_a.T) @ v_a)


@additive_scores.mistake(
    "no tanh at all",
    "v_aᵀ(W_a s + U_a h) = v_aᵀW_a s + v_aᵀU_a h: the first part is the same for every annotation, "
    "and the softmax cancels it. The tanh is what lets state and annotation meet.",
)
def unbent(s, h, W_a, U_a, v_a):
    return (W_a @ s + h @ U_a.T) @ v_a


@additive_scores.mistake(
    "bends the two parts apart",
    "tanh(W_a s) + tanh(U_a h) splits into a part for the state and a part for the annotation, and "
    "the softmax cancels the first. Add inside the tanh.",
)
def apart(s, h, W_a, U_a, v_a):
    return (np.tanh(W_a @ s) + np.tanh(h @ U_a.T)) @ v_a


@additive_scores.mistake(
    "multiplies instead of adding",
    "W_a s and U_a h are added; that is why it is called additive. A product of the two is a "
    "multiplicative score: chapter 6.",
)
def product(s, h, W_a, U_a, v_a):
    return np.tanh((W_a @ s) * (h @ U_a.T)) @ v_a


@additive_scores.mistake(
    "returns the weights",
    "These sum to one: the softmax has been taken already. The scores come before it.",
)
def weights(s, h, W_a, U_a, v_a):
    return equations.softmax(equations.additive_scores(s, h, W_a, U_a, v_a))


@additive_scores.mistake(
    "the state is left out",
    "Without W_a s the scores are the same at every step of the decoder.",
)
def stateless(s, h, W_a, U_a, v_a):
    return np.tanh(h @ U_a.T) @ v_a


@additive_scores.mistake(
    "sums the hidden units without v_a",
    "v_a says how much each hidden unit's vote counts, and with which sign.",
)
def plain_sum(s, h, W_a, U_a, v_a):
    return np.tanh(W_a @ s + h @ U_a.T).sum(-1)


@additive_scores.mistake(
    "a logistic unit in place of tanh",
    "1 / (1 + e^−x) lies between 0 and 1; the paper uses tanh, between −1 and 1.",
)
def logistic(s, h, W_a, U_a, v_a):
    return (1 / (1 + np.exp(-(W_a @ s + h @ U_a.T)))) @ v_a
