"""What the doctor's report shows, and what it does not."""

from __future__ import annotations

import pytest

from engine.doctor.diagnosis import Diagnosis, Finding, Step
from engine.migration.account import Access, opening, parse_account
from engine.store.masks import Masks
from terminal.doctor import _line, discretion, kind_of_login, record

MASKS = Masks()
MASKS.hide("hunter2-secret")


@pytest.mark.parametrize(("login", "words", "shown"), [
    ("claire%40example.org", "Mailbox CLAIRE@example.org is locked", "Mailbox [login] is locked"),
    ("claire%40example.org", "/o=Org/cn=Recipients/cn=claire", "/o=Org/cn=Recipients/cn=[login]"),
    ("claire%40example.org", "no mail for example.org here", "no mail for [login] here"),
    ("EXAMPLE%5Cclaire", "EXAMPLE\\claire and Claire", "[login] and [login]"),
    ("claire", "for Claire", "for [login]"),
    ("al", "all of it", "all of it"),
    ("claire%40example.org", "at Mail.Corp.Example now", "at [host] now"),
    ("claire%40example.org", "mail.corp.example.org", "[host].org"),
    ("claire%40example.org", "given hunter2-secret", "given [secret]"),
    ("a.c%40example.org", "abc", "abc"),
    ("all%40example.org", "shall all of it be fine?", "shall [login] of it be fine?"),
    ("claire%40example.org", "mailbox_claire, Claire2", "mailbox_[login], Claire2"),
    ("claire%40example.org", "Name it by: bob@other.example.", "Name it by: [address]."),
    (f"{'c' * 120}%40example.org", f"login {'c' * 100} or", "login [login] or"),
])
def test_names_are_taken_out_of_words(login: str, words: str, shown: str) -> None:
    """Login, its parts and host in any case of letters, and the password; nothing that only looks alike."""
    account = parse_account(f"ews+https://{login}@mail.corp.example")

    assert discretion(account, MASKS.masked, show_host=False)(words) == shown


def test_the_mailbox_that_a_service_account_opens_is_taken_out_too() -> None:
    """Neither of the two addresses, nor a part of one, is shown to strangers."""
    mover = parse_account("ews+https://mover%40hoster.example@mail.corp.example")
    account = opening(mover, "Claire@example.org", Access.IMPERSONATION)

    discreet = discretion(account, MASKS.masked, show_host=False)

    assert discreet("mover@hoster.example may not open claire@example.org") == "[login] may not open [mailbox]"
    for part in ("mover", "hoster.example", "Claire", "EXAMPLE.ORG"):
        assert part not in discretion(account, MASKS.masked, show_host=True)(f"about {part} here")


def test_the_host_stays_where_it_is_asked_for() -> None:
    """The login does not."""
    account = parse_account("ews+https://claire%40example.org@mail.corp.example")

    said = discretion(account, MASKS.masked, show_host=True)("claire@example.org at mail.corp.example")

    assert said == "[login] at mail.corp.example"


def test_a_host_within_the_logins_own_domain_stays_whole() -> None:
    """It was asked for, and names the domain anyway."""
    account = parse_account("ews+https://claire%40corp.example@mail.corp.example")

    assert discretion(account, MASKS.masked, show_host=True)("mail.corp.example") == "mail.corp.example"


@pytest.mark.parametrize(("login", "kind"), [
    ("claire@example.org", "an address"), ("EXAMPLE\\claire", "a name in a domain"), ("claire", "a name alone"),
])
def test_a_login_is_said_by_its_kind(login: str, kind: str) -> None:
    """Which of the three it is may be why it is refused."""
    assert kind_of_login(login) == kind


@pytest.mark.parametrize(("fine", "stopped", "state"), [
    (True, False, "fine"), (False, False, "wrong"), (True, True, "stopped"), (False, True, "stopped"),
])
def test_the_state_says_how_it_ended(fine: bool, stopped: bool, state: str) -> None:
    """What was stopped is not fine, whatever it had found."""
    account = parse_account("ews+https://claire%40example.org@mail.corp.example")
    found = Diagnosis((Finding(Step.OFFER, fine, "for claire", 0.1),), ("ntlm",), None, (), stopped)

    said = record(found, account, discretion(account, MASKS.masked, show_host=False), show_host=False)

    assert said["state"] == state
    assert said["findings"] == [{"step": "sign-in offered", "fine": fine, "words": "for [login]", "seconds": 0.1}]
    assert found.fine == (state == "fine")


def test_a_step_that_took_no_time_says_none() -> None:
    """A zero behind each line tells nobody anything; what took long is said."""
    quick, slow = (_line(Finding(Step.FOLDER, fine=True, words="with its tag", seconds=s), str) for s in (0.01, 2.34))

    assert quick.endswith("with its tag")
    assert slow.endswith("with its tag (2.3 s)")
