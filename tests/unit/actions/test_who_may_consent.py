"""Who may ask for consent at Google, and whose page it is."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import fakeredis
import pytest

import wiring
from bot.consent import answers as consent_answers
from bot.consent import consents
from bot.consent import secrets as consent_secrets
from bot.people import Person
from bot.permissions import NotAllowedError
from bot.services import Services
from bot.stored.consents import Consent, Status
from bot.stored.drafts import Fields
from bot.stored.threads import Thread
from engine.migration.account import parse_account
from engine.migration.content import Content
from engine.migration.record import State
from engine.store.vault import Secret
from tests.servers.consent.asked import AskedConsent
from tests.servers.slack.signed_world import services_on
from tests.unit.actions.test_who_may import CHANNEL, OWNER, PAUSED, PEOPLE, STEERS, TEAM, refusals, stored
from tests.unit.life.world import Life

# For jobs and pages, which have asked who it is; for nobody in particular. `owner_of` is for pages of which nothing
# says who is before them. `number_of` shows its number to the browser alone that was sent to Google.
NO_PERSON = {
    "available", "asks_at", "asking", "check_policy", "count_try", "form_of", "has_signed_in", "keep_open", "last",
    "of_link", "came_back", "settle", "is_kept", "owner_of", "number_of",
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
    assert allowed(life, services, task_id, lambda who: consents.waits(services, who, task_id, "resume")) == STEERS


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
    assert found - NO_PERSON == {*do, "link", "link_to_task", "waits", "known", "refuse", "confirm_typed"}


def test_a_number_is_taken_of_whoever_was_sent_to_google(life: Life, services: Services) -> None:
    """Typed by anybody else it is none of theirs: neither is it taken, nor does a wrong one count as a try."""
    draft_id = form(services)
    consent = services.consents.begin(
        draft_id, team=TEAM, person=OWNER.id, contents=(Content.MAIL,), by_number=True
    ).consent
    services.consents.change(consent.id, lambda now: replace(now, status=Status.HELD))
    consent_secrets.put(services.engine.vault, consent.id, Secret("verifier"), consent.until, number="76304354")
    for who, person in PEOPLE.items():
        for number in ("12345678", "76304354"):
            if who != "owner":
                with suppress(NotAllowedError):
                    assert consent_answers.confirm_typed(services, person, draft_id, number) is None
    left = services.consents.find(consent.id)
    assert left is not None
    assert (left.status, left.tries) == (Status.HELD, 0)

    taken = consent_answers.confirm_typed(services, OWNER, draft_id, "76304354")
    assert taken is not None
    assert taken.status is Status.TAKEN


def test_a_page_is_shown_the_number_of_its_own_consent_alone(services: Services) -> None:
    """Where nothing says who is before a page: in the browser that was sent to Google, of this workspace."""
    draft_id = form(services)
    begun_now = services.consents.begin(
        draft_id, team=TEAM, person=OWNER.id, contents=(Content.MAIL,), by_number=True
    )
    held = services.consents.change(begun_now.consent.id, lambda now: replace(now, status=Status.HELD))
    assert held is not None
    consent_secrets.put(services.engine.vault, held.id, Secret("verifier"), held.until, number="76304354")

    assert consent_answers.number_of(services, held, begun_now.cookie) == "76304354"
    assert consent_answers.number_of(services, held, "no cookie") == ""
    assert consents.owner_of(services, held.id) == OWNER.id
    assert consents.owner_of(replace(services, team="T2"), held.id) == ""
    assert consents.owner_of(services, "0" * 64) == ""


def begun(services: Services, draft_id: str) -> Consent:
    return services.consents.begin(draft_id, team=TEAM, person=OWNER.id, contents=(Content.MAIL,)).consent
