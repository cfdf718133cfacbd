"""``autograder``: check, release, course, grade, foreign, doctor, verify.

Each command is a few lines over a module.
Exit codes: 0 all is well; 1 the answer is no (stale, failed, ungraded); 2 wrong input.
"""

import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

try:
    import typer
except ModuleNotFoundError:  # a student's installation, which is for notebooks
    print("error: grading needs more packages: run `pip install -e '.[grade]'`", file=sys.stderr)
    sys.exit(2)
from rich.console import Console

if TYPE_CHECKING:
    from autograder.sandbox import Limits

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Release, check and grade the exercises of the course on attention.",
)
err = Console(stderr=True)

Device = Literal["auto", "cpu", "cuda"]
Walls = Literal["bubblewrap", "podman"]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of text.")]


@contextmanager
def _wrong_input() -> Iterator[None]:
    """Says an error of the user's in one sentence, and exits with 2."""
    # These say what to do; anything else is an error of ours and keeps its traceback.
    from autograder.course import CourseError
    from autograder.release import ReleaseError
    from autograder.sandbox import SandboxMissing

    ours = (LookupError, OSError, CourseError, ReleaseError, SandboxMissing)
    try:
        yield
    except ours as error:
        message = str(error.args[0] if isinstance(error, LookupError) and error.args else error)
        err.print(f"error: {message}", style="red", markup=False, highlight=False, soft_wrap=True)
        raise typer.Exit(2) from error


@app.command()
def check(
    notebook: Annotated[Path, typer.Argument(help="Your notebook, an .ipynb file.")],
    as_json: AsJson = False,
    seed: Annotated[int | None, typer.Option(help="Repeat the inputs of an earlier run.")] = None,
) -> None:
    """Run the course's checks on your own notebook. Exits with 1 while something is wrong."""
    from autograder.notebook import text
    from autograder.own import check_notebook

    with _wrong_input():
        verdict = check_notebook(notebook, seed=seed)
    if as_json:
        print(verdict.model_dump_json(indent=2))
    else:
        for exercise in verdict.exercises:
            print(text(exercise) + "\n")
        print(verdict.reason or f"{verdict.points:g} of {verdict.max_points:g} points")
    if verdict.reason or any(exercise.status != "passed" for exercise in verdict.exercises):
        raise typer.Exit(1)


@app.command()
def release(
    check: Annotated[bool, typer.Option("--check", help="Only say whether it is stale.")] = False,
) -> None:
    """Make exercises/ and the manifests from solutions/."""
    from autograder import release as stage

    with _wrong_input():
        stale = stage.stale() if check else stage.write()
    if check and stale:
        names = ", ".join(str(path) for path in stale)
        message = f"exercises/ is stale ({names}): run `autograder release`"
        err.print(message, style="red", soft_wrap=True)
        raise typer.Exit(1)
    print("exercises/ is current" if check else f"{len(stale)} files written")


@app.command()
def course(
    folder: Annotated[Path, typer.Argument(help="Where to make it; a new or empty folder.")],
) -> None:
    """Assemble an nbgrader course from the released exercises."""
    from autograder.course import assemble

    with _wrong_input():
        assemble(folder)
    print(f"{folder} is an nbgrader course; submissions go to {folder / 'submitted'}")


@app.command()
def grade(
    submissions: Annotated[Path, typer.Argument(help="<student>/<assignment>/<assignment>.ipynb")],
    course: Annotated[Path, typer.Option(help="The course folder: gradebook, feedback, verdicts.")],
    only: Annotated[
        list[str] | None,
        typer.Option(help="A student, an assignment, or STUDENT/ASSIGNMENT; may be repeated."),
    ] = None,
    force: Annotated[
        bool,
        typer.Option(
            "--force/--changed",
            help="Everything, or what has no verdict of this content, release and grader.",
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be graded, and why; touch nothing.")
    ] = False,
    jobs: Annotated[
        int | None,
        typer.Option(min=1, help="Workers on this machine.", show_default="its processors"),
    ] = None,
    scheduler: Annotated[
        str | None, typer.Option(help="The dask scheduler whose workers grade: tls://HOST:PORT.")
    ] = None,
    device: Annotated[
        Device, typer.Option(help="What students' code computes on; auto: on each there is.")
    ] = "cpu",
    seed: Annotated[int | None, typer.Option(help="Draw every input from this seed.")] = None,
    time_limit: Annotated[
        float | None, typer.Option(min=1, help="Seconds a check may take.", show_default="30")
    ] = None,
    memory_limit: Annotated[
        int | None,
        typer.Option(min=512, help="MB a submission may use.", show_default="3072"),
    ] = None,
    backend: Annotated[
        Walls,
        typer.Option(help="What isolates students' code; podman is slower, see SECURITY.md."),
    ] = "bubblewrap",
    unconfined: Annotated[
        bool,
        typer.Option(
            "--unconfined",
            help="DANGEROUS: run students' code as yourself, without a sandbox. Every verdict, "
            "and the class's page, will say so.",
        ),
    ] = False,
) -> None:
    """Grade a class: every submission in a sandbox, judged outside it.

    Exits with 1 where a submission could not be judged, which is never its student's fault, and
    with 130 where Ctrl-C stopped it; the same command goes on.
    """
    from autograder import classroom
    from autograder.grade import How

    with _wrong_input():
        if dry_run:
            found = classroom.steps(submissions, course, only=only or (), force=force)
            due = [step for step in found if step.why]
            unchanged = f"{len(found) - len(due)} are unchanged"
            print(*due, f"{len(due)} would be graded, {unchanged}", sep="\n")
            return
        if backend == "podman" and device != "cpu":
            raise LookupError("podman's containers have no GPU: use `--device cpu`")
        if unconfined:
            err.print("No sandbox: students' code runs with all your rights.", style="bold red")
        summary = classroom.grade_class(
            submissions,
            course,
            only=only or (),
            force=force,
            how=How(
                seed,
                limits=_limits(time_limit, memory_limit),
                backend="none" if unconfined else backend,
            ),
            device=device,
            jobs=jobs,
            scheduler=scheduler,
        )
    print(summary)
    if summary.signal:
        raise typer.Exit(128 + summary.signal)
    if summary.broke or summary.stopped:
        raise typer.Exit(1)


def _limits(seconds: float | None, memory_mb: int | None) -> "Limits":
    from autograder.sandbox import Limits

    limits = Limits()
    if seconds is not None:
        in_all = max(limits.seconds_in_all, 20 * seconds)
        limits = replace(limits, seconds_per_check=seconds, seconds_in_all=in_all)
    return limits if memory_mb is None else replace(limits, memory_mb=memory_mb)


@app.command()
def foreign(
    course: Annotated[Path, typer.Argument(help="An nbgrader course: its nbgrader_config.py.")],
    assignment: Annotated[str, typer.Argument(help="What to grade, as in submitted/*/ASSIGNMENT.")],
    only: Annotated[list[str] | None, typer.Option(help="Grade this student alone.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Also what is graded already.")] = False,
) -> None:
    """Grade another nbgrader course, with tests of its own: as nbgrader would, in the sandbox.

    Exits with 1 where a submission could not be graded. SECURITY.md says what asserts lack.
    """
    from autograder.foreign import grade as stage

    with _wrong_input():
        summary = stage(course, assignment, only or (), force=force)
    print(summary)
    if summary.broke:
        raise typer.Exit(1)


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Try what this machine can enforce while it grades, and say what mends each gap.

    Exits with 1 where grading would refuse, or a promise of SECURITY.md does not hold.
    """
    from autograder import doctor as stage

    findings = []
    for finding in stage.examine():
        findings.append(finding)
        if not as_json:
            stage.show(finding, Console(highlight=False))
    print(json.dumps(stage.as_dict(findings), indent=2) if as_json else stage.verdict(findings))
    if not stage.may_grade(findings):
        raise typer.Exit(1)


@app.command()
def verify(as_json: AsJson = False) -> None:
    """Prove the course on itself: right passes, unsolved and wrong fail, mistakes are named."""
    from autograder.verify import verify as stage

    report = stage()
    print(json.dumps(report.as_dict(), indent=2) if as_json else report)
    if report.problems:
        raise typer.Exit(1)


def main() -> None:
    """The entry point of the ``autograder`` command."""
    app()
