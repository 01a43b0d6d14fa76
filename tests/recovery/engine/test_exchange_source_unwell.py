"""An old Exchange that is unwell, or forgets what it knew, in the middle of a migration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import pytest

from emulators.exchange import Fault
from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.network.pinning import Network
from engine.errors import Cause, Side
from engine.items.batches import SPOOLED_FROM
from engine.migration.forwards import keep_secrets
from engine.migration.record import State
from tests.contract.exchange.conftest import account
from tests.recovery.engine.test_exchange_meanwhile import meanwhile
from tests.servers.exchange.pair import HEAD, OLD, SENT, Pair, new_folder, put, said
from tests.servers.world import PASSWORD

SUBJECTS = [f"Mail {n}" for n in range(6)]
ALL = [*SUBJECTS, "work 0", "work 1"]
ASKED = ("GetFolder", "FindFolder", "SyncFolderItems", "GetItem")
UNWELL: Mapping[str, Mapping[str, Any]] = MappingProxyType({
    "503, with a pause": {"action": "status", "status": 503, "headers": {"Retry-After": "1"}},
    "503, until a time": {
        "action": "status", "status": 503, "headers": {"Retry-After": "Sun, 29 Nov 2020 00:00:00 GMT"},
    },
    "429": {"action": "status", "status": 429, "headers": {"Retry-After": "0"}},
    "busy": {"action": "fault", "code": "ErrorServerBusy", "back_off_ms": 20},
    "busy for some": {"action": "items", "code": "ErrorServerBusy", "positions": (0, 2)},
    "busy within": {
        "action": "items", "code": "ErrorInternalServerError", "inner": "ErrorServerBusy", "positions": (1,),
    },
    "connections": {"action": "fault", "code": "ErrorExceededConnectionCount"},
    "store away": {"action": "items", "code": "ErrorMailboxStoreUnavailable", "positions": (0,)},
})


@pytest.fixture
def filled(pair: Pair) -> Pair:
    """The old inbox has six messages, and a folder two."""
    for subject in SUBJECTS:
        pair.old.create(subject, "Message", "", SENT, "")
    folder = new_folder(pair, "Work", "IPF.Note")
    for n in range(2):
        put(pair, f"work {n}", folder)
    pair.at.engine = replace(pair.at.engine, patience=30.0)
    return pair


def arrived(pair: Pair) -> list[str]:
    return sorted(one.subject for one in pair.at.messages())


def arrives_once(pair: Pair, done: Any) -> None:
    """All is there; a second run copies nothing."""
    assert (done.state, arrived(pair)) == (State.COMPLETED, ALL), said(pair, done.task_id)
    pair.left.clear_faults()
    again = pair.at.migrate("old")
    assert (pair.at.counts(again).copied, arrived(pair)) == (0, ALL)


@pytest.mark.parametrize("how", UNWELL)
def test_one_answer_of_each_kind_costs_no_mail(filled: Pair, how: str) -> None:
    """Whatever it is that the server says once of each: all arrives, once."""
    for operation in ASKED:
        filled.left.add_fault(Fault(operation=operation, nth=2 if operation == "GetFolder" else 1, **UNWELL[how]))

    arrives_once(filled, filled.at.migrate("old"))


@pytest.mark.parametrize(("operation", "state"), [
    ("SyncFolderItems", State.FAILED), ("GetItem", State.NEEDS_ATTENTION),  # a failed one had written nothing
])
def test_a_password_that_is_refused_in_mid_run_is_asked_for_and_the_rest_arrives(
    filled: Pair, operation: str, state: State
) -> None:
    """A 401 is one refusal: nobody signs in with it a second time, and a person who types it anew goes on."""
    filled.left.add_fault(Fault(operation=operation, nth=1, action="status", status=401))
    done = filled.at.migrate("old")
    stopped = done.attention

    assert stopped is not None
    assert (done.state, stopped.cause, stopped.side) == (state, Cause.SIGN_IN, Side.SOURCE)
    keep_secrets(filled.at.engine, done.task_id, dict.fromkeys(Side, PASSWORD))
    there = account(filled.left.url, OLD)
    another = ExchangeSource(there, PASSWORD, Network(trusts_person=True), waits=(0.0,))
    filled.at.connectors.sources["old"] = another       # type: ignore[assignment]  # a source as well
    arrives_once(filled, filled.at.run(done.task_id))


@pytest.mark.parametrize("how", [
    {"action": "fault", "code": "ErrorServerBusy", "back_off_ms": 20},
    {"action": "items", "code": "ErrorServerBusy", "positions": (0,)},
    {"action": "status", "status": 503, "headers": {"Retry-After": "1"}},
], ids=["fault", "item", "503"])
def test_a_pause_while_a_large_message_is_streamed(pair: Pair, how: Mapping[str, Any]) -> None:
    """It is begun anew after the pause, and arrives whole."""
    pair.left.configure(mime_roundtrip="verbatim")
    line = "A line of thirty-two characters.\r\n"
    large = f"{HEAD}Subject: large\r\nMessage-ID: <l@x>\r\n\r\n{line * (SPOOLED_FROM // len(line) + 1)}"
    pair.old.create_mime(large, "Message", "", SENT)
    pair.old.create("small", "Message", "", SENT, "")
    for number in (1, 2, 3):
        pair.left.add_fault(Fault(operation="GetItem", nth=number, **how))
    done = pair.at.migrate("old")
    found = {one.subject: one.mime for one in pair.at.messages()}

    assert (done.state, sorted(found)) == (State.COMPLETED, ["large", "small"]), said(pair, done.task_id)
    assert found["large"].count(line.encode()) == large.count(line)


@pytest.mark.parametrize("number", [1, 2, 3])
def test_states_that_are_lost_in_mid_listing(filled: Pair, number: int) -> None:
    """What was listed is listed from its start again; nothing is counted twice."""
    done = meanwhile(filled, "SyncFolderItems", number, filled.left.expire_sync_states)

    assert filled.at.counts(done).found == len(ALL)
    arrives_once(filled, done)


def test_states_that_are_lost_again_and_again(filled: Pair) -> None:
    """A server that forgets says nothing of the folder: it is listed once more, and no message is called failed."""
    for number in range(1, 7):
        filled.left.add_fault(Fault(operation="SyncFolderItems", nth=number, action="items", positions=(0,),
                                    code="ErrorInvalidSyncStateData"))

    arrives_once(filled, filled.at.migrate("old"))
