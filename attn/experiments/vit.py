"""Pictures of digits, read by a ViT, a CNN and a line: positions, patches, data, and a shift."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor, nn

from attn.data.digits import SIDE, Digits, digits
from attn.train import seeded, train
from attn.vit import ViT

STEPS, BATCH, RATE = 600, 64, 2e-3
SHIFTS = (0, 1, 2)  # pixels
# Patch side, and whether it has positions.
VITS = {
    "patch 2": (2, True),
    "patch 4": (4, True),
    "patch 8": (8, True),
    "patch 2, no positions": (2, False),
    "patch 4, no positions": (4, False),
}
ARMS = (*VITS, "CNN")


class CNN(nn.Module):
    """Three convolutions, the mean over the picture, and a line; about as large as the ViTs.

    >>> CNN()(torch.zeros(2, 1, 8, 8)).shape
    torch.Size([2, 10])
    """

    def __init__(self, width: int = 64) -> None:
        super().__init__()
        self.look = nn.Sequential(
            nn.Conv2d(1, width // 2, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(width // 2, width, 3, padding=1),
            nn.ReLU(),
            nn.MaxPool2d(2),
            nn.Conv2d(width, width, 3, padding=1),
            nn.ReLU(),
        )
        self.classify = nn.Linear(width, 10)

    def forward(self, images: Float[Tensor, "B 1 h w"]) -> Float[Tensor, "B 10"]:
        return self.classify(self.look(images).mean((-2, -1)))


class Scores(nn.Module):
    """A ViT of which only the scores are wanted."""

    def __init__(self, vit: ViT) -> None:
        super().__init__()
        self.vit = vit

    def forward(self, images: Float[Tensor, "B C h w"]) -> Float[Tensor, "B 10"]:
        return self.vit(images)[0]


def build(arm: str, seed: int) -> nn.Module:
    """An untrained model that gives the scores of ten digits.

    >>> sum(p.numel() for p in build("patch 4", 0).parameters())
    58234
    """
    with seeded(seed):
        if arm == "CNN":
            return CNN()
        P, positions = VITS[arm]
        return Scores(
            ViT((SIDE, SIDE), P=P, C=1, D=48, H=4, F=192, depth=2, classes=10, positions=positions)
        )


def twin(model: ViT) -> tuple[list[dict[str, np.ndarray]], list[np.ndarray]]:
    """A model's parameters in NumPy, under the names of ``attn.equations.vit``.

    What ``block`` takes, for each block; and what ``scores`` takes after the stream.

    >>> blocks, end = twin(ViT((2, 2), P=1, C=1, D=4, H=2, F=8, depth=3, classes=5))
    >>> len(blocks), blocks[0]["W_1"].shape, [x.shape for x in end]
    (3, (4, 8), [(4,), (4,), (4, 5), (5,)])
    """

    def plain(x: Any) -> np.ndarray:
        return x.detach().double().numpy()

    blocks = []
    norm: Any = model.norm
    block: Any
    for block in model.blocks:
        norms = block.around_attention.norm, block.around_feed.norm
        maps = {i: getattr(block.attend, f"W_{i}") for i in "qkvo"}
        maps |= {"1": block.feed.W_1, "2": block.feed.W_2}
        found = {f"W_{i}": plain(layer.weight.T) for i, layer in maps.items()}
        found |= {f"b_{i}": plain(layer.bias) for i, layer in maps.items()}
        found |= {f"g_{i}": plain(its.gain) for i, its in enumerate(norms, 1)}
        blocks.append(found | {f"c_{i}": plain(its.bias) for i, its in enumerate(norms, 1)})
    end = (norm.gain, norm.bias, model.classify.weight.T, model.classify.bias)
    return blocks, [plain(x) for x in end]


def shifted(images: Float[Tensor, "n 8 8"], down: int, right: int) -> Float[Tensor, "n 8 8"]:
    """The pictures moved by so many pixels; what is pushed over the edge is lost.

    >>> shifted(torch.eye(8)[None], 1, 0)[0, 1, 0]
    tensor(1.)
    """
    moved = torch.zeros_like(images)
    h, w = images.shape[-2:]
    moved[..., max(down, 0) : h + min(down, 0), max(right, 0) : w + min(right, 0)] = images[
        ..., max(-down, 0) : h - max(down, 0), max(-right, 0) : w - max(right, 0)
    ]
    return moved


def batches(
    source: Digits, steps: int, generator: Generator, shake: bool = False
) -> Iterator[tuple[Tensor, Tensor]]:
    """Images and labels, drawn by chance; with ``shake`` each batch is moved by up to a pixel."""
    for _ in range(steps):
        chosen = torch.randint(len(source.labels), (BATCH,), generator=generator)
        images = source.images[chosen]
        if shake:
            down, right = (torch.randint(3, (2,), generator=generator) - 1).tolist()
            images = shifted(images, down, right)
        yield images[:, None], source.labels[chosen]


def loss(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
    """Cross-entropy."""
    return nn.functional.cross_entropy(model(batch[0]), batch[1])


def learn(
    arm: str, seed: int, n: int | None = None, steps: int = STEPS, shake: bool = False
) -> nn.Module:
    """A model trained on the first ``n`` training digits (all: None).

    >>> accuracy(learn("patch 8", seed=0, steps=2), digits()[1]) <= 1
    True
    """
    source = Digits(*(part[:n] for part in digits()[0]))
    model = build(arm, seed)
    schedule = batches(source, steps, Generator().manual_seed(1000 + seed), shake)
    optimiser = torch.optim.AdamW(model.parameters(), lr=RATE, weight_decay=0.01)
    train(model, schedule, loss, optimiser=optimiser)
    return model


@torch.no_grad()
def accuracy(model: nn.Module, of: Digits) -> float:
    """The share of pictures whose digit has the largest score."""
    right = model(of.images[:, None]).argmax(-1) == of.labels
    return round(right.double().mean().item(), 4)


def by_shift(model: nn.Module) -> dict[int, float]:
    """Accuracy on test digits moved by some pixels, the mean of the four directions."""
    images, labels = digits()[1]
    found = {}
    for n in SHIFTS:
        ways = [(n, 0), (-n, 0), (0, n), (0, -n)]
        marks = [accuracy(model, Digits(shifted(images, *way), labels)) for way in ways]
        found[n] = round(sum(marks) / len(marks), 4)
    return found


@torch.no_grad()
def confusions(model: nn.Module) -> Int[Tensor, "10 10"]:
    """How often each test digit (rows) is called each digit (columns)."""
    images, labels = digits()[1]
    said = model(images[:, None]).argmax(-1)
    return torch.zeros(10, 10, dtype=torch.long).index_put_(
        (labels, said), torch.ones_like(said), accumulate=True
    )


class Line(nn.Module):
    """Logistic regression, fitted by scikit-learn."""

    def __init__(self, weight: Tensor, bias: Tensor) -> None:
        super().__init__()
        self.map = nn.Linear(weight.shape[1], weight.shape[0])
        self.map.load_state_dict({"weight": weight, "bias": bias})

    def forward(self, images: Float[Tensor, "B 1 8 8"]) -> Float[Tensor, "B 10"]:
        return self.map(images.flatten(1))


@cache
def line(n: int | None = None) -> Line:
    """Logistic regression on the first ``n`` training digits; it has no seed.

    >>> accuracy(line(100), digits()[1]) > 0.8
    True
    """
    from sklearn.linear_model import LogisticRegression

    images, labels = (part[:n] for part in digits()[0])
    fitted = LogisticRegression(max_iter=2000).fit(images.flatten(1).numpy(), labels.numpy())
    weight, bias = (torch.from_numpy(part).float() for part in (fitted.coef_, fitted.intercept_))
    return Line(weight, bias)
