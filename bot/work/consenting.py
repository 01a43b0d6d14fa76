"""Consenting: the code that came with a consent is exchanged, and what it stands for is kept or given back.

Every step is written down before the next begins, so the whole may be cut off anywhere and done again. A process that
dies between Google's answer and the vault leaves a code that Google does not take twice: whoever consented is asked
once more, and Google takes back what the code stood for (RFC 6749, 4.1.2).
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from functools import partial

from bot.audit.auditing import Outcome, came_of
from bot.buttons import NoLongerError
from bot.consent import secrets as consent_secrets
from bot.consent.answers import settle
from bot.consent.consents import asking, check_policy
from bot.consent.secrets import GIVEN_BACK_WITHIN, Sealed
from bot.people import Person, UnknownPersonError
from bot.permissions import NotAllowedError, check_member
from bot.services import Services, Try
from bot.stored.audit_entries import Result, Surface, What
from bot.stored.consents import Consent, Status
from bot.stored.orders import GivenUp
from bot.views.masking import masked
from bot.work import consented, given_back
from engine.errors import Cause, FatalError, InputError, RetryableError, TakenError, UnreadableError
from engine.migration.content import Content
from engine.migration.giving_back import give_back
from engine.pace.halt import Halt
from engine.ports.consent import Grant, UselessGrantError
from engine.store.vault import Secret

CONFIRMED_WITHIN = timedelta(minutes=1)     # after a scanner, the browser that was meant comes at once
CODE_LASTS = timedelta(minutes=10)          # RFC 6749, 4.1.2: at most
NO_SLACK = "Slack did not answer in time, so OMM could not find out who you are."
log = logging.getLogger(__name__)


def exchange(services: Services, halt: Halt, *, about: str, consent_id: str, user: str) -> bool:
    """Goes on with a consent that came back. False: it is to be tried again, as Google is away or somebody is awaited.

    Raises HaltedError.
    """
    consent = services.consents.find(consent_id)
    if consent is None:         # forgotten with its form
        consent_secrets.drop(services.engine.vault, consent_id)
        return True
    if (consent.about, consent.person) != (about, user):
        return True
    if consent.status in (Status.ASKED, Status.HELD):
        consent = _in_time(services, consent)
        if consent.status is Status.HELD:
            consented.ask_for_number(services, consent)
        if consent.is_open:
            return False
    halt.check()
    if consent.status is Status.TAKEN:
        consent = _settled(services, consent)
    if consent.is_open:
        return False
    if not consent.told:
        consented.tell(services, halt, consent)
        services.consents.change(consent.id, lambda now: replace(now, told=True))
    halt.check()
    return _cleared(services, consent)


def give_up(services: Services, *, about: str, consent_id: str, user: str, why: GivenUp) -> None:
    """Says on the page of the consent that nothing came of it, and gives back what did.

    Raises TakenError where Google does not answer now: the same is to be asked again later.
    """
    log.error("the consent for %s of %s was given up: %s", about, user, why)
    consent = services.consents.find(consent_id)
    if consent is not None and not _cleared(services, settle(services, consent, Status.AWAY)):
        raise TakenError(f"What came of the consent for {about} cannot be given back to Google now.")


def _in_time(services: Services, consent: Consent) -> Consent:
    """The consent; at its end where nobody whom it is for has come with it in time."""
    strayed = consent.came if consent.status is Status.ASKED else None
    until = consent.until if strayed is None else strayed + CONFIRMED_WITHIN
    if services.clock() < until:
        return consent
    return settle(services, consent, Status.LATE if consent.status is Status.HELD else Status.FOREIGN)


# What it stands for


def _settled(services: Services, consent: Consent) -> Consent:
    """The consent at its end; as it is where Google, or Slack, does not answer now."""
    sealed = consent_secrets.find(services.engine.vault, consent.id)
    if sealed is None:
        return settle(services, consent, Status.LATE)
    try:
        person = services.people.look(consent.person)
        check_member(person, services.team)
        check_policy(services, person)
        asking(services)
    except UnknownPersonError:
        return consent if _is_fresh(services, consent) else settle(services, consent, Status.AWAY, why=NO_SLACK)
    except NotAllowedError as error:
        return settle(services, consent, Status.NOT_ALLOWED, why=str(error))
    grant = _grant(services, consent, sealed)
    return _judged(services, consent, person, grant) if isinstance(grant, Grant) else grant


def _is_fresh(services: Services, consent: Consent) -> bool:
    return consent.came is not None and services.clock() < consent.came + CODE_LASTS


def _grant(services: Services, consent: Consent, sealed: Sealed) -> Grant | Consent:
    """What the code stands for, which is written down; else the consent, as far as it has come.

    It is no good where access to the same account was given back just then: Google may have ended it with that
    (developers.google.com/identity/protocols/oauth2/web-server#tokenrevoke).
    """
    try:
        with services.engine.vault.returns.comes(consent.id) as has_gone:
            grant = _written_down(services, consent, sealed)
            consent_secrets.hold(services.engine.vault, consent.id, grant.secret)
            is_over = has_gone(_account(services, grant))
    except RetryableError as error:
        log.warning("Google does not answer for the consent of %s: %s", consent.about, error)
        return consent if _is_fresh(services, consent) else settle(services, consent, Status.AWAY)
    except FatalError as error:
        if error.cause is Cause.STORE:
            raise
        log.warning("Google does not take the code for %s: %s", consent.about, error)
        return settle(services, consent, Status.NO_GOOD, why=str(error) if error.cause is Cause.FORBIDDEN else "")
    return settle(services, consent, Status.NO_GOOD) if is_over else grant


def _written_down(services: Services, consent: Consent, sealed: Sealed) -> Grant:
    """What the code stands for. Raises as `exchange` of Consenting."""
    if sealed.granted:
        return Grant(sealed.address, Secret(sealed.granted), frozenset(sealed.missing))
    grant = _exchanged(services, consent, sealed.verifier, sealed.code)
    consent_secrets.change(services.engine.vault, consent.id, lambda now: replace(
        now, granted=grant.secret, address=grant.address, missing=tuple(sorted(grant.missing))
    ))
    return grant


def _account(services: Services, grant: Grant) -> str:
    returning = services.engine.returning
    return "" if returning is None else returning.account(grant.secret)


def _exchanged(services: Services, consent: Consent, verifier: str, code: str) -> Grant:
    """What the code stands for. Raises as `exchange` of Consenting, and lets go what is of no use."""
    try:
        return asking(services).exchange(code=Secret(code), verifier=Secret(verifier), contents=consent.contents)
    except UselessGrantError as error:
        services.engine.vault.let_go(error.grant.secret)
        raise


def _judged(services: Services, consent: Consent, person: Person, grant: Grant) -> Consent:
    """The consent at its end: what was granted is kept, or to be given back."""
    status = _kept(services, consent, person, grant)
    return settle(
        services, consent, status, address=masked(grant.address), missing=_in_order(consent, grant.missing),
    )


def _kept(services: Services, consent: Consent, person: Person, grant: Grant) -> Status:
    if grant.missing >= set(consent.contents):
        return Status.NOTHING
    at = services.at(Surface.PAGE, Try(consent.came, again=True))
    try:
        return consented.keep(at, person, consent, grant)
    except (TakenError, UnreadableError):
        raise
    except (InputError, NotAllowedError, NoLongerError):
        return Status.CHANGED


def _in_order(consent: Consent, missing: frozenset[Content]) -> tuple[Content, ...]:
    return tuple(content for content in consent.contents if content in missing)


# Giving back


def _let_go(services: Services, consent: Consent, address: str, secret: Secret) -> None:
    """Has a grant given back that is not kept; the engine does that, unless something else needs the account."""
    vault, returning = services.engine.vault, services.engine.returning
    vault.let_go(secret)
    consent_secrets.release(vault, consent.id)
    if returning is None or returning.account(secret) not in vault.accounts():
        came_of(services, consent.person, What.REVOKE, consent.about, Outcome(Result.DONE, f"of {masked(address)}"),
                Surface.OMM)


def _cleared(services: Services, consent: Consent) -> bool:
    """Gives back whatever else came of a consent, and removes what it stood for. True: nothing is left to be done."""
    vault = services.engine.vault
    sealed = consent_secrets.find(vault, consent.id)
    if sealed is not None and sealed.granted and consent.status is not Status.GRANTED:
        at = services.at(Surface.OMM, Try(consent.came, again=True))        # once in the audit, if it is cut off here
        _let_go(at, consent, sealed.address, Secret(sealed.granted))
        sealed = consent_secrets.change(vault, consent.id, lambda now: replace(now, granted="", code=""))
    if sealed is not None and _is_unused(consent, sealed):
        sealed = consent_secrets.change(vault, consent.id, lambda now: replace(
            now, code="", strays=(*now.strays, now.code)
        ))
    left = [code for code in sealed.strays if not _gone(services, consent, sealed.verifier, code)] if sealed else []
    of = {services.team: services}.get
    give_back(
        services.engine, partial(given_back.tell, services.threads, of),
        failed=partial(given_back.tell_in_vain, services.threads, of),
        ours=partial(given_back.is_of, services.threads, services.team),
    )
    if left and not _is_over(services, consent):
        return False
    # The verifier stays: whatever else comes is exchanged to be given back. So does a code that was taken, for Google
    # ends what it stands for when it comes twice (RFC 6749, 4.1.2).
    consent_secrets.change(vault, consent.id, lambda now: _put_away(consent, now, left))
    services.consents.change(consent.id, lambda now: replace(now, back=False))
    return True


def _put_away(consent: Consent, sealed: Sealed, over: Collection[str]) -> Sealed:
    """What stays of it. Codes that came just now stay as well, and are given back next."""
    code = sealed.code if consent.status is Status.GRANTED else ""
    return replace(sealed, code=code, granted="", address="", missing=(), strays=tuple(
        each for each in sealed.strays if each not in over
    ))


def _is_unused(consent: Consent, sealed: Sealed) -> bool:
    """True: a code was taken and never exchanged, as its consent has come to its end before that."""
    return bool(sealed.code) and not sealed.granted and consent.status not in (Status.GRANTED, Status.NO_GOOD)


def _gone(services: Services, consent: Consent, verifier: str, code: str) -> bool:
    """Exchanges a code for nothing but to give back what it stands for. False: Google does not answer now."""
    try:
        grant = _exchanged(services, consent, verifier, code)
    except RetryableError as error:
        log.warning("a code that came for %s cannot be given back now: %s", consent.about, error)
        return False
    except FatalError as error:
        if error.cause is Cause.STORE:
            raise
    except NotAllowedError:     # nothing asks Google here any more
        pass
    else:
        _let_go(services, consent, grant.address, grant.secret)
    consent_secrets.change(services.engine.vault, consent.id, lambda now: replace(
        now, strays=tuple(each for each in now.strays if each != code)
    ))
    return True


def _is_over(services: Services, consent: Consent) -> bool:
    return consent.came is not None and services.clock() >= consent.came + GIVEN_BACK_WITHIN
