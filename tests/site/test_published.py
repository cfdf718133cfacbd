"""What a published site has beside its pages, and what a browser keeps for its reader."""

import re
from urllib.parse import urlsplit
from xml.etree import ElementTree

import browsing
import pytest
import yaml
from PIL import Image
from playwright.sync_api import expect

CONFIG = yaml.safe_load((browsing.ROOT / "_config.yml").read_text("utf-8"))
BASE = CONFIG["html"]["baseurl"]
CHAPTERS = browsing.chapters() or ["the book is not built"]
WITHOUT_SOURCE = {"404.html", "genindex.html", "search.html"}


def test_the_tests_serve_the_book_where_it_is_published():
    assert urlsplit(BASE).path == browsing.PREFIX


def test_the_sitemap_lists_every_page(site):
    tree = ElementTree.parse(browsing.HTML / "sitemap.xml")
    listed = {node.text for node in tree.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")}
    assert listed == {BASE + page for page in browsing.built_pages() if page not in WITHOUT_SOURCE}


def test_a_wrong_address_leads_back(browser, site):
    with browsing.visit(browser, f"{site}no/such/page.html", width=390) as (page, watch):
        assert [entry.split()[0] for entry in watch.failed] == ["404"]
        assert page.evaluate("document.documentElement.scrollWidth") <= 390
        assert page.get_by_role("listitem").count() == 1 + len(CHAPTERS)
        page.get_by_role("searchbox").fill("softmax")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html?q=softmax")
        page.go_back()
        page.get_by_role("link", name="from its beginning").click()
        page.wait_for_url("**/book/index.html")
        assert watch.external == []


def tags(path: str) -> dict[str, str]:
    text = (browsing.HTML / path).read_text("utf-8")
    return dict(re.findall(r'<meta property="((?:og|twitter):[\w:]+)" content="([^"]*)"', text))


def test_every_page_says_what_it_is(site):
    for path in set(browsing.built_pages()) - WITHOUT_SOURCE:
        said = tags(path)
        assert said["og:url"] == BASE + path
        assert said["og:title"]
        assert said["twitter:card"] == "summary_large_image"
        picture = browsing.HTML / said["og:image"].removeprefix(BASE)
        assert picture.is_file()
    for path in CHAPTERS:
        assert 80 <= len(tags(path)["og:description"]) <= 260


def test_a_page_in_another_language_says_so(open_page):
    page = open_page("book/darija.html")
    assert page.locator("[lang=ary-Latn] h1").count() == 1
    expect(page.locator(".attn-static[data-ready]")).to_have_count(1)
    shown = page.locator('a.reference[href="#equation-attention-b-darija"]')
    shown.hover()
    expect(page.locator("#attn-card mjx-container")).to_be_visible()


def test_every_chapter_has_a_picture_of_its_own(site):
    pictures = [browsing.HTML / tags(path)["og:image"].removeprefix(BASE) for path in CHAPTERS]
    assert len(set(pictures)) == len(CHAPTERS)
    for picture in pictures:
        assert Image.open(picture).size == (1200, 630)
        assert picture.stat().st_size < 80_000
    assert len({picture.read_bytes() for picture in pictures}) == len(pictures)


def minutes(text: str) -> list[str]:
    return re.findall(r"\d+ minutes?", text)


def test_neighbours_say_how_long_they_take(open_page, site):
    """An exercise stands between its chapter and the next one."""
    page = open_page("exercises/bahdanau/bahdanau.html")
    said = minutes(page.locator(".prev-next-area").inner_text())
    for link, time in zip(page.locator(".prev-next-area a").all(), said, strict=True):
        path = urlsplit(link.evaluate("node => node.href")).path.removeprefix(browsing.PREFIX)
        text = (browsing.HTML / path).read_text("utf-8")
        line = re.search(r'class="attn-chapter-line">(.*?)</p>', text, re.DOTALL)
        assert minutes(line[1]) == [time]


def test_progress_is_kept_shown_and_forgotten(open_page, site):
    page = open_page("book/index.html")
    shown = page.locator(".attn-progress")
    expect(shown.locator("li")).to_have_count(len(CHAPTERS))
    expect(shown.get_by_role("button")).to_be_disabled()
    assert not any(shown.locator("li span").all_inner_texts())

    page.goto(f"{site}book/bahdanau.html")
    questions = page.locator(".attn-question")
    questions.first.locator("label").first.click()
    total = questions.count()
    page.goto(f"{site}exercises/bahdanau/bahdanau.html")
    page.goto(f"{site}book/index.html")
    line = shown.locator('[data-slug="bahdanau"] span')
    expect(line).to_have_text(f"1 of {total} questions answered, exercises opened")
    assert sum(map(bool, shown.locator("li span").all_inner_texts())) == 1

    shown.get_by_role("button").click()
    expect(line).to_be_empty()
    page.reload()
    expect(line).to_be_empty()
    assert page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('attn-'))") == []


@pytest.mark.parametrize("word", ["softmax", "Gumbel"])
def test_search_works_from_a_folder(browser, site, word):
    """No server and no network: the index is a script beside the page."""
    address = f"{(browsing.HTML / 'search.html').as_uri()}?q={word}"
    with browsing.visit(browser, address) as (page, watch):
        expect(page.locator("#search-results li a").first).to_be_visible(timeout=10_000)
        assert watch.external == []
