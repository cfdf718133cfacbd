"""What the book adds to Jupyter Book; how to write each part stands in ``book/ext/README.md``."""

from typing import Any

from sphinx.application import Sphinx

from course import (
    boxes,
    build,
    chapter,
    citations,
    exercises,
    glossary,
    path,
    published,
    quiz,
    repository,
    widgets,
)


def setup(app: Sphinx) -> dict[str, Any]:
    """Register every part."""
    for part in (
        build,
        boxes,
        quiz,
        chapter,
        citations,
        exercises,
        glossary,
        path,
        published,
        repository,
        widgets,
    ):
        part.setup(app)
    return {
        "env_version": build.environment_version(app),
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
