"""``{exercise-link}``: the ways to a chapter's exercises."""

from pathlib import Path
from typing import ClassVar
from urllib.parse import quote, urlsplit

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective


def launch_links(url: str, branch: str, path: str) -> dict[str, str]:
    """Where a notebook at ``path`` of a GitHub repository opens without an installation.

    >>> launch_links("https://github.com/a/b", "main", "x/x.ipynb")["Open in Colab"]
    'https://colab.research.google.com/github/a/b/blob/main/x/x.ipynb'
    """
    repository = urlsplit(url).path.strip("/")
    return {
        "Open in Colab": (
            f"https://colab.research.google.com/github/{repository}/blob/{branch}/{path}"
        ),
        "Open in Binder": (
            f"https://mybinder.org/v2/gh/{repository}/{quote(branch, safe='')}"
            f"?labpath={quote(path, safe='')}"
        ),
    }


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


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("exercise-link", ExerciseLink)
