"""The widget of chapter 6 in the built page: four scores, by mouse, touch and keyboard."""

import pytest
from playwright.sync_api import Page, expect

PAGE = "book/luong.html"


class LuongScores:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="luong_scores"] .attn-widget')
        self.matrix = self.root.locator(".attn-matrix")
        self.sentence = self.root.get_by_label("sentence", exact=True)
        self.verdict = self.root.get_by_text("The largest weight stands on")
        self.root.scroll_into_view_if_needed()

    def button(self, name: str):
        return self.root.get_by_role("button", name=name, exact=True)

    def row(self, word: str) -> list[str]:
        """The weights of the first row of that French word, as shown."""
        line = self.matrix.locator("tbody tr").filter(has=self.page.get_by_text(word, exact=True))
        return [
            cell.split()[0] if cell.split() else ""
            for cell in line.first.locator("td").all_inner_texts()
        ]


@pytest.fixture
def widget(open_page):
    return lambda **settings: LuongScores(open_page(PAGE, **settings))


def test_it_shows_something_true_before_it_is_touched(widget):
    w = widget()
    expect(w.button("general")).to_have_attribute("aria-pressed", "true")
    expect(w.matrix.locator("tbody tr")).to_have_count(9)  # eight words and the end
    expect(w.verdict).to_contain_text("of 8 words")
    assert float(w.row("chien")[3]) > 0.9  # dog
    expect(w.matrix.locator("td[data-gold]")).not_to_have_count(0)
    expect(w.root.locator("[aria-live]")).to_contain_text("general: le looks most at the")


def test_a_mouse_switches_the_score_and_the_rows_follow(widget):
    w = widget()
    before = w.row("chien")
    w.button("location").click()
    expect(w.button("location")).to_have_attribute("aria-pressed", "true")
    after = w.row("chien")
    assert after != before
    assert float(after[2]) > 0.9  # white, where English has the adjective
    expect(w.root.get_by_text("score =")).to_contain_text("(Wa ht)s")


def test_another_sentence_and_reset(widget):
    w = widget()
    w.sentence.select_option(index=2)
    expect(w.matrix).to_contain_text("garçon")
    w.button("Reset").click()
    expect(w.matrix).to_contain_text("chien")
    expect(w.button("general")).to_have_attribute("aria-pressed", "true")


def test_a_click_on_a_cell_chooses_its_word(widget):
    w = widget()
    w.matrix.locator("tbody tr").nth(3).locator("td").nth(5).click()
    expect(w.root.get_by_text("For blanc:")).to_be_visible()
    expect(w.matrix.locator("tr[data-shown] button")).to_be_focused()


def test_a_finger_chooses_a_word(widget):
    w = widget(width=390, touch=True)
    w.matrix.locator("tbody button").nth(2).tap()
    expect(w.root.get_by_text("For chien:")).to_be_visible()


def test_arrow_keys_walk_along_the_words(widget):
    w = widget()
    w.matrix.locator("tbody button").first.focus()
    for _ in range(2):
        w.page.keyboard.press("ArrowDown")
    expect(w.root.get_by_text("For chien:")).to_be_visible()
    w.page.keyboard.press("ArrowUp")
    expect(w.matrix.locator("tr[data-shown] button")).to_have_text("jeune")
    expect(w.matrix.locator("tr[data-shown] button")).to_be_focused()
    expect(w.root.locator("[aria-live]")).to_contain_text("jeune looks most at young")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(widget, scheme):
    w = widget(width=390, scheme=scheme)
    assert w.root.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert w.page.evaluate("document.documentElement.scrollWidth") <= 390
