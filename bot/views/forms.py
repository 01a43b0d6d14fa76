"""Forms: what Slack hands back from a modal, parsed once. Past this file nobody looks into `view.state.values`."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeVar
from urllib.parse import quote

from bot import sources
from bot.addresses import Address, host_name, parse_address, unpasted
from bot.drawn import drawn
from bot.ids import Block
from bot.offers import Offer, Offers
from bot.sources import Source
from bot.stored.drafts import Draft, Fields, with_accounts
from bot.views import openings
from bot.views.values import Values, elements_of, ids_of, selected_in, text_in, ticked_in
from bot.where_typed import IN_SLACK, NO_PAGE, Ways
from engine.contents import with_what_comes
from engine.errors import InputError, Side
from engine.migration.account import Account, parse_account
from engine.migration.content import Content
from engine.migration.questions import about
from engine.migration.request import Choice, MigrationRequest
from engine.migration.task_id import parse_task_id
from engine.store.vault import Secret
from engine.systems import EWS_PATH, System
from engine.words import listed

T = TypeVar("T")

LONGEST_MAIL_ADDRESS = 254      # RFC 5321, by erratum 1690 of RFC 3696
ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
MAIL_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@)(?P<name>{ATEXT}(\.{ATEXT})*)@(?P<domain>[^@\s]+\.[^@\s]+)")
ANYWHERE = Address("", "example.org", None, "")
LOOKED_UP = Address("", "", None, "")       # by the login, which is an e-mail address
EWS = next(iter(System.EXCHANGE.encrypted))
WEB = frozenset({"", "https", "http"})      # beginnings of an address that say nothing of how a server is reached
EWS_TYPED = WEB | set(System.EXCHANGE.row.schemes)                        # always reached over TLS
WEB_MAIL = frozenset({"", "/ews", "/owa", "/ecp"})                        # pages of the same server
PASSWORDS: Mapping[Side, Block] = MappingProxyType({
    Side.SOURCE: Block.SOURCE_PASSWORD, Side.DESTINATION: Block.DESTINATION_PASSWORD
})
LOGINS: Mapping[Side, Block] = MappingProxyType({
    Side.SOURCE: Block.SOURCE_LOGIN, Side.DESTINATION: Block.DESTINATION_LOGIN
})
CHOICES: Mapping[Choice, Block] = MappingProxyType({
    Choice.FORWARDING: Block.FORWARDING, Choice.OUTLOOK_RULES: Block.OUTLOOK_RULES, Choice.LEAVE_OFF: Block.LEAVE_OFF,
    Choice.COPIES: Block.COPIES,
})


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that can be used. `secrets` has the sides whose password was typed; the others' are in the vault.

    `edition` is that of the draft when the form was drawn as it was on the screen. `lacks` are the sides whose password
    is still to be typed on the private page.
    """

    fields: Fields
    request: MigrationRequest
    secrets: Mapping[Side, Secret]
    edition: int
    lacks: tuple[Side, ...] = ()


@dataclass(frozen=True, slots=True)
class Errors:
    """What is wrong with a form, by the id of the input block, ready for `response_action: errors`."""

    by_block: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What the rollback dialog showed when it was sent: private_metadata of View.ROLLBACK."""

    task_id: str
    items: int
    kept: int
    counting_on_it: tuple[str, ...] = ()


@dataclass(slots=True)
class _Complaints:
    """Collects what is wrong, so that everything is said at once."""

    by_block: dict[str, str] = field(default_factory=dict)

    def heard(self, block: str, do: Callable[[], T]) -> T | None:
        """What `do` returns, None when it complains."""
        try:
            return do()
        except InputError as error:
            self.by_block.setdefault(block, str(error))
            return None


# The migration form


def parse_migration(values: Values, draft: Draft, offers: Offers, ways: Ways = IN_SLACK) -> Filled | Errors:
    """The form, checked as far as that goes without a network. Errors never repeat what was typed.

    `ways` say where passwords can be typed: with a page, those that are missing are no error.
    """
    typed, wrong = read_fields(values, draft), _Complaints()
    draft = with_accounts(draft, typed)
    kind = sources.find(typed.source_kind)
    source = _source(typed, next(iter(ids_of(values, Block.SOURCE_SERVER)), Block.SOURCE_SERVER), kind, wrong)
    offer = offers.find(typed.offer)
    destination = _destination(typed, _block_id(values, Block.DESTINATION_SERVER, draft), offer, wrong)
    if source is not None and destination is not None:
        _check_ends(source, destination, values, draft, wrong)
    boxes = next(iter(ids_of(values, Block.CONTENTS)), Block.CONTENTS)
    contents = wrong.heard(boxes, lambda: _contents(values, kind))
    notify = wrong.heard(Block.NOTIFY, lambda: _mail_address(typed.notify))
    secrets = typed_passwords(values)
    lacks = tuple(side for side in draft.lacks if side not in secrets)
    for side in lacks if not ways.page else ():
        block = _block_id(values, PASSWORDS[side], draft)
        is_asked = ways.form or block in values
        wrong.by_block[block if is_asked else LOGINS[side].value] = no_password(side) if is_asked else NO_PAGE
    if wrong.by_block or source is None or destination is None or contents is None or notify is None:
        return Errors(wrong.by_block)
    fields = replace(typed, contents=contents, notify=notify, offer=offer.key)
    fields = openings.settled(fields, source, destination)
    return Filled(fields, _request(source, destination, fields), secrets, _edition(values, draft), lacks)


def request_of(fields: Fields) -> MigrationRequest:
    """What a form asks for that was parsed before, from what is kept of it. Raises InputError.

    An account on Exchange has no host where none was typed: it is still to be looked up.
    """
    old_login = login_of(fields.source_login)
    scheme, address = _source_address(fields.source_server, old_login, sources.find(fields.source_kind))
    login = login_of(fields.destination_login)
    source = _account(fields.source_scheme or scheme, address, old_login)
    destination = _account(EWS, _service_address(fields.destination_server, login, Side.DESTINATION), login)
    return _request(
        openings.opened(fields, Side.SOURCE, source), openings.opened(fields, Side.DESTINATION, destination), fields
    )


def _request(source: Account, destination: Account, fields: Fields) -> MigrationRequest:
    moved = with_what_comes(fields.contents, source.system, destination.system)
    return MigrationRequest(source, destination, moved, about(fields.choices, moved))


def with_server(fields: Fields, side: Side, server: str) -> Fields:
    """The same form with the server of that side, as if it had been typed."""
    if side is Side.SOURCE:
        return replace(fields, source_server=server)
    return replace(fields, destination_server=server)


def upgraded(fields: Fields) -> Fields | None:
    """The same form for a source that encrypts only after a greeting, None where the address says how it does."""
    address = parse_address(fields.source_server) if unpasted(fields.source_server) else LOOKED_UP
    if address.port is None or address.scheme:
        return None
    scheme = sources.find(fields.source_kind).upgraded(address.port)
    return None if scheme is None else replace(fields, source_scheme=scheme)


def _source(typed: Fields, server_block: str, kind: Source, wrong: _Complaints) -> Account | None:
    login = wrong.heard(Block.SOURCE_LOGIN, lambda: login_of(typed.source_login))
    found = wrong.heard(server_block, lambda: _source_address(typed.source_server, login or "", kind))
    if found is None or login is None:
        return None
    account = _account(*found, login)
    return wrong.heard(Block.SOURCE_MAILBOX, lambda: openings.opened(typed, Side.SOURCE, account))


def _source_address(text: str, login: str, kind: Source) -> tuple[str, Address]:
    if kind.system.row.path:        # a web service, whose address people copy in many forms
        return next(iter(kind.system.encrypted)), _service_address(text, login, Side.SOURCE, kind.words.example)
    address = parse_address(text)
    if address.path or address.scheme not in {*WEB, kind.key, *kind.system.encrypted}:
        raise InputError(f"Type only the server's name, such as {kind.words.example}.")
    scheme = kind.scheme(address.scheme, address.port)
    _account(scheme, address)
    return scheme, address


def _destination(typed: Fields, server_block: str, offer: Offer, wrong: _Complaints) -> Account | None:
    login = wrong.heard(Block.DESTINATION_LOGIN, lambda: login_of(typed.destination_login))
    address = wrong.heard(
        server_block,
        lambda: _service_address(typed.destination_server, login or "", Side.DESTINATION, offer.example),
    )
    if address is None or login is None:
        return None
    account = _account(EWS, address, login)
    return wrong.heard(Block.DESTINATION_MAILBOX, lambda: openings.opened(typed, Side.DESTINATION, account))


def _service_address(text: str, login: str, side: Side, example: str = "ex.example.org") -> Address:
    """The Exchange server that was typed; LOOKED_UP where none was, and the login is an e-mail address."""
    if not unpasted(text):
        if MAIL_ADDRESS.fullmatch(login):
            return LOOKED_UP
        raise InputError(f"Type the name of the {side} server, such as {example}.")
    address = parse_address(text)
    if address.scheme not in EWS_TYPED:
        raise InputError("Type the Exchange server's name, such as ex.example.org, or its https:// address.")
    if address.path.lower() in WEB_MAIL:
        address = replace(address, path="")
    elif address.path.lower() != EWS_PATH.lower():
        raise InputError(f"Type only the server's name, such as {example}.")
    _account(EWS, address)
    return address


def _account(scheme: str, address: Address = ANYWHERE, login: str = "anybody") -> Account:
    """The account, by the engine's own rules. Each field is checked with something harmless in the other's place."""
    name = quote(login, safe="", errors="surrogatepass")
    return parse_account(f"{scheme}://{name}@{address.netloc}{address.path}", may_lack_server=address is LOOKED_UP)


def login_of(text: str) -> str:
    """The login that was typed. Raises InputError."""
    login = unpasted(text)
    if not login:
        raise InputError("Type the login. It is usually the whole e-mail address.")
    _account(EWS, login=login)
    return login


def _check_ends(
    source: Account, destination: Account, values: Values, draft: Draft, wrong: _Complaints
) -> None:
    """Complains about what the two accounts must not be together."""
    old_server = next(iter(ids_of(values, Block.SOURCE_SERVER)), Block.SOURCE_SERVER)
    new_server = _block_id(values, Block.DESTINATION_SERVER, draft)
    wrong.heard(Block.DESTINATION_LOGIN, lambda: _check_different(source, destination))
    wrong.heard(old_server, lambda: openings.check_server(source, destination))
    wrong.heard(new_server, lambda: openings.check_server(destination, source))


def _check_different(source: Account, destination: Account) -> None:
    ends = {(account.owner.casefold(), account.host) for account in (source, destination)}
    if len(ends) == 1:
        raise InputError("This is the source mailbox. Type the login of the mailbox to copy into.")


def _contents(values: Values, kind: Source) -> tuple[Content, ...]:
    chosen = ticked_in(values, Block.CONTENTS)
    if not chosen:
        raise InputError("Choose what to migrate.")
    if not set(chosen) <= set(kind.contents):
        raise InputError(f"Only {listed(list(kind.contents))} can be migrated from {kind.words.name}.")
    return tuple(content for content in kind.contents if content in chosen)


def _mail_address(text: str) -> str:
    address = unpasted(text)
    if not address:
        return ""
    found = MAIL_ADDRESS.fullmatch(address)
    try:
        domain = host_name(found["domain"]) if found else ""
    except InputError:
        domain = ""
    if not found or not domain or len(address) > LONGEST_MAIL_ADDRESS:
        raise InputError("This is not an e-mail address. Type one, such as ann@example.org, or leave the field empty.")
    return f"{found['name']}@{domain}"


def no_password(side: Side) -> str:
    """What is said where a password is missing."""
    return f"Type the password of the {side} account."


def read_fields(values: Values, draft: Draft) -> Fields:
    """What is typed at the moment, as it is; of fields that are not on the screen, what the draft has."""
    known = draft.fields
    typed = Fields(
        source_kind=selected_in(values, Block.SOURCE_KIND, known.source_kind),
        source_server=text_in(values, Block.SOURCE_SERVER, known.source_server),
        source_login=text_in(values, Block.SOURCE_LOGIN, known.source_login),
        offer=selected_in(values, Block.OFFER, known.offer),
        destination_server=text_in(values, Block.DESTINATION_SERVER, known.destination_server),
        destination_login=text_in(values, Block.DESTINATION_LOGIN, known.destination_login),
        contents=_known_contents(values, known.contents),
        notify=text_in(values, Block.NOTIFY, known.notify),
        choices=tuple(choice for choice in Choice if _is_made(values, choice, known)),
    )
    return openings.with_openings(values, draft, typed)


def _is_made(values: Values, choice: Choice, known: Fields) -> bool:
    """True: it is ticked; where it is not on the screen, the draft has it."""
    on_screen = any(elements_of(values, CHOICES[choice]))
    return bool(ticked_in(values, CHOICES[choice])) if on_screen else choice in known.choices


def _known_contents(values: Values, known: tuple[Content, ...]) -> tuple[Content, ...]:
    if not any(elements_of(values, Block.CONTENTS)):
        return known
    chosen = ticked_in(values, Block.CONTENTS)
    return tuple(content for content in Content if content in chosen)


def typed_passwords(values: Values) -> Mapping[Side, Secret]:
    """The passwords that are typed at the moment. Worth keeping before `chosen_anew`, which may empty their fields."""
    typed = {side: text_in(values, block, "") for side, block in PASSWORDS.items()}
    return {side: Secret(password) for side, password in typed.items() if password}


def chosen_anew(values: Values, draft: Draft, offers: Offers) -> Draft:
    """The draft after a choice in a menu: with what is typed now.

    Another offer fills in its own address, if it has one, but never replaces an address that somebody typed. The
    edition grows when the address changes. What can be moved from another kind of source, and could not from the
    former, is ticked.
    """
    fields = _ticked_anew(read_fields(values, draft), draft.fields)
    before, chosen = offers.find(draft.fields.offer), offers.find(fields.offer)
    if unpasted(fields.destination_server) not in ("", before.server) or chosen.server == before.server:
        return replace(draft, fields=fields)
    fields = replace(fields, destination_server=chosen.server)
    return replace(draft, fields=fields, edition=draft.edition + 1)


def _ticked_anew(fields: Fields, before: Fields) -> Fields:
    """The fields with the boxes as they come up after another kind of source was chosen."""
    now, then = sources.find(fields.source_kind), sources.find(before.source_kind)
    ticked = [c for c in now.contents if c in fields.contents or c not in then.contents]
    return replace(fields, contents=tuple(ticked)) if now is not then else fields


# The smaller ones


def parse_password(values: Values) -> Mapping[Side, Secret] | Errors:
    """The passwords of View.PASSWORD, by side."""
    typed = typed_passwords(values)
    blocks = {side: block_id for side, prefix in PASSWORDS.items() for block_id in ids_of(values, prefix)}
    missing = {block_id: no_password(side) for side, block_id in blocks.items() if side not in typed}
    return Errors(missing) if missing else typed


def parse_new_login(values: Values) -> str | Errors:
    """The destination's login that was typed into View.PASSWORD; '' where that does not ask for it."""
    if not any(elements_of(values, Block.DESTINATION_LOGIN)):
        return ""
    wrong = _Complaints()
    login = wrong.heard(Block.DESTINATION_LOGIN, lambda: login_of(text_in(values, Block.DESTINATION_LOGIN, "")))
    return Errors(wrong.by_block) if login is None else login


def parse_follow(values: Values) -> str:
    """The login that was typed into View.FOLLOW."""
    return unpasted(text_in(values, Block.LOGIN, ""))


def discard(values: Values) -> bool:
    """True: View.ROLLBACK asks to remove also what was changed since."""
    return bool(ticked_in(values, Block.DISCARD))


def agreed(values: Values) -> tuple[Choice, ...]:
    """What is ticked of what View.ROLLBACK asks."""
    return tuple(choice for choice in Choice if ticked_in(values, CHOICES[choice]))


@drawn()
def confirmed(private_metadata: str) -> Confirmed:
    """What View.ROLLBACK had counted. Raises NotDrawnError."""
    plain = json.loads(private_metadata)
    counting = tuple(parse_task_id(task_id) for task_id in plain.get("counting", ()))
    return Confirmed(parse_task_id(plain["task"]), int(plain["items"]), int(plain["kept"]), counting)


def cancelled(private_metadata: str) -> tuple[str, str]:
    """The task ID of a cancel dialog, and what it has said is finished first; '' in one of an earlier release."""
    task_id, _, said = private_metadata.partition(" ")
    return task_id, said


# What is on the screen


def _block_id(values: Values, block: Block, draft: Draft) -> str:
    return next(iter(ids_of(values, block)), f"{block}{draft.edition}")


def _edition(values: Values, draft: Draft) -> int:
    """The number behind the ids of fields that come up anew."""
    return int(_block_id(values, Block.DESTINATION_SERVER, draft).removeprefix(Block.DESTINATION_SERVER))
