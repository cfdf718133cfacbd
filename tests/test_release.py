"""One source, two notebooks: what the author writes, what students get, what the manifest says."""

import json
import re
import shutil
from pathlib import Path

import nbformat
import pytest
from nbgrader.utils import compute_checksum

from autograder import checks, release
from autograder.manifest import Manifest
from autograder.source import ROOT, ReleaseError, source_notebook

SLUG = "queries_keys_values"
NOTEBOOK = Path("exercises", SLUG, f"{SLUG}.ipynb")
MANIFEST = Path("autograder", "manifests", f"{SLUG}.json")


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A folder that holds what a release is made of, and nothing else."""
    shutil.copy(ROOT / "_config.yml", tmp_path)
    (tmp_path / "solutions").mkdir()
    shutil.copy(ROOT / "solutions" / f"{SLUG}.md", tmp_path / "solutions")
    return tmp_path


@pytest.fixture
def solution(checkout: Path) -> Path:
    return checkout / "solutions" / f"{SLUG}.md"


def replace(file: Path, old: str, new: str) -> None:
    text = file.read_text("utf-8")
    assert old in text, f"the test is out of date: {old!r} is not in {file.name}"
    file.write_text(text.replace(old, new, 1), "utf-8")


def cell_of(released: bytes, grade_id: str) -> nbformat.NotebookNode:
    cells = nbformat.reads(released.decode(), 4).cells
    [found] = [c for c in cells if c.metadata.get("nbgrader", {}).get("grade_id") == grade_id]
    return found


def test_the_same_bytes_on_every_run_and_in_every_folder(checkout: Path):
    here = release.build([SLUG])
    assert release.build([SLUG]) == here
    assert release.build([SLUG], checkout) == here


def test_one_slug_gives_the_same_bytes_as_all_of_them():
    everything = release.build()
    assert {path: everything[path] for path in (NOTEBOOK, MANIFEST)} == release.build([SLUG])


def test_what_is_committed_is_current():
    assert release.stale() == []


def test_nbgrader_gave_locks_checksums_and_points():
    released = release.build([SLUG])[NOTEBOOK]
    for exercise in checks.load(SLUG):
        check, answer = (
            cell_of(released, exercise.name),
            cell_of(released, f"{exercise.name}_answer"),
        )
        assert check.metadata.nbgrader.points == exercise.points
        assert check.metadata.nbgrader.locked
        assert check.metadata.editable is False
        assert check.metadata.nbgrader.checksum == compute_checksum(check)
        assert check.id == exercise.name
        assert answer.metadata.nbgrader.checksum == compute_checksum(answer)
        assert answer.metadata.deletable is False
        assert "editable" not in answer.metadata


def test_cell_ids_stay_where_a_cell_is_added_elsewhere(checkout: Path, solution: Path):
    before = {cell.id: cell.source for cell in source_notebook(SLUG, checkout).cells}
    replace(solution, "## 6. A dictionary", "New words.\n\n+++\n\n## 6. A dictionary")
    after = {cell.id: cell.source for cell in source_notebook(SLUG, checkout).cells}
    changed = {id for id in before if before[id] != after.get(id)}
    section_6 = {id for id, source in before.items() if source.startswith("## 6.")}
    assert changed == section_6


def test_students_get_no_rubric_and_no_model_answer():
    released = release.build([SLUG])[NOTEBOOK].decode()
    assert "Rubric" not in released
    assert "cos" not in cell_of(released.encode(), "keys_tie").source
    assert any("rubric" in c.metadata.get("tags", []) for c in source_notebook(SLUG).cells)


def test_addresses_come_from_the_books_settings(checkout: Path):
    replace(
        checkout / "_config.yml", "https://github.com/attnbook/attnbook", "https://example.org/x"
    )
    assert b"git+https://example.org/x" in release.build([SLUG], checkout)[NOTEBOOK]


def test_the_manifest_says_what_the_checks_say():
    exercises = checks.load(SLUG)
    manifest = Manifest.load(SLUG)
    assert {e.name: e.points for e in manifest.exercises} == {e.name: e.points for e in exercises}
    assert manifest.provides == exercises.provides
    assert manifest.title == exercises.title
    assert [w.points for w in manifest.written] == [3]
    assert manifest.sha256 == release.sha256(ROOT / NOTEBOOK)


def test_write_mends_what_stale_finds(checkout: Path, solution: Path):
    assert release.stale(root=checkout) == [MANIFEST, NOTEBOOK]
    assert release.write(root=checkout) == [MANIFEST, NOTEBOOK]
    assert release.stale(root=checkout) == []
    replace(solution, "You will write attention itself.", "You will write attention.")
    assert release.stale(root=checkout) == [MANIFEST, NOTEBOOK]
    assert release.write(root=checkout) == [MANIFEST, NOTEBOOK]
    assert release.stale(root=checkout) == []


def test_an_edited_exercise_is_stale_and_written_anew(checkout: Path):
    release.write(root=checkout)
    edited = json.loads((checkout / NOTEBOOK).read_text("utf-8"))
    edited["cells"][0]["source"] = "edited"
    (checkout / NOTEBOOK).write_text(json.dumps(edited), "utf-8")
    assert release.stale(root=checkout) == [NOTEBOOK]
    assert release.write(root=checkout) == [NOTEBOOK]


def test_what_an_earlier_slug_left_is_stale_and_taken_away(checkout: Path):
    release.write(root=checkout)
    left = Path("exercises", "old_name", "old_name.ipynb")
    (checkout / left).parent.mkdir()
    (checkout / left).write_text("{}")
    assert release.stale(root=checkout) == [left]
    release.write(root=checkout)
    assert not (checkout / left).exists()


def test_nothing_is_written_where_one_source_is_wrong(checkout: Path, solution: Path):
    release.write(root=checkout)
    before = (checkout / NOTEBOOK).read_bytes()
    replace(solution, "You will write attention itself.", "Other words.")
    replace(solution, "    ### END SOLUTION\n", "")
    with pytest.raises(ReleaseError):
        release.write(root=checkout)
    assert (checkout / NOTEBOOK).read_bytes() == before
    assert sorted(p.name for p in (checkout / NOTEBOOK).parent.iterdir()) == [NOTEBOOK.name]


CHECK = "```{code-cell} ipython3\ncheck(entropy)\n```\n"
WRITTEN = '+++ {"written": "keys_tie", "points": 3}'


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (CHECK, "", r"nothing checks entropy; add a cell `check\(entropy\)`"),
        (
            CHECK,
            CHECK + CHECK,
            r"cell \d+ \('check\(entropy\)'\): there is a second cell 'entropy'",
        ),
        ("check(entropy)", "check(entrpy)", r"cell \d+ .*no exercise is called entrpy; there are"),
        ("def entropy(", "def entropie(", r"cell \d+ \('def entropie.*defines none; the exercises"),
        ("def entropy(weights):", "def entropy(weights:", r"cell \d+ .*line \d+: .*; correct it"),
        ("    ### END SOLUTION\n", "", r"cell \d+ .*add a line ### END SOLUTION"),
        ("    ### END SOLUTION\n", "    ### BEGIN SOLUTION\n", r"cell \d+ .*has no partner"),
        ("    ### BEGIN SOLUTION\n", "", r"cell \d+ .*'### END SOLUTION' has no partner"),
        (
            CHECK,
            CHECK.replace("ipython3\n", "ipython3\n:points: 2\n"),
            r"cell \d+ .*points of an exercise come from its check alone",
        ),
        (WRITTEN, '+++ {"written": "keys_tie"}', r"cell \d+ .*say what it is worth"),
        (WRITTEN, '+++ {"written": "keys_tie", "points": -1}', r"cell \d+ .*say what it is worth"),
        (WRITTEN, '+++ {"written": "Keys tie", "points": 1}', r"cell \d+ .*small letters"),
        (WRITTEN, "+++", r"cell \d+ .*a solution in words needs a name and points"),
        ("{{book}}", "{{bok}}", r"\{\{bok\}\} is no address"),
    ],
)
def test_a_mistake_of_the_author_is_said_in_one_sentence(
    checkout: Path, solution: Path, old: str, new: str, sentence: str
):
    replace(solution, old, new)
    with pytest.raises(ReleaseError, match=sentence) as caught:
        release.build([SLUG], checkout)
    assert str(caught.value).startswith(f"solutions/{SLUG}.md")
    assert "\n" not in str(caught.value)


def test_a_check_above_its_answer_is_refused(checkout: Path, solution: Path):
    text = solution.read_text("utf-8").replace(CHECK, "", 1)
    solution.write_text(text.replace("## 3. How", f"{CHECK}\n## 3. How", 1), "utf-8")
    with pytest.raises(ReleaseError, match=r"check\(entropy\) stands above its answer; move it"):
        release.build([SLUG], checkout)


def test_an_exercise_without_an_answer_cell_is_refused(checkout: Path, solution: Path):
    text = solution.read_text("utf-8")
    start = text.index("```{code-cell} ipython3\ndef entropy")
    end = text.index("```\n", start + 3) + 4
    solution.write_text(text[:start] + text[end:], "utf-8")
    with pytest.raises(ReleaseError, match="no cell solves entropy; add one that defines it"):
        release.build([SLUG], checkout)


def test_a_solution_without_checks_is_refused(checkout: Path, solution: Path):
    shutil.copy(solution, solution.with_name("no_such_slug.md"))
    with pytest.raises(ReleaseError, match=r"no_such_slug\.md has no checks: add"):
        release.build(root=checkout)


def test_outside_a_checkout_the_sentence_says_where_to_go(tmp_path: Path):
    with pytest.raises(FileNotFoundError, match="run this in a checkout"):
        release.build(root=tmp_path)


def test_ids_are_unique_and_as_nbformat_wants_them():
    for path, content in release.build().items():
        if path.suffix == ".ipynb":
            ids = [cell["id"] for cell in json.loads(content)["cells"]]
            assert len(set(ids)) == len(ids)
            assert all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", name) for name in ids)
