"""The widget of chapter 18 in the built page: a patch is picked by mouse, touch and keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

PAGE = "book/vision_transformer.html"


class Patches:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="patches"] .attn-widget')
        self.canvas = self.root.get_by_role("slider", name="who reads")
        self.words = self.root.locator("[aria-live]")
        self.root.scroll_into_view_if_needed()

    def who(self) -> str:
        return self.canvas.get_attribute("aria-valuetext") or ""

    def shares(self) -> list[int]:
        """Per cent on the digit, by panel."""
        text = " ".join(self.root.locator(".named").all_inner_texts())
        return [int(n) for n in re.findall(r"(\d+) % on the digit", text)]

    def middle(self, row: int, column: int) -> tuple[float, float]:
        """The middle of a patch on the screen; rows and columns count from 1."""
        box = self.canvas.bounding_box()
        return (
            box["x"] + box["width"] * (column - 0.5) / 4,
            box["y"] + box["height"] * (row - 0.5) / 4,
        )


@pytest.fixture
def widget(open_page):
    return lambda **settings: Patches(open_page(PAGE, **settings))


def test_it_shows_something_true_before_it_is_touched(widget):
    w = widget()
    assert w.who() == "the class token"
    expect(w.words).to_contain_text("the class token reads; on the digit: layer 1")
    layer_1, _, _, erasing = w.shares()
    assert 0 < layer_1 <= 100
    assert erasing > 25


def test_the_mouse_picks_a_patch_and_drags_on(widget):
    w = widget()
    before = w.shares()
    w.page.mouse.move(*w.middle(2, 3))
    w.page.mouse.down()
    assert w.who() == "the patch in row 2, column 3"
    w.page.mouse.move(*w.middle(4, 1), steps=4)
    w.page.mouse.up()
    assert w.who() == "the patch in row 4, column 1"
    expect(w.words).to_contain_text("the patch in row 4, column 1 reads")
    after = w.shares()
    assert after[:3] != before[:3]
    assert after[3] == before[3]  # erasing is about the answer


def test_the_keyboard_walks_over_the_canvas_and_home_is_the_class_token(widget):
    w = widget()
    w.canvas.focus()
    for key, who in (
        ("ArrowRight", "row 1, column 1"),
        ("ArrowRight", "row 1, column 2"),
        ("ArrowDown", "row 2, column 2"),
        ("ArrowLeft", "row 2, column 1"),
        ("ArrowLeft", "row 2, column 1"),
        ("ArrowUp", "row 1, column 1"),
    ):
        w.page.keyboard.press(key)
        assert w.who() == f"the patch in {who}"
    w.page.keyboard.press("Home")
    assert w.who() == "the class token"


def test_another_canvas_and_back(widget):
    w = widget()
    first = w.shares()
    verdicts = set()
    for _ in range(8):
        verdicts.add("wrong" in w.root.locator("p").first.inner_text())
        w.root.get_by_role("button", name="Another canvas").click()
    assert verdicts == {True, False}  # the page sends readers to look for a wrong one
    assert w.shares() == first  # once round
    w.root.get_by_role("button", name="Another canvas").click()
    w.root.get_by_role("button", name="Reset").click()
    assert w.shares() == first


def test_the_numbers_can_be_read_without_the_picture(widget):
    w = widget()
    w.root.get_by_text("The numbers").click()
    rows = w.root.locator("tbody tr")
    assert rows.count() == 16
    erasing = [int(t.removesuffix(" %")) for t in rows.locator("td:last-child").all_inner_texts()]
    assert abs(sum(erasing) - 100) <= 8


def test_a_finger_picks_a_patch_on_a_narrow_page(widget):
    w = widget(width=390, touch=True)
    w.canvas.scroll_into_view_if_needed()
    w.page.touchscreen.tap(*w.middle(3, 2))
    assert w.who() == "the patch in row 3, column 2"
    assert w.page.evaluate("document.documentElement.scrollWidth") <= 390
