"""What goes into a sandbox, what comes out beside the answers, and how much of everything."""

from dataclasses import dataclass, replace
from typing import Literal

from autograder.subject import StudentError


@dataclass(frozen=True)
class Limits:
    """How much a submission may use.

    Times are wall-clock seconds. ``memory_mb`` (MiB) is what the code may use beyond Python and
    torch themselves; it holds for each process and, where the machine allows, for all of them
    together. ``processes`` counts threads too. ``tmp_mb`` (MiB) is the size of each of /tmp and
    /dev/shm; no single file may be larger. ``output_kb`` (KiB) is how much is kept of what one cell
    prints on each of stdout and stderr; the rest is thrown away. ``gpu_share`` is the part of a
    GPU's memory that each submission may use, where code runs on one.
    """

    seconds_per_check: float = 30.0
    seconds_per_cell: float = 60.0
    seconds_in_all: float = 600.0
    memory_mb: int = 3072
    processes: int = 64
    tmp_mb: int = 128
    output_kb: int = 256
    gpu_share: float = 0.45

    def for_machine(self, factor: float) -> "Limits":
        """The same, with times for a machine on which everything takes ``factor`` times longer."""
        return replace(
            self,
            seconds_per_check=self.seconds_per_check * factor,
            seconds_per_cell=self.seconds_per_cell * factor,
            seconds_in_all=self.seconds_in_all * factor,
        )


@dataclass(frozen=True)
class CodeCell:
    """One code cell of a notebook."""

    id: str
    source: str


@dataclass(frozen=True)
class CellLog:
    """What happened when a cell ran. ``died``: its process ended; ``timeout``: it was ended.

    ``shown``: the text of its last expression's value, where the notebook would show one.
    """

    id: str
    status: Literal["ok", "error", "died", "timeout"]
    error: StudentError | None = None
    stdout: str = ""
    stderr: str = ""
    seconds: float = 0.0
    shown: str | None = None


class SandboxMissing(RuntimeError):
    """Code cannot be isolated here: what is missing, and the command that mends it."""
