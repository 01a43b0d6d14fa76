"""Programs that die over a consent, people who go on meanwhile, and what is left then."""

from __future__ import annotations

import itertools
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from bot.consent import answers as consent_answers
from bot.consent import secrets as consent_secrets
from bot.consent.answers import Answer
from bot.pages.links import PageRefusedError
from bot.stored.audit_entries import What
from bot.stored.consents import Status
from bot.stored.drafts import DraftState
from bot.stored.orders import GivenUp
from bot.work import consenting
from bot.work.consenting import exchange
from engine.pace.halt import Halt
from tests.unit.listeners.door import OWNER, TEAM
from tests.unit.listeners.test_killed_consents import House


def test_a_form_that_is_sent_while_a_dead_worker_is_replaced(tmp_path: Path) -> None:
    """The form shows the consent ("I have authorised") and is sent: the next worker takes nothing back, nor says so."""
    house, wrong = House(tmp_path), []
    for moment in itertools.count(1):
        address = f"a{moment}@gmail.com"
        draft_id = house.form(address)
        sent = house.sent(draft_id)
        consent_answers.came_back(house.services, OWNER, house.answer(sent, address))
        killed = house.killed(moment, lambda sent=sent: house.work(sent.consent))      # type: ignore[misc]
        shown = house.services.drafts.load(draft_id)
        assert shown is not None
        if shown.authorised_as and house.came_of(sent.consent) is Status.TAKEN:
            house.services.drafts.change(draft_id, lambda now: replace(
                now, state=DraftState.CHECKING, generation=now.generation + 1,
            ))
            assert house.work(sent.consent)
            if (house.came_of(sent.consent), bool(house.kept(draft_id))) != (Status.GRANTED, True):
                wrong.append((moment, house.came_of(sent.consent), bool(house.kept(draft_id))))
        if not killed:
            break
    assert wrong == []


def test_a_consent_that_is_given_up_leaves_nothing_at_google(tmp_path: Path) -> None:
    """Too many processes have died over it: what it stands for, and nobody keeps, is given back all the same."""
    left = []
    for moment in range(1, 60):
        directory = tmp_path / str(moment)
        directory.mkdir()
        house, address = House(directory), "bert@gmail.com"
        draft_id = house.form("ann@gmail.com")
        sent = house.sent(draft_id)
        consent_answers.came_back(house.services, OWNER, house.answer(sent, address))
        killed = house.killed(moment, lambda house=house, sent=sent: house.work(sent.consent))      # type: ignore[misc]
        sealed = consent_secrets.find(house.services.engine.vault, sent.consent.id)
        if killed and sealed is not None and sealed.granted:
            consenting.give_up(
                house.services, about=draft_id, consent_id=sent.consent.id, user=OWNER, why=GivenUp.KILLED
            )
            house.life.clock.move(minutes=11)       # a worker that dies while Google answers holds this up so long
            if house.alive(address):
                left.append((moment, house.came_of(sent.consent)))
        if not killed:
            break
    assert left == []


def test_a_code_that_is_given_up_is_given_back(tmp_path: Path) -> None:
    """A code that came and was never exchanged: the page says that it is given back, so that is done."""
    house = House(tmp_path)
    draft_id = house.form("ann@gmail.com")
    sent = house.sent(draft_id)
    consent_answers.came_back(house.services, OWNER, house.answer(sent, "ann@gmail.com"))

    consenting.give_up(house.services, about=draft_id, consent_id=sent.consent.id, user=OWNER, why=GivenUp.BROKEN)

    assert house.came_of(sent.consent) is Status.AWAY       # "… and gives back to Google what you have allowed"
    assert sum(house.google.exchanged.values()) == 1


def test_nothing_of_a_way_to_google_stays_for_ever(tmp_path: Path) -> None:
    """A web program dies at any command over a link or on the way to Google: each key ends some day."""
    house, for_ever = House(tmp_path), set()
    for moment in itertools.count(1):
        draft_id = house.form("ann@gmail.com")
        killed = house.killed(moment, lambda draft_id=draft_id: house.sent(draft_id))      # type: ignore[misc]
        redis = house.life.redis
        keys = [*redis.scan_iter("omm:consent:*"), *redis.scan_iter("omm:link:*")]
        for_ever |= {key.decode().rpartition(":")[0] for key in keys if redis.ttl(key) == -1}
        if not killed:
            break
    assert moment > 10
    assert for_ever == set()


def test_the_audit_says_of_a_grant_that_is_kept_no_revocation(tmp_path: Path) -> None:
    """Consent for the wrong form, with an account that another form uses: nothing went back, so nothing is said to."""
    house = House(tmp_path)
    first = house.form("bert@gmail.com")
    sent = house.sent(first)
    consent_answers.came_back(house.services, OWNER, house.answer(sent, "bert@gmail.com"))
    assert house.work(sent.consent)
    other = house.form("ann@gmail.com")
    again = house.sent(other)
    consent_answers.came_back(house.services, OWNER, house.answer(again, "bert@gmail.com"))
    assert house.work(again.consent)
    assert house.google.revoked == []

    entries = [placed.entry for placed in house.services.trail.audit.entries(TEAM)]
    assert [one for one in entries if one is not None and one.what == What.REVOKE] == []


def test_a_strangers_code_is_given_back_though_the_web_program_dies_over_it(tmp_path: Path) -> None:
    """It came without the cookie; their browser asks once more, as it does when nobody answers."""
    lost = []
    for moment in range(1, 40):
        directory = tmp_path / str(moment)
        directory.mkdir()
        house = House(directory)
        draft_id = house.form("ann@gmail.com")
        answer = replace(house.answer(house.sent(draft_id), "bert@gmail.com"), cookie="")

        def comes(house: House = house, answer: Answer = answer) -> None:
            with suppress(PageRefusedError):
                consent_answers.came_back(house.services, "", answer)

        killed = house.killed(moment, comes)
        comes()
        for _ in range(4):
            house.life.clock.move(minutes=4)
            for order in house.door.orders.all():
                exchange(house.services, Halt(), **order.arguments)
        if sum(house.google.exchanged.values()) != 1 or house.alive("bert@gmail.com"):
            lost.append((moment, killed, sum(house.google.exchanged.values()), len(house.door.orders.all())))
        if not killed:
            break
    assert lost == []


def test_an_answer_that_comes_late_is_given_back_though_the_web_program_dies_over_it(tmp_path: Path) -> None:
    """Fifteen minutes later, in their own browser, which asks once more."""
    lost = []
    for moment in range(1, 40):
        directory = tmp_path / str(moment)
        directory.mkdir()
        house = House(directory)
        draft_id = house.form("ann@gmail.com")
        answer = house.answer(house.sent(draft_id), "ann@gmail.com")
        house.life.clock.move(minutes=15)

        def comes(house: House = house, answer: Answer = answer) -> Status:
            return consent_answers.came_back(house.services, OWNER, answer).status

        killed = house.killed(moment, comes)
        said = comes()
        for _ in range(2):
            for order in house.door.orders.all():
                exchange(house.services, Halt(), **order.arguments)
            house.life.clock.move(minutes=2)
        if sum(house.google.exchanged.values()) != 1 or house.alive("ann@gmail.com") or said is not Status.LATE:
            lost.append((moment, said, sum(house.google.exchanged.values())))
        if not killed:
            break
    assert lost == []


def test_a_revocation_is_in_the_audit_once(tmp_path: Path) -> None:
    """A worker dies while it gives back what came of another account; the next one does not write it down again."""
    twice = []
    for moment in range(1, 60):
        directory = tmp_path / str(moment)
        directory.mkdir()
        house = House(directory)
        sent = house.sent(house.form("ann@gmail.com"))
        consent_answers.came_back(house.services, OWNER, house.answer(sent, "bert@gmail.com"))
        killed = house.killed(moment, lambda house=house, sent=sent: house.work(sent.consent))      # type: ignore[misc]
        assert house.work(sent.consent)
        entries = [placed.entry for placed in house.services.trail.audit.entries(TEAM)]
        said = sum(one is not None and one.what == What.REVOKE for one in entries)
        if said > 1 or (house.came_of(sent.consent) is Status.OTHER_ACCOUNT and said != 1):
            twice.append((moment, said))
        if not killed:
            break
    assert twice == []
