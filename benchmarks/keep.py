"""Results that survive an interruption: each is written as soon as it is measured."""

import json
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import torch

FOLDER = Path(__file__).parent / "results"


def about(name: str) -> dict[str, Any]:
    """What a result file says of how it was made."""
    return {
        "command": f"python -m benchmarks.{name}",
        "python": platform.python_version(),
        "torch": torch.__version__.split("+")[0],
        "numpy": numpy.__version__,
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, one thread",
    }


class Kept:
    """A result file ``results/<name>.json``; what it holds already is not measured again.

    To measure anew, delete the file.
    """

    def __init__(self, name: str, folder: Path = FOLDER) -> None:
        self.path = folder / f"{name}.json"
        self.content = about(name) | {"results": {}}
        if self.path.exists():
            self.content["results"] = json.loads(self.path.read_text("utf-8"))["results"]

    def measure(
        self, key: tuple[str | int, ...], measured: Callable[..., Any], *args: Any, **options: Any
    ) -> None:
        """Puts what ``measured`` returns at ``results[key[0]][key[1]]…``, unless it is there."""
        *path, name = map(str, key)
        place = self.content["results"]
        for step in path:
            place = place.setdefault(step, {})
        if name in place:
            return
        start = time.process_time()
        place[name] = measured(*args, **options)
        self.path.parent.mkdir(exist_ok=True)
        draft = self.path.with_suffix(".draft")
        draft.write_text(json.dumps(self.content, indent=1, sort_keys=True) + "\n", "utf-8")
        draft.replace(self.path)
        print(*key, place[name], f"{time.process_time() - start:.0f} s", flush=True)
