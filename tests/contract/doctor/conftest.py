"""A mailbox of the emulator, and the doctor for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import quote

import fakeredis
import pytest

from emulators.exchange import ExchangeEmulator
from engine.connectors.exchange.examination import ExchangeExamination
from engine.connectors.network.pinning import Network
from engine.doctor.diagnosis import Diagnosis, Finding, Step, examine
from engine.migration.account import Account, parse_account
from engine.pace.halt import Halt
from engine.store.keys import SecretKeys
from engine.store.sign_ins import SignIns

ADDRESS, PASSWORD = "claire@example.org", "correct horse"


def account_at(url: str, login: str = ADDRESS) -> Account:
    return parse_account("ews+" + url.replace("//", f"//{quote(login, safe='')}@"), allow_plaintext=True)


@dataclass
class Practice:
    """A mailbox that can be examined again and again."""

    emulator: ExchangeEmulator
    account: Account | None = None      # None: the mailbox's own
    sign_ins: SignIns = field(default_factory=lambda: SignIns(fakeredis.FakeRedis(), keys=SecretKeys([b"k" * 32])))
    told: list[Finding] = field(default_factory=list)
    meanwhile: Callable[[Finding], None] = lambda _finding: None    # looks on

    def open(self, password: str = PASSWORD) -> ExchangeExamination:
        """The mailbox, as the doctor opens it."""
        return ExchangeExamination(self.opened, password, Network(trusts_person=True), shortest_deadline=2.0)

    @property
    def opened(self) -> Account:
        """The account that is examined."""
        return self.account or account_at(self.emulator.url)

    def examine(self, password: str = PASSWORD, *, stop_after: Step | None = None, large: int = 0) -> Diagnosis:
        """One examination, told to stop after a step."""
        halt, mailbox = Halt(), self.open(password)

        def hear(finding: Finding) -> None:
            self.told.append(finding)
            self.meanwhile(finding)
            if finding.step is stop_after:
                halt.set()

        try:
            return examine(mailbox, self.opened, self.sign_ins, halt=halt, tell=hear, large=large)
        finally:
            mailbox.close()


def wrong(found: Diagnosis) -> dict[Step, str]:
    """What is not fine, and why."""
    return {finding.step: finding.words for finding in found.findings if not finding.fine}


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ExchangeEmulator]:
    with ExchangeEmulator(tmp_path_factory.mktemp("doctor") / "exchange.sqlite") as emulator:
        emulator.add_mailbox(ADDRESS, password=PASSWORD)
        yield emulator


@pytest.fixture
def practice(running: ExchangeEmulator) -> Iterator[Practice]:
    """Whatever is found, the mailbox is afterwards as it was, and nobody has heard of it."""
    before, was = running.settings, running.dump()
    yield Practice(running)
    running.clear_faults()
    running.configure(**{one.name: getattr(before, one.name) for one in fields(before)})
    assert running.dump() == was
    assert running.outgoing() == []
    assert running.schema_faults == []


@pytest.fixture
def own_practice(tmp_path: Path) -> Iterator[Practice]:
    """A mailbox that a test may leave otherwise than it was."""
    with ExchangeEmulator(tmp_path / "exchange.sqlite") as emulator:
        emulator.add_mailbox(ADDRESS, password=PASSWORD)
        yield Practice(emulator)
        assert emulator.outgoing() == []
        assert emulator.schema_faults == []
