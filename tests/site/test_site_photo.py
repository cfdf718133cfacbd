"""The group photo in the built page: by mouse, by touch, by keyboard; what it says in words."""

import re

import pytest
from playwright.sync_api import Locator, expect

PAGE = "book/human_attention.html"
PEOPLE = ("Amina", "Ben", "Chloé", "Driss", "Emi", "Ms Diallo")


@pytest.fixture
def photo():
    """The widget's element on a page."""
    return lambda page: page.locator('.attn-static[data-widget="photo"] .attn-widget')


def weight(widget: Locator, region: str) -> float:
    """The number that stands in the picture beside a region's name, from its label."""
    label = widget.get_by_role("radio", name=f"{region}, weight").get_attribute("aria-label")
    return float(label.rsplit(" ", 1)[1])


def halo(widget: Locator, number: int) -> float:
    """The diameter in pixels of a region's disc."""
    return widget.locator(".ring").nth(number).bounding_box()["width"]


def shares(widget: Locator) -> dict[str, float]:
    return {name: weight(widget, name) for name in (*PEOPLE, "board", "window", "plant")}


def words(widget: Locator) -> Locator:
    return widget.locator("[aria-live]")


def test_it_shows_something_true_before_it_is_touched(open_page, photo):
    widget = photo(open_page(PAGE))
    assert {weight(widget, name) for name in PEOPLE} == {0.156}
    assert sum(shares(widget).values()) == pytest.approx(1, abs=0.005)
    expect(words(widget)).to_contain_text("0.156 each")


def test_a_question_moves_the_light(open_page, photo):
    page = open_page(PAGE)
    widget = photo(page)
    before = halo(widget, 5)
    widget.get_by_text("Who is the teacher?").click()
    assert weight(widget, "Ms Diallo") == 0.897
    expect(words(widget)).to_have_text("Most weight: Ms Diallo, 0.897. The others together: 0.103.")
    page.wait_for_timeout(700)  # the discs move for 0.45 s
    assert halo(widget, 5) > 2 * before


def test_disc_areas_are_the_weights(open_page, photo):
    page = open_page(PAGE)
    widget = photo(page)
    widget.get_by_text("Who wears glasses?").click()
    page.wait_for_timeout(700)
    border = 4  # the ring is drawn on the disc's rim with this width, whatever the scale
    areas = [(halo(widget, i) - border) ** 2 for i in range(9)]
    found = [area / sum(areas) for area in areas]
    assert found == pytest.approx(list(shares(widget).values()), abs=0.02)


def test_touch(open_page, photo):
    widget = photo(open_page(PAGE, width=390, touch=True))
    widget.get_by_text("Who is reading?").tap()
    assert weight(widget, "Chloé") == weight(widget, "Ms Diallo") == 0.385
    widget.get_by_role("button", name="front row: not asked").tap()
    assert weight(widget, "Chloé") > 2 * weight(widget, "Ms Diallo")
    widget.get_by_role("radio", name="Chloé").tap()
    expect(widget.locator(".attn-sum")).to_contain_text("book 2.0 + front row 2.0 = 6.0")


def test_keyboard_alone(open_page, photo):
    page = open_page(PAGE)
    widget = photo(page)
    widget.get_by_role("radio", name="How many people").focus()
    page.keyboard.press("ArrowDown")
    assert weight(widget, "Ms Diallo") == 0.897
    page.keyboard.press("Tab")
    expect(widget.get_by_role("radio", name="Ms Diallo, weight")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(widget.get_by_role("radio", name="board, weight")).to_be_focused()
    expect(widget.locator(".attn-sum")).to_contain_text("board: score board 2.0 = 2.0")
    page.keyboard.press("Tab")
    expect(widget.get_by_role("button", name="person: asked for")).to_be_focused()
    page.keyboard.press("Space")
    expect(widget.get_by_role("button", name="person: not wanted")).to_be_focused()
    assert weight(widget, "board") > weight(widget, "Ben")


def test_loudness_sharpens_and_cannot_break_a_tie(open_page, photo):
    page = open_page(PAGE)
    widget = photo(page)
    widget.get_by_role("slider", name="How loudly?").focus()
    page.keyboard.press("End")
    assert {weight(widget, name) for name in PEOPLE} == {0.166, 0.167} & {weight(widget, "Ben")}
    page.keyboard.press("Home")
    expect(words(widget)).to_have_text("All 9 regions share alike.")


def test_own_question_unchecks_the_given_ones_and_reset_brings_them_back(open_page, photo):
    widget = photo(open_page(PAGE))
    given = widget.get_by_role("group", name="The question").get_by_role("radio")
    expect(given.first).to_be_checked()
    widget.get_by_role("button", name="smile: not asked").click()
    for radio in given.all():
        expect(radio).not_to_be_checked()
    assert weight(widget, "Ben") == weight(widget, "Driss") > weight(widget, "Amina")
    widget.get_by_role("button", name="Reset").click()
    expect(given.first).to_be_checked()
    assert weight(widget, "Ben") == weight(widget, "Amina")


def test_table_says_what_the_picture_shows(open_page, photo):
    widget = photo(open_page(PAGE))
    widget.get_by_text("Who is the teacher?").click()
    widget.get_by_text("The numbers as a table").click()
    rows = widget.get_by_role("row").all()[1:]
    table = {
        row.get_by_role("rowheader").inner_text(): row.get_by_role("cell").all_inner_texts()
        for row in rows
    }
    assert {name: float(cells[-1]) for name, cells in table.items()} == shares(widget)
    assert table["Ms Diallo"][:2] == ["6.0", "403.43"]


def test_reduced_motion_moves_nothing(open_page, photo):
    page = open_page(PAGE)
    assert re.match(r"0\.45s", transition(photo(page)))
    page.emulate_media(reduced_motion="reduce")
    assert transition(photo(page)) in ("0s", "")


def transition(widget: Locator) -> str:
    return widget.locator(".halo").first.evaluate("n => getComputedStyle(n).transitionDuration")
