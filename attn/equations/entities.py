"""Attention over entities in NumPy, for one agent."""

import numpy as np
from jaxtyping import Float

from attn.equations.softmax import softmax

Array = np.ndarray


def attend_entities(
    agent: Float[Array, " n"],
    entities: Float[Array, "N m"],
    W_q: Float[Array, "d n"],
    W_k: Float[Array, "d m"],
    W_v: Float[Array, "d m"],
) -> Float[Array, " d"]:
    """Σ_i softmax_i(q · k_i / √d) v_i over the entities seen; zeros where there is none.

    >>> attend_entities(np.zeros(2), np.eye(2), np.eye(2), np.eye(2), np.eye(2))
    array([0.5, 0.5])
    """
    d = len(W_q)
    if len(entities) == 0:
        return np.zeros(d)
    q = W_q @ agent
    scores = np.array([q @ (W_k @ x) / np.sqrt(d) for x in entities])
    return softmax(scores) @ np.array([W_v @ x for x in entities])
