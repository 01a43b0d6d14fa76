"""Who may ask for consent at Google, and whose page it is."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import fakeredis
import pytest

import wiring
from bot import consent_answers, consents
from bot.people import Person
from bot.permissions import NotAllowedError
from bot.services import Services
from bot.stored.consents import Consent
from bot.stored.drafts import Fields
from bot.stored.threads import Thread
from engine.migration.account import parse_account
from engine.migration.content import Content
from engine.migration.record import State
from tests.servers.asked_consent import AskedConsent
from tests.servers.signed_world import services_on
from tests.unit.actions.test_who_may import CHANNEL, OWNER, PAUSED, PEOPLE, STEERS, TEAM, refusals, stored
from tests.unit.life.world import Life

# For jobs and pages, which have asked who it is; for nobody in particular.
NO_PERSON = {
    "available", "asks_at", "asking", "check_policy", "count_try", "form_of", "has_signed_in", "keep_open", "last",
    "of_link", "came_back", "settle", "is_kept",
}


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return Life(fakeredis.FakeServer(), tmp_path)


@pytest.fixture
def services(life: Life) -> Services:
    real = services_on(wiring.Doors(life.engine, life.redis, ""))
    return replace(real, public_url="https://omm.example.org", consenting=AskedConsent())


def form(services: Services) -> str:
    draft = services.drafts.new(team=TEAM, owner=OWNER.id, channel=CHANNEL, fields=Fields(source_kind="google"))
    return draft.id


def task(life: Life, services: Services) -> str:
    task_id = life.put(State.PAUSED, **PAUSED)
    record = life.engine.store.load(task_id)
    source = parse_account("gmail://ann@gmail.com")
    life.engine.store.save(replace(record, request=replace(record.request, source=source)))
    services.threads.open(Thread(task_id, TEAM, OWNER.id, CHANNEL))
    return task_id


def allowed(life: Life, services: Services, about: str, do: Callable[[Person], object]) -> set[str]:
    """Who may. Everybody else is told that they may not, and the audit alone knows of it."""
    may = set()
    for who, person in PEOPLE.items():
        before, refused = stored(life), refusals(services)
        try:
            do(person)
        except NotAllowedError:
            tried = {key: value for key, value in stored(life).items() if not key.startswith(b"omm:link:tries:")}
            assert tried == {key: value for key, value in before.items() if not key.startswith(b"omm:link:tries:")}
            assert refusals(services) in ([(person.id, about), *refused], [(person.id, ""), *refused]), who
        else:
            may.add(who)
    return may


def test_a_link_is_for_whoever_owns_the_form_or_steers_the_migration(life: Life, services: Services) -> None:
    """Nobody else gets one; of a form not even an admin does."""
    draft_id, task_id = form(services), task(life, services)

    assert allowed(life, services, draft_id, lambda who: consents.link(services, who, draft_id)) == {"owner"}
    assert allowed(life, services, draft_id, lambda who: consents.known(services, who, draft_id)) == {"owner"}
    assert allowed(life, services, task_id, lambda who: consents.link_to_task(services, who, task_id)) == STEERS


def test_pages_are_for_whoever_asked_for_them(life: Life, services: Services) -> None:
    """Their link can be looked at and used, and their consent followed; everybody else uses nothing up."""
    draft_id = form(services)
    token = consents.link(services, OWNER, draft_id).rpartition("/")[2]
    shown = consents.look(services, OWNER, token).shown
    consent = begun(services, draft_id)
    do: Mapping[str, Callable[[Person], object]] = {
        "look": lambda who: consents.look(services, who, token),
        "came_of": lambda who: consents.came_of(services, who, consent.id),
        "confirm": lambda who: consent_answers.confirm(services, who, consent.id, "no cookie"),
        "ask_again": lambda who: consents.ask_again(services, who, consent.id),
        "ask": lambda who: consents.ask(services, who, token, shown),
    }
    for name, each in do.items():
        fresh = replace(services, one_time=services.one_time)
        assert allowed(life, fresh, draft_id, each) == {"owner"}, name
        for key in life.redis.keys("omm:link:tries:*"):
            life.redis.delete(key)
    found = {
        name for module in (consents, consent_answers)
        for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
        and "services" in inspect.signature(function).parameters
    }
    assert found - NO_PERSON == {*do, "link", "link_to_task", "known", "refuse"}


def begun(services: Services, draft_id: str) -> Consent:
    return services.consents.begin(draft_id, team=TEAM, person=OWNER.id, contents=(Content.MAIL,)).consent
