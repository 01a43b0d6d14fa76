"""The connectors: how an account on each system is opened."""

from __future__ import annotations

import threading
from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, cast

from engine.connectors.network.pinning import Network
from engine.credentials import Credential, Make
from engine.errors import InputError, Side
from engine.migration.account import Account
from engine.migration.content import Content
from engine.pace.halt import Halt
from engine.pace.rationing import Rationed
from engine.ports.destination import OpenedDestination
from engine.ports.facts import Facts
from engine.ports.looking_up import Found
from engine.ports.source import InParts, OpenedSource
from engine.store.allowances import Allowances
from engine.store.vault import Secret
from engine.systems import CredentialKind, System, expected, systems
from wiring.google import GoogleSettings, google_settings, kinds
from wiring.settings import Settings

if TYPE_CHECKING:
    from engine.connectors.google.source import GoogleSource
    from engine.doctor.trial import Examination


class SourceModule(Protocol):
    """engine/connectors/KEY/source.py."""

    def opened(
        self, account: Account, credential: Credential | str, network: Network, *, stop: threading.Event
    ) -> OpenedSource: ...


class DestinationModule(Protocol):
    """engine/connectors/KEY/destination.py."""

    def opened(self, account: Account, credential: Credential | str, network: Network) -> OpenedDestination: ...


@dataclass(frozen=True, slots=True)
class Connectors:
    """Opens accounts by their system.

    `credentials` make a credential of what the vault keeps, where an account is opened with that alone. `allowances`
    count what is fetched from accounts that give so much a day.
    """

    network: Network
    google: GoogleSettings = field(default_factory=GoogleSettings)
    credentials: Mapping[CredentialKind, Make] = field(
        default_factory=lambda: kinds(GoogleSettings(), Network())
    )
    allowances: Allowances | None = None

    def source(self, account: Account, credential: Credential | str, halt: Halt) -> OpenedSource:
        """The source account. Raises InputError for a system that nothing can be read from."""
        module = cast("SourceModule", _module(account.system, Side.SOURCE))
        given = self._credential(account, credential)
        if account.system is System.GOOGLE:
            return self._rationed(account, self._google(account, given, halt))
        return self._rationed(account, module.opened(account, given, self.network, stop=halt.event))

    def _google(self, account: Account, given: Credential | str, halt: Halt) -> GoogleSource:
        from engine.connectors.google.source import opened  # noqa: PLC0415 - few accounts need it

        host, _port = server = self.google.imap_server      # whoever runs OMM has named it
        network = replace(self.network, allowed=self.network.allowed | {host.lower()})
        return opened(
            account, given, network, stop=halt.event, server=server, api_url=self.google.api_url,
            large_by_interface=self.google.large_by_api,
        )

    def _rationed(self, account: Account, source: OpenedSource) -> OpenedSource:
        """The source, counted where the account gives so much a day."""
        if account.system.row.a_day and self.allowances is not None:
            return cast("OpenedSource", Rationed(source, self.allowances.of(account)))
        return source

    def _credential(self, account: Account, given: Credential | str) -> Credential | str:
        """The credential of what is not kept yet: whatever it is refreshed to is not put back anywhere."""
        kind = account.system.row.credential
        if isinstance(given, str) and kind is not CredentialKind.PASSWORD:
            return self.credentials[kind](account, Secret(given), lambda _refreshed: None)
        return given

    def destination(self, account: Account, credential: Credential | str) -> OpenedDestination:
        """The destination account. Raises InputError for a system that nothing can be written to."""
        module = cast("DestinationModule", _module(account.system, Side.DESTINATION))
        return module.opened(account, credential, self.network)

    def look_up(self, account: Account, side: Side) -> Found | None:
        """The same account on the server that its mailbox's address leads to, as `LookUp` says."""
        from engine.connectors.exchange.autodiscover import discovered  # noqa: PLC0415 - few accounts need it
        from engine.connectors.network.srv import resolve_srv  # noqa: PLC0415

        return discovered(account, self.network, resolve_srv, side=side)

    def check_source(self, account: Account, password: str, contents: Collection[Content] = ()) -> Facts:
        """Signs in to the source and looks around; where it opens in parts, at those `contents` alone, if any."""
        source = self.source(account, password, Halt())
        if contents and isinstance(source, InParts):
            source.looks_at(contents)
        seen = source.check()
        return Facts(
            None if seen.folders is None else len(seen.folders.folders), seen.messages, seen.mailbox,
            events=seen.events, live=seen.live, opens=seen.opens, opened_by=seen.opened_by,
        )

    def check_destination(self, account: Account, password: str, *, tries: int, live: bool = False) -> Facts:
        """Signs in to the destination and looks around. `live`: also at what it does by itself to mail that arrives."""
        with closing(self.destination(account, password)) as destination:
            seen = destination.check(tries=tries, live=live)
        return Facts(seen.folders, seen.messages, seen.mailbox, seen.retention, seen.events, seen.live)


def _module(system: System, side: Side) -> Any:
    """What opens accounts on that system, with the libraries below, which no other account needs."""
    if not system.contents(side):
        raise InputError(expected(side))
    return import_module(f"engine.connectors.{system}.{side}")


def load_connectors() -> None:
    """Imports what opens accounts, and the libraries below: a door that opens none starts in half the time without.

    For a process that forks others to do the work, which would each import them anew.
    """
    for side in Side:
        for system in systems(side):
            _module(system, side)
    import_module("engine.connectors.exchange.ntlm")


def examination(chosen: Settings, account: Account, password: str, *, trusts_person: bool = False) -> Examination:
    """An Exchange account, to be examined."""
    from engine.connectors.exchange.examination import ExchangeExamination  # noqa: PLC0415 - one command needs it

    return ExchangeExamination(account, password, network(chosen, trusts_person=trusts_person))


def google_examination(chosen: Settings, account: Account, credential: Credential) -> GoogleSource:
    """A Google account, to be examined by a person at this machine's terminal. What is fetched is not counted."""
    return Connectors(network(chosen, trusts_person=True), google_settings(chosen.environ))._google(
        account, credential, Halt()
    )


def looked_up(chosen: Settings, account: Account, side: Side) -> Found | None:
    """As `Connectors.look_up`, for a person at this machine's terminal."""
    return Connectors(network(chosen, trusts_person=True)).look_up(account, side)


def network(chosen: Settings, *, trusts_person: bool) -> Network:
    """What the connectors reach their servers through."""
    return Network(chosen.allowed_hosts, trusts_person=trusts_person, ca_file=chosen.ca_file)
