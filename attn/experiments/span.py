"""Echo: say what was said ``lag`` steps ago. How far does an attention learn to look?"""

from collections.abc import Iterator

import torch
from torch import Generator, Tensor, nn
from torch.nn.functional import cross_entropy

from attn.adaptive import adaptive_span_weights
from attn.train import History, seeded, train

T = 48
SYMBOLS = 8
RAMP = 4.0
LAGS = (2, 8, 20)


class Echo(nn.Module):
    """One head whose scores depend on the distance alone, and whose span is learned.

    ``span``, in steps, starts at T: everything is read.
    """

    def __init__(self) -> None:
        super().__init__()
        self.embed = nn.Embedding(SYMBOLS, 16)
        self.by_distance = nn.Parameter(torch.zeros(T))
        self.share = nn.Parameter(torch.ones(()))  # of T, so that one learning rate suits all
        self.out = nn.Linear(16, SYMBOLS)

    @property
    def span(self) -> Tensor:
        return T * self.share.clamp(0, 1)

    def weights(self) -> Tensor:
        """(T, T): how much each step reads each earlier one."""
        at = torch.arange(T)
        behind = (at[:, None] - at).clamp(min=0)
        return adaptive_span_weights(self.by_distance[behind], self.span, RAMP)

    def forward(self, said: Tensor) -> Tensor:
        return self.out(self.weights() @ self.embed(said))


def learn(lag: int, seed: int, price: float = 0.1, steps: int = 600) -> tuple[Echo, History]:
    """A model trained to echo, which pays ``price`` for reading all T steps."""
    rng = Generator().manual_seed(seed)
    with seeded(seed):
        model = Echo()

    def loss(model: Echo, said: Tensor) -> Tensor:
        return _answers(model, said, lag) + price * model.share.clamp(0, 1)

    said: Iterator[Tensor] = (torch.randint(SYMBOLS, (32, T), generator=rng) for _ in range(steps))
    return model, train(model, said, loss, lr=2e-2)


def _answers(model: Echo, said: Tensor, lag: int) -> Tensor:
    scores = model(said)[:, lag:]
    return cross_entropy(scores.flatten(0, 1), said[:, : T - lag].flatten())


@torch.no_grad()
def accuracy(model: Echo, lag: int) -> float:
    """The share of right echoes of new symbols."""
    said = torch.randint(SYMBOLS, (500, T), generator=Generator().manual_seed(10_000))
    return (model(said)[:, lag:].argmax(-1) == said[:, : T - lag]).double().mean().item()
