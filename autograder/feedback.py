"""Pages made of verdicts: a student's feedback, and the instructor's overview of the class.

What students wrote is escaped and shown as text. A content security policy lets the page use its
own style and nothing else.
"""

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from autograder.notebook import STYLE, section
from autograder.verdict import ExerciseVerdict, Verdict

_TEMPLATES = Path(__file__).parent / "templates"
_STYLE = STYLE + (_TEMPLATES / "page.css").read_text("utf-8")
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_WORDS = {"passed": "right", "failed": "not yet", "broke": "not judged, our fault"}


def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals |= {"style": Markup(_STYLE), "style_hash": f"sha256-{_HASH}"}
    environment.globals |= {"words": _WORDS, "section": _section, "duration": duration}
    return environment


def duration(seconds: float) -> str:
    """A time limit as people say it.

    >>> duration(1), duration(39.0), duration(660), duration(750)
    ('1 second', '39 seconds', '11 minutes', '12.5 minutes')
    """
    count, unit = (seconds / 60, "minute") if seconds >= 120 else (seconds, "second")
    return f"{count:g} {unit}{'' if count == 1 else 's'}"


def _section(exercise: ExerciseVerdict) -> Markup:
    return Markup(section(exercise))  # escapes all that comes from outside


_PAGES = _environment()


def page(verdict: Verdict, title: str) -> str:
    """A student's page for one assignment."""
    seeds = sorted({exercise.seed for exercise in verdict.exercises})
    return _PAGES.get_template("feedback.html").render(
        verdict=verdict,
        title=title,
        by_hand=sum(answer.max_points for answer in verdict.written),
        seeds=seeds,
        again=Markup("<code>{}</code>").format(_again(verdict, seeds)),
        devices=sorted({exercise.device for exercise in verdict.exercises}),
    )


def _again(verdict: Verdict, seeds: Sequence[int]) -> str:
    """What a student types to be asked the same."""
    first = next((exercise.exercise for exercise in verdict.exercises), "")
    return f"check({first}, seed={seeds[0]})" if seeds else ""


def overview(verdicts: Sequence[Verdict], titles: dict[str, str]) -> str:
    """The instructor's page: who got what, what went wrong, and which lines to look at.

    ``titles`` are those of the assignments, by slug.
    """
    verdicts = [verdict for verdict in verdicts if verdict.assignment in titles]
    students: dict[str, dict[str, Verdict]] = {}
    for verdict in verdicts:
        students.setdefault(verdict.student, {})[verdict.assignment] = verdict
    states = Counter(verdict.status for verdict in verdicts)
    return _PAGES.get_template("overview.html").render(
        verdicts=verdicts,
        rejected=states["rejected"],
        broke=states["incomplete"],
        isolations=sorted({verdict.isolation for verdict in verdicts} - {""}),
        titles=sorted(titles.items()),
        students=sorted(students.items()),
        assignments=[
            (title, _exercises(v for v in verdicts if v.assignment == slug))
            for slug, title in sorted(titles.items())
        ],
        flags=[
            (verdict, exercise.exercise, flag)
            for verdict in verdicts
            for exercise in verdict.exercises
            for flag in exercise.flags
        ],
    )


def _exercises(verdicts: Iterable[Verdict]) -> list[dict[str, Any]]:
    """For each exercise, how many are right, and the mistakes, the commonest first."""
    judged: dict[str, list[ExerciseVerdict]] = {}
    for verdict in verdicts:
        if verdict.status != "rejected":
            for exercise in verdict.exercises:
                judged.setdefault(exercise.exercise, []).append(exercise)
    return [
        {
            "name": name,
            "passed": sum(answer.status == "passed" for answer in answers),
            "judged": sum(answer.status != "broke" for answer in answers),
            "mistakes": _mistakes(answers),
        }
        for name, answers in judged.items()
    ]


def _mistakes(answers: Iterable[ExerciseVerdict]) -> list[tuple[str, int]]:
    wrong = (answer for answer in answers if answer.status == "failed")
    names = (answer.misconception.name if answer.misconception else "other" for answer in wrong)
    return Counter(names).most_common()
