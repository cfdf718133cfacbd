"""From ``solutions/<slug>.md`` to ``exercises/<slug>/<slug>.ipynb`` and its manifest.

``source.py`` reads what the author wrote; nbgrader itself makes the release of it.
"""

import contextlib
import hashlib
import os
import sysconfig
from collections.abc import Iterable, Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile, TemporaryDirectory

import nbformat
from nbconvert.preprocessors import TagRemovePreprocessor
from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import capture_log
from traitlets import Bool, default
from traitlets.config import Config

from autograder import checks
from autograder.manifest import GradedExercise, Manifest, WrittenAnswer
from autograder.source import ROOT, ReleaseError, source_notebook
from autograder.spec import Checks


class HideRubric(TagRemovePreprocessor):
    """Takes out the cells that only instructors see."""

    enabled = Bool(True).tag(config=True)

    @default("remove_cell_tags")
    def _rubric(self) -> set[str]:
        return {"rubric"}


def build(slugs: Iterable[str] | None = None, root: Path = ROOT) -> dict[Path, bytes]:
    """All files of a release, by their path below ``root``: the same bytes on every run.

    Raises ``ReleaseError`` for a mistake in ``solutions/``, ``FileNotFoundError`` outside a
    checkout.
    """
    sources = {slug: source_notebook(slug, root) for slug in _chosen(slugs, root)}
    files: dict[Path, bytes] = {}
    for slug, released in generate(sources).items():
        manifest = _manifest(checks.load(slug), sources[slug], released)
        files[_exercise(slug)] = released
        files[_manifest_path(slug)] = (manifest.model_dump_json(indent=2) + "\n").encode()
    return files


def stale(slugs: Iterable[str] | None = None, root: Path = ROOT) -> list[Path]:
    """The files below ``root`` that are not what ``solutions/`` gives: other, missing or left."""
    files = build(slugs, root)
    differ = [path for path, content in files.items() if _content(root / path) != content]
    return sorted([*differ, *(_strays(files, root) if slugs is None else [])])


def write(slugs: Iterable[str] | None = None, root: Path = ROOT) -> list[Path]:
    """Brings ``exercises/`` and the manifests up to date, and returns what changed."""
    files = build(slugs, root)
    changed = [path for path, content in files.items() if _content(root / path) != content]
    for path in changed:
        _replace(root / path, files[path])
    left = _strays(files, root) if slugs is None else []
    for path in left:
        (root / path).unlink()
    return sorted([*changed, *left])


def _exercise(slug: str) -> Path:
    return Path("exercises", slug, f"{slug}.ipynb")


def _manifest_path(slug: str) -> Path:
    return Path("autograder", "manifests", f"{slug}.json")


def _strays(files: dict[Path, bytes], root: Path) -> list[Path]:
    there = [*root.glob("exercises/*/*.ipynb"), *root.glob("autograder/manifests/*.json")]
    return [path.relative_to(root) for path in there if path.relative_to(root) not in files]


def _content(path: Path) -> bytes | None:
    return path.read_bytes() if path.is_file() else None


def _replace(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile(dir=path.parent, prefix=".", delete=False) as file:
        file.write(content)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(path)


def _chosen(slugs: Iterable[str] | None, root: Path) -> list[str]:
    folder = root / "solutions"
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder} is not there: run this in a checkout of the course")
    there = sorted(path.stem for path in folder.glob("*.md"))
    chosen = there if slugs is None else sorted(slugs)
    for slug in chosen:
        if slug not in there:
            raise ReleaseError(f"solutions/{slug}.md is not there: write it, or correct the name")
        if slug not in checks.slugs():
            raise ReleaseError(
                f"solutions/{slug}.md has no checks: add autograder/checks/{slug}/, or rename it"
            )
    return chosen


def configure(c: Config) -> None:
    """What a release needs of nbgrader beyond its defaults."""
    usual = GenerateAssignment().preprocessors
    c.GenerateAssignment.preprocessors = [dotted(HideRubric), *map(dotted, usual)]


def dotted(part: type) -> str:
    """The name by which a configuration speaks of a class."""
    return f"{part.__module__}.{part.__qualname__}"


def sha256(file: Path) -> str:
    """Of a file's bytes, as a manifest gives it."""
    return hashlib.sha256(file.read_bytes()).hexdigest()


def generate(sources: dict[str, NotebookNode]) -> dict[str, bytes]:
    """What ``nbgrader generate_assignment`` makes of instructors' notebooks, by slug."""
    with TemporaryDirectory(prefix="release-") as folder:
        course = Path(folder).resolve()
        for slug, notebook in sources.items():
            (course / "source" / slug).mkdir(parents=True)
            nbformat.write(notebook, course / "source" / slug / f"{slug}.ipynb")
        config = Config()
        configure(config)
        config.CourseDirectory.root = str(course)
        config.CourseDirectory.assignment_id = "*"
        config.SaveCells.enabled = False  # these two lines are nbgrader's own flag --no-db
        config.GenerateAssignment.no_database = True
        directory = CourseDirectory(config=config)
        outcome = capture_log(GenerateAssignment(coursedir=directory, config=config))
        if sources and not outcome["success"]:
            raise ReleaseError(f"nbgrader could not make the release:\n{outcome['log']}")
        return {s: (course / "release" / s / f"{s}.ipynb").read_bytes() for s in sources}


@contextlib.contextmanager
def alembic_on_path() -> Iterator[None]:
    """nbgrader calls ``alembic`` by its bare name to make a gradebook."""
    before = os.environ.get("PATH", "")
    os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), before])
    try:
        yield
    finally:
        os.environ["PATH"] = before


def _manifest(exercises: Checks, source: NotebookNode, released: bytes) -> Manifest:
    graded = [cell.metadata["nbgrader"] for cell in source.cells if "nbgrader" in cell.metadata]
    return Manifest(
        slug=exercises.slug,
        title=exercises.title,
        sha256=hashlib.sha256(released).hexdigest(),
        provides=exercises.provides,
        exercises=tuple(
            GradedExercise(
                name=cell["grade_id"],
                points=cell["points"],
                answer_cell=f"{cell['grade_id']}_answer",
                grade_cell=cell["grade_id"],
            )
            for cell in graded
            if cell["grade"] and not cell["solution"]
        ),
        written=tuple(
            WrittenAnswer(grade_cell=cell["grade_id"], points=cell["points"])
            for cell in graded
            if cell["grade"] and cell["solution"]
        ),
    )
