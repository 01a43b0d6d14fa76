"""The shape of the product's code: no circle of imports, and nothing that grows too long to be read."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
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


@cache
def parsed() -> dict[str, ast.Module]:
    """Every module, parsed."""
    return {name: ast.parse(file.read_text(encoding="utf-8")) for name, file in modules().items()}


@cache
def imports() -> dict[str, set[str]]:
    """What each module imports anywhere, for its types' sake too: modules, but for its own name."""
    return {name: set(imported(tree)) - {name} for name, tree in parsed().items()}


def imported(tree: ast.Module) -> Iterator[str]:
    """The modules that a module imports: `from a import b` is of `a.b` where that is a module of ours, else of `a`."""
    for node in ast.walk(tree):
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
    assert circle({name: needed & modules().keys() for name, needed in imports().items()}) == []


def test_a_circle_would_be_found() -> None:
    """By the names of those who are in it."""
    found = circle({"door": {"room"}, "room": {"window"}, "window": {"room"}})

    assert (found[0], set(found)) == (found[-1], {"room", "window"})


@pytest.mark.parametrize("library", ["google", "google_auth_oauthlib"])
def test_google_auth_stays_in_the_connectors(library: str) -> None:
    """Connectors, and the browser's way back from the sign-in page, are all that may ever know it."""
    knowing = {
        name for name, needed in imports().items()
        if any(each == library or each.startswith(f"{library}.") for each in needed)
    }

    assert {name for name in knowing if not name.startswith(("engine.connectors.", "oauth_callback"))} == set()


def lines(node: Function | ast.Expr) -> int:
    """From the first to the last line."""
    return (node.end_lineno or node.lineno) - node.lineno + 1


def length(function: Function) -> int:
    """The lines of a function but for its docstring and the functions in it, which count by themselves."""
    inner = [node for node in ast.walk(function) if isinstance(node, Function) and node is not function]
    outermost = [node for node in inner if not any(node in ast.walk(other) for other in inner if other is not node)]
    first = function.body[0]
    said = lines(first) if ast.get_docstring(function) is not None and isinstance(first, ast.Expr) else 0
    return lines(function) - said - sum(map(lines, outermost))


def test_functions_are_short() -> None:
    """Nine in ten fit in a glance, and the longest on a page."""
    found = sorted(
        (length(node), f"{name}.{node.name}")
        for name, tree in parsed().items() for node in ast.walk(tree) if isinstance(node, Function)
    )

    assert [each for each in found if each[0] > LONGEST_FUNCTION] == []
    assert found[len(found) * 9 // 10][0] <= USUAL_FUNCTION


def test_files_are_short() -> None:
    """Whoever opens one can read it to its end."""
    long = {
        name: count for name, file in modules().items()
        if (count := len(file.read_text(encoding="utf-8").splitlines())) > LONGEST_FILE
    }

    assert long == {}
