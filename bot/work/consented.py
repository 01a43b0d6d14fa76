"""Consented: what somebody has granted is kept for a form or a migration, and what waited for it goes on."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType

from bot import form_passwords, starting, steering, waiting
from bot.consent.consents import TAKES, contents_of, ordered
from bot.people import Person, UnknownPersonError
from bot.permissions import NotAllowedError, steerable
from bot.services import Services, Try
from bot.stored.audit_entries import Surface
from bot.stored.consents import Consent, Status
from bot.stored.drafts import KEPT, Draft, DraftState, account_of
from bot.stored.one_time import For
from bot.stored.threads import Act
from bot.work import page_used
from engine.errors import InputError, Side
from engine.migration.steering import leave_off
from engine.pace.halt import Halt
from engine.ports.consent import Grant

UNSEEN = frozenset({Status.FOREIGN, Status.LATE, Status.REPLACED})      # the form may show a newer link
NUMBER = (
    "Your browser shows a number, with which you confirm the access to your Google account. Press Continue to open the "
    "form as you left it, and type the number there."
)
CLOSED = "You have authorised access to your Google account. Press Continue to open the form as you left it."


def keep(services: Services, person: Person, consent: Consent, grant: Grant) -> Status:
    """Keeps what was granted, if it is of the account that is meant, and goes on with what waited for it.

    Called again, it does what is not done. Returns GRANTED, OTHER_ACCOUNT or CHANGED. Raises NotAllowedError,
    NoLongerError, and TakenError while another process changes the task.
    """
    return _for_task(services, person, consent, grant) if consent.then else _for_form(services, person, consent, grant)


# A form


def _for_form(services: Services, person: Person, consent: Consent, grant: Grant) -> Status:
    try:
        before = starting.own_form(services, person, consent.about)
        page_is_open = services.one_time.is_open(For.FORM, before.id, person.id)
        until = before.page_until if page_is_open else None
        after = starting.changed(services, before.id, lambda draft: _with_grant(draft, consent, grant, until))
    except InputError:      # it is too old
        return Status.CHANGED
    if not _is_granted(after, grant):
        return Status.OTHER_ACCOUNT if _takes(after) else Status.CHANGED
    return _put(services, after, grant)


def _with_grant(draft: Draft, consent: Consent, grant: Grant, until: datetime | None) -> Draft:
    """The form with the account that has consented; as it is where it means another one, or is not open any more.

    What was not allowed is not ticked any more; what was not allowed before and is now, is. `until` is when its
    private page closes, None where none is open.
    """
    is_another = bool(draft.authorised_as) and not consent.login
    login = "" if is_another else account_of(draft.fields, Side.SOURCE)[2]
    off = tuple(content for content in consent.contents if content in grant.missing)
    is_known = _is_granted(draft, grant) and draft.off == off and grant.missing.isdisjoint(draft.fields.contents)
    if is_known or not _takes(draft) or (login and not grant.is_of(login)):
        return draft
    typed_for: dict[Side, tuple[str, str, str]] = dict(draft.typed_for)
    typed_for.pop(Side.SOURCE, None)
    fields = draft.fields if login else replace(draft.fields, source_login=grant.address)
    left = ordered({*fields.contents, *(each for each in draft.off if each in consent.contents)} - grant.missing)
    return replace(
        draft, fields=replace(fields, contents=left), kept=draft.kept | {Side.SOURCE},
        typed_for=MappingProxyType(typed_for), consented=grant.address, page_until=until,
        off=off, drawn_for=consent.id if off or left != fields.contents else draft.drawn_for,
    )


def _takes(draft: Draft) -> bool:
    return draft.state in TAKES and draft.fields.by_consent and bool(contents_of(draft.fields))


def _is_granted(draft: Draft, grant: Grant) -> bool:
    """True: the form has it, which may have been sent since."""
    is_there = draft.state is not DraftState.OVER and draft.fields.by_consent
    return is_there and draft.consented == grant.address and Side.SOURCE in draft.kept


def _put(services: Services, draft: Draft, grant: Grant) -> Status:
    for side in draft.kept - {Side.SOURCE}:
        services.engine.vault.extend(draft.id, side, services.clock() + KEPT)
    form_passwords.keep(services, draft, {Side.SOURCE: grant.secret})
    left = services.drafts.load(draft.id)
    return Status.CHANGED if left is None or left.state is DraftState.OVER else Status.GRANTED


# A migration


def _for_task(services: Services, person: Person, consent: Consent, grant: Grant) -> Status:
    act = Act.RETRY if consent.then == "retry" else Act.RESUME
    if _has_gone_on(services, person, consent, act):
        return Status.GRANTED
    migration = steerable(services, person, consent.about)
    if not grant.is_of(migration.request.source.login):
        return Status.OTHER_ACCOUNT
    this, typed = services.trail.this, {Side.SOURCE: grant.secret}
    leave_off(services.engine, consent.about, grant.missing)
    do = steering.retry if act is Act.RETRY else steering.resume
    do(services, person, consent.about, this, typed=typed)
    return Status.GRANTED


def _has_gone_on(services: Services, person: Person, consent: Consent, act: Act) -> bool:
    """True: it went on by this very consent, whatever has become of it since."""
    return any(
        (one.user, one.act, one.at) == (person.id, act, consent.came) for one in services.threads.pressed(consent.about)
    )


# What is seen of it


def tell(services: Services, halt: Halt, consent: Consent) -> None:
    """Draws the form anew. One that was closed meanwhile gets its owner a message with Continue; a card draws itself.

    What waited for it goes on. Raises HaltedError.
    """
    draft = None if consent.then else services.drafts.load(consent.about)
    if draft is None or draft.state not in TAKES or consent.status in UNSEEN:
        return
    if consent.status is Status.GRANTED:
        draft = _gone_on(services, consent, draft)
    if draft.state is DraftState.CHECKING:      # whoever checks it draws it
        return
    is_shown = draft.state is not DraftState.CLOSED and bool(draft.view_id) and page_used.draw(services, halt, draft)
    if consent.status is Status.GRANTED and not is_shown and draft.state in TAKES:
        page_used.write(services, draft, consent.person, CLOSED, name=f"consent:{consent.about}:{consent.id}")


def ask_for_number(services: Services, consent: Consent) -> None:
    """Writes to the owner of a form that was closed meanwhile, for its browser shows what is to be typed there."""
    draft = None if consent.then or not consent.by_number else services.drafts.load(consent.about)
    if draft is not None and draft.state is DraftState.CLOSED:
        page_used.write(services, draft, consent.person, NUMBER, name=f"consent-number:{consent.about}:{consent.id}")


def _gone_on(services: Services, consent: Consent, draft: Draft) -> Draft:
    """The form, sent if it waited for nothing else."""
    at = services.at(Surface.PAGE, Try(consent.came, again=True))
    with suppress(InputError, NotAllowedError, UnknownPersonError):
        return waiting.passwords_came(at, services.people.look(consent.person), draft.id, draft.waits)
    return draft
