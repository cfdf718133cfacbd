"""A student's own run: the same judge, in the student's own process, without a sandbox."""

import contextlib
import sys
from pathlib import Path

from IPython.core.interactiveshell import InteractiveShell

from autograder.grade import How, exercises_of, judge_all
from autograder.manifest import MANIFESTS, Manifest
from autograder.outcome import Run, verdict_of
from autograder.sandbox import CellLog
from autograder.subject import LocalSubject, StudentError, Subject
from autograder.submission import Notebook, Rejected, extract, read
from autograder.verdict import Verdict


def check_notebook(path: Path, *, seed: int | None = None, folder: Path = MANIFESTS) -> Verdict:
    """A student's own run: the notebook's cells run in this process, as they do in Jupyter.

    ``LookupError`` where no release knows the notebook; ``FileNotFoundError`` where there is none.
    """
    from autograder.notebook import devices
    from autograder.sandbox.inside.cells import make_shell, run_cell

    if not path.is_file():
        raise FileNotFoundError(f"there is no notebook {path}")
    try:
        notebook = read(path)
    except Rejected as rejected:
        raise LookupError(f"{path} cannot be checked: {rejected}") from None
    manifest = _release_of(notebook, path, folder)
    how = How(seed, devices=devices()).drawn()
    submission = extract(notebook, manifest)
    shell = make_shell()
    shell.reset()  # it is one for the whole process
    shell.user_ns.setdefault("__spec__", None)  # it is __main__ now, and processes ask for that
    run = Run({}, isolation="none: your code ran as you")
    # A student's prints must not end up inside --json.
    with contextlib.redirect_stdout(sys.stderr):
        for cell in submission.cells:
            failure = run_cell(shell, cell.source)
            if failure is not None:
                run.log += (CellLog(cell.id, "error", StudentError(**failure.model_dump())),)
        judge_all(run, exercises_of(manifest), lambda name: _local(shell, name), submission, how)
    return verdict_of(run, submission, manifest).model_copy(
        update={"submission_sha256": notebook.sha256}
    )


def _local(shell: InteractiveShell, name: str) -> Subject:
    def undefined(*_: object, **__: object) -> None:
        raise NameError(f"the notebook defines no {name}")

    return LocalSubject(shell.user_ns.get(name, undefined))


def _release_of(notebook: Notebook, path: Path, folder: Path) -> Manifest:
    """The release whose answers the notebook holds; of two, the one that it is named after."""

    def likeness(manifest: Manifest) -> tuple[int, bool]:
        answered = {cell.exercise for cell in extract(notebook, manifest).cells} - {""}
        return len(answered), manifest.slug == path.stem

    releases = [Manifest.load(file.stem, folder) for file in sorted(folder.glob("*.json"))]
    best = max(releases, key=likeness, default=None)
    if best is None or likeness(best) == (0, False):
        raise LookupError(f"{path} holds no exercise of this course")
    return best
