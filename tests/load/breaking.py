"""Tests run while a rule of one of our packages is broken."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path

from tests.load.in_place import InPlace
from tests.load.patched import Outcome, PatchedPackage


class Breaking:
    """Breaks rules of a package, `emulators` or `engine`, and runs tests of some files."""

    def __init__(self, folder: Path, package: str, tests: Iterable[str]) -> None:
        self._folder, self._package = folder, package
        self._in_place = InPlace(folder, package, sorted({test.partition("::")[0] for test in tests}))
        self._passed: set[str] = set()      # beside an unchanged copy

    @cached_property
    def _copied(self) -> PatchedPackage:
        return PatchedPackage(self._folder, self._package)

    def close(self) -> None:
        """Ends the processes."""
        self._in_place.close()
        if "_copied" in self.__dict__:
            self._copied.close()

    def whole(self, test: str) -> Outcome:
        """How a test ends while nothing is broken."""
        found = self._in_place.run(test)
        assert found is not None
        return found

    def broken(self, file: str, changes: Sequence[tuple[str, str]], test: str) -> Outcome:
        """How a test ends while one file has other texts: (what is there once, what stands instead).

        What cannot be changed in place is changed in a copy. There the test has to pass while nothing is changed.
        `file` begins with the package's name. Raises AssertionError where a text is not there.
        """
        found = self._in_place.run(test, file, changes)
        if found is not None:
            return found
        if test not in self._passed:
            unchanged = self._copied.whole(test)
            assert unchanged.passed, unchanged.output
            assert not unchanged.failed, unchanged.output
            self._passed.add(test)
        return self._copied.patched(file, changes, test)


@contextmanager
def breaking(folder: Path, package: str, tests: Iterable[str]) -> Iterator[Breaking]:
    """Runs these tests; ends what it has started."""
    opened = Breaking(folder, package, tests)
    try:
        yield opened
    finally:
        opened.close()
