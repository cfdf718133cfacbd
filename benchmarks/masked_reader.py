"""Trains the small BERT of chapter 14's widget: ``python -m benchmarks.masked_reader``.

Writes ``attn/data/masked_reader.json``: its words, and its numbers in 8 bits each, which a page can
carry. Deterministic on one machine.
"""

import json
import os

import torch

from attn.data.vocabulary import SPECIAL
from attn.experiments.families import ENGLISH, fit_of_bert, learn_bert, sentences
from attn.masked_reader import FILE, LONGEST, SIZES, reader
from attn.sentiment_reader import quantised

STEPS = 1200


def main() -> None:
    """Trains, measures before and after rounding, and writes the file."""
    torch.set_num_threads(1)
    os.environ["ATTN_QUIET"] = "1"
    of = sentences()
    model = learn_bert(0, of, steps=STEPS, sizes=SIZES, longest=LONGEST)
    content = {
        "command": "python -m benchmarks.masked_reader",
        "trained on": f"{len(of.training)} generated sentences, {STEPS} steps of 64",
        "probability of the words that are possible": {"as trained": fit_of_bert(model, of).mass},
        "words": " ".join(ENGLISH.words[len(SPECIAL) + 1 :]),
        "numbers": quantised(model),
    }
    FILE.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
    small, words = reader()
    assert words.numbers == ENGLISH.numbers
    content["probability of the words that are possible"]["in 8 bits"] = fit_of_bert(small, of).mass
    FILE.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"{FILE.stat().st_size} bytes, {content['probability of the words that are possible']}")


if __name__ == "__main__":
    main()
