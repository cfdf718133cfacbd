"""Puts the writable folders back as they were: a check must not fill or feed the next one's.

What a stranger left may be a million levels deep, bear no name that fits a path, and be closed to
its own user. So nothing recurses, folders are opened before they are read, and what lies in one
that goes is first moved up beside it.
"""

# Functions of os, bound by name here, and no methods of Path: a cell may replace those.
# ruff: noqa: PTH101, PTH102, PTH104, PTH106, PTH107, PTH115, PTH211
from contextlib import suppress
from os import DirEntry, chmod, lstat, mkdir, readlink, remove, rename, rmdir, scandir, symlink
from stat import S_IMODE, S_ISDIR, S_ISLNK

FOLDERS = ("/tmp", "/dev/shm")
DEEPEST = 64  # folders that a notebook's own files lie in; what is deeper is not looked at
Kept = dict[str, tuple[int, ...] | tuple[str, int]]


def snapshot() -> Kept:
    """What is below the writable folders: of each folder its mode, of all else what marks it."""
    kept: Kept = {}
    for top in FOLDERS:
        device = lstat(top).st_dev
        kept[top] = (S_IMODE(lstat(top).st_mode),)
        for entry in _below(top, device):
            with suppress(OSError):
                kept[entry.path] = _mark(entry.path)
    return kept


def restore(kept: Kept) -> bool:
    """Removes what was not there; whether all that was is there still, and unchanged."""
    whole = True
    for path, mark in kept.items():  # a folder comes before what is in it
        whole &= _put_back(path, mark)
    for top in FOLDERS:
        device = lstat(top).st_dev
        for entry in list(_below(top, device, kept)):
            if entry.path not in kept:
                _remove(entry, top)
    return whole


def _mark(path: str) -> tuple[int, ...] | tuple[str, int]:
    is_ = lstat(path)
    if S_ISDIR(is_.st_mode):
        return (S_IMODE(is_.st_mode),)
    if S_ISLNK(is_.st_mode):
        return (readlink(path), 0)
    # The time of the last change of a file or its name is the kernel's: no call sets it.
    return (is_.st_ino, is_.st_size, is_.st_ctime_ns)


def _put_back(path: str, mark: tuple[int, ...] | tuple[str, int]) -> bool:
    with suppress(OSError):
        if _mark(path) == mark:
            return True
        if len(mark) == 1 and S_ISDIR(lstat(path).st_mode):
            chmod(path, mark[0])  # type: ignore[arg-type]
            return True
    with suppress(OSError):  # something else bears its name, or nothing
        remove(path)
    with suppress(OSError):
        if len(mark) == 1:
            mkdir(path)
            chmod(path, mark[0])  # type: ignore[arg-type]
        elif len(mark) == 2:
            symlink(mark[0], path)  # type: ignore[arg-type]
    return False


def _below(top: str, device: int, kept: Kept | None = None) -> "list[DirEntry[str]]":
    """What is below a folder, outer ones first; given ``kept``, only folders of it are entered."""
    found, folders = [], [(top, 0)]
    for folder, depth in folders:  # which grows
        with suppress(OSError), scandir(folder) as entries:
            for entry in entries:
                # The system's own folders may be mounted below: they are read-only, and large.
                if lstat(entry.path).st_dev != device:
                    continue
                found.append(entry)
                known = kept is None or entry.path in kept
                if known and depth < DEEPEST and entry.is_dir(follow_symlinks=False):
                    folders.append((entry.path, depth + 1))
    return found


def _remove(entry: "DirEntry[str]", top: str) -> None:
    if not entry.is_dir(follow_symlinks=False):
        with suppress(OSError):
            remove(entry.path)
        return
    going, serial = [entry.path], 0
    for folder in going:  # which grows
        with suppress(OSError):
            chmod(folder, 0o700)
            with scandir(folder) as entries:
                inside = list(entries)
            for below in inside:
                if below.is_dir(follow_symlinks=False):
                    chmod(below.path, 0o700)
                    serial += 1
                    up = f"{top}/.going-{id(going)}-{serial}"
                    rename(below.path, up)
                    going.append(up)
                else:
                    remove(below.path)
            rmdir(folder)
