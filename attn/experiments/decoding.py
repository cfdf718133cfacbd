"""What a search finds in a trained translator, and whose fault a wrong sentence is."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

from attn.cache import CachedSteps, KeyValueCache, rereading
from attn.data.batch import BOS, PAD
from attn.decoding import beam_search, draw, greedy, temper, write
from attn.experiments import translation
from attn.experiments.timing import milliseconds
from attn.experiments.transformer import small
from attn.grouped import grouped_query_attention
from attn.seq2seq import shift_right
from attn.transformer import Transformer

LONGEST = 24  # the grammar needs 18 at most; a sentence that does not end shows


class Searched(NamedTuple):
    """What a search did on all held-out sentences.

    ``exact`` is the share that is right, ``words`` the mean length, ``empty`` the share of
    sentences without a word. A wrong sentence is the search's fault where the model finds the
    right one likelier than what was found, and the model's where it does not.
    """

    exact: float
    words: float
    empty: float
    likelihood: float
    searchs_fault: float
    models_fault: float


def search(model: Transformer, of: translation.Task, width: int, alpha: float = 0.0) -> Searched:
    """Beam search of the held-out sentences: the best finished hypothesis of each.

    >>> from attn.experiments.transformer import small
    >>> of = translation.task()
    >>> few = of._replace(test=of.test[:2])
    >>> search(small(len(of.english), len(of.french), 0).eval(), few, width=2).exact
    0.0
    """
    asked = of.batch(of.test)
    step = CachedSteps(model, asked.source, asked.source_lengths)
    begin = torch.full_like(asked.source[:, :1], BOS)
    found = beam_search(step, begin, LONGEST, width, alpha, told=step.follow).tokens[:, 0]
    right = torch.nn.functional.pad(asked.target, (0, LONGEST - asked.target.shape[1]), value=PAD)
    said, meant = (log_likelihood(model, of, tokens) for tokens in (found, right))
    same = (found == right).all(-1)
    words = (found != PAD).sum(-1) - 1
    return Searched(
        *(
            round(float(x.float().mean()), 4)
            for x in (
                same,
                words,
                words == 0,
                said,
                ~same & (meant > said),
                ~same & (meant <= said),
            )
        )
    )


@torch.no_grad()
def log_likelihood(
    model: Transformer, of: translation.Task, tokens: Int[Tensor, "B T"]
) -> Float[Tensor, " B"]:
    """log p(tokens | source) of each held-out sentence, PAD left out."""
    asked = of.batch(of.test)
    memory = model.encode(asked.source, asked.source_lengths)
    scores, _ = model.decode(shift_right(tokens), *memory)
    logs = scores.double().log_softmax(-1).gather(-1, tokens[..., None])[..., 0]
    return logs.masked_fill(tokens == PAD, 0).sum(-1)


def drawn(
    model: Transformer,
    of: translation.Task,
    seed: int,
    filtered: Callable[[Tensor], Tensor] = lambda scores: scores,
    temperature: float = 1.0,
) -> Int[Tensor, "B T"]:
    """A sentence drawn for each held-out one, from scores that ``filtered`` has seen."""
    asked = of.batch(of.test)
    generator = Generator().manual_seed(seed)
    step = CachedSteps(model, asked.source, asked.source_lengths)
    begin = torch.full_like(asked.source[:, :1], BOS)
    return write(step, begin, LONGEST, lambda s: draw(filtered(temper(s, temperature)), generator))


def share_right(written: Int[Tensor, "B T"], of: translation.Task) -> float:
    """The share of held-out sentences that were written word for word."""
    sentences = (of.french.decode(row) for row in written.tolist())
    right = [words == list(s.french) for words, s in zip(sentences, of.test, strict=True)]
    return round(sum(right) / len(right), 4)


# ------------------------------------------------------------------ the cache, timed


def untrained() -> Transformer:
    """A model to time: how long it takes does not depend on what it says."""
    return small(40, 60, seed=0).eval()


def writing_time(T: int, cached: bool, repeats: int = 3) -> float:
    """Milliseconds in which one sequence of T tokens is written, greedily, with or without a cache.

    >>> writing_time(2, cached=True, repeats=1) > 0
    True
    """
    model = untrained()
    source, lengths = torch.tensor([[3, 4, 5, 6]]), torch.tensor([4])
    begin = torch.tensor([[BOS]])
    steps = CachedSteps if cached else rereading
    return milliseconds(lambda: greedy(steps(model, source, lengths), begin, T), repeats)


def reading_time(
    Hkv: int, B: int = 4, T: int = 4096, H: int = 16, d: int = 64
) -> tuple[float, int]:
    """Milliseconds in which one new query a head reads a cache of T positions, and its bytes.

    >>> reading_time(1, B=1, T=8, H=2, d=4)[1]
    256
    """
    cache, generator = KeyValueCache(), Generator().manual_seed(0)
    K, V = cache.append(*(torch.randn(B, Hkv, T, d, generator=generator) for _ in "KV"))
    Q = torch.randn(B, H, 1, d, generator=generator)
    return milliseconds(lambda: grouped_query_attention(Q, K, V)), cache.nbytes
