"""What Check first says is what a migration then does, and saying it changes nothing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.migration.ahead_words import left, mapping, space, sums, time_needed
from engine.migration.content import Content
from engine.migration.looking_ahead import Ahead, look_ahead
from engine.pace.halt import Halt
from engine.ports.source import Role, SourceFolder
from engine.store.vault import Secret
from tests.servers.items.moving import moving
from tests.servers.items.people_seeds import caches
from tests.servers.items.seeds import Seed, told
from tests.servers.memory.source import Kept, MemorySource, mail
from tests.servers.world import PASSWORD, World, world

INBOX = SourceFolder(("INBOX",), "INBOX", role=Role.INBOX)
SENT = SourceFolder(("Envoyés",), "Envoyes", role=Role.SENT)
WORK, LOWER = SourceFolder(("Work",), "Work"), SourceFolder(("work",), "work")
CRETE = SourceFolder(("Travel", "2020", "Crete"), "Travel/2020/Crete")
RECENT = datetime.now(UTC) - timedelta(days=30)


@pytest.fixture
def source() -> MemorySource:
    return MemorySource({
        INBOX: [mail("old"), replace(mail("new"), received=RECENT), replace(mail("marked"), deleted=True)],
        SENT: [mail("sent")],
        WORK: [mail("plan"), mail("report")], LOWER: [mail("other")],
        CRETE: [mail("sand")],
    })


@pytest.fixture
def at(tmp_path: Path, source: MemorySource) -> Iterator[World]:
    with world(tmp_path, {"old": source}) as made:
        yield made


def looks(at: World) -> Ahead:
    return look_ahead(
        at.engine, at.request(), source_password=Secret("-"), destination_password=Secret(PASSWORD), halt=Halt()
    )


def named(kept: Kept) -> str:
    """The subject."""
    return kept.mime.split(b"Subject: ")[1].split(b"\r\n")[0].decode()


def went(at: World) -> set[tuple[tuple[str, ...], str]]:
    """Where each message lies."""
    return {(message.folder, message.subject) for message in at.messages()}


def test_folders_go_where_it_says(at: World, source: MemorySource) -> None:
    """Adopted, made, numbered or of a role; and nothing is made by looking. Afterwards all are there."""
    before = at.emulator.dump()

    found = looks(at).contents[Content.MAIL]

    assert at.emulator.dump() == before
    assert {mapping(each) for each in found.folders if each.new} == {
        "Work → Work (new)", "work → work (2) (new)", "Travel/2020/Crete → Crete (new)",
    }
    said = {each.source: each.destination for each in found.folders}
    at.migrate()
    assert went(at) == {
        (said[folder.path], subject)
        for folder, kept in source.folders.items() for subject in (named(one) for one in kept if not one.deleted)
    }
    again = looks(at).contents[Content.MAIL].folders
    assert {each.source: (each.destination, each.new) for each in again} == {
        path: (there, False) for path, there in said.items()
    }


def test_the_sums_are_those_of_the_migration(at: World) -> None:
    """Found and left out."""
    found = looks(at).contents[Content.MAIL]

    counts = at.counts(at.migrate())

    assert (found.items, found.left_out) == (counts.copied, counts.left_out)
    assert found.items + found.left_out == counts.found


@pytest.mark.parametrize("size", [2_100, 20_000])
def test_what_does_not_fit_is_counted(at: World, source: MemorySource, size: int) -> None:
    """By the sizes that the source lists: the migration names the same ones."""
    at.connectors.limits = replace(at.connectors.limits, message=2_000)
    source.folders[WORK].append(mail("large", size=size))

    found = looks(at).contents[Content.MAIL]

    assert found.too_large == 1
    assert "1 message too large for the destination; each will be named in the report." in sums(Content.MAIL, found)
    assert at.counts(at.migrate()).failed == 1


def test_old_mail_that_the_destination_would_delete_is_counted(at: World) -> None:
    """By its rules, and when the mail was received."""
    at.emulator.configure(retention_tags=[
        {"Type": "All", "RetentionPeriod": "365", "RetentionAction": "PermanentlyDelete"},
    ])

    found = looks(at).contents[Content.MAIL]

    [(rule, count)] = found.old.items()
    assert (rule.days, rule.archives, count) == (365, False, 6)
    said = "6 messages affected by a rule of the destination."
    assert any(line.startswith(said) for line in sums(Content.MAIL, found))


@pytest.mark.parametrize(("quota", "says"), [
    (None, "is unknown"), (100, "not everything will fit"), (10**9, "The destination may hold 1.0 GB"),
])
def test_the_size_is_compared_with_what_the_mailbox_may_hold(at: World, quota: int | None, says: str) -> None:
    """Where somebody has said how much that is."""
    assert says in space(looks(at), quota)


def test_folders_that_stay_are_named(tmp_path: Path) -> None:
    """With the reason that the report gives; of many, five."""
    with moving(tmp_path, [Seed("Ann", "Contact", told(DisplayName="Ann"))], never=caches()) as there:
        found = looks(there.at).contents[Content.CONTACTS]

        said = list(left(found))
        assert len(found.left) > len(said) - 1 == 5
        assert all(" stays: " in line for line in said[:5])
        assert said[5].endswith("will stay, too; the report will name each.")


def test_a_few_messages_take_less_than_a_minute(at: World) -> None:
    """It promises no second."""
    assert time_needed(looks(at)) == "It should take less than a minute."
