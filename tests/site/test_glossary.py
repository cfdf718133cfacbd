"""The glossary's file, what of it a chapter marks, and the cards that a reader opens."""

import re
import sys

import browsing
import pytest
import yaml
from docutils import nodes
from playwright.sync_api import expect

sys.path.insert(0, str(browsing.ROOT / "book" / "ext"))

from course import glossary

FILE = browsing.ROOT / "book" / "glossary.yml"
TERMS = glossary.read(FILE)


def test_every_term_has_four_tongues_and_one_sentence():
    assert len(TERMS) >= 50
    for term in TERMS:
        assert re.search(r"[\u0621-\u064a]{3}", term.ar), term.term
        assert not re.search(r"[\u0600-\u06ff]", term.term + term.fr + term.darija), term.term
        assert term.fr
        assert term.darija
        assert re.fullmatch(r"[A-Z][^$\\]*\.", term.definition), term.definition
        assert not re.search(r"\. [A-Z]", term.definition), f"two sentences: {term.definition}"
        assert len(term.definition) <= 180


def test_no_word_belongs_to_two_terms():
    forms = [form.lower() for term in TERMS for form in (term.term, *term.also)]
    assert len(forms) == len(set(forms))
    assert len({term.anchor for term in TERMS}) == len(TERMS)


def test_every_term_is_taught_in_the_book():
    toc = yaml.safe_load((browsing.ROOT / "book/_toc.yml").read_text("utf-8"))
    files = {chapter["file"] for part in toc["parts"] for chapter in part["chapters"]}
    pages = {term.taught.partition("#")[0] for term in TERMS}
    assert {page for page in pages if f"book/{page}" not in files} == set()


@pytest.mark.parametrize(
    ("text", "message"),
    [("- {term: a, is: B.}", "entry 1.*'fr'"), ("- {term: a, fra: b}", "entry 1.*'fra'")],
)
def test_a_wrong_entry_is_named(tmp_path, text, message):
    file = tmp_path / "glossary.yml"
    file.write_text(text)
    with pytest.raises(ValueError, match=message):
        glossary.read(file)


def marked(*children: nodes.Node) -> list[str]:
    document = nodes.document("", "")
    document += list(children)
    glossary.mark(document, TERMS, "g.html")
    return [node.astext() for node in document.findall(glossary.carded)]


def test_the_first_use_in_running_text_is_marked_and_no_other():
    assert marked(
        nodes.title("", "Softmax"),
        nodes.paragraph("", "The arrow keys. The Softmaxes, no; softmax, yes; softmax, again."),
        nodes.paragraph("", "", nodes.emphasis("", "two keys"), nodes.literal("", "mask")),
        nodes.paragraph("", "", nodes.reference("", "padding"), nodes.Text(", and a masks, a key")),
        nodes.section("", nodes.paragraph("", "A token."), names=["references"]),
    ) == ["softmax", "keys", "masks"]


def test_the_longest_term_wins():
    sentence = "With linear attention and a causal mask, the mask is free."
    assert marked(nodes.paragraph("", sentence)) == ["linear attention", "causal mask", "mask"]


PAGE = "book/bahdanau.html"


def test_cards_by_mouse_and_by_keyboard(open_page):
    page = open_page(PAGE)
    card, term = page.locator("#attn-card"), page.locator("a.attn-term").first
    expect(card).to_be_hidden()
    term.hover()
    expect(card).to_be_visible()
    assert term.get_attribute("data-card") in card.inner_text()
    expect(card.locator("[lang=ar]")).to_have_attribute("dir", "rtl")
    card.hover()  # the pointer may go and rest on the card
    page.wait_for_timeout(400)
    expect(card).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()

    page.mouse.move(0, 0)
    term.focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Shift+Tab")
    expect(term).to_be_focused()
    expect(card).to_be_visible()
    assert term.get_attribute("aria-describedby") == card.get_attribute("id")
    page.keyboard.press("Tab")
    assert term.get_attribute("aria-describedby") is None

    cited = page.locator(".bibtex-citation a").first
    cited.hover()
    expect(card).to_contain_text("Neural machine translation")
    assert cited.get_attribute("title") is None


def test_cards_by_touch_stay_on_the_page(open_page):
    page = open_page(PAGE, width=390, touch=True)
    card, terms = page.locator("#attn-card"), page.locator("a.attn-term")
    for term in terms.all():
        term.tap()
        expect(card).to_be_visible()
        box = card.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        page.keyboard.press("Escape")  # it may lie on the next one
    assert page.url.endswith(PAGE)
    terms.first.tap()
    expect(card).to_be_visible()
    page.locator(".bd-article h1").tap()
    expect(card).to_be_hidden()
    terms.first.tap()
    terms.first.tap()
    page.wait_for_url("**/book/glossary.html#term-*")


def test_every_chapter_has_cards_and_they_are_links(site):
    for chapter in browsing.chapters():
        text = (browsing.HTML / chapter).read_text("utf-8")
        links = re.findall(r'<a class="attn-term" href="glossary\.html#term-([\w-]+)"', text)
        assert 5 <= len(links) <= 40, chapter
        assert len(links) == len(set(links))


def test_the_glossary_reads_from_right_to_left_where_it_is_arabic(open_page):
    page = open_page("book/glossary.html")
    assert page.locator("dt").count() == len(TERMS)
    arabic = page.locator(".attn-glossary [lang=ar]")
    assert arabic.count() == len(TERMS)
    assert arabic.first.evaluate("node => getComputedStyle(node).direction") == "rtl"
