"""Files that are written whole or not at all, and folders that one process writes at a time."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Writes ``path`` in one step, its folder too; whoever reads it sees the old text or the new.

    A file that says the same already is left alone. One writer a file: what a killed one left
    beside it is overwritten by the next.
    """
    if path.is_file() and path.read_bytes() == text.encode():
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.new")
    beside.write_text(text, encoding="utf-8", newline="")
    beside.replace(path)


@contextmanager
def alone(course: Path) -> Iterator[None]:
    """Holds the course for this process; the system lets go of it however the process ends.

    ``FileExistsError``, with who holds it, where another process does.
    """
    with (course / ".grading").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            by = file.read() or "another process"
            raise FileExistsError(f"{course} is being graded already, by {by}") from None
        file.truncate(0)
        now = datetime.now().astimezone()
        file.write(f"process {os.getpid()} on {os.uname().nodename} since {now:%F %T %Z}")
        file.flush()
        yield
        file.truncate(0)
