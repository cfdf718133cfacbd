"""The widget of chapter 10 in the built page: words moved by mouse, touch and keyboard."""

import pytest
from playwright.sync_api import Page, expect

PAGE = "book/self_attention.html"


class Sentence:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="word_order"] .attn-widget')
        self.live = self.root.locator("[aria-live]")
        self.root.scroll_into_view_if_needed()

    def words(self) -> str:
        return " ".join(self.root.locator(".attn-word .word").all_inner_texts())

    def word(self, i: int):
        return self.root.locator(".attn-word").nth(i)

    def middle(self, i: int) -> tuple[float, float]:
        box = self.word(i).bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.fixture
def widget(open_page):
    return lambda **settings: Sentence(open_page(PAGE, **settings))


def test_it_shows_something_true_before_it_is_touched(widget):
    w = widget()
    assert w.words() == "the dog chased the old man"
    expect(w.word(1)).to_contain_text("doer")
    expect(w.word(5)).to_contain_text("receiver")
    expect(w.live).to_contain_text("“dog”, word 2 of 6, reads")


def test_a_click_chooses_a_word(widget):
    w = widget()
    w.word(5).click()
    expect(w.live).to_contain_text("“man”, word 6 of 6")
    expect(w.word(5)).to_have_attribute("aria-pressed", "true")


def test_the_mouse_moves_a_word(widget):
    w = widget()
    w.page.mouse.move(*w.middle(1))
    w.page.mouse.down()
    w.page.mouse.move(*w.middle(2), steps=4)
    w.page.mouse.up()
    assert w.words() == "the chased dog the old man"
    expect(w.live).to_contain_text("outputs have changed by up to")


def test_without_positions_no_order_is_seen(widget):
    w = widget()
    w.root.get_by_label("without").check()
    w.root.get_by_role("button", name="Swap the two nouns").click()
    assert w.words() == "the man chased the old dog"
    expect(w.live).to_contain_text("cannot see the order")
    w.root.get_by_label("with positions").check()
    expect(w.word(1)).to_contain_text("doer")
    w.root.get_by_role("button", name="Reset").click()
    assert w.words() == "the dog chased the old man"


def test_the_keyboard_walks_and_moves(widget):
    w = widget()
    w.word(1).focus()
    w.page.keyboard.press("ArrowRight")
    expect(w.live).to_contain_text("“chased”, word 3 of 6")
    w.page.keyboard.press("Shift+ArrowRight")
    assert w.words() == "the dog the chased old man"
    expect(w.word(3)).to_be_focused()


def test_another_sentence(widget):
    w = widget()
    w.root.get_by_role("button", name="Another sentence").click()
    assert w.words() == "the dog was chased by the old man"
    expect(w.word(1)).to_contain_text("receiver")


def test_a_finger_moves_a_word_on_a_narrow_page(widget):
    w = widget(width=390, touch=True)
    (x, y), (x2, y2) = w.middle(0), w.middle(1)
    fingers = w.page.context.new_cdp_session(w.page)
    for kind, points in (
        ("touchStart", [{"x": x, "y": y}]),
        ("touchMove", [{"x": (x + x2) / 2, "y": y}]),
        ("touchMove", [{"x": x2, "y": y2}]),
        ("touchEnd", []),
    ):
        fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert w.words() == "dog the chased the old man"
    assert w.page.evaluate("document.documentElement.scrollWidth") <= 390
