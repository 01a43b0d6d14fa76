"""Contacts, groups, tasks and notes that no client has written move from Exchange to Exchange; raw XML judges them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from emulators.exchange.people import directory
from engine.migration.content import Content
from engine.migration.record import State
from tests.servers import group_seeds, note_seeds, people_seeds, task_seeds
from tests.servers.item_judge import Found
from tests.servers.item_seeds import Seed, body, told
from tests.servers.items_moving import ITEMS, KINDS, Moving, moving

BOB = directory.ex_of("bob@example.org")
UNKNOWN = "/o=Gone/ou=Exchange/cn=Recipients/cn=dave"
# What only a server says of a task that was given to somebody (MS-OXWSTASK 2.2.4.3), and which request it was about.
ASSIGNMENT = {"AssignedTime", "DelegationState", "Delegator", "IsAssignmentEditable"}
# A reminder of what is past is silent; 0x8503 is PidLidReminderSet.
SILENT = {"ReminderIsSet", "0x8503"}
# Groups that cannot be what they were: for each, whether it has to be named, and why.
GROUPS: Mapping[str, bool] = {
    "too large": True,  # more than 15,000 bytes
    "gone from the directory": True,  # an EX address that nobody knows
    "of a deleted contact": False,  # an address is left of the member, which is written
    "of a deleted group": True,  # nothing is left of the member
    "twice": False,  # a server keeps a member once
    "mixed": False,  # an EX address has become its SMTP address
    "another routing": False,
}


def mine() -> list[Seed]:
    """What the owner of the new mailbox has: of each kind, in folders of the same names, some of the same people."""
    return [
        Seed(
            "my friend",
            "Contact",
            told(DisplayName="my friend", GivenName="Zofia") | people_seeds.mails(("p0@example.net", "Zofia")),
            files=(people_seeds.PICTURE,),
            place=("Contacts", "Friends"),
        ),
        Seed("my Zofia", "Contact", told(DisplayName="my Zofia"), place=("Contacts", "Work")),
        group_seeds.group("my team", group_seeds.alone("mine@example.net")),
        Seed("my task", "Task", task_seeds.repeated("daily", "without end", "2030-01-01"), place=("Tasks", "Private")),
        note_seeds.note("my note\nof my own", place=("Notes", "Kitchen")),
    ]


def sample() -> list[Seed]:
    """One of each kind of each content."""
    return [
        *people_seeds.sample(BOB, UNKNOWN),
        *group_seeds.sample(BOB, UNKNOWN),
        *task_seeds.sample(),
        *note_seeds.notes(),
    ]


def is_past(seed_facts: Found, name: str) -> bool:
    """Whether the reminder of an item would ring at once."""
    return any(
        "ReminderDueBy>20" in one and one.partition("ReminderDueBy>")[2] < "2026-11"
        for facts in seed_facts[name]
        for one in facts.get("ReminderDueBy", [])
    )


def excused(there: Found, name: str, field: str, old: list[str] | None, new: list[str] | None) -> tuple[bool, bool]:
    """(whether a difference may be, whether it has to be named)."""
    kind, _, subject = name.partition(": ")
    if kind == "Task" and field in SILENT and is_past(there, name) and new and "false<" in new[0]:
        return True, False
    if kind == "Task" and field in ASSIGNMENT and new is None:
        return True, True
    if kind == "DistributionList" and field in ("Members", "", "DisplayName", "Subject"):
        base = subject.partition(" (")[0]
        return base in GROUPS or subject.startswith("too large"), GROUPS.get(base, subject.startswith("too large"))
    if kind == "Contact" and field == "EmailAddresses" and subject.startswith("EX "):
        return UNKNOWN not in str(new) and BOB not in str(new), subject == "EX unknown"
    return False, False


def judged(at: Moving) -> None:
    """Moves the seeds, judges what arrived, moves again, and takes all of it back."""
    there, reached = at.original(), at.there.expanded()
    done, again = at.migrate(), at.migrate()
    said = at.said(done)

    wrong = []
    for name, field, old, new in at.otherwise(there):
        may, named = excused(there, name, field, old, new)
        subject = name.partition(": ")[2].partition(" (")[0]
        if not may or (named and not any(f": {subject}" in line for line in said)):
            wrong.append((name, field, old, new))
    assert wrong == [], said
    for content in at.contents:
        counts = [at.counts(each, content) for each in (done, again)]
        assert [
            (one.found, one.copied, one.already_there, one.failed, one.left_out, one.changed) for one in counts
        ] == [
            (at.expected(content), at.expected(content), 0, 0, 0, 0),
            (at.expected(content), 0, at.expected(content), 0, 0, 0),
        ], (content, said)
    reaches(at, reached)
    back = at.at.roll_back(done.task_id)
    assert (back.state, back.rollback.kept) == (State.ROLLED_BACK, 0), at.said(back)
    assert at.new.emulator.dump(at.new.address) == at.before


def reaches(at: Moving, before: Mapping[str, set[str]]) -> None:
    """Each group reaches the people that it did; the parts of one that was split do so together."""
    after = at.here.expanded()
    renamed = {BOB: "bob@example.org"}
    for name, people in before.items():
        if "never" in name:
            continue
        now = set().union(*(each for other, each in after.items() if other == name or other.startswith(f"{name} (")))
        wanted = {renamed.get(one, one) for one in people} - {UNKNOWN}
        assert now - {UNKNOWN} == wanted, name


def test_all_that_no_server_computes_is_the_same(tmp_path: Path) -> None:
    """Each kind once, beside what their owner has. A second run copies nothing; a rollback leaves what was there."""
    with moving(tmp_path, sample(), mine=mine(), never=people_seeds.caches()) as at:
        judged(at)


def test_what_exchange_2010_has_is_the_same_on_2019(tmp_path: Path) -> None:
    """By what a client of 2010 sees of both."""
    with moving(tmp_path, sample(), mine=mine(), version="2010", asked="Exchange2010_SP1") as at:
        judged(at)


def test_members_refer_to_the_contacts_and_groups_of_the_new_mailbox(tmp_path: Path) -> None:
    """In a circle, too; to none that the owner had before, though it has the same address."""
    with moving(tmp_path, group_seeds.sample(BOB, UNKNOWN), mine=mine()) as at:
        at.migrate()
        found = at.arrived()

    refers = {
        name.partition(": ")[2]: sorted(one.rpartition("-> ")[2] for one in facts.get("Members", []) if "-> " in one)
        for name, [facts] in found.items()
        if name.startswith("DistributionList: ") and not name.endswith("same name")
    }
    assert refers["a top"] == ["b middle"]
    assert refers["b middle"] == ["c leaf", "Борис"]
    assert refers["c leaf"] == ["Zofia"]
    assert [refers[f"circle {one}"] for one in ("one", "two", "three")] == [
        ["circle two"],
        ["circle three"],
        ["circle one"],
    ]
    assert refers["itself"] == ["itself"]
    assert refers["mixed"] == ["Zofia", "Zofia", "c leaf", "ハル"]


@pytest.mark.parametrize("content", ITEMS)
def test_each_content_moves_by_itself(tmp_path: Path, content: Content) -> None:
    """Whoever ticks one gets that one; groups whose contacts do not move keep whom they reach."""
    seeds = [one for one in sample() if KINDS[one.kind] is content or one.kind == "Contact"]
    with moving(tmp_path, seeds, wanted=(content,)) as at:
        reached = at.there.expanded()
        done = at.migrate()

        counts = at.counts(done, content)
        assert (counts.found, counts.copied) == (at.expected(content),) * 2, at.said(done)
        kinds = {name.partition(": ")[0] for name in at.arrived()}
        assert kinds == {kind for kind, of in KINDS.items() if of is content}
        if content is Content.CONTACT_GROUPS:
            reaches(at, reached)


def cases() -> Iterator[Seed]:
    """An item of each kind, as small as can be."""
    yield Seed("Ann", "Contact", told(DisplayName="Ann") | people_seeds.mails(("ann@example.net", "Ann")))
    yield group_seeds.group("group", group_seeds.alone("x@example.net"))
    yield Seed("task", "Task", body("task"))
    yield note_seeds.note("note")


def test_what_is_never_to_move_stays_where_it_is(tmp_path: Path) -> None:
    """Caches, suggestions and the folders of services: nothing of them is found, and no such folder is made."""
    with moving(tmp_path, [*cases()], never=people_seeds.caches()) as at:
        folders = set(at.here.folders())
        done = at.migrate()

        assert not [name for name in at.here.all() if "never" in name]
        assert set(at.here.folders()) == folders
        assert sum(at.counts(done, one).found for one in at.contents) == len([*cases()])
