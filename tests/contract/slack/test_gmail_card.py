"""A Gmail migration whose owner has to consent again: the button on its card, and what goes on by itself."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.ids import Action, Block
from bot.stored.consents import Status
from engine.errors import Cause, Side
from engine.migration.account import parse_account
from engine.migration.content import Content
from engine.migration.record import Attention, Migration, State
from engine.migration.request import MigrationRequest
from tests.contract.slack.test_gmail_form import (  # noqa: F401 - two of them are fixtures
    ANN,
    APP_PASSWORD,
    GRANT,
    Returned,
    asks,
    consent_comes,
    returned,
    types,
)
from tests.contract.slack.test_private_page import kept
from tests.servers.slack.world import SlackWorld, words
from tests.servers.world import ADDRESS, PASSWORD

REQUEST = MigrationRequest(
    parse_account(f"gmail://{ANN}"),
    parse_account(f"ews+https://{ADDRESS.replace('@', '%40')}@ex.example.org/EWS/Exchange.asmx"), (Content.MAIL,),
)
TAKEN_BACK = "Google no longer lets OMM into the account ann@gmail.com. It may have been taken back."


@pytest.fixture
def stuck(asks: SlackWorld) -> SlackWorld:  # noqa: F811 - the fixture
    """A migration that has stopped, as the consent was taken back; its card stands in the channel."""
    asks.save(asks.begin(REQUEST), **stopped(asks))
    asks.notify()
    return asks


def stopped(world: SlackWorld) -> dict[str, object]:
    why = Attention(TAKEN_BACK, Cause.CONSENT.value, Side.SOURCE)
    return {"state": State.NEEDS_ATTENTION, "started": world.clock(), "attention": why}


def task(world: SlackWorld) -> Migration:
    [found] = world.tasks()
    return found


def actions(message: dict[str, object]) -> dict[str, dict[str, str]]:
    """The buttons of a message or view, by what they do."""
    blocks = message["blocks"]
    assert isinstance(blocks, list)
    return {one["action_id"]: one for block in blocks for one in block.get("elements", ()) if one["type"] == "button"}


def link(world: SlackWorld) -> str:
    return actions(world.view())[Action.AUTHORISE_OPEN]["url"]


def test_a_card_leads_to_google_and_the_migration_resumes(stuck: SlackWorld) -> None:
    """Why it stopped stands there, and Authorise access in the place of Resume; nobody presses anything afterwards."""
    card = stuck.card()
    assert "It may have been taken back." in words(card["blocks"])
    assert (Action.AUTHORISE in actions(card), Action.RESUME in actions(card)) == (True, False)

    stuck.press(Action.AUTHORISE)
    assert link(stuck).startswith("https://omm.example.org/oauth/google/start/")
    assert ("resumes by itself" in words(stuck.view()["blocks"]), ANN in words(stuck.view()["blocks"])) == (True, True)
    stuck.press(Action.AUTHORISE_OPEN, where=stuck.view()["id"])
    assert task(stuck).state is State.NEEDS_ATTENTION
    assert consent_comes(stuck, about=task(stuck).task_id, then="resume") is Status.GRANTED
    stuck.work()
    stuck.notify()

    assert task(stuck).state is State.COMPLETED
    assert "Resumed by" in words(stuck.card()["blocks"])


def test_what_was_granted_goes_back_at_the_end_and_its_owner_reads_it(stuck: SlackWorld) -> None:
    """Not before Google has taken it back, and once."""
    google = stuck.services.engine.returning
    assert isinstance(google, Returned)
    consent_comes(stuck, about=task(stuck).task_id, then="resume")
    google.is_away = True
    stuck.work()
    assert returned(stuck) == []
    stuck.notify()
    assert "was given back" not in words(stuck.letters())

    google.is_away = False
    assert [returned(stuck), returned(stuck)] == [[GRANT]] * 2
    stuck.notify()

    assert kept(stuck, task(stuck).task_id).keys() == {"destination"}
    told = [words(letter["blocks"]) for letter in stuck.letters() if "was given back" in words(letter["blocks"])]
    assert told == [f"Migration {task(stuck).task_id}: OMM's access to your Google account was given back to Google."]


@pytest.mark.parametrize("way", ["forget", "delete my data"])
def test_what_is_deleted_keeps_no_access(stuck: SlackWorld, way: str) -> None:
    """Everything of a task goes, and the access to the account with it."""
    consent_comes(stuck, about=task(stuck).task_id, then="resume")
    stuck.save(task(stuck), state=State.PAUSED)
    if way == "forget":
        stuck.slash(f"forget {task(stuck).task_id}")
    else:
        stuck.slack.open_home("owner")
        stuck.listeners.settle()
        home = stuck.slack.home("owner")
        assert home is not None
        stuck.press(Action.DELETE, where=home["id"])
    stuck.submit()
    stuck.work()

    assert stuck.tasks() == []
    assert returned(stuck) == [GRANT]


@pytest.mark.parametrize("way", ["command", "an old card"])
def test_resume_leads_there_too(stuck: SlackWorld, way: str) -> None:
    """However it is asked for, no password window comes up for a Google account."""
    if way == "command":
        stuck.slash(f"resume {task(stuck).task_id}")
    else:
        stuck.press(Action.AUTHORISE)

    assert link(stuck)
    assert not [block for block in stuck.view()["blocks"] if block["type"] == "input"]


def test_another_account_resumes_nothing(stuck: SlackWorld) -> None:
    """Its consent is for another mailbox."""
    before = kept(stuck, task(stuck).task_id)

    assert consent_comes(stuck, "bob@gmail.com", about=task(stuck).task_id, then="resume") is Status.OTHER_ACCOUNT

    assert (task(stuck).state, kept(stuck, task(stuck).task_id)) == (State.NEEDS_ATTENTION, before)


def test_a_rollback_needs_nothing_of_google(asks: SlackWorld) -> None:  # noqa: F811 - the fixture
    """The destination's password is all it takes."""
    began = asks.begin(REQUEST)
    asks.services.jobs.migrate(began.task_id)
    asks.work()
    asks.save(task(asks), **stopped(asks) | {"ended": None})
    asks.services.engine.vault.drop(began.task_id, Side.SOURCE)
    asks.notify()

    asks.press(Action.ROLLBACK)
    asks.work()
    assert not [block for block in asks.view()["blocks"] if block["type"] == "input"]
    asks.submit()
    asks.work()

    assert task(asks).state is State.ROLLED_BACK


def test_a_retry_asks_for_the_password_and_then_for_the_consent(stuck: SlackWorld) -> None:
    """After the end neither is kept: the window asks for one after the other, and the migration runs by itself."""
    ended = replace(task(stuck), attention=None)
    stuck.save(ended, state=State.FAILED, ended=stuck.clock())
    stuck.save(task(stuck), state=State.CANCELLED, ended=stuck.clock())
    stuck.services.engine.vault.drop(ended.task_id)
    stuck.notify()

    stuck.press(Action.RETRY)
    [field] = [block["block_id"] for block in stuck.view()["blocks"] if block["type"] == "input"]
    assert field.startswith(Block.DESTINATION_PASSWORD)
    stuck.submit(values={field: PASSWORD})
    assert link(stuck)
    assert "runs again by itself" in words(stuck.view()["blocks"])
    assert task(stuck).state is State.CANCELLED
    consent_comes(stuck, about=ended.task_id, then="retry")
    stuck.work()

    assert task(stuck).state is State.COMPLETED


def test_an_app_password_is_typed_where_nobody_can_be_asked(types: SlackWorld) -> None:  # noqa: F811 - the fixture
    """The window asks for one, takes nothing else, and the migration resumes."""
    types.save(types.begin(REQUEST), **stopped(types))
    types.notify()

    types.press(Action.AUTHORISE)
    [field] = [block["block_id"] for block in types.view()["blocks"] if block["type"] == "input"]
    assert field.startswith(Block.APP_PASSWORD)
    assert "This is no app password" in types.submit(values={field: "my own password"}).errors[field]
    types.submit(values={field: APP_PASSWORD})
    types.work()

    assert task(types).state is State.COMPLETED
    assert kept(types, task(types).task_id).get("source", "") in ("", APP_PASSWORD.replace(" ", ""))
    assert GRANT not in str(types.slack.requests)
