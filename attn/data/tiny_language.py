"""Ten sentences: a language small enough to see the whole of it, and what a search overlooks."""

import torch
from jaxtyping import Float, Int
from torch import Tensor

from attn.data.batch import BOS, EOS
from attn.data.vocabulary import Vocabulary

BEGIN, END = "", "."
# What may follow a word, and how likely.
NEXT: dict[str, dict[str, float]] = {
    BEGIN: {"the": 0.6, "a": 0.4},
    "the": {"cat": 0.4, "bird": 0.31, "dog": 0.29},
    "a": {"cat": 0.9, "bird": 0.1},
    "cat": {"sleeps": 0.55, END: 0.45},
    "bird": {"sings": 1.0},
    "dog": {END: 0.6, "barks": 0.4},
    "sleeps": {"well": 0.7, END: 0.3},
    "sings": {END: 1.0},
    "barks": {END: 1.0},
    "well": {END: 1.0},
}
LONGEST = 5  # words, the end included
WORDS = Vocabulary([word for word in NEXT if word != BEGIN])


def step(prefixes: Int[Tensor, "*B T"]) -> Float[Tensor, "*B V"]:
    """The log-probabilities of the next word: a ``Step`` for ``attn.decoding``. END is EOS.

    >>> step(torch.tensor([BOS])).exp().max()
    tensor(0.6000)
    """
    return _TABLE[prefixes[..., -1]]


def _table() -> Float[Tensor, "V V"]:
    numbers = WORDS.numbers | {BEGIN: BOS, END: EOS}
    chances = torch.zeros(len(WORDS), len(WORDS))
    for word, following in NEXT.items():
        for other, chance in following.items():
            chances[numbers[word], numbers[other]] = chance
    chances[chances.sum(-1) == 0, EOS] = 1.0  # what nobody writes, and what has ended
    return chances.log()


_TABLE = _table()
