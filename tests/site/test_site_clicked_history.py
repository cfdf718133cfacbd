"""The shop of chapter 19 in the built page: a history made by mouse, touch and keyboard."""

import pytest
from playwright.sync_api import Locator, Page, expect

PAGE = "book/beyond.html"


class Shop:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="clicked_history"] .attn-widget')
        self.spoken = self.root.locator("[aria-live]")
        self.root.scroll_into_view_if_needed()

    def button(self, name: str) -> Locator:
        return self.root.get_by_role("button", name=name, exact=True)

    def thing(self, name: str) -> Locator:
        return self.root.locator("button.card", has_text=name)

    def numbers(self, arm: str) -> Locator:
        name = self.page.get_by_text(arm, exact=True)
        return self.root.locator(".attn-verdicts tbody tr", has=name).locator("td")

    def total(self, arm: str) -> float:
        return float(self.numbers(arm).first.inner_text().replace("−", "-"))

    def said(self, arm: str) -> float:
        return float(self.numbers(arm).nth(1).inner_text())


@pytest.fixture
def shop(open_page):
    return lambda **settings: Shop(open_page(PAGE, **settings))


def test_it_shows_something_true_before_it_is_touched(shop):
    s = shop()
    expect(s.spoken).to_contain_text("For the tent, 2 of 8 things match.")
    expect(s.spoken).to_contain_text("the truth is .27.")
    assert s.said("true") == 0.27
    assert s.said("softmax") > 0.4
    assert abs(s.said("unnormalised") - 0.27) < 0.15
    assert s.total("softmax") == 1


def test_a_third_match_moves_the_truth_and_the_free_weights(shop):
    s = shop()
    before = s.total("unnormalised")
    s.thing("lamp").click()
    expect(s.thing("lamp")).to_have_attribute("aria-pressed", "true")
    expect(s.spoken).to_contain_text("3 of 9 things match")
    assert s.said("true") == 0.62
    assert s.total("unnormalised") > before + 0.4
    assert s.total("softmax") == 1


def test_giving_books_away_moves_the_softmax_only(shop):
    s = shop()
    before = s.said("softmax"), s.said("unnormalised")
    for name in ("poems", "atlas", "diary"):
        s.thing(name).click()
    expect(s.spoken).to_contain_text("2 of 5 things match")
    assert s.said("true") == 0.27
    assert s.said("softmax") - before[0] > 2 * abs(s.said("unnormalised") - before[1])


def test_by_keyboard_to_another_offer_and_back(shop):
    s = shop()
    s.button("novel").press("Enter")
    expect(s.spoken).to_contain_text("For the novel, 3 of 8 things match.")
    s.thing("stove").focus()
    s.page.keyboard.press("ArrowRight")
    expect(s.thing("mat")).to_be_focused()
    s.page.keyboard.press("Space")
    expect(s.thing("mat")).to_have_attribute("aria-pressed", "false")
    s.button("unnormalised").press("Enter")
    expect(s.button("unnormalised")).to_have_attribute("aria-pressed", "true")
    s.button("Reset").click()
    expect(s.spoken).to_contain_text("For the tent, 2 of 8 things match.")


def test_a_history_shorter_than_any_in_training_says_so(shop):
    s = shop()
    for name in ("stove", "poems", "atlas", "diary", "pot", "knife", "whisk"):
        s.thing(name).click()
    expect(s.spoken).to_contain_text("1 of 1 thing matches")
    expect(s.spoken).to_contain_text("never in training")
    s.thing("mat").click()
    expect(s.spoken).to_contain_text("0 of 0 things match")


def test_a_finger_taps(shop):
    s = shop(width=390, touch=True)
    s.thing("rope").tap()
    expect(s.spoken).to_contain_text("3 of 9 things match")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(shop, scheme):
    s = shop(width=390, scheme=scheme)
    assert s.root.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert s.page.evaluate("document.documentElement.scrollWidth") <= 390
