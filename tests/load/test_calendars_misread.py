"""An engine that writes one kind of exception otherwise than it is would be caught by the judges of seeded calendars.

What it writes is changed on the way to the new mailbox: so no line of it is named here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.contract.exchange.test_calendars_unproven import KINDEST
from tests.contract.exchange_emulator.series_matrix import drawn
from tests.recovery.engine.test_calendars_seeded import Planted, judged, planted
from tests.servers.altering import Alteration, altering
from tests.servers.calendars.seeds import BESIDE, DELETED, EARLIER, LATER, of_row


def _in(operation: str, find: str, instead: str) -> Alteration:
    """Puts something in the place of what is found in requests of an operation."""
    def altered(body: bytes) -> bytes:
        words = body.decode()
        return re.sub(find, instead, words).encode() if re.search(f"<m:{operation}[ >]", words) else body
    return altered


def _moved(index: int) -> Alteration:
    """Lets an occurrence begin and end ten minutes before it should."""
    def altered(body: bytes) -> bytes:
        def earlier(change: re.Match[str]) -> str:
            return re.sub(
                r"(T\d\d:)(\d)(\d:\d\dZ)", lambda time: f"{time[1]}{(int(time[2]) + 5) % 6}{time[3]}", change[0])
        return re.sub(rf'InstanceIndex="{index}"/><t:Updates>.*?</t:Updates>', earlier, body.decode()).encode()
    return altered


ALTERATIONS = {
    "moved later": _moved(LATER),
    "moved earlier": _moved(EARLIER),
    "beside a deleted one": _moved(BESIDE),
    "subject": _in("UpdateItem", "Another text", "Another test"),
    "body": _in("UpdateItem", "&lt;p&gt;", "&lt;b&gt;"),
    "place": _in("UpdateItem", "Łódź &lt;3&gt;</t:Location>", "Łódź</t:Location>"),
    "attendees": _in("UpdateItem", "ann@example.net", "anne@example.net"),
    "attachment": _in("CreateAttachment", "AAECAwQ", "AAECAwR"),
    "categories": _in("UpdateItem", "<t:String>A&amp;b</t:String>", ""),
    "deleted": _in("DeleteItem", f'InstanceIndex="{DELETED}"', 'InstanceIndex="1"'),
    "reminder": _in("UpdateItem", ">45<", ">54<"),
    "free or busy": _in("UpdateItem", ">OOF<", ">Free<"),
}


@contextmanager
def written_as(directory: Path, alteration: Alteration) -> Iterator[tuple[Planted, list[bytes]]]:
    """A series with every kind of exception, and what was changed on its way."""
    changed: list[bytes] = []

    def noted(body: bytes) -> bytes:
        after = alteration(body)
        if after != body:
            changed.append(after)
        return after

    with planted(directory, KINDEST, [of_row(drawn(6)[1])]) as at:
        world = at.moving.at
        real = world.connectors.destination
        with altering(int(world.emulator.url.rsplit(":", 1)[1].split("/")[0]), noted) as port:
            world.connectors.destination = lambda account, password: real(replace(account, port=port), password)  # type: ignore[method-assign]  # another way to the same
            yield at, changed


@pytest.mark.parametrize("kind", ALTERATIONS)
def test_what_is_written_otherwise_is_seen(tmp_path: Path, kind: str) -> None:
    """Each kind of exception has a judge."""
    with written_as(tmp_path, ALTERATIONS[kind]) as (at, changed):
        with pytest.raises(AssertionError) as seen:
            judged(at, KINDEST)

        assert changed
        assert "test_calendars_seeded" in str(seen.traceback[-1].path), seen


def test_what_is_written_as_it_is_passes(tmp_path: Path) -> None:
    """The way itself changes nothing."""
    with written_as(tmp_path, lambda body: body) as (at, changed):
        judged(at, KINDEST)

    assert changed == []


@pytest.mark.parametrize("operation", ["CreateItem", "UpdateItem", "DeleteItem"])
def test_a_write_that_lets_the_server_tell_somebody_is_seen(tmp_path: Path, operation: str) -> None:
    """Whoever is told: each write has to say that nobody is."""
    telling = "SendToAllAndSaveCopy" if operation != "DeleteItem" else "SendOnlyToAll"
    def move() -> None:
        with written_as(tmp_path, _in(operation, "SendToNone", telling)) as (at, changed):
            at.moving.at.migrate("old")
            assert changed

    with pytest.raises(AssertionError, match="SendToNone"):
        move()
