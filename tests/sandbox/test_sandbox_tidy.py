"""The writable folders are put back, whatever a stranger left in them."""

import os
import sys
from pathlib import Path

import pytest

from autograder.sandbox.inside import tidy


@pytest.fixture
def top(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    folder = tmp_path / "top"
    (folder / "home/.ipython").mkdir(parents=True)
    (folder / "home/data.txt").write_text("data")
    (folder / "fonts.json").symlink_to("/usr/share/fonts.json")
    monkeypatch.setattr(tidy, "FOLDERS", (str(folder),))
    return folder


def listing(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}


def test_what_is_new_goes_and_the_rest_stays(top: Path):
    kept, before = tidy.snapshot(), listing(top)
    (top / "new/er").mkdir(parents=True)
    (top / "new/er/file").touch()
    (top / "home/.ipython/mark").touch()
    (top / "to a folder").symlink_to(top / "home")
    (top / "to nothing").symlink_to("nothing")
    os.mkfifo(top / "home/pipe")
    assert tidy.restore(kept)
    assert listing(top) == before
    assert (top / "home/data.txt").read_text() == "data"


def test_no_depth_is_too_deep(top: Path):
    kept, before = tidy.snapshot(), listing(top)
    here = Path.cwd()
    os.chdir(top)
    for _ in range(3 * sys.getrecursionlimit()):  # longer than any path may be
        Path("d" * 100).mkdir()
        os.chdir("d" * 100)
    os.chdir(here)
    assert tidy.restore(kept)
    assert listing(top) == before


def test_a_notebooks_own_deep_folders_are_kept(top: Path):
    deep = top.joinpath(*"d" * 200)
    deep.mkdir(parents=True)
    kept = tidy.snapshot()
    (top / "d/new").touch()
    assert tidy.restore(kept)
    assert deep.is_dir()
    assert not (top / "d/new").exists()


@pytest.mark.parametrize("mode", [0o000, 0o500, 0o111])
def test_closed_folders_are_opened(top: Path, mode: int):
    kept, before = tidy.snapshot(), listing(top)
    (top / "a/b/c").mkdir(parents=True)
    (top / "a/b/file").touch()
    for folder in ("a/b/c", "a/b", "a"):
        (top / folder).chmod(mode)
    assert tidy.restore(kept)
    assert listing(top) == before


def test_what_was_there_and_changed_is_told(top: Path):
    kept = tidy.snapshot()
    (top / "home/data.txt").write_text("fake")
    os.utime(top / "home/data.txt", (0, 0))
    assert not tidy.restore(kept)


@pytest.mark.parametrize("how", ["removed", "moved", "a file instead", "another link"])
def test_folders_and_links_come_back_and_it_is_told(top: Path, how: str):
    kept, before = tidy.snapshot(), listing(top)
    if how == "removed":
        (top / "home/.ipython").rmdir()
    elif how == "moved":
        (top / "home/.ipython").rename(top / "elsewhere")
    elif how == "a file instead":
        (top / "home/.ipython").rmdir()
        (top / "home/.ipython").touch()
    else:
        (top / "fonts.json").unlink()
        (top / "fonts.json").symlink_to("/etc/passwd")
    assert not tidy.restore(kept)
    assert listing(top) == before
    assert (top / "fonts.json").readlink() == Path("/usr/share/fonts.json")


def test_modes_come_back(top: Path):
    kept = tidy.snapshot()
    (top / "home").chmod(0o000)
    top.chmod(0o000)
    assert tidy.restore(kept)
    assert (top / "home").stat().st_mode & 0o777 == 0o755
    assert top.stat().st_mode & 0o777 == kept[str(top)][0] & 0o777
