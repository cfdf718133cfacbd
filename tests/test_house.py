"""Promises that hold between files: one home for every fact, and nothing astray."""

import re
import tomllib
from importlib.metadata import distributions
from pathlib import Path

import yaml
from packaging.specifiers import SpecifierSet

from autograder import checks

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PINS = [
    line
    for line in (ROOT / "constraints.txt").read_text().splitlines()
    if line and not line.startswith("#")
]


def normal(name: str) -> str:
    return re.split(r"[<>=!~\[; ]", name, maxsplit=1)[0].lower().replace("_", "-")


def test_every_constraint_is_a_pin_and_torch_is_the_one_that_was_measured():
    assert all(re.fullmatch(r"[\w.-]+==[\w.+!]+", pin) for pin in PINS)
    assert "torch==2.13.0" in PINS


def test_every_dependency_is_pinned():
    extras = PROJECT["project"]["optional-dependencies"]
    wanted = {
        normal(name)
        for group in (PROJECT["project"]["dependencies"], *extras.values())
        for name in group
    }
    assert wanted - {normal(pin) for pin in PINS} == {"attnbook"}


def test_every_pin_can_be_installed_on_every_python_that_is_promised():
    """Debian 12 has 3.11.2, and a package that wants 3.11.5 cannot be had there."""
    low, high = re.findall(r"[\d.]+", PROJECT["project"]["requires-python"])
    ends = (f"{low}.0", f"3.{int(high.removeprefix('3.')) - 1}.0")
    here = {normal(one.name): one for one in distributions()}
    refused, known = [], 0
    for pin in PINS:
        name, number = pin.split("==")
        one = here.get(normal(name))
        if one is None or one.version.split("+")[0] != number:
            continue  # a dependency of another system
        known += 1
        wants = SpecifierSet(one.metadata.get("Requires-Python") or "")
        refused += [f"{pin} on {python}" for python in ends if python not in wants]
    assert known > 0.9 * len(PINS), "this environment is not the pinned one"
    assert refused == []


def test_conda_installs_nothing_that_pyproject_does_not_know():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *conda, pip = environment["dependencies"]
    assert [normal(name) for name in conda] == ["python", "pip"]
    assert pip == {"pip": ["--constraint constraints.txt", "-e .[all]"]}


def test_a_slug_names_its_chapter_its_solution_its_exercise_and_its_checks():
    slugs = set(checks.slugs())
    assert {path.stem for path in (ROOT / "solutions").glob("*.md")} == slugs
    assert {path.name for path in (ROOT / "exercises").iterdir() if path.is_dir()} == slugs
    assert {path.stem for path in (ROOT / "autograder/manifests").glob("*.json")} == slugs
    assert all((ROOT / f"book/{slug}.md").is_file() for slug in slugs)


def test_the_table_of_contents_lists_every_chapter_once():
    text = (ROOT / "book/_toc.yml").read_text()
    for slug in checks.slugs():
        assert len(re.findall(rf"\b{slug}$", text, flags=re.MULTILINE)) >= 1


# What draws, trains, reads and counts: no mechanism of a paper.
WITHOUT_EQUATIONS = {"plot", "palette", "train", "seq2seq", "classifier", "highlights"} | {
    "adversarial",
    "alignment",
    "intervals",
    "pictures",
    "sentiment_reader",
    "families",  # models put together from parts that have theirs
    "t5",
    "masked_reader",
}


def test_every_module_of_attn_with_an_equation_has_its_twin():
    twins = {path.name for path in (ROOT / "attn/equations").glob("*.py")}
    mechanisms = {
        path.name
        for path in (ROOT / "attn").glob("*.py")
        if path.name.removesuffix(".py") not in WITHOUT_EQUATIONS
    }
    assert mechanisms == twins - {"recurrent.py"}  # the cells of seq2seq
