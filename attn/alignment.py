"""Who stands for whom: hard alignments from weights, and how wrong they are."""

from collections.abc import Set

from jaxtyping import Float
from torch import Tensor

# (target position, source position); for several sentences, (sentence, target, source).
Pair = tuple[int, ...]


def most_read_pairs(weights: Float[Tensor, "Tq Tk"]) -> set[Pair]:
    """Each target position with the source position that it reads most.

    >>> import torch
    >>> sorted(most_read_pairs(torch.tensor([[0.9, 0.1], [0.2, 0.8]])))
    [(0, 0), (1, 1)]
    """
    return set(enumerate(weights.argmax(-1).tolist()))


def alignment_error_rate(found: Set[Pair], sure: Set[Pair], possible: Set[Pair]) -> float:
    """AER = 1 - (|A ∩ S| + |A ∩ P|) / (|A| + |S|) (Och & Ney 2003): 0 is best, 1 is worst.

    ``found`` is A; ``sure`` pairs S must be found; ``possible`` pairs P, which count S among them
    whether they list it or not, may be. Raises ValueError when A and S are both empty.

    >>> alignment_error_rate({(0, 0), (1, 1)}, sure={(0, 0)}, possible={(0, 0), (1, 1)})
    0.0
    """
    if not found and not sure:
        raise ValueError("nothing was found and nothing is sure: there is no rate")
    hits = len(found & sure) + len(found & (sure | possible))
    return 1 - hits / (len(found) + len(sure))
