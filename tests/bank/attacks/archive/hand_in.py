import zipfile
from pathlib import Path


def hand_in(notebook: dict, path: Path) -> None:
    with zipfile.ZipFile(path.with_suffix(".zip"), "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("../escaped.txt", "above the folder")
        with archive.open(path.name, "w") as member:
            for _ in range(64):
                member.write(bytes(1 << 20))
