"""The widget of chapter 8 in the built page: glimpses by mouse, touch and keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

PAGE = "book/hard_attention.html"


class Glimpses:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="hard_glimpses"] .attn-widget')
        self.words = self.root.locator("[aria-live]")
        self.time = self.root.get_by_role("slider", name="Steps of training")
        self.root.scroll_into_view_if_needed()

    def press(self, name: str) -> None:
        self.root.get_by_role("button", name=name, exact=True).click()

    def cell(self, number: int):
        return self.root.get_by_role("button", name=re.compile(f"^cell {number},"))

    def looks(self) -> int:
        found = re.search(r"Mean push of (\d+) glimpse", self.words.inner_text())
        return int(found[1]) if found else 0

    def numbers(self) -> list[list[str]]:
        """The table, row by row."""
        rows = self.root.locator("table tbody tr")
        return [rows.nth(i).locator("td").all_text_contents() for i in range(rows.count())]


@pytest.fixture
def widget(open_page):
    return lambda **settings: Glimpses(open_page(PAGE, **settings))


def test_it_shows_something_true_before_it_is_touched(widget):
    w = widget()
    expect(w.words).to_contain_text("No glimpse has been drawn yet")
    expect(w.cell(5)).to_have_attribute("aria-label", re.compile("asked for"))
    assert sum(float(row[1]) for row in w.numbers()) == pytest.approx(1, abs=0.05)


def test_looks_are_counted_and_read_again_with_the_baseline(widget):
    w = widget()
    w.press("Look once")
    assert w.looks() == 1
    expect(w.words).to_contain_text("The last glimpse: cell")
    w.press("Look 100 times")
    assert w.looks() == 101
    before = w.numbers()
    w.root.get_by_label("subtract the expected reward").check()
    after = w.numbers()
    assert w.looks() == 101
    assert [row[3] for row in before] == [row[3] for row in after]  # the same glimpses
    assert [row[4] for row in before] != [row[4] for row in after]  # read differently
    assert [row[5] for row in before] == [row[5] for row in after]  # the truth stays


def test_without_a_baseline_what_is_seen_is_pushed_down(widget):
    w = widget()
    for _ in range(5):
        w.press("Look once")
        expect(w.words).to_contain_text(re.compile(r"pushed cell \d by −"))


def test_the_training_is_pulled_by_keyboard(widget):
    w = widget()
    w.press("Look 100 times")
    w.time.focus()
    w.page.keyboard.press("End")
    assert w.looks() == 0
    assert float(w.numbers()[4][1]) > 0.9  # now it looks where it is asked
    w.page.keyboard.press("Home")
    assert float(w.numbers()[4][1]) < 0.3
    w.press("Reset")
    expect(w.root.locator("output")).to_have_text("250 steps")


def test_another_grid_has_another_question(widget):
    w = widget()
    digits = [row[0] for row in w.numbers()]
    w.press("Another grid")
    assert [row[0] for row in w.numbers()] != digits
    expect(w.cell(1)).to_have_attribute("aria-label", re.compile("asked for"))


def test_the_arrows_walk_and_enter_asks(widget):
    w = widget()
    w.cell(1).focus()
    w.page.keyboard.press("ArrowRight")
    w.page.keyboard.press("ArrowDown")
    expect(w.cell(5)).to_be_focused()
    w.page.keyboard.press("Enter")
    expect(w.words).to_contain_text("A glimpse at cell 5")
    assert w.looks() == 0  # asking is not looking


def test_a_finger_works_on_a_narrow_page(widget):
    w = widget(width=390, touch=True)
    w.cell(3).tap()
    expect(w.words).to_contain_text("A glimpse at cell 3")
    w.root.get_by_role("button", name="Look once").tap()
    assert w.looks() == 1
    assert w.page.evaluate("document.documentElement.scrollWidth") <= 390
