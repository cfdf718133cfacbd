"""What a worker does to its process when it starts."""

import gc
import weakref

import pytest
import torch

from autograder.work import Tidy


@pytest.fixture
def collector():
    threshold, threads = gc.get_threshold(), torch.get_num_threads()
    yield
    gc.unfreeze()
    gc.set_threshold(*threshold)
    torch.set_num_threads(threads)


class Cycle:
    def __init__(self):
        self.me = self


def test_the_collector_skips_what_was_there_and_finds_what_comes(collector):
    Tidy(ours=False).setup(None)
    assert gc.get_freeze_count() > 10_000  # torch alone has more
    cycle = Cycle()
    gone = weakref.ref(cycle)
    del cycle
    assert gone() is not None
    gc.collect()
    assert gone() is None
