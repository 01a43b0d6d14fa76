"""A grant goes back while another one of the same account has come and is not kept yet."""

from __future__ import annotations

import itertools
from pathlib import Path

from bot.consent import answers as consent_answers
from bot.consent import secrets as consent_secrets
from engine.errors import Side
from engine.migration.giving_back import give_back
from engine.store.returns import COMING
from tests.unit.listeners.door import OWNER
from tests.unit.listeners.test_killed_consents import House

ANN = "ann@gmail.com"


def test_what_has_just_come_is_not_ended_by_an_older_one(tmp_path: Path) -> None:
    """Google ends all of an account's grants together: the new one would be dead before its form has it."""
    for moment in itertools.count(1):
        house = House(tmp_path)
        vault, older = house.services.engine.vault, house.form(ANN)
        sent = house.sent(older)
        consent_answers.came_back(house.services, OWNER, house.answer(sent, ANN))
        assert house.work(sent.consent)
        sent = house.sent(newer := house.form(ANN))
        consent_answers.came_back(house.services, OWNER, house.answer(sent, ANN))
        killed = house.killed(moment, lambda house=house, sent=sent: house.work(sent.consent))  # type: ignore[misc]
        assert killed, "it never stood where a grant has come and is not kept"
        sealed = consent_secrets.find(vault, sent.consent.id)
        is_exchanged = not house.life.redis.zcard(COMING)
        if sealed is not None and sealed.granted and is_exchanged and not house.kept(newer):
            break
    vault.drop(older, Side.SOURCE)      # that form is closed
    give_back(house.services.engine)

    assert house.google.revoked == []
    assert house.work(sent.consent)
    assert house.kept(newer)
