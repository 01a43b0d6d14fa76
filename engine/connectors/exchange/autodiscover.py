"""Autodiscover: the Exchange server of a mailbox, where a person has typed nothing but its address.

First Autodiscover V2, as Microsoft's CSS-Exchange asks it: JSON over HTTPS, from the address's own domain and from
autodiscover.DOMAIN, in the order of [MS-OXDISCO] 3.1.5.1 and 3.1.5.2. Then the SRV record _autodiscover._tcp.DOMAIN
([MS-OXDISCO] 3.1.5.3), which names a host and no service: EWS is looked for there. Nothing of this signs in, follows a
redirection, or speaks in clear text, and no host is asked that is not public.

Whoever names a host may be mistaken, or somebody else: a web server at the domain's name is often not its mail's
operator, and anybody between us and the name server can make up an SRV record. What is found is therefore a proposal,
with the name of who made it, and a password leaves for it only after a person has confirmed it.
"""

from __future__ import annotations

import json
import re
from contextlib import suppress
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlsplit

import idna
import requests

from engine.connectors.exchange.errors import AnswerLostError
from engine.connectors.exchange.pinned import FIRST_ANSWER, ConnectionGoneError, PinnedAdapter, PinnedSession
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.watch import WATCH
from engine.connectors.network.pinning import CONNECT_TIMEOUT, Network
from engine.connectors.network.srv import Resolve, hosts
from engine.errors import Cause, FatalError, InputError, OmmError, Side
from engine.migration.account import Access, Account, parse_account
from engine.ports.looking_up import Found

HTTPS = 443
LARGEST = 16 * 1024     # bytes of an answer, which is a line
MOST_HOSTS = 3          # of an SRV record's
LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"     # of a name (RFC 1035); some machines' have a _
NUMBER = r"([0-9]+|0x[0-9a-f]*)"                     # the last part of an IPv4 address, in any of its spellings
PLACE = re.compile(
    rf"(?=[^:]{{1,253}}(:|$))({LABEL}\.)*(?!{NUMBER}\.?(:|$)){LABEL}\.?(:[0-9]{{1,5}})?", re.IGNORECASE | re.ASCII
)
PAGE = "/autodiscover/autodiscover.json/v1.0"
UNANSWERED = (
    FatalError, AnswerLostError, ConnectionGoneError, requests.RequestException, OSError,
    ValueError, RecursionError,     # what is no JSON, or without end
)
HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "Content-Type": None}


def discovered(
    account: Account, network: Network, resolve: Resolve, *, side: Side, port: int = HTTPS
) -> Found | None:
    """The same account at the server of the mailbox that it opens; None where nothing is found.

    A service account's own address may lead elsewhere: the address of the mailbox counts. `port` is where HTTPS is
    asked. Raises FatalError for a server that is named and cannot be reached from here (HOST_NOT_ALLOWED, HOST_UNKNOWN)
    and where the domain itself leads to a private host, which is not asked (HOST_NOT_ALLOWED); InputError where the
    mailbox has no address.
    """
    domain = domain_of(account)
    strict = replace(network, trusts_person=False)      # nobody has typed these names
    found = _told(account, domain, strict, side, port) or _recorded(account, domain, strict, resolve, side)
    if found is None:
        _refuse_private(domain, strict, side)
    return found


def _asked(domain: str) -> tuple[str, ...]:
    """The hosts of a domain that Autodiscover is looked for at."""
    return domain, f"autodiscover.{domain}"


def _refuse_private(domain: str, network: Network, side: Side) -> None:
    """Raises FatalError (HOST_NOT_ALLOWED) where a host was not asked because it is private."""
    for host in _asked(domain):
        try:
            network.endpoint(host, HTTPS, side)
        except FatalError as error:
            if error.cause is Cause.HOST_NOT_ALLOWED:
                raise


def domain_of(account: Account) -> str:
    """The domain of the mailbox's address, in ASCII and lower case. Raises InputError where it has no address."""
    name, _, domain = account.owner.rpartition("@")
    with suppress(UnicodeError):        # idna's own errors are
        found = idna.encode(domain, uts46=True).decode().lower()
        there = _at(found, "", account)
        if name and "." in found and "\\" not in name and there is not None and there.host == found:
            return found
    what = "mailbox" if account.mailbox else "login"
    raise InputError(f"Its {what} is not an e-mail address, by which one could be looked up.")


def _told(account: Account, domain: str, network: Network, side: Side, port: int) -> Found | None:
    """What Autodiscover V2 says."""
    for host in _asked(domain):
        there = _named(_answer(host, port, account.owner, network, side), account)
        if there is not None:
            network.endpoint(there.host, there.port, side)
            return Found(there, f"Autodiscover at {host}")
    return None


def _named(answer: Any, account: Account) -> Account | None:
    """The account at the URL of an answer; None: it names no EWS that is reached over TLS."""
    url = answer.get("Url") if isinstance(answer, dict) else None
    if not isinstance(url, str) or str(answer.get("Protocol")).lower() != "ews":
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return _at(parts.netloc, parts.path, account) if parts.scheme == "https" else None


def _at(place: str, path: str, account: Account) -> Account | None:
    """The account at that host and port; None where it is no plain name, for a person to read and agree to.

    An address in numbers is none: nobody can tell whose it is.

    A host of any script is named by its A-labels (RFC 5890): its letters may look like those of another host.
    """
    with suppress(InputError, UnicodeError):
        host, colon, port = place.partition(":")
        place = f"{host if host.isascii() else idna.encode(host, uts46=True).decode()}{colon}{port}"
        if PLACE.fullmatch(place):
            there = parse_account(f"ews+https://x@{place}{path}")
            return replace(account, host=there.host, port=there.port, transport=there.transport, path=there.path)
    return None


def _answer(host: str, port: int, address: str, network: Network, side: Side) -> Any:
    """The JSON that a host answers; None where it has none."""
    url = f"https://{host}:{port}{PAGE}/{quote(address, safe='@')}?Protocol=Ews"
    try:
        adapter = PinnedAdapter(network.endpoint(host, port, side), network.tls(), side)
        with PinnedSession(adapter) as session, WATCH.after(FIRST_ANSWER, adapter.cut):
            return json.loads(_body(session, url))
    except UNANSWERED:
        return None


def _body(session: PinnedSession, url: str) -> bytes:
    """The body of a 200, b"" otherwise. A redirection is not followed: who asks there would be led anywhere."""
    response = session.get(
        url, headers=HEADERS, timeout=(CONNECT_TIMEOUT, FIRST_ANSWER), allow_redirects=False, stream=True
    )
    body = b""
    with response:
        if response.status_code == requests.codes.ok:
            for piece in response.iter_content(LARGEST):
                body += piece
                if len(body) > LARGEST:
                    return b""
    return body


def _recorded(account: Account, domain: str, network: Network, resolve: Resolve, side: Side) -> Found | None:
    """The first host of the domain's SRV record that offers a sign-in to EWS; asked without one."""
    for host, port in hosts(f"_autodiscover._tcp.{domain}", resolve, most=MOST_HOSTS):
        there = _at(f"{host}:{port}", "", account)
        if there is not None and _offers_ews(there, network, side):
            return Found(there, f"an SRV record of {domain}")
    return None


def _offers_ews(account: Account, network: Network, side: Side) -> bool:
    """True: it asks for a sign-in to EWS. It is not told which mailbox that would be for."""
    nobody = replace(account, mailbox="", access=Access.OWN)
    try:
        Sessions(nobody, "", network, side=side).offer()
    except OmmError:
        return False
    return True
