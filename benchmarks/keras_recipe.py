"""The well-known Keras example, rebuilt in PyTorch as it is written, and then mended.

Embedding of 32 with L2, an LSTM of 100 with dropout on its inputs (.3) and on its state (.2), 10
epochs of Adam at .001 in batches of 100. Sentences are padded behind to the longest, and nothing
masks the padding; the words are numbered on all sentences, the test ones too. Its layer scores
e_t = tanh(w · h_t + b_t): no query, no mask, a bias a position. "the layer, masked" is that layer
with a mask and nothing else changed, to tell what the mask does from what the query does.
"""

import torch
from torch import Generator, Tensor, nn

from attn.attention_pooling import AttentionPooling
from attn.data import sentiment
from attn.data.batch import PAD
from attn.data.sentiment import Sentence
from attn.data.vocabulary import Vocabulary
from attn.train import seeded, train

RECIPE_ARMS = ("last state", "the layer", "the layer, masked", "attention, mended")


class KerasLSTM(nn.Module):
    """An LSTM with one dropout mask a sentence for its inputs and one for its state."""

    def __init__(self, width: int, hidden: int) -> None:
        super().__init__()
        self.inputs = nn.Linear(width, 4 * hidden)
        self.states = nn.Linear(hidden, 4 * hidden, bias=False)
        nn.init.xavier_uniform_(self.inputs.weight)
        nn.init.orthogonal_(self.states.weight)
        nn.init.zeros_(self.inputs.bias)
        nn.init.ones_(self.inputs.bias[hidden : 2 * hidden])  # the forget gate starts open
        self.hidden = hidden

    def forward(self, x: Tensor) -> Tensor:
        def mask(n: int, p: float) -> Tensor:
            return nn.functional.dropout(x.new_ones(len(x), n), p, self.training)

        gates = self.inputs(x * mask(x.shape[-1], 0.3)[:, None])
        kept = mask(self.hidden, 0.2)
        h = c = x.new_zeros(len(x), self.hidden)
        states = []
        for gate in gates.unbind(1):
            i, f, g, o = (gate + self.states(h * kept)).chunk(4, -1)
            c = f.sigmoid() * c + i.sigmoid() * g.tanh()
            h = o.sigmoid() * c.tanh()
            states.append(h)
        return torch.stack(states, 1)


class Recipe(nn.Module):
    """The example's model; ``arm`` is one of ``RECIPE_ARMS``."""

    def __init__(self, vocabulary: int, T: int, arm: str) -> None:
        super().__init__()
        self.embedding = nn.Embedding(vocabulary, 32)
        nn.init.uniform_(self.embedding.weight, -0.05, 0.05)
        self.lstm = KerasLSTM(32, 100)
        self.arm = arm
        self.w = nn.Parameter(torch.randn(100) * 0.05)
        self.b = nn.Parameter(torch.zeros(T))
        self.attend = AttentionPooling(100, 32)
        self.out = nn.Linear(100, 1)

    def forward(self, tokens: Tensor) -> Tensor:
        states = self.lstm(self.embedding(tokens))
        if self.arm == "last state":
            read = states[:, -1]
        elif self.arm.startswith("the layer"):
            scores = (states @ self.w + self.b).tanh()
            if self.arm == "the layer, masked":
                scores = scores.masked_fill(tokens == PAD, -torch.inf)
            weights = scores.softmax(-1)
            read = (weights[..., None] * states).sum(1)
        else:
            read = self.attend(states, tokens != PAD)
        return self.out(read)[..., 0]


def run_recipe(sentences: list[Sentence], arm: str, seed: int) -> float:
    """The accuracy on the test part of a seed's split."""
    generator = Generator().manual_seed(seed)
    split = sentiment.split(sentences, generator)
    everything = Vocabulary(word for sentence in sentences for word in sentence.words)
    order = torch.randperm(len(sentences), generator=Generator().manual_seed(seed)).tolist()
    data = sentiment.encode([sentences[i] for i in order], everything)
    cut = len(split.train.positive)
    with seeded(seed):
        model = Recipe(len(everything), data.tokens.shape[1], arm)
        optimiser = torch.optim.Adam(model.parameters(), 1e-3, eps=1e-7)

        def loss(model: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
            tokens, positive = batch
            scores = model(tokens)
            fit = nn.functional.binary_cross_entropy_with_logits(scores, positive)
            return fit + 0.001 * model.embedding.weight.square().sum()

        batches = (
            (data.tokens[numbers], data.positive[numbers])
            for _ in range(10)
            for numbers in torch.randperm(cut, generator=generator).split(100)
        )
        train(model, batches, loss, optimiser=optimiser, clip=None)
    with torch.no_grad():
        right = (model(data.tokens[cut:]) > 0) == (data.positive[cut:] > 0)
    return right.double().mean().item()
