"""Calls that a task rules out, found in the student's code: a hint for the instructor, no proof."""

import ast
from collections.abc import Iterable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import NamedTuple

from IPython.core.inputtransformer2 import TransformerManager

from autograder.show import clean
from autograder.spec import Exercise
from autograder.submission import StudentCell
from autograder.verdict import Flag

_LONGEST = 100_000  # characters of a cell: IPython's translation of magics is not linear
_SHORT = 4_000  # of those, a few hundred are remembered
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_SCOPES = (*_FUNCTIONS, ast.ClassDef, ast.Lambda)


class _Call(NamedTuple):
    """``plain``: of a name, not of something's attribute. ``inside`` a function or class."""

    name: str
    line: int
    plain: bool
    inside: bool


class _Reading(NamedTuple):
    """What a cell defines and calls."""

    functions: frozenset[str] = frozenset()
    calls: tuple[_Call, ...] = ()


def forbidden_calls(exercise: Exercise, cells: Iterable[StudentCell]) -> tuple[Flag, ...]:
    """A flag for each forbidden call that an answer may make.

    Looks at the exercise's own cells, and at functions in cells that answer no exercise. A function
    that the student wrote may have any name. A call through another name goes unseen.
    """
    if not exercise.forbids:
        return ()
    read = [(cell, _read(cell.source)) for cell in cells]
    own = frozenset[str]().union(*(reading.functions for _, reading in read))
    return tuple(
        Flag(line=call.line, source=_line(cell, call.line), reason=f"calls {call.name}")
        for cell, reading in read
        if cell.exercise in ("", exercise.name)
        for call in reading.calls
        if call.name in exercise.forbids
        and (cell.exercise or call.inside)
        and not (call.plain and call.name in own)
    )


def _read(source: str) -> _Reading:
    if len(source) > _LONGEST:
        return _Reading()
    return _remembered(source) if len(source) < _SHORT else _reading(source)


def _reading(source: str) -> _Reading:
    tree = _parse(source)
    if tree is None:
        return _Reading()
    nodes = list(_nodes(tree))
    return _Reading(
        frozenset(node.name for node, _ in nodes if isinstance(node, _FUNCTIONS)),
        tuple(call for node, inside in nodes if (call := _called(node, inside)) is not None),
    )


_remembered = lru_cache(maxsize=1024)(_reading)  # each exercise asks, and most cells are alike


def _parse(source: str) -> ast.Module | None:
    with suppress(SyntaxError, ValueError, RuntimeError, MemoryError):
        return ast.parse(source)  # IPython would leave it as it is, and take ten times as long
    with suppress(SyntaxError, ValueError, RuntimeError, MemoryError):
        return ast.parse(TransformerManager().transform_cell(source))
    return None


def _nodes(tree: ast.AST) -> Iterator[tuple[ast.AST, bool]]:
    """Each node, and whether it stands in a function or class; outer ones first."""
    waiting = [(tree, False)]
    for node, inside in waiting:
        yield node, inside
        inside = inside or isinstance(node, _SCOPES)
        waiting.extend((child, inside) for child in ast.iter_child_nodes(node))


def _called(node: ast.AST, inside: bool) -> _Call | None:
    match node:
        case ast.Call(func=ast.Name(name), lineno=line):
            return _Call(name, line, True, inside)
        case ast.Call(func=ast.Attribute(attr=name), lineno=line):
            return _Call(name, line, False, inside)
    return None


def _line(cell: StudentCell, number: int) -> str:
    lines = cell.source.splitlines()
    return clean(lines[number - 1].strip(), 200) if number <= len(lines) else ""
