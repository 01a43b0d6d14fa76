"""Mailboxes of Gmail that a seed draws move whole, and again; each message stands where docs/gmail.md says, once.

GMAIL_SEED draws the same ones again.
"""

from __future__ import annotations

import os
import random
import secrets
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest

from emulators.exchange import Fault
from engine.migration.content import Content
from engine.migration.record import Counts, Migration, Reason, State
from engine.migration.request import Choice
from tests.servers.gmail.account import GmailSeed, Person, SeedMessage, System, UserSettings
from tests.servers.gmail.moving import House, Moving, gmail_moving
from tests.servers.gmail.seeds import doubled, large_seed
from tests.servers.mail_servers.dovecot import MISSING, installed
from tests.servers.mailbox import generated

pytestmark = pytest.mark.skipif(not installed(), reason=MISSING)

MESSAGES, CHATS = 3_000, 7
RELABELLED, ADDED, STARRED, ARCHIVED, DELETED = 50, 20, 30, 15, 5
PEOPLE = (
    Person("ann@example.org", settings=UserSettings(chats=True)),
    Person("ben@example.org"),
    Person("carl@example.org", settings=UserSettings(hidden=frozenset({System.ALL}))),
    Person("dora@example.org", settings=UserSettings(folder_limit=1_000)),
    Person("eve@example.org", settings=UserSettings(hidden=frozenset({"Work", "Übungen", "a; b"}))),
    Person("fay@example.org", settings=UserSettings(hidden=frozenset({System.ALL}))),
)
WHERE_IT_WAS = "labels changed since it was copied: it stays where it is"


@pytest.fixture(scope="module")
def chance() -> random.Random:
    seed = int(os.environ.get("GMAIL_SEED") or secrets.randbelow(1_000_000))
    print(f"GMAIL_SEED={seed}")
    return random.Random(seed)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with gmail_moving(tmp_path_factory.mktemp("gmail"), PEOPLE) as running:
        yield running


def drawn(chance: random.Random, count: int, *, chats: int = 0) -> GmailSeed:
    return large_seed(chance.randrange(1_000_000), count=count, chats=chats)


def counts(done: Migration) -> Counts:
    return done.step(Content.MAIL).counts


def noted(at: Moving, done: Migration) -> list[str]:
    """The senders of messages whose labels changed, as the report names them. Each is another one."""
    lines = [one.item for one in at.lines(done) if one.reason == WHERE_IT_WAS and one.outcome is Reason.NOTED]
    return sorted(line.partition("<")[2].partition("@")[0] for line in lines)


def sender(one: SeedMessage) -> str:
    return f"sender-{one.name[1:].partition('@')[0]}"


def filed_meanwhile(at: Moving, archived: list[SeedMessage]) -> Migration:
    """Moves it, while the owner archives these after the third request that writes."""
    emulator = at.house.at.emulator
    emulator.add_fault(Fault(operation="CreateItem", nth=3, action="hold", name="meanwhile"))
    with ThreadPoolExecutor(1) as process:
        working = process.submit(at.migrate)
        while not emulator.wait_held("meanwhile", 0.1):
            assert not working.done(), working.result()
        for one in archived:
            at.mailbox.archive(one.msgid)
        emulator.release("meanwhile")
        emulator.clear_faults()
        return working.result()


def several(chance: random.Random, seed: GmailSeed) -> list[list[SeedMessage]]:
    """Messages to archive, relabel, star and delete: such as no other one is like, and no chats."""
    twice = set(doubled(seed))
    plain = [one for one in seed.messages if one.name not in twice and System.CHAT not in one.labels]
    shown = [one for one in plain if not {System.TRASH, System.SPAM} & one.labels]
    archived = chance.sample([one for one in shown if System.INBOX in one.labels and System.DRAFT not in one.labels],
                             ARCHIVED)
    left = [one for one in shown if one not in archived]
    found = chance.sample(left, RELABELLED + STARRED + DELETED)
    return [archived, found[:RELABELLED], found[RELABELLED:-DELETED], found[-DELETED:]]


def added(at: Moving, chance: random.Random) -> dict[int, bytes]:
    """New mail arrives, some of it sent, filed or marked as spam; its bytes by MSGID."""
    places = [{System.INBOX}, {System.SENT}, {"Work/Projects"}, {System.SPAM}, {System.INBOX, "Family"}, set()]
    letters = list(generated(ADDED, chance.randrange(10**6) + 10**6))
    return {at.mailbox.deliver(one.mime, places[number % len(places)], received=one.date): one.mime  # type: ignore[arg-type]  # labels
            for number, one in enumerate(letters)}


def test_a_large_mailbox_moves_and_moves_again(house: House, chance: random.Random) -> None:
    """Each message once where the table says; later only what is new, and what was filed anew is named and stays.

    A rollback leaves what was there before; nothing changes at Gmail but by its owner.
    """
    seed = drawn(chance, MESSAGES, chats=CHATS)
    at = house.moving("ann@example.org", seed)
    empty, truth = at.dump(), at.mailbox.truth()
    archived, relabelled, starred, deleted = several(chance, seed)

    first = filed_meanwhile(at, archived)

    due = at.judge.expected(truth)
    assert at.wrong(due) == []
    assert set(at.arrived().folders) - set(at.judge.before.folders) == at.judge.folders(truth)
    assert counts(first) == Counts(found=MESSAGES + CHATS, copied=MESSAGES, left_out=CHATS)
    assert [one.folder for one in at.lines(first)] == ["[Gmail]/Chats"]
    ids = {one.msgid for one in archived}
    assert at.mailbox.truth() == replace(truth, messages=[
        replace(one, labels=one.labels - {System.INBOX}) if one.msgid in ids else one for one in truth.messages])

    for one in relabelled:
        at.mailbox.relabel(one.msgid, add=["Brand/New"] if chance.random() < 0.7 else ["Family", "Notes", "Receipts"])
    for one in starred:
        at.mailbox.star(one.msgid)
    for one in deleted:
        at.mailbox.delete(one.msgid)
    new = added(at, chance)
    again(at, due, new, [*archived, *relabelled])
    assert at.house.at.roll_back(first.task_id).state is State.ROLLED_BACK
    assert at.dump() == empty


def again(at: Moving, due: Counter[object], new: dict[int, bytes], filed: list[SeedMessage]) -> None:
    """A second run copies what is new, names what was filed, changes nothing; and is rolled back alone."""
    before, left = at.dump(), at.mailbox.truth()
    done = at.migrate()

    assert noted(at, done) == sorted(sender(one) for one in filed)
    assert counts(done) == Counts(
        found=MESSAGES + CHATS + ADDED - DELETED, copied=ADDED, already_there=MESSAGES - DELETED, left_out=CHATS,
        changed=len(filed))
    judge = replace(at.judge, raw={**at.judge.raw, **new})
    arrived = Counter(judge.once(left, one) for one in left.messages if one.msgid in new)
    assert at.wrong(Counter(due) + arrived) == []  # type: ignore[arg-type]  # of messages
    assert [line for line in Counter(before.splitlines()) - Counter(at.dump().splitlines()) if "  item" in line] == []
    assert at.mailbox.truth() == left
    assert at.house.at.roll_back(done.task_id).state is State.ROLLED_BACK
    assert at.dump() == before


def test_there_is_everything_that_is_judged(chance: random.Random) -> None:
    """Labels nested, not ASCII and called as folders are; the bin and spam with labels; one Message-ID twice; chats."""
    seed = drawn(chance, MESSAGES, chats=CHATS)
    own = [[label for label in one.labels if isinstance(label, str)] for one in seed.messages]
    places = Counter(place for one, labels in zip(seed.messages, own, strict=True) if labels
                     for place in (System.TRASH, System.SPAM, System.INBOX, System.SENT, System.DRAFT)
                     if place in one.labels)

    assert len({label for labels in own for label in labels}) + len(seed.labels) >= 40
    assert min(places[place] for place in (System.TRASH, System.SPAM, System.INBOX, System.SENT, System.DRAFT)) > 10
    assert len({one.msgid for one in seed.messages}) == MESSAGES + CHATS
    assert len(list(doubled(seed))) == 12
    assert sum(not one.labels - {System.IMPORTANT, System.MUTED, System.STARRED} for one in seed.messages) > 100
    assert max(map(len, own)) == 5


def refused(at: Moving, *choices: Choice) -> None:
    """It is not begun, with a reason; nothing is written."""
    before, requests = at.dump(), len(at.house.at.emulator.requests)

    done = at.at.run(at.begin(*choices))

    assert done.state is State.FAILED
    assert done.attention is not None
    assert "everything would be copied once more. Nothing was copied." in done.attention.words
    assert at.dump() == before
    asked = {one.operation for one in at.house.at.emulator.requests[requests:]}
    assert asked <= {"GetFolder", "FindFolder", "ResolveNames"}     # which only read


def test_copies_are_once_a_label_and_no_choice_is_mixed_with_the_other(house: House, chance: random.Random) -> None:
    """A second run with the same choice brings nothing; with the other one it is refused, until a rollback."""
    at = house.moving("ben@example.org", drawn(chance, 600))
    empty, truth = at.dump(), at.mailbox.truth()

    first = at.migrate(Choice.COPIES)

    assert at.wrong(at.judge.copies(truth)) == []
    assert set(at.arrived().folders) - set(at.judge.before.folders) == at.judge.folders(truth)
    refused(at)
    assert counts(at.migrate(Choice.COPIES)).copied == 0
    assert at.wrong(at.judge.copies(truth)) == []
    assert house.at.roll_back(first.task_id).state is State.ROLLED_BACK
    assert at.dump() == empty
    at.migrate()
    assert at.wrong() == []
    refused(at, Choice.COPIES)
    assert at.mailbox.truth() == truth


def test_what_a_hidden_all_mail_hides_is_named_with_its_number(house: House, chance: random.Random) -> None:
    """All that another folder shows arrives, each once; of the others there is a number."""
    seed = drawn(chance, 500)
    at = house.moving("carl@example.org", seed)

    done = at.migrate()

    lost = at.judge.expected(at.mailbox.truth()) - at.arrived().messages
    assert 0 < lost.total() == sum(not one.labels - {System.MUTED} for one in seed.messages)
    assert {one.folder for one in lost} == {("Archive (2)",)}
    assert at.wrong(at.judge.expected(at.mailbox.truth()) - lost) == []
    [line] = at.lines(done)
    assert f"counts 500 messages in this mailbox, but shows only {500 - lost.total()} of them" in line.reason
    assert line.outcome is Reason.FAILED
    assert counts(at.migrate()).copied == 0


def test_nothing_is_missing_where_a_hidden_all_mail_hides_nothing(house: House, chance: random.Random) -> None:
    """Each message has a folder of its own: it is complete, and nothing is said."""
    seed = drawn(chance, 400)
    kept = [one for one in seed.messages if one.labels - {System.MUTED}]
    at = house.moving("fay@example.org", GmailSeed(seed.labels, kept))

    done = at.migrate()

    assert at.wrong() == []
    assert [one for one in at.lines(done) if one.outcome is Reason.FAILED] == []


def test_a_limit_on_folders_is_named_with_the_number_of_what_is_missing(house: House, chance: random.Random) -> None:
    """Whatever other folders show beyond the newest 1,000 is there, each once."""
    at = house.moving("dora@example.org", drawn(chance, 1_500))

    done = at.migrate()

    lost = at.judge.expected(at.mailbox.truth()) - at.arrived().messages
    assert at.wrong(at.judge.expected(at.mailbox.truth()) - lost) == []
    assert 0 < lost.total() <= 500
    [line] = at.lines(done)
    assert f"counts 1,500 messages in this mailbox, but shows only {1_500 - lost.total():,} of them" in line.reason
    house.google.gmail.control.configure("dora@example.org", folder_limit=None)
    assert counts(at.migrate()).copied == lost.total()
    assert at.wrong() == []


def test_a_label_that_is_not_shown_has_no_folder(house: House, chance: random.Random) -> None:
    """Its messages go by their other labels, or else to the archive; where Gmail tells of it, it is a category."""
    at = house.moving("eve@example.org", drawn(chance, 300))
    at.migrate()
    assert at.wrong() == []
    house.google.gmail.control.behave(hidden_labels_told=True)
    told = house.afresh(at)
    told.judge = replace(at.judge, told=True)

    told.migrate()

    house.google.gmail.control.behave(hidden_labels_told=False)
    assert told.wrong() == []
    assert set(told.arrived().folders) == set(at.arrived().folders)
