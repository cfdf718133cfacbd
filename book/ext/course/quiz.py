"""``{quiz}``: questions with one right option, and an explanation for every option.

The page holds all of it, explanations folded away, and reads well without JavaScript;
``book/assets/quiz.js`` answers a choice and keeps the score.
"""

import zlib
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator

MARKS = {"[x] ": True, "[ ] ": False}


class quiz(nodes.General, nodes.Element):
    """Some questions and their score."""


class quiz_question(nodes.General, nodes.Element):
    """A legend, perhaps more of the prompt, and options."""


class quiz_legend(nodes.General, nodes.Element):
    """The first paragraph of the prompt, which names the group of options."""


class quiz_option(nodes.General, nodes.Element):
    """A choice and its explanation; ``right`` says which it is."""


class quiz_choice(nodes.General, nodes.Element):
    """The text of an option, inside its label."""


class quiz_explanation(nodes.General, nodes.Element):
    """Why an option is right or wrong."""


class Question(SphinxDirective):
    """A prompt, then a list of options: ``- [x]`` or ``- [ ]``, a blank line, an explanation."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        self.assert_has_content()
        parsed = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, parsed)
        *prompt, items = parsed.children or [None]
        if not isinstance(items, nodes.bullet_list) or not prompt:
            raise self.error("{question} is a prompt followed by a list of options")
        first, *more = prompt
        options = [self._option(item) for item in items.children]
        if sum(node["right"] for node in options) != 1:
            raise self.error("{question} needs one option marked [x]")
        identity = f"{zlib.crc32(self.block_text.encode()):08x}"
        node = quiz_question(
            "", quiz_legend("", *first.children), *more, *options, identity=identity
        )
        self.set_source_info(node)
        return [node]

    def _option(self, item: nodes.Node) -> quiz_option:
        text, *reasons = item.children
        start = text.children[0].astext() if text.children else ""
        if start[:4] not in MARKS:
            raise self.error(f"an option starts with [x] or [ ], not with {start[:20]!r}")
        if not reasons:
            raise self.error(f"{start[4:40]!r} has no explanation: a paragraph below the option")
        text.replace(text.children[0], nodes.Text(start[4:]))
        return quiz_option(
            "",
            quiz_choice("", *text.children),
            quiz_explanation("", *reasons),
            right=MARKS[start[:4]],
        )


class Quiz(SphinxDirective):
    """Holds ``{question}`` directives and nothing else."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        self.assert_has_content()
        node = quiz("", serial=self.env.new_serialno("quiz"))
        self.state.nested_parse(self.content, self.content_offset, node)
        if any(not isinstance(child, (quiz_question, nodes.system_message)) for child in node):
            raise self.error("{quiz} holds {question} directives and nothing else")
        for number, child in enumerate(node.findall(quiz_question), 1):
            child["number"] = number
            for place, each in enumerate(child.findall(quiz_option)):
                each["group"] = f"quiz-{node['serial']}-{child['identity']}"
                each["place"] = place
        return [node]


def _opens_quiz(self: HTML5Translator, node: quiz) -> None:
    self.body.append('<div class="attn-quiz" role="group" aria-label="Quiz">')


def _opens_question(self: HTML5Translator, node: quiz_question) -> None:
    self.body.append(f'<fieldset class="attn-question" data-identity="{node["identity"]}">')


def _opens_legend(self: HTML5Translator, node: quiz_legend) -> None:
    self.body.append(f'<legend><span class="attn-number">{node.parent["number"]}.</span> ')


def _opens_option(self: HTML5Translator, node: quiz_option) -> None:
    self.body.append(f'<div class="attn-option" data-right="{str(node["right"]).lower()}">')


def _opens_choice(self: HTML5Translator, node: quiz_choice) -> None:
    group, place = node.parent["group"], node.parent["place"]
    self.body.append(
        f'<label><input type="radio" name="{group}" value="{place}" autocomplete="off"><span>'
    )


def _opens_explanation(self: HTML5Translator, node: quiz_explanation) -> None:
    verdict = "Right." if node.parent["right"] else "Not so."
    self.body.append(
        "<details><summary>Is this right?</summary>"
        f'<div class="attn-explanation"><p class="attn-verdict">{verdict}</p>'
    )


def _closes(html: str) -> Any:
    return lambda translator, node: translator.body.append(html)


def load_script(
    app: Sphinx, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    """Only a page with a quiz loads its script."""
    if doctree and next(doctree.findall(quiz), None):
        app.add_js_file("quiz.js", loading_method="defer")


def setup(app: Sphinx) -> None:
    """Register nodes, directives and the script."""
    app.add_node(quiz, html=(_opens_quiz, _closes("</div>")))
    app.add_node(quiz_question, html=(_opens_question, _closes("</fieldset>")))
    app.add_node(quiz_legend, html=(_opens_legend, _closes("</legend>")))
    app.add_node(quiz_option, html=(_opens_option, _closes("</div>")))
    app.add_node(quiz_choice, html=(_opens_choice, _closes("</span></label>")))
    app.add_node(quiz_explanation, html=(_opens_explanation, _closes("</div></details>")))
    app.add_directive("quiz", Quiz)
    app.add_directive("question", Question)
    app.connect("html-page-context", load_script)
