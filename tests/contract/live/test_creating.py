"""What writing relies on: one CreateItem with MIME, tag, dates and marks."""

from __future__ import annotations

import tempfile
from datetime import UTC, datetime
from itertools import count

import pytest

from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.examination import ExchangeExamination
from engine.connectors.exchange.soap import TYPES, attribute
from engine.connectors.exchange.tags import TAG_FIELD
from engine.items.back.removal import SKEW
from engine.messages.canary import SUBJECT, canary, differences, write_large
from engine.messages.dates import TRIAL as RECEIVED
from engine.ports.items import Marks, SourceMessage, Tagged, Verdict

from .server import FLAG, ICON, VERB, Server

SENT = datetime(2020, 5, 17, 8, 29, tzinfo=UTC)
TOO_LARGE = 51_000_000      # bytes: 68 MB as base64, where Exchange takes 64 MB ("client-specific message size limits")
NOW = datetime(2026, 1, 1, tzinfo=UTC)
_subjects = count(1)


def mime(subject: str = "x", header: str = "") -> bytes:
    return (
        f"From: Ann <ann@example.net>\r\nTo: bob@example.org\r\nSubject: {subject}\r\n{header}"
        "Date: Sun, 17 May 2020 10:29:00 +0200\r\n\r\nHello\r\n"
    ).encode()


@pytest.fixture(scope="module")
def place(server: Server) -> str:
    return server.folder()


def test_a_message_is_created_as_it_was(server: Server, place: str) -> None:
    """Subject, text, attachment, received date, read and flagged, no draft, and our tag."""
    new = server.new(canary(NOW), received=RECEIVED, marks=Marks(read=True, flagged=True))
    (made,) = server.created(place, [new])
    examination = ExchangeExamination(server.account, server.password, server.network)

    seen = examination.look(made)
    examination.close()

    assert seen.subject == SUBJECT, server.says(f"the subject became {seen.subject!r}")
    wrong = list(differences(seen, new.tag))
    assert wrong == [], server.says("; ".join(wrong))


@pytest.mark.parametrize("marks", [
    Marks(), Marks(read=True), Marks(draft=True), Marks(draft=True, read=True), Marks(flagged=True),
    Marks(answered=True, read=True), Marks(forwarded=True), Marks(categories=("Red", "Ä & <b> 📧")),
], ids=str)
def test_marks_are_kept(server: Server, place: str, marks: Marks) -> None:
    """What PidTagMessageFlags, the flag status, the last verb and the categories say beside MIME."""
    (made,) = server.created(place, [server.new(mime(), received=RECEIVED, marks=marks)])

    seen = server.look(made)
    verb, icon = ("102", "261") if marks.answered else ("104", "262") if marks.forwarded else (None, None)
    expected = {
        "IsRead": str(marks.read).lower(), "IsDraft": str(marks.draft).lower(),
        "flag": "2" if marks.flagged else None, "last verb": verb, "categories": list(marks.categories),
    }
    shown = {
        "IsRead": seen.said("IsRead"), "IsDraft": seen.said("IsDraft"),
        "flag": seen.extended(FLAG) if seen.extended(FLAG) != "0" else None, "last verb": seen.extended(VERB),
        "categories": seen.categories,
    }
    assert shown == expected, server.says(f"a message created with {marks} is shown with {shown}")
    if icon is not None:
        assert seen.extended(ICON) == icon, server.says(f"PidTagIconIndex {icon} became {seen.extended(ICON)}")


def test_dates_are_kept(server: Server, place: str) -> None:
    """Received is PidTagMessageDeliveryTime, sent is what the message says."""
    (made,) = server.created(place, [server.new(mime(), received=RECEIVED)])

    seen = server.look(made)
    shown = seen.moment("DateTimeReceived"), seen.moment("DateTimeSent")
    assert shown == (RECEIVED, SENT), server.says(f"received {RECEIVED} and sent {SENT} are shown as {shown}")


def test_the_time_of_creation_is_the_servers_own(server: Server, place: str) -> None:
    """DateTimeCreated agrees with the Date header of answers: rollbacks tell by it what a migration made."""
    server.destination.probe()
    before = server.destination.now()
    (made,) = server.created(place, [server.new(mime(), received=RECEIVED)])
    created = server.look(made).moment("DateTimeCreated")

    assert created is not None
    assert before - SKEW <= created <= server.destination.now() + SKEW, server.says(
        f"an item created at {before} by the Date of the server's answers has DateTimeCreated {created}"
    )


@pytest.mark.parametrize(("header", "importance"), [
    ("", "Normal"), ("Importance: high\r\n", "High"), ("Importance: low\r\n", "Low"),
])
def test_importance_is_that_of_the_mime(server: Server, place: str, header: str, importance: str) -> None:
    """Nothing beside the MIME overrides it."""
    (made,) = server.created(place, [server.new(mime(header=header))])

    shown = server.look(made).said("Importance")
    assert shown == importance, server.says(f"a message with {header.strip() or 'no importance'} is shown as {shown}")


def test_no_receipt_is_asked_for_again(server: Server, place: str) -> None:
    """What asked for receipts at the source does not ask from here."""
    header = "Disposition-Notification-To: ann@example.net\r\nReturn-Receipt-To: ann@example.net\r\n"
    (made,) = server.created(place, [server.new(mime(header=header))])

    seen = server.look(made)
    asked = [seen.said("IsReadReceiptRequested"), seen.said("IsDeliveryReceiptRequested")]
    assert asked == ["false", "false"], server.says(f"receipts that were set to false are shown as {asked}")


def test_answers_stand_at_the_places_of_their_items(server: Server, place: str) -> None:
    """Twenty messages in one request: each id is that of the message at its place."""
    subjects = [f"Number {next(_subjects)}" for _ in range(20)]

    made = server.created(place, [server.new(mime(subject)) for subject in subjects])

    named = server.destination.names(made)
    assert [named.get(item) for item in made] == subjects, server.says("CreateItem answers in another order")


def test_one_item_that_is_refused_leaves_the_others(server: Server, place: str) -> None:
    """The middle one of three has no MIME: it is refused at its place, and the others are stored."""
    fragments = "".join(
        f"<t:Message><t:MimeContent>{content}</t:MimeContent><t:ExtendedProperty>{TAG_FIELD}"
        f"<t:Value>{server.new(b'').tag}</t:Value></t:ExtendedProperty></t:Message>"
        for content in ("U3ViamVjdDogeA0KDQp4", "!!!", "U3ViamVjdDogeA0KDQp4")
    )

    answers = server.ask(
        f'<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId><t:FolderId Id={attribute(place)}/>'
        f"</m:SavedItemFolderId><m:Items>{fragments}</m:Items></m:CreateItem>", count=3,
    )

    codes = [answer.code if isinstance(answer, CodeError) else "NoError" for answer in answers]
    assert codes == ["NoError", "ErrorMimeContentInvalidBase64String", "NoError"], server.says(
        f"of three items whose second has MIME that is no base64, the codes are {codes}"
    )
    assert all(isinstance(a, CodeError) or a.find(f".//{TYPES}ItemId") is not None for a in answers)


def test_a_folder_that_is_gone_refuses_the_message_and_nothing_more(server: Server) -> None:
    """Its folder is said to be gone; the migration goes on."""
    folder = server.folder()
    server.destination.delete_folder(folder)

    (outcome,) = server.destination.create(folder, [server.new(mime())])

    assert outcome.verdict is Verdict.GONE, server.says(
        f"CreateItem into a folder that was removed is answered by: {outcome.error} ({outcome.verdict})"
    )


def test_a_request_that_is_too_large_is_refused_as_a_whole(server: Server, place: str) -> None:
    """68 MB: the server says so, and nothing else follows from it. One that takes more than Exchange's 64 MB may."""
    with tempfile.TemporaryFile() as file:
        size = write_large(file, TOO_LARGE, NOW)
        (outcome,) = server.destination.create(
            place, [Tagged(server.new(b"").tag, SourceMessage(1, file, size, RECEIVED))]
        )

    assert outcome.verdict in (Verdict.REFUSED, Verdict.DONE), server.says(
        f"a request of 68 MB is answered by: {outcome.error} ({outcome.verdict})"
    )
    server.destination.probe()
