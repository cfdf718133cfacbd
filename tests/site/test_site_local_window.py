"""The widget of chapter 7 in the built page: a window, by mouse, touch and keyboard."""

import pytest
from playwright.sync_api import Page, expect

PAGE = "book/local_attention.html"
UNITS, GAP = 715, 75  # width of the drawing; pixels between two words, before the page scales it


class LocalWindow:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="local_window"] .attn-widget')
        self.centre = self.root.get_by_role("slider", name="centre of the window")
        self.reach = self.root.get_by_role("slider", name="reach of the window")
        self.gaussian = self.root.get_by_role("checkbox", name="Gaussian")
        self.sums = self.root.locator(".attn-sums")
        self.root.scroll_into_view_if_needed()

    def place(self, handle) -> tuple[float, float]:
        handle.scroll_into_view_if_needed()
        box = handle.locator(".grip").bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def word(self) -> float:
        return GAP * self.root.locator("svg").first.bounding_box()["width"] / UNITS

    def drag(self, handle, words: float) -> None:
        (x, y), step = self.place(handle), self.word()
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + words * step, y, steps=8)
        self.page.mouse.up()

    def swipe(self, handle, words: float) -> None:
        (x, y), step = self.place(handle), self.word()
        fingers = self.page.context.new_cdp_session(self.page)
        for i in range(11):
            point = {"x": x + words * step * i / 10, "y": y}
            kind = "touchMove" if i else "touchStart"
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.fixture
def widget(open_page):
    return lambda **settings: LocalWindow(open_page(PAGE, **settings))


def test_it_shows_something_true_before_it_is_touched(widget):
    w = widget()
    expect(w.sums).to_contain_text("it holds 4 positions (p is not whole, so 2D)")
    expect(w.sums).to_contain_text("the weights sum to 0.66")
    expect(w.root.locator("[aria-live]")).to_contain_text("Most weight: boy")


def test_a_mouse_drags_the_centre_and_the_edge(widget):
    w = widget()
    w.drag(w.centre, -2)
    expect(w.centre).to_have_attribute("aria-valuenow", "2.4")
    expect(w.root.locator("[aria-live]")).to_contain_text("Most weight: cat")
    w.drag(w.reach, 1)
    expect(w.reach).to_have_attribute("aria-valuenow", "3")


def test_a_finger_drags_the_centre(widget):
    w = widget(width=390, touch=True)
    w.swipe(w.centre, 2)
    expect(w.centre).to_have_attribute("aria-valuenow", "6.4")


def test_arrow_keys_move_and_a_whole_position_holds_one_more(widget):
    w = widget()
    w.centre.focus()
    for _ in range(4):
        w.page.keyboard.press("ArrowLeft")
    expect(w.centre).to_have_attribute("aria-valuenow", "4.0")
    expect(w.sums).to_contain_text("it holds 5 positions (p is whole, so 2D + 1)")
    w.page.keyboard.press("Shift+ArrowRight")
    expect(w.centre).to_have_attribute("aria-valuenow", "5.0")
    w.reach.focus()
    w.page.keyboard.press("ArrowDown")
    expect(w.reach).to_have_attribute("aria-valuenow", "1")
    expect(w.sums).to_contain_text("it holds 3 positions")


def test_without_the_gaussian_the_weights_sum_to_one(widget):
    w = widget()
    w.gaussian.uncheck()
    expect(w.sums).to_contain_text("the weights sum to 1.00")
    w.root.get_by_role("button", name="Reset").click()
    expect(w.sums).to_contain_text("the weights sum to 0.66")
    expect(w.gaussian).to_be_checked()


def test_handles_stay_in_the_sentence(widget):
    w = widget()
    w.centre.focus()
    for _ in range(12):
        w.page.keyboard.press("Shift+ArrowRight")
    expect(w.centre).to_have_attribute("aria-valuenow", "9.0")
    expect(w.sums).to_contain_text("cut off at the sentence's end")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(widget, scheme):
    w = widget(width=390, scheme=scheme)
    assert w.root.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert w.page.evaluate("document.documentElement.scrollWidth") <= 390
