"""A self-attention so small that a page can carry it: who did it, to whom?"""

import torch
from jaxtyping import Float
from torch import Tensor, nn

from attn.data.roles import ROLES, WORDS, Sentences, sentences
from attn.dot_product import dot_product_weights
from attn.positions import sinusoidal_encoding
from attn.self_attention import project_qkv
from attn.train import seeded, train

D = 16


class RoleReader(nn.Module):
    """One self-attention with one head; what was read is added to the word, and ``hidden`` decides.

    With ``positions``, sinusoids are added to the words first.
    """

    def __init__(self, positions: bool) -> None:
        super().__init__()
        self.positions = positions
        self.embedding = nn.Embedding(len(WORDS), D)
        self.W_q, self.W_k, self.W_v = (nn.Parameter(torch.randn(D, D) / D) for _ in range(3))
        self.hidden, self.out = nn.Linear(D, 24), nn.Linear(24, len(ROLES))

    def forward(self, s: Sentences) -> tuple[Float[Tensor, "B T roles"], Float[Tensor, "B T T"]]:
        """The scores of the roles, and the weights."""
        X = self.embedding(s.words)
        if self.positions:
            X = X + sinusoidal_encoding(X.shape[1], D, device=X.device, dtype=X.dtype)
        Q, K, V = project_qkv(X, self.W_q, self.W_k, self.W_v)
        weights = dot_product_weights(Q, K, s.real[:, None], temperature=D**0.5)
        return self.out(self.hidden(X + weights @ V).relu()), weights


def _loss(model: RoleReader, s: Sentences) -> Float[Tensor, ""]:
    scores, _ = model(s)
    return nn.functional.cross_entropy(scores[s.real], s.roles[s.real])


def learn_roles(positions: bool, seed: int, steps: int = 1500) -> RoleReader:
    """A reader trained on random sentences, 64 at a step.

    >>> model = learn_roles(True, seed=0, steps=1)
    """
    generator = torch.Generator().manual_seed(seed)
    with seeded(seed):
        model = RoleReader(positions)
    # Drawing sentences costs more than learning from them: a thousand, again and again.
    pool = sentences(2000, generator)
    rows = (torch.randint(2000, (64,), generator=generator) for _ in range(steps))
    train(model, (Sentences(*(part[r] for part in pool)) for r in rows), _loss, lr=5e-3)
    return model


def role_accuracy(model: RoleReader) -> float:
    """The share of right roles among the nouns, adjectives and articles of 1,000 new sentences."""
    s = sentences(1000, torch.Generator().manual_seed(90_000))
    with torch.no_grad():
        right = model(s)[0].argmax(-1) == s.roles
    asked = s.real & (s.roles != ROLES.index("neither"))
    return round(right[asked].double().mean().item(), 4)


def numbers(model: RoleReader) -> dict[str, list]:
    """The model's parameters, rounded to three decimals, as nested lists."""
    return {
        name: [round(x, 3) for x in tensor.tolist()]
        if tensor.ndim == 1
        else [[round(x, 3) for x in row] for row in tensor.tolist()]
        for name, tensor in model.state_dict().items()
    }
