"""What is to be graded: everything that was chosen and has no current verdict."""

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from autograder.edition import edition
from autograder.layout import HandedIn, readable
from autograder.manifest import Manifest
from autograder.submission import Rejected, raw
from autograder.verdict import Verdict


@dataclass(frozen=True)
class Step:
    """One submission, and why it is graded now; ``why`` is empty where its verdict stands.

    ``before`` is the verdict on file.
    """

    turned: HandedIn
    why: str
    before: Verdict | None

    def __str__(self) -> str:
        return f"{self.turned}: {self.why}"


def verdict_file(course: Path, turned: HandedIn) -> Path:
    """Where a course keeps a submission's verdict."""
    return course / "verdicts" / turned.student / f"{turned.assignment}.json"


def verdict_in(file: Path) -> Verdict | None:
    """The verdict in a file, if there is one that can be read."""
    try:
        return Verdict.model_validate_json(file.read_bytes())
    except (FileNotFoundError, ValidationError):
        return None


def chosen(submissions: Collection[HandedIn], only: Collection[str]) -> list[HandedIn]:
    """The submissions that ``only`` names: students, assignments, or STUDENT/ASSIGNMENT.

    Students and assignments narrow each other; names of one kind add up. ``LookupError`` where a
    name is nobody's.
    """
    students = {turned.student for turned in submissions}
    assignments = {turned.assignment for turned in submissions}
    pairs = {str(turned) for turned in submissions}
    for name in only:
        if name not in students | assignments | pairs:
            raise LookupError(f"no student and no assignment {readable(name)!r} was handed in")
    named = students & set(only) or students
    of = assignments & set(only) or assignments
    pair = pairs & set(only)
    if pair and len(pair) == len(set(only)):
        return [turned for turned in submissions if str(turned) in pair]
    return [
        turned
        for turned in submissions
        if str(turned) in pair or (turned.student in named and turned.assignment in of)
    ]


def plan(
    submissions: Collection[HandedIn], releases: Mapping[str, Manifest], course: Path, force: bool
) -> list[Step]:
    """A step for each submission, in their order."""
    return [_step(turned, releases[turned.assignment], course, force) for turned in submissions]


def _step(turned: HandedIn, manifest: Manifest, course: Path, force: bool) -> Step:
    before = verdict_in(verdict_file(course, turned))
    if before is None:
        return Step(turned, "new", None)
    try:
        now = hashlib.sha256(raw(turned.path)).hexdigest()
    except Rejected as rejected:
        now = rejected.sha256
        same = (before.submission_sha256, before.reason) == (now, str(rejected))
    else:
        same = before.submission_sha256 == now
    reasons = {
        "another submission": not same,
        "another release": before.release_sha256 != manifest.sha256,
        "another grader": before.grader_sha256 != edition(manifest),
        "not judged last time": before.status == "incomplete",
        "forced": force,
    }
    return Step(turned, next((why for why, holds in reasons.items() if holds), ""), before)
