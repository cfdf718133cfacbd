"""The window of chapter 17 in the built page: moved and zoomed by mouse, touch and keyboard."""

import re

import pytest
from playwright.sync_api import Page, expect

PAGE = "book/draw.html"


class Window:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="filter_window"] .attn-widget')
        self.words = self.root.locator("[aria-live]")
        self.body = self.root.get_by_role("slider", name=re.compile("^Window"))
        self.corner = self.root.get_by_role("slider", name=re.compile("^Corner"))
        self.root.scroll_into_view_if_needed()

    def press(self, name: str) -> None:
        self.root.get_by_role("button", name=name, exact=True).click()

    def place(self) -> tuple[float, float, float]:
        """Column, row and stride, as the sentence says them."""
        text = self.words.inner_text().replace("−", "-")
        found = re.search(r"column (-?[\d.]+), row (-?[\d.]+); .* filters ([\d.]+) pixels", text)
        assert found, text
        x, y, stride = map(float, found.groups())
        return x, y, stride

    def numbers(self) -> list[str]:
        return self.root.locator("table td").all_text_contents()


@pytest.fixture
def widget(open_page):
    return lambda **settings: Window(open_page(PAGE, **settings))


def test_it_covers_the_canvas_before_it_is_touched(widget):
    w = widget()
    assert w.place() == (15.5, 15.5, 4.43)
    assert len(w.numbers()) == 64


def test_the_arrows_move_it_and_plus_zooms(widget):
    w = widget()
    before = w.numbers()
    w.body.focus()
    w.page.keyboard.press("ArrowRight")
    w.page.keyboard.press("Shift+ArrowDown")
    assert w.place()[:2] == (16.0, 19.5)
    w.page.keyboard.press("+")
    assert w.place()[2] < 4.43
    assert w.numbers() != before
    w.press("Reset")
    assert w.place() == (15.5, 15.5, 4.43)


def test_the_mouse_pulls_window_and_corner(widget):
    w = widget()
    w.press("look 2")
    x, y, _ = w.place()
    box = w.body.bounding_box()
    start = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    w.page.mouse.move(*start)
    w.page.mouse.down()
    w.page.mouse.move(start[0] - 30, start[1] + 20, steps=4)
    w.page.mouse.up()
    moved = w.place()
    assert moved[0] < x
    assert moved[1] > y
    w.corner.focus()
    w.page.keyboard.press("ArrowRight")
    assert w.place()[2] > moved[2]


def test_the_looks_are_the_networks_and_zoom_in(widget):
    w = widget()
    strides = []
    for t in (1, 2, 3):
        w.press(f"look {t}")
        expect(w.words).to_contain_text(f"This is look {t} of the network")
        strides.append(w.place()[2])
    assert strides[0] > max(strides[1:])


def test_the_number_of_filters_is_the_readers(widget):
    w = widget()
    w.press("4 × 4")
    assert len(w.numbers()) == 16
    w.press("12 × 12")
    assert len(w.numbers()) == 144


def test_another_picture_is_another(widget):
    w = widget()
    before = w.numbers()
    w.press("Another picture")
    assert w.numbers() != before


def test_a_finger_moves_it_on_a_narrow_page(widget):
    w = widget(width=390, touch=True)
    w.root.get_by_role("button", name="look 2", exact=True).tap()
    assert w.place()[2] < 4
    assert w.page.evaluate("document.documentElement.scrollWidth") <= 390


# ---------------------------------------------------------------- the film


@pytest.fixture
def film(open_page):
    def on(**settings):
        page = open_page(PAGE, **settings)
        root = page.locator('.attn-static[data-widget="drawing_film"] .attn-widget')
        root.scroll_into_view_if_needed()
        return root

    return on


def test_the_film_goes_step_by_step(film):
    root = film()
    words = root.locator("[aria-live]")
    expect(words).to_contain_text("copy 1, with a window, step 3 of 6")
    root.get_by_role("button", name="after step 4").click()
    expect(words).to_contain_text("step 4 of 6")
    expect(root.locator("[aria-current]")).to_have_attribute("aria-label", "after step 4")
    root.page.keyboard.press("End")
    expect(words).to_contain_text("step 6 of 6")
    root.page.keyboard.press("ArrowLeft")
    expect(words).to_contain_text("step 5 of 6")
    root.page.keyboard.press("Home")
    expect(words).to_contain_text("The canvas is empty")
    expect(root.get_by_role("button", name="the empty canvas")).to_be_focused()


def test_the_model_without_a_window_draws_the_same_digits(film):
    root = film()
    words = root.locator("[aria-live]")
    expect(words).to_contain_text("through a window")
    root.get_by_role("button", name="without", exact=True).click()
    expect(words).to_contain_text("copy 1, without, step 3 of 6")
    expect(words).not_to_contain_text("through a window")
    root.get_by_role("button", name="Reset").click()
    expect(words).to_contain_text("copy 1, with a window, step 3 of 6")


def test_what_is_invented_has_no_model_to_be_copied(film):
    root = film()
    expect(root.get_by_label("The digit to be copied")).to_be_visible()
    root.get_by_role("button", name="invented 2").click()
    expect(root.locator("[aria-live]")).to_contain_text("nobody was copied")
    expect(root.get_by_label("The digit to be copied")).to_be_hidden()


def test_it_plays_and_stops(film):
    root = film()
    root.get_by_role("button", name="Play").click()
    expect(root.locator("[aria-live]")).to_contain_text("step 2 of 6", timeout=10_000)
    root.get_by_role("button", name="Stop").click()
    expect(root.get_by_role("button", name="Play")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_film_fits_a_phone(film, scheme):
    root = film(width=390, scheme=scheme)
    assert root.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert root.page.evaluate("document.documentElement.scrollWidth") <= 390
