"""Ends: the two accounts that a form names, made of what was typed."""

from __future__ import annotations

import re
from dataclasses import replace
from urllib.parse import quote

from bot import sources
from bot.addresses import Address, parse_address, unpasted
from bot.ids import Block
from bot.offers import Offer
from bot.sources import Source
from bot.stored.drafts import Fields
from bot.views import openings
from bot.views.complaints import Complaints
from bot.views.values import Values, ids_of
from engine.errors import InputError, Side
from engine.migration.account import Account, parse_account
from engine.systems import EWS_PATH, System

ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
MAIL_ADDRESS = re.compile(rf"(?=[^@]{{1,64}}@)(?P<name>{ATEXT}(\.{ATEXT})*)@(?P<domain>[^@\s]+\.[^@\s]+)")
ANYWHERE = Address("", "example.org", None, "")
LOOKED_UP = Address("", "", None, "")       # by the login, which is an e-mail address
EWS = next(iter(System.EXCHANGE.encrypted))
WEB = frozenset({"", "https", "http"})      # beginnings of an address that say nothing of how a server is reached
EWS_TYPED = WEB | set(System.EXCHANGE.row.schemes)                        # always reached over TLS
WEB_MAIL = frozenset({"", "/ews", "/owa", "/ecp"})                        # pages of the same server
WHOLE_ADDRESS = "Type the whole e-mail address of the {} account, such as {}."


def accounts_of(fields: Fields) -> tuple[Account, Account]:
    """The two accounts of a form that was parsed before. Raises InputError."""
    source = _source_account(fields, sources.find(fields.source_kind))
    login = login_of(fields.destination_login)
    destination = _account(EWS, _service_address(fields.destination_server, login, Side.DESTINATION), login)
    return openings.opened(fields, Side.SOURCE, source), openings.opened(fields, Side.DESTINATION, destination)


def _source_account(fields: Fields, kind: Source) -> Account:
    if kind.system.row.host:
        return _by_address(fields.source_login, kind)
    login = login_of(fields.source_login)
    scheme, address = _source_address(fields.source_server, login, kind)
    return _account(fields.source_scheme or scheme, address, login)


def _by_address(text: str, kind: Source) -> Account:
    """The account of a system that has one server. Raises InputError."""
    login, scheme = unpasted(text), next(iter(kind.system.encrypted))
    if not MAIL_ADDRESS.fullmatch(login):
        raise InputError(WHOLE_ADDRESS.format(kind.system.row.called, kind.words.example))
    return parse_account(f"{scheme}://{quote(login, safe='@')}")


def source_of(values: Values, typed: Fields, wrong: Complaints) -> Account | None:
    """The source that is on the screen; None where something is wrong with it."""
    kind, login_block = sources.find(typed.source_kind), login_id(values, Side.SOURCE)
    if kind.system.row.host:
        return wrong.heard(login_block, lambda: _by_address(typed.source_login, kind))
    server_block = next(iter(ids_of(values, Block.SOURCE_SERVER)), Block.SOURCE_SERVER)
    return _source(typed, login_block, server_block, kind, wrong)


def login_id(values: Values, side: Side) -> str:
    """The id of the field with the login of that side: another one where it came up filled in."""
    name = Block.SOURCE_LOGIN if side is Side.SOURCE else Block.DESTINATION_LOGIN
    return next(iter(ids_of(values, name)), name.value)


def _source(typed: Fields, login_block: str, server_block: str, kind: Source, wrong: Complaints) -> Account | None:
    login = wrong.heard(login_block, lambda: login_of(typed.source_login))
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


def destination_of(typed: Fields, server_block: str, offer: Offer, wrong: Complaints) -> Account | None:
    """The destination that is on the screen; None where something is wrong with it."""
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


def check_ends(
    source: Account, destination: Account, values: Values, new_server: str, wrong: Complaints
) -> None:
    """Complains about what the two accounts must not be together."""
    old_server = next(iter(ids_of(values, Block.SOURCE_SERVER)), Block.SOURCE_SERVER)
    wrong.heard(Block.DESTINATION_LOGIN, lambda: _check_different(source, destination))
    if not source.system.row.host:
        wrong.heard(old_server, lambda: openings.check_server(source, destination))
    wrong.heard(new_server, lambda: openings.check_server(destination, source))


def _check_different(source: Account, destination: Account) -> None:
    ends = {(account.owner.casefold(), account.host) for account in (source, destination)}
    if len(ends) == 1:
        raise InputError("This is the source mailbox. Type the login of the mailbox to copy into.")
