"""Contacts and labels of two Google accounts come together: what has one number in both is two."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from engine.connectors.exchange.session import Sessions
from engine.connectors.network.pinning import Network
from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from engine.migration.record import Counts
from tests.contract.exchange.conftest import account
from tests.servers.exchange.pair import Mailbox
from tests.servers.exchange.people import People
from tests.servers.google.people import label, named
from tests.servers.google.told import Account, Told
from tests.servers.world import PASSWORD, World, world

MOVED = (Content.CONTACTS, Content.CONTACT_GROUPS)


def of(owner: str, *people: Any, labels: Sequence[Any]) -> Account:
    told = Told({"/people/me/connections": people, "/contactGroups": labels},
                {"/contactGroups:batchGet": {"responses": [{"contactGroup": one} for one in labels]}})
    return Account(told, contents=frozenset(MOVED), owner=owner)


@contextmanager
def moving(directory: Path, **sources: Account) -> Iterator[tuple[World, People]]:
    with world(directory, sources, grace=0.02, contents=contents(*(CONTENTS[one] for one in MOVED))) as at:
        there = account(at.emulator.url, at.address)
        with closing(Sessions(there, PASSWORD, Network(trusts_person=True))) as new:
            yield at, People(Mailbox(new))


def test_all_of_both_arrive(tmp_path: Path) -> None:
    """Those of old accounts have small numbers. The same account, however it is written, brings nothing twice."""
    first = of("ann.ames@gmail.com", named(1, "Ann Ames", "ann@example.net", labels=("f1",)),
               named(2, "Bo Beck", "bo@example.net"), labels=[label("f1", "Choir", 1)])
    second = of("club@example.org", named(1, "Zoe Zander", "zoe@example.net", labels=("f1",)),
                named(3, "Yan York", "yan@example.net"), labels=[label("f1", "Club", 1)])
    with moving(tmp_path, one=first, two=second) as (at, new):
        at.migrate("one")
        at.migrate("two")
        first.owner = "Ann.Ames@googlemail.com"
        again = at.migrate("one")
        ids = new.ids()
        groups = {name: [one.address for one in new.members(ids[name])] for name in ("Choir", "Club")}
    assert set(ids) == {"Ann Ames", "Bo Beck", "Zoe Zander", "Yan York", "Choir", "Club"}
    assert groups == {"Choir": ["ann@example.net"], "Club": ["zoe@example.net"]}
    assert again.step(Content.CONTACTS).counts == Counts(found=2, already_there=2)
    assert again.step(Content.CONTACT_GROUPS).counts == Counts(found=1, already_there=1)
