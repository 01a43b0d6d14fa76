"""One item of every kind that exchangelib can write."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from exchangelib import (
    Account,
    Attendee,
    CalendarItem,
    Contact,
    DistributionList,
    EWSDate,
    EWSDateTime,
    EWSTimeZone,
    FileAttachment,
    Mailbox,
    Message,
    PostItem,
    Task,
)
from exchangelib.indexed_properties import EmailAddress, PhoneNumber, PhysicalAddress
from exchangelib.items import SEND_TO_NONE, MeetingRequest
from exchangelib.properties import Member
from exchangelib.recurrence import Recurrence, WeeklyPattern

PARIS = EWSTimeZone("Europe/Paris")


def write(account: Account) -> None:
    """Writes everything, and accepts the invitation in the Inbox."""
    account.default_timezone = PARIS
    Message(
        account=account, folder=account.inbox, subject="Written", body="Ein Stück", importance="High", is_read=True,
        author=Mailbox(name="Ann Müller", email_address="ann@example.com"), categories=["Blue"],
        to_recipients=[Mailbox(name="Bob", email_address="bob@example.com")],
        cc_recipients=[Mailbox(email_address="cy@example.com")],
        bcc_recipients=[Mailbox(email_address="dan@example.com")],
        attachments=[FileAttachment(name="plan.txt", content=b"the plan")],
    ).save()
    PostItem(account=account, folder=account.inbox, subject="Posted", body="For all").save()
    CalendarItem(
        account=account, folder=account.calendar, subject="Visit", body="Bring cake", location="Roof",
        start=EWSDateTime(2024, 4, 2, 14, tzinfo=PARIS), end=EWSDateTime(2024, 4, 2, 15, 30, tzinfo=PARIS),
        legacy_free_busy_status="OOF", reminder_is_set=True, reminder_minutes_before_start=30, categories=["Blue"],
        required_attendees=[Attendee(mailbox=Mailbox(email_address="guest@example.net"))],
        optional_attendees=[Attendee(mailbox=Mailbox(email_address="maybe@example.net"))],
    ).save(send_meeting_invitations=SEND_TO_NONE)
    CalendarItem(
        account=account, folder=account.calendar, subject="Holiday", is_all_day=True, start=EWSDate(2024, 4, 1),
        end=EWSDate(2024, 4, 1),
    ).save(send_meeting_invitations=SEND_TO_NONE)
    _series(account)
    Contact(
        account=account, folder=account.contacts, given_name="Ann", surname="Müller", company_name="Example",
        display_name="Ann Müller", file_as_mapping="LastCommaFirst", body="A friend", birthday=EWSDate(1970, 2, 3),
        email_addresses=[EmailAddress(label="EmailAddress1", email="ann@example.com")],
        phone_numbers=[PhoneNumber(label="BusinessPhone", phone_number="+49 30 1")],
        physical_addresses=[PhysicalAddress(label="Home", city="Łódź")],
    ).save()
    DistributionList(account=account, folder=account.contacts, display_name="Team", members=[
        Member(mailbox=Mailbox(name=name, email_address=f"{name.lower()}@example.com", mailbox_type="OneOff"))
        for name in ("Ann", "Bob")
    ]).save()
    Task(account=account, folder=account.tasks, subject="Write", due_date=EWSDate(2024, 4, 5), status="InProgress",
         percent_complete=Decimal(40)).save()
    Task(account=account, folder=account.tasks, subject="Read", status="Completed", percent_complete=Decimal(100),
         complete_date=EWSDateTime(2024, 3, 2, tzinfo=EWSTimeZone("UTC"))).save()
    next(one for one in account.inbox.all() if isinstance(one, MeetingRequest)).accept()


def _series(account: Account) -> None:
    start = EWSDateTime(2024, 3, 25, 9, tzinfo=PARIS)
    master = CalendarItem(
        account=account, folder=account.calendar, subject="Round", start=start, end=start + timedelta(hours=1),
        recurrence=Recurrence(pattern=WeeklyPattern(interval=1, weekdays=["Monday"]), start=start.date(), number=4),
    )
    master.save(send_meeting_invitations=SEND_TO_NONE)
    second = master.occurrence(2)
    second.refresh()
    second.subject, second.start = "Round, moved", EWSDateTime(2024, 4, 2, 11, tzinfo=PARIS)
    second.end = second.start + timedelta(hours=1)
    second.save(update_fields=["subject", "start", "end"], send_meeting_invitations=SEND_TO_NONE)
    master.occurrence(3).delete(send_meeting_cancellations=SEND_TO_NONE)
