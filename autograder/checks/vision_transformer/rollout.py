"""What every answer to ``rollout`` must satisfy."""

import torch
from torch import Tensor

from attn.rollout import rollout as rolled
from autograder import sample
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def models(rng: Rng):
    # No gradients: dividing by the rows' sums, as the paper says, is right and has others.
    left = torch.tensor([[1.0, 0.0], [1.0, 0.0]])
    yield Case("the example of the task", weights=torch.stack([left, left])[:, None])
    yield Case("one layer", weights=sample.weights(rng, 1, 1, 2, 2))
    yield Case("two heads", weights=_sharp(rng, 1, 2, 3, 3))
    yield Case("two layers", weights=_sharp(rng, 2, 1, 3, 3))
    yield Case("three layers, two heads", weights=_sharp(rng, 3, 2, 4, 4))
    yield Case("as many layers as heads", weights=_sharp(rng, 3, 3, 3, 3))
    yield Case("causal", weights=_causal(rng, 2, 2, 3))
    yield Case("four layers", weights=_sharp(rng, 4, 2, 3, 3))


def _sharp(rng: Rng, *shape: int) -> Tensor:
    """Weights that differ a good deal."""
    return (1.5 * sample.tensor(rng, *shape)).softmax(-1)


def _causal(rng: Rng, depth: int, H: int, T: int) -> Tensor:
    scores = sample.tensor(rng, depth, H, T, T)
    return scores.masked_fill(~torch.ones(T, T, dtype=torch.bool).tril(), -torch.inf).softmax(-1)


def reached(weights: Tensor) -> Tensor:
    """Ã of the last layer."""
    return rolled(weights)


rollout = Exercise("rollout", points=3, reference=reached, cases=models, keeps_dtype=True)


@rollout.fact
def rows_sum_to_one(f: Answers, case: Case) -> None:
    """Every row of the result sums to 1."""
    sums = f(case).sum(-1)
    agree(sums, torch.ones_like(sums), what="the sums of the rows")


@rollout.fact
def nothing_flows_backwards_through_causal_layers(f: Answers, case: Case) -> None:
    """Where no layer lets a token read a later one, the result does not either."""
    if (case["weights"].triu(1) == 0).all():
        agree(f(case).triu(1), torch.zeros_like(f(case)), what="above the diagonal")


@rollout.fact
def who_reads_only_itself_keeps_all(f: Answers, case: Case) -> None:
    """If in every head every token reads itself alone, the result is the identity."""
    weights = case["weights"]
    alone = torch.eye(weights.shape[-1]).expand_as(weights).contiguous()
    agree(f(case.but(weights=alone)), alone[0, 0], what="the result")


@rollout.fact
def half_of_a_token_stays(f: Answers, case: Case) -> None:
    """Through n layers, at least (1/2)^n of each token stays where it is."""
    stays, n = f(case).diagonal(), len(case["weights"])
    least = 0.5**n - 1e-5
    ensure((stays >= least).all(), f"less than {0.5**n:g} is left of a token", f(case))


def _steps(weights: Tensor) -> list[Tensor]:
    """(mean head + I) / 2, layer by layer."""
    mean = weights.mean(1)
    return list((mean + torch.eye(mean.shape[-1]).to(mean)) / 2)


def _product(steps: list[Tensor]) -> Tensor:
    """A_L … A_1."""
    made = steps[0]
    for step in steps[1:]:
        made = step @ made
    return made


def _eye(weights: Tensor) -> Tensor:
    return torch.eye(weights.shape[-1]).to(weights)


rollout.mistake(
    "the layers in the wrong order",
    "The first layer reads the inputs, so it stands on the right: A_L … A_2 A_1. The other order "
    "asks what the *first* layer's tokens get from the last one's.",
)(lambda weights: _product(_steps(weights)[::-1]))

rollout.mistake(
    "the residual is left out",
    "A block adds what it reads to what is there. Mix every layer's weights half and half with the "
    "identity.",
)(lambda weights: _product(list(weights.mean(1))))


rollout.mistake(
    "the residual is added and not halved",
    "W + I has rows that sum to 2, and the product's grow with every layer. Divide by 2.",
)(lambda weights: _product(list(weights.mean(1) + _eye(weights))))

rollout.mistake(
    "the residual comes once",
    "Every layer has a residual around it; here the identity is mixed in once, at the end.",
)(lambda weights: (_product(list(weights.mean(1))) + _eye(weights)) / 2)


rollout.mistake(
    "the layers are averaged",
    "Layers stand one behind the other: the second reads what the first has mixed. Multiply them.",
)(lambda weights: torch.stack(_steps(weights)).mean(0))

rollout.mistake(
    "the last layer alone",
    "The last layer reads tokens that are mixtures already. Multiply by the layers before it.",
)(lambda weights: _steps(weights)[-1])

rollout.mistake(
    "number by number",
    "`*` multiplies entries; a path from layer to layer is a matrix product, `@`.",
)(lambda weights: torch.stack(_steps(weights)).prod(0))

rollout.mistake(
    "the heads are summed",
    "The heads' weights are averaged, so that rows still sum to 1.",
)(lambda weights: _product(list((weights.sum(1) + _eye(weights)) / 2)))

rollout.mistake(
    "the largest head",
    "This takes the largest weight of any head. The rollout of the paper takes their mean.",
)(lambda weights: _product(list((weights.amax(1) + _eye(weights)) / 2)))

rollout.mistake(
    "the first head alone",
    "All heads of a layer count: average over them.",
)(lambda weights: _product(_steps(weights[:, :1])))

rollout.mistake(
    "rows and columns exchanged",
    "Row i of the result says what output token i is made of. This is its transpose.",
)(lambda weights: _product(_steps(weights)).T)

rollout.mistake(
    "each head rolled out by itself",
    "Heads are merged at the end of every layer, so the next layer's heads read the mixture of "
    "all. Average over the heads before you multiply.",
)(
    lambda weights: torch.stack(
        [_product(_steps(weights[:, h : h + 1])) for h in range(weights.shape[1])]
    ).mean(0)
)
