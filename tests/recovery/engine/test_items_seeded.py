"""Contacts, groups, tasks and notes that no client has written move from Exchange to Exchange; raw XML judges them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from emulators.exchange.people import directory
from engine.migration.content import Content
from engine.migration.record import Counts, State
from tests.servers.items import group_seeds, note_seeds, people_seeds, task_seeds
from tests.servers.items.judge import Found
from tests.servers.items.moving import ITEMS, KINDS, Moving, moving
from tests.servers.items.seeds import Seed, body, told

BOB = directory.ex_of("bob@example.org")
UNKNOWN = "/o=Gone/ou=Exchange/cn=Recipients/cn=dave"
# What only a server says of a task that was given to somebody (MS-OXWSTASK 2.2.4.3), and what requests are about:
# PidLidTaskState, PidLidTaskOwnership, PidLidTaskAcceptanceState ([MS-OXOTASK] 2.2.2.2).
ASSIGNMENT = {"AssignedTime", "DelegationState", "Delegator", "IsAssignmentEditable", "0x8113", "0x8129", "0x812a"}
# A reminder of what is past is silent; 0x8503 is PidLidReminderSet.
SILENT = {"ReminderIsSet", "0x8503"}
AS_FILES = {"an attached task", "an attached contact"}       # what is attached arrives as a file
# What 2016 brought, which docs/fidelity.md says is left behind; no schema of 2013 has it.
LATER = {
    "AccountName", "IsAutoUpdateDisabled", "Comment", "ContactType", "Gender", "Urls", "Cid", "SkypeAuthCertificate",
    "SkypeId", "YomiNickname",
}
# Groups that cannot be what they were: for each, whether it has to be named, and why.
GROUPS: Mapping[str, bool] = {
    "large": True,  # 500 addresses are more than
    "too large": True,  # more than 15,000 bytes
    "gone from the directory": True,  # an EX address that nobody knows
    "of a deleted contact": False,  # an address is left of the member, which is written
    "of a contact without an address": False,  # the same
    "of a deleted group": True,  # nothing is left of the member
    "itself": True,  # whoever creates it has nothing yet to refer to
    "circle one": True,  # one of the three, whichever it is
    "circle two": True,
    "circle three": True,
    "from the directory": False,  # where the directory does not know them, they are addresses
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


def excused(
    there: Found, name: str, field: str, old: list[str] | None, new: list[str] | None
) -> tuple[bool, bool]:
    """(whether a difference may be, whether it has to be named)."""
    kind, _, subject = name.partition(": ")
    if kind == "Task":
        return _of_task(there, name, field, new)
    if kind == "DistributionList" and field in ("Members", "", "DisplayName", "Subject"):
        base = subject.partition(" (")[0]
        return base in GROUPS, GROUPS.get(base, False)
    if kind == "Contact" and subject.endswith("newest"):
        return field in LATER or (field == "PhoneNumbers" and "IPPhone" in str(old)), False
    resolved = kind == "Contact" and field == "EmailAddresses" and subject.startswith("EX ")
    return resolved and old != new and UNKNOWN not in str(new) and BOB not in str(new), subject == "EX unknown"


def _of_task(there: Found, name: str, field: str, new: list[str] | None) -> tuple[bool, bool]:
    if field in SILENT:
        return is_past(there, name) and (not new or "false<" in new[0]), False
    if field in ASSIGNMENT:
        return new is None, True
    return field in ("files", "HasAttachments") and name.partition(": ")[2] in AS_FILES, True


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
        first, second = (at.counts(each, content) for each in (done, again))
        many, left = at.expected(content), first.left_out
        assert first == Counts(found=many + left, copied=many, left_out=left), (content, said)
        assert second == Counts(found=many + left, already_there=many, left_out=left), (content, at.said(again))
    assert sum(at.counts(done, one).left_out for one in at.contents) == len(at.never), said
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


def test_members_refer_to_the_contacts_and_groups_of_the_new_mailbox(tmp_path: Path) -> None:
    """In a circle, too; to none that the owner had before, though it has the same address."""
    with moving(tmp_path, group_seeds.sample(BOB, UNKNOWN), mine=mine()) as at:
        at.migrate()
        found = at.arrived()

    refers = {
        name.partition(": ")[2]: sorted(
            one.rpartition("-> ")[2] for one in each[0].get("Members", []) if "-> " in one
        )
        for name, each in found.items()
        if name.startswith("DistributionList: ")
    }
    assert refers["a top"] == ["b middle"]
    assert refers["b middle"] == ["c leaf", "Борис"]
    assert refers["c leaf"] == ["Zofia"]
    circle = [refers[f"circle {one}"] for one in ("one", "two", "three")]
    assert sum(one == [f"circle {after}"] for one, after in zip(circle, ("two", "three", "one"), strict=True)) == 2
    assert refers["mixed"] == ["Zofia", "Zofia", "c leaf", "ハル"]


def test_a_member_whose_contact_is_gone_is_nobody_else(tmp_path: Path) -> None:
    """Its address stays in the group; a group that is gone is named; no contact that is there stands in for either."""
    seeds = [*people_seeds.odd(BOB, UNKNOWN), *group_seeds.people(), *(
        one for one in group_seeds.sample(BOB, UNKNOWN) if one.name.startswith("of a ") or one.name == "Nadia")]
    with moving(tmp_path, seeds, wanted=(Content.CONTACTS, Content.CONTACT_GROUPS)) as at:
        done = at.migrate()
        found = at.arrived()

    stays = "stays@example.net | stays@example.net | SMTP | OneOff | Normal | "
    assert found["DistributionList: of a deleted contact"][0]["Members"] == [
        "Erin | erin@example.net | SMTP | OneOff | Normal | ", stays], at.said(done)
    assert found["DistributionList: of a contact without an address"][0]["Members"] == [
        "Nadia | nadia@example.net | SMTP | OneOff | Normal | ", stays]
    assert found["DistributionList: of a deleted group"][0]["Members"] == [stays]
    assert any("Old team" in line for line in at.said(done))


def test_items_arrive_in_the_folders_that_every_mailbox_has_whatever_language_their_owner_reads(tmp_path: Path) -> None:
    """With what lies below them; a second run and a rollback find them there."""
    names = {"contacts": "Kontakte", "tasks": "Aufgaben", "notes": "Notizen"}
    seeds = [*cases(), *people_seeds.filed(), *(replace(one, place=(*one.path, "Ordner")) for one in cases())]
    with moving(tmp_path, seeds) as at:
        there = at.original()
        at.old.emulator.name_folders(at.old.address, names)
        done, again = at.migrate(), at.migrate()

        assert at.otherwise(there) == [], at.said(done)
        assert [at.counts(again, one).copied for one in at.contents] == [0] * len(at.contents)
        assert at.at.roll_back(done.task_id).rollback.kept == 0
        assert at.new.emulator.dump(at.new.address) == at.before


@pytest.mark.parametrize("content", ITEMS)
def test_each_content_moves_by_itself(tmp_path: Path, content: Content) -> None:
    """Whoever ticks one gets that one; groups whose contacts do not move keep whom they reach."""
    contacts = people_seeds.sample(BOB, UNKNOWN)
    seeds = [*contacts, *group_seeds.sample(BOB, UNKNOWN)] if content is Content.CONTACT_GROUPS else [*cases()]
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
        assert [at.counts(done, one).copied for one in at.contents] == list(map(at.expected, at.contents))
        assert sum(at.counts(done, one).left_out for one in at.contents) == len(at.never), at.said(done)
        assert {path for path in map("/".join, people_seeds.CACHES) if not any(
            f"contacts: {path}: " in line for line in at.said(done))} == set()


def test_what_was_deleted_and_lies_among_mail_is_there_or_counted_in_the_report(tmp_path: Path) -> None:
    """A contact, a group, a task or a note that its owner has thrown away lies in Deleted Items itself."""
    seeds = [replace(one, place=("Deleted Items",)) for one in cases()]
    with moving(tmp_path, seeds, wanted=(Content.MAIL, *ITEMS)) as at:
        done = at.migrate()
        found = {one.subject for one in at.new.emulator.messages(at.new.address)}
        missing = {one.name for one in seeds} - found

        assert not missing or any(f"Deleted Items: {len(missing)} items: " in line for line in at.said(done))
        assert at.at.roll_back(done.task_id).rollback.kept == 0
        assert at.new.emulator.dump(at.new.address) == at.before
