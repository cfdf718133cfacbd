"""The room of chapter 19 in the built page: things and agent by mouse, touch and keyboard."""

import pytest
from playwright.sync_api import Locator, Page, expect

PAGE = "book/beyond.html"
SQUARES, EDGE = 9, 2 / 364  # squares a side; the drawing's margin, as a share of its width


class Room:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="fetching_room"] .attn-widget')
        self.agent = self.handle("the agent")
        self.sums = self.root.locator(".attn-sums[aria-live]")
        self.root.scroll_into_view_if_needed()

    def handle(self, name: str) -> Locator:
        return self.root.get_by_role("slider", name=f"square of {name}")

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def place(self, column: int, row: int) -> tuple[float, float]:
        """The middle of a square on the screen, both counted from 1, from the lower left."""
        self.agent.scroll_into_view_if_needed()
        box = self.root.get_by_role("group", name="The room").bounding_box()
        side = box["width"] * (1 - 2 * EDGE) / SQUARES
        left, top = box["x"] + EDGE * box["width"], box["y"] + EDGE * box["width"]
        return left + (column - 0.5) * side, top + (SQUARES - row + 0.5) * side

    def drag(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        self.page.mouse.move(*self.place(*start))
        self.page.mouse.down()
        self.page.mouse.move(*self.place(*end), steps=8)
        self.page.mouse.up()

    def swipe(self, start: tuple[int, int], end: tuple[int, int]) -> None:
        (x, y), (to_x, to_y) = self.place(*start), self.place(*end)
        fingers = self.page.context.new_cdp_session(self.page)
        for i in range(11):
            point = {"x": x + (to_x - x) * i / 10, "y": y + (to_y - y) * i / 10}
            kind = "touchMove" if i else "touchStart"
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.fixture
def room(open_page):
    return lambda **settings: Room(open_page(PAGE, **settings))


def test_it_shows_something_true_before_it_is_touched(room):
    r = room()
    expect(r.agent).to_have_attribute("aria-valuetext", "column 5, row 6")
    expect(r.sums).to_contain_text("It wants the star")
    expect(r.sums).to_contain_text("of its weight on the star")
    expect(r.sums).to_contain_text("Its way takes 6 steps, and no way is shorter.")


def test_a_mouse_drags_what_is_wanted_and_the_way_follows(room):
    r = room()
    r.drag((8, 3), (5, 4))
    expect(r.handle("the star")).to_have_attribute("aria-valuetext", "column 5, row 4, wanted")
    expect(r.sums).to_contain_text("Its way takes 2 steps, and no way is shorter.")


def test_no_two_things_stand_on_one_square(room):
    r = room()
    r.drag((8, 3), (5, 6))  # onto the agent
    expect(r.handle("the star")).not_to_have_attribute("aria-valuetext", "column 5, row 6, wanted")


def test_a_finger_drags_the_agent(room):
    r = room(width=390, touch=True)
    r.swipe((5, 6), (8, 4))
    expect(r.agent).to_have_attribute("aria-valuetext", "column 8, row 4")
    expect(r.sums).to_contain_text("Its way takes 1 step, and no way is shorter.")


def test_arrow_keys_move_and_enter_makes_it_wanted(room):
    r = room()
    r.agent.focus()
    for _ in range(6):
        r.page.keyboard.press("ArrowLeft")  # the last two would leave the room
    expect(r.agent).to_have_attribute("aria-valuetext", "column 1, row 6")
    r.handle("the moon").focus()
    r.page.keyboard.press("Enter")
    expect(r.root.get_by_label("it wants the moon")).to_be_checked()
    expect(r.sums).to_contain_text("It wants the moon")


def test_things_come_and_go(room):
    r = room()
    r.root.get_by_label("star is in the room").uncheck()
    expect(r.sums).to_contain_text("It wants the star, and there is none")
    expect(r.handle("the star")).to_be_hidden()
    for name in ("ball", "box", "moon", "ring"):
        r.root.get_by_label(f"{name} is in the room").uncheck()
    expect(r.sums).to_contain_text("so it reads zeros")
    r.button("Reset").click()
    expect(r.sums).to_contain_text("Its way takes 6 steps, and no way is shorter.")


def test_it_walks_there_and_reset_brings_it_back(room):
    r = room()
    r.button("Walk").click()
    expect(r.agent).to_have_attribute("aria-valuetext", "column 8, row 3", timeout=10_000)
    expect(r.sums).to_contain_text("It stands on the star")
    r.button("Reset").click()
    expect(r.agent).to_have_attribute("aria-valuetext", "column 5, row 6")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(room, scheme):
    r = room(width=390, scheme=scheme)
    assert r.root.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert r.page.evaluate("document.documentElement.scrollWidth") <= 390
