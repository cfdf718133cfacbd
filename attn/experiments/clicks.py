"""Will it be clicked? A history summed as it is, read by a softmax, and by weights left free."""

import torch
from jaxtyping import Float
from torch import Generator, Tensor, nn

from attn.data.clicks import EACH, KINDS, Visits, visits
from attn.history import ActivationUnit, activated_sum
from attn.softmax import masked_softmax
from attn.train import seeded, train

WIDTH, K = 8, 16
ARMS = ("sum", "softmax", "softmax and an empty place", "unnormalised")


class Clicker(nn.Module):
    """A score above 0 says "click"; ``arm`` says how the history becomes one vector.

    >>> Clicker("unnormalised")(visits(2, Generator().manual_seed(0)))[0].shape
    torch.Size([2])
    """

    def __init__(self, arm: str) -> None:
        super().__init__()
        if arm not in ARMS:
            raise ValueError(f"arm is {arm!r}; it can be {', '.join(ARMS)}")
        self.arm = arm
        self.embedding = nn.Embedding(KINDS * EACH, WIDTH)
        self.unit = ActivationUnit(WIDTH, K)
        self.out = nn.Sequential(nn.Linear(3 * WIDTH, 32), nn.ReLU(), nn.Linear(32, 1))

    def weights(
        self,
        candidate: Float[Tensor, "B d"],
        history: Float[Tensor, "B T d"],
        mask: Tensor,
    ) -> Float[Tensor, "B T"]:
        """How much each item counts; 0 at padding."""
        if self.arm == "sum":
            return mask.float()
        scores = self.unit(candidate, history)
        if self.arm == "unnormalised":
            return scores * mask
        if self.arm == "softmax":
            return masked_softmax(scores, mask)
        # One more place, whose score is 0 and whose value is nothing.
        one_more = nn.functional.pad(scores, (0, 1))
        return masked_softmax(one_more, nn.functional.pad(mask, (0, 1), value=True))[:, :-1]

    def forward(self, some: Visits) -> tuple[Float[Tensor, " B"], Float[Tensor, "B T"]]:
        history, candidate = self.embedding(some.history), self.embedding(some.candidate)
        weights = self.weights(candidate, history, some.mask)
        read = activated_sum(weights, history, some.mask)
        return self.out(torch.cat([read, candidate, read * candidate], -1))[:, 0], weights


def loss(model: Clicker, some: Visits) -> Float[Tensor, ""]:
    """Mean cross-entropy of the scores against the clicks."""
    return nn.functional.binary_cross_entropy_with_logits(model(some)[0], some.clicked)


def learn(arm: str, seed: int, steps: int = 3000) -> Clicker:
    """A model trained on 256 new visits a step."""
    rng = Generator().manual_seed(seed)
    with seeded(seed):
        model = Clicker(arm)
    train(model, (visits(256, rng) for _ in range(steps)), loss, lr=5e-3)
    return model


def area_under_curve(scores: Float[Tensor, " B"], clicked: Float[Tensor, " B"]) -> float:
    """How often a clicked visit has a higher score than one not clicked; a tie counts half.

    >>> area_under_curve(torch.tensor([0.9, 0.5, 0.5]), torch.tensor([1.0, 1.0, 0.0]))
    0.75
    """
    difference = scores[clicked > 0][:, None] - scores[clicked == 0]
    return (difference.sign() / 2 + 0.5).mean().item()


@torch.no_grad()
def judged(model: Clicker, n: int = 4000) -> dict[str, float | list[float]]:
    """On new visits: the loss in nats, that of who knows the probabilities, the area under the
    curve and the best one, and the mean predicted probability for 0 to 5 matching things."""
    some = visits(n, Generator().manual_seed(10_000))
    scores = model(some)[0]
    p, known = scores.sigmoid(), some.probability
    known_loss = nn.functional.binary_cross_entropy(known, some.clicked)
    return {
        "loss": nn.functional.binary_cross_entropy(p, some.clicked).item(),
        "best loss": known_loss.item(),
        "area": area_under_curve(scores, some.clicked),
        "best area": area_under_curve(known, some.clicked),
        "by matching": [p[some.matching() == m].mean().item() for m in range(6)],
    }
