"""A sandbox that several tests share: to start one takes as long as to import torch."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from asking import SHORT

from autograder.sandbox import CodeCell, Session, open_session
from autograder.subject import LocalSubject, Subject

ANSWERS = Path(__file__).with_name("student_answers.py")


@pytest.fixture(scope="session")
def answers() -> Iterator[Session]:
    """A sandbox in which ``student_answers.py`` has run."""
    with open_session([CodeCell("answers", ANSWERS.read_text())], [], SHORT) as session:
        assert [log.status for log in session.log] == ["ok"], session.log
        yield session


@pytest.fixture(params=["local", "sandbox"])
def subject_of(request: pytest.FixtureRequest, answers: Session) -> Callable[[str], Subject]:
    """A subject by its name in the answers: of this process, and of a sandbox."""
    if request.param == "sandbox":
        return answers.subject
    namespace: dict[str, object] = {"__name__": "student_answers"}
    exec(compile(ANSWERS.read_text(), str(ANSWERS), "exec"), namespace)
    return lambda name: LocalSubject(namespace[name])
