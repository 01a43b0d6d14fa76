"""exchangelib, which is not ours, writes and reads what the emulator computes of a calendar."""

from datetime import timedelta

from exchangelib import (
    BASIC,
    DELEGATE,
    Account,
    Build,
    CalendarItem,
    Configuration,
    Credentials,
    EWSDate,
    EWSDateTime,
    EWSTimeZone,
    Version,
)
from exchangelib.items import SEND_TO_NONE, MeetingCancellation, MeetingRequest, MeetingResponse
from exchangelib.recurrence import Recurrence, WeeklyPattern

from emulators.exchange import ExchangeEmulator

from .meetings import event, mail
from .soap import Mailbox

PARIS = EWSTimeZone("Europe/Paris")


def account(emulator: ExchangeEmulator, mailbox: Mailbox) -> Account:
    """The mailbox as exchangelib opens it."""
    configuration = Configuration(
        service_endpoint=emulator.url,
        credentials=Credentials(mailbox.address, mailbox.password),
        auth_type=BASIC,
        version=Version(Build(15, 2, 1748, 10)),
    )
    return Account(
        mailbox.address, config=configuration, autodiscover=False, access_type=DELEGATE, default_timezone=PARIS
    )


def test_a_series_with_an_exception_and_a_deletion(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Created, moved and deleted by exchangelib, occurrences are seen by it where they are."""
    owner = account(emulator, mailbox)
    start = EWSDateTime(2024, 3, 25, 9, 0, tzinfo=PARIS)
    master = CalendarItem(
        account=owner,
        folder=owner.calendar,
        subject="Weekly",
        start=start,
        end=start + timedelta(hours=1),
        recurrence=Recurrence(pattern=WeeklyPattern(interval=1, weekdays=["Monday"]), start=start.date(), number=4),
    )
    master.save(send_meeting_invitations=SEND_TO_NONE)
    second = master.occurrence(2)
    second.refresh()
    second.subject, second.start, second.end = (
        "Moved",
        second.start + timedelta(hours=2),
        second.end + timedelta(hours=2),
    )
    second.save(update_fields=["subject", "start", "end"], send_meeting_invitations=SEND_TO_NONE)
    master.occurrence(3).delete(send_meeting_cancellations=SEND_TO_NONE)

    seen = owner.calendar.view(start=start - timedelta(days=2), end=start + timedelta(days=60))
    whole = next(iter(owner.fetch([master])))

    assert [(one.subject, one.start.astimezone(PARIS).isoformat()) for one in seen] == [
        ("Weekly", "2024-03-25T09:00:00+01:00"),
        ("Moved", "2024-04-01T11:00:00+02:00"),
        ("Weekly", "2024-04-15T09:00:00+02:00"),
    ]
    assert len(whole.modified_occurrences) == len(whole.deleted_occurrences) == 1


def test_an_all_day_event(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Two whole days stay two whole days."""
    owner = account(emulator, mailbox)
    event = CalendarItem(
        account=owner, folder=owner.calendar, subject="Away", start=EWSDate(2024, 5, 1), end=EWSDate(2024, 5, 2),
        is_all_day=True,
    )  # fmt: skip
    event.save(send_meeting_invitations=SEND_TO_NONE)

    back = next(iter(owner.fetch([event])))

    assert (back.start, back.end) == (EWSDate(2024, 5, 1), EWSDate(2024, 5, 2))


def test_meeting_messages_are_read_and_answered(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """exchangelib sees a request, a cancellation and an answer as what they are, and accepts a request."""
    owner = account(emulator, mailbox)
    emulator.deliver(mailbox.address, mail("REQUEST", event(more="LOCATION:Roof\r\n")))
    (request,) = owner.inbox.all()
    assert isinstance(request, MeetingRequest)
    (appointment,) = owner.calendar.all()
    request.accept(body="Gladly")
    emulator.deliver(mailbox.address, mail("CANCEL", event(sequence=1)))

    (sent,) = owner.sent.all()
    (cancellation,) = owner.inbox.all()
    assert (request.meeting_request_type, request.location, request.start.isoformat()) == (
        "NewMeetingRequest", "Roof", "2024-03-04T09:00:00+00:00",
    )  # fmt: skip
    assert request.associated_calendar_item_id.id == appointment.id
    assert isinstance(sent, MeetingResponse)
    assert sent.response_type == "Accept"
    assert isinstance(cancellation, MeetingCancellation)
    appointment.refresh()
    assert (appointment.my_response_type, appointment.is_cancelled) == ("Accept", True)
