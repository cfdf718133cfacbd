"""What an instructor sees while a class is graded; on a pipe, nothing."""

from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    ProgressColumn,
    Task,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text


class _Rate(ProgressColumn):
    """Submissions a minute, of late."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        return Text(f"{60 * speed:.0f} a minute" if speed else "")


class Bar:
    """A bar with count, rate and time left; lines told to it stay above it."""

    def __init__(self, total: int, console: Console) -> None:
        columns = (
            TextColumn("grading"),
            BarColumn(),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
            TextColumn("{task.description}", style="dim"),
        )
        shown = console.is_terminal and total > 0
        self._progress = Progress(*columns, console=console, disable=not shown)
        self._task = self._progress.add_task("starting workers", total=total)
        self._shown = shown

    def __enter__(self) -> "Bar":
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def advance(self, count: int) -> None:
        """So many more are done."""
        self._progress.advance(self._task, count)

    def workers(self, count: int) -> None:
        """So many workers are there."""
        words = "1 worker" if count == 1 else f"{count} workers"
        self._progress.update(self._task, description=words)

    def tell(self, line: str) -> None:
        """A line that stays."""
        if self._shown:
            self._progress.console.print(line, style="yellow", markup=False, highlight=False)
