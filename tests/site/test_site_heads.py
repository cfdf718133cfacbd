"""The widget of chapter 11 in the built page: heads switched off by mouse, touch and keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

PAGE = "book/multi_head.html"


class Heads:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="heads"] .attn-widget')
        self.words = self.root.locator("[aria-live]")
        self.root.scroll_into_view_if_needed()

    def head(self, h: int):
        return self.root.get_by_role("button", name=f"head {h}: ")

    def answers(self) -> list[str]:
        return self.root.locator(".attn-answers td").all_inner_texts()

    def right(self) -> int:
        return sum(text.endswith(": right") for text in self.answers())

    def jar(self, question: str, place: int):
        return self.root.get_by_role("radio", name=f"{question} question: ").nth(place)


@pytest.fixture
def widget(open_page):
    return lambda **settings: Heads(open_page(PAGE, **settings))


def test_it_shows_something_true_before_it_is_touched(widget):
    w = widget()
    expect(w.words).to_contain_text("two heads, every head on")
    assert w.right() == 2
    expect(w.root).to_contain_text("both 100 %")


def test_switching_a_head_off_kills_one_answer_and_the_other_kills_the_other(widget):
    w = widget()
    said = []
    for h in (1, 2):
        w.head(h).click()
        expect(w.words).to_contain_text(f"head {h} off")
        found = re.search(r"first answer right (\d+) %, second (\d+) %", w.root.inner_text())
        said.append(tuple(int(share) for share in found.groups()))
        w.head(h).click()
        expect(w.words).to_contain_text("every head on")
    assert sorted(max(pair) for pair in said) == [100, 100]
    assert all(min(pair) < 13 for pair in said)
    assert (said[0][0] == 100) != (said[1][0] == 100)


def test_another_jar_is_asked_for_by_mouse_and_by_keyboard(widget):
    w = widget()
    w.jar("first", 3).check()
    expect(w.jar("first", 3)).to_be_checked()
    w.page.keyboard.press("ArrowRight")
    expect(w.jar("first", 4)).to_be_checked()
    assert w.right() == 2
    w.page.keyboard.press("ArrowRight")  # the jar of the second question: they change places
    expect(w.jar("first", 5)).to_be_checked()
    expect(w.jar("second", 4)).to_be_checked()


def test_one_head_gets_one_answer_wrong_on_most_shelves(widget):
    w = widget()
    w.root.get_by_role("button", name="one head").click()
    expect(w.words).to_contain_text("one head, every head on")
    wrong = 0
    for _ in range(12):
        wrong += w.right() < 2
        w.root.get_by_role("button", name="Another shelf").click()
        w.page.wait_for_timeout(50)
    assert wrong >= 6


def test_the_keyboard_switches_heads_and_keeps_its_place(widget):
    w = widget()
    w.root.get_by_role("button", name="four heads").click()
    w.head(3).focus()
    w.page.keyboard.press("Space")
    expect(w.head(3)).to_have_attribute("aria-pressed", "false")
    expect(w.head(3)).to_be_focused()
    w.root.get_by_role("button", name="Reset").click()
    expect(w.words).to_contain_text("two heads, every head on")


def test_a_finger_switches_a_head_on_a_narrow_page(widget):
    w = widget(width=390, touch=True)
    w.head(1).tap()
    expect(w.words).to_contain_text("head 1 off")
    assert w.page.evaluate("document.documentElement.scrollWidth") <= 390
