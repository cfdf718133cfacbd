"""The widget of chapter 14 in the built page: words masked by mouse, touch and keyboard."""

import pytest
from playwright.sync_api import Page, expect

PAGE = "book/model_families.html"


class Masked:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="masked_words"] .attn-widget')
        self.words = self.root.locator(".attn-sentence button")
        self.cards = self.root.locator(".attn-cards section")
        self.spoken = self.root.locator("[aria-live]")
        self.root.scroll_into_view_if_needed()

    def guesses(self, card: int = 0) -> list[str]:
        return self.cards.nth(card).locator(".attn-guess").all_inner_texts()

    def text(self) -> str:
        return " ".join(self.words.all_inner_texts())


@pytest.fixture
def widget(open_page):
    return lambda **settings: Masked(open_page(PAGE, **settings))


def test_it_shows_something_true_before_it_is_touched(widget):
    w = widget()
    assert w.text() == "the cat sees ▢ old house"
    assert set(w.guesses()[:2]) == {"the", "an"}
    expect(w.spoken).to_contain_text("Word 4")


def test_a_click_masks_and_another_shows(widget):
    w = widget()
    w.words.nth(2).click()
    expect(w.cards).to_have_count(2)
    w.words.nth(3).click()
    expect(w.cards).to_have_count(1)
    expect(w.words.nth(2)).to_have_attribute("aria-pressed", "true")
    assert set(w.guesses()) <= {"sees", "likes", "finds", "draws", "hears", "buys"}


def test_a_guess_is_put_in_and_the_other_place_hears_of_it(widget):
    w = widget()
    w.words.nth(4).click()  # "old" is masked too: now "a" is possible
    before = w.guesses()
    assert "a" in before[:3]
    w.words.nth(4).click()
    assert "a" not in w.guesses()[:2]
    w.root.get_by_role("button", name="the, ").first.click()
    assert w.text() == "the cat sees the old house"
    expect(w.cards).to_have_count(0)
    w.root.get_by_role("button", name="Reset").click()
    assert w.text() == "the cat sees ▢ old house"


def test_the_keyboard_does_it_all(widget):
    w = widget()
    w.words.nth(3).focus()
    w.page.keyboard.press("Enter")
    expect(w.cards).to_have_count(0)
    w.page.keyboard.press("ArrowLeft")
    w.page.keyboard.press("Space")
    expect(w.words.nth(2)).to_have_attribute("aria-pressed", "true")
    w.page.keyboard.press("Tab")
    expect(w.words.nth(3)).to_be_focused()
    expect(w.spoken).to_contain_text("Word 3")


def test_another_sentence_with_all_words_masked(widget):
    w = widget()
    w.root.get_by_role("button", name="some small birds").click()
    expect(w.words).to_have_count(9)
    w.root.get_by_role("button", name="Mask all").click()
    expect(w.cards).to_have_count(9)
    w.root.get_by_text("The numbers as a table").click()
    expect(w.root.locator("tbody tr")).to_have_count(9)
    w.root.get_by_role("button", name="Mask none").click()
    expect(w.cards).to_have_count(0)


def test_a_finger_masks_on_a_narrow_page(widget):
    w = widget(width=390, touch=True)
    w.words.nth(1).tap()
    expect(w.cards).to_have_count(2)
    assert w.page.evaluate("document.documentElement.scrollWidth") <= 390
