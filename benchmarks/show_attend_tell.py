"""Chapter 16's numbers, over all seeds: ``python -m benchmarks.show_attend_tell``.

About ten minutes on one core; an interrupted run goes on where it stopped.
"""

from typing import Any

import torch

from attn.captioning import Captioner
from attn.data.scenes import LONGEST, NOTHING, VOCABULARY, Scenes
from attn.experiments.captions import (
    ARMS,
    chance,
    held_out,
    hits,
    learn,
    right_in_the_dark,
    rounded,
    study,
)
from benchmarks.keep import Kept

# The arms that the page compares most closely have a seed more.
SEEDS = {"soft": range(3), "mean": range(3), "hard": range(3)}


def main() -> None:
    torch.set_num_threads(1)
    kept = Kept("show_attend_tell")
    kept.measure(("chance",), lambda: rounded(chance(held_out())))
    for seed in range(3):
        for arm in ARMS:
            if seed in SEEDS.get(arm, range(2)):
                kept.measure(("arms", arm, seed), _run, arm, seed)
    for seed in range(2):
        for arm in ("soft", "penalty"):
            kept.measure(("dark", arm, seed), _dark, arm, seed)
    kept.measure(("shown",), _shown)


def _run(arm: str, seed: int) -> dict[str, Any]:
    """The caption's accuracy and the pointing while it learns, and a study of what came out."""
    model, history = learn(arm, seed)
    curve = {
        name: {str(step): round(value, 4) for step, value in pairs}
        for name, pairs in history.measured.items()
    }
    return {"while learning": curve, **study(model, held_out())}


def _dark(arm: str, seed: int) -> dict[str, Any]:
    """The share of right words of each class: in the light, in the dark, and before that too."""
    model, _ = learn(arm, seed)
    tests = held_out()
    kinds = ("article", "size", "colour", "shape", "relation", "of", "end")

    def share(kind: str, words: int) -> float:
        return right_in_the_dark(model, tests, kind, words).double().mean().item()

    lit = study(model, tests)["words"]
    return rounded({kind: [lit[kind], *(share(kind, n) for n in (1, 2, 3))] for kind in kinds})


def _shown() -> list[dict[str, Any]]:
    """Five held-out scenes as soft attention of seed 0 tells them: the widget's.

    The first of each kind: right about four things, about three, about two; wrong though the look
    of the wrong word lies in the box of what should be named; wrong, and looking elsewhere.
    """
    model, _ = learn("soft", 0)
    tests = Scenes(*(part[:400] for part in held_out()))
    written, told = model.tell(tests.images, LONGEST)
    hit = hits(told.weights, tests.word_boxes())
    wrong = written != tests.captions
    first = wrong.int().argmax(1)
    rows = torch.arange(len(first))
    named = wrong.any(1) & (tests.named[rows, first] != NOTHING)
    things = tests.boxes.any(-1).sum(-1)
    kinds = [~wrong.any(1) & (things == n) for n in (4, 3, 2)]
    kinds += [named & hit[rows, first], named & ~hit[rows, first]]
    return [_scene(model, int(kind.nonzero()[0])) for kind in kinds]


def _scene(model: Captioner, i: int) -> dict[str, Any]:
    one = Scenes(*(part[i : i + 1] for part in held_out()))
    written, told = model.tell(one.images, LONGEST)
    words = VOCABULARY.decode(written[0].tolist())
    n = min(len(words) + 1, LONGEST)
    return {
        "scene": i,
        "words": words,
        "weights": [[round(x, 4) for x in row] for row in told.weights[0, :n].tolist()],
        "beta": [round(x, 4) for x in told.beta[0, :n].tolist()],
    }


if __name__ == "__main__":
    main()
