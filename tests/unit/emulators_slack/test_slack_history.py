"""Reading a conversation: by which scope, page by page, and what an app wrote on its messages for itself."""

from __future__ import annotations

from typing import Any

import pytest

from emulators.slack import SlackEmulator
from tests.unit.emulators_slack.conftest import Call
from tests.unit.emulators_slack.test_slack_delivery import MIGRATIONS

PRIVATE, OWNERS_DM, BOT_USER = "C0ITADMIN1", "D0OWNER001", "U0OMMBOT01"
EACH = {MIGRATIONS: "channels:history", PRIVATE: "groups:history", OWNERS_DM: "im:history"}
METADATA = {"event_type": "omm_message", "event_payload": {"id": "x"}}


@pytest.mark.parametrize("method", ["conversations.history", "conversations.replies"])
@pytest.mark.parametrize("scope", EACH.values())
def test_each_kind_of_conversation_has_its_scope(slack: SlackEmulator, call: Call, scope: str, method: str) -> None:
    """With one of the three, that kind can be read and the others cannot; the answer says what is missing."""
    slack.change_channel("it-admins", join=BOT_USER)
    slack.configure(scopes=("chat:write", scope))
    root = {channel: call("chat.postMessage", channel=channel, text="x")["ts"] for channel in EACH}
    answers = {channel: call(method, channel=channel, **({"ts": ts} if method.endswith("replies") else {}))
               for channel, ts in root.items()}

    assert [channel for channel, answer in answers.items() if answer["ok"]] == [
        channel for channel, needed in EACH.items() if needed == scope]
    assert {answer.get("needed", EACH[channel]) for channel, answer in answers.items()} == set(EACH.values())


def test_metadata_is_shown_to_whoever_asks_for_all_of_it(slack: SlackEmulator, call: Call) -> None:
    """Otherwise only its event_type is; a draw keeps it, and an empty object takes it away."""
    slack.configure(scopes=("chat:write", "channels:history"))
    ts = call("chat.postMessage", channel=MIGRATIONS, text="x", metadata=METADATA)["ts"]
    call("chat.update", channel=MIGRATIONS, ts=ts, text="y")

    def seen(**given: Any) -> Any:
        return call("conversations.history", channel=MIGRATIONS, **given)["messages"][0].get("metadata")

    assert seen() == {"event_type": "omm_message"}
    assert seen(include_all_metadata=True) == METADATA
    assert call("conversations.replies", channel=MIGRATIONS, ts=ts, include_all_metadata=True)["messages"][0][
        "metadata"] == METADATA
    call("chat.update", channel=MIGRATIONS, ts=ts, text="z", metadata={})
    assert seen(include_all_metadata=True) is None


@pytest.mark.parametrize(("metadata", "error"), [
    ({"event_type": "omm.message", "event_payload": {}}, "invalid_metadata_schema"),
    ({"event_type": "", "event_payload": {}}, "invalid_metadata_schema"),
    ({"event_type": "omm", "event_payload": {"id": "x" * 4000}}, "metadata_too_large"),
    ({"event_type": "omm", "event_payload": []}, "invalid_metadata_format"),
])
def test_metadata_that_slack_would_drop_is_refused(call: Call, metadata: Any, error: str) -> None:
    """So that nobody counts on what is not there."""
    assert call("chat.postMessage", channel=MIGRATIONS, text="x", metadata=metadata)["error"] == error


def behind(page: dict[str, Any]) -> str:
    return page["response_metadata"]["next_cursor"]


def test_a_history_comes_page_by_page(slack: SlackEmulator, call: Call) -> None:
    """The newest first; a cursor leads to the next page, and what comes meanwhile moves nothing."""
    slack.configure(scopes=("chat:write", "channels:history"))
    said = [slack.say("owner", "migrations", str(number)) for number in range(5)]
    first = call("conversations.history", channel=MIGRATIONS, limit=2)
    slack.say("owner", "migrations", "later")
    second = call("conversations.history", channel=MIGRATIONS, limit=2, cursor=behind(first))
    last = call("conversations.history", channel=MIGRATIONS, limit=2, cursor=behind(second))

    assert [one["ts"] for page in (first, second, last) for one in page["messages"]] == said[::-1]
    assert [page["has_more"] for page in (first, second, last)] == [True, True, False]
    assert call("conversations.history", channel=MIGRATIONS, cursor="bm90aGluZw==")["error"] == "invalid_cursor"


@pytest.mark.parametrize(("method", "most"), [("conversations.history", 999), ("conversations.replies", 1000)])
def test_a_page_has_a_largest_size(slack: SlackEmulator, call: Call, method: str, most: int) -> None:
    """More than that is not given at once."""
    slack.configure(scopes=("chat:write", "channels:history"))
    given = {"channel": MIGRATIONS, "ts": slack.say("owner", "migrations", "x")}
    if method == "conversations.history":
        del given["ts"]

    assert call(method, **given, limit=most)["ok"]
    assert call(method, **given, limit=most + 1)["error"] == "invalid_limit"
