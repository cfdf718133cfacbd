"""``{exercise-link}``: the ways to a chapter's exercises; the same ways on their own page."""

from pathlib import Path
from typing import ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.util.osutil import relative_uri

from course.launch import launch_links


class ExerciseLink(SphinxDirective):
    """A card with links to ``exercises/<slug>/<slug>.ipynb``; the content introduces them."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar = {"name": directives.unchanged}

    def run(self) -> list[nodes.Node]:
        slug = self.arguments[0]
        document = f"exercises/{slug}/{slug}"
        if not (Path(self.env.srcdir) / f"{document}.ipynb").exists():
            raise self.error(f"{document}.ipynb is missing: run `make exercises`")
        options = self.config.html_theme_options
        card = nodes.container("", classes=["attn-exercise"])
        self.set_source_info(card)
        self.add_name(card)
        card += nodes.paragraph("", "Your turn", classes=["attn-label"])
        self.state.nested_parse(self.content, self.content_offset, card)
        links = nodes.bullet_list("", classes=["attn-links"])
        links += self._read(document)
        links += self._item(self._download(f"{document}.ipynb"))
        for text, uri in launch_links(
            options["repository_url"], options["repository_branch"], f"{document}.ipynb"
        ).items():
            links += self._item(nodes.reference("", text, refuri=uri))
        card += links
        return [card]

    def _read(self, document: str) -> list[nodes.Node]:
        text = nodes.inline("", "Read the exercise")
        link = addnodes.pending_xref(
            "", text, refdomain="std", reftype="doc", refdoc=self.env.docname,
            reftarget=f"/{document}", refexplicit=True, refwarn=True,
        )  # fmt: skip
        return [self._item(link)]

    def _download(self, path: str) -> nodes.Node:
        text = nodes.inline("", "Download the notebook")
        return addnodes.download_reference(
            "", "", text, refdomain="", reftarget=f"/{path}", refdoc=self.env.docname
        )

    @staticmethod
    def _item(link: nodes.Node) -> nodes.list_item:
        return nodes.list_item("", nodes.paragraph("", "", link))


def add_line(app: Sphinx, document: nodes.document, docname: str) -> None:
    """Put the ways to open an exercise below its title."""
    title = next(document.findall(nodes.title), None)
    if title is None or not docname.startswith("exercises/"):
        return
    options = app.config.html_theme_options
    path = f"{docname}.ipynb"
    source = relative_uri(app.builder.get_target_uri(docname), f"_sources/{path}")
    links = {"Download the notebook": source} | launch_links(
        options["repository_url"], options["repository_branch"], path
    )
    line = nodes.paragraph("", classes=["attn-chapter-line"])
    for text, uri in links.items():
        line += [nodes.Text(" · ")] * bool(line.children)
        line += nodes.reference("", text, refuri=uri)
    title.parent.insert(title.parent.index(title) + 1, line)


def setup(app: Sphinx) -> None:
    """Register directive and event."""
    app.add_directive("exercise-link", ExerciseLink)
    app.connect("doctree-resolved", add_line)
