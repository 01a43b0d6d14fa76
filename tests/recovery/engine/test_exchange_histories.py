"""Several tasks into one mailbox, from an old Exchange and over IMAP, while its owner moves and edits what came."""

from __future__ import annotations

from collections import Counter

import pytest

from engine.migration.record import State
from tests.recovery.engine.test_exchange_to_exchange import ALL, OLD, Both, both
from tests.servers.owner import owner
from tests.servers.world import PASSWORD

__all__ = ["both"]      # a fixture
NAMED = dict.fromkeys(("Äpfel", "Mail 100", *(f"Mail {n}" for n in range(8))), 1)
WAYS = [("old", "imap"), ("imap", "old"), ("old", "old")]


def at_work(both: Both) -> None:
    """The new mailbox's owner files a message, marks one, throws one away and deletes one for good."""
    with owner(both.at.emulator.url, both.at.address, PASSWORD) as them:
        inbox = them.account.inbox
        them.one(inbox, "Mail 0").move(them.account.sent)
        marked = them.one(inbox, "Mail 1")
        marked.categories = ["Blue"]
        marked.save(update_fields=["categories"])
        them.one(inbox, "Mail 2").move_to_trash()
        them.one(inbox, "Mail 3").delete()


def named(both: Both) -> dict[str, int]:
    """How often each message with a Message-ID is in the new mailbox."""
    return dict(Counter(one.subject for one in both.at.messages() if one.subject != "No id"))


def run(both: Both, way: str) -> tuple[str, int]:
    """A task of a process that has listed nothing yet. Returns its id and how much it copied."""
    both.at.connectors.sources["old"] = both.source()   # type: ignore[assignment]  # a source as well
    done = both.at.migrate(way)
    assert done.state is State.COMPLETED, done.attention
    return done.task_id, both.at.counts(done).copied


@pytest.mark.parametrize(("first", "second"), WAYS)
def test_a_second_task_and_a_rollback_of_the_first_after_its_owner_was_at_work(
    both: Both, first: str, second: str
) -> None:
    """What the second had copied stays; a third brings back what is missing, by either way, and nothing twice."""
    before = both.at.emulator.dump(OLD)
    task, _ = run(both, first)
    at_work(both)
    other, copied = run(both, second)

    assert copied == 1 + (first != second)      # what was deleted for good, and what has no Message-ID
    assert named(both) == NAMED
    both.at.roll_back(task)
    assert named(both) == {"Mail 3": 1}
    run(both, second)
    assert named(both) == NAMED
    run(both, first)
    assert named(both) == NAMED
    both.at.roll_back(other)
    assert both.at.emulator.dump(OLD) == before


@pytest.mark.parametrize("forgets", [False, True])
def test_a_source_whose_owner_files_and_whose_server_renders_anew(both: Both, forgets: bool) -> None:
    """Moved there and back, spoiled, and its states forgotten: each later task copies nothing of it."""
    run(both, "old")
    with owner(both.at.emulator.url, OLD, PASSWORD) as them:
        work = them.folder("Work")
        them.one(them.account.inbox, "Mail 4").move(work)
        them.one(work, "Mail 100").move(them.account.inbox)
    for one in both.at.messages(OLD):
        if one.subject in ("Mail 5", "No id"):
            both.at.emulator.spoil(OLD, one.item_id)
    if forgets:
        both.at.emulator.expire_sync_states()

    assert run(both, "old")[1] == 0
    assert run(both, "imap")[1] == 1            # what has no Message-ID
    assert named(both) == NAMED
    assert len(both.at.messages()) == ALL + 1
