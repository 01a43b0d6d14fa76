"""The shape of the product's code: no circle of imports, and nothing that grows too long to be read."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
LONGEST_FILE = 400      # lines
LONGEST_FUNCTION = 41   # lines, as `length` counts them
USUAL_FUNCTION = 14     # lines, of nine functions in ten
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules() -> dict[str, Path]:
    """Every module of the product by its name, emulators and the demo among them."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]
    files = [ROOT / f"{name}.py" for name in project["setuptools"]["py-modules"]]
    for package in project["importlinter"]["root_packages"]:
        files += sorted((ROOT / package).rglob("*.py"))
    return {".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"): file for file in files}


@dataclass(frozen=True, slots=True)
class Read:
    """What a module imports, its functions by their lengths, and its own length, both in lines."""

    imports: set[str]
    functions: list[tuple[int, str]]
    length: int


@cache
def product() -> dict[str, Read]:
    """Every module, read once; the trees, which are large, are not kept."""
    return {name: read(name, file.read_text(encoding="utf-8")) for name, file in modules().items()}


def read(name: str, text: str) -> Read:
    """One module."""
    tree = ast.parse(text)
    functions = [(length(each), f"{name}.{each.name}") for each in statements(tree) if isinstance(each, Function)]
    return Read(set(imported(tree)) - {name}, functions, len(text.splitlines()))


def statements(of: ast.AST) -> Iterator[ast.AST]:
    """All statements in a module or a statement, at any depth; expressions hold none, and are not looked into."""
    for block in ("body", "orelse", "finalbody", "handlers", "cases"):
        for each in getattr(of, block, ()):
            yield each
            yield from statements(each)


def imported(tree: ast.Module) -> Iterator[str]:
    """The modules that a module imports anywhere, for its types' sake too.

    `from a import b` is of `a.b` where that is a module of ours, else of `a`.
    """
    for node in statements(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.module is not None
            assert node.level == 0, "imports are absolute"
            for alias in node.names:
                inner = f"{node.module}.{alias.name}"
                yield inner if inner in modules() else node.module


def circle(needed: dict[str, set[str]]) -> list[str]:
    """Modules that import one another in a circle, the first one last again; nothing where there is no such circle."""
    try:
        TopologicalSorter(needed).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def test_no_modules_import_one_another() -> None:
    """What a module needs can be read before it, imports for types included."""
    assert circle({name: found.imports & modules().keys() for name, found in product().items()}) == []


def test_a_circle_would_be_found() -> None:
    """By the names of those who are in it."""
    found = circle({"door": {"room"}, "room": {"window"}, "window": {"room"}})

    assert (found[0], set(found)) == (found[-1], {"room", "window"})


@pytest.mark.parametrize("library", ["google", "google_auth_oauthlib"])
def test_google_auth_stays_in_the_connectors(library: str) -> None:
    """Connectors, and the browser's way back from the sign-in page, are all that may ever know it."""
    knowing = {
        name for name, found in product().items()
        if any(each == library or each.startswith(f"{library}.") for each in found.imports)
    }

    assert {name for name in knowing if not name.startswith(("engine.connectors.", "oauth_callback"))} == set()


def lines(node: Function | ast.Expr) -> int:
    """From the first to the last line."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def length(function: Function) -> int:
    """The lines of a function but for its docstring and the functions in it, which count by themselves."""
    inner = [node for node in statements(function) if isinstance(node, Function)]
    deeper = {node for other in inner for node in statements(other)}
    first = function.body[0]
    said = lines(first) if ast.get_docstring(function) is not None and isinstance(first, ast.Expr) else 0
    return lines(function) - said - sum(lines(node) for node in inner if node not in deeper)


def test_functions_are_short() -> None:
    """Nine in ten fit in a glance, and the longest on a page."""
    found = sorted(function for module in product().values() for function in module.functions)

    assert [each for each in found if each[0] > LONGEST_FUNCTION] == []
    assert found[len(found) * 9 // 10][0] <= USUAL_FUNCTION


def test_files_are_short() -> None:
    """Whoever opens one can read it to its end."""
    assert {name: found.length for name, found in product().items() if found.length > LONGEST_FILE} == {}
