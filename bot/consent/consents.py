"""Consents: how the owner of a Google account gets to Google's page, from a form or from a migration that needs it.

A link of ours leads there, for one person, ten minutes and one use; its page says what happens before Google asks. All
raise NotAllowedError, InputError for a form or task that is gone, and UnreadableError where the admins' settings cannot
be read. What comes back is bot/consent/answers.py's.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from urllib.parse import urlsplit

from bot.audit.auditing import Attempt, attempt, audited
from bot.consent import numbers as consent_numbers
from bot.consent import secrets as consent_secrets
from bot.ids import Action
from bot.pages import links as page_links
from bot.pages.links import PageRefusedError, Refusal, attempted
from bot.people import Person
from bot.permissions import NotAllowedError, check_member, steerable
from bot.policy import check_may_migrate, check_servers
from bot.services import Services
from bot.starting import own_form
from bot.stored.audit_entries import What
from bot.stored.consents import LASTS, Consent
from bot.stored.drafts import Draft, DraftState, Fields, account_of
from bot.stored.one_time import For, Link
from bot.where_typed import no_consent
from engine.contents import CONTENTS, called
from engine.errors import InputError, Side
from engine.migration.content import Content
from engine.migration.record import Migration
from engine.migration.renamed import destination_now
from engine.ports.consent import Consenting
from engine.systems import System

START, RESULT, CALLBACK = "/oauth/google/start", "/oauth/google/result", "/oauth/google/callback"
BUTTONS: Mapping[str, Action] = MappingProxyType({"resume": Action.RESUME, "retry": Action.RETRY})
TAKES = (DraftState.OPEN, DraftState.CLOSED)
ASKED_AGAIN_FOR = timedelta(minutes=10)     # after a question is over, the page of what came of it asks once more
FINISHED_WITHIN = timedelta(minutes=10)      # after a question is over, what came of it stands in its form
NOT_NOW = "This form asks for no access to a Google account at the moment. Go on in Slack."
NOTHING_MOVES = "Nothing is chosen that moves from a Google account. Choose it in the form first."


@dataclass(frozen=True, slots=True)
class Page:
    """What somebody is to read before Google asks them.

    `login` is the account that is meant, '' where they choose it there. `moves` is what moves, in words, to the mailbox
    `goes_to` on `server`. `then` is what waits for it: `resume`, `retry`, '' for a form. `shown` tells it from anything
    else that could be asked.
    """

    about: str
    login: str
    contents: tuple[Content, ...]
    goes_to: str
    server: str
    then: str = ""

    @property
    def moves(self) -> Sequence[str]:
        """What moves, as a person reads it."""
        return [called(content, System.GOOGLE, System.EXCHANGE) for content in self.contents]

    @property
    def shown(self) -> str:
        """A digest of all of it."""
        said = json.dumps([self.about, self.login, list(self.contents), self.goes_to, self.server, self.then])
        return sha256(said.encode(errors="replace")).hexdigest()


@dataclass(frozen=True, slots=True)
class Sent:
    """Where the browser goes: Google's address, which holds the state, and the cookie that it takes along."""

    consent: Consent
    url: str = field(repr=False)
    cookie: str = field(repr=False)


# The link


def available(services: Services) -> str:
    """Why nobody can be asked for consent here; '' where they can be."""
    return no_consent(services)


def asks_at(services: Services) -> str:
    """The origin of Google's page. Raises NotAllowedError where nobody can be asked."""
    parts = urlsplit(asking(services).page)
    return f"{parts.scheme}://{parts.netloc}"


@audited(What.CONSENT_LINK)
def link(services: Services, person: Person, draft_id: str) -> str:
    """The address of a new page that leads the form's owner to Google. An older one for the same form ends by it."""
    draft = own_form(services, person, draft_id)
    _check(services, person)
    if draft.state not in TAKES:
        raise NotAllowedError(NOT_NOW)
    _of_form(draft)
    token = services.one_time.new(
        For.CONSENT, draft.id, team=services.team, person=person.id, edition=draft.edition, view=draft.view_id,
    )
    keep_open(services, draft.id, services.clock() + LASTS)
    return f"{services.consents_at}{START}/{token}"


@audited(What.CONSENT_LINK)
def link_to_task(services: Services, person: Person, task_id: str, then: str = "resume") -> str:
    """The same for a migration that needs consent again. `then`: `resume` or `retry`, which it does by itself then.

    Raises what a press of that button does.
    """
    waits(services, person, task_id, then)
    token = services.one_time.new(For.CONSENT, task_id, team=services.team, person=person.id, then=then)
    return f"{services.consents_at}{START}/{token}"


def waits(services: Services, person: Person, task_id: str, then: str) -> Migration:
    """The person's migration, which waits for consent. Raises as `link_to_task`."""
    with attempt(services, person, What.CONSENT, task_id) as this:
        migration = steerable(services, person, task_id, BUTTONS[then])
        _check(services, person)
        if migration.request.source.system is not System.GOOGLE:
            raise NotAllowedError(NOT_NOW)
        this.outcome = None         # what comes of it is in the audit
    return migration


def known(services: Services, person: Person, draft_id: str) -> Draft:
    """The person's own form with what is known by now of the consent to it."""
    return own_form(services, person, draft_id)


def last(services: Services, person: Person, about: str) -> Consent | None:
    """The last consent that the person was asked for, for that form or task; None where they never were."""
    return services.consents.newest(about, person.id)


def of_link(services: Services, person: Person, token: str) -> Consent | None:
    """The last consent for what a link of the person's was for; None where there is none."""
    link = services.one_time.find(token)
    return None if link is None or link.person != person.id else last(services, person, link.about)


def owner_of(services: Services, token: str) -> str:
    """Whose a link or a consent of this workspace is (a Slack ID); '' where there is none of that name."""
    found = services.one_time.find(token) or services.consents.find(token)
    return found.person if found is not None and found.team == services.team else ""


def form_of(services: Services, consent: Consent) -> Draft | None:
    """The form that a consent is for; None for a task, and where the form is gone."""
    return None if consent.then else services.drafts.load(consent.about)


def is_kept(services: Services, draft: Draft) -> bool:
    """True: the form has started with what was granted, or keeps it."""
    return draft.state is DraftState.STARTED or services.engine.vault.has(draft.id, Side.SOURCE)


def keep_open(services: Services, draft_id: str, until: datetime) -> None:
    """Has a form that is closed meanwhile wait until then (UTC) for what its owner does in the browser."""

    def kept(draft: Draft) -> Draft:
        known = draft.page_until
        return replace(draft, page_until=until if known is None or known < until else known)

    services.drafts.change(draft_id, kept)


def asking(services: Services) -> Consenting:
    """What asks Google. Raises NotAllowedError where there is nothing."""
    if services.consenting is None or not services.consents_at:
        raise NotAllowedError(available(services))
    return services.consenting


def check_policy(services: Services, person: Person) -> None:
    """Raises NotAllowedError unless the admins let them migrate, and from Google."""
    check_may_migrate(services, person)
    check_servers(services.policies.load(services.team), {Side.SOURCE: System.GOOGLE.row.host})


def _check(services: Services, person: Person) -> None:
    asking(services)
    check_policy(services, person)


# The page before Google's


def look(services: Services, person: Person, token: str) -> Page:
    """What the page of a link says. The link can be used afterwards as before. Raises PageRefusedError."""
    with attempted(services, person, What.CONSENT) as this:
        page = _page(services, person, _open(services, person, token, this))
        _check(services, person)
        this.outcome = None
    return page


def has_signed_in(services: Services, person: Person, token: str, until: datetime | None) -> bool:
    """True: the link is the person's, and a sign-in that lasts `until` then (UTC) lasts as long as the link."""
    link = services.one_time.find(token)
    is_theirs = link and (link.team, link.person) == (services.team, person.id)
    return bool(link and is_theirs and until and link.until <= until)


def ask(services: Services, person: Person, token: str, shown: str) -> Sent:
    """Uses the link up and sends its person to Google. `shown` is that of the page which they have read.

    Raises PageRefusedError.
    """
    with attempted(services, person, What.CONSENT) as this:
        link = _open(services, person, token, this)
        page = _page(services, person, link)
        _check(services, person)
        if page.shown != shown:
            raise PageRefusedError(Refusal.CHANGED)
        if services.one_time.use(token) is None:
            raise PageRefusedError(Refusal.USED)
        this.outcome = None         # what comes of it is in the audit
        return _sent(services, person, page)


def ask_again(services: Services, person: Person, consent_id: str) -> Sent:
    """Sends somebody to Google once more, who was there already for the same. Raises PageRefusedError."""
    with attempted(services, person, What.CONSENT) as this:
        consent = _own_consent(services, person, consent_id, this)
        if services.clock() >= consent.until + ASKED_AGAIN_FOR:
            raise PageRefusedError(Refusal.EXPIRED)
        page = _page_of(services, person, consent.about, consent.then)
        _check(services, person)
        this.outcome = None
        return _sent(services, person, page)


def _sent(services: Services, person: Person, page: Page) -> Sent:
    begun = services.consents.begin(
        page.about, team=services.team, person=person.id, contents=page.contents, then=page.then, login=page.login,
        by_number=services.by_number,
    )
    asked = asking(services).ask(state=begun.state, contents=page.contents, login=page.login)
    consent = begun.consent
    number = consent_numbers.new() if consent.by_number else ""
    consent_secrets.put(services.engine.vault, consent.id, asked.verifier, consent.until, number=number)
    if not page.then:
        keep_open(services, page.about, consent.until + FINISHED_WITHIN)
    return Sent(consent, asked.url, begun.cookie)


def came_of(services: Services, person: Person, consent_id: str) -> Consent:
    """The person's own consent, as it is now. Raises PageRefusedError."""
    with attempted(services, person, What.CONSENT) as this:
        consent = _own_consent(services, person, consent_id, this)
        this.outcome = None
    return consent


def refuse(services: Services, person: Person, about: str, why: Refusal) -> None:
    """Writes a refusal into the audit that was found out before anything was looked at. Raises PageRefusedError."""
    with attempted(services, person, What.CONSENT) as this:
        link = services.one_time.find(about)
        consent = services.consents.find(about)
        this.task_id = link.about if link else consent.about if consent else ""
        raise PageRefusedError(why)


def count_try(services: Services, person: Person, about: str, address: str) -> None:
    """Counts a press on one of these pages, as the private page does. Raises PageRefusedError after too many."""
    page_links.count_try(services, person, address, lambda why: refuse(services, person, about, why))


def _open(services: Services, person: Person, token: str, this: Attempt) -> Link:
    return page_links.own_open(services, person, token, this, {For.CONSENT})


def _own_consent(services: Services, person: Person, consent_id: str, this: Attempt) -> Consent:
    check_member(person, services.team)
    consent = services.consents.find(consent_id)
    if consent is None or consent.team != services.team:
        raise PageRefusedError(Refusal.UNKNOWN)
    this.task_id = consent.about
    if consent.person != person.id:
        raise PageRefusedError(Refusal.ANOTHERS)
    return consent


# What it says


def _page(services: Services, person: Person, link: Link) -> Page:
    return _page_of(services, person, link.about, link.then, another=True)


def _page_of(services: Services, person: Person, about: str, then: str, *, another: bool = False) -> Page:
    """`another`: True: a form that is authorised asks for whatever account its owner chooses now.

    Not one whose owner has left something off: that is asked for again, of the same account.
    """
    if then:
        migration = steerable(services, person, about, BUTTONS[then])
        there = destination_now(migration)
        return Page(
            about, migration.request.source.login, tuple(migration.request.contents), there.mailbox or there.login,
            there.host, then,
        )
    draft = own_form(services, person, about)
    if draft.state not in TAKES:
        raise PageRefusedError(Refusal.GONE_ON)
    return _of_form(draft, another=another)


def _of_form(draft: Draft, *, another: bool = False) -> Page:
    """Raises NotAllowedError for a form that asks for nothing of Google's."""
    fields = draft.fields
    if not fields.by_consent:
        raise NotAllowedError(NOT_NOW)
    if not contents_of(fields):
        raise InputError(NOTHING_MOVES)
    _kind, server, login = account_of(fields, Side.DESTINATION)
    anybody = another and bool(draft.authorised_as) and not draft.off
    meant = "" if anybody else account_of(fields, Side.SOURCE)[2]
    return Page(draft.id, meant, asked_of(draft), fields.destination_mailbox or login, server)


def asked_of(draft: Draft) -> tuple[Content, ...]:
    """What a form asks for at Google: what it moves, and what its owner has not allowed before."""
    return ordered({*contents_of(draft.fields), *draft.off})


def ordered(contents: Collection[Content]) -> tuple[Content, ...]:
    """The contents as the form lists them."""
    return tuple(content for content in CONTENTS if content in contents)


def contents_of(fields: Fields) -> tuple[Content, ...]:
    """What a form moves from a Google account."""
    return tuple(content for content in fields.contents if content in System.GOOGLE.row.gives)
