"""What a published site has beside its pages, and what a browser keeps for its reader."""

import re
import sys
from urllib.parse import quote, urlsplit
from xml.etree import ElementTree

import browsing
import nbformat
import pytest
import yaml
from PIL import Image
from playwright.sync_api import expect

sys.path.insert(0, str(browsing.ROOT / "book" / "ext"))

from course import chapter

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


def opened_in(path: str, branch: str) -> set[str]:
    """The addresses that open a notebook of the repository without an installation."""
    repository = CONFIG["repository"]["url"].removeprefix("https://github.com/")
    return {
        f"https://colab.research.google.com/github/{repository}/blob/{branch}/{path}",
        f"https://mybinder.org/v2/gh/{repository}/{branch}?labpath={quote(path, safe='')}",
    }


@pytest.mark.parametrize("path", CHAPTERS)
def test_a_chapter_and_its_exercises_open_as_notebooks(site, path):
    slug = path.removeprefix("book/").removesuffix(".html")
    exercise = f"exercises/{slug}/{slug}"
    branch = CONFIG["repository"]["branch"]
    pages = {
        path: opened_in(f"notebooks/{slug}.ipynb", "notebooks")
        | opened_in(f"{exercise}.ipynb", branch),
        f"{exercise}.html": opened_in(f"{exercise}.ipynb", branch),
    }
    for page, wanted in pages.items():
        links = set(re.findall(r'href="([^"]+)"', (browsing.HTML / page).read_text("utf-8")))
        assert wanted <= links
        assert any(link.endswith(f"{slug}.ipynb") and "://" not in link for link in links)
    notebook = nbformat.read(browsing.HTML / f"notebooks/{slug}.ipynb", 4)
    assert f'attnbook @ git+{CONFIG["repository"]["url"]}"' in notebook.cells[1].source


def test_publishing_fills_the_branch_that_chapters_open_from():
    workflow = (browsing.ROOT / ".github/workflows/publish.yml").read_text("utf-8")
    assert f"HEAD:{chapter.BRANCH}\n" in workflow
    assert "cp -r _build/html/notebooks ." in workflow


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
    shown, forget = page.locator(".attn-part"), page.locator(".attn-progress button")
    expect(shown.locator("li")).to_have_count(len(CHAPTERS))
    expect(forget).to_be_disabled()
    assert not any(shown.locator(".attn-done").all_inner_texts())

    page.goto(f"{site}book/bahdanau.html")
    questions = page.locator(".attn-question")
    questions.first.locator("label").first.click()
    total = questions.count()
    page.goto(f"{site}exercises/bahdanau/bahdanau.html")
    page.goto(f"{site}book/index.html")
    line = shown.locator('[data-slug="bahdanau"] .attn-done')
    expect(line).to_have_text(f"1 of {total} questions answered, exercises opened")
    assert sum(map(bool, shown.locator(".attn-done").all_inner_texts())) == 1

    forget.click()
    expect(line).to_be_empty()
    page.reload()
    expect(line).to_be_empty()
    assert page.evaluate("Object.keys(localStorage).filter(k => k.startsWith('attn-'))") == []


def test_the_first_page_leads_through_all_parts_with_times(open_page):
    """The chapters in the book's order and counted on, each with its own page's minutes."""
    toc = yaml.safe_load((browsing.ROOT / "book/_toc.yml").read_text("utf-8"))["parts"]
    page = open_page("book/index.html")
    parts = [part for part in toc if part.get("numbered")]
    assert page.locator(".attn-part h3").all_inner_texts() == [part["caption"] for part in parts]
    number = 1
    for part, shown in zip(parts, page.locator(".attn-part").all(), strict=True):
        assert shown.locator("ol").get_attribute("start") == str(number)
        number += len(part["chapters"])
        links = [link.get_attribute("href") for link in shown.locator("li a").all()]
        assert [f"book/{link}" for link in links] == [f"{c['file']}.html" for c in part["chapters"]]
        for link, time in zip(links, shown.locator(".attn-time").all_inner_texts(), strict=True):
            text = (browsing.HTML / "book" / link).read_text("utf-8")
            line = re.search(r'class="attn-chapter-line">(.*?)</p>', text, re.DOTALL)
            assert minutes(line[1]) == [time]
        assert "hour" in shown.locator(".attn-part-time").inner_text()


@pytest.mark.parametrize(("width", "height"), [(1280, 900), (390, 844)])
def test_the_first_page_shows_something_to_touch_at_once(open_page, width, height):
    """On a phone the query's arrow is above the fold, on a desk the whole of both pictures."""
    page = open_page("book/index.html", width=width, height=height)
    pictures = page.locator(".attn-static svg")
    ends = [box["y"] + box["height"] for box in (one.bounding_box() for one in pictures.all())]
    if width > 600:
        assert max(ends) <= height
    query = page.locator(".attn-static [role=slider]").first.bounding_box()
    assert query["y"] + query["height"] <= height
    assert page.evaluate("document.querySelector('.attn-check .mistake') !== null")


def test_icons_need_no_script(open_page):
    """The theme's script of icons is emptied; its font draws them."""
    page = open_page("book/bahdanau.html")
    icon = page.locator(".theme-switch-button:visible i, .theme-switch-button:visible span").first
    assert icon.evaluate("n => getComputedStyle(n, '::before').content") not in ("none", "normal")
    assert "Awesome" in icon.evaluate("n => getComputedStyle(n, '::before').fontFamily")
    script = browsing.HTML / "_static/scripts/fontawesome.js"
    assert script.stat().st_size < 100


@pytest.mark.parametrize("word", ["softmax", "Gumbel"])
def test_search_works_from_a_folder(browser, site, word):
    """No server and no network: the index is a script beside the page."""
    address = f"{(browsing.HTML / 'search.html').as_uri()}?q={word}"
    with browsing.visit(browser, address) as (page, watch):
        expect(page.locator("#search-results li a").first).to_be_visible(timeout=10_000)
        watch.assert_clean()
