"""Words lit up by their weights, and a test of whether the light falls where it matters."""

from collections.abc import Mapping, Sequence
from html import escape

import torch
from jaxtyping import Float
from torch import Generator, Tensor, nn

from attn.data.batch import pad
from attn.data.sentiment import Labelled
from attn.data.vocabulary import Vocabulary
from attn.palette import PALETTE
from attn.plot import TINT

# Clauses that neither praise nor complain.
NEUTRAL = tuple(
    clause.split()
    for clause in (
        "we went there on a friday with my family",
        "i have this one in my car",
        "it was about ten minutes from our hotel",
        "my husband and i were at the table",
        "i use it with my other phone",
        "they have a bar and a buffet",
        "it is on the second floor",
        "i ordered the chicken and a salad",
    )
)


def buried(data: Labelled, vocabulary: Vocabulary, clauses: int, generator: Generator) -> Labelled:
    """Each sentence among so many neutral clauses, at a random place between them."""
    rows = []
    for tokens, length in zip(data.tokens.tolist(), data.lengths.tolist(), strict=True):
        drawn = torch.randint(len(NEUTRAL), (clauses,), generator=generator).tolist()
        parts = [vocabulary.encode(NEUTRAL[i]) for i in drawn]
        place = int(torch.randint(clauses + 1, (), generator=generator))
        parts.insert(place, tokens[:length])
        rows.append([token for part in parts for token in part])
    return Labelled(*pad(rows), data.positive)


@torch.no_grad()
def erasure(model: nn.Module, tokens: list[int]) -> tuple[float, Float[Tensor, " T"]]:
    """The score of a sentence, and how much it falls when each word alone is struck out.

    Positive for words that speak for praise, negative for those against; 0 for a single word.
    """
    if len(tokens) < 2:
        score, _ = model(torch.tensor([tokens]), torch.tensor([len(tokens)]))
        return score.item(), torch.zeros(len(tokens))
    without = [tokens[:i] + tokens[i + 1 :] for i in range(len(tokens))]
    scores, _ = model(*pad([tokens, *without]))
    return scores[0].item(), scores[0] - scores[1:]


@torch.no_grad()
def agreement(model: nn.Module, data: Labelled) -> dict[str, float]:
    """How often the word with the largest weight is the one that matters, over four words or more.

    ``top word decides``: striking it out moves the score more than striking out any other.
    ``chance``: how often a word at random would. ``flips`` and ``others flip``: how often the
    verdict turns when it goes, and when another word goes. ``decided alone``: sentences in which
    some single word turns the verdict.
    """
    found = []
    _, weights = model(data.tokens, data.lengths)
    for tokens, length, row in zip(
        data.tokens.tolist(), data.lengths.tolist(), weights, strict=True
    ):
        if length < 4:
            continue
        score, moved = erasure(model, tokens[:length])
        turned = ((score - moved) > 0) != (score > 0)
        top = int(row.argmax())
        others = (turned.sum() - turned[top].int()) / (length - 1)
        found.append(
            (
                int(moved.abs().argmax()) == top,
                1 / length,
                bool(turned[top]),
                others.item(),
                bool(turned.any()),
            )
        )
    columns = torch.tensor(found, dtype=torch.float64).mean(0).tolist()
    names = ("top word decides", "chance", "flips", "others flip", "decided alone")
    return dict(zip(names, columns, strict=True))


class Lit:
    """Sentences in a page or notebook, each word on a gold ground as strong as its weight.

    A row is a sentence's words, their weights, and a remark.

    >>> Lit([(["not", "great"], [0.6, 0.4], "a complaint")])
    not .60, great .40: a complaint
    """

    def __init__(self, rows: Sequence[tuple[Sequence[str], Sequence[float], str]]) -> None:
        self.rows = rows

    def __repr__(self) -> str:
        return "\n".join(
            ", ".join(f"{word} {_share(w)}" for word, w in zip(words, weights, strict=True))
            + f": {remark}"
            for words, weights, remark in self.rows
        )

    def _repr_html_(self) -> str:
        return "".join(
            '<p class="attn-lit" style="line-height:2.1;margin:.4rem 0;text-align:left">'
            + " ".join(_ground(word, w) for word, w in zip(words, weights, strict=True))
            + f" <em>{escape(remark)}</em></p>"
            for words, weights, remark in self.rows
        )


def lit(model: nn.Module, vocabulary: Vocabulary, texts: Mapping[str, str]) -> Lit:
    """What a trained classifier reads in each text, with its verdict and the text's remark."""
    rows = []
    for text, remark in texts.items():
        words = text.split()
        tokens = torch.tensor([vocabulary.encode(words)])
        with torch.no_grad():
            score, weights = model(tokens, torch.tensor([len(words)]))
        p = score.sigmoid().item()
        said = f"praise, {_share(p)}" if p > 0.5 else f"complaint, {_share(1 - p)}"
        rows.append((words, weights[0].tolist(), f"{said}: {remark}"))
    return Lit(rows)


def _share(weight: float) -> str:
    return f"{weight:.2f}".removeprefix("0")


def _ground(word: str, weight: float) -> str:
    colour = PALETTE["weight"].mark
    strength = round(100 * TINT * weight)
    return (
        f'<span style="background:color-mix(in srgb, {colour} {strength}%, transparent);'
        'border-radius:.25rem;padding:.15rem .3rem;white-space:nowrap">'
        f"{escape(word)} <small>{_share(weight)}</small></span>"
    )
