"""What tests of every kind need: a device to run on, and a browser to look with."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import browsing
import jupytext
import pytest
import torch
from hypothesis import settings
from playwright.sync_api import Browser, sync_playwright
from postgres import Server, Unavailable, server

# A first call compiles and imports: a deadline would fail the fastest function.
settings.register_profile("course", deadline=None, database=None, print_blob=True)
settings.load_profile("course")

# Tests run side by side; threads of small products would only wait for each other.
torch.set_num_threads(1)

DEVICES = ["cpu", "cuda"] + ["mps"] * torch.backends.mps.is_available()


@pytest.fixture(params=DEVICES)
def device(request: pytest.FixtureRequest) -> torch.device:
    """Each device in turn; CUDA is skipped where there is none, MPS is not even tried.

    A test with a ``dtype`` of float64 has nothing to run on MPS.
    """
    if request.param == "cuda" and not torch.cuda.is_available():
        pytest.skip("this machine has no CUDA device")
    dtype = request.node.callspec.params.get("dtype")
    if request.param == "mps" and dtype is torch.float64:
        pytest.skip("MPS has no float64")
    return torch.device(request.param)


@pytest.fixture(scope="module")
def names(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Every name that the cells of the test module's chapter define: ``PAGE``, run in order."""
    page, threads = request.module.PAGE, torch.get_num_threads()
    space: dict[str, Any] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("ATTN_QUIET", "1")
        for cell in jupytext.read(page).cells:
            if cell.cell_type == "code":
                exec(compile(cell.source, str(page), "exec"), space)
    torch.set_num_threads(threads)
    return space


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


# ---------------------------------------------------------------- nbgrader courses


@pytest.fixture(scope="session")
def empty_course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A course that nobody has handed anything in to. Do not write into it: ``course`` is yours."""
    from autograder.course import assemble

    folder = tmp_path_factory.mktemp("course") / "attention"
    assemble(folder)
    return folder


@pytest.fixture
def course(empty_course: Path, tmp_path: Path) -> Path:
    """A new course of the test's own."""
    return Path(shutil.copytree(empty_course, tmp_path / "course"))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """A PostgreSQL server of this session's own; skips where none is to be had."""
    try:
        with server() as running:
            yield running
    except Unavailable as why:
        pytest.skip(str(why))


@pytest.fixture(scope="session")
def empty_postgres(postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The name of a database that holds the same course as ``empty_course``."""
    from autograder.course import assemble

    postgres.copy("template1", "empty")
    folder = tmp_path_factory.mktemp("postgres") / "attention"
    assemble(folder, db_url=postgres.url("empty"))
    return "empty"


@pytest.fixture(params=["sqlite", "postgresql"])
def new_course(
    request: pytest.FixtureRequest, empty_course: Path, tmp_path: Path
) -> Callable[[str], Path]:
    """Makes courses by name, with their gradebooks in each kind of database in turn."""

    def make(name: str) -> Path:
        course = Path(shutil.copytree(empty_course, tmp_path / name))
        if request.param == "postgresql":
            running: Server = request.getfixturevalue("postgres")
            empty = request.getfixturevalue("empty_postgres")
            (course / "gradebook.db").unlink()
            url = running.copy(empty, f"{tmp_path.parent.name}-{tmp_path.name}-{name}"[-60:])
            with (course / "nbgrader_config.py").open("a") as configuration:
                configuration.write(f"c.CourseDirectory.db_url = {url!r}\n")
        return course

    return make


@pytest.fixture
def any_course(new_course: Callable[[str], Path]) -> Path:
    """A course of the test's own, with its gradebook in each kind of database in turn."""
    return new_course("course")
