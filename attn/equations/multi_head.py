"""Multi-head attention in NumPy, one head at a time (Vaswani et al. 2017, section 3.2.2)."""

import numpy as np
from jaxtyping import Bool, Float

from attn.equations.softmax import masked_softmax

Array = np.ndarray


def split_heads(X: Float[Array, "T D"], H: int) -> Float[Array, "H T d"]:
    """Head h gets columns h d to (h + 1) d of every position, d = D / H.

    >>> split_heads(np.array([[1, 2, 3, 4], [5, 6, 7, 8.0]]), 2)[1]
    array([[3., 4.],
           [7., 8.]])
    """
    d = X.shape[-1] // H
    return np.stack([X[:, h * d : (h + 1) * d] for h in range(H)])


def merge_heads(X: Float[Array, "H T d"]) -> Float[Array, "T D"]:
    """The heads of each position, one behind the other.

    >>> merge_heads(np.array([[[1.0, 2]], [[3, 4]]]))
    array([[1., 2., 3., 4.]])
    """
    return np.concatenate(list(X), axis=-1)


def head(
    X: Float[Array, "Tq D"],
    keys: Float[Array, "Tk Dk"],
    values: Float[Array, "Tk Dv"],
    W_Q: Float[Array, "D d"],
    W_K: Float[Array, "Dk d"],
    W_V: Float[Array, "Dv d"],
    mask: Bool[Array, "Tq Tk"],
) -> Float[Array, "Tq d"]:
    """head_i = Attention(X W_i^Q, keys W_i^K, values W_i^V), one query at a time.

    >>> one = np.ones((1, 1))
    >>> head(one, np.zeros((2, 1)), np.array([[1.0], [3.0]]), one, one, one, np.ones((1, 2), bool))
    array([[2.]])
    """
    Q, K, V = X @ W_Q, keys @ W_K, values @ W_V
    d = Q.shape[-1]
    return np.stack(
        [masked_softmax(K @ q / np.sqrt(d), m) @ V for q, m in zip(Q, mask, strict=True)]
    )


def multi_head(
    X: Float[Array, "Tq D"],
    keys: Float[Array, "Tk Dk"],
    values: Float[Array, "Tk Dv"],
    heads: list[tuple[Array, Array, Array]],
    W_O: Float[Array, "HD D"],
    mask: Bool[Array, "Tq Tk"],
) -> Float[Array, "Tq D"]:
    """Concat(head_1 … head_H) W^O, with matrices (W_i^Q, W_i^K, W_i^V) for each head.

    >>> one, X = np.ones((1, 1)), np.array([[2.0], [4.0]])
    >>> multi_head(X, X, X, [(0 * one, one, one)] * 2, np.ones((2, 1)), np.ones((2, 2), bool))
    array([[6.],
           [6.]])
    """
    read = [head(X, keys, values, *matrices, mask) for matrices in heads]
    return np.concatenate(read, axis=-1) @ W_O


def multi_head_as_a_sum(
    X: Float[Array, "Tq D"],
    keys: Float[Array, "Tk Dk"],
    values: Float[Array, "Tk Dv"],
    heads: list[tuple[Array, Array, Array]],
    W_O: Float[Array, "HD D"],
    mask: Bool[Array, "Tq Tk"],
    gates: Float[Array, " H"],
) -> Float[Array, "Tq D"]:
    """Σ_i ξ_i head_i W_i^O, with W^O cut into H blocks of rows (Michel et al. 2019, section 2).

    With all gates ξ at 1 it is ``multi_head``; a gate of 0 takes one term out of the sum.

    >>> one, X = np.ones((1, 1)), np.array([[2.0], [4.0]])
    >>> two, all_of_it = [(0 * one, one, one)] * 2, np.ones((2, 2), bool)
    >>> multi_head_as_a_sum(X, X, X, two, np.ones((2, 1)), all_of_it, np.array([1.0, 0.0]))
    array([[3.],
           [3.]])
    """
    blocks = np.split(W_O, len(heads))
    terms = [
        gate * head(X, keys, values, *matrices, mask) @ block
        for gate, matrices, block in zip(gates, heads, blocks, strict=True)
    ]
    return np.sum(terms, axis=0)
