"""Contact groups from one Exchange mailbox to another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from engine.migration.record import Counts, State
from tests.servers.exchange_pair import Pair, pair_of, said
from tests.servers.exchange_people import Member, People, by_address, by_item, nested

TABLE = contents(CONTENTS[Content.CONTACT_GROUPS])


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """Two servers, and nothing in their mailboxes."""
    with pair_of(tmp_path, "2019", contents=TABLE) as found:
        yield found


@pytest.fixture
def old(pair: Pair) -> People:
    """The mailbox that is left."""
    return People(pair.old)


@pytest.fixture
def new(pair: Pair) -> People:
    """The mailbox that it moves to."""
    return People(pair.new)


def counts(pair: Pair, task: str) -> Counts:
    """What the task counted of groups."""
    return pair.at.engine.store.load(task).step(Content.CONTACT_GROUPS).counts


def test_a_group_has_the_members_it_had(pair: Pair, old: People, new: People) -> None:
    """By address, with their names; and once only, however often it is asked for."""
    old.group("Choir", by_address("ann@example.net", "Ann"), by_address("bo@example.net", "Bo"))
    done = pair.at.migrate()

    assert done.state is State.COMPLETED
    assert new.members(new.ids()["Choir"]) == [
        Member("Ann", "ann@example.net", "OneOff"), Member("Bo", "bo@example.net", "OneOff"),
    ]
    again = pair.at.migrate()
    assert (counts(pair, again.task_id).already_there, counts(pair, again.task_id).copied) == (1, 0)
    assert list(new.ids()) == ["Choir"]


def test_groups_within_groups_are_groups_again(pair: Pair, old: People, new: People) -> None:
    """The inner ones are written first, wherever they lie."""
    folder = old.folder("Clubs")
    inner = old.group("Inner", by_address("ann@example.net"), folder=folder)
    middle = old.group("Middle", nested(inner), by_address("bo@example.net"))
    old.group("Outer", nested(middle), nested(inner), by_address("cy@example.net"))
    done = pair.at.migrate()

    assert said(pair, done.task_id) == []
    there = new.ids()
    assert [(one.name, one.kind) for one in new.members(there["Outer"])] == [
        ("Middle", "PrivateDL"), ("Inner", "PrivateDL"), ("cy@example.net", "OneOff"),
    ]
    assert new.people(there["Outer"]) == {"ann@example.net", "bo@example.net", "cy@example.net"}


def test_groups_that_contain_one_another_lose_nobody(pair: Pair, old: People, new: People) -> None:
    """One of them holds the people of the other by themselves, and the report says so."""
    one = old.group("One", by_address("ann@example.net"))
    two = old.group("Two", nested(one), by_address("bo@example.net"))
    old.add(one, nested(two))
    done = pair.at.migrate()

    there = new.ids()
    assert new.people(there["One"]) == new.people(there["Two"]) == {"ann@example.net", "bo@example.net"}
    [line] = said(pair, done.task_id)
    assert "is not there as a group of its own" in line
    assert counts(pair, done.task_id).copied == 2
    assert counts(pair, pair.at.migrate().task_id).already_there == 2


def test_a_group_that_is_too_large_becomes_several(pair: Pair, old: People, new: People) -> None:
    """Whoever contains it contains all of them."""
    everybody = [f"somebody.with.a.long.name.{number:03}@example.net" for number in range(75)]
    big = old.group("Big", *(by_address(one, "n") for one in everybody), before="<t:Body BodyType=\"Text\">x</t:Body>")
    more = [f"another.one.with.a.long.name.{number:03}@example.net" for number in range(15)]
    old.add(big, *(by_address(one, "n") for one in more))
    old.group("Outer", nested(big))
    done = pair.at.migrate()

    there = new.ids()
    assert sorted(there) == ["Big", "Outer"]
    assert said(pair, done.task_id) == []


def test_a_rollback_takes_groups_back_and_leaves_what_their_owner_changed(pair: Pair, old: People, new: People) -> None:
    """A group to which its owner added somebody stays, and is named."""
    inner = old.group("Inner", by_address("ann@example.net"))
    old.group("Outer", nested(inner), by_address("bo@example.net"))
    old.group("Choir", by_address("cy@example.net"))
    done = pair.at.migrate()
    new.add(new.ids()["Choir"], by_address("di@example.net"))
    pair.at.roll_back(done.task_id)

    assert list(new.ids()) == ["Choir"]
    assert new.people(new.ids()["Choir"]) == {"cy@example.net", "di@example.net"}
    assert ["Choir" in line for line in said(pair, done.task_id)] == [True]


def test_whoever_is_a_member_by_a_contact_that_is_not_there_stays_by_address(
    pair: Pair, old: People, new: People
) -> None:
    """With the name that the contact has; the report says so."""
    ann = old.contact("Ann Ames", "ann@example.net")
    old.group("Choir", by_item(ann))
    done = pair.at.migrate()

    assert new.members(new.ids()["Choir"]) == [Member("Ann Ames", "ann@example.net", "OneOff")]
    [line] = said(pair, done.task_id)
    assert "1 of its members (Ann Ames)" in line
