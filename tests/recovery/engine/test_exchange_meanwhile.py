"""What happens at an Exchange source while it is read."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest

from emulators.exchange import Fault
from engine.connectors.exchange.destination import ExchangeDestination
from engine.connectors.network.pinning import Network
from engine.migration.record import State
from engine.ports.items import SourceMessage, Tagged
from tests.contract.exchange.conftest import account
from tests.servers.exchange.pair import OLD, SENT, Pair, new_folder, put, said
from tests.servers.memory.source import mail
from tests.servers.owner import Owner, owner
from tests.servers.world import PASSWORD


def meanwhile(pair: Pair, operation: str, nth: int, do: Callable[[], object]) -> Any:
    """A migration in which that happens before the n-th such request is answered."""
    pair.left.add_fault(Fault(operation=operation, nth=nth, action="hold", name="now"))
    failed: list[BaseException] = []

    def act() -> None:
        try:
            assert pair.left.wait_held("now", 60)
            do()
        except BaseException as error:  # noqa: BLE001 - told below
            failed.append(error)
        finally:
            pair.left.release("now")

    thread = threading.Thread(target=act)
    thread.start()
    done = pair.at.migrate("old")
    thread.join(60)
    assert failed == []
    return done


@contextmanager
def them(pair: Pair) -> Iterator[Owner]:
    with owner(pair.left.url, OLD, PASSWORD) as found:
        yield found


@pytest.mark.parametrize("hard", [False, True])
@pytest.mark.parametrize("at", [("SyncFolderItems", 1), ("SyncFolderItems", 2), ("GetItem", 1), ("GetItem", 2)])
def test_a_folder_that_its_owner_deletes_costs_no_other_its_mail(pair: Pair, hard: bool, at: tuple[str, int]) -> None:
    """What was in it arrives or is named; all else arrives, and a second run copies nothing of that twice."""
    folder = new_folder(pair, "Work", "IPF.Note")
    for n in range(5):
        put(pair, f"work {n}", folder)
    for n in range(5):
        pair.old.create(f"in {n}", "Message", "", SENT, "")

    def delete() -> None:
        with them(pair) as their:
            found = their.folder("Work")
            if hard:
                found.delete()
            else:
                found.delete(delete_type="MoveToDeletedItems")

    done = meanwhile(pair, *at, delete)
    counts = pair.at.counts(done)
    arrived = sorted(one.subject for one in pair.at.messages())

    assert done.state is State.COMPLETED, done.attention
    assert {f"in {n}" for n in range(5)} <= set(arrived)
    assert len(arrived) == len(set(arrived)) == counts.copied
    assert counts.found == counts.copied + counts.left_out + counts.failed, said(pair, done.task_id)
    pair.at.migrate("old")
    again = sorted(one.subject for one in pair.at.messages())
    assert len(again) == len(set(again))
    assert len(again) == 10 or hard


@pytest.mark.parametrize("messages", [150, 700])
def test_a_large_folder_is_listed_by_a_server_that_throttles(pair: Pair, messages: int) -> None:
    """What was told before a pause is not asked for anew after it: the folder costs more than one budget."""
    pair.at.engine = replace(pair.at.engine, patience=3.0)
    mailbox = ExchangeDestination(account(pair.left.url, OLD), PASSWORD, Network(trusts_person=True))
    inbox = next(one.id for one in mailbox.folders() if one.name == "Inbox")
    for start in range(0, messages, 50):
        mailbox.create(inbox, [
            Tagged(f"7K2F9QXD:0a1b2c3d:{n:032x}", SourceMessage(1, mime, len(mime), None))
            for n in range(start, start + 50) for mime in [mail(f"Mail {n}").mime]
        ])
    mailbox.close()
    pair.left.configure(budget_items=400, budget_back_off_ms=20)
    done = pair.at.migrate("old")

    again = pair.at.migrate("old")

    assert (done.state, pair.at.counts(done).copied) == (State.COMPLETED, messages), done.attention
    assert (again.state, pair.at.counts(again).already_there) == (State.COMPLETED, messages), again.attention
