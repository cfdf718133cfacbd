"""The JSON Schema of a verdict, for programs that read one. ``python -m autograder.schema``."""

import json
from pathlib import Path

from autograder.verdict import Verdict

PATH = Path(__file__).parent / "schemas" / "verdict.schema.json"


def schema() -> str:
    """The schema as the committed file should have it."""
    made = Verdict.model_json_schema(mode="serialization")
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    PATH.write_text(schema(), encoding="utf-8")
