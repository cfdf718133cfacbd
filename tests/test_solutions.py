"""The instructor's solutions pass every check on every device, whatever the seed."""

import secrets

import pytest

from autograder import checks, verify
from autograder.judge import judge
from autograder.subject import LocalSubject


@pytest.mark.parametrize("slug", checks.slugs())
def test_every_solution_passes_on_every_device(slug, device):
    course, report = checks.load(slug), verify.Report()
    solved = verify.defined(verify.ROOT / f"solutions/{slug}.md", course, report)
    assert not report.problems
    for exercise in course:
        subject = LocalSubject(solved[exercise.name])
        for seed in (0, secrets.randbelow(2**31)):
            verdict = judge(exercise, subject, seed=seed, devices=(device.type,))
            failed = [fact.because for fact in verdict.facts if fact.status == "failed"]
            assert verdict.status == "passed", (exercise.name, seed, verdict.error, failed)
