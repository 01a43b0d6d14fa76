"""A second client: exchangelib reads and writes rules, out of office and user configurations, and uses both rights."""

import pytest
from exchangelib import BASIC, DELEGATE, IMPERSONATION, UTC, Account, Configuration, Credentials, EWSDateTime, Message
from exchangelib.errors import ErrorAccessDenied, ErrorImpersonateUserDenied, ErrorItemNotFound
from exchangelib.properties import Actions, Conditions, Exceptions, Rule
from exchangelib.settings import OofSettings

from emulators.exchange import ExchangeEmulator

from .rules import letter
from .soap import Mailbox


def account(emulator: ExchangeEmulator, mailbox: Mailbox, *, owner: str = "", access: str = DELEGATE) -> Account:
    """An account of exchangelib, signed in as the owner of the mailbox."""
    signed = Credentials(mailbox.address, mailbox.password)
    configuration = Configuration(service_endpoint=emulator.url, credentials=signed, auth_type=BASIC)
    return Account(
        owner or mailbox.address, config=configuration, autodiscover=False, access_type=access, default_timezone=UTC
    )


def test_rules(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A rule that exchangelib creates comes back to it, acts, is renamed and deleted."""
    client = account(emulator, mailbox)
    client.create_rule(
        Rule(
            account=client,
            display_name="News",
            priority=1,
            is_enabled=True,
            conditions=Conditions(contains_subject_strings=["sale"]),
            exceptions=Exceptions(is_ndr=True),
            actions=Actions(move_to_folder=client.junk, mark_as_read=True),
        )
    )
    (rule,) = client.rules
    assert (rule.conditions.contains_subject_strings, rule.exceptions.is_ndr) == (["sale"], True)
    assert rule.actions.mark_as_read is True

    emulator.deliver(mailbox.address, letter(mailbox.address, subject="A sale"))
    assert [(one.subject, one.is_read) for one in client.junk.all()] == [("A sale", True)]

    rule.display_name = "Renamed"
    client.set_rule(rule)
    assert [one.display_name for one in client.rules] == ["Renamed"]
    client.delete_rule(client.rules[0])
    assert client.rules == []


def test_out_of_office(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Settings that exchangelib writes come back to it equal."""
    client = account(emulator, mailbox)
    wanted = OofSettings(
        state="Scheduled",
        external_audience="Known",
        start=EWSDateTime(2026, 1, 1, tzinfo=UTC),
        end=EWSDateTime(2090, 1, 1, tzinfo=UTC),
        internal_reply="<b>in</b>",
        external_reply="out",
    )

    client.oof_settings = wanted

    assert client.oof_settings == wanted


def test_user_configurations(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A configuration that exchangelib creates, updates and deletes keeps its types."""
    calendar = account(emulator, mailbox).calendar
    calendar.create_user_configuration("CategoryList", xml_data=b"<x/>", dictionary={"a": 1, "b": "two", True: 2**40})
    calendar.update_user_configuration("CategoryList", xml_data=b"<y/>")

    found = calendar.get_user_configuration("CategoryList")
    assert (found.xml_data, found.dictionary) == (b"<y/>", {"a": 1, "b": "two", True: 2**40})

    calendar.delete_user_configuration("CategoryList")
    with pytest.raises(ErrorItemNotFound):
        calendar.get_user_configuration("CategoryList")


def test_rights(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Impersonation and full access open another mailbox, and only impersonation its out of office."""
    owner = f"boss.{mailbox.address}"
    emulator.add_mailbox(owner, password="unused")
    with pytest.raises(ErrorImpersonateUserDenied):
        account(emulator, mailbox, owner=owner, access=IMPERSONATION).inbox  # noqa: B018 - it asks the server
    emulator.configure(impersonation={mailbox.address: ["*"]}, full_access={mailbox.address: [owner]})

    for access in (IMPERSONATION, DELEGATE):
        client = account(emulator, mailbox, owner=owner, access=access)
        Message(folder=client.inbox, subject=access).save()
        assert access in [one.subject for one in client.inbox.all()]
        if access == IMPERSONATION:
            assert client.oof_settings.state == "Disabled"
    with pytest.raises(ErrorAccessDenied):
        client.oof_settings  # noqa: B018 - it asks the server

    assert {one.subject for one in emulator.messages(owner)} == {IMPERSONATION, DELEGATE}
    assert emulator.messages(mailbox.address) == []
