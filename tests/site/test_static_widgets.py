"""`static-widgets.js` keeps anywidget's contract without a kernel, and from disk too."""

import json
from html import escape
from pathlib import Path

import browsing
import pytest
from playwright.sync_api import Page, expect

RUNNER = (browsing.ROOT / "book" / "assets" / "static-widgets.js").read_text("utf-8")

# A counter that writes down everything the contract promises.
COUNTER = """
function render({ model, el }) {
  const button = document.createElement("button"), log = document.createElement("output");
  const write = (text) => { log.textContent += text + ";" };
  const grown = (m, value) => write(`change:count=${value}/${m.get("count")}`);
  model.on("change:count", grown);
  model.on("change:count change:step", () => write("both"));
  model.on("change", () => write("any"));
  button.textContent = "more";
  button.onclick = () => {
    model.set("count", model.get("count") + model.get("step"));
    model.save_changes();
  };
  el.append(button, log);
  window.models = [...(window.models ?? []), { model, grown }];
  return () => { window.cleaned = (window.cleaned ?? 0) + 1 };
}
"""
OBJECT = COUNTER + "export default { render };"
FUNCTION = (
    COUNTER
    + """
export default async () => ({
  initialize({ model }) { model.set("count", model.get("count") + 100) },
  render,
});"""
)


def twin(name: str, state: dict[str, object]) -> str:
    return (
        f'<div class="attn-static" data-widget="{name}" data-state="{escape(json.dumps(state))}">'
        f"<p>the words of {name}</p></div>"
    )


@pytest.fixture
def show(browser, tmp_path: Path):
    """Open a page from disk that shows the given twins; yields the page and its record."""
    contexts = []

    def _show(*twins: str, modules: dict[str, str]) -> tuple[Page, browsing.Watch]:
        file = tmp_path / "page.html"
        script = json.dumps(modules).replace("</", "<\\/")
        file.write_text(
            f"<!doctype html><meta charset=utf-8>{''.join(twins)}"
            f"<script>window.attnWidgets = {script}</script><script>{RUNNER}</script>",
            "utf-8",
        )
        context = browser.new_context()
        contexts.append(context)
        page, watch = context.new_page(), browsing.Watch()
        page.on("console", watch.console)
        page.goto(file.as_uri())
        return page, watch

    yield _show
    for context in contexts:
        context.close()


def test_two_widgets_live_apart(show):
    page, watch = show(
        twin("counter", {"count": 1, "step": 2}),
        twin("counter", {"count": 10, "step": 5}),
        modules={"counter": OBJECT},
    )
    expect(page.locator(".attn-static[data-ready]")).to_have_count(2)
    expect(page.get_by_text("the words of")).to_have_count(0)
    page.locator("button").first.click()
    expect(page.locator("output").first).to_have_text("change:count=3/3;both;any;")
    expect(page.locator("output").last).to_have_text("")
    assert page.evaluate("models.map(({ model }) => model.get('count'))") == [3, 10]
    watch.assert_clean()


def test_model_calls_back_only_for_changes(show):
    page, _ = show(twin("counter", {"count": 1, "step": [2]}), modules={"counter": OBJECT})
    log = page.locator("output")
    page.evaluate("models[0].model.set('count', 1)")
    page.evaluate("models[0].model.set('step', [2])")
    expect(log).to_have_text("")
    page.evaluate("models[0].model.set({ count: 4, step: [3] })")
    expect(log).to_have_text("change:count=4/4;both;both;any;")
    page.evaluate("models[0].model.off('change:count', models[0].grown)")
    page.evaluate("models[0].model.set('count', 5)")
    expect(log).to_have_text("change:count=4/4;both;both;any;both;any;")
    page.evaluate("models[0].model.off()")
    page.evaluate("models[0].model.set('count', 6); models[0].model.send({})")
    expect(log).to_have_text("change:count=4/4;both;both;any;both;any;")


def test_factory_initializes_before_it_renders(show):
    page, watch = show(twin("counter", {"count": 1, "step": 2}), modules={"counter": FUNCTION})
    page.locator("button").click()
    expect(page.locator("output")).to_have_text("change:count=103/103;both;any;")
    watch.assert_clean()


def test_cleanup_runs_when_the_page_goes(show):
    page, _ = show(twin("counter", {"count": 1, "step": 2}), modules={"counter": OBJECT})
    expect(page.locator(".attn-static[data-ready]")).to_have_count(1)
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide', { persisted: true }))")
    assert page.evaluate("window.cleaned") is None
    page.evaluate("dispatchEvent(new PageTransitionEvent('pagehide'))")
    assert page.evaluate("window.cleaned") == 1


def test_broken_widget_leaves_its_words_and_the_others(show):
    page, watch = show(
        twin("broken", {}),
        twin("missing", {}),
        twin("counter", {"count": 1, "step": 2}),
        modules={
            "broken": "export default { render() { throw new Error('oh') } }",
            "counter": OBJECT,
        },
    )
    expect(page.locator("button")).to_be_visible()
    expect(page.get_by_text("the words of broken")).to_be_visible()
    expect(page.get_by_text("the words of missing")).to_be_visible()
    assert len(watch.errors) == 2
