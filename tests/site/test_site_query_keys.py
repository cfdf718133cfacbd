"""The widget of chapter 2 in the built page: a query among keys, by mouse, touch and keyboard."""

import pytest
from playwright.sync_api import Locator, Page, expect

PAGE = "book/queries_keys_values.html"
UNIT = 50  # pixels of the drawing for one unit of the keys' plane, before the page scales it


class QueryKeys:
    """The widget on a page, by what a reader sees."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.root = page.locator('.attn-static[data-widget="query_keys"] .attn-widget')
        self.query = self.root.get_by_role("slider", name="query", exact=True)
        self.dunes = self.root.get_by_role("slider", name="key of Dunes")
        self.heat = self.root.get_by_role("slider", name="temperature")
        self.rings = self.root.locator(".attn-planes figure:first-child .winner:visible")
        self.root.scroll_into_view_if_needed()

    def row(self, book: str) -> list[str]:
        """What the table says of a book: key, score, weight."""
        row = self.root.get_by_role("row").filter(has=self.page.get_by_role("rowheader", name=book))
        return [cell.replace("−", "-") for cell in row.get_by_role("cell").all_inner_texts()][:3]

    def weight(self, book: str) -> float:
        return float(self.row(book)[2])

    def output(self) -> Locator:
        return self.root.locator(".attn-sums .attn-output")

    def place(self, handle: Locator) -> tuple[float, float]:
        handle.scroll_into_view_if_needed()
        box = handle.locator(".grip").bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    def scale(self) -> float:
        return UNIT * self.root.locator(".attn-planes svg").first.bounding_box()["width"] / 340

    def swipe_up(self, start: tuple[float, float], by: float) -> None:
        """A finger put down at ``start``, moved up by so many pixels, and lifted."""
        fingers = self.page.context.new_cdp_session(self.page)
        for step in range(11):
            point = {"x": start[0], "y": start[1] - step * by / 10}
            kind = "touchMove" if step else "touchStart"
            fingers.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
        fingers.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


@pytest.fixture
def widget(open_page):
    return lambda **settings: QueryKeys(open_page(PAGE, **settings))


def test_it_shows_something_true_before_it_is_touched(widget):
    w = widget()
    assert w.row("Arctic") == ["2.40, -0.40", "2.72", "0.560"]
    expect(w.output()).to_have_text("(7.94, 4.51)")
    expect(w.root.locator("[aria-live]")).to_have_text(
        "Read most: Arctic, 0.56. The output is 7.9 maps and 4.5 recipes."
    )
    expect(w.rings).to_have_count(1)


def test_a_mouse_drags_the_query_and_weights_and_output_follow(widget):
    w = widget()
    (x, y), unit, before = w.place(w.query), w.scale(), w.output().inner_text()
    w.page.mouse.move(x, y)
    w.page.mouse.down()
    w.page.mouse.move(x - 2.4 * unit, y, steps=8)
    w.page.mouse.up()
    expect(w.query).to_have_attribute("aria-valuenow", "-1.20")
    assert w.weight("Dunes") > 0.5 > w.weight("Arctic")
    assert w.output().inner_text() != before
    expect(w.root).to_have_attribute("data-touched", "query")
    w.page.mouse.move(x, y)  # released: the query stays
    expect(w.query).to_have_attribute("aria-valuenow", "-1.20")


def test_a_mouse_drags_a_key_and_the_formula_speaks_of_it(widget):
    w = widget()
    (x, y), unit = w.place(w.dunes), w.scale()
    w.page.mouse.move(x, y)
    w.page.mouse.down()
    w.page.mouse.move(x + 5 * unit, y, steps=8)
    w.page.mouse.up()
    assert w.row("Dunes")[0] == "2.80, -0.40"
    assert w.weight("Dunes") > w.weight("Arctic")
    expect(w.root.locator(".attn-sums")).to_contain_text("score of Dunes")
    lit = w.root.locator('.attn-sums [data-part="key"]').first
    assert lit.evaluate("node => getComputedStyle(node).backgroundColor") != "rgba(0, 0, 0, 0)"


@pytest.mark.parametrize("width", [390, 1280])
def test_a_finger_drags_the_query(widget, width):
    w = widget(width=width, touch=True)
    w.swipe_up(w.place(w.query), w.scale())
    expect(w.query).to_have_attribute("aria-valuetext", "sea 1.20, kitchen 1.40")
    assert w.weight("Cod") > w.weight("Arctic")


def test_a_finger_beside_the_handles_scrolls_the_page(widget):
    w = widget(width=390, touch=True)
    x, y = w.place(w.query)
    before = w.page.evaluate("scrollY")
    w.swipe_up((x - 110, y - 30), 200)
    w.page.wait_for_function("before => scrollY > before + 100", arg=before)
    expect(w.query).to_have_attribute("aria-valuetext", "sea 1.20, kitchen 0.40")


def test_arrow_keys_move_and_a_tie_shows_two_rings(widget):
    w = widget()
    w.query.focus()
    w.page.keyboard.press("ArrowUp")
    expect(w.query).to_have_attribute("aria-valuetext", "sea 1.20, kitchen 0.60")
    expect(w.rings).to_have_count(2)
    assert w.weight("Arctic") == w.weight("Cod")
    w.page.keyboard.press("Shift+ArrowLeft")
    expect(w.query).to_have_attribute("aria-valuenow", "1.15")
    expect(w.rings).to_have_count(1)
    w.dunes.focus()
    w.page.keyboard.press("ArrowRight")
    assert w.row("Dunes")[0] == "-2.00, -0.40"


def test_handles_stay_in_the_plane(widget):
    w = widget()
    w.query.focus()
    for _ in range(30):
        w.page.keyboard.press("ArrowRight")
    expect(w.query).to_have_attribute("aria-valuenow", "3.00")


def test_twice_the_length_is_half_the_temperature(widget):
    w = widget()
    w.heat.focus()
    for _ in range(6):  # six steps of .05 in log10: a factor of 1.995
        w.page.keyboard.press("ArrowLeft")
    halved = w.weight("Arctic")
    w.root.get_by_role("button", name="Reset").click()
    w.query.focus()
    for key, times in (("ArrowRight", 6), ("ArrowUp", 2)):
        for _ in range(times):
            w.page.keyboard.press(key)
    expect(w.query).to_have_attribute("aria-valuetext", "sea 2.40, kitchen 0.80")
    assert w.weight("Arctic") == pytest.approx(halved, abs=0.002)


def test_reset_brings_everything_back(widget):
    w = widget()
    before = [w.row(name) for name in ("Arctic", "Dunes")]
    w.dunes.focus()
    w.page.keyboard.press("ArrowUp")
    w.heat.focus()
    w.page.keyboard.press("ArrowRight")
    assert [w.row(name) for name in ("Arctic", "Dunes")] != before
    w.root.get_by_role("button", name="Reset").click()
    assert [w.row(name) for name in ("Arctic", "Dunes")] == before
    assert w.root.get_attribute("data-touched") is None


def test_the_summary_speaks_when_things_have_come_to_rest(widget):
    w = widget()
    w.query.focus()
    for _ in range(4):
        w.page.keyboard.press("ArrowUp")
    expect(w.root.locator("[aria-live]")).to_contain_text("Read most: Cod")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_phone(widget, scheme):
    w = widget(width=390, scheme=scheme)
    assert w.root.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert w.page.evaluate("document.documentElement.scrollWidth") <= 390
