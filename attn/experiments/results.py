"""What the benchmarks measured over all seeds, for the pages that show it."""

import json
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[2] / "benchmarks/results"


def measured(slug: str) -> dict[str, Any]:
    """The results of ``python -m benchmarks.<slug>``.

    Raises FileNotFoundError outside a clone of the repository, where the result files lie.
    """
    path = FOLDER / f"{slug}.json"
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing: work in a clone of the repository, "
            f"or measure it with `python -m benchmarks.{slug}`"
        )
    return json.loads(path.read_text("utf-8"))["results"]
