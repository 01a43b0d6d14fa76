"""A whole mailbox, as clients read it: every folder, message, label and byte is what the seed says."""

from __future__ import annotations

import base64
import email
import imaplib
import re
import subprocess
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from imapclient.exceptions import IMAPClientError
from imapclient.imap_utf7 import encode

from emulators.google.imap.sample import sample_gmail, sample_seed
from tests.contract.gmail_imap.world import ANN, APP_PASSWORD, World, trusting
from tests.servers.gmail.account import GmailSeed, Label, Person, SeedMessage, System, UserSettings
from tests.servers.gmail.seeds import EMPTY, LABELS, doubled

OWN = {"INBOX": System.INBOX, "[Gmail]/Sent Mail": System.SENT, "[Gmail]/Drafts": System.DRAFT,
       "[Gmail]/Starred": System.STARRED, "[Gmail]/Important": System.IMPORTANT, "[Gmail]/Spam": System.SPAM,
       "[Gmail]/Trash": System.TRASH, "[Gmail]/All Mail": System.ALL}
FOLDERS: dict[str, Label] = {**OWN, **{label: label for label in (*LABELS, *EMPTY)}}
TOLD = {System.INBOX: b"\\Inbox", System.SENT: b"\\Sent", System.DRAFT: b"\\Draft", System.STARRED: b"\\Starred",
        System.IMPORTANT: b"\\Important", System.MUTED: b"\\Muted"}


def flags(one: SeedMessage) -> set[bytes]:
    """The flags a message has over IMAP."""
    stars = {b"\\Flagged"} if System.STARRED in one.labels else set()
    drafts = {b"\\Draft"} if System.DRAFT in one.labels else set()
    return {flag.encode() for flag in one.flags} | stars | drafts


def labels(one: SeedMessage, folder: Label) -> set[bytes]:
    """The labels that X-GM-LABELS tells of a message in a folder."""
    others = {label for label in one.labels if label != folder}
    return ({TOLD[label] for label in others if isinstance(label, System) and label in TOLD}
            | {encode(label) for label in others if isinstance(label, str)})


def test_each_folder_shows_its_messages_with_their_labels_and_flags(world: World) -> None:
    """The same message has one MSGID everywhere; the folder's own label is left out of its labels."""
    with world.client(ANN) as client:
        for name, folder in FOLDERS.items():
            expected = {one.msgid: one for one in world.seed.inside(folder)}
            assert client.select_folder(name, readonly=True)[b"EXISTS"] == len(expected), name
            uids = client.search()
            told = client.fetch(uids, ["X-GM-MSGID", "X-GM-THRID", "X-GM-LABELS", "FLAGS"]) if uids else {}
            found = {one[b"X-GM-MSGID"]: one for one in told.values()}
            assert found.keys() == expected.keys()
            for msgid, one in found.items():
                assert set(one[b"X-GM-LABELS"]) == labels(expected[msgid], folder)
                assert set(one[b"FLAGS"]) == flags(expected[msgid])
                assert one[b"X-GM-THRID"] == msgid


def test_messages_are_whole_and_dated_as_they_came(world: World) -> None:
    """Bytes, size and time of arrival; messages of the same Message-ID are two."""
    read: dict[int, dict[bytes, Any]] = {}
    with world.client(ANN) as client:
        client.normalise_times = False
        for name in ("[Gmail]/All Mail", "[Gmail]/Spam", "[Gmail]/Trash"):
            client.select_folder(name, readonly=True)
            told = client.fetch(client.search(), ["X-GM-MSGID", "BODY.PEEK[]", "RFC822.SIZE", "INTERNALDATE"])
            read |= {one[b"X-GM-MSGID"]: one for one in told.values()}
    mail = [one for one in world.seed.messages if System.CHAT not in one.labels]
    names = [one.name for one in mail]

    assert read.keys() == {one.msgid for one in mail}
    for one in mail:
        assert read[one.msgid][b"BODY[]"] == one.raw
        assert read[one.msgid][b"RFC822.SIZE"] == len(one.raw)
        assert read[one.msgid][b"INTERNALDATE"] == one.received
    assert all(names.count(name) == 2 for name in doubled(world.seed))
    assert any(one.msgid >= 1 << 63 for one in mail)


def test_parts_of_messages_are_what_python_makes_of_them(world: World) -> None:
    """Headers, text, chosen fields and partial reads, by sequence number, in several items at once."""
    one = next(one for one in world.seed.inside("Work") if b"multipart/mixed" in one.raw)
    parsed = email.message_from_bytes(one.raw)
    header, _, body = one.raw.partition(b"\r\n\r\n")
    with world.client(ANN) as client:
        client.use_uid = False
        client.select_folder("Work", readonly=True)
        (number,) = client.search(["X-GM-MSGID", str(one.msgid)])
        told = client.fetch([number], [
            "RFC822.HEADER", "BODY.PEEK[TEXT]", "BODY.PEEK[]<10.20>", "BODY.PEEK[2]", "ENVELOPE", "BODYSTRUCTURE",
            "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"])[number]

    assert told[b"RFC822.HEADER"] == header + b"\r\n\r\n"
    assert told[b"BODY[TEXT]"] == body
    assert told[b"BODY[]<10>"] == one.raw[10:30]
    assert told[b"BODY[HEADER.FIELDS (MESSAGE-ID)]"] == b"Message-ID: " + one.name.encode() + b"\r\n\r\n"
    assert told[b"ENVELOPE"].message_id == one.name.encode()
    assert len(told[b"BODYSTRUCTURE"][0]) == len(parsed.get_payload())
    assert base64.b64decode(told[b"BODY[2]"]) == parsed.get_payload(1).get_payload(decode=True)


def test_searches_find_by_gmails_own_criteria_and_by_content(world: World) -> None:
    """MSGID, thread, label, the few words of X-GM-RAW, and what the server behind knows, all combined."""
    messages = {one.msgid: one for one in world.seed.inside(System.ALL)}
    wanted = next(one for one in messages.values() if "Übungen" in one.labels and System.INBOX in one.labels)

    with world.client(ANN) as client:
        client.select_folder("[Gmail]/All Mail", readonly=True)
        by_uid = {uid: one[b"X-GM-MSGID"] for uid, one in client.fetch(client.search(), ["X-GM-MSGID"]).items()}

        def found(*criteria: str, charset: str | None = None) -> set[int]:
            return {by_uid[uid] for uid in client.search(list(criteria), charset)}

        assert found("X-GM-MSGID", str(wanted.msgid)) == found("X-GM-THRID", str(wanted.msgid)) == {wanted.msgid}
        assert found("X-GM-LABELS", "&ANw-bungen") == {key for key, one in messages.items() if "Übungen" in one.labels}
        assert found("X-GM-LABELS", "\\Inbox", "UNSEEN") == {
            key for key, one in messages.items() if System.INBOX in one.labels and "\\Seen" not in one.flags}
        assert found("NOT", "X-GM-RAW", "has:userlabels in:anywhere") == {
            key for key, one in messages.items() if not any(isinstance(label, str) for label in one.labels)}
        assert wanted.msgid in found("OR", "DELETED", "HEADER", "Message-ID", wanted.name.strip("<>"))
        assert found("TEXT", "Ünal", charset="UTF-8") <= messages.keys()
        assert found("SINCE", "01-Jan-2018", "X-GM-LABELS", "\\Starred") == {
            key for key, one in messages.items() if one.received.year >= 2018 and System.STARRED in one.labels}
        with pytest.raises(IMAPClientError, match="Could not parse"):
            client.search(["X-GM-RAW", "larger:5M rfc822msgid:x"])


def test_labels_can_be_told_as_googles_page_has_them(world: World) -> None:
    """System labels as atoms instead of strings; a user's label that looks like one stays a string."""
    who = world.newcomer()
    world.gmail.mailbox(who).relabel(101, add=["\\Mine", "a b"])
    lines = []
    with world.client(who) as client:
        client.select_folder("[Gmail]/All Mail", readonly=True)
        for quoted in (True, False):
            world.gmail.control.behave(quoted_system_labels=quoted)
            lines.append(client._imap.uid("FETCH", "12", "(X-GM-LABELS)")[1][0])

    assert b'("\\\\Inbox" "\\\\Mine" "a b" Work)' in lines[0]
    world.gmail.control.behave(quoted_system_labels=True)
    assert b'("\\\\Mine" "a b" Work \\Inbox)' in lines[1]


def test_curl_reads_a_message_with_a_token(world: World, tmp_path: Path) -> None:
    """A client of another make, XOAUTH2 or OAUTHBEARER as it chooses."""
    one = next(iter(world.seed.inside("Famille/Été")))
    with world.client(ANN) as client:
        client.select_folder("Famille/Été", readonly=True)
        (uid,) = client.search(["X-GM-MSGID", str(one.msgid)])
    arguments = tmp_path / "arguments"
    arguments.write_text(f'user = "{ANN}"\noauth2-bearer = "{world.token(ANN)}"\n')
    read = subprocess.run(
        ["curl", "--silent", "--show-error", "--noproxy", "*", "--cacert", str(world.gmail.ca_file),
         "--config", str(arguments),
         f"imaps://localhost:{world.gmail.port}/Famille%2F%26AMk-t%26AOk-;UID={uid}"],
        capture_output=True, check=True, timeout=60).stdout

    assert read == one.raw


def test_the_sample_mailbox_is_a_gmail_account_too(tmp_path: Path) -> None:
    """On a machine without Dovecot pymap is behind: the same labels, dates and lines."""
    who = Person("claire@gmail.example", app_passwords=(APP_PASSWORD,), settings=UserSettings(language="fr"))
    whole = sample_seed()
    seed = GmailSeed(whole.labels, [one for one in whole.messages if one.received >= datetime(2025, 6, 1, tzinfo=UTC)])
    with (sample_gmail(tmp_path, who, lambda _: {}, seed=seed) as running,
          imaplib.IMAP4_SSL(running.host, running.port, ssl_context=trusting(running.ca_file), timeout=60) as client):
        client.login(who.address, APP_PASSWORD)
        for path, folder in (("Tous les messages", System.ALL), ("Spam", System.SPAM), ("Corbeille", System.TRASH)):
            expected = list(seed.inside(folder))
            assert expected
            assert client.select(f'"[Gmail]/{path}"', readonly=True) == ("OK", [b"%d" % len(expected)])
            told = client.uid("FETCH", "1:*", "(X-GM-MSGID X-GM-LABELS BODY.PEEK[])")[1][::2]
            assert [(int(re.findall(rb"X-GM-MSGID (\d+)", line)[0]), lines(raw)) for line, raw in told] == [
                (one.msgid, lines(one.raw)) for one in expected]
        client.select('"Projects/2025/Harbour guide"', readonly=True)
        both = client.uid("FETCH", "11", "(X-GM-LABELS INTERNALDATE)")[1]

    assert both == [b'1 (X-GM-LABELS ("\\\\Starred" Work) UID 11 INTERNALDATE "02-Jun-2025 13:00:00 +0000")']


def lines(raw: bytes) -> list[bytes]:
    """A message's lines, without what ends them."""
    return [line.rstrip() for line in raw.splitlines()]
