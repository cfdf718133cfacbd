"""Three ways to make a lesson out of bare text: hide words, predict the next, hide spans."""

from collections.abc import Sequence

import torch
from jaxtyping import Bool, Float, Int
from torch import Generator, Tensor, nn

IGNORED = -100  # there is nothing to say here: torch's losses skip it

CHOSEN = 0.15  # of the words are asked about (Devlin et al. 2019, section 3.1)
MASKED, REPLACED = 0.8, 0.1  # of those; the rest stays as it is


def masked_lm_batch(
    tokens: Int[Tensor, "B T"],
    real: Bool[Tensor, "B T"],
    chance: Float[Tensor, "B T"],
    fate: Float[Tensor, "B T"],
    other: Int[Tensor, "B T"],
    mask: int,
    rate: float = CHOSEN,
) -> tuple[Int[Tensor, "B T"], Int[Tensor, "B T"]]:
    """What a masked language model reads, and what it is asked (Devlin et al. 2019, section 3.1).

    A ``real`` word is chosen where its ``chance`` is below ``rate``. A chosen word becomes
    ``mask`` where its ``fate`` is below 0.8, the word of ``other`` where it is below 0.9, and stays
    as it is elsewhere. The targets hold the chosen words, and ``IGNORED`` (-100) at all others.
    ``chance`` and ``fate`` are uniform in [0, 1), ``other`` holds random words.

    >>> tokens, other = torch.tensor([[5, 6, 7, 8]]), torch.tensor([[9, 9, 9, 9]])
    >>> chance = torch.tensor([[0.1, 0.1, 0.1, 0.7]])
    >>> fate = torch.tensor([[0.5, 0.85, 0.95, 0.5]])
    >>> masked_lm_batch(tokens, tokens > 0, chance, fate, other, mask=3)
    (tensor([[3, 9, 7, 8]]), tensor([[   5,    6,    7, -100]]))
    """
    chosen = real & (chance < rate)
    inputs = torch.where(chosen & (fate < MASKED), mask, tokens)
    replaced = chosen & (fate >= MASKED) & (fate < MASKED + REPLACED)
    inputs = torch.where(replaced, other, inputs)
    return inputs, tokens.masked_fill(~chosen, IGNORED)


def draw_masked(
    tokens: Int[Tensor, "B T"],
    real: Bool[Tensor, "B T"],
    mask: int,
    words: tuple[int, int],
    generator: Generator,
    rate: float = CHOSEN,
) -> tuple[Int[Tensor, "B T"], Int[Tensor, "B T"]]:
    """``masked_lm_batch`` with fresh draws; random words are from ``words[0]`` to ``words[1]`` - 1.

    >>> tokens = torch.full((50, 40), 7)
    >>> inputs, targets = draw_masked(tokens, tokens > 0, 3, (4, 9), Generator().manual_seed(0))
    >>> 0.12 < (targets == 7).double().mean() < 0.18
    tensor(True)
    """
    chance, fate = (torch.rand(tokens.shape, generator=generator) for _ in range(2))
    other = torch.randint(*words, tokens.shape, generator=generator)
    return masked_lm_batch(tokens, real, chance, fate, other, mask, rate)


def masked_lm_loss(
    scores: Float[Tensor, "B T V"], targets: Int[Tensor, "B T"]
) -> Float[Tensor, ""]:
    """Mean of -log p(word) over the words that were asked about.

    >>> masked_lm_loss(torch.zeros(1, 2, 4), torch.tensor([[2, IGNORED]]))
    tensor(1.3863)
    """
    return nn.functional.cross_entropy(scores.transpose(1, 2), targets, ignore_index=IGNORED)


def causal_loss(
    scores: Float[Tensor, "B T V"], tokens: Int[Tensor, "B T"], real: Bool[Tensor, "B T"]
) -> Float[Tensor, ""]:
    """Mean of -log p(x_{t+1} | x_1 … x_t) over all real x_{t+1} (Radford et al. 2018, eq. 1).

    ``scores`` at position t were computed from the tokens up to t: they are compared with the token
    at t + 1. The last position has nothing to predict, the first token is predicted by nobody, and
    padding counts for nothing.

    >>> scores = torch.zeros(1, 3, 4)
    >>> causal_loss(scores, torch.tensor([[1, 2, 0]]), torch.tensor([[True, True, False]]))
    tensor(1.3863)
    """
    targets = tokens[:, 1:].masked_fill(~real[:, 1:], IGNORED)
    return nn.functional.cross_entropy(
        scores[:, :-1].transpose(1, 2), targets, ignore_index=IGNORED
    )


def span_corruption(
    tokens: Sequence[int], hidden: Sequence[bool], sentinels: Sequence[int]
) -> tuple[list[int], list[int]]:
    """What a text-to-text model reads, and what it writes (Raffel et al. 2020, section 3.1.4).

    A run of hidden tokens is one span. In the inputs, the k-th span is replaced by one token, the
    k-th of ``sentinels``. The targets are each span behind its sentinel, and the next sentinel at
    the end. Raises ``ValueError`` where there are not enough sentinels.

    >>> span_corruption([5, 6, 7, 8, 9], [False, True, True, False, True], [90, 91, 92])
    ([5, 90, 8, 91], [90, 6, 7, 91, 9, 92])
    """
    inputs: list[int] = []
    targets: list[int] = []
    spans, was_hidden = 0, False
    for token, is_hidden in zip(tokens, hidden, strict=True):
        if is_hidden and not was_hidden:
            if spans + 1 >= len(sentinels):
                raise ValueError(
                    f"more than {spans} spans, and only {len(sentinels)} sentinels: each span "
                    "needs one, and one stands at the end"
                )
            inputs.append(sentinels[spans])
            targets.append(sentinels[spans])
            spans += 1
        (targets if is_hidden else inputs).append(token)
        was_hidden = is_hidden
    return inputs, [*targets, sentinels[spans]]


def random_spans(T: int, generator: Generator, rate: float = 0.15, mean: int = 3) -> list[bool]:
    """Which of T ≥ 2 tokens to hide: about ``rate`` of them, in spans of ``mean`` on average.

    As T5 does it: hidden and shown tokens are cut into the same number of parts at random, and
    the parts alternate, a shown one first.

    >>> hidden = random_spans(20, Generator().manual_seed(0))
    >>> sum(hidden), hidden[0]
    (3, False)
    """
    count = min(max(round(T * rate), 1), T - 1)
    spans = min(max(round(count / mean), 1), T - count)

    def parts(n: int) -> list[int]:
        cuts = sorted((torch.randperm(n - 1, generator=generator)[: spans - 1] + 1).tolist())
        return [b - a for a, b in zip([0, *cuts], [*cuts, n], strict=True)]

    flags: list[bool] = []
    for shown, hidden in zip(parts(T - count), parts(count), strict=True):
        flags += [False] * shown + [True] * hidden
    return flags
