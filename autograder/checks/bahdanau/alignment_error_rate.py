"""What every answer to ``alignment_error_rate`` must satisfy."""

from attn import alignment
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng


def alignments(rng: Rng):
    yield Case("all right", found=[[0, 0], [1, 1]], sure=[[0, 0], [1, 1]], possible=[])
    yield Case("one wrong", found=[[0, 0], [1, 0]], sure=[[0, 0], [1, 1]], possible=[])
    yield Case(
        "one only possible", found=[[0, 0], [1, 2]], sure=[[0, 0]], possible=[[0, 0], [1, 2]]
    )
    yield Case("possible, and not found", found=[[0, 0]], sure=[[0, 0]], possible=[[1, 1], [1, 2]])
    yield Case("a sure one missed", found=[[0, 0]], sure=[[0, 0], [1, 1]], possible=[[0, 0]])
    yield Case("nothing right", found=[[0, 1], [1, 0]], sure=[[0, 0]], possible=[[1, 1]])
    yield Case(
        "more found than sure",
        found=[[0, 0], [1, 2], [2, 1], [3, 3]],
        sure=[[0, 0], [1, 2]],
        possible=[[2, 1]],
    )
    yield _drawn(rng)


def _drawn(rng: Rng) -> Case:
    found = [[i, int(rng.integers(6))] for i in range(6)]
    sure = [[i, int(rng.integers(6))] for i in range(5)]
    sure[0], possible = found[0], [found[1], found[2], [5, int(rng.integers(6))]]
    return Case("six words", found=found, sure=sure, possible=possible)


def rate(found, sure, possible):
    """1 - (|A ∩ S| + |A ∩ P|) / (|A| + |S|) on lists of pairs."""
    return alignment.alignment_error_rate(*(set(map(tuple, x)) for x in (found, sure, possible)))


alignment_error_rate = Exercise(
    "alignment_error_rate", points=2, reference=rate, cases=alignments, tensors=False
)


@alignment_error_rate.fact
def lies_between_0_and_1(f: Answers, case: Case) -> None:
    """The rate lies between 0 and 1."""
    ensure(-1e-9 <= f(case) <= 1 + 1e-9, "it does not", f(case), f.expected(case))


@alignment_error_rate.fact
def finding_what_is_sure_is_perfect(f: Answers, case: Case) -> None:
    """Whoever finds exactly the sure pairs makes no error."""
    perfect = f(case.but(found=case["sure"]))
    ensure(abs(perfect) < 1e-9, "the rate is not 0", perfect, 0.0)


@alignment_error_rate.fact
def the_order_of_pairs_does_not_matter(f: Answers, case: Case) -> None:
    """The order in which the pairs are listed changes nothing."""
    turned = {name: case[name][::-1] for name in ("found", "sure", "possible")}
    ensure(abs(f(case.but(**turned)) - f(case)) < 1e-9, "it does", f(case.but(**turned)), f(case))


def _sets(found, sure, possible):
    A, S, P = (set(map(tuple, x)) for x in (found, sure, possible))
    return A, S, P | S


@alignment_error_rate.mistake(
    "a sure pair is not counted as possible",
    "Whatever is sure is possible too, also where the second list leaves it out: a sure pair that "
    "is found counts twice above, as it does below.",
)
def possible_only(found, sure, possible):
    A, S, P = _sets(found, sure, possible)
    return 1 - (len(A & S) + len(A & (P - S))) / (len(A) + len(S))


@alignment_error_rate.mistake(
    "the rate of right pairs",
    "This is what AER is subtracted from: 1 is best here. An error rate is 0 when all is right.",
)
def correctness(found, sure, possible):
    return 1 - rate(found, sure, possible)


@alignment_error_rate.mistake(
    "only sure pairs count",
    "A pair that is possible must not be held against whoever found it: |A ∩ P| stands above too.",
)
def sure_only(found, sure, possible):
    A, S, _ = _sets(found, sure, possible)
    return 1 - 2 * len(A & S) / (len(A) + len(S))


@alignment_error_rate.mistake(
    "possible pairs must be found",
    "Below stand |A| + |S|: what was found, and what had to be. Possible pairs need not be found.",
)
def demands_possible(found, sure, possible):
    A, S, P = _sets(found, sure, possible)
    return 1 - (len(A & S) + len(A & P)) / (len(A) + len(P))


@alignment_error_rate.mistake(
    "precision alone",
    "|A ∩ P| / |A| asks only whether what was found is allowed. Whoever finds little would be "
    "perfect: sure pairs that are missed must count.",
)
def precision(found, sure, possible):
    A, _, P = _sets(found, sure, possible)
    return 1 - len(A & P) / len(A)


@alignment_error_rate.mistake(
    "recall alone",
    "|A ∩ S| / |S| asks only whether the sure pairs were found. Whoever finds every pair there is "
    "would be perfect.",
)
def recall(found, sure, possible):
    A, S, _ = _sets(found, sure, possible)
    return 1 - len(A & S) / len(S)


@alignment_error_rate.mistake(
    "compares position by position",
    "zip compares the first pair found with the first sure one. They are *sets*: the order in "
    "which pairs are listed means nothing.",
)
def zipped(found, sure, possible):
    _, S, P = _sets(found, sure, possible)
    S_hits = sum(a == s for a, s in zip(found, sure, strict=False))
    P_hits = len(set(map(tuple, found)) & (P - S)) + S_hits
    return 1 - (S_hits + P_hits) / (len(found) + len(sure))
