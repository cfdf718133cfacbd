"""nbgrader's small files beside a submission, and what formgrader sees of one from elsewhere."""

import os
from datetime import datetime
from pathlib import Path

import pytest
from books import MANIFEST, SLUG, verdict_of
from nbgrader.apps.api import NbGraderAPI

from autograder import slips
from autograder.course import open_course
from autograder.gradebook import record
from autograder.source import ROOT
from autograder.submission import read

RELEASED = ROOT / "exercises" / SLUG / f"{SLUG}.ipynb"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("2026-03-01 13:00:00 UTC\n", datetime(2026, 3, 1, 13)),
        ("2026-03-01T13:00:00+01:00", datetime(2026, 3, 1, 12)),
        ("2026-03-01 13:00:00.5", datetime(2026, 3, 1, 13, 0, 0, 500_000)),
        (" \n", None),
    ],
)
def test_a_time_is_read_as_nbgrader_reads_it(tmp_path: Path, text: str, found: datetime | None):
    (tmp_path / "timestamp.txt").write_text(text)
    assert slips.timestamp(tmp_path) == found


def test_no_time_is_none_and_a_link_is_no_time(tmp_path: Path):
    assert slips.timestamp(tmp_path) is None
    (tmp_path / "other").write_text("2026-03-01 13:00:00 UTC")
    (tmp_path / "timestamp.txt").symlink_to(tmp_path / "other")
    assert slips.timestamp(tmp_path) is None
    (tmp_path / "timestamp.txt").unlink()
    os.mkfifo(tmp_path / "timestamp.txt")
    assert slips.timestamp(tmp_path) is None


@pytest.mark.parametrize("text", ["soon", "9" * 5000, "2026-13-41", "\0", "1 2 3 4 5 6"])
def test_what_is_no_time_is_said_so(tmp_path: Path, text: str):
    (tmp_path / "timestamp.txt").write_text(text)
    with pytest.raises(ValueError, match=r"timestamp\.txt is no time: correct it, or delete it"):
        slips.timestamp(tmp_path)


# ---------------------------------------------------------------- formgrader


@pytest.fixture
def handed_in(tmp_path: Path) -> Path:
    """A submission in a folder that is not the course's."""
    folder = tmp_path / "elsewhere" / "ada" / SLUG
    folder.mkdir(parents=True)
    (folder / "timestamp.txt").write_text("2026-03-01 13:00:00 UTC")
    (folder / "submission_secret.txt").write_text("a secret")
    (folder / "notes.txt").write_text("not a part of it")
    (folder / f"{SLUG}.ipynb").write_bytes(RELEASED.read_bytes())
    return folder / f"{SLUG}.ipynb"


def enter(course: Path, path: Path) -> str:
    notebook = read(path)
    record(course, verdict_of(sha256=notebook.sha256), notebook.content, MANIFEST, path)
    return notebook.sha256


def state(course: Path) -> dict[str, object]:
    """What formgrader's list of submissions says of ada."""
    loaded, config = open_course(course)
    [found] = NbGraderAPI(loaded, config=config).get_submissions(SLUG)
    return {key: found[key] for key in ("student", "submitted", "autograded", "score")}


def test_formgrader_sees_what_was_graded_from_elsewhere(course: Path, handed_in: Path):
    enter(course, handed_in)
    there = course / "submitted" / "ada" / SLUG
    assert (there / f"{SLUG}.ipynb").read_bytes() == RELEASED.read_bytes()
    slips_there = {"timestamp.txt", "submission_secret.txt"}
    assert {path.name for path in there.iterdir()} == slips_there | {f"{SLUG}.ipynb"}
    assert slips_there < {path.name for path in (course / "autograded/ada" / SLUG).iterdir()}
    assert state(course) == {"student": "ada", "submitted": True, "autograded": True, "score": 14}


def test_a_new_submission_replaces_the_copy_and_nobody_elses_notebook(
    course: Path, handed_in: Path
):
    enter(course, handed_in)
    copy = course / "submitted" / "ada" / SLUG / f"{SLUG}.ipynb"
    handed_in.write_bytes(RELEASED.read_bytes() + b"\n")
    enter(course, handed_in)
    assert copy.read_bytes() == handed_in.read_bytes()
    copy.write_bytes(b"collected since")
    handed_in.write_bytes(RELEASED.read_bytes() + b"\n\n")
    enter(course, handed_in)
    assert copy.read_bytes() == b"collected since"


def test_a_link_is_not_followed_to_be_shown(course: Path, handed_in: Path):
    handed_in.unlink()
    handed_in.symlink_to("/etc/passwd")
    record(course, verdict_of(sha256=""), None, MANIFEST, handed_in)
    assert not (course / "submitted" / "ada" / SLUG / f"{SLUG}.ipynb").exists()
    assert state(course)["submitted"]


def test_what_lies_in_the_course_stays_as_it_is(course: Path):
    path = course / "submitted" / "ada" / SLUG / f"{SLUG}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_bytes(RELEASED.read_bytes())
    before = path.stat()
    enter(course, path)
    assert path.stat() == before
    assert [entry.name for entry in path.parent.iterdir()] == [path.name]
