"""A mailbox whose server gives only so much within 24 hours, and says so in one of the ways in which Gmail does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from enum import StrEnum

import fakeredis

from engine.clock import utc_now
from engine.errors import Cause, RetryableError, Side, SignInError
from engine.migration.account import Account
from engine.pace.halt import Halt
from engine.pace.rationing import Rationed
from engine.ports.source import SourceFolder
from engine.store.allowances import Allowances
from tests.servers.memory.source import MemorySource, SignedIn, mail
from tests.servers.world import MemoryConnectors, World, engine_on

SIZE = 200_000      # bytes of each message: five travel together


class Says(StrEnum):
    """How the server tells that it gives no more."""

    BYE = "imap.gmail.com ends the connection. It said: “Session expired, please login again.”"
    CRAWL = "imap.gmail.com answers too slowly to be read."
    LOGIN = "imap.gmail.com refused the login: “[ALERT] Account exceeded command or bandwidth limits. (Failure)”"


class SharingSource(MemorySource):
    """Gives `share` bytes of messages within any 24 hours by `clock`; `says` what comes beyond."""

    def __init__(self, messages: int, share: int, says: Says, clock: Callable[[], datetime]) -> None:
        folder = SourceFolder(("INBOX",), "INBOX")
        super().__init__({folder: [mail(f"m {n}", size=SIZE) for n in range(messages)]})
        self.share, self.says, self.clock = share, says, clock
        self.connected: list[datetime] = []
        self.given: list[tuple[datetime, int]] = []
        self._opened = SignedIn(self, self._asked)
        self.before_read = self._read

    @property
    def is_spent(self) -> bool:
        """True: it gives nothing now."""
        since = self.clock() - timedelta(days=1)
        return sum(size for at, size in self.given if at > since) >= self.share

    def _asked(self, operation: str) -> None:
        if operation == "connect":
            self.connected.append(self.clock())
            if self.is_spent and self.says is Says.LOGIN:
                raise SignInError(self.says, side=Side.SOURCE)

    def _read(self, uids: Sequence[int]) -> None:
        if self.is_spent:
            raise RetryableError(self.says, cause=Cause.BUSY)
        self.given.append((self.clock(), SIZE * len(uids)))


class RationingConnectors(MemoryConnectors):
    """Sources that are read within a day's share of `a_day` bytes, as wiring builds those of Gmail."""

    a_day = 0
    allowances: Allowances

    def source(self, account: Account, password: str, halt: Halt) -> Rationed:  # type: ignore[override]  # as a source
        return Rationed(self.sources[account.login], replace(self.allowances.of(account), a_day=self.a_day))  # type: ignore[arg-type]  # as an opened one


class Clock:
    """The time of our machines, which a test moves on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.ahead

    def move_to(self, moment: datetime) -> None:
        """Waits until then, in no time."""
        self.ahead += max(timedelta(), moment - self()) + timedelta(seconds=1)


def ration(at: World, source: SharingSource, clock: Clock, a_day: int) -> None:
    """Has the engine of that world read this source within so many bytes a day."""
    connectors = RationingConnectors({"old": source})
    redis = fakeredis.FakeRedis(server=at.server)
    connectors.allowances, connectors.a_day = Allowances(redis, clock=clock), a_day
    at.connectors = connectors
    at.engine = engine_on(
        redis, at.keys, connectors, clock=clock, grace=at.engine.grace, contents=at.engine.contents
    )
