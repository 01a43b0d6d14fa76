"""What is kept in mailboxes stays the same from release to release: keys, digests, and the elements that are written.

A digest stands in the tag of each copy, and a later release compares it with one that it makes itself. So the values
here are those of the release that first wrote such tags: they never change.
"""

from __future__ import annotations

import hashlib
from base64 import b64encode
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.exchange.typed.made import made
from engine.connectors.exchange.typed.whole import Occurrence, Whole

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
PEOPLE = {"/o=old/cn=anna": "anna@old.example", "/o=old/cn=claire": "claire@old.example"}
OBJECT_ID = bytes.fromhex("040000008200E00074C5B7101A82E008") + bytes(20) + (5).to_bytes(4, "little") + b"twins"
ZONE = (
    '<t:{0} Name="Here" Id="Romance Standard Time"><t:Periods>'
    '<t:Period Bias="-PT1H" Name="Standard" Id="s"/></t:Periods>'
    '<t:TransitionsGroups><t:TransitionsGroup Id="0"><t:Transition><t:To Kind="Period">s</t:To></t:Transition>'
    '</t:TransitionsGroup></t:TransitionsGroups><t:Transitions><t:Transition><t:To Kind="Group">0</t:To></t:Transition>'
    "</t:Transitions></t:{0}>"
)
WEEKLY = (
    "<t:Recurrence><t:WeeklyRecurrence><t:Interval>1</t:Interval><t:DaysOfWeek>Tuesday Monday</t:DaysOfWeek>"
    "</t:WeeklyRecurrence><t:NumberedRecurrence><t:StartDate>2026-03-02Z</t:StartDate>"
    "<t:NumberOfOccurrences>10</t:NumberOfOccurrences></t:NumberedRecurrence></t:Recurrence>"
)


@dataclass(frozen=True)
class At:
    """Who is who, and what time it is."""

    directory: Directory
    now: datetime = NOW


def directory() -> Directory:
    def resolved(address: str) -> list[str]:
        found = PEOPLE.get(address.lower()) or (address if address.endswith("@old.example") else "")
        return [found, "second.claire@old.example"] if found.startswith("claire") else [found] if found else []

    return Directory(resolved, owner="claire@old.example", becomes="claire@new.example")


def prop(number: int, kind: str, value: str, where: str = "Appointment") -> str:
    return (
        f'<t:ExtendedProperty><t:ExtendedFieldURI DistinguishedPropertySetId="{where}" PropertyId="{number}"'
        f' PropertyType="{kind}"/><t:Value>{value}</t:Value></t:ExtendedProperty>'
    )


def tag(number: str, kind: str, value: str) -> str:
    return (
        f'<t:ExtendedProperty><t:ExtendedFieldURI PropertyTag="{number}" PropertyType="{kind}"/>'
        f"<t:Value>{value}</t:Value></t:ExtendedProperty>"
    )


def user_field(name: str, kind: str, value: str) -> str:
    return (
        f'<t:ExtendedProperty><t:ExtendedFieldURI DistinguishedPropertySetId="PublicStrings" PropertyName="{name}"'
        f' PropertyType="{kind}"/><t:Value>{value}</t:Value></t:ExtendedProperty>'
    )


def guest(
    address: str, name: str = "Somebody", *, routing: str = "SMTP", answer: str = "Unknown", more: str = ""
) -> str:
    return (
        f"<t:Attendee><t:Mailbox><t:Name>{name}</t:Name><t:EmailAddress>{address}</t:EmailAddress>"
        f"<t:RoutingType>{routing}</t:RoutingType><t:MailboxType>Mailbox</t:MailboxType></t:Mailbox>"
        f"<t:ResponseType>{answer}</t:ResponseType>{more}</t:Attendee>"
    )


def times(start: str = "2026-04-01T09:00:00Z", end: str = "2026-04-01T10:00:00Z") -> str:
    return f"<t:Start>{start}</t:Start><t:End>{end}</t:End><t:IsAllDayEvent>false</t:IsAllDayEvent>"


def organizer(address: str, routing: str = "SMTP") -> str:
    return (
        f"<t:Organizer><t:Mailbox><t:Name>Who invites</t:Name><t:EmailAddress>{address}</t:EmailAddress>"
        f"<t:RoutingType>{routing}</t:RoutingType></t:Mailbox></t:Organizer>"
    )


HEAD = (
    '<t:ItemId Id="AAA=" ChangeKey="BBB="/><t:ItemClass>IPM.Appointment</t:ItemClass><t:Subject>A  meeting</t:Subject>'
    "<t:Sensitivity>Normal</t:Sensitivity>"
)
TEXT = '<t:Body BodyType="Text">What we\nagreed on</t:Body>'
HTML = (
    '<t:Body BodyType="HTML" IsTruncated="false">&lt;html&gt;&lt;head&gt;&lt;style&gt;x&lt;/style&gt;&lt;/head&gt;'
    '&lt;a href="HTTPS://there.example/a?b=1&amp;amp;c=2"&gt;There&lt;/a&gt; &amp;amp; back&lt;/html&gt;</t:Body>'
)
RINGS = "<t:ReminderIsSet>true</t:ReminderIsSet><t:ReminderMinutesBeforeStart>15</t:ReminderMinutesBeforeStart>"
PROPERTIES = (
    prop(3, "Binary", b64encode(OBJECT_ID).decode(), "Meeting") + prop(0x8201, "Integer", "2")
    + prop(0x8205, "Integer", "2") + prop(0x8217, "Integer", "1") + prop(0x8229, "Boolean", "true")
    + prop(0x8560, "SystemTime", "2026-04-01T08:45:00Z", "Common") + tag("0x300b", "Binary", "AAAAAAAAAAAAAAAAAAAAAA==")
)
MINE = "<t:MyResponseType>Organizer</t:MyResponseType>" + organizer("claire@old.example")
ANSWERED = (
    "<t:LastResponseTime>2026-03-01T00:00:00Z</t:LastResponseTime>"
    "<t:ProposedStart>2026-04-02T09:00:00Z</t:ProposedStart>"
)
ZONES = ZONE.format("StartTimeZone") + ZONE.format("EndTimeZone")


def element(*parts: str) -> etree._Element:
    """An item within an answer, as a server gives it."""
    answer = etree.fromstring(
        f'<m:Items xmlns:m="urn:messages" xmlns:t="{TYPES[1:-1]}" xmlns:xsi="urn:xsi"><t:CalendarItem>{"".join(parts)}'
        "</t:CalendarItem></m:Items>"
    )
    return answer[0]


def own_meeting() -> Whole:
    return Whole(element(
        HEAD, TEXT, "<t:Categories><t:String>Work</t:String><t:String>At home</t:String></t:Categories>",
        "<t:Importance>High</t:Importance>", "<t:ReminderDueBy>2026-04-01T09:00:00Z</t:ReminderDueBy>", RINGS,
        PROPERTIES, "<t:Culture>en-US</t:Culture><t:UID>not the same</t:UID>", times(),
        "<t:LegacyFreeBusyStatus>Busy</t:LegacyFreeBusyStatus><t:Location>Room 1</t:Location>",
        "<t:IsResponseRequested>true</t:IsResponseRequested>", MINE, "<t:RequiredAttendees>",
        guest("Bob@x.example", answer="Accept", more=ANSWERED), guest(" Claire@Old.example"),
        guest("/o=old/cn=Anna", routing="EX"), guest("/o=old/cn=gone", "Gone", routing="EX"),
        guest("second.claire@old.example"), "</t:RequiredAttendees><t:OptionalAttendees>",
        guest("zoe@x.example", routing=""), "</t:OptionalAttendees>", ZONES,
        "<t:AllowNewTimeProposal>true</t:AllowNewTimeProposal>",
    ))


def past_one_of_a_guest() -> Whole:
    return Whole(element(
        HEAD, HTML, RINGS, prop(3, "Binary", b64encode(OBJECT_ID).decode(), "Meeting"), prop(0x8217, "Integer", "3"),
        prop(0x8218, "Integer", "3"), tag("0x5d02", "String", "organizer@x.example"),
        f"<t:UID>{OBJECT_ID.hex().upper()}</t:UID>", times("2025-04-01T11:00:00+02:00", "2025-04-01T10:00:00Z"),
        "<t:LegacyFreeBusyStatus>Tentative</t:LegacyFreeBusyStatus><t:MyResponseType>Accept</t:MyResponseType>",
        organizer("/o=elsewhere/cn=boss", "EX"), "<t:RequiredAttendees>",
        guest("claire@old.example", answer="Accept"), guest("bob@x.example", answer="Decline"),
        "</t:RequiredAttendees>", ZONE.format("StartTimeZone"),
        ZONE.format("EndTimeZone").replace("Romance", "Tokyo"),
        "<t:AllowNewTimeProposal>false</t:AllowNewTimeProposal>",
    ))


def odd_one() -> Whole:
    return Whole(element(
        f'<t:Subject>{"ü" * 300}</t:Subject><t:Body BodyType="Text"/><t:Categories/>', prop(0x8205, "Integer", "4"),
        prop(0x8205, "Integer", "1"), user_field("Colour", "String", "two  words"),
        user_field("Size", "Double", "1.50"), user_field("Empty", "String", ""),
        times("2026-04-01T09:00:00Z", "2026-04-01T08:00:00Z"),
        "<t:LegacyFreeBusyStatus>NoData</t:LegacyFreeBusyStatus><t:StartTimeZone/><t:EndTimeZone/>",
        "<t:EnhancedLocation><t:DisplayName>Here</t:DisplayName><t:PostalAddress><t:Type>Home</t:Type>",
        "</t:PostalAddress></t:EnhancedLocation><t:RequiredAttendees/>",
    ), lacking=("something",))


def bare_one() -> Whole:
    return Whole(element(times("2026-04-01T09:00:00", "2026-04-01T10:00:00")))


def series() -> Whole:
    day, later = (datetime(2026, 3, number, 9, tzinfo=UTC) for number in (9, 16))
    hour = timedelta(hours=1)
    return Whole(
        element(
            HEAD, TEXT, RINGS, PROPERTIES, times("2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z"), MINE, WEEKLY,
            "<t:LastOccurrence><t:Start>2026-04-06T09:00:00Z</t:Start></t:LastOccurrence>", ZONES,
        ),
        changed=(
            Occurrence(later, later, later + hour, as_the_series()),
            Occurrence(day, day + 3 * hour, day + 4 * hour, moved_and_renamed()),
        ),
        deleted=(datetime(2026, 3, 3, 9, tzinfo=UTC),),
    )


def as_the_series() -> etree._Element:
    return element(
        HEAD, TEXT, RINGS, PROPERTIES, times("2026-03-16T09:00:00Z", "2026-03-16T10:00:00Z"), MINE, ZONES,
        "<t:AllowNewTimeProposal>true</t:AllowNewTimeProposal>",
    )


def moved_and_renamed() -> etree._Element:
    return element(
        HEAD.replace("A  meeting", "Another"), TEXT, RINGS, PROPERTIES,
        times("2026-03-09T12:00:00Z", "2026-03-09T13:00:00Z"), MINE, "<t:RequiredAttendees>",
        guest("claire@old.example"), "</t:RequiredAttendees>", ZONES,
    )


@dataclass(frozen=True)
class Stored:
    """What a mailbox has: `element` and `changed` are hashes of what was written."""

    key: str
    ours: str
    theirs: str
    element: str
    changed: tuple[str, ...] = ()


def short(written: bytes) -> str:
    return hashlib.sha256(written).hexdigest()[:16]


KNOWN: dict[Callable[[], Whole], Stored] = {
    own_meeting: Stored(
        "ffef5d8ede8992d2275ff8971c2a027a", "aa432161c0b1", "f033b1b70032", "a4eb7937e95715e8",
    ),
    past_one_of_a_guest: Stored(
        "ffef5d8ede8992d2275ff8971c2a027a", "47195ed8e1b0", "ece79ab62655", "970af60e5af55756",
    ),
    odd_one: Stored(
        "613639fe18cb46575b98e90e3f293a37", "a70b88c1df65", "c70f5865a0d4", "f646aebe925947c2",
    ),
    bare_one: Stored(
        "378c082f89e8860f91fbcaddebb4c1f9", "78647f87e9de", "0da6b9a9712d", "193c470bdfa9cfc7",
    ),
    series: Stored(
        "ffef5d8ede8992d2275ff8971c2a027a", "e9b5f1cde0ac", "455d18683904", "384e56305818a7d9",
        ("9d2814843af3a944",),
    ),
}


@pytest.mark.parametrize("whole", KNOWN, ids=lambda one: one.__name__)
def test_an_appointment_has_the_key_the_digests_and_the_element_that_it_always_had(whole: Callable[[], Whole]) -> None:
    """Whatever release has copied it."""
    found = made(1, whole(), At(directory()))

    assert KNOWN[whole] == Stored(
        found.key.hex(), found.ours, found.theirs, short(found.element),
        tuple(short(one.element) for one in found.changed),
    )
