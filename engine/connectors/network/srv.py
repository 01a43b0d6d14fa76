"""SRV records: which host has a service of a domain (RFC 2782)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from dns.resolver import Resolver

SECONDS = 5.0       # for the answer, whatever servers are asked


class Record(Protocol):
    """One SRV record. The lowest `priority` comes first, and of those the greatest `weight`."""

    @property
    def priority(self) -> int: ...
    @property
    def weight(self) -> int: ...
    @property
    def port(self) -> int: ...
    @property
    def target(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Srv:
    """A record as it was answered."""

    priority: int
    weight: int
    port: int
    target: str


Resolve = Callable[[str], Iterable[Record]]     # raises LookupError where there is none, OSError where nobody answers


def hosts(name: str, resolve: Resolve, *, most: int) -> Sequence[tuple[str, int]]:
    """Hosts and ports that the name's records name, the preferred one first; none where no records can be had.

    RFC 2782 draws lots between records of one priority. Here the heaviest goes first, so that the same question has the
    same answer. The target "." says that there is no such service.
    """
    try:
        found = sorted(resolve(name), key=lambda one: (one.priority, -one.weight, one.target))
    except (LookupError, OSError):
        return ()
    named = ((one.target.rstrip(".").lower(), one.port) for one in found)
    return tuple((target, port) for target, port in named if target and 0 < port < 65536)[:most]


def resolve_srv(name: str, *, resolver: Resolver | None = None) -> Sequence[Srv]:
    """The name's records, by this machine's resolver or by that one. Raises LookupError, OSError."""
    from dns.exception import DNSException  # noqa: PLC0415 - few accounts need it
    from dns.resolver import NXDOMAIN, NoAnswer, get_default_resolver  # noqa: PLC0415

    try:
        found = (resolver or get_default_resolver()).resolve(name, "SRV", lifetime=SECONDS, search=False)
    except (NXDOMAIN, NoAnswer) as error:
        raise LookupError(name) from error
    except DNSException as error:
        raise OSError(name) from error
    return [Srv(one.priority, one.weight, one.port, one.target.to_text()) for one in found]
