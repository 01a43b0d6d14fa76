"""Contacts move from one Exchange mailbox to another, and back."""

from __future__ import annotations

import struct
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path

import pytest

from emulators.exchange.settings import VersionName
from engine.connectors.exchange.soap import TYPES
from engine.contents import CONTENTS, contents
from engine.items.report.lines import OF_ANOTHER_KIND
from engine.migration.content import Content
from engine.migration.record import Counts, Migration, State
from tests.servers.exchange.contacts import PHOTO, USER_FIELDS, Cards, defined, full, plain, user_field
from tests.servers.exchange.pair import OLD, OUR_TAG, SOMEONES, Pair, named, pair_of, put, said, tagged

TOP = '<t:DistinguishedFolderId Id="msgfolderroot"/>'
TABLE = contents(CONTENTS[Content.CONTACTS])
NEVER = (
    "Companies", "GAL Contacts", "Organizational Contacts", "PeopleCentricConversation Buddies", "Recipient Cache",
    "{06967759-274D-40B2-A3EB-D7F9E73727D7}", "{A9E2BC46-B3A0-4243-B315-60D991004455}", "ExternalContacts",
    "PersonMetadata", "Suggested Contacts",
)


@pytest.fixture(params=("2010", "2019"))
def either(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Pair]:
    """A mailbox that is left, on the oldest server or on a new one, and the one that it moves to."""
    version: VersionName = request.param
    with pair_of(tmp_path, version, contents=TABLE) as made:
        yield made


@pytest.fixture
def pair(tmp_path: Path) -> Iterator[Pair]:
    """A mailbox that is left, on a new server, and the one that it moves to."""
    with pair_of(tmp_path, "2019", contents=TABLE) as made:
        yield made


def moved(pair: Pair) -> Migration:
    done = pair.at.migrate("old")
    assert done.state is State.COMPLETED, said(pair, done.task_id)
    return done


def counts(done: Migration) -> Counts:
    return done.step(Content.CONTACTS).counts


def test_a_contact_of_every_field_is_the_same_in_the_new_mailbox(either: Pair) -> None:
    """By raw XML: names, addresses, days, notes, photo, files and what Outlook keeps beside the fields."""
    old, new = Cards(either.old), Cards(either.new)
    old.put(full("Ärne"))
    old.put(plain("Plain", before="<t:FileAsMapping>LastCommaFirst</t:FileAsMapping>"))

    done = moved(either)

    assert counts(done) == Counts(2, 2, changed=0, removed_at_source=0)
    assert new.all_facts() == old.all_facts()
    assert said(either, done.task_id) == []


def test_fields_that_an_owner_has_defined_move_with_their_definitions(either: Pair) -> None:
    """Of every type, by the names that Outlook has noted; what is not noted, or another program's, stays."""
    old, new = Cards(either.old), Cards(either.new)
    old.put(plain("Ann", before=defined()))
    old.put(plain("Bo", before=SOMEONES + user_field("Share", "Double", "0.25")))

    moved(either)

    copies = {one.subject: str(one.extended) for one in either.at.messages()}
    assert all(name in copies["Ann"] and value in copies["Ann"] for name, *_, value in USER_FIELDS)
    assert [facts for facts in new.all_facts() if "Ann" in str(facts)] == [
        facts for facts in old.all_facts() if "Ann" in str(facts)
    ]
    assert "Share" not in copies["Bo"]
    assert "Theirs" not in copies["Bo"]


def test_a_field_of_an_owner_s_own_that_they_filled_in_anew_stays_at_a_rollback(pair: Pair) -> None:
    """As any other that they changed."""
    Cards(pair.old).put(plain("Ann", before=defined()))
    done = moved(pair)
    new = Cards(pair.new)
    property_ = user_field("Favourite", "String", "Wine")
    path = property_.partition("<t:Value>")[0].removeprefix("<t:ExtendedProperty>")
    new.set(new.ids()[0], path, property_)

    assert pair.at.roll_back(done.task_id).rollback.kept == 1


def test_contacts_move_once_and_back_with_their_folders(either: Pair) -> None:
    """The standard folder finds its own, whatever its language; others are made below it. Nothing the second time."""
    old, new = Cards(either.old), Cards(either.new)
    either.at.emulator.name_folders(either.at.address, {"contacts": "Kontakte"})
    mine = [new.put(plain("Mine")), Cards(either.new, new.new_folder("Clients")).put(plain("My own client"))]
    work = Cards(either.old, old.new_folder("Work"))
    clients = Cards(either.old, Cards(either.old, work.folder).new_folder("Clients"))
    for cards, name in ((old, "Ann"), (work, "Bo"), (clients, "Cy"), (Cards(either.old, old.new_folder("Empty")), "")):
        cards.put(plain(name)) if name else None
    before, here = either.left.dump(), either.at.emulator.dump()

    first, again = moved(either), moved(either)

    assert counts(first) == Counts(3, 3, changed=0, removed_at_source=0)
    assert counts(again) == Counts(3, 0, 3, changed=0, removed_at_source=0)
    assert places(either) == {
        "Mine": ("Kontakte",), "My own client": ("Kontakte", "Clients"), "Ann": ("Kontakte",),
        "Bo": ("Kontakte", "Work"), "Cy": ("Kontakte", "Work", "Clients"),
    }
    assert [line for task in (first, again) for line in said(either, task.task_id)] == []
    assert either.left.dump() == before
    for task in (again, first):
        assert either.at.roll_back(task.task_id).state is State.ROLLED_BACK
    assert either.at.emulator.dump() == here
    assert set(places(either)) == {"Mine", "My own client"}
    assert len(mine) == 2


def places(pair: Pair) -> dict[str, tuple[str, ...]]:
    """Where each contact of the new mailbox lies."""
    return {one.subject: one.folder for one in pair.at.messages()}


def test_what_changed_at_the_source_is_counted_and_named(pair: Pair) -> None:
    """One that was changed, and one that was removed; the copies stay as they were."""
    old, new = Cards(pair.old), Cards(pair.new)
    changed, gone, _ = (old.put(plain(name)) for name in ("Ann", "Bo", "Cy"))
    moved(pair)
    copies = new.all_facts()
    old.note(changed, "She moved to Lyon")
    old.delete(gone)

    again = moved(pair)

    assert counts(again) == Counts(2, 0, 2, changed=1, removed_at_source=1)
    assert new.all_facts() == copies
    words = said(pair, again.task_id)
    assert any(line.startswith("Contacts: Ann (1 kB): changed at the source since") for line in words)
    assert any("removed at the source since" in line for line in words)


@pytest.mark.parametrize("what", ["note", "rename", "phone", "photo", "hobbies"])
def test_a_rollback_keeps_and_names_what_its_owner_has_changed(pair: Pair, what: str) -> None:
    """Whatever of it that was; the other one is gone."""
    old, new = Cards(pair.old), Cards(pair.new)
    old.put(full("Ann"))
    old.put(plain("Bo"))
    done = moved(pair)
    [mine] = [one.item_id for one in pair.at.messages() if one.subject == "Not its name"]
    edit(new, mine, what)

    back = pair.at.roll_back(done.task_id)

    assert back.rollback.removed == 1
    assert [one.subject for one in pair.at.messages()] == ["Not its name"]
    assert any("Not its name" in line and "changed" in line for line in said(pair, done.task_id))


def edit(cards: Cards, item_id: str, what: str) -> None:
    """The owner's hand."""
    match what:
        case "note":
            cards.note(item_id, "my own words")
        case "rename":
            cards.rename(item_id, "Anna")
        case "phone":
            path = '<t:IndexedFieldURI FieldURI="contacts:PhoneNumber" FieldIndex="HomePhone"/>'
            cards.set(item_id, path, '<t:PhoneNumbers><t:Entry Key="HomePhone">1</t:Entry></t:PhoneNumbers>')
        case "photo":
            cards.done(
                f'<m:CreateAttachment><m:ParentItemId Id="{item_id}"/><m:Attachments>{PHOTO}</m:Attachments>'
                "</m:CreateAttachment>"
            )
        case "hobbies":
            path = '<t:ExtendedFieldURI PropertyTag="0x3A43" PropertyType="String"/>'
            cards.set(item_id, path, tagged("0x3A43", "String", "Chess"))


def test_a_contact_in_which_a_program_wrote_without_its_owner_is_taken_back(pair: Pair) -> None:
    """A dismissed reminder, a flag, a link between contacts and a name that a server gave its address are no work."""
    old, new = Cards(pair.old), Cards(pair.new)
    old.put(plain("Ann"))
    done = moved(pair)
    [copy] = new.ids()
    for number, kind, value in ((0x8503, "Boolean", "false"), (0x8530, "String", "Follow up")):
        path = named("Common", number, kind, value).partition("<t:Value>")[0].removeprefix("<t:ExtendedProperty>")
        new.set(copy, path, named("Common", number, kind, value))

    back = pair.at.roll_back(done.task_id)

    assert (back.rollback.removed, back.rollback.kept) == (1, 0)
    assert pair.at.messages() == []


def test_contact_groups_among_contacts_are_not_counted_and_not_left_unnamed(pair: Pair) -> None:
    """A migration that does not move them says how many stay, and where; mail among contacts is named as before."""
    old = Cards(pair.old)
    old.put(plain("Ann"))
    old.put("<t:DisplayName>Team</t:DisplayName>", "DistributionList")
    put(pair, "filed here", old.folder_id())

    done = moved(pair)

    assert counts(done) == Counts(2, 1, left_out=1, changed=0, removed_at_source=0)
    assert [one.subject for one in pair.at.messages()] == ["Ann"]
    assert said(pair, done.task_id) == [
        f"Contacts: 1 item: {OF_ANOTHER_KIND}",
        "Contacts: 1 contact group: this migration does not move contact groups",
    ]


def test_what_programs_keep_among_the_contacts_never_moves_and_is_named(pair: Pair) -> None:
    """Suggestions, copies of the directory, buddies: by class or distinguished id, in whatever language."""
    old = Cards(pair.old)
    pair.left.add_system_folders(OLD)
    old.put(plain("Ann"))
    caches = {name: folder for name, folder in old.folders().items() if name in NEVER}
    for name, folder in caches.items():
        Cards(pair.old, folder).put(plain(f"Cached {name[:5]}"))

    done = moved(pair)

    assert len(caches) == len(NEVER)
    assert counts(done) == Counts(1 + len(NEVER), 1, left_out=len(NEVER), changed=0, removed_at_source=0)
    assert [one.subject for one in pair.at.messages()] == ["Ann"]
    words = said(pair, done.task_id)
    assert all(any(name in line and "1 contact:" in line for line in words) for name in NEVER)
    assert len(words) == len(NEVER)


@pytest.mark.parametrize("where", ["inbox", "msgfolderroot"])
def test_what_outlook_suggests_stays_in_whatever_language(either: Pair, where: str) -> None:
    """Outlook notes the folder by its entry id, beside others that it made."""
    old = Cards(either.old)
    suggested = Cards(either.old, Cards(either.old, TOP).new_folder("Vorgeschlagene Kontakte", "IPF.Contact"))
    other = Cards(either.old, Cards(either.old, TOP).new_folder("Vorschläge", "IPF.Contact"))
    suggested.put(plain("Guessed"))
    other.put(plain("Ann"))
    old.set_folder(where, tagged("0x36D9", "Binary", noted(b"x" * 30, suggested.entry_id(), b"")))

    done = moved(either)

    assert [one.subject for one in either.at.messages()] == ["Ann"]
    assert said(either, done.task_id) == [
        "Vorgeschlagene Kontakte: 1 contact: addresses that mail programs remember by themselves; they are nobody's"
        " contacts",
    ]


def noted(*entries: bytes) -> str:
    """PidTagAdditionalRenEntryIdsEx with the folders of RSS, of suggestions, and one that nobody knows."""
    blocks = b""
    for number, entry in zip((0x8001, 0x8008, 0x8FFF), entries, strict=True):
        elements = struct.pack("<HH", 2, 4) + bytes(4) + struct.pack("<HH", 1, len(entry)) + entry
        blocks += struct.pack("<HH", number, len(elements)) + elements
    return b64encode(blocks + bytes(4)).decode()


FLAGS = {
    "both dates": "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus><t:StartDate>2030-01-02T00:00:00Z</t:StartDate>"
                  "<t:DueDate>2030-01-03T00:00:00Z</t:DueDate></t:Flag>",
    "no date": "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag>",
    "done": "<t:Flag><t:FlagStatus>Complete</t:FlagStatus><t:CompleteDate>2020-01-03T00:00:00Z</t:CompleteDate>"
            "</t:Flag>",
    "due alone": tagged("0x1090", "Integer", "2") + named("Task", 0x8105, "SystemTime", "2030-06-02T00:00:00Z"),
    "none": "",
}


@pytest.mark.parametrize("flag", FLAGS)
def test_a_flag_for_follow_up_keeps_its_dates(pair: Pair, flag: str) -> None:
    """Whichever of them it has."""
    old, new = (Cards(mailbox, version=b"Exchange2013") for mailbox in (pair.old, pair.new))
    asks = named("Common", 0x8530, "String", "Call")
    old.put(plain("Ann", before=f"{asks}{FLAGS[flag]}"))

    moved(pair)

    assert new.all_facts() == old.all_facts()


@pytest.mark.parametrize(("rings", "still"), [("2020-01-01T08:00:00Z", "false"), ("2044-01-01T08:00:00Z", "true")])
def test_a_reminder_of_what_is_past_keeps_silent(pair: Pair, rings: str, still: str) -> None:
    """One that is yet to come rings."""
    reminder = named("Common", 0x8503, "Boolean", "true") + named("Common", 0x8560, "SystemTime", rings)
    Cards(pair.old).put(plain("Ann", before=reminder))

    moved(pair)

    [copy] = pair.at.messages()
    told = {path.rpartition(":")[2]: value for path, value in copy.extended.items()}
    assert told[str(0x8503)] == still
    assert (str(0x8560) in told) == (still == "true")


def test_addresses_that_only_the_old_organization_knows_become_addresses_of_mail(pair: Pair) -> None:
    """By its directory, else as Outlook has noted them; the names stay. Who is not known stays, and is named."""
    pair.left.add_mailbox("bob@example.org", password="x")
    [bob] = pair.left.ex_addresses("bob@example.org")
    Cards(pair.old).put(plain("Ann").replace(
        '<t:Entry Key="EmailAddress1">ann@example.net</t:Entry>',
        f'<t:Entry Key="EmailAddress1" Name="Bob B." RoutingType="EX">{bob}</t:Entry>'
        '<t:Entry Key="EmailAddress2" Name="Cy" RoutingType="EX">/o=Old/cn=cy</t:Entry>'
        '<t:Entry Key="EmailAddress3" Name="Di" RoutingType="EX">/o=Old/cn=di</t:Entry>',
    ).replace("<t:DisplayName>", named("Address", 0x8094, "String", "cy@example.org") + "<t:DisplayName>"))

    done = moved(pair)

    new = Cards(pair.new)
    entries = [(one.get("Name"), one.get("RoutingType"), one.text)
               for one in new.shown(new.ids()[0]).iterfind(f"{TYPES}EmailAddresses/{TYPES}Entry")]
    assert entries == [
        ("Bob B.", "SMTP", "bob@example.org"), ("Cy", "SMTP", "cy@example.org"), ("Di", "EX", "/o=Old/cn=di"),
    ]
    assert said(pair, done.task_id) == [
        "Contacts: Ann (1 kB): no address of mail is known of its e-mail address Di, which only the old organization"
        " knows",
    ]
    assert pair.at.roll_back(done.task_id).rollback.kept == 0


@pytest.mark.parametrize(("inside", "called"), [
    ("<t:CompanyName>Contoso</t:CompanyName>", "Contoso"),
    ("<t:DisplayName>Ann</t:DisplayName><t:CompanyName>Contoso</t:CompanyName>", "Ann (Contoso"),
    ('<t:PhoneNumbers><t:Entry Key="HomePhone">+49 1</t:Entry></t:PhoneNumbers>', "+49 1"),
    ('<t:Body BodyType="Text">Only words</t:Body>', "(no name)"),
])
def test_a_contact_is_called_by_what_tells_it_from_others(pair: Pair, inside: str, called: str) -> None:
    """Its name, or else the first thing that is known of it."""
    old = Cards(pair.old)
    there = old.put(inside)
    moved(pair)
    old.set(there, '<t:FieldURI FieldURI="contacts:JobTitle"/>', "<t:JobTitle>Chief</t:JobTitle>")

    [line] = said(pair, moved(pair).task_id)

    assert line.startswith(f"Contacts: {called}")


def test_a_contact_without_a_name_that_stays_at_a_rollback_is_called_by_its_company(pair: Pair) -> None:
    """Its owner would not know it by "no subject"."""
    Cards(pair.old).put("<t:CompanyName>Contoso</t:CompanyName>")
    done = moved(pair)
    new = Cards(pair.new)
    new.note(new.ids()[0], "my own words")

    pair.at.roll_back(done.task_id)

    [line] = said(pair, done.task_id)
    assert line.startswith("Contacts: Contoso: changed since the migration")


def test_a_copy_carries_neither_an_earlier_tag_nor_what_some_program_left(pair: Pair) -> None:
    """The mailbox that is left was moved to once."""
    old, new = Cards(pair.old), Cards(pair.new)
    old.put(plain("Ann", before=f"{OUR_TAG}{SOMEONES}"))

    moved(pair)

    [copy] = pair.at.messages()
    assert len(new.ids()) == 1
    assert "7K2F9QXD" not in str(copy.extended)
    assert "Theirs" not in str(copy.extended)
