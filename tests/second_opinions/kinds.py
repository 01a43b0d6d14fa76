"""A mailbox with one item of every kind that the emulator computes, and what a reader has to see of each."""

from __future__ import annotations

from emulators.exchange import ExchangeEmulator
from tests.contract.exchange_emulator.calendars import created, delete, occurrence, update, weekly
from tests.contract.exchange_emulator.meetings import event, mail
from tests.contract.exchange_emulator.rules import create as create_rule
from tests.contract.exchange_emulator.rules import rule
from tests.contract.exchange_emulator.rules import update as update_rules
from tests.contract.exchange_emulator.soap import Mailbox, distinguished, mime

FIRST, LAST = "2024-03-01T00:00:00Z", "2024-05-01T00:00:00Z"
PARIS = '<t:StartTimeZone Id="Romance Standard Time"/>'
GUEST = (
    "<t:RequiredAttendees><t:Attendee><t:Mailbox><t:EmailAddress>guest@example.net</t:EmailAddress></t:Mailbox>"
    "</t:Attendee></t:RequiredAttendees>"
)
SINGLE = (
    "<t:Subject>Visit</t:Subject><t:Categories><t:String>Blue</t:String></t:Categories>"
    "<t:ReminderMinutesBeforeStart>30</t:ReminderMinutesBeforeStart><t:UID>visit@example.org</t:UID>"
    "<t:Start>2024-04-02T14:00:00</t:Start><t:End>2024-04-02T15:30:00</t:End>"
    f"<t:LegacyFreeBusyStatus>OOF</t:LegacyFreeBusyStatus><t:Location>Roof</t:Location>{GUEST}{PARIS}"
)
ALL_DAY = (
    "<t:Subject>Holiday</t:Subject><t:UID>holiday@example.org</t:UID><t:Start>2024-04-01T00:00:00</t:Start>"
    f"<t:End>2024-04-02T00:00:00</t:End><t:IsAllDayEvent>true</t:IsAllDayEvent>{PARIS}"
)
SERIES = (
    "<t:Subject>Round</t:Subject><t:UID>round@example.org</t:UID><t:Start>2024-03-25T09:00:00</t:Start>"
    f"<t:End>2024-03-25T10:00:00</t:End>{weekly('Monday', start='2024-03-25', number=4)}{PARIS}"
)
CONTACT = (
    "<t:FileAsMapping>LastCommaFirst</t:FileAsMapping><t:GivenName>Ann</t:GivenName>"
    "<t:CompanyName>Example</t:CompanyName>"
    '<t:EmailAddresses><t:Entry Key="EmailAddress1">ann@example.com</t:Entry></t:EmailAddresses>'
    '<t:PhysicalAddresses><t:Entry Key="Home"><t:City>Łódź</t:City></t:Entry></t:PhysicalAddresses>'
    '<t:PhoneNumbers><t:Entry Key="BusinessPhone">+49 30 1</t:Entry></t:PhoneNumbers>'
    "<t:Birthday>1970-02-03T00:00:00Z</t:Birthday><t:Surname>Müller</t:Surname>"
)
GROUP = (
    "<t:DisplayName>Team</t:DisplayName><t:Members>"
    "<t:Member><t:Mailbox><t:Name>Ann</t:Name><t:EmailAddress>ann@example.com</t:EmailAddress></t:Mailbox></t:Member>"
    "<t:Member><t:Mailbox><t:Name>Bob</t:Name><t:EmailAddress>bob@example.com</t:EmailAddress></t:Mailbox></t:Member>"
    "</t:Members>"
)
OPEN = (
    "<t:Subject>Write</t:Subject><t:DueDate>2024-04-05T00:00:00Z</t:DueDate>"
    "<t:PercentComplete>40</t:PercentComplete>"
)
DONE = "<t:Subject>Read</t:Subject><t:CompleteDate>2024-03-02T00:00:00Z</t:CompleteDate>"
DENTIST = (
    "<t:Subject>Dentist</t:Subject><t:UID>dentist@example.org</t:UID><t:Start>2024-03-04T09:30:00Z</t:Start>"
    "<t:End>2024-03-04T09:45:00Z</t:End>"
)
OWN = (
    "<t:Subject>Plan</t:Subject><t:UID>own@example.org</t:UID><t:Start>2024-03-06T09:00:00Z</t:Start>"
    f"<t:End>2024-03-06T10:00:00Z</t:End>{GUEST}"
)


def fill(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Puts one item of every kind into an empty mailbox."""
    mailbox.message(f"<t:MimeContent>{mime('Letter')}</t:MimeContent>", folder=distinguished("inbox"))
    _item(mailbox, "inbox", "PostItem", f"<t:MimeContent>{mime('Notice')}</t:MimeContent>")
    for inside in (SINGLE, ALL_DAY, DENTIST, OWN):
        created(mailbox, inside)
    master = created(mailbox, SERIES)
    mailbox.call(update(occurrence(master, 2), ("item:Subject", "<t:Subject>Round, moved</t:Subject>"),
                        ("calendar:Start", "<t:Start>2024-04-02T09:00:00Z</t:Start>"),
                        ("calendar:End", "<t:End>2024-04-02T10:00:00Z</t:End>"))).ok()  # fmt: skip
    mailbox.call(delete(occurrence(master, 3))).ok()
    for kind, inside in (("Contact", CONTACT), ("DistributionList", GROUP)):
        _item(mailbox, "contacts", kind, inside)
    for inside in (OPEN, DONE):
        _item(mailbox, "tasks", "Task", inside)
    guest = "ATTENDEE;PARTSTAT=ACCEPTED:mailto:guest@example.net\r\n"
    emulator.deliver(mailbox.address, mail("REQUEST", event()))
    emulator.deliver(mailbox.address, mail("REPLY", event(uid="own@example.org", day=6, more=guest)))
    emulator.deliver(mailbox.address, mail("REQUEST", event(uid="off@example.org", day=7)))
    emulator.deliver(mailbox.address, mail("CANCEL", event(uid="off@example.org", day=7, sequence=1)))
    assert "NoError" in update_rules(mailbox, create_rule(rule())).data.decode()


def _item(mailbox: Mailbox, folder: str, kind: str, inside: str) -> None:
    mailbox.call(
        f'<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>{distinguished(folder)}'
        f"</m:SavedItemFolderId><m:Items><t:{kind}>{inside}</t:{kind}></m:Items></m:CreateItem>"
    ).ok()
