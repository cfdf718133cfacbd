"""Runs a submission's code apart from everything else, and answers for it as a ``Subject``."""

from autograder.sandbox.limits import CellLog, CodeCell, Limits, SandboxMissing
from autograder.sandbox.session import Session, open_session

__all__ = ["CellLog", "CodeCell", "Limits", "SandboxMissing", "Session", "open_session"]
