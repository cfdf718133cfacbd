"""Runs a submission's code apart from everything else, and answers for it as a ``Subject``."""

from autograder.sandbox.limits import CellLog, CodeCell, Limits, SandboxMissing
from autograder.sandbox.nursery import Backend, close_nurseries
from autograder.sandbox.session import Session, open_session

__all__ = [
    "Backend",
    "CellLog",
    "CodeCell",
    "Limits",
    "SandboxMissing",
    "Session",
    "close_nurseries",
    "open_session",
]
