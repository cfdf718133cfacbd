"""What every answer to ``top_p`` must satisfy."""

import torch

from attn import decoding
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def distributions(rng: Rng):
    by_hand = torch.tensor([[0.2, 0.5, 0.3]])
    yield Case("two are enough", probabilities=by_hand, p=0.7)
    yield Case("one is enough", probabilities=by_hand, p=0.4)
    yield Case("all are needed", probabilities=by_hand, p=0.95)
    yield Case("nothing is left out", probabilities=by_hand, p=1.0)
    sure_and_not = torch.tensor([[0.04, 0.9, 0.03, 0.03], [0.2, 0.25, 0.3, 0.25]])
    yield Case("a sure row and an unsure one", probabilities=sure_and_not, p=0.8)
    for number in range(3):
        V = 6 + number
        drawn = torch.from_numpy(rng.dirichlet([0.7] * V, size=4 + number)).float()
        yield Case(f"drawn ({number + 1})", probabilities=drawn, p=_between(drawn, rng))


def _between(probabilities: torch.Tensor, rng: Rng) -> float:
    """A p that no row's sums come near: rounding must not decide."""
    sums = probabilities.double().sort(-1, descending=True).values.cumsum(-1)
    tried = torch.from_numpy(rng.uniform(0.4, 0.95, size=200))
    return float(tried[(tried[:, None] - sums.flatten()).abs().amin(-1).argmax()])


def reference(probabilities, p):
    return decoding.top_p(probabilities.log(), p).softmax(-1)


top_p = Exercise("top_p", points=3, reference=reference, cases=distributions)


@top_p.fact
def every_row_is_a_distribution(f: Answers, case: Case) -> None:
    """Every row of the result sums to one."""
    agree(f(case).sum(-1), torch.ones(len(case["probabilities"])), what="the sums")


@top_p.fact
def what_is_kept_reaches_p(f: Answers, case: Case) -> None:
    """The tokens that are kept have at least p of the probability together."""
    kept = (case["probabilities"] * (f(case) > 0)).sum(-1)
    ensure(bool((kept >= case["p"] - 1e-5).all()), f"they have {kept.min():.3f}", f(case))


@top_p.fact
def one_token_less_would_not_reach_p(f: Answers, case: Case) -> None:
    """Without the least likely token that is kept, the rest would have less than p."""
    probabilities, kept = case["probabilities"], f(case) > 0
    least = probabilities.masked_fill(~kept, 2).amin(-1)
    rest = (probabilities * kept).sum(-1) - least
    ensure(bool((rest < case["p"] + 1e-5).all()), "a token is kept that is not needed", f(case))


@top_p.mistake(
    "the token that reaches p is left out",
    "Keeping while the sum *with* a token is at most p leaves less than p, and none where "
    "the first token has more than p. Ask for the sum of those before it.",
)
def without_the_last(probabilities, p):
    order = probabilities.argsort(-1, descending=True)
    sums = probabilities.gather(-1, order).cumsum(-1)
    return _kept(probabilities, order, sums <= p)


@top_p.mistake(
    "every token that is likelier than p",
    "p is a share of the whole, and no threshold for a single token.",
)
def threshold(probabilities, p):
    left = probabilities * (probabilities >= p)
    return left / left.sum(-1, keepdim=True)


@top_p.mistake(
    "a token more than needed",
    "Keep while the sum of the tokens *before* this one is below p; the token that reaches p is "
    "the last.",
)
def one_more(probabilities, p):
    order = probabilities.argsort(-1, descending=True)
    ordered = probabilities.gather(-1, order)
    before = ordered.cumsum(-1) - ordered
    before = torch.cat([before[:, :1], before[:, :-1]], -1)
    return _kept(probabilities, order, before < p)


@top_p.mistake(
    "not normalised",
    "What was cut away is missing: divide by the sum of what is left, row by row.",
)
def not_normalised(probabilities, p):
    return probabilities * (reference(probabilities, p) > 0)


@top_p.mistake(
    "the places are those of the sorted row",
    "After sorting, the mask belongs to the sorted row. Scatter it back to where the tokens stand.",
)
def sorted_places(probabilities, p):
    ordered = probabilities.sort(-1, descending=True).values
    left = ordered * (ordered.cumsum(-1) - ordered < p)
    return left / left.sum(-1, keepdim=True)


@top_p.mistake(
    "the unlikeliest first",
    "The sum begins at the wrong end: sort with descending=True.",
)
def ascending(probabilities, p):
    order = probabilities.argsort(-1)
    ordered = probabilities.gather(-1, order)
    return _kept(probabilities, order, ordered.cumsum(-1) - ordered < p)


@top_p.mistake(
    "one number of tokens for all rows",
    "Each row keeps as many as it needs: that is what sets top-p apart from top-k.",
)
def as_the_first_row(probabilities, p):
    k = int((reference(probabilities, p)[0] > 0).sum())
    return decoding.top_k(probabilities.log(), k).softmax(-1)


def _kept(probabilities, order, keep):
    left = probabilities * torch.zeros_like(keep).scatter(-1, order, keep)
    return left / left.sum(-1, keepdim=True)
