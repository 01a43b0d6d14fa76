"""What one signs in to a Google account with: renewed before it ends, after a refusal, and never in vain."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from emulators.google import Fault
from engine.clock import utc_now
from engine.connectors.google.access.credentials import BEARER, Scoped, credential, opened_with
from engine.connectors.google.access.grants import KeptAccess, app_password, delegated, kept_access
from engine.connectors.google.access.scopes import CALENDAR, CONTACTS, IMAP_ADMIN, MAIL, TASKS
from engine.errors import Cause, FatalError, InputError, RetryableError
from engine.migration.account import parse_account
from engine.migration.content import Content
from engine.store.vault import Secret
from tests.contract.google.conftest import ANN, At

ACCOUNT = parse_account(f"gmail://{ANN}")
CARL = parse_account("gmail://carl@example.org")


class Vault:
    """What is put back."""

    def __init__(self) -> None:
        self.kept: list[KeptAccess] = []

    def keep(self, secret: Secret) -> None:
        self.kept.append(kept_access(secret))


def refreshes(at: At) -> int:
    return sum(call.one("grant_type") == "refresh_token" for call in at.emulator.requests if call.endpoint == "token")


def test_a_token_is_used_as_long_as_it_is_good(at: At) -> None:
    """Nothing is asked of Google meanwhile, and nothing is shown of it."""
    kept, vault = at.kept(), Vault()
    made = credential(at.google(), ACCOUNT, kept.secret, vault.keep)

    assert made.secret() == made.secret() == BEARER + kept.access
    assert (refreshes(at), vault.kept) == (0, [])
    assert kept.access not in f"{made!r} {made.secret()!r}"


def test_a_token_is_renewed_before_it_ends(at: At, everything_logged: pytest.LogCaptureFixture) -> None:
    """Five minutes before; what came is put back into the vault, with the refresh token that the answer leaves out."""
    kept, vault = at.kept(), Vault()
    later = replace(at.google(), clock=lambda: utc_now() + timedelta(minutes=56))
    made = credential(later, ACCOUNT, kept.secret, vault.keep)
    new = made.secret()

    [back] = vault.kept
    assert new == BEARER + back.access != BEARER + kept.access
    assert (back.refresh, back.client, back.address, back.scopes) == (kept.refresh, kept.client, ANN, kept.scopes)
    assert at.emulator.introspect(back.access)["active"]
    assert back.access in at.hidden
    for part in (*kept.hidden, *back.hidden):
        assert part not in everything_logged.text


def test_threads_whom_one_token_failed_renew_it_once(at: At) -> None:
    """All of them get the same new one."""
    kept, vault = at.kept(), Vault()
    made = credential(at.google(), ACCOUNT, kept.secret, vault.keep)
    failed, got = made.secret(), []
    threads = [threading.Thread(target=lambda: got.append(made.secret(refused=failed))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(got)) == 1
    assert failed not in got
    assert (refreshes(at), len(vault.kept)) == (1, 1)


def ends(at: At, how: str) -> None:
    if how == "revoked":
        at.emulator.revoke(ANN)
    elif how == "password changed":
        at.emulator.change_password(ANN)
    else:
        at.emulator.expire(ANN, refresh=True)


@pytest.mark.parametrize("how", ["revoked", "password changed", "expired"])
def test_a_grant_that_is_over_needs_consent(at: At, how: str, everything_logged: pytest.LogCaptureFixture) -> None:
    """Google is asked once; the words say what may have happened and what to do, and repeat no token."""
    kept, vault = at.kept(), Vault()
    made = credential(at.google(), ACCOUNT, kept.secret, vault.keep)
    ends(at, how)

    may_be = r"taken back.*password.*six months.*seven days.*Authorise access again"
    with pytest.raises(FatalError, match=may_be) as caught:
        made.secret(refused=made.secret())

    assert (caught.value.cause, caught.value.side) == (Cause.CONSENT, "source")
    assert (refreshes(at), vault.kept) == (1, [])
    for part in kept.hidden:
        assert part not in f"{caught.value} {everything_logged.text}"
    assert caught.value.__context__ is None


def test_session_control_of_an_organisation_is_named(at: At) -> None:
    """It is no fault of anybody's: it comes again."""
    kept = at.kept("carl@example.org")
    made = credential(at.google(), CARL, kept.secret, Vault().keep)
    at.emulator.change_person("carl@example.org", session_seconds=0.0)

    with pytest.raises(FatalError, match="session control") as caught:
        made.secret(refused=made.secret())
    assert caught.value.cause is Cause.CONSENT


@pytest.mark.parametrize("fault", [
    Fault(endpoint="token", action="status", status=503, retry_after=7),
    Fault(endpoint="token", action="status", status=429, retry_after=7), Fault(endpoint="token", action="drop"),
], ids=lambda fault: f"{fault.action} {fault.status}")
def test_what_passes_is_tried_again_by_whoever_asks(at: At, fault: Fault) -> None:
    """Google is asked once at a time; the grant stays as it is."""
    kept, vault = at.kept(), Vault()
    made = credential(at.google(), ACCOUNT, kept.secret, vault.keep)
    first = made.secret()
    at.emulator.add_fault(fault)

    with pytest.raises(RetryableError) as caught:
        made.secret(refused=first)
    assert caught.value.back_off == (7 if fault.action == "status" else None)
    assert vault.kept == []
    assert made.secret(refused=first) != first


def test_the_client_of_a_grant_must_still_be_there(at: At) -> None:
    """A grant belongs to the client that asked for it."""
    kept = replace(at.kept(), client="gone.apps.googleusercontent.com")
    made = credential(at.google(), ACCOUNT, kept.secret, Vault().keep)

    with pytest.raises(FatalError, match="not set up any more") as caught:
        made.secret(refused=made.secret())
    assert caught.value.cause is Cause.CONSENT


def test_a_service_account_acts_for_whom_its_domain_lets_it(at: At) -> None:
    """With the scope for IMAP alone; elsewhere the words say what the administrator has to do."""
    made = credential(at.google(), CARL, delegated("carl@example.org"), Vault().keep)
    token = made.secret()
    stranger = credential(at.google(), ACCOUNT, delegated(ANN), Vault().keep)

    said = at.emulator.introspect(token.removeprefix(BEARER))
    assert (said["email"], said["scope"]) == ("carl@example.org", "https://www.googleapis.com/auth/gmail.imap_admin")
    assert made.secret() == token != made.secret(refused=token)
    with pytest.raises(FatalError, match="Domain-wide delegation") as caught:
        stranger.secret()
    assert caught.value.cause is Cause.FORBIDDEN


def test_an_app_password_is_sixteen_letters(at: At) -> None:
    """As Google shows it, with spaces; anything else is no app password, and is not repeated."""
    made = credential(at.google(), ACCOUNT, app_password("abcd efgh  ijkl mnop"), Vault().keep)

    assert made.secret() == "abcdefghijklmnop"
    for wrong in ("hunter2", "abcd efgh ijkl mno", "abcd efgh ijkl mno1", "äbcd efgh ijkl mnop"):
        with pytest.raises(InputError) as caught:
            app_password(wrong)
        assert wrong not in str(caught.value)


def test_what_the_operator_must_mend_is_nobodys_consent(at: At) -> None:
    """A client that Google does not take, a key that is none, a service account that is not set up."""
    made = credential(at.google(), ACCOUNT, at.kept().secret, Vault().keep)
    at.emulator.change_client("web", disabled=True)
    google = at.google()
    assert google.service_account is not None
    broken = replace(google.service_account, info={**google.service_account.info, "private_key": "secret-no-key"})
    cases = (
        (made, "Whoever runs OMM"),
        (credential(replace(google, service_account=broken), CARL, delegated("carl@example.org"), Vault().keep),
         "cannot be read"),
        (credential(replace(google, service_account=None), CARL, delegated("carl@example.org"), Vault().keep),
         "GOOGLE_SERVICE_ACCOUNT_FILE is not set"),
    )
    for each, said in cases:
        with pytest.raises(FatalError, match=said) as caught:
            each.secret(refused=made.secret())
        assert caught.value.cause is Cause.FORBIDDEN
        assert "secret-no-key" not in f"{caught.value} {caught.value.__context__}"


def test_a_service_account_opens_what_its_domain_has_delegated(at: At) -> None:
    """A token for each interface: one that is not delegated leaves the others, and is named with its scopes."""
    at.emulator.delegate("example.org", [IMAP_ADMIN, CONTACTS, TASKS])
    made = credential(at.google(), CARL, delegated("carl@example.org"), lambda _: None)

    opens, by = opened_with(made)
    assert opens == {Content.MAIL, Content.CONTACTS, Content.CONTACT_GROUPS, Content.TASKS}
    assert "delegated" in by
    assert isinstance(made, Scoped)
    assert made.for_scopes((CONTACTS,)).secret() != made.secret()
    with pytest.raises(FatalError, match=CALENDAR) as caught:
        made.for_scopes((CALENDAR,)).secret()
    assert caught.value.cause is Cause.NOT_SET_UP


def test_what_a_grant_opens_is_what_was_granted(at: At) -> None:
    """All contents that its scopes serve; of an app password mail alone."""
    kept = replace(at.kept(), scopes=(MAIL, CALENDAR))
    opens, _by = opened_with(credential(at.google(), ACCOUNT, kept.secret, lambda _: None))
    assert opens == {Content.MAIL, Content.CALENDARS, Content.INBOX_RULES, Content.OUT_OF_OFFICE}

    opens, by = opened_with(credential(at.google(), ACCOUNT, app_password("abcd efgh ijkl mnop"), lambda _: None))
    assert (opens, by) == ({Content.MAIL}, "An app password")
