"""One digit among clutter: does a model look where the digit is, and do its weights say so?"""

from collections.abc import Iterator

import torch
from jaxtyping import Bool, Float
from torch import Generator, Tensor, nn

from attn.data.digits import Canvases, canvases, digits
from attn.rollout import class_token_reads
from attn.train import seeded, train
from attn.vit import ViT

SIDE, P, N = 16, 4, 16
STEPS, BATCH, RATE = 1000, 64, 2e-3
ARMS = ("ViT", "CNN, mean", "CNN, attention")
ERASED = 4  # patches: as many as a digit fills


class CanvasCNN(nn.Module):
    """Convolutions to a feature for each patch, then one average of the sixteen.

    "mean" weighs all alike; "attention" by the softmax of a learned query's dot products with them.

    >>> scores, weights = CanvasCNN("attention")(torch.zeros(2, 1, 16, 16))
    >>> scores.shape, weights.shape
    (torch.Size([2, 10]), torch.Size([2, 16]))
    """

    def __init__(self, pooling: str, width: int = 64) -> None:
        super().__init__()
        self.look = nn.Sequential(
            nn.Conv2d(1, 32, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(32, width, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(width, width, 3, padding=1),
            nn.ReLU(),
        )
        self.query = nn.Parameter(torch.zeros(width)) if pooling == "attention" else None
        self.classify = nn.Linear(width, 10)

    def forward(
        self, images: Float[Tensor, "B 1 16 16"]
    ) -> tuple[Float[Tensor, "B 10"], Float[Tensor, "B 16"]]:
        features = self.look(images).flatten(-2).transpose(-2, -1)
        scores = features.new_zeros(features.shape[:-1])
        if self.query is not None:
            scores = features @ self.query / len(self.query) ** 0.5
        weights = scores.softmax(-1)
        return self.classify((weights[..., None] * features).sum(-2)), weights


def build(arm: str, seed: int) -> nn.Module:
    """An untrained model: canvases to the scores of ten digits, and weights."""
    with seeded(seed):
        if arm == "ViT":
            return ViT((SIDE, SIDE), P=P, C=1, D=48, H=4, F=96, depth=2, classes=10)
        return CanvasCNN(arm.removeprefix("CNN, "))


def stream(seed: int, steps: int) -> Iterator[Canvases]:
    """Canvases of training digits, new at every step."""
    generator = Generator().manual_seed(2000 + seed)
    return (canvases(digits()[0], BATCH, generator) for _ in range(steps))


def held_out(n: int = 1000) -> Canvases:
    """Canvases of digits that no training saw, always the same."""
    return canvases(digits()[1], n, Generator().manual_seed(78))


def loss(model: nn.Module, batch: Canvases) -> Tensor:
    """Cross-entropy."""
    return nn.functional.cross_entropy(model(batch.images)[0], batch.labels)


def learn(arm: str, seed: int, steps: int = STEPS) -> nn.Module:
    """A trained model.

    >>> 0 <= accuracy(learn("CNN, mean", seed=0, steps=2), held_out(50)) <= 1
    True
    """
    model = build(arm, seed)
    train(model, stream(seed, steps), loss, lr=RATE)
    return model


@torch.no_grad()
def accuracy(model: nn.Module, of: Canvases) -> float:
    """The share of canvases whose digit has the largest score."""
    right = model(of.images)[0].argmax(-1) == of.labels
    return round(right.double().mean().item(), 4)


def erase(
    images: Float[Tensor, "B 1 16 16"], which: Bool[Tensor, "B 16"]
) -> Float[Tensor, "B 1 16 16"]:
    """The canvases with these patches empty, which is what a patch without clutter is.

    >>> erase(torch.ones(1, 1, 16, 16), torch.arange(16)[None] < 4)[0, 0, :5, 0]
    tensor([0., 0., 0., 0., 1.])
    """
    keep = (~which).reshape(-1, 1, 4, 4).to(images)
    return images * keep.repeat_interleave(P, -2).repeat_interleave(P, -1)


@torch.no_grad()
def effects(model: nn.Module, of: Canvases) -> Float[Tensor, "B 16"]:
    """How much log p of the right digit falls when one patch is erased, for each patch."""

    def likelihood(images: Tensor) -> Tensor:
        logs = model(images)[0].log_softmax(-1)
        return logs.gather(-1, of.labels[:, None])[:, 0]

    whole = likelihood(of.images)
    one = torch.eye(N, dtype=torch.bool)
    falls = [whole - likelihood(erase(of.images, row.expand(len(whole), -1))) for row in one]
    return torch.stack(falls, -1)


@torch.no_grad()
def claims(model: nn.Module, of: Canvases) -> dict[str, Float[Tensor, "B 16"]]:
    """What different readings of a ViT say matters, a number for each patch; and its ink."""
    _, weights = model(of.images)
    ink = of.images.unflatten(-1, (4, P)).unflatten(-3, (4, P)).sum((-3, -1)).flatten(1)
    layers = weights.mean(2)[:, :, 0, 1:]  # what the class token reads, by layer
    return {
        **{f"layer {i + 1}": layers[:, i] for i in range(layers.shape[1])},
        "rollout": class_token_reads(weights),
        "erasing": effects(model, of).clamp(min=0),
        "ink": ink,
        "chance": torch.rand(ink.shape, generator=Generator().manual_seed(3)),
        "truth": of.inside.float(),
    }


def in_digit(claim: Float[Tensor, "B 16"], inside: Bool[Tensor, "B 16"]) -> float:
    """The share of a claim that lies on the digit's four patches, the mean over canvases.

    >>> in_digit(torch.ones(1, 16), torch.arange(16)[None] < 4)
    0.25
    """
    total = claim.sum(-1).clamp(min=1e-9)
    return round(((claim * inside).sum(-1) / total).mean().item(), 4)


def ranks_agree(a: Float[Tensor, "B N"], b: Float[Tensor, "B N"]) -> float:
    """Spearman's rank correlation of two claims over the patches, the mean over canvases.

    Ties get their mean rank; a canvas where either claim is constant counts as 0.

    >>> ranks_agree(torch.tensor([[1.0, 2, 3]]), torch.tensor([[10.0, 20, 90]]))
    1.0
    """

    def ranks(x: Tensor) -> Tensor:
        below = (x[:, :, None] > x[:, None, :]).sum(-1)
        level = (x[:, :, None] == x[:, None, :]).sum(-1)
        placed = below + (level - 1) / 2
        return placed - placed.mean(-1, keepdim=True)

    a, b = ranks(a), ranks(b)
    size = (a.square().sum(-1) * b.square().sum(-1)).sqrt()
    return round(((a * b).sum(-1) / size.clamp(min=1e-9)).mean().item(), 4)


def after_erasing(model: nn.Module, of: Canvases, claim: Float[Tensor, "B 16"]) -> float:
    """Accuracy without the four patches that the claim puts first."""
    first = torch.zeros_like(of.inside).scatter_(-1, claim.topk(ERASED, -1).indices, True)
    return accuracy(model, of._replace(images=erase(of.images, first)))


def marks(model: nn.Module, of: Canvases) -> dict[str, dict[str, float]]:
    """For each claim: its share on the digit, its agreement with erasing, accuracy without it."""
    said = claims(model, of)
    return {
        name: {
            "in digit": in_digit(claim, of.inside),
            "agrees": ranks_agree(claim, said["erasing"]),
            "after": after_erasing(model, of, claim),
        }
        for name, claim in said.items()
    }
