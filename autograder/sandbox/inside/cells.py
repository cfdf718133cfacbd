"""Runs a notebook's cells one after another, as Jupyter does, with IPython's shell."""

import builtins
from typing import Any

from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from autograder.sandbox.wire import Failure
from autograder.subject import describe


class _Shell(InteractiveShell):
    def enable_gui(self, gui: str | None = None) -> None:
        """There is no window to draw in."""


def make_shell() -> InteractiveShell:
    """IPython's shell, without history, colours or pictures: what is shown, is shown as text."""
    config = Config()
    config.HistoryManager.enabled = False  # it would start a thread, and threads do not fork
    config.InteractiveShell.colors = "nocolor"
    config.DisplayFormatter.active_types = ["text/plain"]
    shell = _Shell.instance(config=config)
    shell.user_ns["input"] = _nobody_answers
    builtins.input = _nobody_answers
    return shell


def run_cell(shell: InteractiveShell, source: str) -> Failure | None:
    """Runs one cell; what it raised, or None."""
    result = shell.run_cell(source, store_history=True)
    error = result.error_before_exec or result.error_in_exec
    return failure(error) if error is not None else None


def failure(error: BaseException) -> Failure:
    """An exception as it is sent; its texts are the student's, so only plain ones are kept."""
    told = describe(error)
    return Failure(
        type=_plain(told.type, 500),
        message=_plain(told.message, 4000),
        where=_plain(told.where, 500),
    )


def _plain(text: Any, length: int) -> str:
    return str.encode(text, "utf-8", "replace").decode()[:length] if isinstance(text, str) else ""


def _nobody_answers(*_: object) -> str:
    raise RuntimeError("input() has nobody to ask: this notebook runs by itself")
