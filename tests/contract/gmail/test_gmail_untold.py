"""Labels that Gmail does not tell are not "no labels": it is asked again, and nothing is filed by a guess."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping

import pytest

from engine.connectors.google.source import GoogleSource
from engine.connectors.network.pinning import Network
from engine.errors import RefusedError, RetryableError
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.record import Counts, Reason, State
from engine.systems import System as AccountSystem
from engine.systems import Transport
from tests.contract.gmail.owner import APP_PASSWORD, FAST, message, named
from tests.servers.gmail.account import System
from tests.servers.mail_servers.scripted_imap import ScriptedImap, scripted_imap
from tests.servers.world import world

CAPABILITIES = b"* CAPABILITY IMAP4rev1 X-GM-EXT-1 SASL-IR AUTH=PLAIN\r\n"
BUSY = b"TAG NO [UNAVAILABLE] Temporary System Error\r\n"
LABELS = {1: b'"\\\\Inbox" Work', 2: b"Work", 3: b""}
HEADER = b"Message-ID: <%d@gmail.example>\r\n\r\n"


@pytest.mark.parametrize("times", [5, 30, 60])
def test_gmail_is_busy_while_it_is_looked_at(moving, times) -> None:
    """It puts off so many commands of each look: each message arrives where its labels say, once, and stays known."""
    owner, there = moving
    owner.has([message(number, [System.INBOX, "Work"]) for number in range(1, 9)])
    owner.has([message(number, ["Family", System.TRASH]) for number in range(9, 11)])
    owner.gmail.control.unavailable(owner.address, times=times, verb="UID FETCH")

    done = there.migrate()
    owner.gmail.control.unavailable(owner.address, times=times, verb="UID FETCH")
    again = there.migrate()
    owner.gmail.control.unavailable(owner.address, times=0)

    assert Counter((each.folder, tuple(each.categories)) for each in there.messages()) == {
        (("Inbox",), ("Work",)): 8, (("Deleted Items",), ("Family",)): 2,
    }
    assert (done.state, there.counts(done).copied) == (State.COMPLETED, 10)
    assert (there.counts(again).already_there, there.counts(again).changed) == (10, 0)


def test_gmail_is_busy_while_all_mail_is_hidden(moving) -> None:
    """It puts off what is asked of the first label: no message comes once for each of its labels."""
    owner, there = moving
    owner.has([message(number, ["Work", "Family"]) for number in range(1, 9)])
    owner.sets(hidden=frozenset({System.ALL}))
    owner.gmail.control.unavailable(owner.address, times=30, verb="UID FETCH")

    there.migrate()
    owner.gmail.control.unavailable(owner.address, times=0)

    assert [(each.folder, tuple(each.categories)) for each in there.messages()] == [(("Work",), ("Family",))] * 8


def test_a_busy_gmail_is_not_hammered(owner) -> None:
    """Of 200 messages it tells nothing: a few questions show that, and it is waited for."""
    owner.has([message(number, ["Work"]) for number in range(1, 201)])
    with owner.reader() as reader:
        work = named(reader.folders(), "Work")
        owner.gmail.control.unavailable(owner.address, times=1000, verb="UID FETCH")
        with pytest.raises(RetryableError):
            list(reader.listing(work))
        asked = owner.gmail.control.spent(owner.address).commands["UID FETCH"]
        owner.gmail.control.unavailable(owner.address, times=0)
        later = list(reader.listing(work))

    assert asked < 50
    assert len(later) == 200


class Gmail:
    """All Mail with three messages. Of those that are `dumb` no labels are told, of those that are `busy` nothing is.

    `mute` ones come without labels where all are asked for at once.
    """

    def __init__(self) -> None:
        self.dumb: set[int] = set()
        self.busy: set[int] = set()
        self.mute: set[int] = set()

    def answer(self, _server: ScriptedImap, text: str) -> bytes:
        """What FETCH is answered with."""
        asked = self._asked(text)
        if self.busy.intersection(asked) and ("LABELS" in text or len(self.busy) == len(LABELS)):
            return BUSY
        quiet = self.dumb | (self.mute if len(asked) == len(LABELS) else set())
        return b"".join(self._one(uid, text, quiet=uid in quiet) for uid in asked)

    def _asked(self, text: str) -> list[int]:
        named = re.search(r"FETCH (\S+)", text)
        assert named is not None
        bounds = [[int(each) for each in part.split(":")] for part in named[1].split(",")]
        return [uid for uid in LABELS if any(part[0] <= uid <= part[-1] for part in bounds)]

    def _one(self, uid: int, text: str, *, quiet: bool) -> bytes:
        said = b"UID %d FLAGS () RFC822.SIZE 90" % uid
        said += b' INTERNALDATE "02-Jun-2025 13:00:00 +0000"' if "INTERNALDATE" in text else b""
        said += b" X-GM-MSGID 10%d X-GM-LABELS (%b)" % (uid, LABELS[uid]) if "LABELS" in text and not quiet else b""
        body = HEADER % uid
        section = re.search(r"BODY(?:\.PEEK)?(\[.*?\])", text)
        said += b" BODY%b {%d}\r\n%b" % (section[1].encode(), len(body), body) if section else b""
        return b"* %d FETCH (%b)\r\n" % (uid, said)


@pytest.fixture
def scripted() -> Iterator[tuple[Gmail, ScriptedImap]]:
    made = Gmail()
    opened = b"* 3 EXISTS\r\n* OK [UIDVALIDITY 1]\r\n* OK [UIDNEXT 4]\r\n"
    rows = b'* LIST () "/" INBOX\r\n* LIST (\\All) "/" "[Gmail]/All Mail"\r\n* LIST () "/" Work\r\n'
    answers = {
        "CAPABILITY": CAPABILITIES, "LIST": rows, "NAMESPACE": b"", "STATUS": b'* STATUS "" (MESSAGES 3)\r\n',
        "EXAMINE": opened, "FETCH": made.answer, "UID FETCH": made.answer, "NOOP": b"", "ID": b"", "ENABLE": b"",
    }
    with scripted_imap(answers) as running:
        yield made, running


def source_on(running: ScriptedImap) -> GoogleSource:
    account = Account(AccountSystem.GOOGLE, "ann@gmail.example", "127.0.0.1", running.port, Transport.PLAINTEXT)
    return GoogleSource(account, APP_PASSWORD, Network(trusts_person=True), waits=FAST)


def seen(running: ScriptedImap) -> tuple[Mapping[str, list[int]], Mapping[str, str]]:
    """The folder of each message, and what is said of those of one that are listed and cannot be had, by subject."""
    reader = source_on(running).reader(Content.MAIL)
    listed: dict[str, list[int]] = {}
    refused: dict[str, str] = {}
    try:
        for folder in reader.folders().folders:
            numbers = [each.uid for each in reader.listing(folder)] if folder.selectable else []
            listed["/".join(folder.path)] = numbers
            try:
                assert [each.uid for each in reader.read(folder, numbers)] == numbers
            except RefusedError as error:
                refused["/".join(folder.path)] = str(error)
                assert set(reader.envelopes(folder, numbers)) == set(numbers)
                with pytest.raises(RefusedError, match="labels"):
                    reader.spool(folder, numbers[0])
    finally:
        reader.close()
    return {path: numbers for path, numbers in listed.items() if numbers}, refused


def test_an_answer_without_labels(scripted) -> None:
    """What a first answer does not tell a second one does."""
    gmail, running = scripted
    gmail.mute = {1, 2}

    assert seen(running) == ({"INBOX": [1], "Work": [2], "[Gmail]/Archive": [3]}, {})


@pytest.mark.parametrize("how", ["dumb", "busy"])
def test_labels_that_stay_untold(scripted, how) -> None:
    """Gmail tells the labels of all others: the message is listed to be named, with the reason, and not given out."""
    gmail, running = scripted
    setattr(gmail, how, {2})

    listed, refused = seen(running)

    assert listed == {"INBOX": [1], "[Gmail]/Archive": [2, 3]}
    assert "did not tell the labels" in refused["[Gmail]/Archive"]


def test_a_gmail_that_stays_busy_is_waited_for(scripted) -> None:
    """It tells of no message: nothing is listed, and nothing is named as if it were a message's fault."""
    gmail, running = scripted
    gmail.busy = set(LABELS)

    with pytest.raises(RetryableError):
        seen(running)


def test_a_run_with_labels_that_stay_untold(scripted, tmp_path) -> None:
    """The message is named and not copied; a later run, which is told, copies it. What was copied stays known."""
    gmail, running = scripted
    with world(tmp_path, {}) as there:
        there.connectors.source = lambda _account, _password, _halt: source_on(running)
        gmail.dumb = {2}
        first = there.migrate()
        copied = sorted(each.folder for each in there.messages())
        gmail.dumb = set()
        second = there.migrate()
        gmail.dumb = {1, 2}
        third = there.migrate()
        [line] = there.engine.store.reported(first.task_id).failures

        assert copied == [("Archive",), ("Inbox",)]
        assert there.counts(first) == Counts(found=3, copied=2, failed=1)
        assert (line.outcome, line.reason[:24]) == (Reason.FAILED, "Gmail did not tell the l")
        assert there.counts(second) == Counts(found=3, copied=1, already_there=2)
        assert there.counts(third) == Counts(found=3, already_there=3)
        assert sorted(each.folder for each in there.messages()) == [("Archive",), ("Inbox",), ("Work",)]
