"""An agent that attends over the entities it sees: a set, of any size, in any order."""

from math import sqrt

from jaxtyping import Bool, Float
from torch import Tensor, nn

from attn.softmax import masked_softmax


def attend_entities(
    query: Float[Tensor, "*B d"],
    keys: Float[Tensor, "*B N d"],
    values: Float[Tensor, "*B N m"],
    mask: Bool[Tensor, "*B N"],
) -> tuple[Float[Tensor, "*B m"], Float[Tensor, "*B N"]]:
    """What one agent reads of its entities, and the weights; zeros where it sees none.

    >>> import torch
    >>> keys = values = torch.eye(2)[None]
    >>> attend_entities(torch.zeros(1, 2), keys, values, torch.tensor([[True, False]]))[0]
    tensor([[1., 0.]])
    """
    scores = (keys @ query[..., None])[..., 0] / sqrt(query.shape[-1])
    weights = masked_softmax(scores, mask)
    return (weights[..., None, :] @ values)[..., 0, :], weights


class EntityAttention(nn.Module):
    """The agent's own features ask, each entity has a key and a value: one head, no positions.

    In the manner of Zambaldi et al. (2019) and Baker et al. (2020), whose agents stack such layers.

    >>> import torch
    >>> attend = EntityAttention(n=3, m=2, d=4)
    >>> attend(torch.ones(1, 3), torch.ones(1, 5, 2), torch.ones(1, 5) > 0)[0].shape
    torch.Size([1, 4])
    """

    def __init__(self, n: int, m: int, d: int) -> None:
        super().__init__()
        self.W_q = nn.Linear(n, d, bias=False)
        self.W_k = nn.Linear(m, d, bias=False)
        self.W_v = nn.Linear(m, d, bias=False)

    def forward(
        self,
        agent: Float[Tensor, "*B n"],
        entities: Float[Tensor, "*B N m"],
        mask: Bool[Tensor, "*B N"],
    ) -> tuple[Float[Tensor, "*B d"], Float[Tensor, "*B N"]]:
        return attend_entities(self.W_q(agent), self.W_k(entities), self.W_v(entities), mask)
