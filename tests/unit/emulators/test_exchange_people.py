"""Contacts, contact groups and tasks of the Exchange emulator as stock exchangelib writes and reads them."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from exchangelib import DELEGATE, Account, Configuration, Contact, Credentials, DistributionList, EWSDate, Mailbox, Task
from exchangelib.indexed_properties import EmailAddress, ImAddress, PhoneNumber, PhysicalAddress
from exchangelib.properties import Member
from exchangelib.protocol import CachingProtocol
from exchangelib.recurrence import DailyPattern, NumberedPattern, TaskRecurrence

from emulators.exchange import ExchangeEmulator


@pytest.fixture
def account(tmp_path: Path) -> Iterator[Account]:
    """The account of somebody on an emulator that never breaks the schema."""
    with ExchangeEmulator(tmp_path / "exchange.sqlite") as emulator:
        emulator.add_mailbox("claire@example.org", password="correct horse")
        credentials = Credentials("claire@example.org", "correct horse")
        config = Configuration(service_endpoint=emulator.url, credentials=credentials, auth_type="basic")
        yield Account("claire@example.org", config=config, autodiscover=False, access_type=DELEGATE)
        assert emulator.schema_faults == []
    for protocol in list(CachingProtocol._protocol_cache.values()):  # type: ignore[attr-defined]  # private
        if not isinstance(protocol[0], Exception):
            protocol[0].close()
    CachingProtocol.clear_cache()


def test_a_contact_is_written_changed_and_read(account: Account) -> None:
    """Names, addresses, phones and dates that exchangelib writes come back, and what the server makes of them."""
    Contact(
        folder=account.contacts, given_name="Jane", surname="Doe", file_as_mapping="LastCommaFirst",
        display_name="Jane Doe", company_name="Acme", body="Notes", birthday=EWSDate(1980, 1, 2), children=["Al"],
        email_addresses=[EmailAddress(label="EmailAddress1", email="jane@example.com")],
        im_addresses=[ImAddress(label="ImAddress1", im_address="jane")], postal_address_index="Home",
        phone_numbers=[PhoneNumber(label="MobilePhone", phone_number="1")],
        physical_addresses=[PhysicalAddress(label="Home", street="1 Elm Street", city="Ulm")],
    ).save()

    contact = account.contacts.get(given_name="Jane")
    assert (contact.file_as, contact.complete_name.full_name, contact.subject) == ("Doe, Jane", "Jane Doe", "Jane Doe")
    assert (contact.birthday, contact.children, contact.body) == (EWSDate(1980, 1, 2), ["Al"], "Notes")
    assert [one.email for one in contact.email_addresses] == ["jane@example.com"]
    assert [(one.street, one.city) for one in contact.physical_addresses] == [("1 Elm Street", "Ulm")]

    contact.phone_numbers = [PhoneNumber(label="Pager", phone_number="9")]
    contact.save(update_fields=["phone_numbers"])
    again = account.contacts.get(given_name="Jane")
    assert [(one.label, one.phone_number) for one in again.phone_numbers] == [("Pager", "9")]


def test_a_group_is_written_and_read(account: Account) -> None:
    """Members come back with the type and the status that the server gives them."""
    mailbox = Mailbox(name="Ann", email_address="ann@example.com", mailbox_type="OneOff", routing_type="SMTP")
    DistributionList(folder=account.contacts, display_name="Team", members=[Member(mailbox=mailbox)]).save()

    (group,) = account.contacts.all()

    assert (group.display_name, group.subject) == ("Team", "Team")
    assert [(one.mailbox.email_address, one.mailbox.mailbox_type, one.status) for one in group.members] == [
        ("ann@example.com", "OneOff", "Normal")]


def test_a_recurring_task_goes_on(account: Account) -> None:
    """A recurring task that is completed leaves a completed one behind, and is due the next day."""
    daily = TaskRecurrence(
        pattern=DailyPattern(interval=1), boundary=NumberedPattern(start=EWSDate(2030, 1, 1), number=3))
    Task(folder=account.tasks, subject="Water", due_date=EWSDate(2030, 1, 1), recurrence=daily).save()

    task = account.tasks.get(subject="Water")
    task.status, task.percent_complete = "Completed", Decimal(100)
    task.save(update_fields=["status", "percent_complete"])

    assert sorted((one.due_date, one.status, one.is_recurring) for one in account.tasks.all()) == [
        (EWSDate(2030, 1, 1), "Completed", False), (EWSDate(2030, 1, 2), "NotStarted", True)]
