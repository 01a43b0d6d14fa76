"""What somebody is told whose deed came to nothing, and by which way."""

from __future__ import annotations

from http.client import IncompleteRead
from urllib.error import URLError

import pytest
from redis.exceptions import (
    AuthenticationError,
    BusyLoadingError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    ResponseError,
)
from redis.exceptions import ConnectionError as GoneError
from redis.exceptions import TimeoutError as SlowError
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.listeners.reply import AWAY, OUR_FAULT, REFUSED, SLACK_AWAY, SLOW, NoLongerError, Said, said_of
from bot.permissions import NotAllowedError
from emulators.slack.blocks import check
from engine.errors import Cause, FatalError, InputError, TakenError
from engine.store.patience import store_error
from tests.servers.slack.world import words


def refused(code: str) -> SlackApiError:
    answer = SlackResponse(client=None, http_verb="POST", api_url="", req_args={}, data={"ok": False, "error": code},
                           headers={}, status_code=200)
    return SlackApiError("", answer)


def of_the_store(error: RedisError) -> FatalError:
    """What the engine makes of an error of Redis."""
    told = store_error(error)
    told.__cause__ = error
    return told


@pytest.mark.parametrize(("error", "told"), [
    (of_the_store(GoneError("Connection refused.")), AWAY), (of_the_store(SlowError("Timeout")), AWAY),
    (of_the_store(BusyLoadingError("LOADING")), AWAY), (of_the_store(AuthenticationError("NOAUTH")), REFUSED),
    (of_the_store(AuthenticationError("WRONGPASS")), REFUSED), (of_the_store(NoPermissionError("NOPERM")), REFUSED),
    (of_the_store(OutOfMemoryError("OOM")), REFUSED), (of_the_store(ReadOnlyError("READONLY")), REFUSED),
    (of_the_store(ResponseError("MISCONF")), REFUSED), (of_the_store(ResponseError("ERR unknown command")), REFUSED),
    (FatalError("Add that key to OMM_SECRET_KEYS.", cause=Cause.STORE), REFUSED),
    (FatalError("The password is gone.", cause=Cause.NOT_KEPT), "The password is gone."),
    (InputError("That is no ID."), "That is no ID."),
    (refused("expired_trigger_id"), SLOW), (refused("trigger_expired"), SLOW), (refused("internal_error"), SLACK_AWAY),
    (URLError("no route"), SLACK_AWAY), (TimeoutError(), SLACK_AWAY), (IncompleteRead(b""), SLACK_AWAY),
    (KeyError("hunter2"), OUR_FAULT), (RuntimeError("hunter2"), OUR_FAULT),
])
def test_errors_become_words(error: Exception, told: str) -> None:
    """Each kind of error has words for the one who waits, and none shows what the error holds by chance."""
    assert said_of(error) == Said(told)


def test_a_task_in_other_hands_is_said_without_processes() -> None:
    """Nobody has to know what a process is."""
    assert "process" not in said_of(TakenError("Another process is working on migration X.")).text


@pytest.mark.parametrize("error", [NotAllowedError("Only <@U1> can."), NoLongerError("Paused by <@U1>.")])
def test_people_in_our_own_words_are_drawn(error: Exception) -> None:
    """A person who is named is a person in the message and in the window."""
    said = said_of(error)

    assert said.marked
    assert said.message().blocks[0]["text"] == {"type": "mrkdwn", "text": said.text}
    assert {"type": "user", "user_id": "U1"} in said.view()["blocks"][0]["elements"][0]["elements"]


def test_the_words_of_others_are_marked_up_nowhere() -> None:
    """What a server said is shown as it is: it calls nobody and links nowhere."""
    said = said_of(InputError("refused <!channel> *now* <https://evil.example|here>"))

    assert said.message().text == "refused &lt;!channel&gt; *now* &lt;https://evil.example|here&gt;"
    assert said.message().blocks[0]["type"] == "rich_text"
    assert "<!channel>" in words(said.view()["blocks"])


def test_a_date_is_read_in_a_window_too() -> None:
    """Where Slack draws no dates, the words that stand for it are shown."""
    said = Said("It was possible until <!date^1795357455^{date_short} {time}|22 Nov 2026, 14:24 UTC>.", marked=True)

    assert "It was possible until 22 Nov 2026, 14:24 UTC." in words(said.view()["blocks"])


@pytest.mark.parametrize("text", ["x" * 10_000, "<" * 5_000, "\u202e\u0000", "", "<@U1>" * 500, "\ud800"])
def test_slack_takes_whatever_is_said(text: str) -> None:
    """Words of any length and kind fit into a message and a window."""
    message = Said(text).message()

    assert check({"text": message.text, "blocks": list(message.blocks)}, surface="message") == []
    assert check(Said(text).view(), surface="modal") == []
