"""What an item of a source is called, and what it is called where it arrives."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.connectors.exchange.reading.rebuilt import REBUILT
from tests.found.test_lost_or_altered import said, spoiled
from tests.recovery.engine.test_exchange_marks import CALENDAR, HEAD, SENT, Pair, pair_of


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    with pair_of(tmp_path, "2019") as made:
        yield made


PLAIN = f"{HEAD}Subject: kind\r\nMessage-ID: <k@x>\r\n"
REPORT = (
    "MIME-Version: 1.0\r\nContent-Type: multipart/report; report-type={}; boundary=b\r\n\r\n--b\r\n"
    "Content-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: message/{}\r\n\r\n{}\r\n--b--\r\n"
)
MDN = "Final-Recipient: rfc822;a@b.example\r\nDisposition: manual-action/MDN-sent-manually; {}\r\n"
DSN = "Reporting-MTA: dns;x\r\n\r\nFinal-Recipient: rfc822;a@b.example\r\nAction: {}\r\nStatus: 2.0.0\r\n"
CAL = "MIME-Version: 1.0\r\nContent-Type: text/calendar; method={0}; charset=utf-8\r\n\r\n"
CASES = {
    "read": REPORT.format("disposition-notification", "disposition-notification", MDN.format("displayed")),
    "unread": REPORT.format("disposition-notification", "disposition-notification", MDN.format("deleted")),
    "delivered": REPORT.format("delivery-status", "delivery-status", DSN.format("delivered")),
    "failed": REPORT.format("delivery-status", "delivery-status", DSN.format("failed")),
    "delayed": REPORT.format("delivery-status", "delivery-status", DSN.format("delayed")),
    "relayed": REPORT.format("delivery-status", "delivery-status", DSN.format("relayed")),
    "reply": CAL.format("REPLY") + CALENDAR.replace("REQUEST", "REPLY").replace(
        "ATTENDEE:", "ATTENDEE;PARTSTAT=ACCEPTED:"),
    "decline": CAL.format("REPLY") + CALENDAR.replace("REQUEST", "REPLY").replace(
        "ATTENDEE:", "ATTENDEE;PARTSTAT=DECLINED:"),
    "cancel": CAL.format("CANCEL") + CALENDAR.replace("REQUEST", "CANCEL"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_report_or_an_answer_that_cannot_be_rendered_keeps_its_class(pair: Pair, case: str) -> None:
    """Put together from fields, its MIME says nothing of what it is: the class beside it must, or the report."""
    pair.old.create_mime(PLAIN + CASES[case], "Message", "", SENT)
    spoiled(pair, "kind")
    done = pair.at.migrate("old")
    [new], [old] = pair.new.items()["kind"]["ItemClass"], pair.old.items()["kind"]["ItemClass"]
    words = [line for line in said(pair, done.task_id) if not line.endswith(REBUILT)]

    assert new == old or words, (new[-40:], old[-60:])


def test_a_class_that_begins_like_one_of_mime_s_is_kept(pair: Pair) -> None:
    """No MIME makes it."""
    pair.old.create("kind", "Message", "<t:ItemClass>IPM.Schedule.Inquiry</t:ItemClass>", SENT, "")
    pair.at.migrate("old")

    assert pair.new.items()["kind"]["ItemClass"] == pair.old.items()["kind"]["ItemClass"]
