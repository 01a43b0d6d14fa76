"""Contact groups from one Exchange mailbox to another."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.contents import CONTENTS, contents
from engine.migration.back import preview
from engine.migration.content import Content
from engine.migration.record import Counts, State
from engine.pace.halt import Halt
from tests.servers.exchange.pair import OLD, Pair, named, pair_of, said, tagged
from tests.servers.exchange.people import Member, People, by_address, by_item, nested
from tests.servers.processes.mortal import HELD, dies_at

FIELDS = (
    '<t:Sensitivity>Private</t:Sensitivity><t:Body BodyType="HTML">&lt;p&gt;On Mondays&lt;/p&gt;</t:Body>'
    "<t:Categories><t:String>Music</t:String></t:Categories><t:Importance>High</t:Importance>"
    + tagged("0x1090", "Integer", "2") + named("Common", 0x8530, "String", "Call them")
    + named("Task", 0x8105, "SystemTime", "2031-06-02T00:00:00Z")
    + named("Common", 0x8503, "Boolean", "true") + named("Common", 0x8502, "SystemTime", "2031-06-02T07:00:00Z")
    + named("Common", 0x8560, "SystemTime", "2031-06-02T06:45:00Z")
)
DATED = ("DateTimeSent", "DateTimeReceived", '"0x39"', '"0xe06"')        # by each mailbox for itself
FILED = "<t:FileAs>Singers</t:FileAs>"
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


def large(pair: Pair, old: People) -> set[str]:
    """Puts a group of 130 people into the mailbox, behind the server's back, and one that contains it; who they are."""
    everybody = [f"somebody.with.a.long.name.{number:03}@example.net" for number in range(130)]
    big = old.group("Big", by_address(everybody[0], "Somebody"))
    with closing(sqlite3.connect(database(pair), timeout=30)) as db, db:
        [(extra,)] = db.execute("SELECT extra FROM item WHERE subject = 'Big'").fetchall()
        told = json.loads(extra)
        [one] = json.loads(told["Members"])
        told["Members"] = json.dumps([{**one, "address": address} for address in everybody])
        db.execute("UPDATE item SET extra = ? WHERE subject = 'Big'", (json.dumps(told),))
    old.group("Outer", nested(big))
    return set(everybody)


def database(pair: Pair) -> Path:
    """What the server of the mailbox that is left keeps."""
    return pair.directory / "old.sqlite"


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


def test_a_group_arrives_with_all_that_it_has(pair: Pair, old: People, new: People) -> None:
    """Its notes, categories, flag and file too, by raw XML."""
    made = old.group("Choir", by_address("ann@example.net", "Ann"), before=FIELDS, behind=FILED)
    pair.old.attach(made, "score.bin")
    old.add(made, by_address("bo@example.net", "Bo"))
    done = pair.at.migrate()

    assert said(pair, done.task_id) == []
    [[(_, before)], [(_, after)]] = [list(pair.old.told([made])), list(pair.new.told([new.ids()["Choir"]]))]
    for facts in (before, after):
        facts["ExtendedProperty"] = [one for one in facts["ExtendedProperty"] if not any(own in one for own in DATED)]
    assert {name for name in {*before, *after}.difference(DATED) if before.get(name) != after.get(name)} == set()
    assert {"Body", "Categories", "Sensitivity", "Importance", "FileAs", "Flag", "Attachments", "Members"} <= set(after)


def test_a_reminder_of_what_is_past_keeps_silent(pair: Pair, old: People, new: People) -> None:
    """The flag stays."""
    made = old.group("Choir", by_address("ann@example.net"), before=FIELDS.replace("2031", "2021"))
    done = pair.at.migrate()

    [[(_, before)], [(_, after)]] = [list(pair.old.told([made])), list(pair.new.told([new.ids()["Choir"]]))]
    assert ["0x8503" in one or '"34051"' in one for one in after["ExtendedProperty"] if ">false<" in one] == [True]
    assert (before["Flag"], said(pair, done.task_id)) == (after["Flag"], [])
    pair.at.roll_back(done.task_id)
    assert new.ids() == {}


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
    """Their names say so, as does the report; whoever contains it contains all of them."""
    everybody = large(pair, old)
    done = pair.at.migrate()

    there = new.ids()
    assert sorted(there) == ["Big (1 of 2)", "Big (2 of 2)", "Outer"]
    assert [one.name for one in new.members(there["Outer"])] == ["Big (1 of 2)", "Big (2 of 2)"]
    assert new.people(there["Outer"]) == everybody
    [line] = said(pair, done.task_id)
    assert "became 2 groups: “Big (1 of 2)” to “Big (2 of 2)”" in line
    assert (counts(pair, done.task_id).found, counts(pair, done.task_id).copied) == (2, 2)
    assert counts(pair, pair.at.migrate().task_id).already_there == 2
    pair.at.roll_back(done.task_id)
    assert new.ids() == {}


def test_the_parts_of_a_large_group_stay_together_when_its_owner_has_changed_one(
    pair: Pair, old: People, new: People
) -> None:
    """A rollback keeps all of them."""
    large(pair, old)
    done = pair.at.migrate()
    new.add(new.ids()["Big (2 of 2)"], by_address("di@example.net"))
    pair.at.roll_back(done.task_id)

    assert sorted(new.ids()) == ["Big (1 of 2)", "Big (2 of 2)"]


def test_a_death_between_the_parts_of_a_large_group_changes_nothing_in_the_end(
    pair: Pair, old: People, new: People
) -> None:
    """Whoever comes after makes all of it anew, and tells what a process without a death tells."""
    everybody = large(pair, old)
    undisturbed = pair.at.migrate().task_id
    told = sorted(said(pair, undisturbed))
    pair.at.roll_back(undisturbed)
    assert any("became 2 groups" in line for line in told)
    for operation, nth in (("CreateItem", 1), ("CreateItem", 2), ("UpdateItem", 1), ("UpdateItem", 2)):
        task = pair.at.begin().task_id
        fault = Fault(operation=operation, nth=nth, when="after", action="hold", name=HELD)
        assert dies_at(pair.at, (fault,), lambda doomed, task=task: doomed.run(task))  # type: ignore[misc]  # bound now
        pair.at.run(task)

        assert sorted(said(pair, task)) == told, (operation, nth)
        assert sorted(new.ids()) == ["Big (1 of 2)", "Big (2 of 2)", "Outer"]
        assert new.people(new.ids()["Outer"]) == everybody
        pair.at.roll_back(task)
        assert new.ids() == {}


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


def test_the_groups_within_a_group_that_stays_stay_as_well(pair: Pair, old: People, new: People) -> None:
    """Whoever is in them is in what its owner has changed; all else goes."""
    inner = old.group("Inner", nested(old.group("Innermost", by_address("ann@example.net"))))
    old.group("Outer", nested(inner), by_address("bo@example.net"))
    old.group("Other", nested(inner))
    task = pair.at.migrate().task_id
    new.add(new.ids()["Outer"], by_address("cy@example.net"))
    counted = preview(pair.at.engine, task, halt=Halt())
    pair.at.roll_back(task)

    assert (counted.items, counted.kept) == (1, 3)
    assert sorted(new.ids()) == ["Inner", "Innermost", "Outer"]
    assert [("in a contact group that" in line) for line in sorted(said(pair, task))] == [True, True, False]
    assert new.people(new.ids()["Outer"]) == {"ann@example.net", "bo@example.net", "cy@example.net"}
    pair.at.roll_back(task)
    assert sorted(new.ids()) == ["Inner", "Innermost", "Outer"]


def test_whoever_is_a_member_by_a_contact_that_is_not_there_stays_by_address(
    pair: Pair, old: People, new: People
) -> None:
    """With the name that the contact has; the report says so."""
    ann = old.contact("Ann Ames", "ann@example.net")
    old.group("Choir", by_item(ann))
    done = pair.at.migrate()

    assert new.members(new.ids()["Choir"]) == [Member("Ann Ames", "ann@example.net", "OneOff")]
    assert ["1 of its members (Ann Ames)" in line for line in said(pair, done.task_id)] == [False, True]


def test_an_address_that_only_the_old_organization_knows_is_resolved(pair: Pair, old: People, new: People) -> None:
    """The owner's is their new one. Where nobody knows an address of mail for one, it stays, and is named."""
    [known] = pair.left.ex_addresses(OLD)
    old.group("Choir", by_address("ann@example.net"))
    with closing(sqlite3.connect(database(pair), timeout=30)) as db, db:
        [(extra,)] = db.execute("SELECT extra FROM item WHERE subject = 'Choir'").fetchall()
        told = json.loads(extra)
        [one] = json.loads(told["Members"])
        gone = {**one, "name": "Left Long Ago", "address": "/o=Old/ou=x/cn=Recipients/cn=left", "routing": "EX"}
        told["Members"] = json.dumps([{**one, "name": "Me", "address": known, "routing": "EX"}, gone])
        db.execute("UPDATE item SET extra = ? WHERE subject = 'Choir'", (json.dumps(told),))
    done = pair.at.migrate()

    assert [one.address for one in new.members(new.ids()["Choir"])] == [pair.at.address, gone["address"]]
    [line] = said(pair, done.task_id)
    assert "Left Long Ago" in line
