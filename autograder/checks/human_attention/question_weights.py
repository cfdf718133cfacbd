"""What every answer to ``question_weights`` must satisfy."""

import math

from attn import pooling
from attn.data import photo
from autograder.compare import agree, ensure
from autograder.spec import Answers, Case, Exercise, Rng


def questions(rng: Rng):
    two = {"Ada": {"adult": 1.0}, "plant": {"green": 1.0}}
    yield Case("one feature, two regions", question={"adult": 2.0}, regions=two)
    graded = {"near": {"size": 2.0, "face": 1.0}, "far": {"size": 0.5, "face": 1.0}}
    yield Case("features of different strength", question={"size": 1.5}, regions=graded)
    three = {"Ada": {"adult": 1.0, "book": 1.0}, "Ben": {"book": 1.0}, "plant": {}}
    yield Case("not this", question={"book": 2.0, "adult": -3.0}, regions=three)
    yield Case("a feature nobody has", question={"hat": 1.0}, regions=three)
    yield Case("a very strong question", question={"adult": 2000.0}, regions=two)
    asked = photo.QUESTIONS[str(rng.choice(list(photo.QUESTIONS)))]
    yield Case("the group photo", question=asked, regions=photo.features())


question_weights = Exercise(
    "question_weights",
    points=2,
    reference=pooling.question_weights,
    cases=questions,
    tensors=False,
)


@question_weights.fact
def shares_sum_to_one(f: Answers, case: Case) -> None:
    """The weights of all regions sum to one."""
    agree(sum(f(case).values()), 1.0, what="their sum")


@question_weights.fact
def every_region_gets_something(f: Answers, case: Case) -> None:
    """No weight is negative: a region may be ignored, but not counted against."""
    low = min(f(case).values())
    ensure(low >= 0, f"the smallest weight is {low:.4g}", f(case), f.expected(case))


@question_weights.fact(after=(shares_sum_to_one,))
def alike_regions_share_alike(f: Answers, case: Case) -> None:
    """Regions with the same features get the same weight."""
    regions = case["regions"]
    for a, b in zip(regions, list(regions)[1:], strict=False):
        if regions[a] == regions[b]:
            agree(f(case)[a], f(case)[b], what=f"the weights of {a} and {b}")


def _scores(question, regions):
    return {
        name: sum(strength * region.get(feature, 0.0) for feature, strength in question.items())
        for name, region in regions.items()
    }


def _softmax(scores):
    largest = max(scores.values())
    powers = {name: math.exp(score - largest) for name, score in scores.items()}
    total = sum(powers.values())
    return {name: power / total for name, power in powers.items()}


@question_weights.mistake(
    "scores instead of weights",
    "These are the dot products. A softmax over all regions turns them into shares of one.",
)
def raw_scores(question, regions):
    return _scores(question, regions)


@question_weights.mistake(
    "divides by the sum of the scores",
    "Scores can be negative or all zero, and then shares of their sum make no sense. The softmax "
    "takes exp of each score first.",
)
def proportional(question, regions):
    scores = _scores(question, regions)
    return {name: score / sum(scores.values()) for name, score in scores.items()}


@question_weights.mistake(
    "exp overflows",
    "math.exp(2000) is too large for a float. Subtract the largest score from all of them first: "
    "the weights stay the same.",
)
def overflowing(question, regions):
    powers = {name: math.exp(score) for name, score in _scores(question, regions).items()}
    total = sum(powers.values())
    return {name: power / total for name, power in powers.items()}


@question_weights.mistake(
    "a missing feature is an error",
    "A region only lists what it has: region.get(feature, 0.0) reads everything else as 0.",
)
def strict(question, regions):
    return _softmax(
        {name: sum(s * region[k] for k, s in question.items()) for name, region in regions.items()}
    )


@question_weights.mistake(
    "counts features instead of weighing them",
    "A feature's strength matters on both sides: multiply the question's by the region's.",
)
def counting(question, regions):
    return _softmax(
        {name: sum(float(k in region) for k in question) for name, region in regions.items()}
    )


@question_weights.mistake(
    "ignores how strongly the region shows the feature",
    "This adds the question's strengths for every feature that is there. Multiply each by the "
    "region's own value.",
)
def presence_only(question, regions):
    return _softmax(
        {
            name: sum(s for k, s in question.items() if k in region)
            for name, region in regions.items()
        }
    )


@question_weights.mistake(
    "the winner takes all",
    "This is a hard choice. Here every region keeps a share, in proportion to exp of its score.",
)
def winner(question, regions):
    scores = _scores(question, regions)
    best = max(scores, key=lambda name: scores[name])
    return {name: float(name == best) for name in scores}
