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
from pathlib import Path
from typing import NamedTuple

import torch
from torch import Generator

FOLDER = "uci-sentiment"
ARCHIVE = "https://archive.ics.uci.edu/static/public/331/sentiment+labelled+sentences.zip"
SHA256 = {
    "amazon_cells_labelled.txt": "47003fc0a0d4840b00e96e715b6189bad09e7443a3da41c4cbe12ffc79f86ae3",
    "yelp_labelled.txt": "c76468b7b5c6e56a0804d728345c5f84aa2142ddb214420f61cc9cfd4c00d2ea",
    "imdb_labelled.txt": "aef2e49e3da25714d61175e3a6e68eeef74a20a2f914318dc3be9947ea86512d",
}


class Sentence(NamedTuple):
    """A sentence as lower-case words, and whether it praises."""

    words: tuple[str, ...]
    positive: bool


class Corpus(NamedTuple):
    """Sentences, and where they are from, in words for the page that shows them."""

    sentences: list[Sentence]
    origin: str


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


def generated(n: int, generator: Generator) -> list[Sentence]:
    """n sentences of a small grammar, half of them positive, in which one word decides.

    >>> " ".join(generated(2, torch.Generator().manual_seed(0))[0].words)
    'the screen was perfect on a rainy day'
    """
    things = ("the phone", "this place", "the soup", "the battery", "our waiter", "the screen")
    verbs = ("was", "is", "seemed", "turned out")
    praise = ("great", "excellent", "lovely", "fantastic", "perfect")
    blame = ("awful", "terrible", "slow", "disappointing", "broken")
    tails = ("", "as we expected", "and i told my friends", "on a rainy day", "for the price")

    def choose(items: tuple[str, ...]) -> str:
        return items[int(torch.randint(len(items), (), generator=generator))]

    made = []
    for i in range(n):
        positive = i % 2 == 0
        negated = bool(torch.rand((), generator=generator) < 0.2)
        judgement = choose(praise if positive != negated else blame)
        words = f"{choose(things)} {choose(verbs)} {'not ' * negated}{judgement} {choose(tails)}"
        made.append(Sentence(tuple(words.split()), positive))
    return made


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
