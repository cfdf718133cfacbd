"""Links to what is no page of the book: ``{repo}`SECURITY.md```, ``{site}`PDF <attnbook.pdf>```."""

from pathlib import Path

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import ReferenceRole, SphinxRole


class Repo(SphinxRole):
    """A link to a file by its path from the repository's root; the address is `_config.yml`'s."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        if not (Path(self.env.srcdir) / self.text).exists():
            said = f"there is no {self.text} in the repository"
            message = self.inliner.reporter.error(said, line=self.lineno)
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        options = self.config.html_theme_options
        uri = f"{options['repository_url']}/blob/{options['repository_branch']}/{self.text}"
        return [nodes.reference(self.rawtext, self.text, refuri=uri)], []


class Site(ReferenceRole):
    """A link to a file that is made after the book, where the site is published."""

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        uri = f"{self.config.html_baseurl.rstrip('/')}/{self.target}"
        return [nodes.reference(self.rawtext, self.title, refuri=uri)], []


def setup(app: Sphinx) -> None:
    """Register the roles."""
    app.add_role("repo", Repo())
    app.add_role("site", Site())
