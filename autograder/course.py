"""An nbgrader course made of the released exercises, in which nbgrader keeps the books.

nbgrader's own ``autograde`` runs students' code beside the gradebook. In these courses it hands
them to ``autograder grade``, which runs them in a sandbox.
"""

import json
from pathlib import Path
from typing import Any

import nbformat
import nh3
from nbconvert.filters import markdown2html
from nbconvert.preprocessors import CSSHTMLHeaderPreprocessor
from nbformat import NotebookNode
from nbgrader.api import Gradebook
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import GetGrades, NbGraderPreprocessor
from nbgrader.utils import capture_log
from traitlets.config import Config
from traitlets.config.loader import PyFileConfigLoader

from autograder import release
from autograder.files import write_whole
from autograder.manifest import Manifest
from autograder.source import ROOT, source_notebook

CONFIG = "nbgrader_config.py"
_CONFIG_TEXT = '''\
"""An nbgrader course that `autograder course` made.

Students' notebooks go to submitted/<student>/<assignment>/. Grade them with `autograder grade`.
What you set below the last line is yours, and stays when the course is brought up to date:
    c.LateSubmissionPlugin.penalty_method = "zero"
    c.CourseDirectory.db_url = "postgresql+psycopg://user@host/database"
    c.Exchange.root = "/srv/attention/exchange"
"""

from pathlib import Path

from autograder.course import configure

c = get_config()  # noqa: F821
configure(c, Path(__file__).parent)
'''
# A kernel that nowhere exists: an nbgrader that does not read the configuration above would run
# students' code, and stops here instead, before the first cell.
_NO_KERNEL = {"name": "graded-by-autograder", "display_name": "autograder grade", "language": ""}


class CourseError(ValueError):
    """A course folder that cannot be used as asked; says what to do."""


class Disarm(NbGraderPreprocessor):
    """Takes the kernel out of the gradebook's copy of an assignment; students keep theirs."""

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        of = resources["nbgrader"]
        with Gradebook(of["db_url"]) as gradebook:
            notebook: Any = gradebook.find_notebook(of["notebook"], of["assignment"])
            notebook.kernelspec = json.dumps(_NO_KERNEL)
            gradebook.db.commit()
        return nb, resources


def safe_markdown(source: str) -> str:
    """Markdown as HTML without scripts, handlers and odd addresses: a stranger wrote it.

    >>> safe_markdown("*a* <script>b</script> [c](javascript:d)")
    '<p><em>a</em>  <a rel="noopener noreferrer">c</a></p>\\n'
    """
    return nh3.clean(markdown2html(source))


def configure(c: Config, folder: Path) -> None:
    """What a course's ``nbgrader_config.py`` sets; classes by name, so that it can be printed."""
    c.CourseDirectory.root = str(folder.resolve())
    c.CourseDirectory.course_id = "attention"
    c.Exchange.root = str(folder.resolve() / "exchange")
    release.configure(c)
    c.GenerateAssignment.preprocessors += [release.dotted(Disarm)]
    c.Autograde.exporter_class = "autograder.stock.GradeApart"
    # Where that were lost, nothing would run all the same.
    c.Autograde.sanitize_preprocessors = []
    c.Autograde.autograde_preprocessors = []
    c.GenerateFeedback.preprocessors = [
        release.dotted(part) for part in (GetGrades, release.HideRubric, CSSHTMLHeaderPreprocessor)
    ]
    c.HTMLExporter.filters = {"markdown2html": f"{__name__}.{safe_markdown.__name__}"}


def open_course(folder: Path) -> tuple[CourseDirectory, Config]:
    """The course in a folder, and its configuration. ``CourseError`` where there is none."""
    if not _is_ours(folder):
        raise CourseError(f"{folder} is no course: make it with `autograder course {folder}`")
    config = PyFileConfigLoader(CONFIG, path=str(folder.resolve())).load_config()
    return CourseDirectory(config=config), config


def assemble(folder: Path, root: Path = ROOT, db_url: str = "") -> None:
    """Makes a course of all released exercises in a new or empty folder, or brings it up to date.

    A new folder is its owner's alone: it holds solutions, submissions and grades.
    Never touches submissions, grades and settings. ``db_url`` names the gradebook's database for a
    new course, SQLite's in the folder by default. ``FileExistsError`` where the folder holds
    something else; ``CourseError`` where exercises/ is stale, or grades hang on an earlier release.
    """
    if folder.exists() and not (_is_ours(folder) or _is_empty(folder)):
        raise FileExistsError(
            f"{folder} holds other things and is no course: name a new or empty folder"
        )
    if release.stale(root=root):
        raise CourseError("exercises/ is stale: run `autograder release`")
    folder.parent.mkdir(parents=True, exist_ok=True)
    folder.mkdir(mode=0o700, exist_ok=True)  # others on the machine are students
    for part in ("source", "submitted", "exchange"):
        (folder / part).mkdir(exist_ok=True)
    (folder / "exchange").chmod(0o777)  # nbgrader wants it open to all students of the machine
    if not _is_ours(folder):
        chosen = f"c.CourseDirectory.db_url = {db_url!r}\n" if db_url else ""
        write_whole(folder / CONFIG, _CONFIG_TEXT + chosen)
    course, config = open_course(folder)
    released = sorted((root / "autograder" / "manifests").glob("*.json"))
    with release.alembic_on_path():
        new = [m for path in released if not _is_current(m := _manifest(path), course)]
        for manifest in new:
            _register(manifest, course, config, root)


def _is_ours(folder: Path) -> bool:
    config = folder / CONFIG
    return config.is_file() and "from autograder.course import" in config.read_text("utf-8")


def _is_empty(folder: Path) -> bool:
    return folder.is_dir() and not any(folder.iterdir())


def _manifest(path: Path) -> Manifest:
    return Manifest.load(path.stem, path.parent)


def released_notebook(course: CourseDirectory, slug: str) -> Path:
    """Where a course keeps the notebook that students were given."""
    return Path(course.format_path(course.release_directory, ".", slug), f"{slug}.ipynb")


def _is_current(manifest: Manifest, course: CourseDirectory) -> bool:
    """Whether the course has this very release. ``CourseError`` where it may not be replaced."""
    with Gradebook(course.db_url, course.course_id) as gradebook:
        known = {assignment.name: assignment for assignment in gradebook.assignments}
        here = released_notebook(course, manifest.slug)
        if manifest.slug in known and here.is_file() and release.sha256(here) == manifest.sha256:
            return True
        if manifest.slug in known and known[manifest.slug].submissions:
            raise CourseError(
                f"{course.root} holds grades of an earlier release of {manifest.slug}: "
                "make a new course in another folder"
            )
    return False


def _register(manifest: Manifest, course: CourseDirectory, config: Config, root: Path) -> None:
    slug = manifest.slug
    source = Path(course.format_path(course.source_directory, ".", slug))
    source.mkdir(parents=True, exist_ok=True)
    nbformat.write(source_notebook(slug, root), source / f"{slug}.ipynb")
    course.assignment_id = slug
    outcome = capture_log(GenerateAssignment(coursedir=course, config=config, force=True))
    if not outcome["success"]:
        raise CourseError(f"nbgrader could not make {slug}:\n{outcome['log']}")
    if release.sha256(released_notebook(course, slug)) != manifest.sha256:
        raise CourseError(f"the course's {slug} is not the released one: run `autograder release`")
