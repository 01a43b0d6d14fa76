"""Names that a test gives to servers, in the place of DNS: nothing here asks anybody.

A client under test takes `Names.srv` and `Names.addresses` where it would ask a resolver. SRV records are those of
RFC 2782, for Autodiscover `_autodiscover._tcp.DOMAIN` ([MS-OXDISCO] 3.1.5.3).
"""

import threading
from dataclasses import dataclass
from typing import TypeVar

_Record = TypeVar("_Record")


@dataclass(frozen=True, slots=True, order=True)
class Srv:
    """One SRV record (RFC 2782). The lowest `priority` comes first; `target` ends without a dot, and "." is none."""

    priority: int
    weight: int
    port: int
    target: str


class NoSuchNameError(LookupError):
    """The name is not there, or has no record of this kind (NXDOMAIN, or an answer without records)."""


class NoAnswerError(OSError):
    """No server of the name answers, or one says that it cannot (SERVFAIL)."""


class Names:
    """Records, and what was asked. Safe to be used by several threads."""

    def __init__(self) -> None:
        """Start with no name at all."""
        self._lock = threading.Lock()
        self._srv: dict[str, list[Srv]] = {}
        self._hosts: dict[str, list[str]] = {}
        self._silent: set[str] = set()
        self.asked: list[tuple[str, str]] = []      # (SRV or A, the name), in order

    def add_srv(self, name: str, target: str, *, port: int = 443, priority: int = 0, weight: int = 0) -> None:
        """Add an SRV record; `name` is the whole one, _autodiscover._tcp.example.org."""
        with self._lock:
            self._srv.setdefault(_plain(name), []).append(Srv(priority, weight, port, _plain(target) or "."))

    def add_host(self, name: str, *addresses: str) -> None:
        """Let a name have these IP addresses."""
        with self._lock:
            self._hosts.setdefault(_plain(name), []).extend(addresses)

    def silence(self, name: str) -> None:
        """From now on nobody answers for this name."""
        with self._lock:
            self._silent.add(_plain(name))

    def srv(self, name: str) -> list[Srv]:
        """The SRV records of a name in no order of theirs; raises NoSuchNameError, NoAnswerError."""
        return self._found("SRV", name, self._srv)

    def addresses(self, name: str) -> list[str]:
        """The IP addresses of a name; raises NoSuchNameError, NoAnswerError."""
        return self._found("A", name, self._hosts)

    def _found(self, kind: str, name: str, records: dict[str, list[_Record]]) -> list[_Record]:
        wanted = _plain(name)
        with self._lock:
            self.asked.append((kind, wanted))
            if wanted in self._silent:
                raise NoAnswerError(f"Nobody answers for {wanted}.")
            if not records.get(wanted):
                raise NoSuchNameError(f"There is no {wanted} ({kind}).")
            return list(records[wanted])


def _plain(name: str) -> str:
    """A name as DNS compares it: in small letters (RFC 4343), without the dot of the root."""
    return name.lower().rstrip(".")
