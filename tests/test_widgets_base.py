"""What a widget shows: an ipywidget to JupyterLab, a static twin to a page."""

import json
from html.parser import HTMLParser

import pytest
from traitlets import Float, List, Unicode

from attn.widgets import base

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class Probe(base.CourseWidget):
    """A widget with a state that HTML and JSON both have to escape."""

    words = List(Unicode()).tag(sync=True)
    angle = Float(0.5).tag(sync=True)
    private = Float(1.0)
    _alt = 'Two words, "<le>" and "chat".'

    @classmethod
    def _name(cls) -> str:
        return "kit"


class Twin(HTMLParser):
    """The attributes of the twin's element, and its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.attributes: dict[str, str | None] = {}
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.attributes |= dict(attrs)

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.fixture
def bundle() -> dict[str, object]:
    data, metadata = Probe(words=['l"é', "<b>", "a&b"])._repr_mimebundle_()
    assert isinstance(metadata, dict)
    return data


def test_jupyterlab_gets_the_widget(bundle):
    assert bundle[WIDGET_VIEW]["model_id"]
    assert bundle["text/plain"] == Probe._alt


def test_page_gets_the_same_state(bundle):
    twin = Twin(bundle["text/html"])
    assert twin.attributes["class"] == "attn-static"
    assert twin.attributes["data-widget"] == "kit"
    state = json.loads(twin.attributes["data-state"])
    assert state == {"words": ['l"é', "<b>", "a&b"], "angle": 0.5}
    assert twin.text == Probe._alt


def test_twin_follows_the_state():
    widget = Probe()
    widget.angle = 2.0
    data, _ = widget._repr_mimebundle_()
    assert json.loads(Twin(data["text/html"]).attributes["data-state"])["angle"] == 2.0


def test_state_that_json_cannot_hold_is_refused():
    with pytest.raises(ValueError, match="JSON compliant"):
        Probe(angle=float("nan"))._repr_mimebundle_()


def test_widget_without_a_view_shows_nothing():
    class Viewless(Probe):
        _view_name = Unicode(None, allow_none=True).tag(sync=True)

    assert Viewless()._repr_mimebundle_() is None


def test_front_end_gets_the_module_and_the_style():
    state = Probe().get_state()
    assert state["_esm"] == base.source("kit")
    assert state["_css"] == base.style()
    assert "--attn-query-mark" in base.style()


def test_source_puts_the_kit_before_the_widget():
    kit = (base.HERE / "kit.js").read_text("utf-8")
    assert base.source("kit") == f"{kit}\n{kit}"


def test_subclass_keeps_its_own_source():
    """A module of its own wins over the shared one, and anywidget's traits change neither."""

    class Own(Probe):
        _esm, _css = "export default {}", ""

    assert Own().get_state()["_esm"] == "export default {}"
    assert Probe().get_state()["_esm"] == base.source("kit")
