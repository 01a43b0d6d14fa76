"""Every response code of both schemas, said of items and of whole requests, through the whole engine.

A small mailbox a code, one emulator for all, and waits that are short.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from shutil import copytree
from typing import Literal

import pytest
from lxml import etree

from emulators.exchange import Fault
from emulators.exchange.schema import find_schema
from engine.connectors.exchange.codes import Meaning
from engine.migration.record import Migration, State
from engine.pace import gate, repeat
from engine.ports.source import SourceFolder
from tests.servers.memory.source import MemorySource, mail
from tests.servers.world import PASSWORD, World, world
from tests.unit.engine.test_exchange_errors import XS, table

SUBJECTS = ["first", "fourth", "second", "third"]
NAMED = frozenset({Meaning.STATE_LOST, Meaning.REFUSED})      # an item, for ever
ERRORS = {code: meaning for code, meaning in table().items() if meaning is not Meaning.DONE}
Place = Literal["items", "fault"]
_numbers = itertools.count(1)


def schema_with_every_code(directory: Path) -> Path:
    """The emulator's schema, with the codes that only the other one has: it sends no code that its schema lacks."""
    copytree(find_schema(), directory)
    tree = etree.parse(directory / "messages.xsd")
    (kind,) = (one for one in tree.iter(f"{XS}simpleType") if one.get("name") == "ResponseCodeType")
    values = kind.find(f"{XS}restriction")
    assert values is not None
    there = {one.get("value") for one in values}
    for code in sorted(ERRORS.keys() - there):
        etree.SubElement(values, f"{XS}enumeration", {"value": code})
    tree.write(directory / "messages.xsd")
    return directory


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One emulator for all codes."""
    directory = tmp_path_factory.mktemp("codes")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMM_EWS_SCHEMA", str(schema_with_every_code(directory / "schema")))
        yield from quick_world(patch, directory)


def quick_world(patch: pytest.MonkeyPatch, directory: Path) -> Iterator[World]:
    """A world whose waits are short."""
    with world(directory, {}, grace=0.02) as built:
        for module, names in ((gate, ("FIRST_BACK_OFF", "LONGEST_BACK_OFF")), (repeat, ("FIRST_WAIT", "LONGEST_WAIT"))):
            for name in names:
                patch.setattr(module, name, 0.01)
        built.emulator.configure(auth=("basic",))
        yield built


def with_a_mailbox(shared: World) -> World:
    """A fresh mailbox at the same emulator, and two messages in each of two folders for it."""
    address = f"user{next(_numbers)}@example.org"
    shared.emulator.clear_faults()
    shared.emulator.add_mailbox(address, password=PASSWORD)
    shared.connectors.sources[address] = MemorySource({
        SourceFolder(("A",), "A"): [mail("first"), mail("second")],
        SourceFolder(("B",), "B"): [mail("third"), mail("fourth")],
    })
    return replace(shared, address=address)


def assert_balanced(at: World, done: Migration, code: str, *, named: int) -> None:
    """Each message is there once, or named once; never both. `named` is how many."""
    failures = [f.item.partition(" (")[0] for f in at.engine.store.reported(done.task_id).failures]
    there = [subject for _, subject in at.subjects()]
    assert done.state is State.COMPLETED, (code, done.attention)
    assert sorted(there + failures) == SUBJECTS, code
    assert len(failures) == named, code
    assert (at.counts(done).copied, at.counts(done).failed) == (len(there), len(failures)), code
    assert at.engine.store.opened(done.task_id) == {}, code


@pytest.mark.parametrize("place", ["items", "fault"])
def test_every_code_ends_as_its_meaning_says(shared: World, place: Place) -> None:
    """What can pass is asked again, what stays refused is named, and what a person must mend stops until resumed."""
    for code, meaning in ERRORS.items():
        at = with_a_mailbox(shared)
        for operation in ("CreateItem", "SyncFolderItems"):
            at.emulator.add_fault(Fault(operation=operation, nth=1, action=place, positions=[0], code=code))

        done = at.migrate(at.address)

        stops = 0
        while meaning is Meaning.FATAL and done.state is State.NEEDS_ATTENTION and stops < 2:   # one an operation
            stops += 1
            done = at.run(done.task_id)
        assert stops or meaning is not Meaning.FATAL, code
        assert_balanced(at, done, code, named=int(place == "items" and meaning in NAMED))
