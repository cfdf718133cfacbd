"""What every answer to ``rank_agreement`` must satisfy."""

import torch
from torch import Tensor

from attn import explain
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def levels(rng: Rng, *shape: int, of: int = 3) -> Tensor:
    """Numbers with many ties, at least two different ones in every row."""
    drawn = torch.from_numpy(rng.integers(of, size=shape)).float()
    drawn[..., 0], drawn[..., 1] = 0, 1
    order = torch.from_numpy(rng.random(shape)).argsort(-1)
    return drawn.gather(-1, order)


def rankings(rng: Rng):
    yield Case(
        "the example of the task",
        a=torch.tensor([0.6, 0.3, 0.1]),
        b=torch.tensor([5.0, 1.0, 2.0]),
    )
    yield Case("a tie in one", a=torch.tensor([1.0, 1.0, 2.0]), b=torch.tensor([1.0, 2.0, 3.0]))
    yield Case("a tie in both", a=torch.tensor([1.0, 1.0, 2.0]), b=torch.tensor([3.0, 3.0, 9.0]))
    yield Case("no tie", a=sample.tensor(rng, 6), b=sample.tensor(rng, 6))
    yield Case("far apart and near", a=sample.tensor(rng, 5).exp() ** 3, b=sample.tensor(rng, 5))
    yield Case("many ties", a=levels(rng, 7), b=levels(rng, 7, of=2))
    yield Case("three rows", a=levels(rng, 3, 5), b=sample.tensor(rng, 3, 5))
    yield Case("as many rows as positions", a=levels(rng, 4, 4), b=levels(rng, 4, 4))
    yield Case("a batch", a=sample.tensor(rng, 2, 3, 6), b=levels(rng, 2, 3, 6))


def agreement(a: Tensor, b: Tensor) -> Tensor:
    """Kendall's τ, with ties."""
    return explain.kendall_tau(a, b)


rank_agreement = Exercise(
    "rank_agreement",
    points=3,
    reference=agreement,
    cases=rankings,
    forbids=("kendalltau", "weightedtau"),
)


@rank_agreement.fact
def between_minus_one_and_one(f: Answers, case: Case) -> None:
    """Agreement lies between −1 and 1."""
    ensure((f(case).abs() <= 1 + 1e-5).all(), "outside −1 to 1", f(case), f.expected(case))


@rank_agreement.fact
def with_itself(f: Answers, case: Case) -> None:
    """Every ranking agrees wholly with itself, ties or not, and is the opposite of its negative."""
    one = torch.ones(case["a"].shape[:-1])
    agree(f(case.but(b=case["a"].clone())), one, what="with itself")
    agree(f(case.but(b=-case["a"])), -one, what="with its negative")


@rank_agreement.fact
def only_ranks_count(f: Answers, case: Case) -> None:
    """Stretching the numbers without changing their order changes nothing."""
    stretched = case.but(a=case["a"] ** 3 + case["a"])
    agree(f(stretched), f(case), what="with a stretched", rtol=1e-3, atol=1e-4)


@rank_agreement.fact(after=(between_minus_one_and_one,))
def either_may_come_first(f: Answers, case: Case) -> None:
    """It does not matter which ranking comes first."""
    agree(f(case.but(a=case["b"], b=case["a"])), f(case), what="exchanged")


def _signs(a, b):
    """The signs of all ordered pairs of both."""
    return [(x[..., :, None] - x[..., None, :]).sign() for x in (a, b)]


@rank_agreement.mistake(
    "ties are not taken out of the denominator",
    "You divide by all pairs, n(n − 1)/2. A pair that is tied in a cannot agree, so a ranking with "
    "ties would not even agree with itself: divide by √(pairs untied in a · pairs untied in b).",
)
def tau_a(a, b):
    x, y = _signs(a, b)
    n = a.shape[-1]
    return (x * y).sum((-1, -2)) / (n * (n - 1))


@rank_agreement.mistake(
    "a correlation of the numbers",
    "This is Pearson's correlation. It looks at how large the differences are; here only their "
    "signs count.",
)
def pearson(a, b):
    x, y = a - a.mean(-1, keepdim=True), b - b.mean(-1, keepdim=True)
    return (x * y).sum(-1) / ((x * x).sum(-1) * (y * y).sum(-1)).sqrt()


@rank_agreement.mistake(
    "Spearman's correlation of the ranks",
    "This correlates the ranks. Kendall's τ counts pairs: how many stand in the same order in "
    "both, minus how many do not.",
)
def spearman(a, b):
    x, y = _signs(a, b)
    ranks_a, ranks_b = x.sum(-1), y.sum(-1)
    squares = (ranks_a * ranks_a).sum(-1) * (ranks_b * ranks_b).sum(-1)
    return (ranks_a * ranks_b).sum(-1) / squares.sqrt()


@rank_agreement.mistake(
    "discordant pairs are not subtracted",
    "This is the share of pairs that agree. The pairs that disagree have to be taken off: two "
    "opposite rankings have −1, not 0.",
)
def share_concordant(a, b):
    x, y = _signs(a, b)
    return (x * y > 0).float().sum((-1, -2)) / (
        x.abs().sum((-1, -2)) * y.abs().sum((-1, -2))
    ).sqrt()


@rank_agreement.mistake(
    "the pairs tied in either are left out of both counts",
    "You divide by the pairs that are untied in *both*. Kendall's τ_b divides by the root of a "
    "product: pairs untied in a, times pairs untied in b.",
)
def gamma(a, b):
    x, y = _signs(a, b)
    product = x * y
    return product.sum((-1, -2)) / product.abs().sum((-1, -2)).clamp(min=1)


@rank_agreement.mistake(
    "a tie counts as disagreement",
    "A pair that is tied in one of them neither agrees nor disagrees: it adds 0, not −1.",
)
def ties_against(a, b):
    x, y = _signs(a, b)
    off = ~torch.eye(a.shape[-1], dtype=torch.bool, device=a.device)
    signed = torch.where(x * y > 0, 1.0, -1.0) * off
    return signed.sum((-1, -2)) / (x.abs().sum((-1, -2)) * y.abs().sum((-1, -2))).sqrt()


@rank_agreement.mistake(
    "the products are not reduced to signs",
    "(a_i − a_j)(b_i − b_j) is large for pairs that are far apart. Every pair has one vote: take "
    "the sign.",
)
def unsigned(a, b):
    x, y = (v[..., :, None] - v[..., None, :] for v in (a, b))
    pairs = [(v.sign().abs()).sum((-1, -2)) for v in (x, y)]
    return (x * y).sum((-1, -2)) / (pairs[0] * pairs[1]).sqrt()


@rank_agreement.mistake(
    "each pair is counted twice above and once below",
    "The sum runs over both (i, j) and (j, i), the denominator over i < j only. Count pairs the "
    "same way in both.",
)
def counted_twice(a, b):
    return 2 * agreement(a, b)


@rank_agreement.mistake(
    "all rows are one ranking",
    "One number came back for the whole batch. Each row is a ranking of its own.",
)
def all_rows(a, b):
    return agreement(a.flatten(), b.flatten())
