"""What every answer to ``relative_buckets`` must satisfy."""

from math import log

import torch

from attn import relative
from autograder.compare import ensure
from autograder.spec import Answers, Case, Exercise, Rng

# No distance but the last lies on an edge between two buckets, where rounding would decide.
SIZES = ((8, 20), (12, 40), (16, 90))


def lengths(rng: Rng):
    yield Case("the example of the task", Tq=3, Tk=3, buckets=8, longest=6, both_ways=True)
    yield _case("a decoder, near", 4, 4, 8, 20, False)
    yield _case("an encoder, near", 4, 4, 8, 20, True)
    yield _case("a decoder, far", 30, 30, 8, 20, False)
    yield _case("an encoder, far", 30, 30, 12, 40, True)
    yield _case("one new query after many", 1, 30, 8, 20, False)
    yield _case("fewer queries than keys", 3, 30, 16, 90, True)
    yield _case("far beyond the longest", 60, 60, 8, 20, True)
    Tq, Tk = sorted(int(n) for n in rng.integers(20, 60, 2))
    for both_ways in (True, False):
        yield _case("drawn", Tq, Tk, *SIZES[int(rng.integers(3))], both_ways)


def _case(name, Tq, Tk, buckets, longest, both_ways) -> Case:
    return Case(name, Tq=Tq, Tk=Tk, buckets=buckets, longest=longest, both_ways=both_ways)


def reference(Tq, Tk, buckets, longest, both_ways):
    """On the CPU, as a student makes it."""
    return relative.relative_buckets(Tq, Tk, buckets, longest, both_ways)


relative_buckets = Exercise(
    "relative_buckets",
    points=3,
    reference=reference,
    cases=lengths,
    keeps_dtype=True,
    tensors=False,
)


@relative_buckets.fact
def every_bucket_is_in_the_table(f: Answers, case: Case) -> None:
    """Every bucket is a whole number from 0 to buckets − 1."""
    found = f(case)
    ensure(
        bool(((found >= 0) & (found < case["buckets"])).all()),
        f"from {found.min()} to {found.max()}",
        found,
        f.expected(case),
    )


@relative_buckets.fact
def only_the_distance_counts(f: Answers, case: Case) -> None:
    """Pairs with the same distance share a bucket: the table is the same along each diagonal."""
    found = f(case)
    ensure(
        torch.equal(found[1:, 1:], found[:-1, :-1]),
        "a diagonal holds more than one bucket",
        found,
        f.expected(case),
    )


@relative_buckets.fact
def the_query_itself_is_bucket_zero(f: Answers, case: Case) -> None:
    """A query's own place, distance 0, is bucket 0."""
    found = f(case)
    own = found.diagonal(case["Tk"] - case["Tq"])
    ensure(bool((own == 0).all()), "a query's own place is in another one", found, f.expected(case))


def _wrong(side=None, fold=None, exact=None, far=None, corner=None):
    """T5's buckets, but for one of their parts."""

    def answer(Tq, Tk, buckets, longest, both_ways):
        start = corner(Tq, Tk) if corner else Tk - Tq
        ahead = torch.arange(Tk) - torch.arange(start, start + Tq)[:, None]
        n = buckets // 2 if both_ways else buckets
        if fold:
            first, distance, n = fold(ahead, buckets, both_ways)
        elif both_ways:
            first, distance = n * (ahead > 0), ahead.abs()
        else:
            first, distance = torch.zeros_like(ahead), (-ahead).clamp(min=0)
        if side and both_ways:
            first = side(ahead, n)
        near = exact(n) if exact else n // 2
        if far:
            steps = far(distance, near, n, longest)
        else:
            part = (distance.clamp(min=1) / near).log() / log(longest / near)
            steps = near + (part * (n - near)).long()
        return first + torch.where(distance < near, distance, steps.clamp(max=n - 1))

    return answer


relative_buckets.mistake(
    "the sides are exchanged",
    "Keys *before* the query got the upper half of the buckets. It belongs to those after it.",
)(_wrong(side=lambda ahead, n: n * (ahead < 0)))

relative_buckets.mistake(
    "both sides share their buckets",
    "Before and after the query are told apart: with both_ways, keys after it have the upper half "
    "of the table to themselves.",
)(_wrong(side=lambda ahead, n: torch.zeros_like(ahead)))

relative_buckets.mistake(
    "the whole table for either side",
    "With both_ways, each side has half of the buckets. Here the distances are spread over all of "
    "them.",
)(
    _wrong(
        fold=lambda ahead, buckets, both_ways: (
            torch.zeros_like(ahead),
            ahead.abs() if both_ways else (-ahead).clamp(min=0),
            buckets,
        )
    )
)

relative_buckets.mistake(
    "a decoder that sees ahead",
    "Without both_ways, keys after the query share bucket 0 with its own place: a causal model "
    "masks them anyway. Here they are counted by their distance.",
)(
    _wrong(
        fold=lambda ahead, buckets, both_ways: (
            (buckets // 2) * (ahead > 0) if both_ways else torch.zeros_like(ahead),
            ahead.abs(),
            buckets // 2 if both_ways else buckets,
        )
    )
)

relative_buckets.mistake(
    "the distance has the wrong sign",
    "Query minus key in place of key minus query: without both_ways, what was read long ago falls "
    "into bucket 0, and what lies ahead is told apart.",
)(
    _wrong(
        fold=lambda ahead, buckets, both_ways: (
            (buckets // 2) * (ahead < 0) if both_ways else torch.zeros_like(ahead),
            ahead.abs() if both_ways else ahead.clamp(min=0),
            buckets // 2 if both_ways else buckets,
        )
    )
)

relative_buckets.mistake(
    "a bucket for every distance",
    "The distances are cut off at the last bucket, each with one of its own. From the middle on, "
    "buckets are ranges that grow with the logarithm.",
)(_wrong(far=lambda distance, near, n, longest: distance))

relative_buckets.mistake(
    "ranges that do not grow",
    "The far buckets are equally wide. They grow with the logarithm: near distances are told apart "
    "more finely than far ones.",
)(
    _wrong(
        far=lambda distance, near, n, longest: (
            near + ((distance - near).clamp(min=0) * (n - near) // (longest - near))
        )
    )
)

relative_buckets.mistake(
    "the logarithm starts at one",
    "log(distance)/log(longest) is spread over the far buckets, so that some of them stay empty. "
    "It starts where the exact buckets end: log(distance/exact)/log(longest/exact).",
)(
    _wrong(
        far=lambda distance, near, n, longest: (
            near + (distance.clamp(min=1).log() / log(longest) * (n - near)).long()
        )
    )
)

relative_buckets.mistake(
    "rounded to the nearest",
    "A range is entered where its edge is passed: cut the fraction off (.long()), do not round.",
)(
    _wrong(
        far=lambda distance, near, n, longest: (
            near
            + ((distance.clamp(min=1) / near).log() / log(longest / near) * (n - near))
            .round()
            .long()
        )
    )
)

relative_buckets.mistake(
    "aligned to the first corner",
    "Query 0 was put beside key 0. The last query stands at the last key, as in the causal mask "
    "for Tq < Tk.",
)(_wrong(corner=lambda Tq, Tk: 0))
