"""Programs that die between any two of their commands over a consent: nothing is exchanged twice, kept or lost."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import fakeredis

from bot.consent import answers as consent_answers
from bot.consent import consents
from bot.consent import secrets as consent_secrets
from bot.consent.answers import Answer
from bot.people import Person
from bot.services import FIRST, Services
from bot.stored.audit_entries import Surface
from bot.stored.consents import Consent, Status
from bot.stored.drafts import Fields
from bot.work.consenting import exchange
from engine.errors import Side
from engine.migration.giving_back import give_back
from engine.pace.halt import Halt
from engine.store.keys import SecretKeys
from engine.store.vault import Vault
from tests.servers.consent.asked import AskedConsent
from tests.unit.life.world import Killed, Life
from tests.unit.listeners.door import CHANNEL, OWNER, TEAM, WebDoor

PERSON = Person(OWNER, TEAM, (TEAM,))


class House:
    """Forms, Google, and programs that may be killed."""

    def __init__(self, directory: Path) -> None:
        self.life, self.google = Life(fakeredis.FakeServer(), directory), AskedConsent()
        engine = self.life.engine
        vault = Vault(self.life.redis, keys=SecretKeys([b"k" * 32]), clock=self.life.clock,
                      goes_back=self.google.account)
        self.life.engine = replace(engine, vault=vault, returning=self.google)
        self.door = WebDoor(self.life)
        self.services: Services = replace(
            self.door.services, public_url="https://omm.example.org", consenting=self.google,
        ).at(Surface.PAGE, FIRST)

    def form(self, login: str) -> str:
        fields = Fields(source_kind="google", source_login=login)
        draft = self.services.drafts.new(team=TEAM, owner=OWNER, channel=CHANNEL, fields=fields)
        self.services.drafts.change(draft.id, lambda now: replace(now, view_id="V1"))
        return draft.id

    def sent(self, draft_id: str) -> consents.Sent:
        """Its owner goes on to Google."""
        token = consents.link(self.services, PERSON, draft_id).rpartition("/")[2]
        return consents.ask(self.services, PERSON, token, consents.look(self.services, PERSON, token).shown)

    def answer(self, sent: consents.Sent, address: str) -> Answer:
        """They consent with that account."""
        query = parse_qs(urlsplit(self.google.consents(sent.url, address)).query)
        return Answer(query["state"][0], query["code"][0], cookie=sent.cookie)

    def killed(self, moment: int, do: Callable[[], object]) -> bool:
        """True: it was killed before that command."""
        self.life.kill_at(moment)
        with suppress(Killed):
            do()
        redis = self.life.redis
        was, redis.dead, redis.at = redis.dead, False, None
        return was

    def work(self, consent: Consent) -> bool:
        return exchange(self.services, Halt(), about=consent.about, consent_id=consent.id, user=OWNER)

    def came_of(self, consent: Consent) -> Status:
        found = self.services.consents.find(consent.id)
        assert found is not None
        return found.status

    def kept(self, draft_id: str) -> str:
        vault = self.services.engine.vault
        return str(vault.get(draft_id, Side.SOURCE)) if vault.has(draft_id, Side.SOURCE) else ""

    def left(self, consent: Consent) -> tuple[str, tuple[str, ...]]:
        """What is still to be given back: a grant, and codes."""
        sealed = consent_secrets.find(self.services.engine.vault, consent.id)
        return ("", ()) if sealed is None else (sealed.granted, sealed.strays)

    def alive(self, address: str) -> list[str]:
        give_back(self.services.engine)
        return [one for one in self.google.alive if one == address]


def test_a_worker_that_dies_over_a_consent(tmp_path: Path) -> None:
    """The next one keeps what was granted; or the code is used up, nothing is kept, and its person is asked again."""
    house, asked_again = House(tmp_path), 0
    for moment in itertools.count(1):
        address = f"a{moment}@gmail.com"
        draft_id = house.form(address)
        sent = house.sent(draft_id)
        consent_answers.came_back(house.services, OWNER, house.answer(sent, address))

        killed = house.killed(moment, lambda sent=sent: house.work(sent.consent))      # type: ignore[misc]
        assert house.work(sent.consent)

        status = house.came_of(sent.consent)
        granted = status is Status.GRANTED
        assert status in (Status.GRANTED, Status.NO_GOOD), moment
        assert (bool(house.kept(draft_id)), house.alive(address)) == (granted, [address] * granted), moment
        assert house.left(sent.consent) == ("", ())
        asked_again += not granted
        if not killed:
            break
    assert moment > 20
    assert asked_again <= 3     # between Google's answer and the vault


def test_a_worker_that_dies_over_another_account(tmp_path: Path) -> None:
    """Whatever it has come to, nothing is kept, and nothing is left with Google."""
    house = House(tmp_path)
    for moment in itertools.count(1):
        address, draft_id = f"b{moment}@gmail.com", house.form("ann@gmail.com")
        sent = house.sent(draft_id)
        consent_answers.came_back(house.services, OWNER, house.answer(sent, address))

        killed = house.killed(moment, lambda sent=sent: house.work(sent.consent))      # type: ignore[misc]
        assert house.work(sent.consent)

        assert house.came_of(sent.consent) in (Status.OTHER_ACCOUNT, Status.NO_GOOD), moment
        assert (house.kept(draft_id), house.alive(address)) == ("", []), moment
        assert house.left(sent.consent) == ("", ())
        consent_secrets.drop(house.services.engine.vault, sent.consent.id)      # its day is over
        if not killed:
            break
    assert moment > 20


def test_a_web_program_that_dies_over_an_answer(tmp_path: Path) -> None:
    """The browser asks once more, as it does when nobody answers, and the code is exchanged once."""
    house = House(tmp_path)
    for moment in itertools.count(1):
        address = f"c{moment}@gmail.com"
        draft_id = house.form(address)
        sent = house.sent(draft_id)
        answer = house.answer(sent, address)

        killed = house.killed(moment, lambda answer=answer: consent_answers.came_back(     # type: ignore[misc]
            house.services, OWNER, answer
        ))
        consent = consent_answers.came_back(house.services, OWNER, answer)
        ordered = [order for order in house.door.orders.all() if draft_id in order.about]
        assert ordered, moment
        assert house.work(consent)

        assert house.came_of(consent) is Status.GRANTED, moment
        assert house.alive(address) == [address]
        assert set(house.google.exchanged.values()) == {1}
        for order in ordered:
            house.door.orders.done(order)
        if not killed:
            break
    assert moment > 4
