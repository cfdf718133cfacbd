"""The kernel widget in the built page: query and width dragged by mouse, touch and keyboard."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

PAGE = "book/human_attention.html"


class Kernel:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="kernel"] .attn-widget')
        self.query = self.root.get_by_role("slider", name="Time asked about")
        self.width = self.root.get_by_role("slider", name="Width of the bell")
        self.root.scroll_into_view_if_needed()

    def value(self, handle: Locator) -> float:
        return float(handle.get_attribute("aria-valuenow"))

    def estimate(self) -> float:
        return float(self.root.locator(".attn-output").inner_text())

    def errors(self) -> tuple[float, float]:
        """On readings that may look at themselves, and left out."""
        text = self.root.locator("[aria-live]").inner_text()
        own, others = re.search(r"(\d\.\d+) when each may.* (\d\.\d+) when each is", text).groups()
        return float(own), float(others)

    def grip(self, handle: Locator) -> tuple[float, float]:
        box = handle.locator(".knob").bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def drag(self, handle: Locator, by: float) -> None:
        x, y = self.grip(handle)
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + by, y, steps=5)
        self.page.mouse.up()


@pytest.fixture
def kernel(open_page):
    return lambda **settings: Kernel(open_page(PAGE, **settings))


def test_mouse_drags_the_query(kernel):
    widget = kernel()
    before, estimate = widget.grip(widget.query), widget.estimate()
    widget.drag(widget.query, 120)
    assert widget.grip(widget.query)[0] == pytest.approx(before[0] + 120, abs=2)
    assert widget.value(widget.query) > 12
    assert widget.estimate() != estimate


def test_mouse_drags_the_width(kernel):
    widget = kernel()
    before = widget.grip(widget.width)
    widget.drag(widget.width, 90)
    assert widget.grip(widget.width)[0] == pytest.approx(before[0] + 90, abs=2)
    assert widget.value(widget.width) > 2
    assert widget.value(widget.query) == 10.5


def test_nothing_moves_once_the_button_is_up(kernel):
    widget = kernel()
    widget.drag(widget.query, 40)
    there = widget.value(widget.query)
    widget.page.mouse.move(300, 300, steps=3)
    assert widget.value(widget.query) == there


def test_touch_drags_the_query(kernel):
    widget = kernel(width=390, touch=True)
    x, y = widget.grip(widget.query)
    touch = widget.page.context.new_cdp_session(widget.page)
    for kind, shift in (
        ("touchStart", 0),
        ("touchMove", 20),
        ("touchMove", 60),
        ("touchEnd", None),
    ):
        points = [] if shift is None else [{"x": x + shift, "y": y}]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert widget.grip(widget.query)[0] == pytest.approx(x + 60, abs=2)


def test_keyboard_moves_both_handles(kernel):
    widget = kernel()
    widget.query.focus()
    widget.page.keyboard.press("ArrowRight")
    expect(widget.query).to_have_attribute("aria-valuetext", "10:36")
    widget.page.keyboard.press("PageDown")
    expect(widget.query).to_have_attribute("aria-valuetext", "9:36")
    widget.page.keyboard.press("Tab")
    expect(widget.width).to_be_focused()
    widget.page.keyboard.press("ArrowUp")
    expect(widget.width).to_have_attribute("aria-valuetext", "0.88 hours")


def test_a_narrow_bell_flatters_itself_only(kernel):
    widget = kernel()
    widget.width.focus()
    widget.page.keyboard.press("Home")
    own, others = widget.errors()
    assert own < 0.001
    assert others > 0.3


def test_a_wide_bell_is_nearly_the_mean_and_far_away_the_last_reading_answers(kernel):
    widget = kernel()
    rows = widget.root.locator("tbody tr")
    readings = [float(r.locator("td").first.text_content()) for r in rows.all()]
    widget.width.focus()
    widget.page.keyboard.press("End")
    widget.query.focus()
    for _ in range(20):
        widget.page.keyboard.press("ArrowRight")
    assert widget.estimate() == pytest.approx(sum(readings) / len(readings), abs=0.2)

    widget.root.get_by_role("button", name="Reset").click()
    widget.width.focus()
    for _ in range(2):
        widget.page.keyboard.press("PageDown")
    widget.query.focus()
    widget.page.keyboard.press("End")
    assert widget.estimate() == pytest.approx(readings[-1], abs=0.01)


def test_table_adds_up_to_the_estimate(kernel):
    widget = kernel()
    widget.drag(widget.query, 60)
    cells = [row.locator("td").all_text_contents() for row in widget.root.locator("tbody tr").all()]
    assert len(cells) == 40
    assert sum(float(row[1]) for row in cells) == pytest.approx(1, abs=0.02)
    assert sum(float(row[2]) for row in cells) == pytest.approx(widget.estimate(), abs=0.03)


def test_reset(kernel):
    widget = kernel()
    widget.drag(widget.query, 100)
    widget.drag(widget.width, 30)
    widget.root.get_by_role("button", name="Reset").click()
    assert (widget.value(widget.query), widget.value(widget.width)) == (10.5, 0.8)
