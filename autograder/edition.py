"""Which grader made a verdict: a hash of all that decides one, so that a new grader grades anew.

What decides is found, not listed: the modules that judging a slug imports, the modules that its
notebooks may, the whole sandbox, and the versions of Python, NumPy and PyTorch.
"""

import ast
import hashlib
import platform
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path

from autograder.manifest import Manifest

_ROOT = Path(__file__).parents[1]
_PACKAGES = ("attn", "autograder")
# What `grade` imports for people to look at; it changes no verdict.
_SHOWN_ONLY = frozenset({"autograder.notebook"})


def edition(manifest: Manifest) -> str:
    """The hash, in hexadecimal, of the grader of one slug's release."""
    made_of = _hashed(manifest.slug, manifest.provides)
    return hashlib.sha256(f"{made_of} {manifest.model_dump_json()}".encode()).hexdigest()


@cache
def _hashed(slug: str, provides: tuple[str, ...]) -> str:
    digest = hashlib.sha256(_versions().encode())
    for path in deciding(slug, provides):
        digest.update(str(path.relative_to(_ROOT)).encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def deciding(slug: str, provides: tuple[str, ...]) -> list[Path]:
    """The files that decide a verdict on a slug whose notebooks may import ``provides``."""
    waiting = ["autograder.grade", *_below("autograder.sandbox")]
    for name in (f"autograder.checks.{slug}", *provides):
        waiting += _below(name)
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found and name not in _SHOWN_ONLY:
            found.add(name)
            waiting += _imported(name)
    return sorted(path for name in found if (path := _file(name)) is not None)


def _versions() -> str:
    """Without what differs between a build for a GPU and one without."""
    packages = (f"{name} {version(name).split('+')[0]}" for name in ("numpy", "torch"))
    return " ".join(["python", *platform.python_version_tuple()[:2], *packages])


def _below(name: str) -> list[str]:
    """A module, or a package with all modules in it."""
    folder = _ROOT.joinpath(*name.split("."))
    files = (path.relative_to(_ROOT) for path in folder.rglob("*.py"))
    return [name, *(".".join(_parts(file)) for file in files)]


def _parts(file: Path) -> tuple[str, ...]:
    return file.parent.parts if file.name == "__init__.py" else file.with_suffix("").parts


def _file(name: str) -> Path | None:
    """The file of one of our modules; None where the name is no module's."""
    path = _ROOT.joinpath(*name.split("."))
    files = (path / "__init__.py", path.with_suffix(".py"))
    return next((file for file in files if file.is_file()), None)


@cache
def _imported(name: str) -> frozenset[str]:
    """Which of our modules a module imports, wherever in its text it does."""
    file = _file(name)
    names: list[str] = []
    for node in ast.walk(ast.parse(file.read_bytes())) if file else ():
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom) and node.module:  # `from a import b`: b may be one
            names += [node.module, *(f"{node.module}.{alias.name}" for alias in node.names)]
    return frozenset(_with_parents(names))


def _with_parents(names: Iterable[str]) -> Iterator[str]:
    """Our modules among the names, and the packages that they are in, which run before them."""
    for name in names:
        parts = name.split(".")
        if parts[0] in _PACKAGES:
            yield from (".".join(parts[: i + 1]) for i in range(len(parts)))
