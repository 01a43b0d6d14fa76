"""Google's contacts as they are read: each field where Exchange has one, all else readable in the notes, and named."""

from __future__ import annotations

from base64 import b64encode
from contextlib import suppress
from typing import Any

import pytest
from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.writing.fields import parsed
from engine.errors import RefusedError, RetryableError
from engine.migration.content import Content
from engine.ports.typed import TypedItem
from tests.servers.google.people import (
    JPEG,
    by_owner,
    by_profile,
    full,
    label,
    named,
    person,
    system,
)
from tests.servers.google.told import Account, Told

PEOPLE, LABELS, PHOTO = "/people/me/connections", "/contactGroups", "https://photos.example/7"
BODY = (
    "<p>Met in <b>Łódź</b></p><p>" + "<br>\n".join((
        "P.O. box (work): Box work", "P.O. box (home): Box home", "P.O. box (other): Box other",
        "Relation (referredBy): Ref", "Web page (home): https://home.example", "Web page (ftp): ftp://example.net",
        "Calendar (freeBusy): https://example.net/busy", "Gender: female", "Interests: stargazing, bread",
        "Language: fr-FR", "Location: Desk 4", "Id (account): a-1", "Id (customer): c-2", "Id (organization): o-3",
        "Id (network): n-4",
    )) + "</p>"
)
EXTENDED = f"{TYPES}ExtendedProperty"


def account(*people: dict[str, Any], labels: tuple[dict[str, Any], ...] = (), **more: Any) -> Account:
    """An account with those contacts and labels."""
    return Account(Told({PEOPLE: people, LABELS: labels}, **more))


def made(one: dict[str, Any], **more: Any) -> TypedItem:
    """The item that a contact becomes."""
    [found] = account(one, **more).items(Content.CONTACTS)
    return found


def words(item: TypedItem, name: str) -> str:
    """A field of an item; "" where it has none."""
    return parsed(item.element).findtext(f"{TYPES}{name}") or ""


def entries(item: TypedItem, name: str) -> dict[str, str]:
    """A dictionary of an item, the parts of each entry with a bar between."""
    return {str(one.get("Key")): "|".join(one.itertext()) for one in parsed(item.element).iterfind(f"{TYPES}{name}/*")}


def fields(item: TypedItem) -> dict[str, str]:
    """The plain fields of an item."""
    return {
        one.tag.removeprefix(TYPES): str(one.text) for one in parsed(item.element) if not len(one)
    }


def properties(item: TypedItem) -> dict[str, str]:
    """The MAPI properties of an item, by their numbers."""
    return dict(map(_property, parsed(item.element).iterchildren(EXTENDED)))


def _property(one: etree._Element) -> tuple[str, str]:
    known = one[0].get("PropertyTag") or f"{int(one[0].get('PropertyId') or 0):#06x}"
    return known, str(one[1].text)


def test_a_contact_of_every_field_has_each_where_exchange_keeps_it() -> None:
    """The report says nothing; what classic Outlook alone shows stands in the notes, too."""
    found = made(full(7), labels=(label("choir", "Choir"),), files={PHOTO: JPEG})

    assert fields(found) == {
        "Body": BODY, "FileAs": "Dr. Özlem M. Muster III",
        "DisplayName": "Dr. Özlem M. Muster III", "GivenName": "Özlem", "MiddleName": "M.", "Surname": "Muster",
        "Generation": "III", "Initials": "Ö.M.", "Nickname": "Ö", "CompanyName": "Contoso & Co", "JobTitle": "Chief",
        "Department": "R&D", "OfficeLocation": "B/12", "Profession": "Baker", "Birthday": "1975-06-01T11:59:00Z",
        "WeddingAnniversary": "2001-02-03T11:59:00Z", "SpouseName": "Sam", "Manager": "Max", "AssistantName": "Ann",
        "BusinessHomePage": "https://example.net/a?b=c", "Mileage": "12 km", "PostalAddressIndex": "Business",
    }
    assert entries(found, "EmailAddresses") == {
        "EmailAddress1": "o@example.net", "EmailAddress2": "o@home.example", "EmailAddress3": "o@club.example",
    }
    assert next(parsed(found.element).iterfind(f"{TYPES}EmailAddresses/*")).get("Name") == "Özlem <1>"
    assert list(entries(found, "PhoneNumbers")) == [
        "HomePhone", "HomePhone2", "BusinessPhone", "BusinessPhone2", "MobilePhone", "HomeFax", "BusinessFax",
        "OtherFax", "Pager", "PrimaryPhone", "OtherTelephone", "AssistantPhone", "Callback", "CarPhone",
        "CompanyMainPhone", "Isdn", "RadioPhone", "Telex", "TtyTddPhone",
    ]
    assert entries(found, "PhysicalAddresses") == {
        key: f"{kind} St. 1\n2nd floor|Lyon|ARA|France|69001"
        for key, kind in (("Business", "work"), ("Home", "home"), ("Other", "other"))
    }
    assert entries(found, "ImAddresses") == {f"ImAddress{at}": f"oezlem{at}" for at in (1, 2, 3)}
    assert "".join(parsed(found.element).find(f"{TYPES}Children").itertext()) == "KimBo"    # type: ignore[union-attr]  # it has them
    assert properties(found) == {
        "0x3a45": "Dr.", "0x802c": "Oezlem", "0x802d": "Mooster", "0x802e": "Kontoso", "0x3a5e": "Box home",
        "0x804a": "Box work", "0x3a64": "Box other", "0x80da": "FR", "0x80db": "FR", "0x80dc": "FR", "0x3a47": "Ref",
        "0x3a50": "https://home.example", "0x3a4c": "ftp://example.net", "0x3a4d": "1", "0x3a43": "stargazing, bread",
        "0x3a0c": "fr-FR", "0x3a0d": "Desk 4", "0x3a00": "a-1", "0x3a4a": "c-2", "0x3a10": "o-3", "0x3a49": "n-4",
        "0x80d8": "https://example.net/busy", "0x8535": "on the house", "0x804f": "user 1", "0x8050": "user 2",
        "0x8051": "user 3", "0x8052": "user 4",
    }
    assert (found.untold, len(found.attachments)) == ("", 1)


# What Exchange has no field for, or no further one; and the line of the notes that holds it.
UNPLACED = (
    ("emailAddresses", [{"value": f"{at}@x.example"} for at in (1, 2, 3)] + [{"value": "4@x.example", "type": "home"}],
     "E-mail address (home): 4@x.example"),
    ("phoneNumbers", [{"value": "1", "type": "mobile"}, {"value": "2", "type": "mobile"}], "Phone (mobile): 2"),
    ("phoneNumbers", [{"value": "1", "type": "other"}, {"value": "2", "type": "Ferienhaus"}], "Phone (Ferienhaus): 2"),
    ("phoneNumbers", [{"value": "1", "type": "workMobile"}, {"value": "2", "type": "mobile"}], "Phone (workMobile): 1"),
    ("addresses", [{"type": "home", "city": "A"}, {"type": "home", "formattedValue": "1 St.\nB", "city": "B"}],
     "Address (home): 1 St., B"),
    ("organizations", [{"name": "A"}, {"name": "B", "title": "Cook", "endDate": {"year": 2015}}],
     "Organization: B, Cook, to 2015"),
    ("organizations", [{"name": "A", "jobDescription": "bakes"}], "Job description: bakes"),
    ("birthdays", [{"date": {"month": 2, "day": 29}}], "Birthday: 29 February"),
    ("birthdays", [{"text": "in spring"}], "Birthday: in spring"),
    ("birthdays", [{"date": {"year": 1500, "month": 1, "day": 2}}], "Birthday: 2 January 1500"),
    ("events", [{"type": "other", "date": {"year": 2020, "month": 5, "day": 4}}], "Event (other): 4 May 2020"),
    ("relations", [{"type": "mother", "person": "Ma"}], "Relation (mother): Ma"),
    ("relations", [{"type": "manager", "person": "A"}, {"type": "manager", "person": "B"}], "Relation (manager): B"),
    ("urls", [{"value": "a"}, {"value": "b", "type": "blog"}], "Web page (blog): b"),
    ("imClients", [{"username": str(at)} for at in range(3)] + [{"username": "4", "protocol": "skype"}],
     "Instant messenger (skype): 4"),
    ("nicknames", [{"value": "Miller", "type": "MAIDEN_NAME"}], "Nickname (maiden name): Miller"),
    ("names", [{"givenName": "A", "phoneticMiddleName": "Em"}], "Middle name as it sounds: Em"),
    ("occupations", [{"value": "Baker"}, {"value": "Cook"}], "Occupation: Cook"),
    ("organizations", [{"name": "A"}, {"name": "Fabrikam", "phoneticName": "Faburikamu"}],
     "Organization: Fabrikam, sounds like Faburikamu"),
    ("addresses", [{"type": "home", "city": "Lyon"}, {"type": "home", "city": "Mons", "countryCode": "BE"}],
     "Address (home): Mons, BE"),
    ("names", [{"givenName": "A"}, {"phoneticFamilyName": "Satou", "phoneticGivenName": "Hanako"}],
     "Name as it sounds: Hanako Satou"),
    ("skills", [{"value": "diving"}], "Skill: diving"),
    ("userDefined", [{"key": "Shoe size", "value": "43"}], "Shoe size: 43"),
    ("externalIds", [{"type": "loginId", "value": "x"}], "Id (loginId): x"),
    ("calendarUrls", [{"type": "home", "url": "https://c.example"}], "Calendar (home): https://c.example"),
    ("genders", [{"value": "unspecified", "addressMeAs": "they"}], "Pronouns: they"),
    ("genders", [{"value": "none"}], "Gender: none"),
    ("miscKeywords", [{"type": "OUTLOOK_KEYWORD", "value": "k"}], "Keyword (keyword): k"),
)


@pytest.mark.parametrize(("name", "values", "line"), UNPLACED, ids=[each[2] for each in UNPLACED])
def test_what_has_no_field_stands_in_the_notes_and_in_the_report(
    name: str, values: list[dict[str, Any]], line: str
) -> None:
    """In a line of its own behind what the owner has written."""
    found = made(person(7, biographies=[{"value": "Hi"}], **{name: values}))

    assert words(found, "Body") == f"Hi\n\n{line}"
    assert found.untold == f"in its notes, for there is no field for it: {line}"


def test_what_a_field_cannot_say_of_its_value_stands_in_the_notes_alone() -> None:
    """The owner's own names of an address, and which service a messenger is of: nothing is lost, and nothing named."""
    found = made(person(
        7, emailAddresses=[{"value": "a@x.example", "type": "Band"}],
        imClients=[{"username": "ann", "protocol": "icq"}],
        phoneNumbers=[{"value": "1", "type": "Hut"}, {"value": "2", "type": "workMobile"}],
        relations=[{"person": "Sam", "type": "partner"}], addresses=[{"type": "Hut", "city": "Bern"}],
    ))

    assert words(found, "Body").splitlines() == [
        "E-mail address (Band): a@x.example", "Phone (Hut): 1", "Phone (workMobile): 2", "Address (Hut): Bern",
        "Instant messenger (icq): ann", "Relation (partner): Sam",
    ]
    assert entries(found, "PhoneNumbers") == {"OtherTelephone": "1", "MobilePhone": "2"}
    assert entries(found, "PhysicalAddresses") == {"Other": "Bern"}
    assert found.untold == ""


def test_the_lines_behind_notes_in_html_are_html() -> None:
    """With nothing in them taken for markup."""
    found = made(person(
        7, biographies=[{"value": "<html><body><b>Hi</b></body></html>", "contentType": "TEXT_HTML"}],
        skills=[{"value": "a < b"}],
    ))

    assert words(found, "Body") == "<html><body><b>Hi</b><p>Skill: a &lt; b</p></body></html>"


def test_the_primary_address_is_the_first_wherever_google_lists_it() -> None:
    """Google promises no order of what is in a field."""
    one = person(7, emailAddresses=[{"value": "b@x.example", **by_owner()}, {"value": "a@x.example", **by_owner(True)}])

    assert entries(made(one), "EmailAddresses") == {"EmailAddress1": "a@x.example", "EmailAddress2": "b@x.example"}


def test_what_a_profile_says_is_not_the_owner_s() -> None:
    """But for a name, where the contact has none; what the owner sees of it at Google is named."""
    one = person(
        7, names=[{"displayName": "Ann Ames", "givenName": "Ann", **by_profile()}],
        emailAddresses=[{"value": "a@x.example"}, {"value": "more@x.example", **by_profile()}],
        photos=[{"url": PHOTO, **by_profile()}],
    )
    found = made(one, files={PHOTO: JPEG})

    assert words(found, "DisplayName") == "Ann Ames"
    assert entries(found, "EmailAddresses") == {"EmailAddress1": "a@x.example"}
    assert found.attachments == ()
    assert found.untold == "what Google shows of it from the person's own profile is not carried: photo"


def test_whoever_has_no_name_is_called_by_what_there_is() -> None:
    """As in Google's list; the report calls them so, too."""
    there = account(person(7, emailAddresses=[{"value": "a@x.example"}]), person(8))
    reader = there.reader(Content.CONTACTS)
    [folder] = reader.folders().folders
    listed = [one.uid for one in reader.listing(folder)]

    assert words(next(iter(reader.read(folder, listed))), "DisplayName") == "a@x.example"
    assert [one.subject for one in reader.envelopes(folder, listed).values()] == ["a@x.example", "(no name)"]


def test_labels_are_categories_and_of_google_s_own_the_star() -> None:
    """My Contacts is no choice of anybody's; a comma would make two categories of one."""
    labels = (label("c", "Choir, old"), system("myContacts", "My Contacts"), system("starred", "Markiert"),
              system("blocked", "Blocked"))
    found = made(named(7, "Ann", labels=("starred", "c", "blocked", "gone")), labels=labels)

    assert [one.text for one in parsed(found.element).iterfind(f"{TYPES}Categories/*")] == ["Choir- old", "Markiert"]


@pytest.mark.parametrize(("content", "said"), [
    (b"", "could not be had"), (b"<html>", "no picture"), (RefusedError("too large"), "could not be had"),
])
def test_a_photo_that_is_not_to_be_had_is_named_and_costs_nothing_else(content: Any, said: str) -> None:
    """Neither the contact, nor the migration."""
    found = made(person(7, names=[{"displayName": "Ann"}], photos=[{"url": PHOTO}]), files={PHOTO: content})

    assert words(found, "DisplayName") == "Ann"
    assert (found.attachments, said in found.untold) == ((), True)


@pytest.mark.parametrize(("content", "kind"), [
    (b"\xff\xd8\xff\xe0", "image/jpeg"), (b"\x89PNG\r\n\x1a\n", "image/png"), (b"GIF89a", "image/gif"),
    (b"BM6", "image/bmp"), (b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
])
def test_a_photo_has_the_name_by_which_programs_look_for_it(content: bytes, kind: str) -> None:
    """Whatever its format, as [MS-OXOCNTC] 2.2.1.8.3 has it."""
    [one] = made(person(7, photos=[{"url": PHOTO}]), files={PHOTO: content}).attachments

    photo = parsed(one)
    assert [photo.findtext(f"{TYPES}{name}") for name in ("Name", "ContentType", "IsContactPhoto")] == [
        "ContactPicture.jpg", kind, "true"]


def test_a_photo_is_asked_for_in_the_largest_size_that_there_is() -> None:
    """The address that Google lists is that of a small one (people.v1, Photo.url); where that is all, it is taken."""
    large, small = b"\xff\xd8\xff large", b"\xff\xd8\xff small"
    who = person(7, photos=[{"url": PHOTO}])
    found = [made(who, files=files) for files in ({f"{PHOTO}?sz=720": large, PHOTO: small}, {PHOTO: small})]

    assert [b64encode(large) in one.attachments[0] for one in found] == [True, False]
    assert [b64encode(small) in one.attachments[0] for one in found] == [False, True]


def test_one_that_cannot_be_read_is_named_and_keeps_no_other_back() -> None:
    """Nor the groups."""
    good = (named(1, "Ann", "ann@x.example", labels=("c",)), named(2, "Bo"))
    odd: tuple[Any, ...] = ({"etag": "e", "metadata": {}}, {**named(3, "Cy"), "metadata": [], "memberships": "x"})
    choir = label("c", "Choir", 1)
    labels = ({"groupType": "USER_CONTACT_GROUP", "name": "x"}, {**label("d", "D"), "memberCount": "many"}, choir)
    there = account(*good, *odd, labels=labels, single={"/contactGroups:batchGet": {"responses": []}})
    reader = there.reader(Content.CONTACTS)
    [folder] = reader.folders().folders
    listed = [one.uid for one in reader.listing(folder)]
    items, read = reader.read(folder, listed), []
    with suppress(RefusedError):
        read.extend(words(one, "DisplayName") for one in items)
    with pytest.raises(RefusedError, match="cannot be read"):
        list(reader.read(folder, listed[2:]))
    groups = there.reader(Content.CONTACT_GROUPS)
    *odd_ones, known = [one.uid for one in groups.listing(folder)]
    [group] = groups.read(folder, [known])
    with pytest.raises(RefusedError, match="cannot be read"):
        list(groups.read(folder, odd_ones))

    assert (len(odd_ones), len(listed), read) == (2, 4, ["Ann", "Bo"])
    assert [one.name for one in group.members] == ["Ann"]


def test_in_which_order_addresses_are_listed_is_no_change_of_a_group() -> None:
    """Where none of them is the primary one."""
    def group(*addresses: str) -> TypedItem:
        source = {"metadata": {"source": {"type": "CONTACT", "id": "x"}}}
        ann = {**named(1, "Ann", labels=("c",)), "emailAddresses": [{"value": one, **source} for one in addresses]}
        there = account(ann, labels=(label("c", "Choir", 1),), single={"/contactGroups:batchGet": {"responses": []}})
        [found] = there.items(Content.CONTACT_GROUPS)
        return found

    one, other, another = group("a@x.example", "b@x.example"), group("b@x.example", "a@x.example"), group("a@x.example")
    assert [each.members[0].address for each in (one, other)] == ["a@x.example", "b@x.example"]
    assert one.theirs == other.theirs == another.theirs != group("c@x.example").theirs


def test_a_picture_that_google_made_up_is_none() -> None:
    """It is not even asked for."""
    there = account(person(7, photos=[{"url": PHOTO, "default": True}]))

    assert [(one.attachments, one.untold) for one in there.items(Content.CONTACTS)] == [((), "")]
    assert PHOTO not in [path for path, _ in there.told.asked]


def test_a_photo_that_google_keeps_back_is_asked_for_again_and_then_named() -> None:
    """The contact is never lost for it."""
    there = account(person(7, photos=[{"url": PHOTO}]), person(8), files={PHOTO: RetryableError("busy")})
    reader = there.reader(Content.CONTACTS)
    [folder] = reader.folders().folders
    listed = [one.uid for one in reader.listing(folder)]

    for _ in range(2):
        with pytest.raises(RetryableError):
            list(reader.read(folder, listed))
    assert ["could not be had" in one.untold for one in reader.read(folder, listed)] == [True, False]


def test_a_contact_is_known_again_when_a_profile_changes_its_resource_name() -> None:
    """By its id among the owner's contacts; and in another order of its fields nothing has changed."""
    one = full(7)
    other = one | {name: value[::-1] for name, value in one.items() if isinstance(value, list)}
    before, after = made(one), made(other | {"resourceName": "people/g99"})

    assert before.key == after.key
    assert before.theirs == after.theirs
    assert before.theirs != made(one | {"skills": [{"value": "diving"}]}).theirs


def test_everybody_is_asked_for_with_all_fields_and_whoever_has_very_many_addresses_alone() -> None:
    """A list tells 100 of each; what is asked for is what the discovery document allows."""
    many = person(7, emailAddresses=[{"value": f"{at}@x.example"} for at in range(100)])
    whole = person(7, emailAddresses=[{"value": f"{at}@x.example"} for at in range(101)])
    there = account(many, single={"/people/c7": whole})
    [found] = there.items(Content.CONTACTS)

    asked = there.told.query(PEOPLE)
    assert asked["pageSize"] == 1000
    assert "userDefined" in asked["personFields"].split(",")
    assert "100@x.example" in words(found, "Body")
    assert there.told.query("/people/c7") == {"personFields": asked["personFields"]}


def test_a_contact_counts_as_changed_where_one_of_its_labels_was() -> None:
    """A label may have another name by then; a contact of which Google tells no time is always looked at."""
    renamed = label("c", "Choir") | {"metadata": {"updateTime": "2026-09-01T00:00:00Z"}}
    untimed = person(8) | {"metadata": {}}
    there = account(named(7, "Ann", labels=("c",)), named(9, "Bo"), untimed, labels=(renamed,))
    reader = there.reader(Content.CONTACTS)
    [folder] = reader.folders().folders

    assert [one.modified for one in reader.listing(folder)] == [1788220800, 1775037600, 0]


def test_a_label_is_a_group_of_contacts_by_their_first_addresses() -> None:
    """Google tells no members unless it is asked for a number of them; who says so of themselves is one, too."""
    people = (named(1, "Bo", "bo@x.example", "bo2@x.example"), named(2, "Ann", "ann@x.example", labels=("c",)),
              named(3, "Nobody"), named(4, "Cy", "ask her sister", "cy@x.example", labels=("c",)))
    groups = (label("c", "Choir", 5), label("e", "Empty"), system("starred", "Starred"))
    members = {"memberResourceNames": ["people/c1", "people/c3", "people/x"]}
    told = {"responses": [{"contactGroup": groups[0] | members}]}
    there = account(*people, labels=groups, single={"/contactGroups:batchGet": told})
    choir, empty = there.items(Content.CONTACT_GROUPS)
    contacts = {one.key: one for one in there.items(Content.CONTACTS)}

    assert there.told.query("/contactGroups:batchGet") == {
        "resourceNames": ["contactGroups/c", "contactGroups/e"], "maxMembers": 5,
    }
    assert [(one.name, one.address, one.is_first, one.link.folder) for one in choir.members if one.link] == [
        ("Ann", "ann@x.example", True, "contacts"), ("Bo", "bo@x.example", True, "contacts"),
        ("Cy", "cy@x.example", False, "contacts"),
    ]
    assert {one.key for one in choir.links} <= set(contacts)
    assert choir.untold == (
        "one of its members is not among the contacts that Google lists, and is left out; "
        "its member “Nobody” has no address, and is left out"
    )
    assert (words(empty, "DisplayName"), empty.members, empty.untold) == ("Empty", (), "")
