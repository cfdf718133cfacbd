"""What a reader does on a page: search, switch the theme, answer a quiz, predict, download."""

import json

import browsing
import pytest
from playwright.sync_api import Page, expect

CHAPTERS = browsing.chapters() or ["the book is not built"]


@pytest.fixture(params=CHAPTERS)
def chapter(request) -> str:
    """The path of a chapter."""
    return request.param


def contrast_colours(page: Page, selector: str) -> str:
    return page.locator(selector).first.evaluate("node => getComputedStyle(node).color")


def test_search_finds_a_chapter(open_page):
    page = open_page("search.html?q=softmax")
    first = page.locator("#search-results li a").first
    expect(first).to_be_visible(timeout=10_000)
    assert first.get_attribute("href").split("?")[0].split("#")[0] in CHAPTERS


def test_theme_toggle_and_pictures_follow(open_page, chapter):
    page = open_page(chapter, scheme="light")
    coloured = ["svg.attn-picture", "mjx-container .attn-query"]
    coloured = [found for found in coloured if page.locator(found).count()]
    assert "svg.attn-picture" in coloured
    html = page.locator("html")
    expect(html).to_have_attribute("data-theme", "light")
    light = [contrast_colours(page, found) for found in coloured]
    for _ in range(2):  # auto, light, dark go round in an order that depends on the system
        page.locator(".theme-switch-button:visible").first.click()
        if html.get_attribute("data-theme") == "dark":
            break
    expect(html).to_have_attribute("data-theme", "dark")
    browsing.fade(page)
    dark = [contrast_colours(page, found) for found in coloured]
    assert all(before != after for before, after in zip(light, dark, strict=True))
    ground = page.locator("svg.attn-picture").first.evaluate(
        """node => { while (node && getComputedStyle(node).backgroundColor === "rgba(0, 0, 0, 0)")
             node = node.parentElement; return getComputedStyle(node).backgroundColor }"""
    )
    assert ground == page.locator("body").evaluate("n => getComputedStyle(n).backgroundColor")


def test_quiz_by_mouse_keeps_its_score(open_page, chapter):
    page = open_page(chapter)
    quiz = page.locator(".attn-quiz")
    questions = quiz.locator(".attn-question")
    total = questions.count()
    assert total >= 2
    expect(quiz.locator(".attn-score")).to_have_text(f"0 of {total} answered right")

    questions.first.locator('[data-right="false"] label').first.click()
    expect(questions.first.locator(".attn-answer")).to_contain_text("Not so.")
    expect(quiz.locator(".attn-score")).to_have_text(f"0 of {total} answered right")
    for number in range(total):
        questions.nth(number).locator('[data-right="true"] label').click()
        expect(questions.nth(number).locator(".attn-answer")).to_contain_text("Right.")
    expect(quiz.locator(".attn-score")).to_have_text(f"{total} of {total} answered right")

    page.reload()
    browsing.settle(page)
    expect(quiz.locator(".attn-score")).to_have_text(f"{total} of {total} answered right")
    expect(questions.last.locator(".attn-answer")).to_contain_text("Right.")

    quiz.get_by_role("button", name="Start again").click()
    expect(quiz.locator(".attn-score")).to_have_text(f"0 of {total} answered right")
    expect(quiz.locator(".attn-answer:not(:empty)")).to_have_count(0)
    page.reload()
    browsing.settle(page)
    expect(quiz.locator(".attn-score")).to_have_text(f"0 of {total} answered right")


def test_quiz_explains_every_option(open_page, chapter):
    page = open_page(chapter)
    for question in page.locator(".attn-question").all():
        heard = set()
        for option in question.locator(".attn-option").all():
            option.locator("label").click()
            heard.add(question.locator(".attn-answer").inner_text())
        assert len(heard) == question.locator(".attn-option").count()


def test_quiz_by_keyboard(open_page, chapter):
    page = open_page(chapter)
    question = page.locator(".attn-question").first
    question.locator("input").first.focus()
    page.keyboard.press("Space")
    first = question.locator(".attn-answer").inner_text()
    assert first
    page.keyboard.press("ArrowDown")
    expect(question.locator("input").nth(1)).to_be_focused()
    expect(question.locator("input").nth(1)).to_be_checked()
    assert question.locator(".attn-answer").inner_text() not in ("", first)


def test_quiz_reads_without_javascript(open_page, chapter):
    page = open_page(chapter, javascript=False)
    option = page.locator(".attn-option").first
    expect(option.locator("input")).to_be_hidden()
    expect(option.locator(".attn-explanation")).to_be_hidden()
    option.locator("summary").click()
    expect(option.locator(".attn-explanation")).to_be_visible()


def test_prediction_opens_by_keyboard(open_page, chapter):
    page = open_page(chapter)
    answer = page.locator(".predict details").first
    expect(answer).not_to_have_attribute("open", "")
    answer.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(answer).to_have_attribute("open", "")
    expect(answer.locator(".sd-summary-content")).to_be_visible()


def test_folded_answers_are_on_paper(open_page, chapter):
    page = open_page(chapter)
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    expect(page.locator(".predict .sd-summary-content").first).to_be_visible()
    expect(page.locator(".attn-explanation").first).to_be_visible()
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator(".predict details[open]").count() == 0


def test_chapter_line_and_download(open_page, chapter):
    page = open_page(chapter)
    line = page.locator(".attn-chapter-line")
    assert "minute" in line.inner_text()
    link = line.get_by_role("link", name="Download as a notebook")
    target = browsing.HTML / "book" / link.get_attribute("href")
    notebook = json.loads(target.read_text("utf-8"))
    kinds = {cell["cell_type"] for cell in notebook["cells"]}
    assert kinds == {"code", "markdown"}
    assert not any(cell.get("outputs") for cell in notebook["cells"])


def test_formulas_are_words_for_a_screen_reader(open_page, chapter):
    page = open_page(chapter)
    formulas = page.locator("mjx-container").count()
    assert formulas > 0
    assert page.locator("mjx-container mjx-assistive-mml math").count() == formulas
