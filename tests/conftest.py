"""What tests of every kind need: a device to run on, and a browser to look with."""

from collections.abc import Iterator

import browsing
import pytest
import torch
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright

# A first call compiles and imports: a deadline would fail the fastest function.
settings.register_profile("course", deadline=None, database=None, print_blob=True)
settings.load_profile("course")

# Tests run side by side; threads of small products would only wait for each other.
torch.set_num_threads(1)

DEVICES = ["cpu", "cuda"] + ["mps"] * torch.backends.mps.is_available()


@pytest.fixture(params=DEVICES)
def device(request: pytest.FixtureRequest) -> torch.device:
    """Each device in turn; CUDA is skipped where there is none, MPS is not even tried."""
    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("this machine has no CUDA device")
    return torch.device(request.param)


@pytest.fixture
def rng() -> torch.Generator:
    """A seeded generator on the CPU: draw there, then move, and every device sees the same."""
    return torch.Generator().manual_seed(0)


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One Chromium for all tests of a worker: Playwright cannot be started twice in a thread."""
    with sync_playwright() as playwright:
        chromium = browsing.launch(playwright)
        yield chromium
        chromium.close()
