"""A report as a table for a spreadsheet."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.migration.content import Content
from engine.migration.record import Failure, Reason
from engine.migration.report_table import harmless, table
from engine.store.reports import Report


def rows(report: Report) -> list[list[str]]:
    """As a spreadsheet reads it; the mark at the beginning tells it that the text is in UTF-8."""
    content = table(report)
    assert content.startswith(b"\xef\xbb\xbf")
    return list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline="")))


def test_every_entry_is_a_line_with_what_can_be_done() -> None:
    """What was not copied comes first; what was only counted is said in the last line."""
    found = rows(Report((
        Failure(Content.MAIL, "Sent", "3 messages", "marked as deleted", Reason.LEFT_OUT),
        Failure(Content.MAIL, "INBOX/\u00c4rger", 'Re: "yes", \u4f1a\u8b70', "larger than the destination takes"),
    ), counted=7))

    assert found[0] == ["Result", "Content", "Folder", "Item", "Reason", "What to do"]
    assert found[1][:5] == ["Not copied", "mail", "INBOX/\u00c4rger", 'Re: "yes", \u4f1a\u8b70',
                            "larger than the destination takes"]
    assert found[1][5].startswith("Ask the destination's administrator")
    assert found[2][0] == "Left out"
    assert found[3][3] == "7 more were counted and not named"


@pytest.mark.parametrize("cell", [
    "=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\uff1d1", '=HYPERLINK("https://example.net","x")',
])
def test_no_cell_is_a_formula(cell: str) -> None:
    """What a stranger wrote as a subject is text to the program that opens the file."""
    assert harmless(cell).startswith("'")
    assert rows(Report((Failure(Content.MAIL, cell, cell, cell),)))[1][2:5] == [harmless(cell)] * 3


@pytest.mark.parametrize("cell", [
    "x;=1+1", "x; =1+1", 'x;"=1+1"', "x;'=1+1", 'a,b;"" @SUM(A1)', "x;;-1", "x;\uff1d1", ";=1",
])
def test_no_cell_becomes_a_formula_where_semicolons_part_cells(cell: str) -> None:
    """In many countries a spreadsheet takes semicolons for the ends of cells, and a comma for a part of a number."""
    line = table(Report((Failure(Content.MAIL, "INBOX", cell, "reason"),))).decode("utf-8-sig").splitlines()[1]

    assert [part for part in line.split(";") if part.lstrip(" \"").startswith(("=", "+", "-", "@", "\uff1d"))] == []


@given(st.text(max_size=20))
def test_whatever_is_written_there_stays_in_its_cell(cell: str) -> None:
    """Quotes, line ends and halves of characters move no other cell."""
    found = rows(Report((Failure(Content.MAIL, cell, "item", "reason"),)))

    assert len(found) == 2
    assert found[1][3:5] == ["item", "reason"]
