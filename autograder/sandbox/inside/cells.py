"""Runs a notebook's cells one after another, as Jupyter does, with IPython's shell."""

import builtins
from contextlib import suppress
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.interactiveshell import InteractiveShell
from traitlets import Type
from traitlets.config import Config

from autograder.sandbox.wire import Failure
from autograder.subject import describe

MAX_SHOWN = 500  # characters of a result that are told apart from what is printed


class _Hook(DisplayHook):
    """Prints results, as IPython does, and keeps the last one's text."""

    shown: str | None = None

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        if "text/plain" in format_dict:
            self.shown = _plain(format_dict["text/plain"], MAX_SHOWN)
        super().write_format_data(format_dict, md_dict)


class _Shell(InteractiveShell):
    displayhook_class = Type(_Hook)

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


def run_and_show(shell: InteractiveShell, source: str) -> dict[str, Any]:
    """As ``run_cell``, by the names that a reply has: also the text of what the cell shows."""
    hook: Any = shell.displayhook  # the one before the cell: it may put another in its place
    with suppress(Exception):
        hook.shown = None
    found = run_cell(shell, source)
    shown = None
    with suppress(Exception):
        shown = hook.shown
    return {"failure": found, "shown": shown if type(shown) is str else None}


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
