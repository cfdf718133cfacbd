"""The widget of chapter 20 in the built page: weights shuffled and carried about."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

PAGE = "book/is_attention_explanation.html"


class Remark:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="shuffled_weights"] .attn-widget')
        self.live = self.root.locator("[aria-live]")
        self.root.scroll_into_view_if_needed()

    def word(self, i: int):
        return self.root.locator(".attn-carry").nth(i)

    def shares(self) -> list[float]:
        return [float(x) for x in self.root.locator(".attn-carry .share").all_inner_texts()]

    def medians(self) -> list[float]:
        """Blame, praise, both together."""
        said = self.live.inner_text()
        return [float(n) for n in re.findall(r"(?:blame|praise|together) (\d?\.\d+)", said)]

    def after(self, change: Callable[[], None]) -> list[float]:
        """The medians after a change, which is said once it has come to rest."""
        before = self.live.inner_text()
        change()
        expect(self.live).not_to_have_text(before)
        return self.medians()

    def press(self, name: str) -> None:
        self.root.get_by_role("button", name=name, exact=True).click()

    def middle(self, i: int) -> tuple[float, float]:
        box = self.word(i).bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.fixture
def widget(open_page):
    return lambda **settings: Remark(open_page(PAGE, **settings))


def test_it_shows_something_true_before_it_is_touched(widget):
    w = widget()
    assert abs(sum(w.shares()) - 1) < 0.1
    expect(w.live).to_contain_text("The trained weights.")
    assert w.medians() == [0, 0, 0]


def test_a_shuffle_moves_one_class_and_another_seed_the_other(widget):
    w = widget()
    blame, praise, _ = w.after(lambda: w.press("Shuffle all weights"))
    assert blame > 0.5
    assert praise < 0.1
    blame, praise, _ = w.after(lambda: w.root.get_by_role("radio").nth(1).check())
    assert praise > 0.5
    assert blame < 0.1
    assert w.after(lambda: w.press("Reset")) == [0, 0, 0]


def test_all_alike(widget):
    w = widget()
    w.press("All weights alike")
    assert len(set(w.shares())) == 1
    expect(w.live).to_contain_text("All words are read alike")


def test_the_mouse_carries_a_weight(widget):
    w = widget()
    before = w.shares()
    w.page.mouse.move(*w.middle(0))
    w.page.mouse.down()
    w.page.mouse.move(*w.middle(1), steps=4)
    w.page.mouse.up()
    assert w.shares() == [before[1], before[0], *before[2:]]


def test_the_keyboard_walks_and_carries(widget):
    w = widget()
    before = w.shares()
    w.word(0).focus()
    w.page.keyboard.press("ArrowRight")
    expect(w.word(1)).to_be_focused()
    w.page.keyboard.press("Shift+ArrowRight")
    assert w.shares() == [before[0], before[2], before[1], *before[3:]]
    expect(w.word(2)).to_be_focused()


def test_a_dot_shows_its_remark(widget):
    w = widget()
    first = w.root.locator(".attn-carry .word").all_inner_texts()
    w.press("Shuffle all weights")
    w.root.locator("svg .dot").nth(5).dispatch_event("click")
    assert w.root.locator(".attn-carry .word").all_inner_texts() != first
    w.press("Next remark")
    expect(w.root.locator(".attn-says")).to_contain_text("Change:")


def test_a_finger_carries_a_weight_on_a_narrow_page(widget):
    w = widget(width=390, touch=True)
    before = w.shares()
    (x, y), (x2, y2) = w.middle(0), w.middle(1)
    fingers = w.page.context.new_cdp_session(w.page)
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": (x + x2) / 2, "y": y}]),
        ("touchMove", [{"x": x2, "y": y2}]),
        ("touchEnd", []),
    ):
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert w.shares() == [before[1], before[0], *before[2:]]
    assert w.page.evaluate("document.documentElement.scrollWidth") <= 390
