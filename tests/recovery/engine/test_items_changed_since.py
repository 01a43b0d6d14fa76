"""What is changed after a migration, field by field: a rollback keeps it, a later run names it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.fields import Property
from tests.servers.items.group_seeds import alone, group, nested
from tests.servers.items.moving import KINDS, End, moving
from tests.servers.items.note_seeds import note
from tests.servers.items.seeds import Seed, body, told
from tests.servers.items.task_seeds import repeated

Edit = Callable[[End, str], None]
FLAGGED = (
    "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus><t:StartDate>2030-01-01T00:00:00Z</t:StartDate>"
    "<t:DueDate>2030-01-02T00:00:00Z</t:DueDate></t:Flag>"
)


def field(kind: str, *paths: str, **values: str) -> Edit:
    """Sets fields to texts."""
    changes = tuple(zip(paths, (told(**{name: value})[name] for name, value in values.items()), strict=True))
    return lambda end, item: end.update(kind, item, *changes)


def flagged(kind: str) -> Edit:
    """Flags it for follow-up, to be done by a day."""
    return lambda end, item: end.update(kind, item, ("item:Flag", FLAGGED))


def joined(end: End, item: str, inside: str) -> None:
    """A member more."""
    end.append(
        "DistributionList", item, "distributionlist:Members",
        f"<t:Members><t:Member><t:Mailbox>{inside}</t:Mailbox></t:Member></t:Members>",
    )


def left(end: End, item: str) -> None:
    """The first member is taken away."""
    key = next(iter(end.shown(item).iter(f"{TYPES}Member"))).get("Key")
    where = f'<t:IndexedFieldURI FieldURI="distributionlist:Members:Member" FieldIndex="{key}"/>'
    end.update("DistributionList", item, (where, ""))


def joined_by_its_owner(end: End, item: str) -> None:
    """The owner of the mailbox becomes a member."""
    joined(end, item, f"<t:EmailAddress>{end.address}</t:EmailAddress>")


def renamed_member(end: End, item: str) -> None:
    """Somebody who is there by an address alone gets a name."""
    left(end, item)
    joined(end, item, "<t:Name>Mum</t:Name><t:EmailAddress>x@example.net</t:EmailAddress>")


PLAIN = Seed("it", "Contact", told(DisplayName="it", GivenName="It") | body("words"))
TEAM = group("it", alone("x@example.net", "x"), alone("y@example.net", "y"))
LATER = "2030-03-15T00:00:00Z"
DONE = Seed("it", "Task", told(Status="Completed", PercentComplete="100", CompleteDate="2020-01-02T00:00:00Z"))
AGAIN = Seed("it", "Task", repeated("days after it is done", "without end", "2030-01-15"))
CASES: dict[str, tuple[Seed, Edit]] = {
    "a contact flagged for follow-up": (PLAIN, flagged("Contact")),
    "which address of a contact is for letters": (
        PLAIN, field("Contact", "contacts:PostalAddressIndex", PostalAddressIndex="Home")
    ),
    "the subject of a contact": (PLAIN, field("Contact", "item:Subject", Subject="call her")),
    "a group flagged for follow-up": (TEAM, flagged("DistributionList")),
    "a group that its owner has joined": (TEAM, joined_by_its_owner),
    "the name of a member": (TEAM, renamed_member),
    "when a task was completed": (DONE, field("Task", "task:CompleteDate", CompleteDate="2020-01-04T00:00:00Z")),
    "a regenerating task put off for two months": (
        AGAIN, field("Task", "task:StartDate", "task:DueDate", StartDate=LATER, DueDate=LATER)
    ),
    "the importance of a note": (note("it"), field("Message", "item:Importance", Importance="High")),
}


@pytest.mark.parametrize("case", CASES)
def test_it_stays_and_is_named(tmp_path: Path, case: str) -> None:
    """A rollback keeps what its owner has worked on, and says so."""
    seed, edit = CASES[case]
    with moving(tmp_path, [seed]) as at:
        done = at.migrate()
        [item] = at.here.named(seed.kind)["it"]
        edit(at.new, item)
        back = at.at.roll_back(done.task_id)

        assert list(at.here.named(seed.kind).values()) == [[item]]
        assert any(": changed since" in line for line in at.said(back)), at.said(back)


def test_a_group_in_which_another_group_was_exchanged_for_one_of_the_owners(tmp_path: Path) -> None:
    """It has as many groups within as before, and is another one."""
    mine = [group("mine", alone("m@example.net"))]
    with moving(tmp_path, [group("outer", nested("inner")), group("inner", alone("x@example.net"))], mine=mine) as at:
        done = at.migrate()
        ids = at.here.named("DistributionList")
        left(at.new, ids["outer"][0])
        joined(at.new, ids["outer"][0], f'<t:ItemId Id="{ids["mine"][0]}"/>')
        back = at.at.roll_back(done.task_id)

        assert "outer" in at.here.expanded(), at.said(back)


TEAM_TASK = Property("0x8103", "Boolean", "Task").uri       # PidLidTeamTask [MS-OXOTASK] 2.2.2.2
AT_THE_SOURCE: dict[str, tuple[Seed, tuple[str, str]]] = {     # what is carried, and compared with nothing later
    "it became a team's": (
        Seed("it", "Task"),
        (TEAM_TASK, f"<t:ExtendedProperty>{TEAM_TASK}<t:Value>true</t:Value></t:ExtendedProperty>"),
    ),
    "its form": (Seed("it", "Task"), ("item:ItemClass", told(ItemClass="IPM.Task.Ours")["ItemClass"])),
    "how important a note is": (note("it"), ("item:Importance", told(Importance="High")["Importance"])),
    "how private a note is": (note("it"), ("item:Sensitivity", told(Sensitivity="Private")["Sensitivity"])),
}


@pytest.mark.parametrize("case", AT_THE_SOURCE)
def test_what_was_carried_and_changed_at_the_source_since_is_named(tmp_path: Path, case: str) -> None:
    """A later run counts it as changed."""
    seed, change = AT_THE_SOURCE[case]
    with moving(tmp_path, [seed]) as at:
        at.migrate()
        [item] = at.there.named(seed.kind)["it"]
        at.old.update(seed.kind, item, change)
        again = at.migrate()

        assert at.counts(again, KINDS[seed.kind]).changed == 1, at.said(again)
