"""What tests saw, kept as tables in `docs`: a test fails when the document says something else.

`make docs` runs those tests and writes the tables anew.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HOUSE = Path(__file__).resolve().parents[2]
TESTS = (
    "tests/recovery/hard_servers", "tests/system/test_hard_mail.py", "tests/load/test_every_status.py",
    "tests/load/test_large_folder.py", "tests/unit/engine/test_typed_fields.py",
    "tests/unit/engine/test_calendar_fidelity.py", "tests/unit/engine/test_rules_fidelity.py",
    "tests/unit/engine/test_settings_fidelity.py", "tests/unit/google/test_google_fidelity.py",
    "tests/recovery/engine/test_exchange_renderings.py",
)
STALE = "the document says something else; if this is right now: make docs"


@dataclass
class Writing:
    """Whether tables are being written anew, and what was seen for them."""

    on: bool = False
    seen: dict[tuple[Path, str], dict[str, str]] = field(default_factory=dict)


WRITING = Writing()


@dataclass(frozen=True)
class Table:
    """One table of a document, between `<!-- name -->` and `<!-- end of name -->`: two columns, a row a kind."""

    document: Path
    name: str

    def saw(self, kind: str, outcome: str) -> None:
        """What became of that kind."""
        if WRITING.on:
            WRITING.seen.setdefault((self.document, self.name), {})[kind] = outcome
        else:
            assert self.rows().get(_cell(kind)) == _cell(outcome), STALE

    def holds_only(self, kinds: Iterable[str]) -> None:
        """No row is about something that is not tested any more."""
        if not WRITING.on:
            assert set(self.rows()) == {_cell(kind) for kind in kinds}, STALE

    def rows(self) -> dict[str, str]:
        """What stands in the document."""
        lines = self._between(self.document.read_text())[1].strip().splitlines()[2:]
        return dict(line.removeprefix("| ").removesuffix(" |").split(" | ", 1) for line in lines)  # type: ignore[misc]  # pairs

    def _between(self, text: str) -> tuple[str, str, str]:
        found = re.fullmatch(
            rf"(.*<!-- {self.name} -->\n)(.*)(<!-- end of {self.name} -->.*)", text, re.DOTALL
        )
        assert found is not None, f"{self.document.name} has no place for {self.name}"
        return found[1], found[2], found[3]

    def write(self, rows: dict[str, str]) -> None:
        """Puts these rows in the place of those that are there; the heading stays."""
        before, within, after = self._between(self.document.read_text())
        heading = within.strip().splitlines()[:2]
        lines = [f"| {_cell(kind)} | {_cell(outcome)} |" for kind, outcome in rows.items()]
        self.document.write_text(before + "\n".join([*heading, *lines]) + "\n" + after)


def table(document: str, name: str) -> Table:
    """A table of `docs`/`document`.md."""
    return Table(HOUSE / "docs" / f"{document}.md", name)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())


def main() -> int:
    """Runs the tests that fill the documents, and writes what they saw when all of them pass."""
    from tests.servers.outcomes import WRITING as SHARED  # this file as tests import it, not as it is run
    from tests.servers.outcomes import Table as SharedTable

    SHARED.on = True
    status = pytest.main([*TESTS, "-q", "-p", "no:cacheprovider"])
    if status == pytest.ExitCode.OK:
        for (document, name), rows in SHARED.seen.items():
            SharedTable(document, name).write(rows)
    return int(status)


if __name__ == "__main__":
    sys.exit(main())
