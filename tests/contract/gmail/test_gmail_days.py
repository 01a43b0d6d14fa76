"""A Gmail mailbox larger than what Gmail lets be read in a day: it comes within several, and each message once."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import fakeredis
import pytest

from engine.migration.account import parse_account
from engine.migration.record import State
from engine.pace.rationing import Rationed
from engine.store.allowances import Allowances
from tests.contract.gmail.owner import APP_PASSWORD, Owner, message
from tests.servers.gmail.account import Ending, Person, System, gmail
from tests.servers.gmail.days_share import Clock
from tests.servers.mail_servers import dovecot
from tests.servers.world import engine_on, world

ANN = parse_account("gmail://ann@gmail.example")
MESSAGES, SIZE = 160, 100_000
A_DAY = 9_000_000       # bytes, as we count them
DAY = timedelta(days=1)
MOST_SIGN_INS = 40      # a day, as Gmail counts them


@pytest.mark.parametrize(("ending", "seed"), [(Ending.BYE, 1), (Ending.REFUSED, 1)])
def test_gmail_cuts_at_a_share_of_what_we_count_and_all_comes_once(tmp_path: Path, ending: Ending, seed: int) -> None:
    """It waits by itself and goes on by itself, with few sign-ins a day."""
    if not dovecot.installed():
        pytest.skip(dovecot.MISSING)
    share, clock = random.Random(f"{ending}{seed}").uniform(0.3, 1.5), Clock()
    person = Person(ANN.login, app_passwords=(APP_PASSWORD,))
    with gmail(
        tmp_path, [person], lambda _: {"active": False}, clock=lambda: clock().timestamp()
    ) as server, world(tmp_path, {}) as at:
        owner = Owner(server, ANN.login)
        owner.has(message(number, [System.INBOX], text="x" * SIZE) for number in range(MESSAGES))
        server.control.limit(ANN.login, int(share * A_DAY), ending)
        redis = fakeredis.FakeRedis(server=at.server)
        days_share = replace(Allowances(redis, clock=clock).of(ANN), a_day=A_DAY)
        at.connectors.source = lambda _account, _password, halt: Rationed(  # type: ignore[method-assign,assignment,return-value]  # as wiring does
            owner.source(stop=halt.event), days_share
        )
        at.engine = engine_on(redis, at.keys, at.connectors, clock=clock, contents=at.engine.contents)
        task = at.begin().task_id
        sign_ins: list[tuple[datetime, int]] = []
        while (done := at.run(task)).state is not State.COMPLETED:
            spent = server.control.spent(ANN.login)
            sign_ins.append((clock(), spent.sign_ins + spent.refused))
            assert (done.state, done.attention) == (State.WAITING, None), share
            assert done.not_before is not None
            assert len(sign_ins) < 30, share
            clock.move_to(done.not_before)

        assert len(sign_ins) > 0
        assert Counter(each.subject for each in at.messages()) == Counter(f"number {n}" for n in range(MESSAGES)), share
        for (_, before), (_, after) in zip(sign_ins, sign_ins[3:], strict=False):
            assert after - before <= MOST_SIGN_INS, share
