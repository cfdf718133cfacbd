"""The widget of chapter 4 in the built page: the length pulled by mouse, touch and keyboard."""

import pytest
from playwright.sync_api import Page, expect

PAGE = "book/seq2seq_bottleneck.html"


class Lengths:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="lengths"] .attn-widget')
        self.handle = self.root.get_by_role("slider", name="Length of the sequence")
        self.words = self.root.locator("[aria-live]")
        self.root.scroll_into_view_if_needed()

    def length(self) -> int:
        return int(self.handle.get_attribute("aria-valuenow"))

    def source(self) -> str:
        return self.root.locator(".attn-written td").first.inner_text()

    def knob(self) -> tuple[float, float]:
        self.handle.scroll_into_view_if_needed()
        box = self.handle.locator(".knob").bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.fixture
def widget(open_page):
    return lambda **settings: Lengths(open_page(PAGE, **settings))


def test_it_shows_something_true_before_it_is_touched(widget):
    w = widget()
    assert w.length() == 10
    assert len(w.source()) == 10
    expect(w.words).to_contain_text("Length 10: one vector gets")


def test_mouse_pulls_the_length(widget):
    w = widget()
    x, y = w.knob()
    w.page.mouse.move(x, y)
    w.page.mouse.down()
    w.page.mouse.move(x + 500, y, steps=5)
    w.page.mouse.up()
    assert w.length() == 20
    assert len(w.source()) == 20
    expect(w.words).to_contain_text("one vector gets 0 % right")


def test_a_click_on_the_picture_chooses_a_length(widget):
    w = widget()
    box = w.root.locator("svg.attn-lengths").bounding_box()
    w.page.mouse.click(box["x"] + 0.1 * box["width"], box["y"] + 0.4 * box["height"])
    assert w.length() == 4


def test_the_keyboard_pulls_it_too(widget):
    w = widget()
    w.handle.focus()
    for key, length in (("ArrowRight", 12), ("ArrowDown", 10), ("Home", 4), ("End", 20)):
        w.page.keyboard.press(key)
        assert w.length() == length


def test_another_sequence_of_that_length_and_back(widget):
    w = widget()
    before = w.source()
    w.root.get_by_role("button", name="Another sequence").click()
    assert len(w.source()) == len(before)
    assert w.source() != before
    w.root.get_by_role("button", name="Reset").click()
    assert w.source() == before


def test_wrong_letters_are_marked(widget):
    w = widget()
    w.handle.focus()
    w.page.keyboard.press("End")
    row = w.root.locator(".attn-written tr").nth(1)
    written = row.locator(".attn-letters span").all_inner_texts()
    right = [*reversed(w.source()), "."]
    wrong = row.locator(".attn-letters .wrong").count()
    padded = right + [""] * (len(written) - len(right))
    assert wrong == sum(a != b for a, b in zip(written, padded, strict=True))


def test_a_finger_drags_it_on_a_narrow_page(widget):
    w = widget(width=390, touch=True)
    x, y = w.knob()
    fingers = w.page.context.new_cdp_session(w.page)
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x - 60, "y": y}]),
        ("touchMove", [{"x": x - 120, "y": y}]),
        ("touchEnd", []),
    ):
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert w.length() < 10
    assert w.page.evaluate("document.documentElement.scrollWidth") <= 390
