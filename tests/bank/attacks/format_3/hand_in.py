import json
from pathlib import Path


def hand_in(notebook: dict, path: Path) -> None:
    path.write_text(
        json.dumps({"nbformat": 3, "nbformat_minor": 0, "metadata": {}, "worksheets": []})
    )
