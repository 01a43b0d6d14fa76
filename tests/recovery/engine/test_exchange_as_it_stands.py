"""What an owner has done to a message at the old Exchange, and messages that are easily taken for others."""

from __future__ import annotations

import pytest

from engine.connectors.exchange.soap import MESSAGES, TYPES
from tests.servers.exchange.pair import HEAD, OLD, SENT, Pair, named, put, said, tagged
from tests.servers.owner import owner
from tests.servers.world import PASSWORD


def test_what_waits_in_the_outbox_is_never_ready_to_be_sent(pair: Pair) -> None:
    """It arrives, once, and outside of the outbox."""
    outbox = pair.old.asked(
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
        '<m:FolderIds><t:DistinguishedFolderId Id="outbox"/></m:FolderIds></m:GetFolder>'
    ).find(f".//{TYPES}FolderId").get("Id")
    put(pair, "waits", outbox)
    done = pair.at.migrate("old")

    assert [one.subject for one in pair.at.messages()] == ["waits"], said(pair, done.task_id)


@pytest.mark.parametrize(("field", "high"), [("Importance", "High"), ("Sensitivity", "Private")])
@pytest.mark.parametrize("rendering", ["regenerate", "verbatim"])
def test_what_the_owner_set_back_to_normal_arrives_as_normal(
    pair: Pair, field: str, high: str, rendering: str
) -> None:
    """A message that came with high importance, or as private, and was changed by its owner."""
    pair.left.configure(mime_roundtrip=rendering)
    pair.old.create("calm", "Message", "", SENT, f"{field}: {high}\r\n")
    [one] = pair.left.messages(OLD)
    changed = pair.old.asked(
        '<m:UpdateItem MessageDisposition="SaveOnly" ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange>'
        f'<t:ItemId Id="{one.item_id}"/><t:Updates><t:SetItemField><t:FieldURI FieldURI="item:{field}"/>'
        f"<t:Message><t:{field}>Normal</t:{field}></t:Message></t:SetItemField></t:Updates></t:ItemChange>"
        "</m:ItemChanges></m:UpdateItem>"
    )
    assert changed.find(f".//{MESSAGES}ResponseCode").text == "NoError"
    pair.at.migrate("old")

    assert pair.new.items()["calm"][field] == pair.old.items()["calm"][field]


INNER = (
    f"{HEAD}Subject: {{}}\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n"
    "--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
    "From: x@y.example\r\nMessage-ID: <inner@x>\r\nSubject: inner\r\n\r\ninner\r\n--b--\r\n"
)


@pytest.mark.parametrize("mime", [
    f"{HEAD}Subject: plain\r\n\r\nHello\r\n",
    f"{HEAD}Subject: quotes\r\n\r\nHe wrote:\r\n\r\nMessage-ID: <quoted@x>\r\nHello\r\n",
    INNER.format("forwards"),
])
def test_a_message_without_message_id_is_known_again_when_it_is_rendered_otherwise(pair: Pair, mime: str) -> None:
    """Its search key says which it is (docs/fidelity.md), whatever its text or what is attached to it says."""
    pair.left.configure(mime_roundtrip="verbatim")
    pair.old.create_mime(mime, "Message", "", SENT)
    [one] = pair.left.messages(OLD)
    pair.at.migrate("old")
    pair.left.spoil(OLD, one.item_id)       # an update of the server, say
    again = pair.at.counts(pair.at.migrate("old"))

    assert (again.copied, len(pair.at.messages())) == (0, 1)


@pytest.mark.parametrize("what", [
    "Subject: What is rpmsg.message?\r\n\r\nHello\r\n",
    "Subject: Asks\r\n\r\nWhat is application/x-microsoft-rpmsg-message?\r\n",
])
def test_mail_that_speaks_of_rights_management_is_not_called_protected(pair: Pair, what: str) -> None:
    """The report says of no message that it opens only by a rights server which everybody can read."""
    pair.old.create_mime(f"{HEAD}Message-ID: <a@x>\r\n{what}", "Message", "", SENT)
    done = pair.at.migrate("old")

    assert said(pair, done.task_id) == []


def test_a_draft_keeps_its_hidden_recipients_and_arrives_once(pair: Pair) -> None:
    """Nothing is there twice."""
    draft = tagged("0x0E07", "Integer", "9")
    pair.old.create("draft", "Message", "", draft, "Bcc: Carol <carol@example.net>\r\n")
    pair.at.migrate("old")
    again = pair.at.counts(pair.at.migrate("old"))

    assert pair.new.items()["draft"]["BccRecipients"] == pair.old.items()["draft"]["BccRecipients"]
    assert (again.copied, len(pair.at.messages())) == (0, 1)


def test_a_draft_written_in_a_mail_program_arrives_as_it_stands(pair: Pair) -> None:
    """A draft without MIME of its own, and again after its owner wrote on: what stands at the source is there."""
    with owner(pair.left.url, OLD, PASSWORD) as them:
        them.write(them.account.drafts, "begun")
    pair.at.migrate("old")
    again = pair.at.counts(pair.at.migrate("old"))
    [new] = pair.at.messages()

    assert (again.copied, new.folder, new.is_draft) == (0, ("Drafts",), True)


def test_a_class_that_begins_like_one_of_mime_s_is_kept(pair: Pair) -> None:
    """No MIME makes it."""
    pair.old.create("kind", "Message", "<t:ItemClass>IPM.Schedule.Inquiry</t:ItemClass>", SENT, "")
    pair.at.migrate("old")

    assert pair.new.items()["kind"]["ItemClass"] == pair.old.items()["kind"]["ItemClass"]


REMINDER = "2030-06-02T00:00:00Z", "2030-06-03T07:30:00Z"       # as it was set, and as it was put off to


@pytest.mark.parametrize(("is_set", "flag"), [("true", "2"), ("true", "0"), ("false", "2")])
def test_a_reminder_that_is_set_rings_when_it_would_have(pair: Pair, is_set: str, flag: str) -> None:
    """PidLidReminderSet, -Time and -SignalTime ([MS-OXORMDR] 2.2.1) are the same; one that was dismissed is none."""
    first, put_off = REMINDER
    rings = named("Common", 0x8503, "Boolean", is_set) + named("Common", 0x8502, "SystemTime", first) \
        + named("Common", 0x8560, "SystemTime", put_off)
    pair.old.create("rings", "Message", "", SENT + tagged("0x1090", "Integer", flag) + rings, "")
    pair.at.migrate("old")
    numbers = tuple(str(number) for number in (0x8502, 0x8503, 0x8560))
    [old], [new] = (
        [{name: value for name, value in one.extended.items() if name.endswith(numbers)} for one in messages]
        for messages in (pair.left.messages(OLD), pair.at.messages())
    )

    assert len(old) == 3
    assert new == (old if is_set == "true" else {})
