"""The recipe "Adding a source" of CONTRIBUTING.md, followed to the letter in tests/examples/source.patch."""

from __future__ import annotations

from pathlib import Path

from tests.examples.applied import MOST, applied, needs_git, tried

FORM = "tests/unit/bot/test_archive_form.py"
SUITE = "tests/contract/source/test_source.py"


@needs_git
def test_a_source_takes_five_files_at_most_and_passes_the_suite_of_every_source(tmp_path: Path) -> None:
    """The patch fits, touches few files and no test of the suite, and the form and the terminal offer the source."""
    added, changed = applied(tmp_path / "tree", "source.patch")

    assert len(changed) <= MOST
    assert FORM in added
    assert SUITE not in changed
    said = tried(tmp_path / "tree", [SUITE, FORM, "-rp"])
    passed = [line for line in said.splitlines() if line.startswith("PASSED")]
    assert sum("[archive]" in line for line in passed) == sum("[memory]" in line for line in passed) > 0
    assert any(FORM in line for line in passed)
