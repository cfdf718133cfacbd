"""One token at a time: greedy, by beam search, or drawn.

All of them ask a ``Step``: token sequences (*B, T) to the scores (*B, V) of what may come next.
Whether it reads a sequence again at every call or remembers it (``attn.cache``) is its own affair.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from jaxtyping import Bool, Float, Int, Real, Shaped
from torch import Generator, Tensor
from torch.nn.functional import pad

from attn.data.batch import EOS, PAD
from attn.softmax import softmax

Step = Callable[[Tensor], Tensor]


def write(
    step: Step,
    start: Int[Tensor, "*B T"],
    longest: int,
    choose: Callable[[Tensor], Tensor],
) -> Int[Tensor, "*B {longest}"]:
    """``choose`` (*B, V) to (*B,) takes every next token, which is fed back in; PAD after EOS.

    ``start`` is what the first call of ``step`` reads, BOS or a prompt; it is not returned.

    >>> count = lambda prefixes: torch.eye(6)[(prefixes[..., -1] + 1) % 6]
    >>> write(count, torch.tensor([3]), 2, lambda scores: scores.argmax(-1))
    tensor([4, 5])
    """
    prefixes, done = start, torch.zeros_like(start[..., 0], dtype=torch.bool)
    for _ in range(longest):
        newest = choose(step(prefixes)).masked_fill(done, PAD)
        done = done | (newest == EOS)
        prefixes = torch.cat([prefixes, newest[..., None]], -1)
    return prefixes[..., start.shape[-1] :]


def greedy(step: Step, start: Int[Tensor, "*B T"], longest: int) -> Int[Tensor, "*B {longest}"]:
    """The likeliest token at every step: not always the likeliest sequence.

    >>> greedy(lambda prefixes: torch.tensor([[0.0, 0, 1, 9]]), torch.tensor([[1]]), 3)
    tensor([[3, 3, 3]])
    """
    return write(step, start, longest, lambda scores: scores.argmax(-1))


# ------------------------------------------------------------------ beam search


class Hypotheses(NamedTuple):
    """What a beam search found, best first: what ended with EOS, then what ``longest`` cut off.

    ``scores`` are log-probabilities divided by the length penalty; a slot that nothing filled has
    minus infinity, and PAD for tokens.
    """

    tokens: Int[Tensor, "*B K T"]
    scores: Float[Tensor, "*B K"]
    finished: Bool[Tensor, "*B K"]


def length_penalty(lengths: Real[Tensor, "*B"], alpha: float) -> Float[Tensor, "*B"]:
    """((5 + length) / (5 + 1))^alpha, which divides a log-probability (Wu et al. 2016, section 7).

    Every further token makes a sequence less likely, so that without it (alpha = 0) short ones win.

    >>> length_penalty(torch.tensor([1, 7]), alpha=1.0)
    tensor([1., 2.])
    """
    return ((5 + lengths) / 6) ** alpha


def follow(x: Shaped[Tensor, "*B"], parents: Int[Tensor, "*K"]) -> Shaped[Tensor, "*B"]:
    """Row k of the axis of beams becomes row ``parents[..., k]``; that axis is ``parents``' last.

    >>> follow(torch.tensor([[5, 6], [7, 8]]), torch.tensor([1, 1]))
    tensor([[7, 8],
            [7, 8]])
    """
    beams = parents.ndim - 1
    index = parents.reshape(*parents.shape, *[1] * (x.ndim - parents.ndim))
    return x.gather(beams, index.expand(*parents.shape, *x.shape[parents.ndim :]))


def beam_step(
    totals: Float[Tensor, "*B K"],
    logs: Float[Tensor, "*B K V"],
    finished: Bool[Tensor, "*B K"],
) -> tuple[Float[Tensor, "*B K"], Int[Tensor, "*B K"], Int[Tensor, "*B K"]]:
    """The best K ways to go on: their log-probabilities, whom they continue, and with what token.

    A finished hypothesis keeps its place and its total, whatever the others do; what remains of
    the K is filled with the likeliest continuations of the unfinished. Those are all of one
    length, so a length penalty would not change their order. Of equals, the first is taken.

    >>> totals, finished = torch.tensor([-1.0, -2.0]), torch.tensor([False, True])
    >>> beam_step(totals, torch.tensor([[-9.0, -9, -1, -3], [-9, -9, -1, -1]]), finished)
    (tensor([-2., -2.]), tensor([1, 0]), tensor([0, 2]))
    """
    K, V = logs.shape[-2:]
    silent = torch.full_like(logs, -torch.inf)
    silent[..., PAD] = 0
    candidates = totals[..., None] + torch.where(finished[..., None], silent, logs)
    rank = candidates.clone()
    rank[..., PAD] = rank[..., PAD].masked_fill(finished, torch.inf)
    best = rank.flatten(-2).argsort(dim=-1, descending=True, stable=True)[..., :K]
    return candidates.flatten(-2).gather(-1, best), best // V, best % V


@torch.no_grad()
def beam_search(
    step: Step,
    start: Int[Tensor, "*B T"],
    longest: int,
    width: int,
    alpha: float = 0.0,
    told: Callable[[Tensor], Any] | None = None,
) -> Hypotheses:
    """Keeps the ``width`` likeliest beginnings, and what of them has ended (Sutskever et al. 2014).

    ``step`` reads (*B, width, T). ``told`` hears after each step whom each hypothesis continues,
    (*B, width), so that a cache can follow; ``alpha`` is the length penalty's. Lengths count EOS
    and not ``start``. A width of 1 is greedy; one as wide as there are sequences is exhaustive.

    Raises ``ValueError`` for a width below 1 and a negative ``alpha``.

    >>> scores = torch.tensor([0.0, 0.0, 0.6, 0.4]).log()  # EOS 0.6, the word 0.4
    >>> beam_search(lambda prefixes: scores.expand(2, 4), torch.tensor([1]), 2, width=2).tokens
    tensor([[2, 0],
            [3, 2]])
    """
    if width < 1 or alpha < 0:
        raise ValueError(f"width is {width} and alpha {alpha}; at least 1 and 0 can be searched")
    prefixes = start[..., None, :].expand(*start.shape[:-1], width, -1)
    finished = torch.zeros_like(prefixes[..., 0], dtype=torch.bool)
    lengths = torch.zeros_like(prefixes[..., 0])
    totals = None
    for length in range(1, longest + 1):
        scores = step(prefixes)
        if totals is None:  # all rows are one hypothesis yet: only the first may be continued
            wide = torch.promote_types(scores.dtype, torch.float32)
            totals = torch.full(finished.shape, -torch.inf, dtype=wide, device=scores.device)
            totals[..., 0] = 0
        totals, parents, newest = beam_step(totals, scores.to(wide).log_softmax(-1), finished)
        prefixes = torch.cat([follow(prefixes, parents), newest[..., None]], -1)
        before, lengths = follow(finished, parents), follow(lengths, parents)
        lengths = lengths.masked_fill(~before, length)
        # A place that nothing fills descends from anybody, and inherits no end.
        finished = (before | (newest == EOS)) & (totals > -torch.inf)
        if (finished | (totals == -torch.inf)).all():
            break
        if told is not None:
            told(parents)
    return _ranked(prefixes[..., start.shape[-1] :], totals, lengths, finished, alpha, longest)


def _ranked(
    tokens: Tensor,
    totals: Tensor | None,
    lengths: Tensor,
    finished: Tensor,
    alpha: float,
    longest: int,
) -> Hypotheses:
    if totals is None:
        raise ValueError(f"longest is {longest}; a hypothesis has at least one token")
    scores = totals / length_penalty(lengths.to(totals.dtype), alpha)
    # Two stable sorts: by score, then those that have ended before those that were cut off.
    order = scores.argsort(dim=-1, descending=True, stable=True)
    ended = follow(finished, order).long().argsort(dim=-1, descending=True, stable=True)
    order = order.gather(-1, ended)
    tokens = pad(tokens, (0, longest - tokens.shape[-1]), value=PAD)
    tokens = tokens.masked_fill((totals == -torch.inf)[..., None], PAD)
    return Hypotheses(follow(tokens, order), follow(scores, order), follow(finished, order))


# ------------------------------------------------------------------ drawing


def temper(scores: Float[Tensor, "*B V"], temperature: float) -> Float[Tensor, "*B V"]:
    """scores / temperature: towards 0 the likeliest token takes all, towards ∞ all are alike.

    Raises ``ValueError`` where the temperature is not above 0: that is what ``greedy`` is for.

    >>> softmax(temper(torch.tensor([3.0, 1.0]).log(), 0.5))
    tensor([0.9000, 0.1000])
    """
    if temperature <= 0:
        raise ValueError(f"the temperature is {temperature}; it must be above 0")
    return scores / temperature


def top_k(scores: Float[Tensor, "*B V"], k: int) -> Float[Tensor, "*B V"]:
    """The k highest scores, and minus infinity for the rest (Fan et al. 2018).

    Of equals the first is kept, so that k remain; all do where k is V or more. Raises
    ``ValueError`` for a k below 1.

    >>> top_k(torch.tensor([1.0, 3.0, 2.0]), k=2)
    tensor([-inf, 3., 2.])
    """
    if k < 1:
        raise ValueError(f"k is {k}; at least one token must remain")
    order = scores.argsort(dim=-1, descending=True, stable=True)
    kept = torch.zeros_like(scores, dtype=torch.bool).scatter(-1, order[..., :k], True)
    return scores.masked_fill(~kept, -torch.inf)


def top_p(scores: Float[Tensor, "*B V"], p: float) -> Float[Tensor, "*B V"]:
    """The fewest likeliest tokens that have p of the probability together; -inf for the rest.

    The nucleus of Holtzman et al. 2020: few tokens where the model is sure, many where it is not.
    The token that reaches p belongs to it, so one always remains. Of equals the first is kept.
    Raises ``ValueError`` where p is not above 0 and at most 1.

    >>> top_p(torch.tensor([0.2, 0.5, 0.3]).log(), p=0.7).exp()
    tensor([0.0000, 0.5000, 0.3000])
    """
    if not 0 < p <= 1:
        raise ValueError(f"p is {p}; it must be above 0 and at most 1")
    if p == 1:  # the sums are rounded: they may reach 1 before the last token
        return scores
    order = scores.argsort(dim=-1, descending=True, stable=True)
    wide = scores.to(torch.promote_types(scores.dtype, torch.float32))
    together = softmax(wide).gather(-1, order).cumsum(-1)
    reached = pad(together[..., :-1], (1, 0)) >= p  # before this token came
    beyond = torch.zeros_like(scores, dtype=torch.bool).scatter(-1, order, reached)
    return scores.masked_fill(beyond, -torch.inf)


def draw(scores: Float[Tensor, "*B V"], generator: Generator | None = None) -> Int[Tensor, "*B"]:
    """A token with probability softmax(scores); the generator lives on the scores' device.

    >>> draw(torch.tensor([[-torch.inf, 0.0], [0.0, -torch.inf]]))
    tensor([1, 0])
    """
    wide = scores.to(torch.promote_types(scores.dtype, torch.float32))
    rows = softmax(wide).reshape(-1, scores.shape[-1])
    return torch.multinomial(rows, 1, generator=generator).reshape(scores.shape[:-1])
