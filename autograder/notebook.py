"""``check(function)``: what a student sees at once, in a notebook or a terminal."""

import secrets
from collections.abc import Callable
from html import escape
from pathlib import Path
from typing import Any

import torch

from autograder.checks import find
from autograder.judge import judge
from autograder.subject import LocalSubject
from autograder.verdict import Diagnosis, ExerciseVerdict, FactVerdict

_MARKS = {"held": "✓", "failed": "✗", "skipped": "–", "broke": "!"}
_WORDS = {"held": "holds", "failed": "does not hold", "skipped": "not tried", "broke": "our error"}


class Feedback:
    """A verdict as a student reads it: HTML in a notebook, plain text in a terminal."""

    def __init__(self, verdict: ExerciseVerdict) -> None:
        self.verdict = verdict

    def _repr_html_(self) -> str:
        return html(self.verdict)

    def __repr__(self) -> str:
        return text(self.verdict)


def check(answer: Callable[..., Any], *, seed: int | None = None) -> Feedback:
    """Judges your answer to an exercise: a function or a class with the exercise's name.

    The inputs are new at every run; ``seed`` repeats those of an earlier one. Where there is a GPU,
    your answer is tried there too. Raises ``LookupError`` when no exercise has that name.
    """
    name = getattr(answer, "__name__", None)
    if name is None:
        raise TypeError(
            f"check() takes the function or class itself, not what it returns: "
            f"check(softmax), not check(softmax(x)); this is a {type(answer).__name__}"
        )
    chosen = secrets.randbelow(2**31) if seed is None else seed
    verdict = judge(find(name), LocalSubject(answer), seed=chosen, devices=devices())
    return Feedback(verdict)


def devices() -> tuple[str, ...]:
    """The devices of this machine on which answers are tried: the CPU first."""
    found = ["cpu"]
    if torch.cuda.is_available():
        found.append("cuda")
    if torch.backends.mps.is_available():
        found.append("mps")
    return tuple(found)


def headline(verdict: ExerciseVerdict) -> str:
    """The verdict in a sentence.

    >>> v = ExerciseVerdict(exercise="entropy", status="passed", points=1, max_points=1, seed=0,
    ...                     seconds=0.1)
    >>> headline(v)
    'entropy: right, 1 of 1 point'
    """
    most = f"{verdict.max_points:g} point{'s' if verdict.max_points != 1 else ''}"
    match verdict.status:
        case "passed":
            return f"{verdict.exercise}: right, {verdict.points:g} of {most}"
        case "failed":
            return f"{verdict.exercise}: not yet, {verdict.points:g} of {most}"
    return f"{verdict.exercise}: could not be judged, which is our fault and costs you nothing"


def resemblance(mistake: Diagnosis) -> str:
    """What the answer looks like, in a sentence."""
    start = "This looks like" if mistake.complete else "On some inputs, this looks like"
    return f"{start}: {mistake.name}."


def text(verdict: ExerciseVerdict) -> str:
    """The verdict as lines of text."""
    lines = [headline(verdict), ""]
    for fact in verdict.facts:
        because = f" — {fact.because}" if fact.status == "failed" else ""
        lines.append(f"  {_MARKS[fact.status]} {fact.says}{because}")
    if verdict.misconception:
        mistake = verdict.misconception
        lines += ["", resemblance(mistake), f"  {mistake.hint}"]
    if verdict.error:
        lines += ["", *(f"  {line}" for line in verdict.error.splitlines())]
    if verdict.evidence:
        evidence = verdict.evidence
        lines += ["", f"The smallest input that shows it ({evidence.case}):"]
        lines += [_labelled(name, value) for name, value in evidence.inputs.items()]
        if evidence.yours:
            lines += [_labelled("yours", evidence.yours)]
        if evidence.expected:
            lines += [_labelled("expected", evidence.expected)]
    if verdict.status != "passed":
        lines += ["", f"The same inputs again: check({verdict.exercise}, seed={verdict.seed})"]
    if verdict.device != "cpu":
        lines += [f"Tried on: {verdict.device}"]
    return "\n".join(lines)


def _labelled(name: str, value: str) -> str:
    first, *rest = value.splitlines()
    indent = " " * (len(name) + 5)
    return "\n".join([f"  {name} = {first}", *(indent + line for line in rest)])


# In the page itself: a notebook's output has no file beside it.
STYLE = (Path(__file__).parent / "check.css").read_text("utf-8")


def html(verdict: ExerciseVerdict) -> str:
    """The verdict as HTML with its own style."""
    return f"<style>{STYLE}</style>{section(verdict)}"


def section(verdict: ExerciseVerdict) -> str:
    """The verdict as a section of HTML, to stand beside ``STYLE``; all from outside is escaped."""
    facts = "".join(
        f'<li class="{fact.status}"><span class="mark" aria-hidden="true">{_MARKS[fact.status]}'
        f'</span><span class="attn-hidden">{_WORDS[fact.status]}: </span>{escape(fact.says)}'
        f"{_because(fact)}</li>"
        for fact in verdict.facts
    )
    parts = [
        f'<section class="attn-check {verdict.status}" aria-label="{escape(headline(verdict))}">',
        f'<p class="title">{escape(headline(verdict))}</p>',
        f"<ul>{facts}</ul>",
    ]
    if verdict.misconception:
        mistake = verdict.misconception
        parts.append(
            f'<div class="mistake"><p><strong>{escape(resemblance(mistake))}</strong></p>'
            f"<p>{escape(mistake.hint)}</p></div>"
        )
    if verdict.error:
        parts.append(
            f'<div class="scroll" tabindex="0" role="region" '
            f'aria-label="{escape(verdict.exercise)}: the error">'
            f"<pre>{escape(verdict.error)}</pre></div>"
        )
    if verdict.evidence:
        parts.append(_evidence_html(verdict))
    if verdict.status != "passed":
        again = f"check({verdict.exercise}, seed={verdict.seed})"
        parts.append(f'<p class="small">The same inputs again: <code>{escape(again)}</code></p>')
    if verdict.device != "cpu":
        parts.append(f'<p class="small">Tried on: {escape(verdict.device)}</p>')
    return "".join(parts) + "</section>"


def _because(fact: FactVerdict) -> str:
    return f" <em>{escape(fact.because)}</em>" if fact.status == "failed" else ""


def _evidence_html(verdict: ExerciseVerdict) -> str:
    evidence = verdict.evidence
    assert evidence is not None, "only called where there is evidence"
    rows = list(evidence.inputs.items())
    rows += [("yours", evidence.yours)] if evidence.yours else []
    rows += [("expected", evidence.expected)] if evidence.expected else []
    cells = "".join(
        f'<tr><th scope="row">{escape(name)}</th><td><pre>{escape(value)}</pre></td></tr>'
        for name, value in rows
    )
    caption = f"The smallest input that shows it: {escape(evidence.case)}"
    return (
        f'<div class="scroll" tabindex="0" role="region" '
        f'aria-label="{escape(verdict.exercise)}: the input that shows it">'
        f"<table><caption>{caption}</caption>{cells}</table></div>"
    )
