"""A small trained classifier that a page can carry: chapter 3's widget runs it on any sentence."""

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from attn.classifier import Classifier
from attn.data.vocabulary import Vocabulary

FILE = Path(__file__).parent / "data/sentiment_reader.json"
SIZES: dict[str, Any] = {"width": 16, "m": 32, "pool": "attention", "cell": "gru", "k": 8}


def quantised(model: nn.Module) -> dict[str, dict[str, Any]]:
    """Every parameter as whole numbers from -127 to 127, in base64, and their common factor."""
    found = {}
    for name, tensor in model.state_dict().items():
        scale = float(f"{tensor.abs().max().item() / 127:.6g}") or 1.0
        whole = (tensor / scale).round().clamp(-127, 127).to(torch.int8)
        found[name] = {
            "shape": list(tensor.shape),
            "scale": scale,
            "bytes": base64.b64encode(whole.numpy().tobytes()).decode("ascii"),
        }
    return found


def numbers(packed: dict[str, Any]) -> Tensor:
    """The tensor that ``quantised`` packed, in float64."""
    whole = np.frombuffer(base64.b64decode(packed["bytes"]), np.int8).astype(np.float64)
    return torch.from_numpy(whole * packed["scale"]).reshape(packed["shape"])


@cache
def content() -> dict[str, Any]:
    """The file as it is: ``words``, ``numbers``, and what the reader was trained on."""
    return json.loads(FILE.read_text("utf-8"))


def reader() -> tuple[Classifier, Vocabulary]:
    """The trained classifier, in float64 and ready to read, and the words that it knows.

    >>> model, words = reader()
    >>> tokens = torch.tensor([words.encode("the food was great".split())])
    >>> score, weights = model(tokens, torch.tensor([4]))
    >>> bool(score > 0), weights.shape
    (True, torch.Size([1, 4]))
    """
    words = Vocabulary(content()["words"].split())
    model = Classifier(len(words), **SIZES).double().eval()
    model.load_state_dict({name: numbers(packed) for name, packed in content()["numbers"].items()})
    return model, words
