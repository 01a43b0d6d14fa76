"""The doctor finds what is wrong with an Exchange, says it in words, and leaves the mailbox as it was."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from emulators.exchange import Fault
from engine.connectors.exchange.examination import ExchangeExamination
from engine.doctor.diagnosis import Diagnosis, Finding, Step
from engine.doctor.trial import FOLDER, MARK
from engine.errors import Cause
from engine.items.tags import folder_tag, item_tag
from engine.migration.account import Access, opening
from engine.ports.items import Marks, SourceMessage, Tagged
from engine.ports.source import Role
from engine.ports.typed import TypedItem
from tests.servers.points import spread

from .conftest import ADDRESS, PASSWORD, Practice, account_at, wrong

BUSY = {"action": "fault", "code": "ErrorServerBusy"}
TRIED = [step for step in Step if step is not Step.LARGE]


@pytest.mark.parametrize(("version", "release", "offer"), [
    ("2013", "Exchange 2013", ("basic",)),
    ("2019", "Exchange 2019", ("ntlm",)),
    ("2019", "Exchange 2019", ("negotiate", "ntlm", "basic")),
])
def test_a_server_that_does_everything_is_fine(
    practice: Practice, version: str, release: str, offer: tuple[str, ...]
) -> None:
    """Every step is tried once, in order, and told as it comes; the server is named."""
    practice.emulator.configure(version=version, auth=offer)

    found = practice.examine()

    assert wrong(found) == {}
    assert found.fine
    assert [finding.step for finding in found.findings] == TRIED
    assert practice.told == list(found.findings)
    assert found.offered == tuple(sorted(offer))
    assert found.server is not None
    assert (found.server.release, found.server.scheme) == (release, "ntlm" if "ntlm" in offer else "basic")
    assert found.server.build.startswith("15.")


SERVICE = "mover@example.org"
RIGHTS = {Access.IMPERSONATION: "impersonation", Access.FULL_ACCESS: "full_access"}


@pytest.mark.parametrize("access", RIGHTS)
@pytest.mark.parametrize("has_mailbox", [False, True])
def test_a_service_account_is_examined_in_the_mailbox_that_it_opens(
    own_practice: Practice, access: Access, has_mailbox: bool
) -> None:
    """Each step works by either right, and nothing is written into its own mailbox."""
    if has_mailbox:
        own_practice.emulator.add_mailbox(SERVICE, password=PASSWORD)
    else:
        own_practice.emulator.add_account(SERVICE, password=PASSWORD)
    own_practice.emulator.configure(**{RIGHTS[access]: {SERVICE: [ADDRESS]}})
    own_practice.account = opening(account_at(own_practice.emulator.url, SERVICE), ADDRESS, access)
    held: dict[Step, list[int]] = {}

    def look(finding: Finding) -> None:
        addresses = [ADDRESS, *([SERVICE] if has_mailbox else [])]
        held[finding.step] = [len(own_practice.emulator.messages(address)) for address in addresses]

    own_practice.meanwhile, was = look, own_practice.emulator.dump()

    found = own_practice.examine(large=3_000_000)

    assert wrong(found) == {}
    not_theirs = [Step.REPLIES] if access is Access.FULL_ACCESS else []
    assert [finding.step for finding in found.findings] == [step for step in Step if step not in not_theirs]
    assert held[Step.WRITE] == [1, 0] if has_mailbox else [1]
    assert held[Step.LARGE] == [4, 0] if has_mailbox else [4]
    assert own_practice.emulator.dump() == was


@pytest.mark.parametrize("access", RIGHTS)
def test_a_service_account_without_its_right_is_told_so(own_practice: Practice, access: Access) -> None:
    """At the sign-in, by the right that it lacks; the other one does not do, and nothing is written."""
    other = next(name for each, name in RIGHTS.items() if each is not access)
    own_practice.emulator.add_account(SERVICE, password=PASSWORD)
    own_practice.emulator.configure(**{other: {SERVICE: [ADDRESS]}})
    own_practice.account = opening(account_at(own_practice.emulator.url, SERVICE), ADDRESS, access)

    found = own_practice.examine()

    said = "may not impersonate" if access is Access.IMPERSONATION else "has no full access to"
    assert list(wrong(found)) == [Step.SIGN_IN]
    assert f"{SERVICE} {said} {ADDRESS} on the destination server." in wrong(found)[Step.SIGN_IN]
    assert found.server is None


def test_each_kind_is_written_looked_at_and_removed(practice: Practice) -> None:
    """What the server needs to be told is what a migration tells it, and nothing of ours stays.

    Each message is created in one request, as all appointments are; the canary is moved and deleted as people do. Of a
    meeting message nobody is booked, and nobody hears. A contact is shown as it was written, so that a rollback tells
    what its owner changes from what was copied; a sticky note has its class and colour, by which it is known for one.
    Nothing of the owner's settings is changed. A load balancer keeps a connection at one server by cookies.
    """
    begun = len(practice.emulator.requests)

    found = practice.examine()

    made = [request.operation for request in practice.emulator.requests[begun:]]
    assert (made.count("CreateItem"), made.count("MoveItem"), made.count("CreateFolder")) == (5, 1, 4)
    assert "(0x7D01), and the mark stays" in words(found, Step.MEETING)
    assert words(found, Step.CONTACT).startswith("shown as it was written, its photo included")
    assert words(found, Step.NOTE) == "written as one, with its colour"
    assert words(found, Step.KEPT).startswith("what settings were before can be kept in the mailbox")
    assert words(found, Step.CATEGORIES) == "0 categories in the mailbox's list"
    assert words(found, Step.REPLIES) == "told, with its replies; it is disabled"
    assert words(found, Step.COOKIES) == "exchangecookie sent back for as long as a connection lives"
    assert Step.CLEAN not in wrong(found)
    assert "OMM.check" not in practice.emulator.dump()


def test_exchange_2010_is_refused_by_its_name(practice: Practice) -> None:
    """What is too old is said at the sign-in, and nothing is written."""
    practice.emulator.configure(version="2010")

    found = practice.examine()

    assert wrong(found) == {Step.SIGN_IN: "The destination is Exchange 2010; Exchange 2013 or later is needed."}
    assert found.server is None
    assert Step.CLEAN in found.untried


def test_a_wrong_password_is_tried_once_by_each_scheme(practice: Practice) -> None:
    """The account is not brought near its lock-out: after three examinations the fourth tries nothing."""
    practice.emulator.configure(auth=("basic",))
    begun = len(practice.emulator.sign_ins)

    for _ in range(3):
        assert "or its password" in wrong(practice.examine("wrong"))[Step.SIGN_IN]
    last = practice.examine("wrong")

    assert [one.accepted for one in practice.emulator.sign_ins[begun:]] == [False] * 3
    assert "The server refused the password 3 times in ten minutes." in wrong(last)[Step.SIGN_IN]


def test_earlier_refusals_count_no_more_after_a_sign_in(practice: Practice) -> None:
    """As with every other sign-in."""
    for _ in range(1):
        practice.examine("wrong")

    assert practice.examine().fine
    assert Cause.SIGN_IN_LIMIT.value not in str(wrong(practice.examine("wrong")))


def test_a_full_mailbox_is_named(practice: Practice) -> None:
    """The folder can be made, the message not; the folder is removed."""
    practice.emulator.configure(quota_bytes=0)

    found = practice.examine()

    assert list(wrong(found)) == [Step.WRITE]
    assert "mailbox is full" in wrong(found)[Step.WRITE]
    assert found.findings[-1].step is Step.CLEAN


def test_a_server_that_offers_no_sign_in_that_we_know_says_which_it_offers(practice: Practice) -> None:
    """For whoever has to change the server's settings."""
    practice.emulator.configure(auth=())

    assert "but none at all" in wrong(practice.examine())[Step.OFFER]


OPERATIONS = (
    "FindFolder", "CreateFolder", "CreateItem", "GetItem", "SyncFolderItems", "MoveItem", "DeleteItem", "DeleteFolder",
)


def test_a_busy_server_is_waited_for(practice: Practice) -> None:
    """At the first request of each kind; the wait it asks for is kept and told."""
    for number, operation in enumerate(OPERATIONS):
        practice.emulator.add_fault(Fault(operation=operation, nth=1, back_off_ms=50 + number, **BUSY))

    found = practice.examine()

    assert wrong(found) == {}
    assert sorted(found.waits) == [(50 + number) / 1000 for number in range(len(OPERATIONS))]


def test_a_server_that_stays_busy_is_given_up(practice: Practice) -> None:
    """After three times; the rest is not tried."""
    practice.emulator.add_fault(Fault(operation="CreateItem", back_off_ms=10, **BUSY))

    found = practice.examine()

    assert wrong(found) == {Step.WRITE: "The server stayed busy."}
    assert found.waits == (0.01,) * 3


def test_what_was_done_without_an_answer_is_found_and_not_done_again(practice: Practice) -> None:
    """A lost answer after the commit leaves one folder and each message once, moved once, and gone once."""
    for operation in ("CreateFolder", "CreateItem", "MoveItem", "DeleteItem"):
        practice.emulator.add_fault(Fault(operation=operation, nth=1, when="after", action="drop"))
    begun = len(practice.emulator.requests)

    found = practice.examine()

    sent = [r.operation for r in practice.emulator.requests[begun:]]
    assert wrong(found) == {}
    assert (sent.count("CreateFolder"), sent.count("CreateItem"), sent.count("MoveItem")) == (4, 5, 1)


def test_a_message_that_never_arrived_is_not_sent_twice(practice: Practice) -> None:
    """A lost answer before the commit is a finding; what comes after is not tried."""
    practice.emulator.add_fault(Fault(operation="CreateItem", nth=1, when="before", action="drop"))
    begun = len(practice.emulator.requests)

    found = practice.examine()

    assert list(wrong(found)) == [Step.WRITE]
    assert [r.operation for r in practice.emulator.requests[begun:]].count("CreateItem") == 1
    assert Step.MOVE in found.untried


@pytest.mark.parametrize("step", spread(TRIED[: TRIED.index(Step.REMOVE)]))
def test_told_to_stop_it_takes_away_what_it_made(practice: Practice, step: Step) -> None:
    """After whichever step it is: nothing more is tried, and the mailbox is as it was. After each step: tests/load."""
    stops_after(practice, step)


def stops_after(practice: Practice, step: Step) -> None:
    """Tells it to stop after that step."""
    found = practice.examine(stop_after=step)

    rest = TRIED[TRIED.index(step) + 1 : -1]
    assert found.stopped
    assert set(rest) <= set(found.untried)
    assert (Step.CLEAN in found.untried) == (step is Step.OFFER)


@pytest.mark.parametrize("operation", ["MoveItem", "DeleteItem", "SyncFolderItems", "GetItem"])
def test_whatever_fails_nothing_is_left_behind(practice: Practice, operation: str) -> None:
    """An operation that fails once is a finding, and the cleaning up goes on after it."""
    practice.emulator.add_fault(Fault(operation=operation, nth=1, action="fault", code="ErrorInternalServerError"))

    found = practice.examine()

    assert Step.CLEAN not in wrong(found)


def test_a_message_that_the_server_takes_no_more_of_is_too_large(practice: Practice) -> None:
    """One of the size asked for is written as well; what does not fit is said in words."""
    assert practice.examine(large=2_000_000).fine

    practice.emulator.configure(max_request_bytes=1_500_000)
    refused = practice.examine(large=2_000_000)

    assert wrong(refused) == {Step.LARGE: "larger than the destination takes"}


def test_a_message_that_no_request_can_carry_is_not_sent(practice: Practice) -> None:
    """Exchange takes no more than 64 MB in a request."""
    begun = len(practice.emulator.requests)

    found = practice.examine(large=60_000_000)

    assert "does not fit into one request" in wrong(found)[Step.LARGE]
    assert [r.operation for r in practice.emulator.requests[begun:]].count("CreateItem") == 5


def test_an_examination_that_was_killed_is_cleaned_up_by_the_next(practice: Practice) -> None:
    """Its folders and its message go."""
    mailbox = practice.open()
    folder = mailbox.create_folder(mailbox.top, f"{FOLDER} 0000-0000", folder_tag("0000-0000", MARK))
    inner = mailbox.create_folder(folder.id, "Moved", folder_tag("0000-0000", MARK))
    mailbox.create(inner.id, [message(item_tag("0000-0000", MARK, bytes(16)))])
    mailbox.close()

    assert practice.examine().fine


def test_what_is_the_owners_stays(own_practice: Practice) -> None:
    """A folder of the same name, migrated mail, and what the owner put into the doctor's own folder."""
    mailbox = own_practice.open()
    inbox = next(folder.id for folder in mailbox.folders() if folder.role is Role.INBOX)
    mailbox.create(inbox, [message(item_tag("7K2F-9QXD", "0a1b2c3d", bytes(16)))])
    mailbox.create_folder(mailbox.top, FOLDER, folder_tag("7K2F-9QXD", "0a1b2c3d"))
    left = mailbox.create_folder(mailbox.top, f"{FOLDER} 0000-0000", folder_tag("0000-0000", MARK))
    mailbox.create(left.id, [message("not one of the doctor's")])
    mailbox.close()
    was = own_practice.emulator.dump()

    found = own_practice.examine()

    assert wrong(found) == {Step.CLEAN: f"Could not be removed: {FOLDER} 0000-0000. Please remove it by hand."}
    assert own_practice.emulator.dump() == was


def message(tag: str) -> Tagged:
    return Tagged(tag, SourceMessage(1, b"Subject: x\r\n\r\nx", 15, None, Marks()))


def words(found: Diagnosis, step: Step) -> str:
    """What was found at a step."""
    return next(finding.words for finding in found.findings if finding.step is step)


def test_a_server_that_loses_the_mark_of_a_meeting_message_is_named(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Such a server may act on imported requests once more."""
    look = ExchangeExamination.look
    monkeypatch.setattr(ExchangeExamination, "look", lambda self, item: replace(look(self, item), processed=False))

    found = practice.examine()

    assert "loses its mark as dealt with (0x7D01)" in wrong(found)[Step.MEETING]
    assert Step.REMOVE not in wrong(found)


def test_a_server_that_shows_a_contact_otherwise_is_named(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rollback would keep each."""
    contact = ExchangeExamination.contact
    monkeypatch.setattr(ExchangeExamination, "contact", lambda self: replace(contact(self), ours="0" * 12))

    found = practice.examine()

    assert "take copied contacts for changed by their owner" in wrong(found)[Step.CONTACT]
    assert Step.CLEAN not in wrong(found)


@pytest.mark.parametrize(("operation", "step"), [
    ("CreateUserConfiguration", Step.KEPT), ("GetUserOofSettingsRequest", Step.REPLIES),
])
def test_a_server_that_keeps_or_tells_nothing_of_settings_is_named(
    practice: Practice, operation: str, step: Step
) -> None:
    """With its own words; everything else is tried all the same."""
    practice.emulator.add_fault(Fault(operation=operation, action="fault", code="ErrorAccessDenied"))

    found = practice.examine()

    practice.emulator.clear_faults()
    assert set(wrong(found)) == {step}
    assert "OMM.check" not in practice.emulator.dump()


def test_a_server_that_makes_a_message_of_a_sticky_note_is_named(
    practice: Practice, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its owner would find it among messages."""
    note = ExchangeExamination.note

    def plain(self: ExchangeExamination) -> TypedItem:
        one = note(self)
        return replace(one, element=one.element.replace(b"IPM.StickyNote", b"IPM.Note"))

    monkeypatch.setattr(ExchangeExamination, "note", plain)

    found = practice.examine()

    assert "loses its class or its colour" in wrong(found)[Step.NOTE]
    assert Step.CLEAN not in wrong(found)


@pytest.mark.parametrize(("name", "changed", "says"), [
    ("rule", lambda one: replace(one, shown="otherwise"), "An inbox rule is shown otherwise than it was written"),
    ("rule", lambda one: replace(one, value=one.value.replace("<t:StopP", "<t:P").replace("/t:StopP", "/t:P")),
     "No inbox rule can be created"),
    ("has_outlook_rules", lambda _: True, "not tried: Outlook keeps rules of its own"),
])
def test_what_a_server_does_otherwise_with_rules_is_named(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, name: str, changed: Callable[[Any], Any], says: str
) -> None:
    """And nothing is done that would destroy what Outlook keeps."""
    real: Callable[..., Any] = getattr(ExchangeExamination, name)
    monkeypatch.setattr(ExchangeExamination, name, lambda self, *given: changed(real(self, *given)))

    found = practice.examine()

    assert words(found, Step.RULE).startswith(says)
    assert (Step.RULE in wrong(found)) is not says.startswith("not tried")


@pytest.mark.parametrize(("kept", "said"), [
    ({}, "the server sets none: nothing keeps a connection at one server by them"),
    ({"X-BackEndCookie": True, "BIGipServer~mail.example.org": True},
     "X-BackEndCookie, 1 of a load balancer or proxy sent back for as long as a connection lives"),
    ({"exchangecookie": True, "pool": False},
     "exchangecookie sent back for as long as a connection lives; 1 of a load balancer or proxy not sent back: "
     "set for another address"),
])
def test_a_cookie_that_may_be_called_after_a_machine_is_only_counted(
    practice: Practice, monkeypatch: pytest.MonkeyPatch, kept: dict[str, bool], said: str
) -> None:
    """The report can be shown to strangers."""
    monkeypatch.setattr(ExchangeExamination, "cookies", lambda _self: kept)

    assert words(practice.examine(), Step.COOKIES) == said
