"""What the private page asks for: which passwords, of which accounts, and what waits for them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from types import MappingProxyType

from bot import service_accounts, sources, starting, waiting
from bot.addresses import parse_address
from bot.ids import Action
from bot.people import Person
from bot.permissions import check_applies, steerable
from bot.services import Services
from bot.stored.drafts import DraftState, Fields, account_of
from bot.stored.one_time import For, Link
from engine.contents import called
from engine.errors import InputError, OmmError, Side
from engine.migration.record import Migration
from engine.migration.renamed import destination_now
from engine.migration.states import UNDER_WAY
from engine.systems import CredentialKind, System

BUTTONS: Mapping[str, Action] = MappingProxyType({
    "resume": Action.RESUME, "retry": Action.RETRY, "rollback": Action.ROLLBACK,
})      # by what waits for the passwords of a migration
CLOSED = "closed"
LOOKED_UP = "a server that OMM looks up, and shows in the form before any password is sent there"


class GoneOnError(OmmError):
    """What waited for the passwords is no form that takes any more."""


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An account whose password is asked for, in words."""

    side: Side
    login: str
    server: str
    opens: str = ""     # the mailbox that the login opens, where it is not its own
    is_app: bool = False    # True: an app password is asked for (bot/app_passwords.py)

    @property
    def word(self) -> str:
        """What is asked for."""
        return "app password" if self.is_app else "password"


@dataclass(frozen=True, slots=True)
class Page:
    """What the page of an open link asks for.

    `moves` are the contents that a form moves. `then` is what waits for the passwords: `resume`, `retry`, `rollback`,
    one of Waits, '' for a form that was not sent, CLOSED for one that was closed. `shown` tells what is asked for from
    anything else. `accounts` are those of a form (kind, server, login).
    """

    purpose: For
    about: str
    mailboxes: Sequence[Mailbox]
    moves: Sequence[str]
    then: str
    shown: str
    accounts: Mapping[Side, waiting.Account] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def asks_login(self) -> bool:
        """True: the destination's login can be corrected, as its account may have been renamed."""
        return self.then == "rollback" and any(each.side is Side.DESTINATION for each in self.mailboxes)


def page_of(services: Services, person: Person, link: Link) -> Page:
    """The page of a link. Raises GoneOnError, and what a press of the button does that waits for the passwords."""
    if link.purpose is For.TASK:
        migration = _waiting(services, person, link)
        return _asked(link, [_of_task(migration, side) for side in link.sides], (), link.then)
    draft = starting.own_form(services, person, link.about)
    if draft.state not in waiting.TAKES:
        raise GoneOnError("What waited for passwords has gone on.")
    kind = sources.find(draft.fields.source_kind).system
    moves = [called(content, kind, System.EXCHANGE) for content in draft.fields.contents]
    then = CLOSED if draft.state is DraftState.CLOSED else draft.waits
    accounts = {side: account_of(draft.fields, side) for side in link.sides}
    page = _asked(link, [_of_form(side, draft.fields) for side in accounts], moves, then)
    return replace(page, accounts=MappingProxyType(accounts))


def _waiting(services: Services, person: Person, link: Link) -> Migration:
    """The migration that waits for the passwords, also where an earlier use of the link has put it back in line."""
    migration = steerable(services, person, link.about)
    if not (link.stopped and migration.state in UNDER_WAY):
        check_applies(services, person, migration, BUTTONS[link.then])
    return migration


def _asked(link: Link, mailboxes: Sequence[Mailbox], moves: Sequence[str], then: str) -> Page:
    named = [[each.side, each.login, each.server, each.opens] for each in mailboxes]
    said = json.dumps([link.about, then, named, list(moves)])
    return Page(link.purpose, link.about, mailboxes, moves, then, sha256(said.encode(errors="replace")).hexdigest())


def _of_form(side: Side, fields: Fields) -> Mailbox:
    _kind, typed, login = account_of(fields, side)
    opens = fields.source_mailbox if side is Side.SOURCE else fields.destination_mailbox
    server, is_app = typed or LOOKED_UP, side is Side.SOURCE and fields.by_consent
    with suppress(InputError):
        server = parse_address(typed).netloc or server
    if side is Side.SOURCE:
        server = sources.find(fields.source_kind).system.row.host or server
    return Mailbox(side, login, server, opens if side in service_accounts.sides(fields) else "", is_app)


def _of_task(migration: Migration, side: Side) -> Mailbox:
    account = migration.request.source if side is Side.SOURCE else destination_now(migration)
    is_app = account.system.row.credential is CredentialKind.GRANT
    return Mailbox(side, account.login, account.host, account.mailbox, is_app)
