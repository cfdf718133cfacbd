"""English sentences and their French, from a grammar that also knows which word is which.

Gender and number agree, some adjectives follow the noun, articles elide and contract, and negation
stands around the verb. Every French word knows the English words it stands for: the gold alignment.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

import torch
from torch import Generator

VOWELS = "aeiouéèêâhœ"

Item = TypeVar("Item")


class Noun(NamedTuple):
    """A noun in both languages: singular and plural, and its French gender, "m" or "f"."""

    one: str
    many: str
    un: str
    des: str
    gender: str


class Adjective(NamedTuple):
    """An adjective: masculine and feminine, each singular and plural; before a vowel if special."""

    english: str
    forms: tuple[str, str, str, str]  # ms, fs, mp, fp
    before_vowel: str = ""


class Verb(NamedTuple):
    """A verb in the third person: English singular and plural, French singular and plural."""

    eats: str
    eat: str
    mange: str
    mangent: str


NOUNS = (
    Noun("cat", "cats", "chat", "chats", "m"),
    Noun("dog", "dogs", "chien", "chiens", "m"),
    Noun("house", "houses", "maison", "maisons", "f"),
    Noun("flower", "flowers", "fleur", "fleurs", "f"),
    Noun("tree", "trees", "arbre", "arbres", "m"),
    Noun("child", "children", "enfant", "enfants", "m"),
    Noun("woman", "women", "femme", "femmes", "f"),
    Noun("boy", "boys", "garçon", "garçons", "m"),
    Noun("school", "schools", "école", "écoles", "f"),
    Noun("book", "books", "livre", "livres", "m"),
    Noun("car", "cars", "voiture", "voitures", "f"),
    Noun("bird", "birds", "oiseau", "oiseaux", "m"),
)
BEFORE = (
    Adjective("small", ("petit", "petite", "petits", "petites")),
    Adjective("big", ("grand", "grande", "grands", "grandes")),
    Adjective("old", ("vieux", "vieille", "vieux", "vieilles"), "vieil"),
    Adjective("beautiful", ("beau", "belle", "beaux", "belles"), "bel"),
    Adjective("young", ("jeune", "jeune", "jeunes", "jeunes")),
)
AFTER = (
    Adjective("black", ("noir", "noire", "noirs", "noires")),
    Adjective("white", ("blanc", "blanche", "blancs", "blanches")),
    Adjective("green", ("vert", "verte", "verts", "vertes")),
    Adjective("red", ("rouge", "rouge", "rouges", "rouges")),
    Adjective("happy", ("heureux", "heureuse", "heureux", "heureuses")),
)
VERBS = (
    Verb("sees", "see", "voit", "voient"),
    Verb("likes", "like", "aime", "aiment"),
    Verb("finds", "find", "trouve", "trouvent"),
    Verb("draws", "draw", "dessine", "dessinent"),
    Verb("hears", "hear", "entend", "entendent"),
    Verb("buys", "buy", "achète", "achètent"),
)


@dataclass(frozen=True)
class Translation:
    """A sentence, its French, and pairs (French position, English position).

    ``sure`` pairs must be found; ``possible`` ones, which include them, may be (Och & Ney 2003).
    """

    english: tuple[str, ...]
    french: tuple[str, ...]
    sure: frozenset[tuple[int, int]]
    possible: frozenset[tuple[int, int]]


class _Word(NamedTuple):
    """A French word, and the English positions it surely and possibly stands for."""

    text: str
    sure: tuple[int, ...]
    possible: tuple[int, ...] = ()


class _Writer:
    """Collects the English words of a sentence while its French is put together."""

    def __init__(self, generator: Generator) -> None:
        self.generator = generator
        self.english: list[str] = []

    def chance(self, probability: float) -> bool:
        return bool(torch.rand((), generator=self.generator) < probability)

    def choose(self, items: Sequence[Item]) -> Item:
        return items[int(torch.randint(len(items), (), generator=self.generator))]

    def say(self, word: str) -> int:
        self.english.append(word)
        return len(self.english) - 1


def _noun_phrase(w: _Writer, plural: bool, denied: bool = False) -> list[_Word]:
    """the small black cat: article, up to one adjective on each side, noun.

    ``denied``: as the object of a negated verb, where un, une and des become de.
    """
    noun = w.choose(NOUNS)
    before = [w.choose(BEFORE)] if w.chance(0.4) else []
    after = [w.choose(AFTER)] if w.chance(0.4) else []
    definite = w.chance(0.6)
    first = [*(adjective.english for adjective in (*before, *after)), noun.one][0]
    indefinite = "some" if plural else "an" if first[0] in "aeiou" else "a"
    article = w.say("the" if definite else indefinite)
    places = [w.say(adjective.english) for adjective in (*before, *after)]
    place = w.say(noun.many if plural else noun.one)

    form = (noun.gender == "f") + 2 * plural
    head = _Word(noun.des if plural else noun.un, (place,))
    front = [
        _Word(_agree(adjective, form, head.text), (at,))
        for adjective, at in zip(before, places, strict=False)
    ]
    back = [
        _Word(adjective.forms[form], (at,))
        for adjective, at in zip(after, places[len(before) :], strict=True)
    ]
    rest = [*front, head, *back]
    if definite:
        french = (
            "l'" if not plural and rest[0].text[0] in VOWELS else ("le", "la", "les")[min(form, 2)]
        )
    elif denied or (plural and front):
        french = "d'" if rest[0].text[0] in VOWELS else "de"
    else:
        french = ("un", "une", "des", "des")[form]
    return [_Word(french, (article,)), *rest]


def _agree(adjective: Adjective, form: int, following: str) -> str:
    elides = form == 0 and adjective.before_vowel and following[0] in VOWELS
    return adjective.before_vowel if elides else adjective.forms[form]


# What de and an article run together to; with la and l' it does not.
CONTRACTIONS = {
    "le": "du",
    "les": "des",
    "un": "d'un",
    "une": "d'une",
    "des": "de",
    "de": "de",
    "d'": "d'",
}


def _of_phrase(w: _Writer) -> list[_Word]:
    """of the old woman: de la vieille femme, but du garçon."""
    of = w.say("of")
    article, *rest = _noun_phrase(w, plural=w.chance(0.3))
    contracted = CONTRACTIONS.get(article.text)
    if contracted:
        return [_Word(contracted, (of, *article.sure)), *rest]
    return [_Word("de", (of,)), article, *rest]


def _verb_phrase(w: _Writer, plural: bool, denied: bool) -> list[_Word]:
    """sees, or does not see: voit, ne voit pas."""
    verb = w.choose(VERBS)
    french = verb.mangent if plural else verb.mange
    if not denied:
        return [_Word(french, (w.say(verb.eat if plural else verb.eats),))]
    does, no, see = w.say("do" if plural else "does"), w.say("not"), w.say(verb.eat)
    ne = "n'" if french[0] in VOWELS else "ne"
    return [
        _Word(ne, (), (does, no)),
        _Word(french, (see,), (does,)),
        _Word("pas", (no,)),
    ]


def translate(generator: Generator) -> Translation:
    """One sentence at random.

    >>> pair = translate(torch.Generator().manual_seed(3))
    >>> " ".join(pair.english)
    'the old schools like the happy car'
    >>> " ".join(pair.french)
    'les vieilles écoles aiment la voiture heureuse'
    """
    w = _Writer(generator)
    plural = w.chance(0.4)
    words = _noun_phrase(w, plural)
    words += _of_phrase(w) if w.chance(0.25) else []
    denied = w.chance(0.35)
    words += _verb_phrase(w, plural, denied)
    words += _noun_phrase(w, w.chance(0.4), denied)
    words += _of_phrase(w) if w.chance(0.25) else []
    sure = {(i, j) for i, word in enumerate(words) for j in word.sure}
    possible = {(i, j) for i, word in enumerate(words) for j in word.possible}
    return Translation(
        tuple(w.english),
        tuple(word.text for word in words),
        frozenset(sure),
        frozenset(sure | possible),
    )


def corpus(n: int, generator: Generator) -> list[Translation]:
    """n different sentences, in the order in which they came."""
    found: dict[tuple[str, ...], Translation] = {}
    while len(found) < n:
        sentence = translate(generator)
        found.setdefault(sentence.english, sentence)
    return list(found.values())
