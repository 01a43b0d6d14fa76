"""What filters and sort orders compare: numbers, bits, and words with capitals (pages of the elements)."""

import pytest

from emulators.exchange import ExchangeEmulator

from .calendars import HOUR
from .calendars import create as appointments
from .people import compared, contact, create, equal, extended, field, find, made, put, update, uri, values
from .soap import Mailbox, reference

MINE = 'DistinguishedPropertySetId="PublicStrings" PropertyName="Mine"'
SUBJECT = field("item:Subject")


def excluding(path: str, mask: str = "1") -> str:
    """An Excludes."""
    return f'<t:Excludes>{path}<t:Bitmask Value="{mask}"/></t:Excludes>'


def having(mailbox: Mailbox, kind: str, *values: str) -> None:
    """Contacts that are named after the value that they have in a property of this type, and one that has none."""
    for value in values:
        contact(mailbox, f"{extended(MINE, value, kind)}<t:GivenName>{value}</t:GivenName>")
    contact(mailbox, "<t:GivenName>none</t:GivenName>")


def found(mailbox: Mailbox, restriction: str = "", order: str = "") -> list[str]:
    """The names of contacts, in order."""
    return mailbox.call(find("contacts", restriction, order, ["contacts:GivenName"])).ok().texts(".//t:GivenName")


@pytest.mark.parametrize("kind", ["Double", "Float", "ApplicationTime", "Integer", "Long", "Currency"])
def test_the_page_isgreaterthan_numbers_are_compared_as_numbers(mailbox: Mailbox, kind: str) -> None:
    """9 is less than 10 and more than -1, in filters and sort orders; who has none comes first and fits nothing."""
    having(mailbox, kind, "10", "9", "-1")
    path = uri(MINE, kind)

    assert sorted(found(mailbox, compared("IsGreaterThan", path, "-1"))) == ["10", "9"]
    assert found(mailbox, equal(path, "09")) == ["9"]
    assert found(mailbox, order=path) == ["none", "-1", "9", "10"]


def test_ews_property_related_errors_a_constant_has_the_type_of_the_property(mailbox: Mailbox) -> None:
    """Compared with a word, a number is ErrorInvalidValueForProperty; true may be written as 1."""
    having(mailbox, "Boolean", "true")

    answer = mailbox.call(find("contacts", equal(uri(MINE, "Double"), "many")))

    assert answer.codes == ["ErrorInvalidValueForProperty"]
    assert found(mailbox, equal(uri(MINE, "Boolean"), "1")) == ["true"]


def test_the_page_excludes_an_item_without_the_property_is_no_error(mailbox: Mailbox) -> None:
    """Items with other bits are found, those with the bit and those without the property are not."""
    having(mailbox, "Integer", "1", "2", "4")

    assert sorted(found(mailbox, excluding(uri(MINE, "Integer")))) == ["2", "4"]
    assert sorted(found(mailbox, excluding(uri(MINE, "Integer"), "0x6"))) == ["1"]


@pytest.mark.parametrize("path", [uri(MINE), uri(MINE, "Double"), SUBJECT, field("item:Importance")])
def test_the_page_excludes_looks_into_whole_numbers_alone(mailbox: Mailbox, path: str) -> None:
    """Excludes on anything else is ErrorUnsupportedPathForQuery, rows or no rows."""
    assert mailbox.call(find("inbox", excluding(path))).codes == ["ErrorUnsupportedPathForQuery"]
    mailbox.call(find("inbox", excluding(field("item:Size")))).ok()


@pytest.mark.parametrize(("ignores", "names"), [(True, ["Key", "kEY"]), (False, ["kEY"])])
def test_whether_equality_sees_capitals_is_a_setting(
    emulator: ExchangeEmulator, mailbox: Mailbox, ignores: bool, names: list[str]
) -> None:
    """By IsEqualTo a key finds those that differ from it in case alone, or not, as the setting has it."""
    emulator.configure(equality_ignores_case=ignores)
    having(mailbox, "String", "Key", "kEY", "Other")

    assert sorted(found(mailbox, equal(uri(MINE), "kEY"))) == names
    assert sorted(found(mailbox, equal(field("contacts:GivenName"), "kEY"))) == names
    assert "Key" in found(mailbox, compared("IsNotEqualTo", uri(MINE), "other"))
    assert ("kEY" in found(mailbox, compared("IsNotEqualTo", uri(MINE), "key"))) is not ignores


def test_bytes_have_no_case(mailbox: Mailbox) -> None:
    """Two binary values whose base64 differs in case alone are two values; they are sorted by their bytes."""
    having(mailbox, "Binary", "aQID", "AQID", "/w==", "CQ==")

    assert found(mailbox, equal(uri(MINE, "Binary"), "aQID")) == ["aQID"]
    assert found(mailbox, order=uri(MINE, "Binary")) == ["none", "AQID", "CQ==", "aQID", "/w=="]


def test_MS_OXCMAPIHTTP_2_2_4_1_1_words_are_sorted_by_letters(mailbox: Mailbox) -> None:
    """Neither capitals nor accents come before letters."""
    having(mailbox, "String", "delta", "Bravo", "\u00c9cho", "alpha", "Charlie")

    assert found(mailbox, order=uri(MINE)) == ["none", "alpha", "Bravo", "Charlie", "delta", "\u00c9cho"]


@pytest.mark.parametrize(
    ("kind", "holder", "code"),
    [
        ("Contact", "Contact", "NoError"),
        ("Contact", "Item", "NoError"),
        ("Contact", "Message", "ErrorUpdatePropertyMismatch"),
        ("Contact", "Task", "ErrorUpdatePropertyMismatch"),
        ("Task", "Contact", "ErrorUpdatePropertyMismatch"),
        ("Task", "CalendarItem", "ErrorUpdatePropertyMismatch"),
    ],
)
def test_ews_property_related_errors_a_change_matches_the_type_of_item(
    mailbox: Mailbox, kind: str, holder: str, code: str
) -> None:
    """A subject that is set in the element of another kind of item is refused."""
    item = made(mailbox, kind, "<t:Subject>Old</t:Subject>", folder="tasks" if kind == "Task" else "contacts")

    answer = update(mailbox, item, put(holder, SUBJECT, "<t:Subject>New</t:Subject>"))

    assert answer.codes == [code]
    assert mailbox.item(item).findtext("{*}Subject") == ("New" if code == "NoError" else "Old")


@pytest.mark.parametrize(
    ("path", "wanted", "expected"),
    [
        ("item:ReminderIsSet", "true", ["early", "late"]),
        ("item:ReminderIsSet", "false", ["quiet"]),
        ("item:ReminderDueBy", "2024-03-05T09:00:00Z", ["late"]),
        ("item:DisplayTo", "Ann", ["late"]),
        ("item:DisplayCc", "Bob", ["early"]),
    ],
)
def test_what_an_appointment_shows_is_what_a_filter_finds(
    mailbox: Mailbox, path: str, wanted: str, expected: list[str]
) -> None:
    """Its reminder, set or not, when that rings, and its people are compared as GetItem tells them."""

    def day(number: int) -> str:
        return f"<t:Start>2024-03-0{number}T09:00:00Z</t:Start><t:End>2024-03-0{number}T10:00:00Z</t:End>"

    def of(role: str, name: str) -> str:
        person = f"<t:Mailbox><t:Name>{name}</t:Name><t:EmailAddress>{name}@example.org</t:EmailAddress></t:Mailbox>"
        return f"<t:{role}><t:Attendee>{person}</t:Attendee></t:{role}>"

    early = f"<t:Subject>early</t:Subject>{day(4)}{of('OptionalAttendees', 'Bob')}"
    late = f"<t:Subject>late</t:Subject>{day(5)}{of('RequiredAttendees', 'Ann')}"
    quiet = f"<t:Subject>quiet</t:Subject><t:ReminderIsSet>false</t:ReminderIsSet>{day(6)}"
    mailbox.call(appointments(early, late, quiet)).ok()

    answer = mailbox.call(find("calendar", equal(field(path), wanted), SUBJECT)).ok()

    assert answer.texts(".//t:Subject") == expected


@pytest.mark.parametrize("path", ["item:ReminderIsSet", "item:ReminderDueBy"])
def test_appointments_are_sorted_by_their_reminders(mailbox: Mailbox, path: str) -> None:
    """One that rings nowhere comes before one that does, the earlier before the later."""
    later = HOUR.replace("03-04", "03-05")
    mailbox.call(appointments(f"<t:Subject>late</t:Subject>{later}")).ok()
    mailbox.call(appointments(f"<t:Subject>early</t:Subject><t:ReminderIsSet>false</t:ReminderIsSet>{HOUR}")).ok()

    assert mailbox.call(find("calendar", "", field(path))).ok().texts(".//t:Subject") == ["early", "late"]


@pytest.mark.parametrize(
    ("kind", "folder", "inside"),
    [
        ("CalendarItem", "calendar",
         f"{HOUR}<t:RequiredAttendees><t:Attendee><t:Mailbox><t:Name>Ann</t:Name><t:EmailAddress>ann@example.org"
         "</t:EmailAddress></t:Mailbox></t:Attendee></t:RequiredAttendees>"),
        ("Message", "drafts",
         "<t:ToRecipients><t:Mailbox><t:Name>Ann</t:Name><t:EmailAddress>ann@example.org</t:EmailAddress>"
         "</t:Mailbox></t:ToRecipients>"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(("tag", "wanted"), [("0x0E04", "Ann"), ("0x1000", "Words")])
def test_texts_that_the_store_computes_are_found_as_they_are_told(
    mailbox: Mailbox, kind: str, folder: str, inside: str, tag: str, wanted: str
) -> None:
    """PidTagDisplayTo and PidTagBody of an item are told by GetItem, and a filter by them finds the item."""
    path = uri(f'PropertyTag="{tag}"')
    request = create(kind, f'<t:Body BodyType="Text">Words</t:Body>{inside}', folder=folder)
    given = '<m:CreateItem MessageDisposition="SaveOnly" SendMeetingInvitations="SendToNone">'
    item = reference(mailbox.call(request.replace("<m:CreateItem>", given)).ok().one(".//t:ItemId"))

    assert values(mailbox, item, path) == [wanted]
    for restriction in (equal(path, wanted), f"<t:Exists>{path}</t:Exists>"):
        assert reference(mailbox.call(find(folder, restriction)).ok().one(".//t:ItemId")) == item
