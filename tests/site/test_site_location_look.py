"""The widget of chapter 19 in the built page: the last look, by mouse, touch and keyboard."""

import pytest
from playwright.sync_api import Page, expect

PAGE = "book/beyond.html"
UNITS, GAP = 712, 46  # width of the drawing; between two frames, before the page scales it


class LocationLook:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="location_look"] .attn-widget')
        self.last = self.root.get_by_role("slider", name="frame of the last look")
        self.sums = self.root.locator(".attn-sums")
        self.spoken = self.root.locator("[aria-live]")
        self.root.scroll_into_view_if_needed()

    def button(self, name: str):
        return self.root.get_by_role("button", name=name, exact=True)

    def grip(self) -> tuple[float, float]:
        self.last.scroll_into_view_if_needed()
        box = self.last.locator(".grip").bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def frames(self, count: int) -> float:
        return count * GAP * self.root.locator("svg").first.bounding_box()["width"] / UNITS

    def drag(self, count: int) -> None:
        (x, y), far = self.grip(), self.frames(count)
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + far, y, steps=8)
        self.page.mouse.up()

    def swipe(self, count: int) -> None:
        (x, y), far = self.grip(), self.frames(count)
        fingers = self.page.context.new_cdp_session(self.page)
        for i in range(11):
            kind = "touchMove" if i else "touchStart"
            point = {"x": x + far * i / 10, "y": y}
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.fixture
def widget(open_page):
    return lambda **settings: LocationLook(open_page(PAGE, **settings))


def test_it_shows_something_true_before_it_is_touched(widget):
    w = widget()
    expect(w.button("content only")).to_have_attribute("aria-pressed", "true")
    expect(w.sums).to_contain_text(".39 on the first do, .59 on the second do")
    expect(w.spoken).to_contain_text("Content only, the last look on frame 5")


def test_by_content_the_last_look_changes_nothing(widget):
    w = widget()
    w.drag(-4)
    expect(w.last).to_have_attribute("aria-valuenow", "1")
    expect(w.sums).to_contain_text(".39 on the first do, .59 on the second do")


def test_a_mouse_drags_the_last_look_and_the_weights_follow(widget):
    w = widget()
    w.button("with location").click()
    expect(w.sums).to_contain_text(".98 on the second do")
    expect(w.sums).to_contain_text("for where the last look lay")
    w.drag(-5)
    expect(w.last).to_have_attribute("aria-valuenow", "0")
    expect(w.sums).to_contain_text(".82 on the first do")


def test_a_finger_drags_the_last_look(widget):
    w = widget(width=390, touch=True)
    w.button("with location").tap()
    w.swipe(8)
    expect(w.last).to_have_attribute("aria-valuenow", "13")
    expect(w.sums).to_contain_text(".80 on the first do")  # the filter is too short to know


def test_arrow_keys_move_it_and_it_stays_in_the_melody(widget):
    w = widget()
    w.button("with location").press("Enter")
    w.last.focus()
    w.page.keyboard.press("ArrowLeft")
    expect(w.last).to_have_attribute("aria-valuetext", "frame 4, re")
    w.page.keyboard.press("Home")
    w.page.keyboard.press("ArrowLeft")
    expect(w.last).to_have_attribute("aria-valuenow", "0")
    w.page.keyboard.press("End")
    expect(w.last).to_have_attribute("aria-valuetext", "frame 14, silence")
    expect(w.spoken).to_contain_text("With location, the last look on frame 14")


def test_another_tone_all_numbers_and_reset(widget):
    w = widget()
    w.button("mi").click()
    expect(w.sums).to_contain_text("on mi")
    w.root.get_by_text("All the numbers").click()
    expect(w.root.locator("tbody tr")).to_have_count(15)
    w.button("Reset").click()
    expect(w.sums).to_contain_text(".39 on the first do, .59 on the second do")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(widget, scheme):
    w = widget(width=390, scheme=scheme)
    assert w.root.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert w.page.evaluate("document.documentElement.scrollWidth") <= 390
