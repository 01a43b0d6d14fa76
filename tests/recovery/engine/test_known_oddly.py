"""Histories in which a message is taken for new, or for there, although it is not."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from engine.errors import FatalError, Side
from engine.migration.record import State
from engine.migration.states import GOING_BACK
from engine.pace.halt import Halt
from engine.ports.destination import Destination
from engine.ports.items import TagPage
from engine.ports.source import SourceFolder
from tests.recovery.engine.conftest import ATLAS, CLIENTS, EXPECTED, INBOX, hundred
from tests.recovery.engine.test_known_again import ALL, JOBS, noted, sums
from tests.servers.memory.source import MemorySource, mail
from tests.servers.owner import owner
from tests.servers.slack.person import until
from tests.servers.world import ADDRESS, PASSWORD, World, interpose, world

ZOO = SourceFolder(("Zoo",), "Zoo")
ALSO = SourceFolder(("Also",), "Also")


def test_a_source_whose_listing_tells_no_keys_is_known_again(small_world: World, source: MemorySource) -> None:
    """Where a listing cannot tell keys, the messages do, and what was copied before is not copied again."""
    small_world.migrate()
    source.key_of = lambda _kept: b""

    again = small_world.migrate()

    assert sums(small_world, again) == (0, 100)
    assert small_world.subjects() == EXPECTED


def test_what_another_listing_than_the_bytes_shows_is_counted_on(small_world: World, source: MemorySource) -> None:
    """Whose items a task counts on is written down for messages that only their bytes told, too."""
    first = small_world.migrate()
    source.key_of = lambda _kept: b"another key, always"[:16]

    again = small_world.migrate()

    assert sums(small_world, again) == (0, 100)
    assert dict(again.counts_on) == {first.task_id: 100}


def test_a_message_whose_listing_shows_another_key_and_that_was_filed_is_known(
    small_world: World, source: MemorySource
) -> None:
    """The bytes win wherever the message lies: one that was filed into another folder is not copied again."""
    small_world.migrate()
    source.key_of = lambda _kept: b"another key, always"[:16]
    source.folders[CLIENTS].append(source.folders[INBOX].pop(3))

    again = small_world.migrate()

    assert sums(small_world, again) == (0, 100)


def test_archived_mail_that_is_filed_later_is_not_copied_again(tmp_path: Path) -> None:
    """A message that was in All Mail alone and has got a label since has moved, for All Mail only shows it again."""
    inbox = [mail(f"in {n}") for n in range(8)]
    source = MemorySource({INBOX: inbox, ALL: [*inbox, *(mail(f"archived {n}") for n in range(22))]})
    with world(tmp_path, {"old": source}) as at:
        at.migrate()
        source.folders[JOBS] = [source.folders[ALL][10]]

        again = at.migrate()

        assert sums(at, again) == (0, 30)
        assert len(at.subjects()) == 30


def test_tags_that_do_not_count_do_not_hide_those_that_do(tmp_path: Path) -> None:
    """A task that is being rolled back is seen first; what other tasks copied is known all the same."""
    first = MemorySource({INBOX: [mail(f"first {n}") for n in range(5)]})
    with world(tmp_path, {"first": first, "old": hundred()}) as at:
        going_back = at.migrate("first")
        at.migrate("old")
        with owner(at.emulator.url, ADDRESS, PASSWORD) as user:      # so that they lie alone in a folder of their own
            alone = user.new_folder(user.account.msg_folder_root, "Alone").id
            for item in user.folder("Inbox").all():
                if item.subject.startswith("first"):
                    item.move(user.folder("Alone"))
        _interrupt_rollback(at, going_back.task_id)
        listed = Event()
        _hold_back_other_folders(at, alone, listed)
        at.connectors.sources["old"].listed_with_keys = _Told(listed)

        again = at.migrate("old")

        assert sums(at, again) == (0, 100)


def _interrupt_rollback(at: World, task_id: str) -> None:
    real = at.connectors.destination

    def delete(_real: Destination, _ids: object) -> None:
        raise FatalError("away", side=Side.DESTINATION)

    interpose(at, delete=delete)
    with suppress(FatalError):
        at.roll_back(task_id)
    at.connectors.destination = real  # type: ignore[method-assign]
    assert at.engine.store.load(task_id).state in GOING_BACK


def _hold_back_other_folders(at: World, first_id: str, listed: Event) -> None:
    def tags(real: Destination, folder_id: str, state: str, *, detail: bool = False) -> TagPage:
        if folder_id != first_id:
            listed.wait(5)
        return real.tags(folder_id, state, detail=detail)

    interpose(at, tags=tags)


class _Told(list[bool]):
    """Says that a listing was asked for."""

    def __init__(self, listed: Event) -> None:
        super().__init__()
        self._listed = listed

    def append(self, keys: bool) -> None:
        super().append(keys)
        self._listed.set()


def test_new_mail_of_a_renamed_folder_does_not_go_into_the_deleted_items(
    small_world: World, source: MemorySource
) -> None:
    """A folder that its owner has deleted at the destination is no place for new mail."""
    small_world.migrate()
    with owner(small_world.emulator.url, ADDRESS, PASSWORD) as user:
        user.folder("Clients").move(user.account.trash)
    source.folders[JOBS] = [*source.folders.pop(CLIENTS), mail("new")]

    again = small_world.migrate()

    assert sums(small_world, again) == (1, 100)
    assert [folder for folder, subject in small_world.subjects() if subject == "new"] == [("Jobs",)]


def test_of_a_folder_that_was_split_the_larger_part_is_the_old_one(small_world: World, source: MemorySource) -> None:
    """New mail of the folder that most of the old messages went into goes where these lie."""
    small_world.migrate()
    old = source.folders.pop(CLIENTS)
    source.folders[ALSO] = [old[0], mail("new of the small part")]
    source.folders[ZOO] = [*old[1:], mail("new of the large part")]

    small_world.migrate()

    where = {subject: folder for folder, subject in small_world.subjects()}
    assert where["new of the large part"] == ("Clients",)
    assert where["new of the small part"] == ("Also",)


def test_a_folder_that_another_was_emptied_into_keeps_its_place(small_world: World, source: MemorySource) -> None:
    """New mail of a folder that was adopted goes there, although a larger one was filed into it and removed."""
    source.folders[JOBS] = [mail(f"job {n}") for n in range(5)]
    with owner(small_world.emulator.url, ADDRESS, PASSWORD) as user:
        user.new_folder(user.account.msg_folder_root, "Jobs")
    small_world.migrate()
    source.folders[JOBS] += [*source.folders.pop(CLIENTS), mail("new")]

    small_world.migrate()

    assert [folder for folder, subject in small_world.subjects() if subject == "new"] == [("Jobs",)]


def test_two_folders_renamed_into_each_others_names_keep_their_new_mail_apart(
    small_world: World, source: MemorySource
) -> None:
    """New mail of a renamed folder goes where its old mail lies, also if another folder has its old name now."""
    source.folders[JOBS] = [mail(f"job {n}") for n in range(30)]
    small_world.migrate()
    clients, jobs = source.folders[CLIENTS], source.folders[JOBS]
    source.folders[CLIENTS], source.folders[JOBS] = [*jobs, mail("new job")], [*clients, mail("new client")]

    again = small_world.migrate()

    assert sums(small_world, again) == (2, 130)
    where = {subject: folder for folder, subject in small_world.subjects()}
    assert (where["new job"], where["new client"]) == (("Jobs",), ("Clients",))


def test_a_task_that_is_resumed_remembers_a_folder_that_nothing_goes_into_any_more(
    small_world: World, source: MemorySource
) -> None:
    """A second visit that finds an adopted folder complete does not forget which one it was."""
    with owner(small_world.emulator.url, ADDRESS, PASSWORD) as user:
        user.new_folder(user.account.msg_folder_root, "Clients")
    source.folders[ZOO] = [mail(f"zoo {n}") for n in range(5)]
    source.folders[CLIENTS] = source.folders[CLIENTS][:10]
    del source.folders[ATLAS]
    halt = Halt()
    source.max_connections = 1
    source.before_read = lambda _uids: _halt_after(small_world, source, halt)
    task = small_world.begin()
    small_world.run(task.task_id, halt)
    assert [m for m in small_world.messages() if m.folder == ("Clients",)]
    source.before_read = lambda _uids: None
    done = small_world.run(task.task_id)
    assert done.state is State.COMPLETED
    source.folders[JOBS] = [*source.folders.pop(CLIENTS), mail("new")]

    again = small_world.migrate()

    assert sums(small_world, again)[0] == 1
    assert [folder for folder, subject in small_world.subjects() if subject == "new"] == [("Clients",)]


def _halt_after(at: World, source: MemorySource, halt: Halt) -> None:
    """Stops when two folders have arrived."""
    until(lambda: len(at.messages()) >= source.reads)
    if source.reads >= 30:
        halt.set()
        halt.check()


@pytest.mark.parametrize("spoil", ["refused", "too large"])
def test_a_loss_before_a_renumbering_is_counted_once(small_world: World, source: MemorySource, spoil: str) -> None:
    """A message that cannot be copied is one message, also when its folder is numbered anew afterwards."""
    if spoil == "refused":
        source.refused.add((CLIENTS.ref, 3))
    else:
        small_world.connectors.limits = replace(small_world.connectors.limits, message=5000)
        source.folders[CLIENTS][2] = mail("client 2", size=6000)
    _renumber_in_clients(source)

    done = small_world.migrate()

    counts = small_world.counts(done)
    assert done.state is State.COMPLETED, done.attention
    assert (counts.found, counts.failed) == (100, 1)


def _renumber_in_clients(source: MemorySource) -> None:
    seen: list[int] = []
    source.max_connections = 1

    def before(uids: object) -> None:
        if 60 in uids and not seen:      # the last batch of Clients, whose numbers go on behind the old ones
            seen.append(1)
            source.renumbered += 1
            source.refused = {(ref, uid + len(source.folders[CLIENTS])) for ref, uid in source.refused}

    source.before_read = before


@pytest.mark.parametrize("count", [1, 2])
def test_what_moved_is_told_in_the_number_it_has(small_world: World, source: MemorySource, count: int) -> None:
    """Of one message the report says that it was copied, of two that they were."""
    small_world.migrate()
    for _ in range(count):
        source.folders[CLIENTS].append(source.folders[INBOX].pop(3))

    again = small_world.migrate()

    [(_, item, reason)] = noted(small_world, again)
    plural = "they" in reason.split() or "were" in reason.split()
    assert plural == (count > 1), f"{item}: {reason}"


def test_one_message_copied_before_by_another_source_is_told_in_the_singular(tmp_path: Path) -> None:
    """“1 message were copied” is not English."""
    shared = mail("shared")
    first = MemorySource({INBOX: [shared, *(mail(f"ann {n}") for n in range(5))]})
    second = MemorySource({JOBS: [shared]})
    with world(tmp_path, {"ann": first, "ben": second}) as at:
        at.migrate("ann")

        done = at.migrate("ben")

        [(_, item, reason)] = noted(at, done)
        assert not f"{item}: {reason}".startswith("1 message: were")


def test_one_item_that_cannot_be_seen_is_told_in_the_singular(tmp_path: Path) -> None:
    """“1 items” is not English."""
    source = MemorySource({INBOX: [mail("one")]})
    with world(tmp_path, {"old": source}) as at:
        at.migrate()
        with owner(at.emulator.url, ADDRESS, PASSWORD) as user:
            user.folder("Inbox").all().delete()

        stopped = at.migrate()

        assert stopped.attention is not None
        assert "1 items" not in stopped.attention.words
