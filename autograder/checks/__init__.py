"""What every exercise must satisfy: a package a slug with its ``CHECKS``, a module an exercise."""

import difflib
import importlib
import pkgutil

from autograder.spec import Checks, Exercise


def slugs() -> list[str]:
    """The slugs that have checks, in alphabetical order."""
    return sorted(module.name for module in pkgutil.iter_modules(__path__))


def load(slug: str) -> Checks:
    """The checks of a slug; ``LookupError`` says which slugs there are."""
    if slug not in slugs():
        raise LookupError(f"no checks are called {slug!r}; there are: {', '.join(slugs())}")
    return importlib.import_module(f"autograder.checks.{slug}").CHECKS


def find(name: str) -> Exercise:
    """The exercise whose function has that name; ``LookupError`` suggests the nearest."""
    exercises = {exercise.name: exercise for slug in slugs() for exercise in load(slug)}
    if name in exercises:
        return exercises[name]
    near = difflib.get_close_matches(name, exercises, n=1)
    mend = f"did you mean {near[0]!r}?" if near else f"there are: {', '.join(sorted(exercises))}"
    raise LookupError(f"no exercise is called {name!r}; {mend}")
