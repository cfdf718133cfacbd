"""Trains the small reader of chapter 3's widget: ``python -m benchmarks.sentiment_reader``.

Writes ``attn.sentiment_reader.json``: its words, and its numbers in 8 bits each, which a page
can carry. Needs the UCI sentences; deterministic on one machine.
"""

import json
import os
from collections import Counter

import torch
from torch import Generator

from attn.classifier import Classifier, accuracy, verdict_loss
from attn.data import sentiment
from attn.data.vocabulary import SPECIAL, Vocabulary
from attn.sentiment_reader import FILE, SIZES, quantised, reader
from attn.train import seeded, train

SEED = 0
RARE = 3  # words seen less often are unknown words: a page need not carry them


def main() -> None:
    """Trains on four fifths of the sentences, tests on the rest, and writes the file."""
    torch.set_num_threads(1)
    os.environ["ATTN_QUIET"] = "1"
    corpus = sentiment.sentences()
    generator = Generator().manual_seed(SEED)
    order = torch.randperm(len(corpus.sentences), generator=generator).tolist()
    shuffled = [corpus.sentences[i] for i in order]
    cut = len(shuffled) * 4 // 5
    counts = Counter(word for sentence in shuffled[:cut] for word in sentence.words)
    vocabulary = Vocabulary(sorted(word for word, n in counts.items() if n >= RARE))
    data = sentiment.encode(shuffled[:cut], vocabulary)
    test = sentiment.encode(shuffled[cut:], vocabulary)
    with seeded(SEED):
        model = Classifier(len(vocabulary), **SIZES, dropout=0.4)
        optimiser = torch.optim.AdamW(model.parameters(), 3e-3, weight_decay=1e-2)
        steps = sentiment.batches(data, 50, 20, generator, word_dropout=0.1)
        train(model, steps, verdict_loss, optimiser=optimiser, clip=None)
    numbers = quantised(model)
    with torch.no_grad():
        exact = accuracy(model, test)
    content = {
        "command": "python -m benchmarks.sentiment_reader",
        "trained on": f"{corpus.origin} (Kotzias et al. 2015, CC BY 4.0), {cut} sentences",
        "accuracy on the others": {"as trained": exact},
        "words": " ".join(vocabulary.words[len(SPECIAL) + 1 :]),
        "numbers": numbers,
    }
    FILE.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
    small, words = reader()
    assert words.numbers == vocabulary.numbers
    with torch.no_grad():
        content["accuracy on the others"]["in 8 bits"] = accuracy(small, test)
    FILE.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", "utf-8")
    print(f"{len(words)} words, {FILE.stat().st_size} bytes, {content['accuracy on the others']}")


if __name__ == "__main__":
    main()
