"""Dot-product attention: compare, normalise, average."""

from math import sqrt

import torch
from jaxtyping import Bool, Float
from torch import Tensor

from attn.softmax import masked_softmax, softmax


def dot_product_scores(
    Q: Float[Tensor, "*B Tq d"], K: Float[Tensor, "*B Tk d"]
) -> Float[Tensor, "*B Tq Tk"]:
    """Q Kᵀ: one number for each query and each key.

    >>> dot_product_scores(torch.tensor([[1.0, 0.0]]), torch.tensor([[2.0, 5.0], [0.0, 1.0]]))
    tensor([[2., 0.]])
    """
    return Q @ K.transpose(-1, -2)


def dot_product_weights(
    Q: Float[Tensor, "*B Tq d"],
    K: Float[Tensor, "*B Tk d"],
    mask: Bool[Tensor, "*#B #Tq #Tk"] | None = None,
    temperature: float = 1.0,
) -> Float[Tensor, "*B Tq Tk"]:
    """softmax(Q Kᵀ / temperature): how much each query reads each key.

    >>> dot_product_weights(torch.zeros(1, 3), torch.ones(4, 3))
    tensor([[0.2500, 0.2500, 0.2500, 0.2500]])
    """
    # In this order, since Q Kᵀ before it is divided may lie beyond the 65504 of half precision.
    scores = dot_product_scores(Q / temperature, K)
    return softmax(scores) if mask is None else masked_softmax(scores, mask)


def dot_product_attention(
    Q: Float[Tensor, "*B Tq d"],
    K: Float[Tensor, "*B Tk d"],
    V: Float[Tensor, "*B Tk dv"],
    mask: Bool[Tensor, "*#B #Tq #Tk"] | None = None,
    temperature: float = 1.0,
) -> Float[Tensor, "*B Tq dv"]:
    """softmax(Q Kᵀ / temperature) V; where ``mask`` is False, a query does not see that key.

    A query that may see nothing gets zeros.

    >>> K, V = torch.eye(2), torch.tensor([[10.0], [20.0]])
    >>> dot_product_attention(torch.tensor([[100.0, 0.0]]), K, V)
    tensor([[10.]])
    """
    return dot_product_weights(Q, K, mask, temperature) @ V


def scaled_dot_product_attention(
    Q: Float[Tensor, "*B Tq d"],
    K: Float[Tensor, "*B Tk d"],
    V: Float[Tensor, "*B Tk dv"],
    mask: Bool[Tensor, "*#B #Tq #Tk"] | None = None,
) -> Float[Tensor, "*B Tq dv"]:
    """softmax(Q Kᵀ / √d) V (Vaswani et al. 2017, equation 1): the temperature that suits width d.

    >>> Q = torch.tensor([[1.0, 0, 1]])
    >>> K = torch.tensor([[1.0, 0, 1], [0, 1, 0], [1, 1, 1]])
    >>> scaled_dot_product_attention(Q, K, torch.tensor([[10.0, 0], [0, 10], [5, 5]]))
    tensor([[6.4791, 3.5209]])
    """
    return dot_product_attention(Q, K, V, mask, temperature=sqrt(Q.shape[-1]))


def biased_dot_product_weights(
    Q: Float[Tensor, "*B Tq d"],
    K: Float[Tensor, "*B Tk d"],
    bias: Float[Tensor, "*#B #Tq #Tk"],
) -> Float[Tensor, "*B Tq Tk"]:
    """softmax(Q Kᵀ / √d + bias); a key whose bias is -inf is not read.

    >>> biased_dot_product_weights(torch.zeros(1, 2), torch.ones(2, 2), torch.tensor([[0.0, 0.0]]))
    tensor([[0.5000, 0.5000]])
    """
    scores = dot_product_scores(Q / sqrt(Q.shape[-1]), K) + bias
    return masked_softmax(scores, bias > -torch.inf)


def biased_dot_product_attention(
    Q: Float[Tensor, "*B Tq d"],
    K: Float[Tensor, "*B Tk d"],
    V: Float[Tensor, "*B Tk dv"],
    bias: Float[Tensor, "*#B #Tq #Tk"],
) -> Float[Tensor, "*B Tq dv"]:
    """softmax(Q Kᵀ / √d + bias) V: a mask of numbers, in which -inf hides a key.

    A query from which every key is hidden gets zeros.

    >>> Q = K = V = torch.eye(2)
    >>> biased_dot_product_attention(Q, K, V, torch.tensor([[0.0, -torch.inf]]))
    tensor([[1., 0.],
            [1., 0.]])
    """
    return biased_dot_product_weights(Q, K, bias) @ V


class SoftDictionary:
    """A dictionary that answers every query with a mixture of all its values.

    ``write(key (d,), value (dv,))`` appends an entry; ``read(query (d,))`` gives the mixture (dv,).
    As the temperature goes to zero, it becomes a look-up of the key with the largest dot product.

    Raises ``KeyError`` when it is read while empty.

    >>> capitals = SoftDictionary(temperature=0.1)
    >>> capitals.write(torch.tensor([1.0, 0.0]), torch.tensor([10.0]))
    >>> capitals.write(torch.tensor([0.0, 1.0]), torch.tensor([20.0]))
    >>> capitals.read(torch.tensor([0.0, 1.0]))
    tensor([19.9995])
    """

    def __init__(self, temperature: float = 1.0) -> None:
        self.temperature = temperature
        self.keys: list[Tensor] = []
        self.values: list[Tensor] = []

    def write(self, key: Float[Tensor, " d"], value: Float[Tensor, " dv"]) -> None:
        """Appends an entry; the same key may be written twice."""
        self.keys.append(key)
        self.values.append(value)

    def read(self, query: Float[Tensor, " d"]) -> Float[Tensor, " dv"]:
        """The values, weighted by softmax(query · key / temperature)."""
        if not self.keys:
            raise KeyError("the dictionary is empty: write an entry before you read")
        K, V = torch.stack(self.keys), torch.stack(self.values)
        return dot_product_attention(query[None], K, V, temperature=self.temperature)[0]
