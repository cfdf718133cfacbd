import json
from pathlib import Path


def hand_in(notebook: dict, path: Path) -> None:
    notebook["cells"][0]["source"] = "x" * (17 << 20)
    path.write_text(json.dumps(notebook))
