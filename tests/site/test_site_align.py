"""The alignment explorer in the built page: French words by mouse, touch and keyboard."""

import pytest
from playwright.sync_api import Page, expect

PAGE = "book/bahdanau.html"


class Align:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="align"] .attn-widget')
        self.words = self.root.locator("g.word")
        self.said = self.root.locator("[aria-live]")
        self.root.scroll_into_view_if_needed()

    def chosen(self) -> str:
        return self.root.locator('g.word[aria-pressed="true"] text').text_content()


@pytest.fixture
def widget(open_page):
    return lambda **settings: Align(open_page(PAGE, **settings))


def test_it_shows_something_true_before_it_is_touched(widget):
    w = widget()
    assert w.chosen() == "rouge"
    expect(w.said).to_contain_text(f"For “{w.chosen()}”, the model reads “")


def test_pointing_at_a_word_shows_what_it_reads(widget):
    w = widget()
    third = w.words.nth(2)
    third.hover()
    assert w.chosen() == third.locator("text").text_content()
    expect(w.said).to_contain_text(f"For “{w.chosen()}”")


def test_arrow_keys_walk_from_word_to_word(widget):
    w = widget()
    w.words.first.focus()
    for key, place in (
        ("ArrowDown", 1),
        ("ArrowDown", 2),
        ("ArrowUp", 1),
        ("End", -1),
        ("Home", 0),
    ):
        w.page.keyboard.press(key)
        assert w.chosen() == w.words.nth(place).locator("text").text_content()


def test_a_tap_chooses_a_word_on_a_narrow_page(widget):
    w = widget(width=390, touch=True)
    w.words.nth(1).tap()
    assert w.chosen() == w.words.nth(1).locator("text").text_content()
    assert w.page.evaluate("document.documentElement.scrollWidth") <= 390


def test_another_score_and_another_sentence(widget):
    w = widget()
    before = w.said.inner_text()
    w.root.get_by_role("radio", name="general score").check()
    assert w.said.inner_text() != before
    sentence = w.words.all_text_contents()
    w.root.get_by_role("button", name="Next sentence").click()
    assert w.words.all_text_contents() != sentence
    w.root.get_by_role("button", name="Reset").click()
    assert w.said.inner_text() == before
