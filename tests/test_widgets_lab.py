"""The widgets in a real JupyterLab: by mouse, by keyboard, back to the kernel, as in the page.

Each test puts its widget back with Reset, so that their order does not matter.
"""

import json
import re
from typing import Any

import browsing
import lab
import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from attn.data.photo import QUESTIONS, features
from attn.dot_product import dot_product_weights
from attn.pooling import kernel_regression, leave_one_out_loss, question_weights
from attn.widgets import base
from attn.widgets.kernel import KernelWidget
from attn.widgets.photo import PhotoWidget
from attn.widgets.query_keys import QueryKeysWidget

WIDGETS = {"photo": PhotoWidget, "kernel": KernelWidget, "query_keys": QueryKeysWidget}
STATE = {
    "photo": ["asked", "loudness", "selected"],
    "kernel": ["query", "width"],
    "query_keys": ["books", "query", "temperature"],
}
CELLS = [
    "import json\n"
    + "\n".join(f"from {w.__module__} import {w.__name__}" for w in WIDGETS.values()),
    *(f"{name} = {widget.__name__}()\n{name}" for name, widget in WIDGETS.items()),
    "from autograder.notebook import check\n"
    "def entropy(weights): return (weights * weights.log2()).sum(-1)\n"
    "check(entropy)",
    f"print(json.dumps({{w: {{t: getattr(globals()[w], t) for t in ts}}"
    f" for w, ts in {STATE}.items()}}))",
]
RUNNER = (browsing.ROOT / "book" / "assets" / "static-widgets.js").read_text("utf-8")


class Desk:
    """The notebook with the three widgets, and a static page to lay beside it."""

    def __init__(self, page: Page, browser, folder) -> None:
        self.page, self.browser, self.folder = page, browser, folder
        self.notebook = lab.Notebook(page)
        self.notebook.run_all()

    def widget(self, name: str) -> Locator:
        """A widget as it was before anybody touched it."""
        cell = self.notebook.cells.nth(1 + list(WIDGETS).index(name))
        root = cell.locator(".jp-OutputArea-output .attn-widget")
        root.get_by_role("button", name="Reset").click()
        return root

    def state(self, name: str, **expected: Any) -> dict[str, Any]:
        """The widget's traits in the kernel, once the ``expected`` ones have come there."""
        for _ in range(10):
            state = json.loads(self.notebook.run_last())[name]
            if all(state[trait] == value for trait, value in expected.items()):
                break
        assert {trait: state[trait] for trait in expected} == expected
        return state

    def drag(self, root: Locator, handle: Locator, right: float, up: float) -> None:
        """Drags a handle by so many units of its drawing."""
        handle.scroll_into_view_if_needed()
        box = handle.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        unit = root.locator("svg").first.evaluate("svg => svg.getScreenCTM().a")
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + right * unit, y - up * unit, steps=8)
        self.page.mouse.up()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def assert_as_in_the_page(self, name: str, root: Locator, state: dict[str, Any]) -> None:
        """The static page shows the same words, numbers and controls for the kernel's state."""
        widget = WIDGETS[name]()
        for trait, value in state.items():
            setattr(widget, trait, value)
        modules = json.dumps({name: base.source(name)}).replace("</", "<\\/")
        file = self.folder / f"{name}.html"
        file.write_text(
            f"<!doctype html><meta charset=utf-8><style>{base.style()}</style>"
            f"{widget._static_html()}<script>window.attnWidgets = {modules}</script>"
            f"<script>{RUNNER}</script>"
        )
        with browsing.visit(self.browser, file.as_uri()) as (page, watch):
            twin = page.locator(".attn-widget")
            expect(root).to_have_text(twin.text_content())
            root.scroll_into_view_if_needed()
            assert root.aria_snapshot() == twin.aria_snapshot()
            watch.assert_clean()


@pytest.fixture(scope="module")
def desk(browser, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lab")
    with (
        lab.server(folder, CELLS) as address,
        browsing.visit(browser, address, height=1100) as (page, watch),
    ):
        yield Desk(page, browser, folder)
        watch.assert_clean()


@pytest.fixture(autouse=True)
def lab_keeps_its_hands_off(desk):
    """No key meant for a widget adds, deletes or leaves a cell."""
    yield
    expect(desk.notebook.cells).to_have_count(len(CELLS))


def test_every_widget_is_an_ipywidget(desk):
    views = ".lm-Panel.jp-OutputArea-output > .lm-Widget"
    for name in WIDGETS:
        expect(desk.widget(name).and_(desk.page.locator(f"{views}, {views} *"))).to_be_visible()
    expect(desk.page.locator(".jp-RenderedHTMLCommon .attn-widget, .attn-static")).to_have_count(0)


def test_a_checks_table_is_ours_and_not_the_labs(desk):
    """One edge on the left, so that `yours` and `expected` can be compared."""
    check = desk.notebook.cells.nth(1 + len(WIDGETS)).locator(".attn-check")
    assert check.locator("ul").evaluate("ul => getComputedStyle(ul).paddingLeft") == "0px"
    for part in ("th", "td", "pre"):
        cells = check.locator(f"table {part}")
        edges = cells.evaluate_all("all => all.map((one) => one.getBoundingClientRect().left)")
        assert len(edges) >= 3
        assert max(edges) - min(edges) < 1
        styles = cells.evaluate_all("all => all.map((one) => getComputedStyle(one).textAlign)")
        assert set(styles) == {"left"}
    rows = check.locator("table tr")
    backs = rows.evaluate_all("all => all.map((one) => getComputedStyle(one).backgroundColor)")
    assert set(backs) == {"rgba(0, 0, 0, 0)"}


def photo_weights(root: Locator) -> dict[str, float]:
    spots = root.locator(".attn-photo [role=radio]")
    labels = spots.evaluate_all("spots => spots.map((s) => s.getAttribute('aria-label'))")
    return {label.split(",")[0]: float(label.rsplit(" ", 1)[1]) for label in labels}


def photo_reference(state: dict[str, Any]) -> dict[str, float]:
    question = {f: sign * state["loudness"] for f, sign in state["asked"].items()}
    return question_weights(question, features())


def test_photo_by_mouse(desk):
    root = desk.widget("photo")
    root.get_by_text("Who is the teacher?").click()
    root.get_by_role("button", name="smile: not asked").click()
    root.get_by_role("radio", name="Ben, weight").click()
    expect(root.locator(".attn-sum")).to_contain_text("Ben: score")
    asked = {feature: s / 2 for feature, s in QUESTIONS["Who is the teacher?"].items()}
    state = desk.state("photo", selected="Ben", asked=asked | {"smile": 1})
    assert photo_weights(root) == pytest.approx(photo_reference(state), abs=5.1e-4)
    desk.assert_as_in_the_page("photo", root, state)


def test_photo_by_keyboard(desk):
    root = desk.widget("photo")
    root.get_by_role("radio", name="How many people").focus()
    desk.press("ArrowDown", "Tab")
    expect(root.get_by_role("radio", name="Ms Diallo, weight")).to_be_focused()
    desk.press("ArrowRight")
    expect(root.get_by_role("radio", name="board, weight")).to_be_focused()
    desk.press("Tab", "Space", "b")  # b in a cell: a new one below
    expect(root.get_by_role("button", name="person: ")).to_be_focused()
    root.get_by_role("slider", name="How loudly?").focus()
    desk.press("ArrowRight", "ArrowUp", "PageDown", "ArrowUp")
    state = desk.state("photo", selected="board")
    assert state["asked"]["person"] == -1
    assert state["loudness"] != 2
    assert photo_weights(root) == pytest.approx(photo_reference(state), abs=5.1e-4)
    desk.assert_as_in_the_page("photo", root, state)


def assert_kernel_is_right(desk: Desk, root: Locator, state: dict[str, Any]) -> None:
    widget = KernelWidget()
    keys, values = (torch.tensor(x, dtype=torch.float64) for x in (widget.times, widget.readings))
    asked = torch.tensor([state["query"]], dtype=torch.float64)
    estimate = kernel_regression(asked, keys, values, state["width"]).item()
    shown = float(root.locator(".attn-output").inner_text())
    assert shown == pytest.approx(estimate, abs=0.0051)
    loss = leave_one_out_loss(keys, values, state["width"]).item()
    expect(root.locator("[aria-live]")).to_contain_text(f"{loss:.3f} when each is predicted")
    desk.assert_as_in_the_page("kernel", root, state)


def test_kernel_by_mouse(desk):
    root = desk.widget("kernel")
    query, width = (root.get_by_role("slider", name=n) for n in ("Time asked", "Width of"))
    desk.drag(root, query.locator(".knob"), 110, 0)  # 55 to an hour
    desk.drag(root, width.locator(".knob"), 55, 0)
    near = pytest.approx
    state = desk.state("kernel", query=near(12.5, abs=0.05), width=near(1.8, abs=0.05))
    assert_kernel_is_right(desk, root, state)


def test_kernel_by_keyboard(desk):
    root = desk.widget("kernel")
    root.get_by_role("slider", name="Time asked").focus()
    desk.press("PageUp", "ArrowUp", "ArrowLeft", "ArrowDown", "b", "Tab")
    expect(root.get_by_role("slider", name="Width of")).to_be_focused()
    desk.press("PageUp", "ArrowDown")
    state = desk.state("kernel", query=pytest.approx(11.4), width=pytest.approx(0.8 * 2 / 1.1))
    assert_kernel_is_right(desk, root, state)


def assert_query_keys_are_right(desk: Desk, root: Locator, state: dict[str, Any]) -> None:
    keys, values, q = (
        torch.tensor(x, dtype=torch.float64)
        for x in (
            [book["key"] for book in state["books"]],
            [book["value"] for book in state["books"]],
            [state["query"]],
        )
    )
    weights = dot_product_weights(q / state["temperature"], keys)
    table = root.locator("tbody td:nth-child(4)").all_inner_texts()
    assert [float(text) for text in table] == pytest.approx(weights[0].tolist(), abs=5.1e-4)
    shown = re.findall(r"[\d.]+", root.locator(".attn-sums .attn-output").inner_text())
    assert [float(x) for x in shown] == pytest.approx((weights @ values)[0].tolist(), abs=0.0051)
    desk.assert_as_in_the_page("query_keys", root, state)


def test_query_keys_by_mouse(desk):
    root = desk.widget("query_keys")
    dunes = root.get_by_role("slider", name="key of Dunes").locator(".grip")
    query = root.get_by_role("slider", name="query", exact=True).locator(".grip")
    desk.drag(root, dunes, 200, 50)  # 50 to a unit of the keys' plane
    expect(root.locator(".attn-sums")).to_contain_text("score of Dunes")
    desk.drag(root, query, -30, 60)
    state = desk.state("query_keys", query=pytest.approx([0.6, 1.6]))
    assert state["books"][3]["key"] == pytest.approx([1.8, 0.6])
    assert_query_keys_are_right(desk, root, state)


def test_query_keys_by_keyboard(desk):
    root = desk.widget("query_keys")
    root.get_by_role("slider", name="temperature").focus()
    desk.press("ArrowLeft", "ArrowLeft")
    root.get_by_role("slider", name="query", exact=True).focus()
    desk.press("ArrowUp", "ArrowUp", "ArrowLeft", "Shift+ArrowDown")
    state = desk.state("query_keys", query=pytest.approx([1.0, 0.75]))
    assert state["temperature"] == pytest.approx(10**-0.1)
    assert_query_keys_are_right(desk, root, state)


CONTRAST = """root => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgba = (colour) => {
    canvas.clearRect(0, 0, 1, 1);
    canvas.fillStyle = colour;
    canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (colour) => rgba(colour).slice(0, 3).map((c) => c / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    while (rgba(getComputedStyle(node).backgroundColor)[3] < 255) node = node.parentElement;
    return getComputedStyle(node).backgroundColor;
  };
  const written = [...root.querySelectorAll("*")].filter((node) => node.checkVisibility()
    && [...node.childNodes].some((c) => c.nodeType === Node.TEXT_NODE && c.data.trim()));
  return written.map((node) => {
    const { color, fill, stroke } = getComputedStyle(node);
    const drawn = node instanceof SVGElement; // its letters have a rim in the paper's colour
    const pair = drawn ? [fill, stroke === "none" ? behind(node) : stroke] : [color, behind(node)];
    const [low, high] = pair.map(light).sort((a, b) => a - b);
    return [node.textContent, (high + 0.05) / (low + 0.05)];
  });
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_can_be_read(desk, scheme):
    desk.page.emulate_media(color_scheme=scheme)
    theme = desk.page.locator("body")
    expect(theme).to_have_attribute("data-jp-theme-light", str(scheme == "light").lower())
    for name in WIDGETS:
        words = desk.widget(name).evaluate(CONTRAST)
        assert len(words) > 10
        assert {text: ratio for text, ratio in words if ratio < 4.5} == {}
