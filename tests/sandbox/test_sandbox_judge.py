"""A verdict is the same, whether the code ran beside the judge or in a sandbox."""

import json
from pathlib import Path

import pytest

from autograder import checks
from autograder.judge import judge
from autograder.sandbox import CodeCell, open_session
from autograder.subject import LocalSubject
from autograder.verdict import ExerciseVerdict

REPO = Path(__file__).parents[2]
SEED = 7
# Makes importable, in this one sandbox, what a sandbox never has: the course's own answers.
FINDER = """
import importlib, importlib.abc, importlib.util, json, sys
SOURCES = json.loads({sources!r})

class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    def find_spec(self, name, path=None, target=None):
        parts = "/".join(name.split("."))
        for file in (parts + ".py", parts + "/__init__.py"):
            if file in SOURCES:
                package = file.endswith("__init__.py")
                spec = importlib.util.spec_from_loader(name, self, is_package=package)
                spec.loader_state = file
                return spec
    def exec_module(self, module):
        file = module.__spec__.loader_state
        exec(compile(SOURCES[file], "/grader/" + file, "exec"), module.__dict__)

sys.meta_path.insert(0, Finder())
CHECKS = importlib.import_module("autograder.checks." + {slug!r}).CHECKS
for exercise in CHECKS:
    globals()[exercise.name + "_0"] = exercise.reference
    for i, mistake in enumerate(exercise.misconceptions, 1):
        globals()[f"{{exercise.name}}_{{i}}"] = mistake.implementation()
"""
JUDGED = [f"autograder/{name}.py" for name in ("spec", "compare", "chance", "sample", "show")]


def course_as_a_cell(slug: str) -> CodeCell:
    paths = [*REPO.glob("attn/**/*.py"), *REPO.glob("autograder/checks/**/*.py")]
    paths += [REPO / name for name in JUDGED]
    sources = {str(path.relative_to(REPO)): path.read_text() for path in paths}
    # The sandbox's own modules stay as they are.
    return CodeCell(slug, FINDER.format(sources=json.dumps(sources), slug=slug))


def what_matters(verdict: ExerciseVerdict) -> dict[str, object]:
    """All but what may differ between two runs: the time, and the numbers of random answers."""
    facts = [(fact.name, fact.status) for fact in verdict.facts]
    return verdict.model_dump(exclude={"seconds", "facts", "evidence"}) | {"facts": facts}


@pytest.mark.parametrize("slug", ["human_attention", "queries_keys_values"])
def test_the_verdict_is_that_of_the_judge_alone(slug):
    with open_session([course_as_a_cell(slug)], []) as session:
        assert session.log[0].status == "ok", session.log
        for exercise in checks.load(slug):
            mistakes = [mistake.implementation() for mistake in exercise.misconceptions]
            for i, answer in enumerate([exercise.reference, *mistakes]):
                alone = judge(exercise, LocalSubject(answer), seed=SEED)
                apart = judge(exercise, session.subject(f"{exercise.name}_{i}"), seed=SEED)
                assert what_matters(apart) == what_matters(alone)
                assert alone.status == ("passed" if i == 0 else "failed")
