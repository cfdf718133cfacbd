"""The graders that ``benchmarks.grading`` sets side by side, each as a command over a class.

All of them run the same cells of the same notebooks and call the same judge with the same seed:
nbgrader's check cells, otter's tests and the fork's last step are ``judge(exercise, answer, seed)``
in the student's process; ours asks the sandbox and judges outside.
"""

import json
import os
import shutil
import subprocess
import sys
import sysconfig
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

from autograder import checks
from autograder.manifest import Manifest
from autograder.source import source_notebook
from benchmarks import crowd
from benchmarks.spending import ROOT, Spent, spend

SEED = 1
OTTER = "otter-grader==7.0.0"
_CHECK = """\
from autograder.checks import find
from autograder.judge import judge
from autograder.subject import LocalSubject

verdict = judge(find({name!r}), LocalSubject({answer}), seed={seed})
assert verdict.status == "passed", verdict
"""


@dataclass
class Class:
    """A generated class and the courses made for it, all below one folder."""

    folder: Path
    slugs: tuple[str, ...]
    made: dict[str, Path] = field(default_factory=dict)

    def submissions(self, count: int) -> Path:
        """A folder with so many notebooks, as near as the number of assignments allows."""
        folder = self.folder / f"class-{count}"
        if not folder.exists():
            crowd.hand_in(folder, self._students(count), self.slugs)
        return folder

    def count(self, count: int) -> int:
        """How many notebooks ``submissions`` really has."""
        return self._students(count) * len(self.slugs)

    def _students(self, count: int) -> int:
        """Each hands in every assignment, and there is at least one."""
        return max(1, count // len(self.slugs))

    def fresh(self, course: str, make: Callable[[Path], None]) -> Path:
        """A copy of a course in which nothing was graded yet; ``make`` makes it the first time."""
        template = self.folder / f"template-{course}"
        if not template.exists():
            make(template)
        target = self.folder / f"course-{course}"
        shutil.rmtree(target, ignore_errors=True)
        shutil.copytree(template, target)
        return target


# ---------------------------------------------------------------- ours


def ours(the: Class, count: int, cores: set[int]) -> Spent:
    """``autograder grade``: from the folder of submissions to gradebook and feedback."""
    course = the.fresh("ours", lambda folder: _autograder("course", str(folder)))
    command = [*_AUTOGRADER, "grade", str(the.submissions(count)), "--course", str(course)]
    spent = spend([[*command, "--seed", str(SEED), "--jobs", str(len(cores))]], cores, course)
    the.made["ours"] = course
    return spent


_AUTOGRADER = [sys.executable, "-c", "from autograder.cli import main; main()"]


def _autograder(*words: str) -> None:
    subprocess.run([*_AUTOGRADER, *words], check=True, cwd=ROOT, stdout=subprocess.DEVNULL)


def ours_feedback(the: Class, count: int, cores: set[int]) -> Spent:
    """Every page anew from the verdicts of the last ``ours``."""
    command = [sys.executable, "-m", "benchmarks.contenders", "pages", str(the.made["ours"])]
    return spend([command], cores, the.made["ours"])


def pages(course: Path) -> None:
    """Renders a course's feedback from its verdicts, as ``autograder grade`` does."""
    from autograder import feedback
    from autograder.files import write_whole
    from autograder.verdict import Verdict

    for file in sorted(course.glob("verdicts/*/[!.]*.json")):
        verdict = Verdict.model_validate_json(file.read_bytes())
        target = course / "feedback" / verdict.student / f"{verdict.assignment}.html"
        write_whole(target, feedback.page(verdict, Manifest.load(verdict.assignment).title))


# ---------------------------------------------------------------- nbgrader


def stock(the: Class, count: int, cores: set[int]) -> Spent:
    """``nbgrader autograde``, one process."""
    course = the.fresh("stock", lambda folder: _make_stock(folder, the.slugs))
    _hand_in(the.submissions(count), course)
    the.made["stock"] = course
    return _total([spend([_nbgrader("autograde", slug)], cores, course) for slug in the.slugs])


def parallel(the: Class, count: int, cores: set[int]) -> Spent:
    """``nbgrader autograde`` in a process a core, the students dealt out, a gradebook each."""
    courses = []
    students = sorted(path.name for path in the.submissions(count).iterdir())
    for core in cores:
        course = the.fresh(f"stock-{core}", lambda folder: _make_stock(folder, the.slugs))
        _hand_in(the.submissions(count), course, set(students[core :: len(cores)]))
        courses.append(course)
    script = "cd {} && {} autograde {}"
    spents = []
    for slug in the.slugs:
        nbgrader = f"{sys.executable} -m nbgrader"
        commands = [["/bin/sh", "-c", script.format(c, nbgrader, slug)] for c in courses]
        spents.append(spend(commands, cores, courses[0]))
    return _total(spents)


def stock_feedback(the: Class, count: int, cores: set[int]) -> Spent:
    """``nbgrader generate_feedback`` of the notebooks of the last ``ours``: the same notebooks."""
    course = the.made["ours"]
    shutil.rmtree(course / "feedback", ignore_errors=True)
    made = [_nbgrader("generate_feedback", slug, "--force") for slug in the.slugs]
    return _total([spend([command], cores, course) for command in made])


def _nbgrader(*words: str) -> list[str]:
    return [sys.executable, "-m", "nbgrader", *words]


def _total(spents: list[Spent]) -> Spent:
    return Spent(sum(spent.wall for spent in spents), sum(spent.cpu for spent in spents))


def _make_stock(folder: Path, slugs: tuple[str, ...]) -> None:
    """A course of the same notebooks as nbgrader would have it: check cells are plain asserts."""
    for slug in slugs:
        notebook = source_notebook(slug)
        graded = {exercise.grade_cell for exercise in Manifest.load(slug).exercises}
        for cell in notebook.cells:
            if cell.id in graded:
                cell.source = _CHECK.format(name=cell.id, answer=cell.id, seed=SEED)
        (folder / "source" / slug).mkdir(parents=True)
        nbformat.write(notebook, folder / "source" / slug / f"{slug}.ipynb")
    (folder / "nbgrader_config.py").write_text(
        'c = get_config()\nc.CourseDirectory.course_id = "stock"\n'
        "c.ExecutePreprocessor.timeout = 120\n"
        "c.ClearSolutions.code_stub = {'python': 'raise NotImplementedError()'}\n"
    )
    cores = os.sched_getaffinity(0)
    for slug in slugs:
        spend([_nbgrader("generate_assignment", slug)], cores, folder)


def _hand_in(submissions: Path, course: Path, students: set[str] | None = None) -> None:
    for student in submissions.iterdir():
        if students is None or student.name in students:
            shutil.copytree(student, course / "submitted" / student.name)


def stock_points(course: Path) -> dict[tuple[str, str], float]:
    """What nbgrader's gradebook says, by student and exercise."""
    from nbgrader.api import Gradebook

    found = {}
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for assignment in gradebook.assignments:
            names = {e.grade_cell for e in Manifest.load(assignment.name).exercises}
            for submission in gradebook.assignment_submissions(assignment.name):
                for notebook in submission.notebooks:
                    for grade in notebook.grades:
                        if grade.cell.name in names:
                            found[submission.student.id, grade.cell.name] = grade.auto_score
    return found


# ---------------------------------------------------------------- otter


def otter(the: Class, count: int, cores: set[int]) -> Spent:
    """``otter run``, once a notebook. ``RuntimeError`` where otter cannot be installed."""
    python = _otter_environment(the.folder)
    folder = the.folder / "otter"
    notebooks = sorted(the.submissions(count).glob("*/*/*.ipynb"))
    spents = []
    for number, path in enumerate(notebooks):
        notebook = nbformat.read(path, 4)
        graded = {exercise.grade_cell for exercise in Manifest.load(path.stem).exercises}
        notebook.cells = [cell for cell in notebook.cells if cell.id not in graded]
        target = folder / f"{number}.ipynb"
        nbformat.write(notebook, target)
        archive = _otter_tests(folder, path.stem)
        out = folder / f"out-{number}"
        out.mkdir(exist_ok=True)
        words = ["run", str(target), "-a", str(archive), "-o", str(out), "--no-logo"]
        spents.append(spend([[str(python), "-m", "otter", *words]], cores, folder))
    return _total(spents)


def _otter_environment(folder: Path) -> Path:
    """An environment of its own, which borrows what is the same for all: torch and the course."""
    place = folder / "otter"
    python = place / "env/bin/python"
    if not python.exists():
        place.mkdir(exist_ok=True)
        subprocess.run([sys.executable, "-m", "venv", place / "env"], check=True)
        (libraries,) = (place / "env/lib").glob("python*/site-packages")
        (libraries / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
        install = [python, "-m", "pip", "install", "-q", OTTER]
        done = subprocess.run(install, capture_output=True, text=True, check=False)
        if done.returncode:
            shutil.rmtree(place)
            raise RuntimeError(f"{OTTER} cannot be installed: {done.stderr[-300:]}")
    return python


def _otter_tests(folder: Path, slug: str) -> Path:
    archive = folder / f"{slug}.zip"
    if not archive.exists():
        with zipfile.ZipFile(archive, "w") as file:
            file.writestr("otter_config.json", "{}")
            file.writestr("requirements.txt", "")
            for exercise in Manifest.load(slug).exercises:
                name = exercise.name
                body = _CHECK.format(name=name, answer=f"env[{name!r}]", seed=SEED)
                lines = "\n".join(f"    {line}" for line in body.splitlines())
                head = "OK_FORMAT = False\nfrom otter.test_files import test_case\n"
                head += f"name = {name!r}\npoints = {exercise.points}\n"
                test = f"\n@test_case()\ndef test_{name}(env):\n{lines}\n"
                file.writestr(f"tests/{name}.py", head + test)
    return archive


# ---------------------------------------------------------------- the floor


def floor(the: Class, count: int, cores: set[int]) -> Spent:
    """One warm process, a fork a notebook, no sandbox, no gradebook: cells and checks alone."""
    place = the.folder / "floor"
    place.mkdir(exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.contenders", "floor"]
    return spend([[*command, str(the.submissions(count)), str(place / "verdicts")]], cores, place)


def fork_all(submissions: Path, verdicts: Path) -> None:
    """What ``floor`` runs."""
    import torch
    from IPython.core.interactiveshell import InteractiveShell  # noqa: F401

    from autograder.sandbox.inside import cells as inside
    from autograder.subject import LocalSubject
    from autograder.submission import extract, read

    torch.set_num_threads(1)
    verdicts.mkdir(exist_ok=True)
    known = {path.stem: checks.load(path.stem) for path in (ROOT / "exercises").iterdir()}
    manifests = {slug: Manifest.load(slug) for slug in known}
    import matplotlib_inline.backend_inline  # noqa: F401
    import torch.testing

    from autograder.judge import judge

    torch.optim.Adam([torch.zeros(1, requires_grad=True)])  # imports torch._dynamo, at first use
    quiet = os.open(os.devnull, os.O_RDWR)
    for path in sorted(submissions.glob("*/*/*.ipynb")):
        child = os.fork()
        if child:
            os.waitpid(child, 0)
            continue
        for fd in range(3):
            os.dup2(quiet, fd)
        submission = extract(read(path), manifests[path.stem])
        shell = inside.make_shell()
        for cell in submission.cells:
            inside.run_cell(shell, cell.source)
        found = {}
        for exercise in known[path.stem]:
            subject = LocalSubject(shell.user_ns.get(exercise.name, _undefined))
            verdict = judge(exercise, subject, seed=SEED)
            found[exercise.name] = verdict.model_dump(mode="json")
        (verdicts / f"{path.parts[-3]}-{path.stem}.json").write_text(json.dumps(found))
        os._exit(0)


def _undefined(*_: object, **__: object) -> None:
    raise NameError("the notebook does not define it")


def floor_points(the: Class, count: int) -> dict[tuple[str, str], float]:
    """What the floor's judge said, by student and exercise."""
    found = {}
    for file in (the.folder / "floor/verdicts").glob("*.json"):
        student = file.stem.split("-")[0]
        for name, verdict in json.loads(file.read_text()).items():
            found[student, name] = verdict["points"]
    return found


def our_points(course: Path) -> dict[tuple[str, str], float]:
    """What ``verdicts/`` says, by student and exercise."""
    found = {}
    for file in course.glob("verdicts/*/*.json"):
        verdict = json.loads(file.read_text())
        for exercise in verdict["exercises"]:
            found[verdict["student"], exercise["exercise"]] = exercise["points"]
    return found


if __name__ == "__main__":
    what, *where = sys.argv[1:]
    places = [Path(word) for word in where]
    fork_all(*places) if what == "floor" else pages(*places)
