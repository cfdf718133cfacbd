"""Makes a class of any size: ``python -m benchmarks.crowd FOLDER N``, the same for the same seed.

Each student answers each exercise by a draw: a right answer (the solution, the reference, those of
the bank), a known mistake, or nothing. A mistake is written out as a student's cell: its code in
``autograder/checks`` with all that it needs of ``attn`` put above it.
"""

import ast
import builtins
import inspect
import random
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import nbformat

from autograder import checks
from autograder.manifest import MANIFESTS, Manifest
from autograder.source import source_notebook
from autograder.spec import Exercise
from tests.bank import build

RIGHT, WRONG = 0.7, 0.25  # the rest is left as it was released
OUR_PACKAGES = ("attn", "autograder")


@dataclass(frozen=True)
class Answer:
    """A cell that a student could have written, and whether it is a mistake: which."""

    source: str
    mistake: str = ""


def hand_in(folder: Path, count: int, slugs: tuple[str, ...] | None = None, seed: int = 0) -> None:
    """Writes ``count`` students' notebooks for each slug in nbgrader's layout, no two alike."""
    for slug in slugs or tuple(sorted(path.stem for path in MANIFESTS.glob("*.json"))):
        for number, answers in zip(range(count), students(slug, seed), strict=False):
            student = f"s{number:05}"
            parts = [f"# %% {name}\n{answer.source}" for name, answer in answers.items()]
            notebook = build.filled(slug, "\n".join(parts))
            target = folder / student / slug / f"{slug}.ipynb"
            target.parent.mkdir(parents=True, exist_ok=True)
            nbformat.write(notebook, target)


def students(slug: str, seed: int = 0) -> Iterator[dict[str, Answer]]:
    """One student after another: an answer for each exercise that the student has tried."""
    bank = answers(slug)
    number = 0
    while True:
        draw = random.Random(f"{slug} {seed} {number}")
        tried = {}
        for name, (right, wrong) in bank.items():
            luck = draw.random()
            chosen = right if luck < RIGHT else wrong if luck < RIGHT + WRONG else []
            if chosen:
                answer = draw.choice(chosen)
                signed = f"{answer.source}\n# student {number}"
                tried[name] = Answer(signed, answer.mistake)
        yield tried
        number += 1


@cache
def answers(slug: str) -> dict[str, tuple[list[Answer], list[Answer]]]:
    """For each exercise, the right answers and the mistakes."""
    source = source_notebook(slug)
    manifest = Manifest.load(slug)
    known = checks.load(slug)
    found = {}
    for exercise in manifest.exercises:
        cell = next(c for c in source.cells if c.id == exercise.answer_cell)
        solution = re.sub(r"^\s*### (BEGIN|END) SOLUTION\n", "", cell.source, flags=re.M)
        mine = known[exercise.name]
        right = [Answer(solution), Answer(reference(mine)), *_amara(slug, exercise.name)]
        wrong = [Answer(code, name) for name, code in written_out(mine).items()]
        found[exercise.name] = (right, wrong)
    return found


def _amara(slug: str, exercise: str) -> list[Answer]:
    """The answer of the sample class's student who has everything right, where there is one."""
    file = build.CLASS / "amara" / f"{slug}.py"
    if not file.is_file():
        return []
    _, *parts = build.PART.split(file.read_text("utf-8"))
    named = zip(parts[::3], parts[2::3], strict=True)
    return [Answer(text.strip()) for name, text in named if name == exercise]


def reference(exercise: Exercise) -> str:
    """The reference as a cell that defines the exercise's name."""
    cell = _Cell()
    name = cell.named(exercise.reference.__name__, sys.modules[exercise.reference.__module__])
    return cell.text(f"{exercise.name} = {name}")


def written_out(exercise: Exercise) -> dict[str, str]:
    """The source of each mistake, as a cell that defines the exercise's name, by its name."""
    module = inspect.getmodule(exercise.cases)
    assert module is not None, "cases are written in the module of their exercise"
    found = {}
    for statement in ast.parse(inspect.getsource(module)).body:
        for name, remembers, made in _mistakes_in(statement):
            cell = _Cell()
            if isinstance(made, ast.expr):
                value = ast.unparse(cell.translated(made, module))
            else:
                value = cell.named(made.name, module) + "()" * remembers
            found[name] = cell.text(f"{exercise.name} = {value}")
    return found


def _mistakes_in(statement: ast.stmt) -> Iterator[tuple[str, bool, Any]]:
    """The name of each mistake that a statement declares, whether it is a maker, and its code."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        for decorator in statement.decorator_list:
            if _is_mistake(decorator):
                yield *_called(decorator), statement
    match statement:
        case ast.Expr(ast.Call(func=made_by, args=[code])) if _is_mistake(made_by):
            yield *_called(made_by), code


def _is_mistake(node: ast.expr) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "mistake"
    )


def _called(call: Any) -> tuple[str, bool]:
    return ast.literal_eval(call.args[0]), any(k.arg == "remembers" for k in call.keywords)


@dataclass
class _Cell:
    """A cell being written: the imports, and the definitions that others above need."""

    imports: dict[str, None] = field(default_factory=dict)
    definitions: list[str] = field(default_factory=list)
    names: dict[tuple[str, str], str] = field(default_factory=dict)

    def text(self, last: str) -> str:
        return "\n\n\n".join(["\n".join(self.imports), *self.definitions, last]).strip()

    def named(self, name: str, module: ModuleType) -> str:
        """What the cell calls a definition of one of our modules, which it has from then on."""
        value = getattr(module, name)
        home = sys.modules.get(getattr(value, "__module__", ""), module)
        home = home if _is_ours(home) else module
        name = getattr(value, "__name__", name) if home is not module else name
        key = home.__name__, name
        if key not in self.names:
            # By its whole path: what two answers need must not meet in one notebook.
            path = home.__name__.replace(".", "_").partition("_")[2]
            self.names[key] = f"{path}_{name}"
            node = _definition(name, home)
            if isinstance(node, ast.FunctionDef | ast.ClassDef):
                node.name, node.decorator_list = self.names[key], []
            else:
                node = ast.Assign([ast.Name(self.names[key], ast.Store())], node.value)
            node = self.translated(node, home)
            self.definitions.append(ast.unparse(ast.fix_missing_locations(node)))
        return self.names[key]

    def translated(self, node: Any, module: ModuleType) -> Any:
        """The code without annotations, its names of our modules replaced by the cell's own."""
        return _Translator(self, module, _bound(node)).visit(node)


class _Translator(ast.NodeTransformer):
    def __init__(self, cell: _Cell, module: ModuleType, local: set[str]) -> None:
        self.cell, self.module, self.local = cell, module, local

    def visit_FunctionDef(self, node: ast.FunctionDef) -> Any:
        node.returns = None
        if isinstance(node.body[0], ast.Expr) and len(node.body) > 1 and ast.get_docstring(node):
            node.body = node.body[1:]
        return self.generic_visit(node)

    def visit_arg(self, node: ast.arg) -> Any:
        node.annotation = None
        return node

    def visit_AnnAssign(self, node: ast.AnnAssign) -> Any:
        node.annotation = ast.Name("object")  # the field of a class stays one
        return self.generic_visit(node)

    def visit_Attribute(self, node: ast.Attribute) -> Any:
        base = node.value
        if isinstance(base, ast.Name) and base.id not in self.local:
            there = vars(self.module).get(base.id)
            if isinstance(there, ModuleType) and _is_ours(there) and not _is_provided(there):
                return ast.copy_location(ast.Name(self.cell.named(node.attr, there)), node)
        return self.generic_visit(node)

    def visit_Name(self, node: ast.Name) -> Any:
        if node.id in self.local or node.id not in vars(self.module) or hasattr(builtins, node.id):
            return node
        value = vars(self.module)[node.id]
        if isinstance(value, ModuleType) or not _is_ours(_home(value, self.module)):
            self.cell.imports[_import_of(node.id, self.module)] = None
            return node
        return ast.copy_location(ast.Name(self.cell.named(node.id, self.module)), node)


def _home(value: Any, module: ModuleType) -> ModuleType:
    return sys.modules.get(getattr(value, "__module__", None) or "", module)


def _is_ours(module: ModuleType) -> bool:
    return module.__name__.split(".")[0] in OUR_PACKAGES


def _is_provided(module: ModuleType) -> bool:
    return module.__name__.startswith("attn.data")


def _bound(node: Any) -> set[str]:
    """All names that code binds itself."""
    walked = list(ast.walk(node))
    bound = {n.id for n in walked if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    return bound | {n.arg for n in walked if isinstance(n, ast.arg)}


def _definition(name: str, module: ModuleType) -> Any:
    for statement in ast.parse(inspect.getsource(module)).body:
        match statement:
            case ast.FunctionDef() | ast.ClassDef() if statement.name == name:
                return statement
            case ast.Assign(targets=[ast.Name(id=found)]) if found == name:
                return statement
            case ast.AnnAssign(target=ast.Name(id=found)) if found == name:
                return statement
            case ast.Assign(targets=[ast.Tuple(names)], value=ast.Tuple(values)):
                for target, value in zip(names, values, strict=True):
                    if isinstance(target, ast.Name) and target.id == name:
                        return ast.Assign([target], value)
            case ast.ImportFrom(module=str(source), names=names):
                for alias in names:  # a constant, which does not know where it is from
                    if (alias.asname or alias.name) == name and source in sys.modules:
                        return _definition(alias.name, sys.modules[source])
    raise LookupError(f"{module.__name__} does not define {name}")


def _import_of(name: str, module: ModuleType) -> str:
    for statement in ast.parse(inspect.getsource(module)).body:
        if isinstance(statement, ast.Import | ast.ImportFrom):
            for alias in statement.names:
                if (alias.asname or alias.name.split(".")[0]) == name:
                    statement.names = [alias]
                    return ast.unparse(statement)
    raise LookupError(f"{module.__name__} does not import {name}")


if __name__ == "__main__":
    hand_in(Path(sys.argv[1]), int(sys.argv[2]))
