"""Autodiscover: the Exchange server of an address, where a person has typed nothing but the address.

First Autodiscover V2, as Microsoft's CSS-Exchange asks it: JSON over HTTPS, from the address's own domain and from
autodiscover.DOMAIN, in the order of [MS-OXDISCO] 3.1.5.1 and 3.1.5.2. Then the SRV record _autodiscover._tcp.DOMAIN
([MS-OXDISCO] 3.1.5.3), which names a host and no service: EWS is looked for there. Nothing of this signs in, follows a
redirection, or speaks in clear text, and no host is asked that is not public.

A server that names another host may be mistaken, or somebody else's: a password leaves for such a host only after a
person has agreed. An SRV record is confirmed always, since anybody between us and the name server can make one up.
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
from engine.errors import FatalError, InputError, OmmError, Side
from engine.migration.account import Account, parse_account
from engine.ports.looking_up import Found

HTTPS = 443
LARGEST = 16 * 1024     # bytes of an answer, which is a line
MOST_HOSTS = 3          # of an SRV record's
PLACE = re.compile(r"[a-z0-9._-]{1,253}(:[0-9]{1,5})?", re.IGNORECASE | re.ASCII)
PAGE = "/autodiscover/autodiscover.json/v1.0"
UNANSWERED = (
    FatalError, AnswerLostError, ConnectionGoneError, requests.RequestException, OSError,
    ValueError, RecursionError,     # what is no JSON, or without end
)
HEADERS = {"Accept": "application/json", "Accept-Encoding": "identity", "Content-Type": None}


def discovered(
    address: str, network: Network, resolve: Resolve, *, side: Side, port: int = HTTPS
) -> Found | None:
    """The account of that address, signed in to with the address; None where nothing is found.

    `port` is where HTTPS is asked. Raises FatalError (HOST_NOT_ALLOWED, HOST_UNKNOWN) for a server that is named and
    cannot be reached from here, InputError for what is no address.
    """
    domain = domain_of(address)
    strict = replace(network, trusts_person=False)      # nobody has typed these names
    return _told(address, domain, strict, side, port) or _recorded(address, domain, strict, resolve, side)


def domain_of(address: str) -> str:
    """The domain of an e-mail address, in ASCII and lower case. Raises InputError for what is no address."""
    name, _, domain = address.rpartition("@")
    with suppress(UnicodeError):        # idna's own errors are
        found = idna.encode(domain, uts46=True).decode().lower()
        if name and "." in found and "\\" not in name and parse_account(f"ews+https://x@{found}").host == found:
            return found
    raise InputError("Its login is not an e-mail address, by which one could be looked up.")


def _told(address: str, domain: str, network: Network, side: Side, port: int) -> Found | None:
    """What Autodiscover V2 says."""
    for host in (domain, f"autodiscover.{domain}"):
        account = _account(_answer(host, port, address, network, side), address)
        if account is not None:
            network.endpoint(account.host, account.port, side)
            return Found(account, confirm=not _belongs(account.host, domain))
    return None


def _belongs(host: str, domain: str) -> bool:
    """True: the host is the domain, or below it."""
    return host == domain or host.endswith(f".{domain}")


def _account(answer: Any, address: str) -> Account | None:
    """The account at the URL of an answer; None: it names no EWS that is reached over TLS."""
    url = answer.get("Url") if isinstance(answer, dict) else None
    if not isinstance(url, str) or str(answer.get("Protocol")).lower() != "ews":
        return None
    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    return _at(parts.netloc, parts.path, address) if parts.scheme == "https" else None


def _at(place: str, path: str, address: str) -> Account | None:
    """The account at that host and port; None where it is no plain name, for a person to read and agree to.

    A host of any script is named by its A-labels (RFC 5890): its letters may look like those of another host.
    """
    with suppress(InputError, UnicodeError):
        host, colon, port = place.partition(":")
        place = f"{host if host.isascii() else idna.encode(host, uts46=True).decode()}{colon}{port}"
        if PLACE.fullmatch(place):
            return parse_account(f"ews+https://{quote(address, safe='')}@{place}{path}")
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


def _recorded(address: str, domain: str, network: Network, resolve: Resolve, side: Side) -> Found | None:
    """The first host of the domain's SRV record that offers a sign-in to EWS; asked without one."""
    for host, port in hosts(f"_autodiscover._tcp.{domain}", resolve, most=MOST_HOSTS):
        account = _at(f"{host}:{port}", "", address)
        if account is not None and _offers_ews(account, network, side):
            return Found(account, confirm=True)
    return None


def _offers_ews(account: Account, network: Network, side: Side) -> bool:
    try:
        Sessions(account, "", network, side=side).offer()
    except OmmError:
        return False
    return True
