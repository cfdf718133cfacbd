"""Attention before its name: averages whose weights depend on the question."""

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor, nn

from attn.softmax import softmax


def question_weights(
    question: dict[str, float], regions: dict[str, dict[str, float]]
) -> dict[str, float]:
    """How much each region of a picture matters for a question.

    A question and a region are feature vectors, written as dictionaries; a feature that is missing
    is 0. A region's score is its dot product with the question; the weights are their softmax.

    >>> question_weights({"adult": 2.0}, {"Ada": {"adult": 1.0}, "plant": {}})["Ada"].__round__(4)
    0.8808
    """
    scores = [
        sum(strength * region.get(feature, 0.0) for feature, strength in question.items())
        for region in regions.values()
    ]
    weights = softmax(torch.tensor(scores, dtype=torch.float64))
    return dict(zip(regions, weights.tolist(), strict=True))


def fixations(
    weights: Float[Tensor, " Tk"], n: int, generator: Generator | None = None
) -> Int[Tensor, " n"]:
    """n glances: positions drawn independently, position j with probability ``weights[j]``.

    ``generator`` lives on the device of ``weights``.

    >>> fixations(torch.tensor([0.0, 1.0]), 3)
    tensor([1, 1, 1])
    """
    return torch.multinomial(weights, n, replacement=True, generator=generator)


def kernel_weights(
    queries: Float[Tensor, "*B Tq"], keys: Float[Tensor, "*B Tk"], width: float | Float[Tensor, ""]
) -> Float[Tensor, "*B Tq Tk"]:
    """softmax_j(-(q - k_j)² / 2σ²), σ = ``width`` > 0: nearby keys weigh more (Nadaraya 1964).

    >>> kernel_weights(torch.tensor([0.0]), torch.tensor([-1.0, 1.0]), 1.0)
    tensor([[0.5000, 0.5000]])
    """
    distances = queries[..., :, None] - keys[..., None, :]
    return softmax(-(distances**2) / (2 * width**2))


def kernel_regression(
    queries: Float[Tensor, "*B Tq"],
    keys: Float[Tensor, "*B Tk"],
    values: Float[Tensor, "*B Tk"],
    width: float | Float[Tensor, ""],
) -> Float[Tensor, "*B Tq"]:
    """The values, averaged with the kernel's weights: the Nadaraya–Watson estimate at each query.

    >>> keys, values = torch.tensor([-1.0, 1.0]), torch.tensor([10.0, 20.0])
    >>> kernel_regression(torch.tensor([0.0]), keys, values, 1.0)
    tensor([15.])
    """
    return (kernel_weights(queries, keys, width) @ values[..., None])[..., 0]


class KernelPooling(nn.Module):
    """Kernel regression whose width is learned. Parameter: ``log_width``, a scalar.

    The parameter is ln σ, so that σ = exp(``log_width``) stays positive at every step.

    >>> pool = KernelPooling(width=1.0)
    >>> pool(torch.tensor([0.0]), torch.tensor([-1.0, 1.0]), torch.tensor([10.0, 20.0]))
    tensor([15.], grad_fn=<SelectBackward0>)
    """

    def __init__(self, width: float = 1.0) -> None:
        super().__init__()
        self.log_width = nn.Parameter(torch.tensor(float(width)).log())

    def forward(
        self,
        queries: Float[Tensor, "*B Tq"],
        keys: Float[Tensor, "*B Tk"],
        values: Float[Tensor, "*B Tk"],
    ) -> Float[Tensor, "*B Tq"]:
        return kernel_regression(queries, keys, values, self.log_width.exp())


def leave_one_out_loss(
    keys: Float[Tensor, " T"], values: Float[Tensor, " T"], width: float | Float[Tensor, ""]
) -> Float[Tensor, ""]:
    """The mean squared error when each point is predicted from all the others.

    A point that may look at itself is its own best prediction: the width would shrink to nothing.

    >>> leave_one_out_loss(torch.tensor([0.0, 1.0]), torch.tensor([5.0, 7.0]), 1.0)
    tensor(4.)
    """
    distances = keys[:, None] - keys[None, :]
    scores = -(distances**2) / (2 * width**2)
    itself = torch.eye(len(keys), dtype=torch.bool, device=keys.device)
    predictions = softmax(scores.masked_fill(itself, -torch.inf)) @ values
    return ((predictions - values) ** 2).mean()


def train_kernel_width(
    keys: Float[Tensor, " T"], values: Float[Tensor, " T"], steps: int = 300
) -> float:
    """The width σ that gradient descent finds for these points, by their leave-one-out error.

    Takes at least 3 points. Runs ``steps`` steps of Adam on ln σ, from a tenth of the keys' range.

    >>> keys = torch.linspace(0, 6, 40)
    >>> 0.05 < train_kernel_width(keys, keys.sin()) < 0.5
    True
    """
    start = (keys.max() - keys.min()) / 10
    log_width = start.log().clone().requires_grad_()
    optimiser = torch.optim.Adam([log_width], lr=0.05)
    for _ in range(steps):
        optimiser.zero_grad()
        leave_one_out_loss(keys, values, log_width.exp()).backward()
        optimiser.step()
    return log_width.exp().item()
