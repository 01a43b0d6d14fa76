"""A web program that dies between any two of its commands over the private page: its form goes on all the same."""

from __future__ import annotations

import itertools
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import fakeredis

from bot import waiting
from bot.pages import private_page
from bot.pages.links import PageRefusedError
from bot.people import Person
from bot.services import FIRST, Services
from bot.stored.audit_entries import Surface
from bot.stored.drafts import Draft, DraftState, Fields, Waits
from bot.work import checking
from engine.errors import Side
from engine.pace.halt import Halt
from engine.store.vault import Secret
from tests.unit.life.world import Killed, Life
from tests.unit.listeners.door import CHANNEL, OWNER, TEAM, WebDoor

PERSON = Person(OWNER, TEAM, (TEAM,))
FIELDS = Fields(source_server="imap.example.net", source_login="old", destination_server="ex.example.org",
                destination_login="new")
TYPED = {Side.SOURCE: Secret("one"), Side.DESTINATION: Secret("two")}


def asked(services: Services, draft_id: str) -> str:
    """A form is sent without passwords; the token of its page."""
    _, url = private_page.ask_in_form(
        services.at(Surface.FORM, FIRST), PERSON, draft_id, FIELDS, {}, view_id="V1", waits=Waits.START
    )
    return url.rpartition("/")[2]


def use(services: Services, token: str) -> None:
    """Sends the page, as its browser has it; one that was used goes on with what waits."""
    try:
        private_page.use(services, PERSON, token, TYPED, private_page.look(services, PERSON, token).shown)
    except PageRefusedError:
        private_page.go_on_again(services, PERSON, token)


def now(services: Services, draft_id: str) -> Draft:
    found = services.drafts.load(draft_id)
    assert found is not None
    return found


def has_both(services: Services, draft_id: str) -> bool:
    """False: the form asks for a password. A check that finds one gone says so in the form."""
    draft, vault = now(services, draft_id), services.engine.vault
    if draft.state is DraftState.CHECKING and not all(vault.has(draft_id, side) for side in Side):
        checking.check(services, Halt(), draft_id=draft_id, generation=draft.generation)
        draft = now(services, draft_id)
        assert "no longer kept" in (draft.verdict.words if draft.verdict else "")
    return not draft.lacks and draft.state is DraftState.CHECKING


def test_a_page_outlives_the_program_that_has_taken_it(tmp_path: Path) -> None:
    """Sent again, or by the form's button, or typed once more by a new link, the form is checked once, with both."""
    life = Life(fakeredis.FakeServer(), tmp_path)
    door, redis, typed_again = WebDoor(life), life.redis, 0
    services = replace(door.services, public_url="https://omm.example.org").at(Surface.PAGE, FIRST)
    for moment in itertools.count(1):
        draft_id = services.drafts.new(team=TEAM, owner=OWNER, channel=CHANNEL).id
        token = asked(services, draft_id)
        life.kill_at(moment)
        with suppress(Killed):
            use(services, token)
        killed, redis.dead, redis.at = redis.dead, False, None

        if moment % 2:
            use(services, token)
        else:
            waiting.passwords_came(services, PERSON, draft_id, now(services, draft_id).waits)
        while not has_both(services, draft_id):
            typed_again += 1
            use(services, asked(services, draft_id) or token)

        draft = now(services, draft_id)
        assert draft.state is DraftState.CHECKING, f"killed before its command {moment}"
        assert {side: services.engine.vault.get(draft_id, side) for side in Side} == TYPED
        assert door.ordered(draft_id).count(f"check:{draft_id}:{draft.generation}") == 1
        if not killed:
            break
    assert moment > 20
    assert typed_again < moment / 2
