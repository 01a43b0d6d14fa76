"""Whatever somebody changes of a contact, group, task or note, on either side, is noticed: no more, and no less."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from engine.connectors.exchange.soap import TYPES
from engine.migration.content import Content
from tests.servers.items import group_seeds, note_seeds, people_seeds, task_seeds
from tests.servers.items.judge import uri
from tests.servers.items.moving import KINDS, End, Moving, moving
from tests.servers.items.seeds import ADDRESS, NOTE, Seed, named, strings, told, users_field

Edit = Callable[[End, str], None]
FILE = "<t:FileAttachment><t:Name>late.txt</t:Name><t:Content>bGF0ZQ==</t:Content></t:FileAttachment>"
NOTHING = "nothing"


def _set(kind: str, *changes: tuple[str, str]) -> Edit:
    return lambda end, item: end.update(kind, item, *changes)


def _entry(kind: str, index: str, holder: str, inside: str) -> tuple[str, str]:
    where = f'<t:IndexedFieldURI FieldURI="contacts:{kind}" FieldIndex="{index}"/>'
    return where, f'<t:{holder}><t:Entry Key="{index}">{inside}</t:Entry></t:{holder}>'


def _property(path: str, kind: str, value: str) -> tuple[str, str]:
    field = uri(path, kind)
    return field, f"<t:ExtendedProperty>{field}<t:Value>{value}</t:Value></t:ExtendedProperty>"


def _attached(end: End, item: str) -> None:
    end.attach(item, FILE)


def _detached(end: End, item: str) -> None:
    end.detach(item)


def _photo(end: End, item: str) -> None:
    end.detach(item)
    content = b64encode(people_seeds.LARGE_PICTURE.content).decode()
    end.attach(
        item,
        "<t:FileAttachment><t:Name>ContactPicture.jpg</t:Name><t:IsContactPhoto>true</t:IsContactPhoto>"
        f"<t:Content>{content}</t:Content></t:FileAttachment>",
    )


def _element(name: str, value: str) -> str:
    return told(**{name: value})[name]


def _contact(name: str, value: str) -> Edit:
    return _set("Contact", (f"contacts:{name}", _element(name, value) if value else ""))


# Of every element that edits are of: what is in common.
CATEGORIES = ("item:Categories", "<t:Categories><t:String>Edited</t:String></t:Categories>")
BODY = ("item:Body", '<t:Body BodyType="Text">Edited</t:Body>')
PRIVATE = ("item:Sensitivity", "<t:Sensitivity>Confidential</t:Sensitivity>")
CONTACTS: dict[str, Edit] = {
    "given name": _contact("GivenName", "Edited"),
    "no company": _contact("CompanyName", ""),
    "job": _contact("JobTitle", "Edited"),
    "birthday": _contact("Birthday", "1980-01-02T00:00:00Z"),
    "no anniversary": _contact("WeddingAnniversary", ""),
    "filed": _contact("FileAs", "Edited, too"),
    "children": _set("Contact", ("contacts:Children", strings("Children", "Edited")["Children"])),
    "mail": _set("Contact", _entry("EmailAddress", "EmailAddress1", "EmailAddresses", "edited@example.net")),
    "third mail": _set("Contact", _entry("EmailAddress", "EmailAddress3", "EmailAddresses", "edited@example.net")),
    "no second mail": _set("Contact", (_entry("EmailAddress", "EmailAddress2", "", "")[0], "")),
    "phone": _set("Contact", _entry("PhoneNumber", "CarPhone", "PhoneNumbers", "edited")),
    "no phone": _set("Contact", (_entry("PhoneNumber", "Pager", "", "")[0], "")),
    "town": _set("Contact", _entry("PhysicalAddress:City", "Home", "PhysicalAddresses", "<t:City>Edited</t:City>")),
    "chat": _set("Contact", _entry("ImAddress", "ImAddress2", "ImAddresses", "edited")),
    "notes": _set("Contact", BODY),
    "no notes": _set("Contact", ("item:Body", "")),
    "categories": _set("Contact", CATEGORIES),
    "private": _set("Contact", PRIVATE),
    "hobbies": _set("Contact", _property("tag:0x3a43", "String", "Edited")),
    "title": _set("Contact", _property("tag:0x3a45", "String", "Edited")),
    "user field": _set("Contact", _property(named(ADDRESS, 0x804F), "String", "Edited")),
    "photo": _photo,
    "no photo": _detached,
    "one file more": _attached,
}
TASKS: dict[str, Edit] = {
    "subject": _set("Task", ("item:Subject", "<t:Subject>subject, edited</t:Subject>")),
    "due": _set("Task", ("task:DueDate", _element("DueDate", "2030-12-24T00:00:00Z"))),
    "no start": _set("Task", ("task:StartDate", "")),
    "percent": _set("Task", ("task:PercentComplete", _element("PercentComplete", "70"))),
    "waits": _set("Task", ("task:Status", _element("Status", "WaitingOnOthers"))),
    "done": _set("Task", ("task:Status", _element("Status", "Completed"))),
    "work": _set("Task", ("task:ActualWork", _element("ActualWork", "7"))),
    "bill": _set("Task", ("task:BillingInformation", _element("BillingInformation", "Edited"))),
    "text": _set("Task", BODY),
    "labels": _set("Task", CATEGORIES),
    "personal": _set("Task", ("item:Sensitivity", "<t:Sensitivity>Personal</t:Sensitivity>")),
    "rings at another time": _set("Task", ("item:ReminderDueBy", _element("ReminderDueBy", "2029-01-01T00:00:00Z"))),
    "recurs": _set(
        "Task", ("task:Recurrence", task_seeds.repeated("weekly", "without end", "2030-01-15")["Recurrence"])
    ),
    "a field of a user": _set("Task", _property(users_field("Customer number"), "String", "Edited")),
    "another file": _attached,
    "no file": _detached,
}
NOTES: dict[str, Edit] = {
    "words": _set("Message", BODY),
    "marks": _set("Message", CATEGORIES),
    "colour": _set("Message", _property(named(NOTE, 0x8B00), "Integer", "1")),
}


def _member(address: str) -> str:
    inside = f"<t:Name>{address}</t:Name><t:EmailAddress>{address}</t:EmailAddress>"
    return f"<t:Members><t:Member><t:Mailbox>{inside}</t:Mailbox></t:Member></t:Members>"


def _joins(end: End, item: str) -> None:
    """Somebody is added."""
    end.append("DistributionList", item, "distributionlist:Members", _member("added@example.net"))


def _leaves(end: End, item: str) -> None:
    """The first member is taken away."""
    key = next(iter(end.shown(item).iter(f"{TYPES}Member"))).get("Key")
    end.update(
        "DistributionList",
        item,
        (f'<t:IndexedFieldURI FieldURI="distributionlist:Members:Member" FieldIndex="{key}"/>', ""),
    )


GROUPS: dict[str, Edit] = {
    "somebody joins": _joins,
    "somebody leaves": _leaves,
    "notes on it": _set("DistributionList", BODY),
    "its categories": _set("DistributionList", CATEGORIES),
    "another name": _set("DistributionList", ("contacts:DisplayName", _element("DisplayName", "another name, edited"))),
}
EDITS = {"Contact": CONTACTS, "DistributionList": GROUPS, "Task": TASKS, "Message": NOTES}
# What follows from programs and assistants, and is no edit of the owner's ([MS-OXOCNTC] 2.2.1.9: linked contacts).
MACHINES: dict[str, dict[str, Edit]] = {
    "Contact": {
        "linked": _set(
            "Contact",
            _property(named(ADDRESS, 0x80E0), "Boolean", "true"),
            _property(named(ADDRESS, 0x80E6), "Integer", "1"),
        )
    },
    "Task": {"dismissed": _set("Task", ("item:ReminderIsSet", "<t:ReminderIsSet>false</t:ReminderIsSet>"))},
    "DistributionList": {},
    "Message": {},
}


def seeds() -> Iterator[Seed]:
    """An item for each edit, and of each kind one that nobody edits."""
    full, task = people_seeds.full(0), task_seeds.full(0)
    for name in (*CONTACTS, *MACHINES["Contact"], NOTHING):
        yield replace(full, name=name, elements={**full.elements, **told(DisplayName=name)})
    for name in (*GROUPS, f"{NOTHING} of it"):
        yield group_seeds.group(name, group_seeds.alone("a@example.net"), group_seeds.alone("b@example.net"))
    for name in (*TASKS, *MACHINES["Task"], f"{NOTHING} to do"):
        yield replace(task, name=name)
    for name in (*NOTES, f"{NOTHING} noted"):
        yield note_seeds.note(f"{name}\nwords")


def edit(end: End, ids: dict[str, dict[str, list[str]]]) -> None:
    """Edits each item otherwise; what programs do, too."""
    for kind, edits in EDITS.items():
        for name, change in (edits | MACHINES[kind]).items():
            [item] = ids[kind][name]
            change(end, item)


def ids_of(at: Moving) -> tuple[dict[str, dict[str, list[str]]], dict[str, dict[str, list[str]]]]:
    """The ids of all items on both sides, by kind and subject."""
    return ({kind: at.there.named(kind) for kind in EDITS}, {kind: at.here.named(kind) for kind in EDITS})


def _of(content: Content) -> set[str]:
    return {name for kind, edits in EDITS.items() if KINDS[kind] is content for name in edits}


def test_any_field_that_somebody_edits_at_the_source_is_noticed(tmp_path: Path) -> None:
    """It counts as changed and is named; nothing is copied again; what programs do is no change."""
    with moving(tmp_path, [*seeds()]) as at:
        at.migrate()
        before = at.new.emulator.dump(at.new.address)
        edit(at.old, ids_of(at)[0])
        again = at.migrate()

        for content in at.contents:
            counts = at.counts(again, content)
            said = {line.item for line in at.lines(again) if line.content is content}
            missed = {name for name in _of(content) if not any(name in one for one in said)}
            assert missed == set(), said
            assert (counts.copied, counts.already_there, counts.changed) == (
                0,
                at.expected(content),
                len(_of(content)),
            ), said
        assert not any(NOTHING in line or "linked" in line or "dismissed" in line for line in at.said(again))
        assert at.new.emulator.dump(at.new.address) == before


def test_what_its_owner_edited_stays_at_a_rollback_and_is_named(tmp_path: Path) -> None:
    """A group to which somebody was added, too; what programs do is no edit."""
    with moving(tmp_path, [*seeds()]) as at:
        done = at.migrate()
        ids = ids_of(at)[1]
        edit(at.new, ids)
        back = at.at.roll_back(done.task_id)
        left = {kind: at.here.named(kind) for kind in EDITS}
        said = at.said(back)

        for kind, edits in EDITS.items():
            stay = {ids[kind][name][0] for name in edits}
            assert {one for each in left[kind].values() for one in each} == stay, (kind, left[kind])
        wanted = sum(map(len, EDITS.values()))
        assert (back.rollback.removed, back.rollback.kept) == (len([*seeds()]) - wanted, wanted), said
        kept = [line for line in said if "changed since the migration" in line and "so it stays" in line]
        assert len(kept) == wanted, kept
        assert {
            name for edits in EDITS.values() for name in edits if not any(f": {name}" in line for line in kept)
        } == set()


def test_a_group_to_which_its_owner_added_somebody_keeps_everybody(tmp_path: Path) -> None:
    """The contacts that it refers to go with the rollback; their addresses stay in the group."""
    people = group_seeds.people()
    team = group_seeds.group(
        "team", group_seeds.contact("Zofia"), group_seeds.contact("Борис"), group_seeds.alone("x@example.net")
    )
    with moving(tmp_path, [*people, team], wanted=(Content.CONTACTS, Content.CONTACT_GROUPS)) as at:
        done = at.migrate()
        [item] = at.here.named("DistributionList")["team"]
        _joins(at.new, item)
        back = at.at.roll_back(done.task_id)

        assert at.here.expanded() == {
            "team": {"p0@example.net", "p1@example.net", "x@example.net", "added@example.net"}
        }
        assert back.rollback.kept == 1
        assert any("contact groups: " in line and ": team" in line for line in at.said(back)), at.said(back)


def test_what_changed_of_a_contact_is_not_a_change_of_the_groups_that_refer_to_it(tmp_path: Path) -> None:
    """A second run names the contact, not the group; a contact that is new joins no group by itself."""
    team = group_seeds.group("team", group_seeds.contact("Zofia"))
    with moving(tmp_path, [*group_seeds.people(), team], wanted=(Content.CONTACTS, Content.CONTACT_GROUPS)) as at:
        at.migrate()
        [item] = at.there.named("Contact")["Zofia"]
        at.old.update("Contact", item, ("contacts:JobTitle", "<t:JobTitle>Edited</t:JobTitle>"))
        again = at.migrate()

        assert at.counts(again, Content.CONTACTS).changed == 1
        assert at.counts(again, Content.CONTACT_GROUPS).changed == 0
