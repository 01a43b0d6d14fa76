"""A report as a table for a spreadsheet: comma-separated values in UTF-8, a line for each entry."""

from __future__ import annotations

import csv
import io
import re
import unicodedata

from engine.migration.record import Reason
from engine.migration.remedies import remedy
from engine.store.reports import Report

BOM = "\ufeff"      # without it, Excel reads the file in the code page of its machine
HEADS = ("Result", "Content", "Folder", "Item", "Reason", "What to do")
RESULTS = {
    Reason.FAILED: "Not copied",
    Reason.LEFT_OUT: "Left out",
    Reason.KEPT: "Kept at the rollback",
    Reason.NOTED: "Good to know",
}
FORMULAS = "=+-@＝＋－＠"    # what a spreadsheet takes for the beginning of a formula
WITHIN = re.compile(rf"(;[\s\"';]*)(?=[{re.escape(FORMULAS)}])")


def table(report: Report) -> bytes:
    """The whole report, in the order of `RESULTS`; a last line says how many entries were only counted."""
    text = io.StringIO()
    rows = csv.writer(text)     # RFC 4180: lines end with CRLF
    rows.writerow(HEADS)
    order = list(RESULTS)
    for entry in sorted(report.failures, key=lambda entry: order.index(entry.outcome)):
        cells = (RESULTS[entry.outcome], entry.content.value, entry.folder, entry.item, entry.reason, remedy(entry))
        rows.writerow([harmless(cell) for cell in cells])
    if report.unnamed:
        rows.writerow(["", "", "", f"{report.unnamed:,} more were counted and not named", "", ""])
    return (BOM + text.getvalue()).encode("utf-8", "replace")


def harmless(cell: str) -> str:
    """The cell as text for a spreadsheet: never a formula, and on one line.

    Folder names and subjects are written by strangers. An apostrophe before the first character makes a cell text; so
    it does after a semicolon, where some spreadsheets begin another cell. Source:
    owasp.org/www-community/attacks/CSV_Injection.
    """
    line = "".join(" " if unicodedata.category(c) in ("Cc", "Zl", "Zp") else c for c in cell)
    line = WITHIN.sub(r"\1'", line)
    return f"'{line}" if line.lstrip().startswith(tuple(FORMULAS)) else line
