"""A rule is broken in place only where that is the same as to import the file with the broken rule."""

from __future__ import annotations

import cProfile
from pathlib import Path
from types import CodeType, ModuleType

import pytest

from tests.load.changed_code import ElsewhereError, Functions, differing

WORDS = '''
from functools import partial
RULES = {"a": lambda one: one + 1, "b": lambda one: one + 1}
LIMIT = 3

def made(by):
    def multiplied(one):
        return one * by
    return multiplied

def shown(one, instead="nothing"):
    return f"{one or instead}"

class Kept:
    size = 1

    @property
    def twice(self):
        return 2 * self.size

    @staticmethod
    def thrice(one):
        return 3 * one

TEN = made(10)
'''


def code(words: str) -> CodeType:
    """A file's code."""
    return compile(words, "a file", "exec")


@pytest.fixture
def there(tmp_path: Path) -> tuple[ModuleType, Path, Functions]:
    """A file that was imported, and its functions."""
    path = tmp_path / "rules.py"
    path.write_text(WORDS)
    module, calls = ModuleType("rules"), cProfile.Profile()
    calls.runcall(exec, compile(WORDS, path, "exec"), vars(module))
    found = Functions(tmp_path)
    found.look(calls)
    return module, path, found


@pytest.mark.parametrize(("find", "instead", "names"), [
    ("one + 1, ", "one - 1, ", ["<lambda>"]),
    ("2 * self", "4 * self", ["Kept.twice"]),
    ("3 * one", "6 * one", ["Kept.thrice"]),
    ("one * by", "one + by", ["made"]),
    ("def shown", "\n\ndef shown", []),
])
def test_functions_that_do_something_else_are_told(find: str, instead: str, names: list[str]) -> None:
    """Wherever they stand; a function that stands in another line does the same."""
    found = differing(code(WORDS), code(WORDS.replace(find, instead)))

    assert [new.co_qualname for _, new in found] == names


@pytest.mark.parametrize(("find", "instead"), [
    ("LIMIT = 3", "LIMIT = 4"), ("LIMIT = 3", "LIMIT = True"), ('instead="nothing"', 'instead="none"'),
    ("size = 1", "size = 2"), ("@property", "@partial"), ('"a": lambda', '"c": lambda'), ("made(10)", "made(9)"),
    ("2 * self.size", "super().__sizeof__()"),
])
def test_a_change_around_functions_is_another_one(find: str, instead: str) -> None:
    """Tables, defaults, decorators: what they have become of is not known."""
    with pytest.raises(ElsewhereError):
        list(differing(code(WORDS), code(WORDS.replace(find, instead))))


def test_what_is_changed_does_something_else(there: tuple[ModuleType, Path, Functions]) -> None:
    """A function in a table, a property, a static method, whoever has them; the twin in the same line stays."""
    module, path, functions = there
    kept = module.Kept()
    instead = WORDS.replace("one + 1, ", "one - 1, ").replace("2 * self", "4 * self").replace("3 * one", "6 * one")

    for function, new in functions.changing(path, WORDS, instead):
        function.__code__ = new

    assert (module.RULES["a"](5), module.RULES["b"](5)) == (4, 6)
    assert (kept.twice, kept.thrice(2)) == (4, 12)


def test_what_was_called_is_not_changed(there: tuple[ModuleType, Path, Functions]) -> None:
    """What it has returned may be kept anywhere."""
    _, path, functions = there

    with pytest.raises(ElsewhereError):
        functions.changing(path, WORDS, WORDS.replace("one * by", "one + by"))


def test_what_nobody_has_imported_is_not_changed(there: tuple[ModuleType, Path, Functions]) -> None:
    """The change would be lost."""
    _, path, functions = there

    with pytest.raises(ElsewhereError):
        functions.changing(path.with_name("other.py"), WORDS, WORDS.replace("2 * self", "4 * self"))
