"""Calls that a task rules out, found in the student's code: a hint for the instructor, no proof."""

import ast
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache

from IPython.core.inputtransformer2 import TransformerManager

from autograder.show import clean
from autograder.spec import Exercise
from autograder.submission import StudentCell
from autograder.verdict import Flag

_LONGEST = 100_000  # characters of a cell: IPython's translation of magics is not linear
_SHORT = 4_000  # of those, a few hundred are remembered
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (*_FUNCTIONS, ast.ClassDef, ast.Lambda)


def forbidden_calls(exercise: Exercise, cells: Iterable[StudentCell]) -> tuple[Flag, ...]:
    """A flag for each forbidden call that an answer may make.

    Looks at the exercise's own cells, and at functions in cells that answer no exercise. A function
    that the student wrote may have any name. A call through another name goes unseen.
    """
    if not exercise.forbids:
        return ()
    trees = [(cell, tree) for cell in cells if (tree := _parse(cell.source)) is not None]
    nodes = [node for _, tree in trees for node in ast.walk(tree)]
    own = {node.name for node in nodes if isinstance(node, _FUNCTIONS)}
    return tuple(
        Flag(line=call.lineno, source=_line(cell, call.lineno), reason=f"calls {name}")
        for cell, tree in trees
        if cell.exercise in ("", exercise.name)
        for call, name in _calls(ast.walk(tree) if cell.exercise else _in_functions(tree))
        if name in exercise.forbids and not (isinstance(call.func, ast.Name) and name in own)
    )


def _parse(source: str) -> ast.Module | None:
    if len(source) > _LONGEST:
        return None
    return _remembered(source) if len(source) < _SHORT else _translated(source)


def _translated(source: str) -> ast.Module | None:
    with suppress(SyntaxError, ValueError, RuntimeError, MemoryError):
        return ast.parse(source)  # IPython would leave it as it is, and take ten times as long
    with suppress(SyntaxError, ValueError, RuntimeError, MemoryError):
        return ast.parse(TransformerManager().transform_cell(source))
    return None


_remembered = lru_cache(maxsize=256)(_translated)  # most cells of a class are the release's own


def _in_functions(tree: ast.AST) -> Iterator[ast.AST]:
    """All nodes inside a function or class, each once."""
    waiting = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, _SCOPES):
            yield from ast.walk(node)
        else:
            waiting += ast.iter_child_nodes(node)


def _calls(nodes: Iterable[ast.AST]) -> Iterator[tuple[ast.Call, str]]:
    for node in nodes:
        if isinstance(node, ast.Call):
            match node.func:
                case ast.Name(name) | ast.Attribute(attr=name):
                    yield node, name


def _line(cell: StudentCell, number: int) -> str:
    lines = cell.source.splitlines()
    return clean(lines[number - 1].strip(), 200) if number <= len(lines) else ""
