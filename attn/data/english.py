"""The English of ``attn.data.translation``, taken apart: is it a sentence, and what does it say?"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log

from attn.data.translation import AFTER, BEFORE, NOUNS, VERBS

_BEFORE = {adjective.english for adjective in BEFORE}
_AFTER = {adjective.english for adjective in AFTER}
_PLURAL = {noun.one: False for noun in NOUNS} | {noun.many: True for noun in NOUNS}
_SEES, _SEE = {verb.eats for verb in VERBS}, {verb.eat for verb in VERBS}
WORDS = sorted(
    {"the", "a", "an", "some", "of", "do", "does", "not"}
    | _BEFORE | _AFTER | set(_PLURAL) | _SEES | _SEE
)  # fmt: skip


@dataclass(frozen=True)
class Phrase:
    """A noun phrase: where it ends, whether it is plural, and how likely the grammar writes it."""

    end: int
    plural: bool
    log_p: float
    noun: str
    definite: bool


@dataclass(frozen=True)
class Sentence:
    """What a sentence says: ``who`` does it, ``short`` without what may be left out, ``log_p``."""

    who: tuple[str, ...]
    short: tuple[str, ...]
    log_p: float


def _phrase(words: Sequence[str], start: int, some: float) -> Phrase | None:
    """The noun phrase at ``start``; a plural one has the probability ``some``."""
    if start >= len(words) or words[start] not in ("the", "a", "an", "some"):
        return None
    at, log_p = start + 1, 0.0
    for adjectives in (_BEFORE, _AFTER):
        there = at < len(words) and words[at] in adjectives
        log_p += log(0.4 / len(adjectives)) if there else log(0.6)
        at += there
    if at >= len(words) or words[at] not in _PLURAL:
        return None
    article, first, plural = words[start], words[start + 1], _PLURAL[words[at]]
    indefinite = "some" if plural else "an" if first[0] in "aeiou" else "a"
    if article not in ("the", indefinite):
        return None
    log_p += log(0.6 if article == "the" else 0.4) + log(some if plural else 1 - some)
    return Phrase(at + 1, plural, log_p - log(len(NOUNS)), words[at], article == "the")


def _with_of(words: Sequence[str], start: int, some: float) -> Phrase | None:
    """A noun phrase, and perhaps "of" another."""
    first = _phrase(words, start, some)
    if first is None:
        return None
    if first.end >= len(words) or words[first.end] != "of":
        return Phrase(first.end, first.plural, first.log_p + log(0.75), first.noun, first.definite)
    owner = _phrase(words, first.end + 1, 0.3)
    if owner is None:
        return None
    log_p = first.log_p + owner.log_p + log(0.25)
    return Phrase(owner.end, first.plural, log_p, first.noun, first.definite)


def _brief(phrase: Phrase) -> tuple[str, str]:
    a = "some" if phrase.plural else "an" if phrase.noun[0] in "aeiou" else "a"
    return "the" if phrase.definite else a, phrase.noun


def parse(words: Sequence[str]) -> Sentence | None:
    """What the words say, or None where the grammar of ``translation`` does not write them.

    >>> parse("the small cats of a boy do not see an old car".split()).short
    ('the', 'cats', 'do', 'not', 'see', 'a', 'car')
    >>> parse("the small cats sees a car".split()) is None
    True
    """
    subject = _with_of(words, 0, 0.4)
    if subject is None:
        return None
    at, plural = subject.end, subject.plural
    denied = at < len(words) and words[at] in ("do", "does")
    verb = list(words[at : at + 3]) if denied else list(words[at : at + 1])
    if denied:
        if verb[:2] != ["do" if plural else "does", "not"] or verb[2:] == []:
            return None
        fits = verb[2] in _SEE
    else:
        fits = bool(verb) and verb[0] in (_SEE if plural else _SEES)
    if not fits:
        return None
    thing = _with_of(words, at + len(verb), 0.4)
    if thing is None or thing.end != len(words):
        return None
    return Sentence(
        who=tuple(words[: subject.end]),
        short=(*_brief(subject), *verb, *_brief(thing)),
        log_p=subject.log_p + thing.log_p + log(0.35 if denied else 0.65) - log(len(VERBS)),
    )


def possible(words: Sequence[str], place: int) -> list[str]:
    """The words with which a sentence stays a sentence when they stand at that place.

    >>> possible("a cat sees the car".split(), 2)[:3]
    ['buys', 'draws', 'finds']
    """
    before, after = list(words[:place]), list(words[place + 1 :])
    return [word for word in WORDS if parse([*before, word, *after]) is not None]
