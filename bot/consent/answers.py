"""Consent answers: what a browser brings back from Google's page, and what is written down of it.

Two things have to come back together: the state, and the cookie of the browser that we have sent there. What comes
without either, late, or to another person, is exchanged for nothing but to be given back; a worker does that
(bot/work/consenting.py). No request to Google is made here.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

from bot.audit.auditing import Outcome, came_of
from bot.consent import consents
from bot.consent import numbers as consent_numbers
from bot.consent import secrets as consent_secrets
from bot.consent.secrets import MOST_STRAYS, Sealed
from bot.pages.links import PageRefusedError, Refusal
from bot.people import Person
from bot.permissions import check_member
from bot.services import Services
from bot.stored.audit_entries import Result, Surface, What
from bot.stored.consents import Consent, Status

CANCELLED = "access_denied"     # RFC 6749, 4.1.2.1
MISTYPED = "Other numbers than the one in the browser were typed too often."


@dataclass(frozen=True, slots=True)
class Answer:
    """What the browser brings: Google's parameters, and the cookie of that state ('' where there is none)."""

    state: str = field(repr=False)
    code: str = field(default="", repr=False)
    error: str = ""
    cookie: str = field(default="", repr=False)


def came_back(services: Services, user: str, answer: Answer) -> Consent:
    """Takes an answer of a browser in which the Slack user `user` has signed in to our pages; '': nobody (any more).

    Returns the consent, whose page says what came of it. The same answer again changes nothing. Raises
    PageRefusedError for a state that is none of ours, or another browser's.
    """
    consent = services.consents.of_state(answer.state)
    if consent is None or consent.team != services.team:
        raise PageRefusedError(Refusal.UNKNOWN)
    if not consent.is_of_browser(answer.cookie):
        _note_stray(services, consent, answer.code)
        raise PageRefusedError(Refusal.NOT_BEGUN)
    if consent.status is not Status.ASKED:
        _note_stray(services, consent, answer.code)
        return consent
    if (wrong := _wrong(services, consent, user, answer)) is not None:
        _note_stray(services, consent, answer.code)
        after = settle(services, consent, wrong)
        _order(services, after)     # of its form, and of what was kept for it
        return after
    return _taken(services, _numbered(services, consent), answer.code, Status.TAKEN if user else Status.HELD)


def confirm(services: Services, person: Person, consent_id: str, cookie: str) -> Consent:
    """The person's own consent. One that came back while they were not signed in is taken now, in the same browser.

    Raises PageRefusedError.
    """
    consent = consents.came_of(services, person, consent_id)
    if consent.by_number or services.by_number:      # nobody has said who they are
        consent = _numbered(services, consent)
        return _outdated(services, consent) if consent.status is Status.HELD else consent
    if consent.status is not Status.HELD or not consent.is_of_browser(cookie) or services.clock() >= consent.until:
        return consent
    return _confirmed(services, consent)


def confirm_typed(services: Services, person: Person, about: str, number: str) -> Consent | None:
    """The person's last consent for that form or task, taken if the number is the one that its browser shows.

    After MOST_TRIES other ones it ends, and what was allowed is given back. None: they were asked for none.
    """
    check_member(person, services.team)
    consent = consents.last(services, person, about)
    if consent is None or not consent.by_number or consent.status is not Status.HELD:
        return consent
    if services.clock() >= consent.until:
        return consent
    sealed = consent_secrets.find(services.engine.vault, consent.id)
    if sealed is not None and consent_numbers.is_same(number, sealed.number):
        return _confirmed(services, consent)
    after = _changed(services, consent, lambda now: replace(now, tries=now.tries + 1), Status.HELD)
    if after.tries >= consent_numbers.MOST_TRIES:
        after = settle(services, after, Status.FOREIGN, why=MISTYPED)
        _order(services, after)
    return after


def _outdated(services: Services, consent: Consent) -> Consent:
    """The consent. It ends here if the same person has asked again since: the number of the older one is void."""
    if not _is_replaced(services, consent):
        return consent
    after = settle(services, consent, Status.REPLACED)
    _order(services, after)
    return after


def _numbered(services: Services, consent: Consent) -> Consent:
    """The consent, with a number where nothing says any more who is before a page."""
    if consent.by_number or not services.by_number or consent.status not in (Status.ASKED, Status.HELD):
        return consent
    number = consent_numbers.new()
    consent_secrets.change(
        services.engine.vault, consent.id, lambda kept: kept if kept.number else replace(kept, number=number)
    )
    return services.consents.change(consent.id, lambda now: replace(now, by_number=True)) or consent


def number_of(services: Services, consent: Consent, cookie: str) -> str:
    """What the browser that we have sent to Google shows; '' to any other one, and when nothing is to be typed."""
    is_asked = consent.by_number and consent.status is Status.HELD and consent.is_of_browser(cookie)
    sealed = consent_secrets.find(services.engine.vault, consent.id) if is_asked else None
    return "" if sealed is None else sealed.number


def _confirmed(services: Services, consent: Consent) -> Consent:
    if _is_replaced(services, consent):
        after = settle(services, consent, Status.REPLACED)
    else:
        after = _changed(services, consent, lambda now: replace(now, status=Status.TAKEN), Status.HELD)
    _order(services, consent)
    return after


def settle(services: Services, consent: Consent, status: Status, **more: object) -> Consent:
    """The consent, which has come to its end now; that is in the audit once. `more` are other fields of it."""
    settled: list[Consent] = []

    def end(now: Consent) -> Consent:
        settled.clear()
        if not now.is_open:
            return now
        settled.append(now)
        return replace(now, status=status, **more)     # type: ignore[arg-type]  # fields of a Consent

    after = services.consents.change(consent.id, end) or consent
    if settled:
        came_of(services, after.person, What.CONSENT, after.about, _outcome(after), Surface.PAGE)
    return after


def _outcome(consent: Consent) -> Outcome:
    if consent.status is Status.GRANTED:
        off = f", without {', '.join(consent.missing)}" if consent.missing else ""
        return Outcome(Result.DONE, f"as {consent.address}{off}")
    failed = consent.status in (Status.NO_GOOD, Status.AWAY)
    words = consent.why or WORDS[consent.status]
    return Outcome(Result.FAILED if failed else Result.REFUSED, words)


WORDS = {
    Status.DENIED: "refused on Google's page",
    Status.OTHER_ACCOUNT: "for another account than the one that is meant",
    Status.NOTHING: "nothing of what was asked for was allowed",
    Status.NO_GOOD: "Google did not take the answer",
    Status.AWAY: "Google did not answer in time",
    Status.CHANGED: "what needed the consent has changed, gone on or ended",
    Status.NOT_ALLOWED: "the admins do not allow it",
    Status.FOREIGN: "it came back to another browser or person",
    Status.LATE: "it came back after ten minutes",
    Status.REPLACED: "asked once more since",
}


def _wrong(services: Services, consent: Consent, user: str, answer: Answer) -> Status | None:
    """Why nothing can be taken of it; None: it can."""
    if user not in ("", consent.person):
        return Status.FOREIGN
    if services.clock() >= consent.until:
        return Status.LATE
    if _is_replaced(services, consent):
        return Status.REPLACED
    if answer.error == CANCELLED:
        return Status.DENIED
    return None if answer.code and not answer.error else Status.NO_GOOD


def _is_replaced(services: Services, consent: Consent) -> bool:
    """True: the same person has asked once more since, for the same."""
    newest = services.consents.newest(consent.about, consent.person)
    return newest is not None and newest.id != consent.id


def _taken(services: Services, consent: Consent, code: str, status: Status) -> Consent:
    """Keeps the code, and has it exchanged. Of two answers at once the first is taken."""
    vault, now = services.engine.vault, services.clock()
    sealed = consent_secrets.change(vault, consent.id, lambda kept: _with_code(kept, code))
    if sealed is None:
        return settle(services, consent, Status.LATE)
    if sealed.code != code:
        return _noted(services, consent)
    consent_secrets.extend(vault, consent.id, now)
    _order(services, consent)       # already now: whoever dies behind it leaves a code that is given back
    after = _changed(services, consent, lambda one: replace(one, status=status, came=now, back=True), Status.ASKED)
    _order(services, consent)
    return after


def _with_code(kept: Sealed, code: str) -> Sealed:
    """A code that came first without the cookie is that of a scanner which had the same address."""
    strays = tuple(stray for stray in kept.strays if stray != code)
    return replace(kept, code=code, strays=strays) if not kept.code else _with_stray(kept, code)


def _with_stray(kept: Sealed, code: str) -> Sealed:
    known = code in (kept.code, *kept.strays)
    return kept if known else replace(kept, strays=(*kept.strays, code)[-MOST_STRAYS:])


def _note_stray(services: Services, consent: Consent, code: str) -> None:
    """Keeps a code that is exchanged for nothing but to be given back; not one that was taken."""
    if not code:
        return
    before = consent_secrets.find(services.engine.vault, consent.id)
    if before is None or code == before.code or (code in before.strays and consent.back):
        return
    if consent_secrets.change(services.engine.vault, consent.id, lambda kept: _with_stray(kept, code)) is not None:
        _noted(services, consent)


def _noted(services: Services, consent: Consent) -> Consent:
    now = services.clock()
    consent_secrets.extend(services.engine.vault, consent.id, now)
    _order(services, consent)
    after = services.consents.change(
        consent.id, lambda one: replace(one, back=True, came=one.came or now)
    )
    return after or consent


def _order(services: Services, consent: Consent) -> None:
    services.jobs.consent(consent.about, consent.id, consent.person)


def _changed(services: Services, consent: Consent, do: Callable[[Consent], Consent], before: Status) -> Consent:
    return services.consents.change(consent.id, lambda one: do(one) if one.status is before else one) or consent
