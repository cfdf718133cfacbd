"""The widget of chapter 16 in the built page: a caption walked by mouse, touch and keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

PAGE = "book/show_attend_tell.html"


class Walk:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="caption_walk"] .attn-widget')
        self.spoken = self.root.locator("[aria-live]")
        self.caption = self.root.get_by_role("group", name="The caption, word by word")
        self.root.scroll_into_view_if_needed()

    def press(self, name: str) -> None:
        self.root.get_by_role("button", name=name, exact=True).click()

    def words(self):
        return self.caption.get_by_role("button")

    def cell(self, row: int, column: int):
        return self.root.get_by_role("button", name=re.compile(f"^row {row}, column {column},"))

    def framed(self) -> str:
        """Which cell has the frame."""
        shown = self.root.locator('.scene g[role="button"]').filter(
            has=self.page.locator('.ring:not([style*="none"])')
        )
        return shown.get_attribute("aria-label")


@pytest.fixture
def walk(open_page):
    return lambda **settings: Walk(open_page(PAGE, **settings))


def test_it_shows_something_true_before_it_is_touched(walk):
    w = walk()
    expect(w.spoken).to_contain_text("Word 3")
    expect(w.spoken).to_contain_text("the largest weight is")
    place = re.search(r"row \d, column \d", w.spoken.inner_text())[0]
    assert w.framed().startswith(place)
    expect(w.root.locator(".attn-truth")).to_contain_text("As it should be")


def test_the_glimpse_follows_the_words(walk):
    w = walk()
    seen = set()
    count = w.words().count()
    for i in range(count):
        w.words().nth(i).click()
        expect(w.spoken).to_contain_text(f"Word {i + 1}, ")
        expect(w.words().nth(i)).to_have_attribute("aria-pressed", "true")
        seen.add(w.framed().split(", weight")[0])
    assert len(seen) > 1  # it did not stay in one place
    expect(w.root.get_by_role("button", name="Next word")).to_be_disabled()


def test_by_keyboard(walk):
    w = walk()
    w.words().nth(2).focus()
    w.page.keyboard.press("Home")
    expect(w.spoken).to_contain_text("Word 1, “a”")
    w.page.keyboard.press("ArrowRight")
    expect(w.words().nth(1)).to_be_focused()
    expect(w.spoken).to_contain_text("Word 2, ")
    w.page.keyboard.press("End")
    expect(w.spoken).to_contain_text("(end)")


def test_a_cell_says_when_it_was_read(walk):
    w = walk()
    w.cell(1, 1).click()
    expect(w.spoken).to_contain_text("The cell in row 1, column 1 got")
    w.page.keyboard.press("ArrowRight")
    w.page.keyboard.press("ArrowDown")
    expect(w.cell(2, 2)).to_be_focused()
    expect(w.spoken).to_contain_text("The cell in row 2, column 2 got")
    w.page.keyboard.press("Escape")
    expect(w.spoken).to_contain_text("Word 3")


def test_the_wrong_captions_say_so(walk):
    w = walk()
    told = []
    for _ in range(5):
        told.append("As it should be" in w.root.locator(".attn-truth").inner_text())
        w.press("Another picture")
    assert told == [True, True, True, False, False]
    w.press("Next word")
    w.press("Reset")
    expect(w.spoken).to_contain_text("Word 3")


def test_the_table_adds_up(walk):
    w = walk()
    rows = w.root.locator("table tbody tr")
    assert rows.count() == 37
    last = [float(rows.nth(i).locator("td").last.text_content()) for i in range(36)]
    assert sum(last) == pytest.approx(w.words().count(), abs=0.2)


def test_a_finger_works_on_a_narrow_page(walk):
    w = walk(width=390, touch=True)
    w.words().nth(0).tap()
    expect(w.spoken).to_contain_text("Word 1")
    w.cell(3, 3).tap()
    expect(w.spoken).to_contain_text("The cell in row 3, column 3 got")
    assert w.page.evaluate("document.documentElement.scrollWidth") <= 390
