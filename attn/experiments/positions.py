"""What positions are worth: reversal with and without them, and streams longer than in training."""

import numpy as np
import torch
from jaxtyping import Float, Int
from torch import Tensor, nn

from attn.data.batch import Batch
from attn.data.recall import NAMES, VALUES, Stream, stream, streams
from attn.data.sequences import FIRST_SYMBOL, SYMBOLS, VOCABULARY, batches, reversal
from attn.masks import causal_mask
from attn.positions import alibi_bias, rotary_embedding, sinusoidal_encoding
from attn.self_attention import biased_attention
from attn.train import seeded, train

D = 32
SCHEMES = ("none", "sinusoidal", "learned", "rotary", "alibi")
SLOPE = 0.5  # of ALiBi's single head here: the steepest of the paper's eight
LONGEST = 512  # rows of the learned table, of which training sees the first


class Layer(nn.Module):
    """Self-attention and a feed-forward network, each added to what it read: D to D.

    ``scheme`` says where positions enter: ``rotary`` turns queries and keys, ``alibi`` adds to the
    scores; the others enter before the layer, or not at all. Where ``window`` is set, nothing
    farther back than so many positions is read.
    """

    window: int | None = None

    def __init__(self, scheme: str, causal: bool) -> None:
        super().__init__()
        self.scheme, self.causal = scheme, causal
        self.W_q, self.W_k, self.W_v = (nn.Linear(D, D, bias=False) for _ in range(3))
        self.W_o = nn.Linear(D, D)
        self.forward_net = nn.Sequential(nn.Linear(D, 2 * D), nn.ReLU(), nn.Linear(2 * D, D))
        self.norms = nn.ModuleList(nn.LayerNorm(D) for _ in range(2))

    def weights(self, X: Float[Tensor, "B T D"]) -> Float[Tensor, "B T T"]:
        """Which position reads which."""
        T = X.shape[-2]
        return self.attend(X, torch.eye(T, device=X.device).expand(len(X), T, T))

    def attend(
        self, X: Float[Tensor, "B T D"], V: Float[Tensor, "B T dv"]
    ) -> Float[Tensor, "B T dv"]:
        Q, K, T = self.W_q(X), self.W_k(X), X.shape[-2]
        if self.scheme == "rotary":
            Q, K = rotary_embedding(Q), rotary_embedding(K)
        slope = SLOPE if self.scheme == "alibi" else 0.0
        bias = alibi_bias(torch.full((1,), slope, device=X.device), T, T)[0]
        mask = causal_mask(T, T, X.device) if self.causal else None
        if mask is not None and self.window is not None:
            mask = mask.triu(1 - self.window)
        return biased_attention(Q, K, V, bias, mask)

    def forward(self, X: Float[Tensor, "B T D"]) -> Float[Tensor, "B T D"]:
        X = self.norms[0](X + self.W_o(self.attend(X, self.W_v(X))))
        return self.norms[1](X + self.forward_net(X))


class Reader(nn.Module):
    """Embedded positions in, one row of scores a position out; ``layers`` of them between."""

    def __init__(self, scheme: str, outputs: int, layers: int = 1, causal: bool = False) -> None:
        super().__init__()
        if scheme not in SCHEMES:
            raise ValueError(f"scheme is {scheme!r}; it can be {', '.join(SCHEMES)}")
        self.scheme = scheme
        self.table = nn.Parameter(0.02 * torch.randn(LONGEST, D)) if scheme == "learned" else None
        self.layers = nn.ModuleList(Layer(scheme, causal) for _ in range(layers))
        self.out = nn.Linear(D, outputs)

    def placed(self, X: Float[Tensor, "B T D"]) -> Float[Tensor, "B T D"]:
        """X with its positions added, where the scheme adds them."""
        T = X.shape[-2]
        if self.table is not None:
            return X + self.table[:T]
        if self.scheme == "sinusoidal":
            return X + sinusoidal_encoding(T, D, device=X.device)
        return X

    def forward(self, X: Float[Tensor, "B T D"]) -> Float[Tensor, "B T outputs"]:
        X = self.placed(X)
        for layer in self.layers:
            X = layer(X)
        return self.out(X)


# ---------------------------------------------------------------- reversal


class Reverser(nn.Module):
    """Symbols in, for each position the scores of the symbol that stands there backwards."""

    def __init__(self, scheme: str, layers: int = 1, causal: bool = False) -> None:
        super().__init__()
        self.embedding = nn.Embedding(VOCABULARY, D)
        self.reader = Reader(scheme, SYMBOLS, layers, causal)

    def forward(self, source: Int[Tensor, "B T"]) -> Float[Tensor, "B T 10"]:
        return self.reader(self.embedding(source))


def _reversal_loss(model: Reverser, batch: Batch) -> Float[Tensor, ""]:
    scores = model(batch.source)
    answers = batch.source.flip(1) - FIRST_SYMBOL
    return nn.functional.cross_entropy(scores.transpose(1, 2), answers)


def learn_reversal(
    scheme: str, seed: int, *, T: int = 16, layers: int = 1, causal: bool = False, steps: int = 600
) -> Reverser:
    """A model trained to reverse T symbols out of ten, 128 sequences at a step.

    >>> model = learn_reversal("none", seed=0, steps=1)
    """
    with seeded(seed):
        model = Reverser(scheme, layers, causal)
    data = batches(reversal, 128, steps, T, T, torch.Generator().manual_seed(seed))
    train(model, data, _reversal_loss, lr=3e-3)
    return model


def reversal_accuracy(model: Reverser, T: int = 16) -> list[float]:
    """The share of right symbols at each of T positions, over 2,000 fresh sequences."""
    source = reversal(2000, T, torch.Generator().manual_seed(10_000 + T)).source
    with torch.no_grad():
        right = model(source).argmax(-1) == source.flip(1) - FIRST_SYMBOL
    return [round(share, 4) for share in right.double().mean(0).tolist()]


def expected_mode(n: int, kinds: int = SYMBOLS) -> float:
    """How often, on average, the commonest of ``kinds`` appears among n independent draws.

    P(no kind appears more than m times) is n! / kinds^n times the coefficient of x^n in
    (Σ_{k ≤ m} x^k / k!)^kinds.

    >>> expected_mode(2, kinds=2)
    1.5
    """
    factorials = np.cumprod([1.0, *range(1, n + 1)])
    at_most = []
    for m in range(n):
        once = (1 / factorials)[: m + 1]
        power = np.array([1.0])
        for _ in range(kinds):
            power = np.convolve(power, once)[: n + 1]
        coefficient = power[n] if len(power) > n else 0.0
        at_most.append(coefficient * factorials[n] / kinds**n)
    return float(sum(1 - share for share in at_most))


# ---------------------------------------------------------------- streams


class Listener(nn.Module):
    """Reads a stream of names, values and questions causally; scores of a value a position."""

    def __init__(self, scheme: str) -> None:
        super().__init__()
        self.names, self.asked = nn.Embedding(NAMES, D), nn.Embedding(NAMES, D)
        self.values = nn.Embedding(VALUES, D)
        self.reader = Recurrent() if scheme == "gru" else Reader(scheme, VALUES, causal=True)

    def embedded(self, s: Stream) -> Float[Tensor, "B T D"]:
        """What the reader reads: a name, its value and the name asked about, in one vector."""
        return self.names(s.names) + self.values(s.values) + self.asked(s.asked)

    def forward(self, s: Stream) -> Float[Tensor, "B T 10"]:
        return self.reader(self.embedded(s))


class Recurrent(nn.Module):
    """A GRU of 64 in the place of self-attention: it reads from the left and keeps a state."""

    def __init__(self) -> None:
        super().__init__()
        self.rnn, self.out = nn.GRU(D, 64, batch_first=True), nn.Linear(64, VALUES)

    def forward(self, X: Float[Tensor, "B T D"]) -> Float[Tensor, "B T 10"]:
        return self.out(self.rnn(X)[0])


def learn_stream(
    scheme: str, question: str, seed: int, *, T: int = 32, steps: int = 600
) -> Listener:
    """A model trained on streams of T to answer ``question`` (``back`` or ``latest``).

    >>> model = learn_stream("alibi", "latest", seed=0, steps=1)
    """

    def loss(model: Listener, s: Stream) -> Float[Tensor, ""]:
        answers = getattr(s, question)
        return nn.functional.cross_entropy(model(s).transpose(1, 2), answers)

    with seeded(seed):
        model = Listener(scheme)
    train(model, streams(64, T, steps, torch.Generator().manual_seed(seed)), loss, lr=3e-3)
    return model


def stream_accuracy(model: Listener, question: str, T: int, window: int | None = None) -> float:
    """The share of right answers among the last 16 positions of 400 fresh streams of T.

    With ``window``, the model may read no farther back than that.

    >>> 0 <= stream_accuracy(Listener("none"), "latest", T=20) < 0.5
    True
    """
    if isinstance(model.reader, Reader):
        for layer in model.reader.layers:
            assert isinstance(layer, Layer)
            layer.window = window
    s = stream(400, T, torch.Generator().manual_seed(20_000 + T))
    with torch.no_grad():
        right = model(s).argmax(-1) == getattr(s, question)
    return round(right[:, -16:].double().mean().item(), 4)
