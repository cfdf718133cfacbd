"""What every answer to ``concat_score`` must satisfy."""

import torch

from attn import luong
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def looks(rng: Rng):
    yield Case(
        "one number each",
        state=torch.tensor([1.0]),
        annotations=torch.tensor([[-1.0], [0.0]]),
        W_a=torch.tensor([[1.0, 1.0]]),
        v_a=torch.tensor([2.0]),
    )
    yield Case("everything two wide", **_look(rng, T=3, n=2, m=2, k=2))
    yield Case("more hidden units", **_look(rng, T=3, n=2, m=2, k=5))
    yield Case("three widths", **_look(rng, T=4, n=3, m=2, k=5))
    yield Case("a batch", **_look(rng, 2, T=3, n=3, m=3, k=4))
    yield Case("two leading axes", **_look(rng, 2, 2, T=3, n=2, m=3, k=4))
    yield Case("gradients", **_look(rng, T=3, n=3, m=3, k=4)).backward(sample.seed(rng))


def _look(rng: Rng, *B: int, T: int, n: int, m: int, k: int) -> dict[str, torch.Tensor]:
    return {
        "state": sample.tensor(rng, *B, n),
        "annotations": sample.tensor(rng, *B, T, m),
        "W_a": sample.tensor(rng, k, n + m),
        "v_a": sample.tensor(rng, k),
    }


concat_score = Exercise("concat_score", points=2, reference=luong.concat_score, cases=looks)


@concat_score.fact
def no_score_exceeds_the_votes(f: Answers, case: Case) -> None:
    """No score is larger than Σ|v_a|: each hidden unit lies between -1 and 1."""
    limit = case["v_a"].abs().sum() + 1e-4
    ensure((f(case).abs() <= limit).all(), "a score is larger", f(case), f.expected(case))


@concat_score.fact
def the_votes_count_linearly(f: Answers, case: Case) -> None:
    """Twice v_a gives twice every score."""
    agree(f(case.but(v_a=2 * case["v_a"])), 2 * f(case), what="the scores", rtol=1e-3, atol=1e-4)


def _beside(state, annotations, swapped=False):
    """[h_t; h̄_s] for every position."""
    T = annotations.shape[-2]
    states = state[..., None, :].expand(*state.shape[:-1], T, state.shape[-1])
    return torch.cat([annotations, states] if swapped else [states, annotations], -1)


@concat_score.mistake(
    "the annotation before the state",
    "It is [h_t; h̄_s], the state first: the first n columns of W_a meet the state.",
)
def swapped(state, annotations, W_a, v_a):
    return (_beside(state, annotations, swapped=True) @ W_a.T).tanh() @ v_a


@concat_score.mistake(
    "no tanh",
    "Without the tanh the score splits into one part for the state and one for the annotation. The "
    "softmax cancels the first, so the state no longer matters.",
)
def linear(state, annotations, W_a, v_a):
    return (_beside(state, annotations) @ W_a.T) @ v_a


@concat_score.mistake(
    "tanh on the outside",
    "The tanh belongs inside, on the k hidden units; v_a adds up their votes afterwards. On the "
    "outside it never changes an order, and the same position wins for every state.",
)
def outside(state, annotations, W_a, v_a):
    return ((_beside(state, annotations) @ W_a.T) @ v_a).tanh()


@concat_score.mistake(
    "the state is left out",
    "Every score hangs on the state as well: use the first n columns of W_a.",
)
def stateless(state, annotations, W_a, v_a):
    return luong.concat_score(torch.zeros_like(state), annotations, W_a, v_a)


@concat_score.mistake(
    "the hidden units are added up without v_a",
    "v_a says how much each hidden unit counts, and with which sign.",
)
def unweighted(state, annotations, W_a, v_a):
    return luong.concat_score(state, annotations, W_a, torch.ones_like(v_a))


@concat_score.mistake(
    "weights instead of scores",
    "The softmax comes later, in the attention. Here the scores themselves are asked for.",
)
def normalised(state, annotations, W_a, v_a):
    return luong.concat_score(state, annotations, W_a, v_a).softmax(-1)
