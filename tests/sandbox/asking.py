"""What the tests of the sandbox share: short limits, and one question."""

from autograder.sandbox import Limits
from autograder.subject import Call, Program, Reply, Subject

SHORT = Limits(seconds_per_check=4, seconds_per_cell=3, memory_mb=512, tmp_mb=16, processes=32)


def ask(subject: Subject, *args: object, **program: object) -> Reply:
    """The reply to one call."""
    calls = (Call({f"a{i}": arg for i, arg in enumerate(args)}),)
    return subject.run(Program(calls, **program))
