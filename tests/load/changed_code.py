"""Which functions differ between two texts of a Python file, and the functions of this process that have their code."""

from __future__ import annotations

import cProfile
import gc
import inspect
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any


class ElsewhereError(Exception):
    """The texts differ outside functions, or in a function that has been called: what came of it is known already."""


def differing(old: CodeType, new: CodeType) -> Iterator[tuple[CodeType, CodeType]]:
    """The functions of a module, or of a class, that differ, as they were and as they are.

    A default, a decorator, a table and the variables that a function takes from around it are no part of its code.
    Raises ElsewhereError where anything else differs.
    """
    if _around(old) != _around(new):
        raise ElsewhereError
    for before, after in zip(_within(old), _within(new), strict=True):
        if _meaning(before) == _meaning(after):
            continue
        if not before.co_flags & inspect.CO_OPTIMIZED:      # a class
            yield from differing(before, after)
        elif before.co_freevars == after.co_freevars:
            yield before, after
        else:
            raise ElsewhereError


def _within(code: CodeType) -> list[CodeType]:
    return [each for each in code.co_consts if isinstance(each, CodeType)]


def _around(code: CodeType) -> tuple[object, ...]:
    """What code does, but for the functions and classes in it and for the lines it stands in."""
    constants = [CodeType if isinstance(each, CodeType) else repr(each) for each in code.co_consts]
    return (code.co_code, code.co_exceptiontable, code.co_names, code.co_varnames, code.co_cellvars, code.co_freevars,
            code.co_flags, code.co_argcount, code.co_posonlyargcount, code.co_kwonlyargcount, constants)


def _meaning(code: CodeType) -> tuple[object, ...]:
    """What code does, but for the lines it stands in."""
    return (*_around(code), *map(_meaning, _within(code)))


def _place(code: CodeType) -> tuple[object, ...]:
    """The file, and where in it this code is, to the column. Functions that share their code are at one place."""
    return code.co_filename, code.co_qualname, code.co_firstlineno, code.co_linetable


@dataclass(slots=True)
class Functions:
    """The functions of this process whose files are in a folder, and which of them have been called."""

    folder: Path
    _found: dict[tuple[object, ...], list[FunctionType]] = field(default_factory=dict)
    _called: frozenset[tuple[object, ...]] = frozenset()

    def look(self, calls: cProfile.Profile) -> None:
        """Finds those that are there, and those that were called meanwhile. All objects are frozen then."""
        gc.unfreeze()       # tests/conftest.py freezes what is collected
        for each in gc.get_objects():
            if type(each) is FunctionType and each.__code__.co_filename.startswith(f"{self.folder}/"):
                self._found.setdefault(_place(each.__code__), []).append(each)
        gc.freeze()
        entries: Any = calls.getstats()     # type: ignore[attr-defined]  # of its base, written in C
        self._called = frozenset(_place(each.code) for each in entries if isinstance(each.code, CodeType))

    def changing(self, path: Path, words: str, instead: str) -> list[tuple[FunctionType, CodeType]]:
        """The functions of a file that differ between its words and others, each with its other code.

        Raises ElsewhereError where those functions are not all of the difference.
        """
        old, new = (compile(each, path, "exec", dont_inherit=True) for each in (words, instead))
        return [(function, after) for before, after in differing(old, new) for function in self._of(before)]

    def _of(self, code: CodeType) -> list[FunctionType]:
        there = self._found.get(_place(code), [])
        if not there or _place(code) in self._called:
            raise ElsewhereError
        return there
