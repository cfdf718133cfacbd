"""A small trained BERT that a page can carry: chapter 14's widget runs it on any sentence."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from attn.data.vocabulary import Vocabulary
from attn.families import BERT
from attn.sentiment_reader import numbers

FILE = Path(__file__).parent / "data/masked_reader.json"
SIZES: dict[str, int] = {"D": 32, "H": 4, "F": 64, "depth": 2}
LONGEST = 20  # words


@cache
def content() -> dict[str, Any]:
    """The file as it is: ``words``, ``numbers``, and how it was trained."""
    return json.loads(FILE.read_text("utf-8"))


def reader() -> tuple[BERT, Vocabulary]:
    """The trained model, in float64 and ready to read, and the words that it knows.

    >>> import torch
    >>> model, words = reader()
    >>> tokens = torch.tensor([words.encode("the cat <mask> a house".split())])
    >>> chances = model(tokens)[0, 2].softmax(-1)
    >>> words.words[int(chances.argmax())] in ("sees", "likes", "finds", "draws", "hears", "buys")
    True
    """
    words = Vocabulary(content()["words"].split())
    model = BERT(len(words), LONGEST, **SIZES).double().eval()
    model.load_state_dict({name: numbers(packed) for name, packed in content()["numbers"].items()})
    return model, words
