"""The beam tree of chapter 13 in the built page: stepped, widened and penalised."""

import pytest
from playwright.sync_api import Page, expect

PAGE = "book/decoding.html"


class BeamTree:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="beam_tree"] .attn-widget')
        self.alpha = self.root.get_by_role("slider", name="length penalty α")
        self.words = self.root.locator("[aria-live]")
        self.root.scroll_into_view_if_needed()

    def button(self, name: str):
        return self.root.get_by_role("button", name=name, exact=True)

    def widen(self, width: int) -> None:
        self.root.get_by_role("radio", name=str(width), exact=True).check()

    def to_the_end(self) -> None:
        while self.button("Step").is_enabled():
            self.button("Step").click()

    def kept(self) -> set[str]:
        nodes = self.root.locator('.node[data-state="kept"]').all()
        return {node.get_attribute("data-words") or "" for node in nodes}

    def best(self) -> str:
        return self.root.locator("tbody th").first.inner_text()


@pytest.fixture
def widget(open_page):
    return lambda **settings: BeamTree(open_page(PAGE, **settings))


def test_it_shows_two_steps_before_it_is_touched(widget):
    w = widget()
    assert w.kept() == {"a cat", "the cat"}
    expect(w.words).to_contain_text("“a cat” .360, “the cat” .240")


def test_width_decides_which_sentence_is_found(widget):
    w = widget()
    w.to_the_end()
    for width, found in (
        (1, "the cat sleeps well ."),
        (2, "a cat ."),
        (3, "the bird sings ."),
        (10, "the bird sings ."),
    ):
        w.widen(width)
        assert w.best() == found
    expect(w.words).to_contain_text("No sentence of the 10 scores higher")
    w.widen(1)
    expect(w.words).to_contain_text("“the bird sings .”, .186: it was overlooked")


def test_the_keyboard_raises_the_penalty_until_a_longer_sentence_wins(widget):
    w = widget()
    w.to_the_end()
    w.alpha.focus()
    for _ in range(3):
        w.page.keyboard.press("ArrowRight")
    assert w.best() == "a cat ."
    w.page.keyboard.press("ArrowRight")
    assert w.best() == "a cat sleeps well ."
    w.button("Reset").click()
    assert w.kept() == {"a cat", "the cat"}
    expect(w.alpha).to_have_value("0")


def test_one_can_step_back_to_where_nothing_is_written(widget):
    w = widget()
    for _ in range(2):
        w.button("Step back").click()
    assert w.kept() == set()
    expect(w.button("Step back")).to_be_disabled()
    assert w.best() == "(nothing yet)"


def test_it_fits_a_narrow_page(widget):
    w = widget(width=390, touch=True)
    w.button("Step").tap()
    assert "a cat ." in w.kept()
    assert w.page.evaluate("document.documentElement.scrollWidth") <= 390
