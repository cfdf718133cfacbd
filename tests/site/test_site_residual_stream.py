"""The widget of chapter 12 in the built page: a block by mouse, touch and keyboard."""

import pytest
from playwright.sync_api import Page, expect

PAGE = "book/transformer.html"


class ResidualStream:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="residual_stream"] .attn-widget')
        self.tables = self.root.locator(".attn-streams table")
        self.here = self.root.locator(".attn-path [aria-current]")
        self.facts = self.root.get_by_text("Lengths of the stream's rows")
        self.root.scroll_into_view_if_needed()

    def button(self, name: str):
        return self.root.get_by_role("button", name=name, exact=True)

    def stream(self) -> list[str]:
        return self.tables.first.locator("td").all_inner_texts()


@pytest.fixture
def widget(open_page):
    return lambda **settings: ResidualStream(open_page(PAGE, **settings))


def test_it_shows_the_stream_before_it_is_touched(widget):
    w = widget()
    expect(w.here).to_have_text("in")
    expect(w.tables).to_have_count(1)
    assert len(w.stream()) == 12
    expect(w.button("Back")).to_be_disabled()


def test_reading_leaves_the_stream_alone_and_adding_changes_it(widget):
    w = widget()
    before = w.stream()
    for name in ("norm", "attention"):
        w.button("Step").click()
        expect(w.here).to_have_text(name)
        expect(w.tables).to_have_count(2)
        assert w.stream() == before
    w.button("Step").click()
    expect(w.here).to_have_text("add")
    assert w.stream() != before


def test_post_norm_ends_with_rows_of_one_length(widget):
    w = widget()
    w.button("post-norm").click()
    for _ in range(6):
        w.button("Step").click()
    expect(w.button("Step")).to_be_disabled()
    expect(w.facts).to_contain_text("2.00, 2.00, 2.00")  # the root of four numbers


def test_without_the_skip_the_stream_is_replaced(widget):
    w = widget()
    w.root.get_by_label("skip").uncheck()
    for _ in range(2):
        w.button("Step").click()
    found = w.tables.nth(1).locator("td").all_inner_texts()
    w.button("Step").click()
    expect(w.here).to_have_text("replace")
    assert w.stream() == found


def test_arrow_keys_step_and_reset_goes_back(widget):
    w = widget()
    w.button("Step").focus()
    w.page.keyboard.press("ArrowRight")
    w.page.keyboard.press("ArrowRight")
    expect(w.here).to_have_text("attention")
    w.page.keyboard.press("ArrowLeft")
    expect(w.here).to_have_text("norm")
    w.button("Reset").click()
    expect(w.here).to_have_text("in")


def test_a_finger_steps_and_nothing_scrolls_sideways(widget):
    w = widget(width=390, touch=True)
    w.button("Step").tap()
    expect(w.here).to_have_text("norm")
    width = w.page.evaluate("document.documentElement.scrollWidth")
    assert width <= 390
