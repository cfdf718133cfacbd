"""Sentences that praise or complain, with their labels.

The UCI "Sentiment Labelled Sentences" (Kotzias et al. 2015; CC BY 4.0) where they are on disk;
otherwise a small generated corpus, and the caller is told which one it got.
"""

import hashlib
import io
import os
import re
import urllib.request
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from jaxtyping import Float, Int
from torch import Generator, Tensor

from attn.data.batch import PAD, pad
from attn.data.vocabulary import UNKNOWN, Vocabulary

FOLDER = "uci-sentiment"
ARCHIVE = "https://archive.ics.uci.edu/static/public/331/sentiment+labelled+sentences.zip"
SHA256 = {
    "amazon_cells_labelled.txt": "47003fc0a0d4840b00e96e715b6189bad09e7443a3da41c4cbe12ffc79f86ae3",
    "yelp_labelled.txt": "c76468b7b5c6e56a0804d728345c5f84aa2142ddb214420f61cc9cfd4c00d2ea",
    "imdb_labelled.txt": "aef2e49e3da25714d61175e3a6e68eeef74a20a2f914318dc3be9947ea86512d",
}


class Sentence(NamedTuple):
    """A sentence as lower-case words, whether it praises, and where that is said, if known."""

    words: tuple[str, ...]
    positive: bool
    decisive: tuple[int, ...] = ()


class Corpus(NamedTuple):
    """Sentences, and where they are from, in words for the page that shows them."""

    sentences: list[Sentence]
    origin: str


class Labelled(NamedTuple):
    """Sentences as rows of numbers, padded behind, with their lengths; 1 praises, 0 complains."""

    tokens: Int[Tensor, "B T"]
    lengths: Int[Tensor, " B"]
    positive: Float[Tensor, " B"]

    def to(self, device: torch.device | str) -> "Labelled":
        """The same sentences on another device."""
        return Labelled(*(tensor.to(device) for tensor in self))

    def rows(self, numbers: Int[Tensor, " n"]) -> "Labelled":
        """Some of the sentences, padded no further than the longest of them."""
        longest = int(self.lengths[numbers].max())
        return Labelled(
            self.tokens[numbers, :longest], self.lengths[numbers], self.positive[numbers]
        )


class Split(NamedTuple):
    """Sentences to learn from, sentences to test on, and the words of the former."""

    train: Labelled
    test: Labelled
    vocabulary: Vocabulary


def sentences(names: tuple[str, ...] = ("amazon_cells", "yelp")) -> Corpus:
    """The UCI sentences of these sites, from ``ATTN_DATA`` or the cache; else generated ones.

    Never uses the network: ``download()`` fills the cache. Raises ``ValueError`` for a file whose
    checksum is wrong.
    """
    folder = _folder()
    if folder is None:
        return Corpus(generated(1000, Generator().manual_seed(0)), "a generated corpus")
    found = [_read(folder / f"{name}_labelled.txt") for name in names]
    return Corpus([sentence for file in found for sentence in file], f"UCI: {', '.join(names)}")


def encode(corpus: Sequence[Sentence], vocabulary: Vocabulary) -> Labelled:
    """The sentences as one padded batch; one without any word is one unknown word.

    >>> encode([Sentence(("good", "pie"), True)], Vocabulary(["pie"])).tokens
    tensor([[3, 4]])
    """
    rows = [vocabulary.encode(sentence.words or (UNKNOWN,)) for sentence in corpus]
    positive = torch.tensor([float(sentence.positive) for sentence in corpus])
    return Labelled(*pad(rows), positive)


def split(
    corpus: Sequence[Sentence], generator: Generator, test: float = 0.2, rare: int = 1
) -> Split:
    """The sentences, shuffled and cut in two; the vocabulary is that of the training part alone.

    Words that stand there less often than ``rare`` are left out: they become the unknown word.
    """
    order = torch.randperm(len(corpus), generator=generator).tolist()
    cut = len(corpus) - round(test * len(corpus))
    train, tested = [corpus[i] for i in order[:cut]], [corpus[i] for i in order[cut:]]
    counts = Counter(word for sentence in train for word in sentence.words)
    vocabulary = Vocabulary(word for word, n in counts.items() if n >= rare)
    return Split(encode(train, vocabulary), encode(tested, vocabulary), vocabulary)


def batches(
    data: Labelled, size: int, epochs: int, generator: Generator, word_dropout: float = 0.0
) -> Iterator[Labelled]:
    """Every sentence once an epoch, in a new order; a word becomes unknown with ``word_dropout``.

    Ten batches' worth of sentences are sorted by length before they are cut, so that little is
    padding; then the batches are shuffled.

    >>> data = encode([Sentence(("pie",), True)] * 5, Vocabulary(["pie"]))
    >>> sorted(len(b.positive) for b in batches(data, 2, 1, torch.Generator().manual_seed(0)))
    [1, 2, 2]
    """
    unknown = Vocabulary([]).numbers[UNKNOWN]
    for _ in range(epochs):
        cut: list[Tensor] = []
        for some in torch.randperm(len(data.positive), generator=generator).split(10 * size):
            cut += some[data.lengths[some].argsort(stable=True)].split(size)
        for i in torch.randperm(len(cut), generator=generator).tolist():
            batch = data.rows(cut[i])
            lost = torch.rand(batch.tokens.shape, generator=generator) < word_dropout
            lost &= batch.tokens != PAD
            yield batch._replace(tokens=batch.tokens.masked_fill(lost, unknown))


def download() -> Path:
    """Fetches the UCI archive into the cache, checks it, and returns the folder."""
    with urllib.request.urlopen(ARCHIVE, timeout=60) as response:
        archive = zipfile.ZipFile(io.BytesIO(response.read()))
    folder = _cache()
    folder.mkdir(parents=True, exist_ok=True)
    for entry in archive.namelist():
        name = Path(entry).name
        if name in SHA256 and not entry.startswith("__MACOSX"):
            content = archive.read(entry)
            _verify(content, name)
            (folder / name).write_bytes(content)
    return folder


def tokenise(text: str) -> tuple[str, ...]:
    """Lower-case words of letters and apostrophes.

    >>> tokenise("Not tasty, isn't it?")
    ('not', 'tasty', "isn't", 'it')
    """
    return tuple(re.findall(r"[a-z']+", text.lower()))


THINGS = ("the phone", "this place", "the soup", "the battery", "our waiter", "the screen")
VERBS = ("was", "is", "seemed", "turned out")
PRAISE = ("great", "excellent", "lovely", "fantastic", "perfect")
BLAME = ("awful", "terrible", "slow", "disappointing", "broken")
TAILS = ("", "as we expected", "and i told my friends", "on a rainy day", "for the price")


def generated(n: int, generator: Generator) -> list[Sentence]:
    """n different sentences of a small grammar, half of them positive; each knows what decides it.

    One in five denies its judgement ("not awful"), and two in five judge a second thing too, the
    other way round: "unlike the soup which was awful this place is great".

    >>> first = generated(2, torch.Generator().manual_seed(0))[0]
    >>> " ".join(first.words), first.decisive
    ('the screen was perfect unlike this place which was broken', (3,))
    """

    def choose(items: tuple[str, ...]) -> str:
        return items[int(torch.randint(len(items), (), generator=generator))]

    def chance(p: float) -> bool:
        return bool(torch.rand((), generator=generator) < p)

    made: dict[tuple[str, ...], Sentence] = {}
    while len(made) < n:
        positive = len(made) % 2 == 0
        negated = chance(0.2)
        judgement = choose(PRAISE if positive != negated else BLAME)
        core = f"{choose(THINGS)} {choose(VERBS)} {'not ' * negated}{judgement}".split()
        decisive = range(len(core) - 1 - negated, len(core))
        decoy = f"unlike {choose(THINGS)} which was {choose(BLAME if positive else PRAISE)}".split()
        before = decoy if chance(0.2) else []
        after = choose(TAILS).split() if before or chance(0.75) else decoy
        words = (*before, *core, *after)
        at = tuple(len(before) + i for i in decisive)
        made.setdefault(words, Sentence(words, positive, at))
    return list(made.values())


def _cache() -> Path:
    root = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(root) / "attnbook" / FOLDER


def _folder() -> Path | None:
    named = os.environ.get("ATTN_DATA")
    if named:
        folder = Path(named) / FOLDER
        if not folder.is_dir():
            raise FileNotFoundError(f"ATTN_DATA is {named}, but there is no {FOLDER}/ in it")
        return folder
    return _cache() if _cache().is_dir() else None


def _read(path: Path) -> list[Sentence]:
    content = path.read_bytes()
    _verify(content, path.name)
    # Lines end with \n alone: some sentences hold characters that splitlines would cut at.
    lines = content.decode("utf-8").rstrip("\n").split("\n")
    pairs = [line.rstrip("\r").rsplit("\t", 1) for line in lines]
    return [Sentence(tokenise(text), label == "1") for text, label in pairs]


def _verify(content: bytes, name: str) -> None:
    if hashlib.sha256(content).hexdigest() != SHA256[name]:
        raise ValueError(f"{name} is not the file that UCI published: delete it and download again")
