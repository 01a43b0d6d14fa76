"""What a look at the destination shows is right, or the task stops; it is never taken for an order to copy again."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from emulators.exchange import Fault
from emulators.exchange.records import RequestRecord
from engine.hooks import on_saved
from engine.migration.forwards import migrate
from engine.migration.record import Migration, State
from engine.migration.steering import cancel, copy_again
from engine.pace.halt import Halt
from tests.recovery.engine.conftest import EXPECTED
from tests.servers.owner import owner
from tests.servers.slack.person import until
from tests.servers.world import ADDRESS, PASSWORD, World


def empty(world: World) -> None:
    """The owner leaves nothing of what was copied."""
    with owner(world.emulator.url, ADDRESS, PASSWORD) as user:
        for folder in (user.folder("Inbox"), user.folder("Clients"), user.folder("Clients", "Atlas")):
            folder.all().delete()
    assert world.subjects() == []


def test_a_mailbox_that_shows_nothing_of_what_was_copied_stops_the_task(small_world: World) -> None:
    """Nothing is copied; the record says how much should be there, and what to do."""
    small_world.migrate()
    empty(small_world)

    stopped = small_world.migrate()

    assert stopped.state is State.NEEDS_ATTENTION
    assert stopped.attention is not None
    assert stopped.attention.cause == "nothing found"
    assert "copied 100 items" in stopped.attention.words
    assert small_world.subjects() == []


def test_whoever_says_so_has_everything_copied_again(small_world: World) -> None:
    """The record keeps it, so a process that takes the task over knows it too."""
    small_world.migrate()
    empty(small_world)
    stopped = small_world.migrate()
    copy_again(small_world.engine, stopped.task_id)

    done = small_world.run(stopped.task_id)

    assert done.state is State.COMPLETED
    assert small_world.counts(done).copied == 100
    assert small_world.subjects() == EXPECTED


def test_what_was_rolled_back_is_not_missed(small_world: World) -> None:
    """A task that was taken back has left nothing, as it should."""
    first = small_world.migrate()
    small_world.roll_back(first.task_id)

    done = small_world.migrate()

    assert small_world.counts(done).copied == 100


def test_a_request_of_another_task_that_is_carried_out_late_is_waited_for(small_world: World) -> None:
    """A task was cancelled while an answer was out; the next one looks only when nothing more can arrive."""
    def sent_before(moment: float) -> list[RequestRecord]:
        requests = small_world.emulator.requests
        return [each for each in requests if each.operation == "CreateItem" and each.started < moment]

    small_world.connectors.shortest_deadline = 0.7
    small_world.engine = replace(small_world.engine, grace=10)
    small_world.emulator.add_fault(Fault(operation="CreateItem", nth=2, action="hold", name="late"))
    first, halt = small_world.begin(), Halt()
    with ThreadPoolExecutor(1) as aside:
        running = aside.submit(small_world.run, first.task_id, halt)
        assert small_world.emulator.wait_held("late", 20)
        while not small_world.engine.store.opened(first.task_id):
            assert not running.done()
        halt.set()
        running.result(30)
    cancel(small_world.engine, first.task_id)
    sent_by_first = len(sent_before(now := time.time())) + 1

    def tell(record: Migration) -> None:
        if record.stage == "checking whether what was sent last has arrived":
            small_world.emulator.release("late")

    second = small_world.begin()
    done = migrate(small_world.engine.with_hooks(on_saved(tell)), second.task_id, halt=Halt())
    small_world.emulator.release("late")
    until(lambda: len(sent_before(now)) == sent_by_first)

    assert done.state is State.COMPLETED
    assert small_world.subjects() == EXPECTED


def test_one_folder_that_is_busy_does_not_hold_up_the_news_of_another(small_world: World) -> None:
    """A fatal answer stops the look at once, while another folder waits for ten minutes as its server asked."""
    small_world.migrate()
    small_world.emulator.add_fault(Fault(operation="SyncFolderItems", nth=1, action="fault", back_off_ms=600_000))
    small_world.emulator.add_fault(Fault(operation="SyncFolderItems", nth=2, action="fault", code="ErrorAccessDenied"))

    with ThreadPoolExecutor(1) as aside:
        running = aside.submit(small_world.migrate)
        stopped = running.result(60)

    assert stopped.state is State.FAILED       # nothing was written yet
    assert stopped.attention is not None
    assert stopped.attention.cause == "access not allowed"
