"""What the old server cannot render is put together from its fields, and arrives as what it was, or is named."""

from __future__ import annotations

import pytest

from engine.connectors.exchange.reading.rebuilt import ORDINARY
from engine.migration.record import State
from tests.servers.exchange.pair import CALENDAR, HEAD, OLD, SENT, Pair, said


def spoiled(pair: Pair, subject: str) -> None:
    """From now on the server cannot render the message."""
    [one] = [one for one in pair.left.messages(OLD) if one.subject == subject]
    pair.left.spoil(OLD, one.item_id)


def test_its_hidden_recipients_arrive_too(pair: Pair) -> None:
    """It has the Bcc that the server tells."""
    pair.old.create("hidden", "Message", "", SENT, "Bcc: Carol <carol@example.net>\r\n")
    spoiled(pair, "hidden")
    pair.at.migrate("old")

    assert "carol@example.net" in "".join(pair.new.items()["hidden"]["BccRecipients"])


@pytest.mark.parametrize("name", ["a&#10;Subject: b", "a&#13;&#10;b: c.txt", "a&#9;b", "a&#127;&#133;b", "&#10;"])
def test_a_name_of_an_attachment_that_looks_like_a_header_costs_no_mail(pair: Pair, name: str) -> None:
    """The name is a stranger's: what stands in it is no field, and its file arrives."""
    pair.old.create("odd", "Message", "", SENT, "")
    [one] = pair.left.messages(OLD)
    pair.old.attach(one.item_id, name)
    spoiled(pair, "odd")
    pair.old.create("another", "Message", "", SENT, "")
    done = pair.at.migrate("old")
    [odd] = [one for one in pair.at.messages() if one.subject == "odd"]

    assert (done.state, pair.at.counts(done).copied) == (State.COMPLETED, 2), done.attention
    assert b"AAECAw==" in odd.mime


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
def test_a_report_or_a_meeting_message_keeps_its_class_or_is_named(pair: Pair, case: str) -> None:
    """Put together from fields, its MIME says nothing of what it is: the class beside it must, or the report."""
    pair.old.create_mime(PLAIN + CASES[case], "Message", "", SENT)
    spoiled(pair, "kind")
    done = pair.at.migrate("old")
    [new], [old] = pair.new.items()["kind"]["ItemClass"], pair.old.items()["kind"]["ItemClass"]
    words = [line for line in said(pair, done.task_id) if ORDINARY in line]

    assert bool(words) == (new != old)


def test_a_class_of_its_owner_s_own_is_kept(pair: Pair) -> None:
    """A form's, which no MIME makes; nothing more is said of it."""
    pair.old.create("form", "Message", "<t:ItemClass>IPM.Note.Invoice</t:ItemClass>", SENT, "")
    spoiled(pair, "form")
    done = pair.at.migrate("old")

    assert pair.new.items()["form"]["ItemClass"] == pair.old.items()["form"]["ItemClass"]
    assert not any(ORDINARY in line for line in said(pair, done.task_id))
