"""What MIME does not hold moves from one Exchange mailbox to another."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulators.exchange.settings import VersionName
from engine.connectors.exchange.soap import TYPES
from engine.migration.record import State
from engine.ports.destination import Limits
from tests.servers.exchange.pair import CALENDAR, CASES, HEAD, MEETING, OLD, SENT, Pair, named, pair_of, tagged


@pytest.fixture(params=["2019", "2013"])
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    """From a server of each version."""
    with pair_of(tmp_path, request.param) as made:
        yield made


@pytest.mark.parametrize("version", ["2010 SP1", "2010"])
def test_from_2010_flags_move_with_their_dates_by_the_properties_behind_them(
    tmp_path: Path, version: VersionName
) -> None:
    """It has no Flag element, and is asked for nothing that it does not know."""
    dates = named("Task", 0x8104, "SystemTime", "2020-06-01T00:00:00Z") \
        + named("Task", 0x8105, "SystemTime", "2020-06-02T00:00:00Z")
    cases = [case for case in CASES if "<t:Flag>" not in case[3]]
    with pair_of(tmp_path, version) as pair:
        for case in cases:
            pair.old.create(*case)
        pair.old.create("until", "Message", "", SENT + tagged("0x1090", "Integer", "2") + dates, "")
        done_at = tagged("0x1091", "SystemTime", "2020-06-03T00:00:00Z")
        pair.old.create("done", "Message", "", SENT + tagged("0x1090", "Integer", "1") + done_at, "")
        before = pair.left.dump()
        done = pair.at.migrate("old")
        again = pair.at.migrate("old")
        new = pair.new.items()

        assert (pair.at.counts(done).copied, pair.at.counts(again).copied) == (len(cases) + 2, 0)
        assert [re.findall(r">([^<>]+)<", new[name]["Flag"][0]) for name in ("until", "done", "flagged", "plain")] == [
            ["Flagged", "2020-06-01T00:00:00Z", "2020-06-02T00:00:00Z"], ["Complete", "2020-06-03T00:00:00Z"],
            ["Flagged"], ["NotFlagged"],
        ]
        assert "2020-05-18T07:00:01Z" in "".join(new["replied"]["ExtendedProperty"])
        assert pair.left.dump() == before
        assert all(request.status == 200 for request in pair.left.requests)


def test_every_mark_is_the_same_by_raw_xml(pair: Pair) -> None:
    """All that Exchange says of a message but ids, sizes and its own dates; our tags, and other programs', stay."""
    for case in CASES:
        pair.old.create(*case)
    before = pair.left.dump()
    done = pair.at.migrate("old")
    old, new = pair.old.items(), pair.new.items()

    assert (done.state, pair.at.counts(done).copied) == (State.COMPLETED, len(CASES))
    assert sum("Theirs" in one for one in old["ours"].pop("ExtendedProperty")) == 1
    assert sum("Theirs" in one for one in new["ours"].pop("ExtendedProperty")) == 0
    for name in old:
        if name != "conversation":      # elsewhere the index is the mailbox's own: no Thread-Index was rendered
            assert old[name].pop("ConversationIndex") != new[name].pop("ConversationIndex")
        assert new[name] == old[name], name
    assert pair.left.dump() == before
    tags = [tag for one in pair.at.messages() for tag in one.extended.values() if ":" in str(tag)]
    assert not [tag for tag in tags if str(tag).startswith("7K2F9QXD")]
    pair.at.roll_back(done.task_id)
    assert pair.at.messages() == []


def test_what_is_asked_for_is_the_same_of_a_server_that_refuses_foreign_properties(pair: Pair) -> None:
    """A post has no hidden recipients, and a server may refuse to be asked for them."""
    for case in CASES:
        pair.old.create(*case)
    pair.old.create("unread post", "PostItem", "", tagged("0x0E07", "Integer", "0"), "")
    pair.old.create("spoiled post", "PostItem", "", SENT, "")
    spoiled = next(one for one in pair.left.messages(OLD) if one.subject == "spoiled post")
    pair.left.spoil(OLD, spoiled.item_id)
    pair.left.configure(refuses_foreign_properties=True)
    done = pair.at.migrate("old")

    assert pair.at.counts(done).copied == len(CASES) + 2
    assert pair.at.counts(pair.at.migrate("old")).copied == 0
    read = {one.subject: one.is_read for one in pair.at.messages() if "post" in one.subject}
    assert read == {"post": True, "unread post": False, "spoiled post": True}
    assert all("PostItem" in pair.new.items()[name]["element"][0] for name in read)


def test_a_meeting_request_arrives_as_one_and_is_not_acted_upon(pair: Pair) -> None:
    """The class comes of the MIME; nothing is booked, and nobody is answered."""
    pair.old.create_mime(f"{MEETING.format('Plan')}Message-ID: <plan@x>\r\n\r\n{CALENDAR}", "Message", "", SENT)
    appointments = pair.at.emulator.dump(pair.at.address).count('"kind": "CalendarItem"')
    done = pair.at.migrate("old")

    assert pair.at.counts(done).copied == 1
    assert pair.new.items()["Plan"]["element"] == [f"{TYPES}MeetingRequest"]
    assert pair.new.items()["Plan"]["ItemClass"] == pair.old.items()["Plan"]["ItemClass"]
    assert pair.at.emulator.dump(pair.at.address).count('"kind": "CalendarItem"') == appointments


@pytest.mark.parametrize("kind", [
    'multipart/signed; protocol="application/pkcs7-signature"; boundary=b', "application/pkcs7-mime",
    "multipart/report; report-type=delivery-status; boundary=b",
])
def test_signed_mail_and_reports_keep_their_class_and_their_bytes(pair: Pair, kind: str) -> None:
    """Where the source gives the bytes as they are, they arrive as they are."""
    pair.left.configure(mime_roundtrip="verbatim")
    body = "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\n\r\nAAAA\r\n--b--\r\n"
    pair.old.create_mime(
        f"{HEAD}Subject: Secret\r\nMessage-ID: <s@x>\r\nMIME-Version: 1.0\r\nContent-Type: {kind}\r\n\r\n{body}",
        "Message", "", SENT,
    )
    pair.at.migrate("old")

    [old], [new] = pair.left.messages(OLD), pair.at.messages()
    assert new.mime == old.mime
    assert pair.new.items()["Secret"]["ItemClass"] == pair.old.items()["Secret"]["ItemClass"]
    assert "IPM.Note<" not in pair.new.items()["Secret"]["ItemClass"][0]


def test_mail_that_rights_protect_is_copied_and_named(pair: Pair) -> None:
    """The report says that it opens only where the source's rights server lets it."""
    pair.old.create("protected", "Message", "", SENT, "Content-Class: rpmsg.message\r\n")
    pair.old.create("open", "Message", "", SENT, "")
    done = pair.at.migrate("old")
    lines = pair.at.engine.store.reported(done.task_id).failures

    assert pair.at.counts(done).copied == 2
    named = [(line.item, line.folder) for line in lines if "rights management" in line.reason]
    assert named == [("1 message", "INBOX")]


def test_a_message_is_left_out_for_its_true_size_alone(pair: Pair) -> None:
    """The source counts what it keeps of a message, hidden recipients too, and the destination takes its MIME."""
    many = ", ".join(f"somebody.{number}@far-away.example.net" for number in range(900))
    pair.old.create("fits", "Message", "", SENT, f"Bcc: {many}\r\n")
    pair.old.create("does not", "Message", "", SENT, f"Comments: {'x' * 900}\r\n" * 30)
    pair.at.connectors.limits = Limits(message=20_000)
    done = pair.at.migrate("old")
    named = [line.item.partition(" ")[0] for line in pair.at.engine.store.reported(done.task_id).failures]

    assert ([one.subject for one in pair.at.messages()], named) == (["fits"], ["does"])
