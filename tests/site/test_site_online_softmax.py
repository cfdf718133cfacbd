"""The widget of chapter 15 in the built page: tiles read by mouse, touch and keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

PAGE = "book/efficient_attention.html"


class Online:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="online_softmax"] .attn-widget')
        self.head = self.root.get_by_role("slider", name="tiles that were read")
        self.words = self.root.locator("[aria-live]")
        self.root.scroll_into_view_if_needed()

    def score(self, key: int):
        return self.root.get_by_role("slider", name=f"score of key {key}")

    def outputs(self) -> list[float]:
        """The output so far, and what the whole row at once gives."""
        line = self.root.locator(".attn-sums p").last.inner_text().replace("−", "-")
        return [float(n) for n in re.findall(r"-?\d+\.\d+", line)]

    def centre(self, handle, shape: str) -> tuple[float, float]:
        handle.scroll_into_view_if_needed()
        box = handle.locator(shape).bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.fixture
def widget(open_page):
    return lambda **settings: Online(open_page(PAGE, **settings))


def test_it_shows_something_true_before_it_is_touched(widget):
    w = widget()
    expect(w.words).to_contain_text("4 of 8 keys read. Largest score 2.50, sum 1.73")
    assert w.outputs() == [7.28, 3.45]


def test_the_mouse_reads_on_and_the_end_is_exact(widget):
    w = widget()
    x, y = w.centre(w.head, ".head")
    w.page.mouse.move(x, y)
    w.page.mouse.down()
    w.page.mouse.move(x + 900, y, steps=5)
    w.page.mouse.up()
    assert w.outputs() == [3.45, 3.45]
    expect(w.words).to_contain_text("as the whole row at once")


def test_the_tile_does_not_matter(widget):
    w = widget()
    w.head.focus()
    w.page.keyboard.press("End")
    for n in ("1", "4", "8", "2"):
        w.root.get_by_role("radio", name=n, exact=True).check()
        assert w.outputs() == [3.45, 3.45]


def test_forgetting_to_rescale_shows_and_a_first_tile_with_the_largest_score_hides_it(widget):
    w = widget()
    w.head.focus()
    w.page.keyboard.press("End")
    w.root.get_by_role("checkbox", name="forget to rescale").check()
    wrong, whole = w.outputs()
    assert abs(wrong - whole) > 0.5
    w.score(1).focus()
    for _ in range(4):
        w.page.keyboard.press("Shift+ArrowUp")
    assert w.score(1).get_attribute("aria-valuenow") == "4"
    assert w.outputs()[0] == w.outputs()[1]
    w.root.get_by_role("button", name="Reset").click()
    assert w.outputs() == [7.28, 3.45]


def test_a_finger_drags_a_score_on_a_narrow_page(widget):
    w = widget(width=390, touch=True)
    x, y = w.centre(w.score(3), ".dot")
    fingers = w.page.context.new_cdp_session(w.page)
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x, "y": y - 15}]),
        ("touchMove", [{"x": x, "y": y - 30}]),
        ("touchEnd", []),
    ):
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert float(w.score(3).get_attribute("aria-valuenow")) > 1
    assert w.page.evaluate("document.documentElement.scrollWidth") <= 390
