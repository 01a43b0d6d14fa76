"""Wrong passwords, over whatever looks at an account: its server counts at most three, so that nobody is locked out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

import fakeredis
import pytest
from cryptography.fernet import Fernet

import wiring
from engine.connectors.exchange.examination import ExchangeExamination
from engine.connectors.network.pinning import Network
from engine.doctor.diagnosis import examine
from engine.errors import Cause, FatalError, SignInError
from engine.migration.account import Access, Account, opening, parse_account
from engine.migration.checks import check
from engine.migration.content import Content
from engine.migration.forwards import migrate, start
from engine.migration.request import MigrationRequest
from engine.migration.visit import Engine
from engine.pace.halt import Halt
from engine.store.keys import secret_keys
from tests.servers.world import engine_on

from .conftest import PASSWORD, Server, account

OFFERS = [("basic",), ("ntlm",), ("ntlm", "basic"), ("negotiate", "ntlm", "basic")]
HOSTS = ("localhost", "LocalHost", "localhost.")


@dataclass
class Looks:
    """Everything that looks at one account at Exchange, with a password that is wrong."""

    server: Server
    login: str
    engine: Engine
    others: list[str] = field(default_factory=list)     # mailboxes, of which the login opens none but by its right

    def account(self, number: int) -> Account:
        """The account, its server in another spelling each time; with `others`, a service account's."""
        port = urlsplit(self.server.emulator.url).port
        host = HOSTS[number % len(HOSTS)]
        name = account(self.server.emulator.url, self.login)
        typed = parse_account(f"ews+http://x@{host}:{port}", allow_plaintext=True)
        one = replace(name, host=typed.host)
        return opening(one, self.others[number % len(self.others)], Access.IMPERSONATION) if self.others else one

    def request(self, number: int) -> MigrationRequest:
        good = account(self.server.emulator.url, self.server.mailbox())
        return MigrationRequest(good, self.account(number), (Content.MAIL,))

    def check(self, number: int) -> None:
        """As a form or the terminal does, before a migration begins."""
        with pytest.raises(SignInError):
            check(self.engine, self.request(number), source_password=PASSWORD, destination_password="wrong")

    def check_as_source(self, number: int) -> None:
        """The same account at the other end."""
        wanted = self.request(number)
        wanted = replace(wanted, source=wanted.destination, destination=wanted.source)
        with pytest.raises(SignInError):
            check(self.engine, wanted, source_password="wrong", destination_password=PASSWORD)

    def visit(self, number: int) -> None:
        """A migration whose password has become a wrong one."""
        begun = start(self.engine, self.request(number), source_password=PASSWORD, destination_password="wrong")
        ended = migrate(self.engine, begun.task_id, halt=Halt())
        assert ended.attention is not None
        assert ended.attention.cause in (Cause.SIGN_IN, Cause.SIGN_IN_LIMIT)

    def doctor(self, number: int) -> None:
        """An examination."""
        theirs = self.account(number)
        mailbox = ExchangeExamination(theirs, "wrong", Network(trusts_person=True))
        assert not examine(mailbox, theirs, self.engine.sign_ins, halt=Halt()).fine
        mailbox.close()


@pytest.fixture
def looks(plain: Server, tmp_path) -> Looks:
    keys = secret_keys({"OMM_SECRET_KEYS": Fernet.generate_key().decode()}, tmp_path)
    engine = engine_on(
        fakeredis.FakeRedis(), keys, wiring.Connectors(Network(trusts_person=True)), grace=0.1, patience=1
    )
    return Looks(plain, plain.mailbox(), engine)


ORDERS: list[tuple[Callable[[Looks, int], None], ...]] = [
    (Looks.check, Looks.check, Looks.check, Looks.check),
    (Looks.check_as_source, Looks.check, Looks.visit, Looks.doctor),
    (Looks.visit, Looks.visit, Looks.visit, Looks.check_as_source),
    (Looks.doctor, Looks.check_as_source, Looks.check, Looks.visit),
]


@pytest.mark.parametrize("offer", OFFERS, ids="-".join)
@pytest.mark.parametrize("order", ORDERS, ids=lambda order: "-".join(one.__name__ for one in order))
def test_a_wrong_password_is_refused_at_most_three_times(
    looks: Looks, offer: tuple[str, ...], order: tuple[Callable[[Looks, int], None], ...]
) -> None:
    """Checked, visited and examined, at either end, and however the server is spelled: it has counted three."""
    looks.server.emulator.configure(auth=offer)

    for number, look in enumerate(order):
        look(looks, number)

    assert looks.server.accepted(looks.login) == [False] * 3


@pytest.mark.parametrize("offer", OFFERS, ids="-".join)
def test_a_service_account_is_one_account_whatever_mailboxes_it_opens(
    looks: Looks, offer: tuple[str, ...]
) -> None:
    """A hundred mailboxes moved with a wrong password do not lock out who moves them."""
    looks.server.emulator.configure(auth=offer)
    looks.others = [looks.server.mailbox() for _ in range(4)]

    for number, look in enumerate((Looks.check, Looks.check_as_source, Looks.visit, Looks.doctor)):
        look(looks, number)

    assert looks.server.accepted(looks.login) == [False] * 3
    assert all(looks.server.sign_ins(other) == [] for other in looks.others)


def test_a_password_typed_after_three_wrong_ones_has_to_wait(looks: Looks) -> None:
    """It may be a fourth wrong one: nobody signs in with it, and its owner reads how long to wait."""
    looks.server.emulator.configure(auth=("basic",))
    for number in range(4):
        looks.check(number)

    with pytest.raises(FatalError, match="3 times in ten minutes"):
        check(looks.engine, looks.request(0), source_password=PASSWORD, destination_password=PASSWORD)

    assert looks.server.accepted(looks.login) == [False] * 3
