"""What was the first symbol? Little to remember, far to carry it: the gradient's own test."""

import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from attn.data.sequences import FIRST_SYMBOL, SYMBOLS, VOCABULARY, copy
from attn.train import seeded, train

CELLS = ("rnn", "gru", "open")
STEPS = 600
OPEN = 4.0  # σ(4) = .98: of what a unit holds, an untrained cell keeps about so much at each step


def hold_open(rnn: nn.RNNBase) -> None:
    """Sets the biases of the update gates so that an untrained GRU keeps what it holds.

    torch's gates stand in the order reset, update, new; the update gate's share z is kept.
    """
    hidden = rnn.hidden_size
    with torch.no_grad():
        for name, bias in rnn.named_parameters():
            if name.startswith("bias_ih"):
                bias[hidden : 2 * hidden] = OPEN


class Recaller(nn.Module):
    """Reads T symbols with a recurrent network of width 64; names the first one at the end."""

    def __init__(self, cell: str) -> None:
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, 32)
        self.rnn = (nn.RNN if cell == "rnn" else nn.GRU)(32, 64, batch_first=True)
        if cell == "open":
            hold_open(self.rnn)
        self.out = nn.Linear(64, SYMBOLS)

    def forward(self, embedded: Float[Tensor, "B T 32"]) -> Float[Tensor, "B 10"]:
        states, _ = self.rnn(embedded)
        return self.out(states[:, -1])


def _loss(model: Recaller, source: Int[Tensor, "B T"]) -> Float[Tensor, ""]:
    scores = model(model.embedding(source))
    return nn.functional.cross_entropy(scores, source[:, 0] - FIRST_SYMBOL)


def learn(cell: str, T: int, seed: int, steps: int = STEPS) -> Recaller:
    """A model trained to name the first of T symbols, 64 sequences at a step.

    >>> model = learn("rnn", T=5, seed=0, steps=1)
    """
    generator = torch.Generator().manual_seed(seed)
    with seeded(seed):
        model = Recaller(cell)
    train(model, (copy(64, T, generator).source for _ in range(steps)), _loss, lr=3e-3)
    return model


def accuracy(model: Recaller, T: int) -> float:
    """The share of 1,000 fresh sequences whose first symbol the model names."""
    source = copy(1000, T, torch.Generator().manual_seed(10_000 + T)).source
    with torch.no_grad():
        guesses = model(model.embedding(source)).argmax(-1)
    return (guesses == source[:, 0] - FIRST_SYMBOL).double().mean().item()


def gradient_norms(cell: str, T: int, seed: int) -> Float[Tensor, " T"]:
    """How strongly the last state of an untrained network depends on each of T inputs.

    The norm of the gradient of Σ c · h_T with respect to each embedded symbol, c unit normals,
    averaged over 64 sequences.

    >>> gradient_norms("rnn", T=30, seed=0)[0] < 0.001 * gradient_norms("rnn", T=30, seed=0)[-1]
    tensor(True)
    """
    generator = torch.Generator().manual_seed(seed)
    with seeded(seed):
        model = Recaller(cell)
    embedded = model.embedding(copy(64, T, generator).source).detach().requires_grad_()
    last = model.rnn(embedded)[0][:, -1]
    (last * torch.randn(last.shape, generator=generator)).sum().backward()
    assert embedded.grad is not None, "the last state depends on every input"
    return embedded.grad.norm(dim=-1).mean(0)
