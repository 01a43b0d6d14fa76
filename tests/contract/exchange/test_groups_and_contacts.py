"""Contact groups that move with the contacts that are their members."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from engine.migration.record import Reason, State
from tests.servers.exchange.pair import Pair, pair_of, said
from tests.servers.exchange.people import Member, People, by_address, by_item, nested

BOTH = contents(CONTENTS[Content.CONTACTS], CONTENTS[Content.CONTACT_GROUPS])


@pytest.fixture
def pair(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    """Two servers, the old one of that version, and nothing in their mailboxes."""
    with pair_of(tmp_path, getattr(request, "param", "2019"), contents=BOTH) as found:
        yield found


@pytest.fixture
def old(pair: Pair) -> People:
    """The mailbox that is left."""
    return People(pair.old)


@pytest.fixture
def new(pair: Pair) -> People:
    """The mailbox that it moves to."""
    return People(pair.new)


def alone(pair: Pair, content: Content) -> str:
    """Moves that content alone; the task."""
    request = replace(pair.at.request(), contents=(content,))
    task = pair.at.begin_with(request).task_id
    pair.at.run(task)
    return task


@pytest.mark.parametrize("pair", ["2019", "2010 SP1"], indirect=True)
def test_a_member_that_is_a_contact_is_the_new_contact(pair: Pair, old: People, new: People) -> None:
    """By the address that the group had of it; nothing is to be said of it."""
    friends = old.folder("Friends")
    ann = old.contact("Ann Ames", "ann@example.net", "ann@home.example", folder=friends)
    bo = old.contact("Bo Beck", "bo@example.net")
    inner = old.group("Inner", by_item(bo), folder=friends)
    old.group("Choir", by_item(ann, address="ann@home.example"), nested(inner), by_address("cy@example.net", "Cy"))
    done = pair.at.migrate()

    assert (done.state, said(pair, done.task_id)) == (State.COMPLETED, [])
    top, below = new.ids(), new.ids(new.folders()["Friends"])
    assert new.members(top["Choir"]) == [
        Member("Ann Ames", "ann@home.example", "Contact", below["Ann Ames"]),
        Member("Inner", "", "PrivateDL", below["Inner"]),
        Member("Cy", "cy@example.net", "OneOff"),
    ]
    assert new.members(below["Inner"]) == [Member("Bo Beck", "bo@example.net", "Contact", top["Bo Beck"])]


def test_contacts_that_moved_before_are_found_wherever_their_owner_has_put_them(
    pair: Pair, old: People, new: People
) -> None:
    """By an earlier task, and into another folder since."""
    old.group("Choir", by_item(old.contact("Ann Ames", "ann@example.net")))
    alone(pair, Content.CONTACTS)
    elsewhere = new.folder("Elsewhere")
    new.move(new.ids()["Ann Ames"], elsewhere)
    alone(pair, Content.CONTACT_GROUPS)

    assert new.members(new.ids()["Choir"]) == [
        Member("Ann Ames", "ann@example.net", "Contact", new.ids(elsewhere)["Ann Ames"]),
    ]


def test_a_member_whose_contact_has_not_the_address_here_is_a_member_by_that_address(
    pair: Pair, old: People, new: People
) -> None:
    """The group reaches whom it reached; that is named, and a rollback takes the group all the same."""
    ann = old.contact("Ann Ames", "ann@example.net", "ann@home.example")
    old.group("Choir", by_item(ann, address="ann@home.example"))
    alone(pair, Content.CONTACTS)
    new.without_address(new.ids()["Ann Ames"], 2)
    task = alone(pair, Content.CONTACT_GROUPS)

    assert [one.address for one in new.members(new.ids()["Choir"])] == ["ann@home.example"]
    assert any("no contacts at the destination have these addresses: 1 of its members (Ann Ames)" in line
               for line in said(pair, task))
    pair.at.roll_back(task)
    assert list(new.ids()) == ["Ann Ames"]


def test_the_contact_is_the_one_from_the_same_folder(pair: Pair, old: People, new: People) -> None:
    """A copy that its owner made of it has the same key."""
    friends = old.folder("Friends")
    ann = old.contact("Ann Ames", "ann@example.net")
    old.copy(ann, friends)
    copied = old.ids(friends)["Ann Ames"]
    old.group("Choir", by_item(copied))
    old.group("Band", by_item(ann))
    pair.at.migrate()

    [choir], [band] = new.members(new.ids()["Choir"]), new.members(new.ids()["Band"])
    assert (choir.id, band.id) == (new.ids(new.folders()["Friends"])["Ann Ames"], new.ids()["Ann Ames"])


def test_a_group_that_stays_at_a_rollback_keeps_its_people(pair: Pair, old: People, new: People) -> None:
    """By address, when their contacts are gone; the report says what becomes of them."""
    old.group("Choir", by_item(old.contact("Ann Ames", "ann@example.net")))
    old.group("Band", by_item(old.contact("Bo Beck", "bo@example.net")))
    task = pair.at.migrate().task_id
    new.add(new.ids()["Choir"], by_address("di@example.net"))
    pair.at.roll_back(task)

    assert list(new.ids()) == ["Choir"]
    assert new.people(new.ids()["Choir"]) == {"ann@example.net", "di@example.net"}
    [line] = said(pair, task)
    assert "Choir" in line
    assert "stays a member by name and address" in line


def test_a_member_whose_contact_has_lost_its_address_keeps_its_own(pair: Pair, old: People, new: People) -> None:
    """Nobody is a member by a contact without an address; a fax number stays one."""
    ann = old.contact("Ann Ames", "ann@example.net")
    fax = by_address("+48 123", "Fax").replace(">SMTP<", ">FAX<")
    old.group("Choir", by_item(ann), by_address("bo@example.net", "Bo"), fax)
    old.without_address(ann)
    task = pair.at.migrate().task_id

    assert [(one.name, one.address, one.kind) for one in new.members(new.ids()["Choir"])] == [
        ("Ann Ames", "ann@example.net", "OneOff"), ("Bo", "bo@example.net", "OneOff"), ("Fax", "+48 123", "OneOff"),
    ]
    assert said(pair, task) == []


@pytest.mark.parametrize("code", ["ErrorEmailAddressMismatch", "ErrorInvalidMailbox", "ErrorItemSave"])
def test_a_group_that_is_refused_for_its_members_is_there_by_addresses(
    pair: Pair, old: People, new: People, code: str
) -> None:
    """Nobody has documented what a server takes for a member; the report says so."""
    inner = old.group("Inner", by_address("bo@example.net", "Bo"))
    old.group("Choir", by_item(old.contact("Ann Ames", "ann@example.net")), nested(inner))
    pair.at.emulator.add_fault(
        Fault(operation="CreateItem", nth=3, action="items", positions=(0,), code=code)
    )
    task = pair.at.migrate().task_id

    assert new.members(new.ids()["Choir"]) == [
        Member("Ann Ames", "ann@example.net", "OneOff"), Member("Bo", "bo@example.net", "OneOff"),
    ]
    assert ["all who are in it are there by address" in line for line in said(pair, task)] == [True]
    pair.at.roll_back(task)
    assert new.ids() == {}


def test_a_group_that_is_refused_for_a_member_stops_nobody(pair: Pair, old: People, new: People) -> None:
    """It is named; the mailbox is there, whatever the code says of mailboxes elsewhere."""
    old.group("Choir", by_address("ann@example.net"))
    old.group("Band", by_address("bo@example.net"))
    pair.at.emulator.add_fault(
        Fault(operation="CreateItem", nth=1, action="items", positions=(0,), code="ErrorInvalidMailbox")
    )
    done = pair.at.migrate()

    assert done.state is State.COMPLETED
    assert list(new.ids()) == ["Band"]
    assert [line.outcome for line in pair.at.engine.store.reported(done.task_id).failures] == [Reason.FAILED]


def test_a_contact_that_could_not_be_copied_is_a_member_by_address(pair: Pair, old: People, new: People) -> None:
    """The group says so, and is there."""
    ann = old.contact("Ann Ames", "ann@example.net")
    old.contact("Bo Beck", "bo@example.net")
    old.group("Choir", by_item(ann))
    pair.at.emulator.add_fault(
        Fault(operation="CreateItem", nth=1, action="items", positions=(0,), code="ErrorItemSave")
    )
    task = pair.at.migrate().task_id

    assert new.members(new.ids()["Choir"]) == [Member("Ann Ames", "ann@example.net", "OneOff")]
    assert any("1 of its members (Ann Ames)" in line for line in said(pair, task))
