"""The widget of chapter 9 in the built page: width and divisor by mouse, touch and keyboard."""

import pytest
from playwright.sync_api import Page, expect

PAGE = "book/scaled_dot_product.html"


class Saturation:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="saturation"] .attn-widget')
        self.width, self.power = (self.root.locator("input[type=range]").nth(i) for i in (0, 1))
        self.key = self.root.get_by_role("slider", name="key")
        self.words = self.root.locator("[aria-live]")
        self.root.scroll_into_view_if_needed()

    def numbers(self, row: int) -> list[float]:
        """Deviation, largest weight and gradient: of this query (0), of all (1)."""
        cells = self.root.locator(".attn-table tbody tr").nth(row).locator("td").all_inner_texts()
        return [float(text.replace("−", "-")) for text in cells]

    def press(self, name: str) -> None:
        self.root.get_by_role("button", name=name, exact=True).click()


@pytest.fixture
def widget(open_page):
    return lambda **settings: Saturation(open_page(PAGE, **settings))


def test_it_shows_something_true_before_it_is_touched(widget):
    w = widget()
    spread, largest, gradient = w.numbers(1)
    assert 7.5 < spread < 8.9  # √64 = 8
    assert largest > 0.8
    assert gradient < 0.3
    expect(w.words).to_contain_text("Width 64, divided by 1.00")


def test_the_keyboard_widens_the_vectors(widget):
    w = widget()
    w.width.focus()
    w.page.keyboard.press("End")
    assert 20 < w.numbers(1)[0] < 25  # √512 = 22.6
    w.page.keyboard.press("Home")
    assert w.numbers(1)[0] < 1.5
    expect(w.root.get_by_text("width d = 1", exact=True)).to_be_visible()


def test_the_root_keeps_the_spread_and_d_flattens(widget):
    w = widget()
    w.press("q·k ∕ √d")
    before = w.numbers(1)
    w.width.focus()
    w.page.keyboard.press("End")
    assert w.numbers(1) == pytest.approx(before, abs=0.1)
    w.press("q·k ∕ d")
    assert w.numbers(1)[1] < 0.04
    expect(w.words).to_contain_text("divided by 512.00")


def test_a_drag_along_the_bars_chooses_a_key(widget):
    w = widget()
    box = w.key.bounding_box()
    y = box["y"] + box["height"] / 2
    w.page.mouse.move(box["x"] + 0.1 * box["width"], y)
    w.page.mouse.down()
    w.page.mouse.move(box["x"] + 0.9 * box["width"], y, steps=4)
    w.page.mouse.up()
    chosen = int(w.key.get_attribute("aria-valuenow"))
    assert chosen > 24
    expect(w.root.get_by_text(f"score of key {chosen} =")).to_be_visible()
    w.page.keyboard.press("ArrowLeft")
    assert int(w.key.get_attribute("aria-valuenow")) == chosen - 1


def test_another_query_and_back(widget):
    w = widget()
    before = w.numbers(0)
    w.press("Another query")
    assert w.numbers(0) != before
    w.press("q·k ∕ √d")
    w.press("Reset")
    assert w.numbers(0) == before


def test_a_finger_drags_along_the_bars_on_a_narrow_page(widget):
    w = widget(width=390, touch=True)
    w.key.scroll_into_view_if_needed()
    box = w.key.bounding_box()
    x, y = box["x"] + 20, box["y"] + box["height"] / 2
    fingers = w.page.context.new_cdp_session(w.page)
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": x + 60, "y": y}]),
        ("touchMove", [{"x": x + 160, "y": y}]),
        ("touchEnd", []),
    ):
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert int(w.key.get_attribute("aria-valuenow")) > 10
    assert w.page.evaluate("document.documentElement.scrollWidth") <= 390
