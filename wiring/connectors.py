"""The connectors: how an account of each kind is opened."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

from engine.connectors.network.pinning import Network
from engine.errors import InputError
from engine.migration.account import Account, Kind
from engine.pace.halt import Halt
from engine.ports.destination import Destination
from engine.ports.source import Facts, Source
from wiring.settings import Settings

if TYPE_CHECKING:
    from engine.connectors.exchange.destination import ExchangeDestination
    from engine.connectors.imap.source import ImapSource
    from engine.connectors.pop3.source import Pop3Source
    from engine.doctor.trial import Examination


@dataclass(frozen=True, slots=True)
class Connectors:
    """Opens accounts by their kind."""

    network: Network

    def source(self, account: Account, password: str, halt: Halt) -> Source:
        """The source account. Raises InputError for a kind that nothing can be read from."""
        return self._source(account, password, halt)

    def _source(self, account: Account, password: str, halt: Halt) -> ImapSource | Pop3Source:
        if account.kind is Kind.IMAP:
            from engine.connectors.imap.source import ImapSource  # noqa: PLC0415 - see load_connectors

            return ImapSource(account, password, self.network, stop=halt.event)
        if account.kind is Kind.POP3:
            from engine.connectors.pop3.source import Pop3Source  # noqa: PLC0415 - as above

            return Pop3Source(account, password, self.network, stop=halt.event)
        raise InputError("The source is an IMAP or POP3 account: imaps://user%40example.org@server")

    def destination(self, account: Account, password: str) -> Destination:
        """The destination account. Raises InputError for a kind that nothing can be written to."""
        return self._destination(account, password)

    def _destination(self, account: Account, password: str) -> ExchangeDestination:
        if account.kind is not Kind.EXCHANGE:
            raise InputError("The destination is an Exchange account: ews+https://user%40example.org@server")
        from engine.connectors.exchange.destination import ExchangeDestination  # noqa: PLC0415 - as above

        return ExchangeDestination(account, password, self.network)

    def check_source(self, account: Account, password: str) -> Facts:
        """Signs in to the source and looks around."""
        seen = self._source(account, password, Halt()).check()
        return Facts(len(seen.folders.folders), seen.messages)

    def check_destination(self, account: Account, password: str, *, tries: int) -> Facts:
        """Signs in to the destination and looks around."""
        seen = self._destination(account, password).check(tries=tries)
        return Facts(seen.folders, seen.messages)


def load_connectors() -> None:
    """Imports what opens accounts, and the libraries below: a door that opens none starts in half the time without.

    For a process that forks others to do the work, which would each import them anew.
    """
    for kind in ("exchange.destination", "exchange.ntlm", "imap.source", "pop3.source"):
        import_module(f"engine.connectors.{kind}")


def examination(chosen: Settings, account: Account, password: str, *, trusts_person: bool = False) -> Examination:
    """An Exchange account, to be examined."""
    from engine.connectors.exchange.examination import ExchangeExamination  # noqa: PLC0415 - one command needs it

    return ExchangeExamination(account, password, network(chosen, trusts_person=trusts_person))


def network(chosen: Settings, *, trusts_person: bool) -> Network:
    """What the connectors reach their servers through."""
    return Network(chosen.allowed_hosts, trusts_person=trusts_person, ca_file=chosen.ca_file)
