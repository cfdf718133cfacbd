"""How long a small computation takes, on a machine that does other things too."""

from collections.abc import Callable
from time import process_time

LONG_ENOUGH = 0.004  # seconds, which the clock measures well


def milliseconds(run: Callable[[], object], repeats: int = 20) -> float:
    """Processor time of one call: the best of ``repeats``, each of as many calls as it needs.

    >>> milliseconds(lambda: None) < milliseconds(lambda: sum(range(20_000)))
    True
    """
    run()
    calls = 1
    while _seconds(run, calls) < LONG_ENOUGH:
        calls *= 2
    return 1000 * min(_seconds(run, calls) for _ in range(repeats)) / calls


def _seconds(run: Callable[[], object], calls: int) -> float:
    start = process_time()
    for _ in range(calls):
        run()
    return process_time() - start
