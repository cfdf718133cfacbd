"""Chapter 14's numbers, over all seeds: ``python -m benchmarks.model_families``.

A few minutes on one core; an interrupted run goes on where it stopped.
"""

from typing import Any

import torch
from torch import Generator

from attn.data.english import parse
from attn.experiments import families, induction
from benchmarks.keep import Kept

SEEDS = range(3)


def main() -> None:
    torch.set_num_threads(1)
    kept, of = Kept("model_families"), families.sentences()
    for seed in SEEDS:
        for depth in (2, 1):
            kept.measure(("induction", depth, seed), _induction, depth, seed)
        kept.measure(("bert", seed), _bert, seed, of)
        kept.measure(("gpt", seed), _gpt, seed, of)
        kept.measure(("t5", seed), _t5, seed, of)


def _bert(seed: int, of: families.Corpus) -> dict[str, float]:
    return families.fit_of_bert(families.learn_bert(seed, of), of)._asdict()


def _gpt(seed: int, of: families.Corpus) -> dict[str, Any]:
    model = families.learn_gpt(seed, of)
    mine, grammar = families.nats(model, of)
    written = families.write(model, 500, Generator().manual_seed(seed))
    known = {sentence.english for sentence in of.training}
    return {
        **families.fit_of_gpt(model, of)._asdict(),
        "nats": mine,
        "grammar": grammar,
        "sentences": sum(parse(words) is not None for words in written) / len(written),
        "new": sum(tuple(words) not in known for words in written) / len(written),
        "shown": [" ".join(words) for words in written[:5]],
    }


def _t5(seed: int, of: families.Corpus) -> dict[str, Any]:
    model, rng = families.learn_t5(seed, of), Generator().manual_seed(seed)
    asked = [families.question(task, of.test[3], rng) for task in families.TASKS]
    written = families.answers(model, asked, of)
    shown = [[" ".join(q.source), " ".join(words)] for q, words in zip(asked, written, strict=True)]
    return {**families.exact(model, of), "shown": shown}


def _induction(depth: int, seed: int) -> dict[str, Any]:
    model, history = induction.learn(depth, seed)
    heads = range(induction.H)
    return {
        "accuracy": round(induction.accuracy(model), 4),
        "without BOS": round(induction.accuracy(model, "first"), 4),
        "without looking back": round(induction.accuracy(model, "previous"), 4),
        "on the way": [(step, round(value, 4)) for step, value in history.measured["right"]],
        **{name: _rounded(table) for name, table in induction.looks(model)._asdict().items()},
        "off": [
            [round(induction.switched_off(model, layer, (head,)), 4) for head in heads]
            for layer in range(depth)
        ],
        "value lengths": _rounded(induction.value_lengths(model)),
    }


def _rounded(table: torch.Tensor) -> Any:
    return table.double().mul(1e4).round().div(1e4).tolist()


if __name__ == "__main__":
    main()
