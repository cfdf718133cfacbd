"""The cache of chapter 13 in the built page: filled by mouse, touch and keyboard."""

import pytest
from playwright.sync_api import Page, expect

PAGE = "book/decoding.html"


class CacheFilling:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="cache_filling"] .attn-widget')
        self.head = self.root.get_by_role("slider", name="words written")
        self.keep = self.root.get_by_role("checkbox", name="keep what was computed")
        self.memory = self.root.locator(".memory")
        self.root.scroll_into_view_if_needed()

    def counts(self) -> list[int]:
        """Computed now, computed so far, read now, scores now, held."""
        return [int(n) for n in self.root.locator("tbody td").all_inner_texts()]

    def share(self, heads: int) -> None:
        self.root.get_by_role("radio", name=str(heads), exact=True).check()


@pytest.fixture
def widget(open_page):
    return lambda **settings: CacheFilling(open_page(PAGE, **settings))


def test_a_word_adds_a_column(widget):
    w = widget()
    assert w.counts() == [16, 80, 80, 40, 80]
    w.root.get_by_role("button", name="Write a word").click()
    assert w.counts() == [16, 96, 96, 48, 96]
    assert w.root.locator(".cell.new").count() == 16


def test_without_a_cache_all_is_computed_again_and_nothing_is_held(widget):
    w = widget()
    w.keep.uncheck()
    assert w.counts() == [80, 240, 80, 40, 0]
    assert w.root.locator(".cell.new").count() == 80
    expect(w.memory).to_contain_text("0 bytes")


def test_sharing_divides_the_memory_and_leaves_the_scores(widget):
    w = widget()
    expect(w.memory).to_contain_text("4 GiB")
    w.share(1)
    assert w.counts() == [2, 10, 10, 40, 10]
    expect(w.memory).to_contain_text("512 MiB")


def test_the_keyboard_writes_to_both_ends(widget):
    w = widget()
    w.head.focus()
    w.page.keyboard.press("End")
    expect(w.root.get_by_role("button", name="Write a word")).to_be_disabled()
    w.page.keyboard.press("Home")
    assert w.counts() == [0, 0, 0, 0, 0]
    w.page.keyboard.press("ArrowRight")
    assert w.counts()[0] == 16
    w.root.get_by_role("button", name="Reset").click()
    assert w.counts() == [16, 80, 80, 40, 80]


def test_the_mouse_pulls_the_text_on_a_narrow_page(widget):
    w = widget(width=390)
    w.head.scroll_into_view_if_needed()
    box = w.head.locator(".head").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    w.page.mouse.move(x, y)
    w.page.mouse.down()
    w.page.mouse.move(x + 60, y, steps=4)
    w.page.mouse.up()
    assert w.counts()[2] > 80
    assert w.page.evaluate("document.documentElement.scrollWidth") <= 390
