"""Run a widget's pure functions in Node, to compare them with their twins in Python."""

import json
import subprocess
from pathlib import Path
from typing import Any

from attn.widgets import base


def call(folder: Path, widget: str, function: str, arguments: list[list[Any]]) -> list[Any]:
    """What ``function`` of a widget's module returns for each list of arguments, in one process."""
    module = folder / f"{widget}.mjs"
    module.write_text(base.source(widget), "utf-8")
    program = (
        f'import {{ {function} }} from "./{module.name}";'
        "let text = ''; for await (const part of process.stdin) text += part;"
        f"console.log(JSON.stringify(JSON.parse(text).map((a) => {function}(...a))));"
    )
    run = subprocess.run(
        ["node", "--input-type=module", "-e", program],
        input=json.dumps(arguments),
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)
