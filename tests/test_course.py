"""A course folder: nbgrader's own commands work in it, and none of them runs students' code."""

import json
import shutil
from pathlib import Path

import pytest
from courses import formgrader, nbgrader
from nbgrader.api import Gradebook

from autograder import checks, release
from autograder.course import CourseError, assemble, open_course, safe_markdown
from autograder.source import ROOT

SLUG = "queries_keys_values"


def test_it_holds_every_release_with_its_points(course: Path):
    for slug in checks.slugs():
        file = Path(slug, f"{slug}.ipynb")
        assert (course / "release" / file).read_bytes() == (ROOT / "exercises" / file).read_bytes()
        assert "Rubric" in (course / "source" / file).read_text("utf-8")
        with Gradebook(open_course(course)[0].db_url) as gradebook:
            points = {e.name: e.points for e in checks.load(slug)}
            found = gradebook.find_notebook(slug, slug)
            assert points == {
                cell.name: cell.max_score for cell in found.grade_cells if cell.name in points
            }


def test_nbgrader_makes_the_same_release_from_its_sources(course: Path):
    file = course / "release" / SLUG / f"{SLUG}.ipynb"
    before = file.read_bytes()
    file.unlink()
    made = nbgrader(course, "generate_assignment", SLUG, "--force")
    assert made.returncode == 0, made.stderr
    assert file.read_bytes() == before


def test_again_changes_nothing(course: Path):
    assemble(course)
    files = {path: path.read_bytes() for path in course.rglob("*") if path.is_file()}
    with Gradebook(open_course(course)[0].db_url) as gradebook:
        gradebook.update_or_create_student("ada")
    files.pop(course / "gradebook.db")
    assemble(course)
    assert files == {path: path.read_bytes() for path in files}
    with Gradebook(open_course(course)[0].db_url) as gradebook:
        assert [student.id for student in gradebook.students] == ["ada"]


def test_it_is_its_owners_alone(empty_course: Path):
    assert empty_course.stat().st_mode & 0o777 == 0o700


def test_a_foreign_folder_is_left_alone(tmp_path: Path):
    (tmp_path / "thesis.tex").write_text("years of work")
    with pytest.raises(FileExistsError, match=r"holds other things .* name a new or empty folder"):
        assemble(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_another_nbgrader_course_is_left_alone(tmp_path: Path):
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()")
    with pytest.raises(FileExistsError):
        assemble(tmp_path)
    assert (tmp_path / "nbgrader_config.py").read_text() == "c = get_config()"


def test_an_instructors_settings_stay(course: Path):
    with (course / "nbgrader_config.py").open("a") as configuration:
        configuration.write('c.LateSubmissionPlugin.penalty_method = "zero"\n')
    assemble(course)
    assert open_course(course)[1].LateSubmissionPlugin.penalty_method == "zero"


@pytest.fixture
def older(course: Path) -> Path:
    """The course as if it had been made of an earlier release."""
    file = course / "release" / SLUG / f"{SLUG}.ipynb"
    file.write_text(file.read_text("utf-8").replace("You will write", "You shall write"), "utf-8")
    return course


def test_an_older_release_is_renewed(older: Path):
    assemble(older)
    file = Path(SLUG, f"{SLUG}.ipynb")
    assert (older / "release" / file).read_bytes() == (ROOT / "exercises" / file).read_bytes()


def test_grades_of_an_older_release_are_never_lost(older: Path):
    with Gradebook(open_course(older)[0].db_url) as gradebook:
        gradebook.update_or_create_student("ada")
        gradebook.update_or_create_submission(SLUG, "ada")
    with pytest.raises(CourseError, match=r"holds grades of an earlier release .* another folder"):
        assemble(older)
    with Gradebook(open_course(older)[0].db_url) as gradebook:
        assert gradebook.find_submission(SLUG, "ada")


def test_a_stale_checkout_makes_no_course(tmp_path: Path):
    shutil.copytree(ROOT / "solutions", tmp_path / "checkout" / "solutions")
    shutil.copy(ROOT / "_config.yml", tmp_path / "checkout")
    with pytest.raises(CourseError, match="stale: run `autograder release`"):
        assemble(tmp_path / "course", tmp_path / "checkout")
    assert not (tmp_path / "course").exists()


def test_no_course_is_said_so(tmp_path: Path):
    with pytest.raises(CourseError, match=f"make it with `autograder course {tmp_path}`"):
        open_course(tmp_path)


def test_nbgraders_lists_and_students(course: Path):
    assert nbgrader(course, "db", "student", "add", "ada").returncode == 0
    assert f"{SLUG} (due: None)" in nbgrader(course, "db", "assignment", "list").stdout
    with Gradebook(open_course(course)[0].db_url) as gradebook:
        assert [student.id for student in gradebook.students] == ["ada"]
    made = nbgrader(course, "release_assignment", SLUG)
    assert made.returncode == 0, made.stderr
    listed = nbgrader(course, "list")
    assert f"attention {SLUG}" in listed.stdout + listed.stderr


def test_formgrader_opens(course: Path):
    with formgrader(course) as fetch:
        assert "<title>nbgrader formgrade</title>" in fetch("manage_assignments")
        assignments = json.loads(fetch("api/assignments"))
    assert {found["name"] for found in assignments} == set(checks.slugs())
    [found] = [found for found in assignments if found["name"] == SLUG]
    assert found["max_score"] == sum(e.points for e in checks.load(SLUG)) + 3


@pytest.mark.parametrize(
    ("source", "gone"),
    [
        ("<script>alert(1)</script>", "script"),
        ("<img src=x onerror=alert(1)>", "onerror"),
        ("[a](javascript:alert(1))", "javascript"),
        ("[a]: javascript:alert(1)\n\n[b][a]", "javascript:"),
        ("[a](java&#115;cript:alert(1))", "href"),
        ("<iframe srcdoc='<b>'></iframe>", "iframe"),
        ("<style>*{display:none}</style>", "display"),
    ],
)
def test_a_strangers_markdown_is_harmless(source: str, gone: str):
    assert gone not in safe_markdown(source)


def test_markdown_keeps_its_mathematics_and_code():
    assert "$a &lt; b$" in safe_markdown("$a < b$")
    assert "<code>x &lt; y</code>" in safe_markdown("`x < y`")


def test_the_configuration_of_a_course_can_be_printed(course: Path):
    shown = str(open_course(course)[1])
    assert release.dotted(release.HideRubric) in shown
    assert "<class" not in shown
