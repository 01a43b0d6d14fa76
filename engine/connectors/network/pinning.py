"""How connectors reach a server that a person named: checked once, pinned, always verified.

A host that a user gives is hostile until shown otherwise: its name is resolved once, every address must be public
(or allowed by the operator), and the connection goes to the address that was checked, so that a second answer of the
name server cannot lead it elsewhere (DNS rebinding).
"""

from __future__ import annotations

import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from engine.errors import Cause, FatalError, Side

CONNECT_TIMEOUT = 4.0    # seconds
TRIED = 3                # addresses of one host
READ_TIMEOUT = 5.0       # seconds, for the first answer of a server nobody has spoken to yet
AUTHORITIES_KEPT = 3600  # seconds until changed authorities are noticed
NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
# Public by their numbers alone: protocol assignments (RFC 6890), and the host services of a cloud (Azure's WireServer).
NOT_FOR_US = tuple(map(ipaddress.IPv4Network, ("192.0.0.0/24", "168.63.129.16/32")))

Address = ipaddress.IPv4Address | ipaddress.IPv6Address


def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host, by this machine's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(entry[4][0]).partition("%")[0] for entry in found]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A host, and the address of it that was checked. `others` are its further addresses, checked as well."""

    host: str
    port: int
    address: str
    others: tuple[str, ...] = ()

    @property
    def tried(self) -> tuple[str, ...]:
        """The addresses to dial in turn: IPv6 may be named and yet lead nowhere."""
        return (self.address, *self.others)[:TRIED]

    def first(self, address: str) -> Endpoint:
        """The same, with that one of its addresses in front."""
        return replace(self, address=address, others=tuple(a for a in (self.address, *self.others) if a != address))


@dataclass(frozen=True, slots=True)
class Network:
    """The rules for reaching servers.

    `allowed` are hosts, addresses or networks that may be reached although they are not public; `trusts_person`
    is set where the person who named the host sits at this machine's terminal. `ca_file` adds a certificate authority.
    """

    allowed: frozenset[str] = frozenset()
    trusts_person: bool = False
    ca_file: Path | None = None
    resolve_name: Callable[[str, int], Iterable[str]] = resolve

    def endpoint(self, host: str, port: int, side: Side) -> Endpoint:
        """The checked address of `host`. Raises FatalError (HOST_UNKNOWN, HOST_NOT_ALLOWED)."""
        try:
            addresses = list(self.resolve_name(host, port))
        except (OSError, UnicodeError):
            addresses = []
        if not addresses:
            raise FatalError(f"There is no server called {host[:200]}.", cause=Cause.HOST_UNKNOWN, side=side)
        for address in addresses:
            if not self._may_reach(host, address):
                raise FatalError(
                    f"{host[:200]} is not a public server, and OMM's settings do not allow it. "
                    "Ask OMM's administrator to add it to OMM_ALLOWED_HOSTS.",
                    cause=Cause.HOST_NOT_ALLOWED,
                    side=side,
                )
        address, *others = dict.fromkeys(addresses)
        return Endpoint(host, port, address, tuple(others))

    def _may_reach(self, host: str, address: str) -> bool:
        if self.trusts_person or host.lower() in self.allowed:
            return True
        ip = _reached(ipaddress.ip_address(address))
        return _is_public(ip) or any(_covers(rule, ip) for rule in self.allowed)

    def tls(self) -> ssl.SSLContext:
        """A context that verifies, with the operator's authority added.

        The same for all connections for an hour: reading the system's authorities takes longer than a sign-in.
        """
        return _context(self.ca_file, int(time.monotonic() // AUTHORITIES_KEPT))


class _SharedContext(ssl.SSLContext):
    """Demands a certificate and the server's name in it, whatever a library sets for connections of its own.

    urllib3 says in it which protocol it speaks (ALPN, RFC 7301), which mail servers need not hear, and with some builds
    of TLS it takes the check of names upon itself, which nobody would do for theirs.
    """

    @property
    def check_hostname(self) -> bool:
        """Always."""
        return True

    @check_hostname.setter
    def check_hostname(self, _: bool) -> None: ...

    @property
    def verify_mode(self) -> ssl.VerifyMode:
        """Always the same."""
        return ssl.CERT_REQUIRED

    @verify_mode.setter
    def verify_mode(self, _: int) -> None: ...

    def set_alpn_protocols(self, alpn_protocols: Iterable[str]) -> None:
        """Does nothing."""


@lru_cache(maxsize=8)
def _context(ca_file: Path | None, _hour: int) -> ssl.SSLContext:
    context = _SharedContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2        # Debian's Python leaves it to OpenSSL
    context.load_default_certs()
    if ca_file is not None:
        context.load_verify_locations(cafile=str(ca_file))
    return context


def _reached(ip: Address) -> Address:
    """The IPv4 address that some IPv6 addresses only wrap: mapped (RFC 4291), NAT64 (RFC 6052), 6to4 (RFC 3056)."""
    if not isinstance(ip, ipaddress.IPv6Address):
        return ip
    if ip in NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    return ip.ipv4_mapped or ip.sixtofour or ip


def _is_public(ip: Address) -> bool:
    """Reserved blocks hold forms that reach elsewhere, such as ::127.0.0.1; site-local ones are deprecated."""
    local = isinstance(ip, ipaddress.IPv6Address) and ip.is_site_local
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or local or any(ip in each for each in NOT_FOR_US))


def _covers(rule: str, ip: Address) -> bool:
    try:
        return ip in ipaddress.ip_network(rule, strict=False)
    except ValueError:
        return False
