"""The widget of chapter 3 in the built page: type a sentence, strike a word out, see weights."""

import re

import pytest
from playwright.sync_api import Page, expect

PAGE = "book/attention_pooling.html"


class Sentiment:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="sentiment"] .attn-widget')
        self.words = self.root.locator(".attn-words button")
        self.typed = self.root.get_by_role("textbox", name="or your own")
        self.verdict = self.root.locator("p b.attn-output")
        self.spoken = self.root.locator("[aria-live]")
        self.root.scroll_into_view_if_needed()

    def word(self, word: str):
        return self.words.filter(has=self.page.get_by_text(word, exact=True)).first

    def weight(self, word: str) -> float:
        return float("0" + self.word(word).locator(".attn-share").inner_text())

    def moved(self, word: str) -> float:
        return float(self.word(word).locator(".attn-effect").inner_text().replace("−", "-"))

    def pick(self, text: str) -> None:
        self.root.get_by_role("button", name=text, exact=True).click()


@pytest.fixture
def widget(open_page):
    return lambda **settings: Sentiment(open_page(PAGE, **settings))


def test_it_shows_something_true_before_it_is_touched(widget):
    w = widget()
    expect(w.words).to_have_count(5)
    assert (w.weight("not"), w.weight("great")) == (0.60, 0.36)
    expect(w.verdict).to_have_text("a complaint, .80")
    expect(w.spoken).to_contain_text("Most weight: “not”, .60.")


def test_a_click_strikes_a_word_out_and_brings_it_back(widget):
    w = widget()
    w.word("not").click()
    expect(w.verdict).to_contain_text("praise")
    expect(w.word("not")).to_have_attribute("aria-pressed", "true")
    assert w.weight("great") > 0.85
    w.word("not").click()
    expect(w.verdict).to_have_text("a complaint, .80")


def test_the_misleading_sentence_is_as_the_page_says(widget):
    w = widget()
    w.pick("the service was slow but the food was excellent")
    assert w.weight("excellent") > 0.6 > 0.1 > w.weight("slow")
    assert abs(w.moved("slow")) > abs(w.moved("excellent")) > 3
    expect(w.spoken).to_contain_text("But the word that moves the score most is “slow”")


def test_a_sentence_of_ones_own_is_read_letter_by_letter(widget):
    w = widget()
    w.typed.fill("")
    w.typed.press_sequentially("The staff is NOT rude!")
    expect(w.words).to_have_count(5)
    assert w.weight("rude") > 0
    w.typed.fill("zyxw")
    expect(w.word("zyxw")).to_have_class(re.compile("unknown"))
    w.typed.fill("")
    expect(w.words).to_have_count(0)
    expect(w.root).to_contain_text("No word is left to read.")
    w.root.get_by_role("button", name="Reset").click()
    expect(w.words).to_have_count(5)


def test_the_keyboard_does_what_the_mouse_does(widget):
    w = widget()
    w.words.first.focus()
    for _ in range(3):
        w.page.keyboard.press("ArrowRight")
    expect(w.word("not")).to_be_focused()
    w.page.keyboard.press("Space")
    expect(w.verdict).to_contain_text("praise")
    expect(w.word("not")).to_be_focused()
    w.page.keyboard.press("Enter")
    expect(w.verdict).to_contain_text("a complaint")
    w.page.keyboard.press("ArrowLeft")
    expect(w.words.nth(2)).to_be_focused()


@pytest.mark.parametrize("width", [390, 1280])
def test_a_finger_strikes_a_word_out(widget, width):
    w = widget(width=width, touch=True)
    w.word("great").tap()
    expect(w.word("great")).to_have_attribute("aria-pressed", "true")


def test_markup_that_is_typed_stays_text(widget):
    w = widget()
    w.typed.fill("<img src=x onerror=alert(1)> good")
    expect(w.root.locator("img")).to_have_count(0)
    expect(w.words.last).to_contain_text("good")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(widget, scheme):
    w = widget(width=390, scheme=scheme)
    assert w.root.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert w.page.evaluate("document.documentElement.scrollWidth") <= 390
