"""Two boxes: ``{predict}`` asks before it tells, ``{myth}`` mends a popular explanation."""

from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


class Box(SphinxDirective):
    """An admonition with a fixed title and a label to link to."""

    has_content = True
    final_argument_whitespace = True
    option_spec: ClassVar = {"name": directives.unchanged}
    kind: str
    title: str

    def run(self) -> list[nodes.Node]:
        self.assert_has_content()
        box = nodes.admonition("", classes=[self.kind])
        self.set_source_info(box)
        self.add_name(box)
        box += nodes.title("", self.title)
        box += self.before()
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box]

    def before(self) -> list[nodes.Node]:
        """What stands between title and content."""
        return []


class Predict(Box):
    """A question, and its answer in a nested ``{dropdown}``."""

    kind, title = "predict", "Predict before you run"

    def run(self) -> list[nodes.Node]:
        [box] = super().run()
        answers = [
            node
            for node in box.findall(nodes.container)
            if node.get("design_component") == "dropdown"
        ]
        if len(answers) != 1:
            raise self.error("{predict} holds one {dropdown} with the answer")
        return [box]


class Myth(Box):
    """What is said (the argument), and what is right (the content)."""

    kind, title = "myth", "Where popular explanations go wrong"
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        if "name" not in self.options:
            raise self.error("{myth} needs a `:name: myth-...`, which the errata link to")
        return super().run()

    def before(self) -> list[nodes.Node]:
        said, messages = self.state.inline_text(self.arguments[0], self.lineno)
        return [
            nodes.paragraph("", "Often said", classes=["attn-label"]),
            nodes.paragraph("", "", *said, classes=["attn-claim"]),
            nodes.paragraph("", "What is right", classes=["attn-label"]),
            *messages,
        ]


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("predict", Predict)
    app.add_directive("myth", Myth)
