"""What every answer to ``softmax_jacobian`` must satisfy."""

import torch

from attn import softmax
from autograder import sample
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng


def rows_of_weights(rng: Rng):
    yield Case("two weights alike", weights=torch.tensor([0.5, 0.5]))
    yield Case("one has everything", weights=torch.tensor([0.0, 1.0, 0.0]))
    yield Case("a quarter and the rest", weights=torch.tensor([0.25, 0.75]))
    yield Case("three weights", weights=sample.weights(rng, 3))
    yield Case("a hidden key", weights=torch.cat([sample.weights(rng, 3), torch.zeros(1)]))
    yield Case("a row that read nothing", weights=torch.zeros(2))
    yield Case("as many rows as weights", weights=sample.weights(rng, 3, 3))
    yield Case("a batch of rows", weights=sample.weights(rng, 2, 3, 4))


softmax_jacobian = Exercise(
    "softmax_jacobian",
    points=2,
    reference=softmax.softmax_jacobian,
    cases=rows_of_weights,
    forbids=("jacobian", "backward", "grad", "jacrev", "jacfwd"),
)


@softmax_jacobian.fact
def one_weight_gains_what_the_others_lose(f: Answers, case: Case) -> None:
    """The weights keep their sum, so every column of the Jacobian adds up to zero."""
    sums = f(case).sum(-2)
    ensure((sums.abs() < 1e-4).all(), "a column does not", f(case), f.expected(case))


@softmax_jacobian.fact
def a_score_raises_its_own_weight(f: Answers, case: Case) -> None:
    """Raising a score raises its own weight and no other."""
    own = f(case).diagonal(dim1=-2, dim2=-1)
    rest = f(case) - torch.diag_embed(own)
    right = (own >= -1e-6).all() and (rest <= 1e-6).all()
    ensure(right, "a sign is wrong", f(case), f.expected(case))


@softmax_jacobian.fact
def a_winner_does_not_move(f: Answers, case: Case) -> None:
    """Where one key has all the weight, no weight moves: the Jacobian is zero."""
    settled = f(case)[(case["weights"] == 1).any(-1)]
    ensure((settled.abs() < 1e-6).all(), "it is not", f(case), f.expected(case))


def _outer(weights):
    return weights[..., :, None] * weights[..., None, :]


@softmax_jacobian.mistake(
    "only the diagonal",
    "w(1 - w) is how a weight moves with its own score. It moves with every other score too: the "
    "weights share a sum of one.",
)
def diagonal(weights):
    return torch.diag_embed(weights * (1 - weights))


@softmax_jacobian.mistake(
    "the derivative of each weight, as a vector",
    "n weights and n scores make n² derivatives. Row i, column j holds how weight i moves with "
    "score j.",
)
def vector(weights):
    return weights * (1 - weights)


@softmax_jacobian.mistake(
    "the others gain too",
    "Off the diagonal stands -w_i w_j: when one score rises, the other keys lose weight.",
)
def others_gain(weights):
    return torch.diag_embed(weights - 2 * weights**2) + _outer(weights)


@softmax_jacobian.mistake(
    "plus where minus should be",
    "∂w_i/∂s_j is w_i (δ_ij - w_j): the product of the two weights is subtracted everywhere, on "
    "the diagonal too.",
)
def plus(weights):
    return torch.diag_embed(weights) + _outer(weights)


@softmax_jacobian.mistake(
    "the sign is turned round",
    "Raising a score raises its own weight, so the diagonal, w(1 - w), is positive.",
)
def negative(weights):
    return _outer(weights) - torch.diag_embed(weights)


@softmax_jacobian.mistake(
    "the Jacobian of the logarithm",
    "δ_ij - w_j is how log w_i moves with score j. The weight itself moves w_i times that.",
)
def of_the_logarithm(weights):
    n = weights.shape[-1]
    identity = torch.eye(n, dtype=weights.dtype, device=weights.device)
    return identity - weights[..., None, :].expand(*weights.shape, n)


@softmax_jacobian.mistake(
    "a softmax of the weights",
    "The argument holds the weights already; a second softmax makes others of them.",
)
def twice(weights):
    return softmax.softmax_jacobian(weights.softmax(-1))


@softmax_jacobian.mistake(
    "one Jacobian for the whole batch",
    "Each row of weights has a Jacobian of its own. Multiply weights[..., :, None] with "
    "weights[..., None, :], so that the batch stays in front.",
)
def flattened(weights):
    return softmax.softmax_jacobian(weights.flatten())
