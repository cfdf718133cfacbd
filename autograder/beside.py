"""What lies beside a foreign course's notebook: its files, laid out in a sandbox by cells of ours.

A file is there when the first cell runs, in the working directory. A module among them can be
imported, and shadows none that is installed.
"""

import base64
import os
import stat
from collections.abc import Iterator
from pathlib import Path

from autograder.sandbox import CodeCell
from autograder.submission import Rejected

MAX_BYTES = 16 << 20  # of all files together
MAX_FILES = 200
_PIECE = 1 << 20  # bytes of a file in one cell
_BEGIN = """\
def _begin():
    import os
    import sys
    os.environ["NBGRADER_EXECUTION"] = "autograde"
    sys.path.append(os.getcwd())
_begin()
del _begin
"""
_PUT = """\
def _put(name, text, mode):
    from base64 import b64decode
    from pathlib import Path
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    with Path(name).open(mode) as file:
        file.write(b64decode(text))
_put({name!r}, {text!r}, {mode!r})
del _put
"""


def refuse_links(folder: Path) -> None:
    """``Rejected`` where a submission is, or holds, anything but folders and regular files."""
    if folder.is_symlink():
        raise Rejected("the submission is a link.")
    for place, folders, files in os.walk(folder):
        for name in (*folders, *files):
            mode = Path(place, name).lstat().st_mode
            if not stat.S_ISDIR(mode) and not stat.S_ISREG(mode):
                raise Rejected("the submission holds a link, or something else that is no file.")


def cells(folder: Path) -> list[CodeCell]:
    """Cells that put the files of ``folder`` into the working directory; ``Rejected``: too many.

    No notebook is among them (another's may hold hidden tests), and nothing whose name has a dot
    in front.
    """
    found = [CodeCell("begin", _BEGIN)]
    left, files = MAX_BYTES, 0
    for path in _files(folder):
        files, left = files + 1, left - path.stat().st_size
        if left < 0 or files > MAX_FILES:
            raise Rejected(
                f"more than {MAX_FILES} files or {MAX_BYTES >> 20} MiB lie beside the notebook."
            )
        found += _put(path.relative_to(folder), path.read_bytes())
    return found


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
        regular = stat.S_ISREG(path.lstat().st_mode)
        if regular and not hidden and path.suffix != ".ipynb" and str(path).isprintable():
            yield path


def _put(name: Path, data: bytes) -> Iterator[CodeCell]:
    for start in range(0, max(1, len(data)), _PIECE):
        text = base64.b64encode(data[start : start + _PIECE]).decode()
        source = _PUT.format(name=str(name), text=text, mode="ab" if start else "wb")
        yield CodeCell(f"put {name}", source)
