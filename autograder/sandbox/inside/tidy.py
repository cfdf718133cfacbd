"""Puts the writable folders back as they were: a check must not fill or feed the next one's."""

# Functions of os, bound by name here, and no methods of Path: a cell may replace those.
# ruff: noqa: PTH107, PTH116, PTH118, PTH119
import shutil
from collections.abc import Iterator
from contextlib import suppress
from os import path, remove, stat, walk

FOLDERS = ("/tmp", "/dev/shm")
_rmtree = shutil.rmtree


def snapshot() -> frozenset[str]:
    """All paths below the writable folders."""
    return frozenset(found for found, _, _ in _paths())


def restore(kept: frozenset[str]) -> None:
    """Removes what was not there."""
    for found, is_folder, siblings in _paths():
        if found in kept:
            continue
        if is_folder:
            siblings.remove(path.basename(found))
            _rmtree(found, ignore_errors=True)
        else:
            with suppress(OSError):
                remove(found)


def _paths() -> Iterator[tuple[str, bool, list[str]]]:
    """Every path, whether it is a folder, and the list of folders still to be walked."""
    for top in FOLDERS:
        device = stat(top).st_dev
        for folder, folders, files in walk(top):
            # The system's own folders may be mounted below: they are read-only, and large.
            folders[:] = [name for name in folders if _on(device, path.join(folder, name))]
            for name in tuple(folders):
                yield path.join(folder, name), True, folders
            for name in files:
                yield path.join(folder, name), False, folders


def _on(device: int, folder: str) -> bool:
    try:
        return stat(folder, follow_symlinks=False).st_dev == device
    except OSError:
        return False
