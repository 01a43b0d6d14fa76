"""What is changed after a migration, field by field: a rollback keeps it, a later run names it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.fields import Property
from engine.migration.content import Content
from tests.servers.items.group_seeds import alone, group, nested
from tests.servers.items.moving import KINDS, End, moving
from tests.servers.items.note_seeds import note
from tests.servers.items.seeds import Seed, body, told
from tests.servers.items.task_seeds import repeated

Edit = Callable[[End, str], None]
Named = Callable[[str], Seed]       # an item of that name
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


LATER = "2030-03-15T00:00:00Z"


def plain(name: str) -> Seed:
    """A contact."""
    return Seed(name, "Contact", told(DisplayName=name, GivenName=name) | body("words"))


def team(name: str) -> Seed:
    """A group of two."""
    return group(name, alone("x@example.net", "x"), alone("y@example.net", "y"))


def is_done(name: str) -> Seed:
    """A task that was completed."""
    return Seed(name, "Task", told(Status="Completed", PercentComplete="100", CompleteDate="2020-01-02T00:00:00Z"))


def again(name: str) -> Seed:
    """A task that comes again when it is done."""
    return Seed(name, "Task", repeated("days after it is done", "without end", "2030-01-15"))


CASES: dict[str, tuple[Named, Edit]] = {
    "a contact flagged for follow-up": (plain, flagged("Contact")),
    "which address of a contact is for letters": (
        plain, field("Contact", "contacts:PostalAddressIndex", PostalAddressIndex="Home")
    ),
    "the subject of a contact": (plain, field("Contact", "item:Subject", Subject="call her")),
    "a group flagged for follow-up": (team, flagged("DistributionList")),
    "a group that its owner has joined": (team, joined_by_its_owner),
    "the name of a member": (team, renamed_member),
    "when a task was completed": (is_done, field("Task", "task:CompleteDate", CompleteDate="2020-01-04T00:00:00Z")),
    "a regenerating task put off for two months": (
        again, field("Task", "task:StartDate", "task:DueDate", StartDate=LATER, DueDate=LATER)
    ),
    "the importance of a note": (note, field("Message", "item:Importance", Importance="High")),
}


def test_it_stays_and_is_named(tmp_path: Path) -> None:
    """A rollback keeps each thing that its owner has worked on, and says so; it takes all else of the same kinds."""
    worked_on = [named(case) for case, (named, _) in CASES.items()]
    others = [named(f"other {named.__name__}") for named in (plain, team, is_done, again, note)]
    with moving(tmp_path, [*worked_on, *others]) as at:
        done = at.migrate()
        items = [at.here.named(seed.kind)[seed.name][0] for seed in worked_on]
        for item, (_, edit) in zip(items, CASES.values(), strict=True):
            edit(at.new, item)
        back = at.at.roll_back(done.task_id)
        said = [line for line in at.said(back) if ": changed since" in line]

        left = {name: ids for kind in KINDS for name, ids in at.here.named(kind).items()}       # as they are called now
        assert sorted(left.values()) == sorted([item] for item in items)
        assert [name for name in left if not any(f": {name}" in line for line in said)] == [], said
        assert len(said) == back.rollback.kept == len(CASES)


def test_a_group_in_which_another_group_was_exchanged_for_one_of_the_owners(tmp_path: Path) -> None:
    """It has as many groups within as before, and is another one."""
    mine = [group("mine", alone("m@example.net"))]
    seeds = [group("outer", nested("inner")), group("inner", alone("x@example.net"))]
    with moving(tmp_path, seeds, mine=mine, wanted=(Content.CONTACT_GROUPS,)) as at:
        done = at.migrate()
        ids = at.here.named("DistributionList")
        left(at.new, ids["outer"][0])
        joined(at.new, ids["outer"][0], f'<t:ItemId Id="{ids["mine"][0]}"/>')
        back = at.at.roll_back(done.task_id)

        assert "outer" in at.here.expanded(), at.said(back)


TEAM_TASK = Property("0x8103", "Boolean", "Task").uri       # PidLidTeamTask [MS-OXOTASK] 2.2.2.2
AT_THE_SOURCE: dict[str, tuple[Seed, tuple[str, str]]] = {     # what is carried, and compared with nothing later
    "it became a team's": (
        Seed("a team's", "Task"),
        (TEAM_TASK, f"<t:ExtendedProperty>{TEAM_TASK}<t:Value>true</t:Value></t:ExtendedProperty>"),
    ),
    "its form": (Seed("form", "Task"), ("item:ItemClass", told(ItemClass="IPM.Task.Ours")["ItemClass"])),
    "how important a note is": (note("important"), ("item:Importance", told(Importance="High")["Importance"])),
    "how private a note is": (note("private"), ("item:Sensitivity", told(Sensitivity="Private")["Sensitivity"])),
}


def test_what_was_carried_and_changed_at_the_source_since_is_named(tmp_path: Path) -> None:
    """A later run counts each as changed, and nothing that is as it was."""
    seeds = [seed for seed, _ in AT_THE_SOURCE.values()]
    with moving(tmp_path, [*seeds, Seed("other", "Task"), note("other")], wanted=(Content.TASKS, Content.NOTES)) as at:
        at.migrate()
        for seed, change in AT_THE_SOURCE.values():
            [item] = at.there.named(seed.kind)[seed.name]
            at.old.update(seed.kind, item, change)
        later = at.migrate()
        said = at.said(later)

        assert [seed.name for seed in seeds if not any(f": {seed.name}" in line for line in said)] == [], said
        assert [at.counts(later, KINDS[kind]).changed for kind in ("Task", "Message")] == [2, 2], said
