"""T5's buckets of distances, one pair at a time (Raffel et al. 2020)."""

from math import floor, log


def bucket(ahead: int, buckets: int = 32, longest: int = 128, both_ways: bool = True) -> int:
    """The bucket of a key that stands ``ahead`` places after the query, before it if negative.

    >>> [bucket(-n, buckets=4, longest=6, both_ways=False) for n in range(7)]
    [0, 1, 2, 2, 3, 3, 3]
    """
    first = 0
    if both_ways:
        buckets = buckets // 2
        first = buckets if ahead > 0 else 0
        distance = abs(ahead)
    else:
        distance = max(-ahead, 0)
    exact = buckets // 2
    if distance < exact:
        return first + distance
    # In this order: a distance of exact 2^k lies on an edge, where rounding would decide.
    steps = log(distance / exact) / log(longest / exact) * (buckets - exact)
    return first + min(exact + floor(steps + 1e-9), buckets - 1)
