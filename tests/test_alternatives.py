"""Right answers, written otherwise: full marks, whatever the seed, here and in a real sandbox.

They are folders of ``tests/bank/alternatives``. Two seeds a run; 200 in ``make proof``.
"""

import secrets
from collections import Counter
from pathlib import Path

import nbformat
import pytest
from bank.build import alternative, alternatives
from bank.trial import tried

from autograder import checks
from autograder.classroom import grade_class
from autograder.verdict import Verdict

NAMES = alternatives()
ONCE_REFUSED = {"tiles_of_queries": (1142,)}


@pytest.mark.parametrize("name", NAMES)
def test_a_right_answer_is_never_refused(name: str, device):
    seeds = (0, secrets.randbelow(2**31), *ONCE_REFUSED.get(name, ()))
    assert tried(name, seeds, device.type) == [], alternative(name).unusual


def test_every_exercise_has_been_written_otherwise():
    answered = Counter(exercise for name in NAMES for exercise in alternative(name).exercises)
    known = {exercise.name for slug in checks.slugs() for exercise in checks.load(slug)}
    few = {name: answered[name] for name in known if answered[name] < 3}
    assert not few, "add an alternative: see CONTRIBUTING.md"
    assert len(NAMES) >= 40


def test_an_alternative_must_say_what_is_unusual(monkeypatch, tmp_path):
    monkeypatch.setattr("bank.build.ALTERNATIVES", tmp_path)
    (tmp_path / "plain").mkdir()
    (tmp_path / "plain/answer.py").write_text("# %% entropy\n")
    with pytest.raises(ValueError, match="must begin with"):
        alternative("plain")


def test_a_wrong_answer_would_be_seen(monkeypatch, tmp_path):
    """The trial itself can fail: by a wrong answer, a cell that raises, a process that ends."""
    monkeypatch.setattr("bank.build.ALTERNATIVES", tmp_path)
    parts = {"wrong": "def entropy(w):\n    return -w.sum(-1)", "raises": "1 / 0"}
    for name, source in parts.items():
        (tmp_path / name).mkdir()
        first = "# queries_keys_values: Wrong.\n# %% entropy\n"
        (tmp_path / name / "answer.py").write_text(first + source)
    from bank.trial import refusals

    assert len(refusals("wrong", (0, 1))) == 2
    assert "ZeroDivisionError" in refusals("raises", ())[0]


@pytest.mark.bank
def test_whole_notebooks_get_full_marks(tmp_path: Path):
    """Each alternative's exercises, graded as a class is: by sandbox, judge and gradebook."""
    for name in NAMES:
        found = alternative(name)
        path = tmp_path / "submissions" / name / found.slug / f"{found.slug}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(found.notebook, path)
    summary = grade_class(tmp_path / "submissions", tmp_path / "course")
    assert (summary.graded, summary.broke, summary.rejected) == (len(NAMES), [], [])
    refused = {}
    for name in NAMES:
        found = alternative(name)
        file = tmp_path / "course/verdicts" / name / f"{found.slug}.json"
        verdict = Verdict.model_validate_json(file.read_bytes())
        for exercise in verdict.exercises:
            if exercise.exercise in found.exercises and exercise.points != exercise.max_points:
                because = [fact.because for fact in exercise.facts if fact.status == "failed"]
                refused[name, exercise.exercise] = (because, exercise.error)
        befell = [cell.error for cell in verdict.cells if cell.status != "ok" and not cell.exercise]
        if befell:
            refused[name] = befell
    assert refused == {}
