"""What the committed benchmarks measured, for the pages that show it."""

import json
from pathlib import Path
from typing import Any

_HERE = Path(__file__)
# In a checkout; in an installed wheel (see pyproject.toml).
_FOLDERS = (_HERE.parents[2] / "benchmarks/results", _HERE.parent / "results")


def record(name: str) -> dict[str, Any]:
    """The result file of ``python -m benchmarks.<name>``.

    ``LookupError`` says which there are.

    >>> record("proof")["command"]
    'python -m benchmarks.proof'
    """
    for folder in _FOLDERS:
        if (folder / f"{name}.json").is_file():
            return json.loads((folder / f"{name}.json").read_text("utf-8"))
    there = sorted(file.stem for folder in _FOLDERS for file in folder.glob("*.json"))
    raise LookupError(f"no benchmark has written {name}.json; there are: {', '.join(there)}")
