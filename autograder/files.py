"""Files that are written whole or not at all."""

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
