"""nbgrader's own small files beside a submission, and formgrader's view of what was handed in.

``timestamp.txt`` says when it was handed in, ``submission_secret.txt`` for whom the exchange keeps
its feedback. Both are read as a stranger's: regular files of no great length.
"""

import hashlib
import os
import stat
from datetime import datetime
from pathlib import Path

from nbgrader.utils import parse_utc

from autograder.files import write_whole
from autograder.layout import NBGRADERS_OWN
from autograder.submission import Rejected, raw
from autograder.verdict import Verdict

TIMESTAMP = "timestamp.txt"
MAX_BYTES = 1000


def timestamp(folder: Path) -> datetime | None:
    """When the submission in ``folder`` was handed in, in UTC; None where nothing says so.

    ``ValueError`` where something does, but is no time: a late penalty depends on it.
    """
    text = _slip(folder / TIMESTAMP).strip()
    if not text:
        return None
    try:
        return parse_utc(text)
    except (ValueError, OverflowError, TypeError):
        raise ValueError(f"{folder / TIMESTAMP} is no time: correct it, or delete it") from None


def keep(folder: Path, target: Path) -> None:
    """Copies the slips of a submission, to where nbgrader's own commands look for them."""
    for name in NBGRADERS_OWN:
        text = _slip(folder / name)
        if text:
            write_whole(target / name, text)


def mirror(path: Path, submitted: Path, verdict: Verdict, before: str) -> None:
    """Shows formgrader, which counts the course's ``submitted``, what was handed in elsewhere.

    ``before`` is the hash of what was recorded last: another notebook that lies there was put there
    by somebody else, and stays.
    """
    if path.parent.resolve() == submitted.resolve():
        return
    there = submitted / path.name
    known = {before, verdict.submission_sha256} - {""}
    if os.path.lexists(there) and _hashed(there)[1] not in known:
        return
    submitted.mkdir(parents=True, exist_ok=True)
    keep(path.parent, submitted)
    data, sha256 = _hashed(path)
    if data and sha256 == verdict.submission_sha256 != _hashed(there)[1]:
        beside = there.with_name(f".{there.name}.new")
        beside.write_bytes(data)
        beside.replace(there)


def _hashed(path: Path) -> tuple[bytes, str]:
    """A notebook's bytes and their hash; nothing of what may not be read."""
    try:
        data = raw(path)
    except Rejected:
        return b"", ""
    return data, hashlib.sha256(data).hexdigest()


def _slip(path: Path) -> str:
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return ""
    with os.fdopen(fd, "rb") as file:
        regular = stat.S_ISREG(os.fstat(fd).st_mode)
        return file.read(MAX_BYTES).decode("utf-8", "replace") if regular else ""
