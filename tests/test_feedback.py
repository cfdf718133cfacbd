"""Feedback, grades and schema: what students wrote stays text, wherever it is shown."""

import csv
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import jsonschema
import pytest

from autograder import feedback, gradesheet, schema
from autograder.verdict import (
    CellReport,
    Diagnosis,
    Evidence,
    ExerciseVerdict,
    FactVerdict,
    Flag,
    LimitsInForce,
    Verdict,
    WrittenReport,
)

AXE = Path(__file__).parent.parent / "node_modules/axe-core/axe.min.js"
EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7 * 7 }}" + "w" * 120


def exercise(name="entropy", status="failed", **more) -> ExerciseVerdict:
    points = {"passed": 1.0, "failed": 0.0, "broke": None}[status]
    known = {"points": points, "max_points": 1.0, "seed": 5, "seconds": 0.25}
    return ExerciseVerdict(exercise=name, status=status, **known | more)


def verdict(*exercises, student="ada", **more) -> Verdict:
    known = {"assignment": "queries_keys_values", "status": "graded"}
    return Verdict(student=student, exercises=exercises, **known | more)


def hostile() -> Verdict:
    """A verdict with ``EVIL`` at every place that a student can write to."""
    return verdict(
        exercise(
            facts=(FactVerdict(name="runs", says="Runs.", status="failed", because=EVIL),),
            evidence=Evidence(case="a case", inputs={EVIL: EVIL}, yours=EVIL, expected="1"),
            misconception=Diagnosis(name="a mistake", hint="a hint"),
            flags=(Flag(line=1, source=EVIL, reason="calls softmax"),),
            error=EVIL,
        ),
        student=EVIL,
        reason=EVIL,
        status="incomplete",
        cells=(
            CellReport(
                number=1, exercise="entropy", status="error", source=EVIL, error=EVIL, stderr=EVIL
            ),
            CellReport(number=2, status="died", source=EVIL, stderr=EVIL),
        ),
        written=(WrittenReport(name="why", max_points=2, text=f"[a](javascript:1) {EVIL}"),),
        isolation="a test",
    )


class Tags(HTMLParser):
    """Every tag of a page, with its attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.feed(page)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))


@pytest.mark.parametrize(
    "page",
    [
        feedback.page(hostile(), "A title"),
        feedback.overview([hostile()], {"queries_keys_values": "A title"}),
        feedback.page(hostile().model_copy(update={"status": "rejected"}), "A title"),
    ],
    ids=["feedback", "overview", "rejected"],
)
def test_nothing_that_a_student_wrote_becomes_markup(page):
    tags = Tags(page).tags
    assert not {tag for tag, _ in tags} & {"script", "img", "iframe", "object", "form"}
    assert not [name for _, attrs in tags for name in attrs if name.startswith("on")]
    for _, attrs in tags:
        assert not (attrs.get("href") or "").lower().startswith(("javascript", "data"))
    assert "alert(1)" in page
    assert "49" not in re.sub("sha256-[^']*|#[0-9a-f]{6}", "", page)


def test_the_policy_allows_the_pages_own_style_and_nothing_else(browser):
    page = browser.new_page()
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    html = feedback.page(hostile(), "A title")
    page.set_content(html)
    assert page.evaluate("getComputedStyle(document.querySelector('main')).maxWidth") == "896px"
    assert said == []
    page.set_content(html.replace("<main>", "<main><script>x = 1</script>"))
    assert page.evaluate("typeof x") == "undefined"
    assert "Content Security Policy" in said[0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_fit_a_phone_and_can_be_read_by_all(browser, scheme):
    context = browser.new_context(
        viewport={"width": 390, "height": 800}, color_scheme=scheme, bypass_csp=True
    )
    page = context.new_page()
    titles = {"queries_keys_values": "A title"}
    for html in (feedback.page(hostile(), "A title"), feedback.overview([hostile()], titles)):
        page.set_content(html)
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate("axe.run()")["violations"]
        assert [violation["id"] for violation in found] == []
    context.close()


def test_the_names_of_inputs_stay_words_beside_wide_values(browser):
    evidence = Evidence(case="one entry", inputs={"write: key": "[0.1234 " * 12})
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.set_content(feedback.page(verdict(exercise(evidence=evidence)), "A title"))
    assert page.locator(".attn-check th").bounding_box()["height"] < 60
    page.close()


def test_a_page_says_what_is_right_what_is_not_and_what_waits():
    page = feedback.page(
        verdict(
            exercise("stable_softmax", "passed"),
            exercise("entropy", "failed", misconception=Diagnosis(name="bits", hint="Use log.")),
            exercise("most_read", "broke", error="OSError: our disk"),
            written=(WrittenReport(name="why", max_points=3, text="Because."),),
            status="incomplete",
            reason="We could not judge most_read.",
        ),
        "Queries, keys and values",
    )
    text = " ".join(re.sub("<[^>]*>", " ", page).split())
    assert "1 of 3 points from the checks; 3 more are given by a person" in text
    assert "This looks like: bits." in text
    assert "most_read not judged, our fault – of 1" in text
    assert "We could not judge most_read. That is our fault and costs you nothing" in text


def test_a_page_says_how_it_was_graded():
    exercises = (exercise("entropy", seed=77), exercise("most_read", "passed", seed=77))
    known = verdict(*exercises, isolation="bubblewrap; a cgroup", submission_sha256="f" * 64)
    text = " ".join(re.sub("<[^>]*>", " ", feedback.page(known, "A title")).split())
    assert "drawn from the seed 77 ; check(entropy, seed=77) tries the same ones" in text
    assert "Kept apart by bubblewrap; a cgroup Graded on cpu" in text
    assert "is stopped" not in text
    replayed = verdict(exercise(seed=1), exercise(seed=2), isolation="bubblewrap")
    assert "drawn from the seed" not in feedback.page(replayed, "A title")
    rejected = verdict(exercise(), status="rejected", reason="It is empty.")
    assert "How this was graded" not in feedback.page(rejected, "A title")


def test_a_page_says_how_much_code_may_use_and_that_a_slow_machine_gave_more():
    usual = LimitsInForce(
        seconds_per_check=30, seconds_per_cell=60, seconds_in_all=600, memory_mb=3072
    )
    slow = LimitsInForce(
        seconds_per_check=39,
        seconds_per_cell=78,
        seconds_in_all=780,
        memory_mb=2000,
        calibration=1.3,
    )

    def told(limits: LimitsInForce | None) -> str:
        page = feedback.page(verdict(exercise(), isolation="a test", limits=limits), "A title")
        return " ".join(re.sub("<[^>]*>", " ", page).split())

    assert "is stopped and fails; the rest is graded all the same" in told(usual)
    times = "30 seconds for all checks of one exercise, 60 seconds for each cell, 10 minutes for "
    assert f"{times}everything together. Memory 3072 MB on top of what" in told(usual)
    times = "39 seconds for all checks of one exercise, 78 seconds for each cell, 13 minutes for "
    because = "That is 1.3 times the usual, because the machine was slow."
    assert f"{times}everything together. {because} Memory 2000 MB" in told(slow)
    assert "for everything together" not in told(None)


def test_the_overview_counts_mistakes_and_links_students():
    wrong = exercise(misconception=Diagnosis(name="bits", hint="Use log."))
    verdicts = [
        verdict(wrong, student="Ada Lovelace"),
        verdict(wrong, student="bob"),
        verdict(exercise(status="passed"), student="eve"),
        verdict(exercise(), student="mallory", status="rejected", reason="It is empty."),
        verdict(exercise(status="broke"), student="oscar", status="incomplete"),
    ]
    page = feedback.overview(verdicts, {"queries_keys_values": "A title", "other": "Another"})
    text = " ".join(re.sub("<[^>]*>", " ", page).split())
    assert "5 submissions. 1 rejected." in text
    assert "entropy 1 of 3 bits (2)" in text
    assert 'href="Ada%20Lovelace/queries_keys_values.html"' in page


# ---------------------------------------------------------------- verdicts.csv


def test_the_sheet_has_a_row_an_exercise():
    text = gradesheet.rows(
        [
            verdict(exercise(status="passed"), exercise("most_read", "broke")),
            verdict(exercise(), student="bob", status="rejected"),
        ]
    )
    rows = list(csv.DictReader(io.StringIO(text)))
    assert tuple(rows[0]) == gradesheet.COLUMNS
    assert [(r["student"], r["exercise"], r["points"], r["status"]) for r in rows] == [
        ("ada", "entropy", "1", "passed"),
        ("ada", "most_read", "", "broke"),
        ("bob", "entropy", "0", "rejected"),
    ]
    assert rows[0]["seconds"] == "0.25"


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r=", " ="])
def test_no_cell_is_a_formula(start):
    name = f'{start}cmd|"/c calc"!A1'
    mistake = Diagnosis(name=name, hint="")
    text = gradesheet.rows([verdict(exercise(misconception=mistake), student=name)])
    _, row = csv.reader(io.StringIO(text, newline=""))
    assert row[0] == row[6] == f"'{name}"


# ---------------------------------------------------------------- the schema


def test_the_committed_schema_is_current():
    assert schema.PATH.read_text("utf-8") == schema.schema(), "run `python -m autograder.schema`"


def test_a_verdict_satisfies_its_schema_and_a_changed_one_does_not():
    known = json.loads(schema.PATH.read_text("utf-8"))
    written = json.loads(hostile().model_dump_json())
    jsonschema.Draft202012Validator(known).validate(written)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(known).validate(written | {"status": "perhaps"})
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.Draft202012Validator(known).validate(written | {"bonus": 3})
