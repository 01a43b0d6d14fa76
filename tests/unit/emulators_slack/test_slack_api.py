"""The Web API: messages, who may see what, errors by name, scopes, rate limits, faults, response_urls."""

from __future__ import annotations

import threading
from http.client import RemoteDisconnected
from typing import Any

import pytest
from slack_sdk import WebClient
from slack_sdk.webhook import WebhookClient

from emulators.slack import Fault, SlackEmulator
from tests.unit.emulators_slack.app import TOKEN, App, Clock
from tests.unit.emulators_slack.conftest import Call
from tests.unit.emulators_slack.payloads import actions, button, message, section
from tests.unit.emulators_slack.test_slack_delivery import MIGRATIONS, posted

OWNER = "U0OWNER001"
EVERY_SCOPE = ("commands", "chat:write", "im:write", "users:read", "users:read.email", "files:read", "team:read",
               "channels:read", "channels:history")


def test_slack_sdk_works_against_it(slack: SlackEmulator) -> None:
    """The official client posts, updates, whispers, opens a DM and reads, with its own way of encoding."""
    slack.configure(scopes=EVERY_SCOPE)
    client = WebClient(token=TOKEN, base_url=slack.url)

    ts = client.chat_postMessage(channel=MIGRATIONS, **message(section()), team_id="T0EXAMPLE1", unfurl_links=False,
                                 unfurl_media=False, metadata={"event_type": "omm", "event_payload": {"id": "x"}})["ts"]
    client.chat_postMessage(channel=MIGRATIONS, thread_ts=ts, text="In the thread", reply_broadcast=True)
    client.chat_update(channel=MIGRATIONS, ts=ts, **message(section("Changed")))
    client.chat_postEphemeral(channel=MIGRATIONS, user=OWNER, text="Only you")
    link = client.chat_getPermalink(channel=MIGRATIONS, message_ts=ts)["permalink"]

    assert client.auth_test()["bot_id"] == "B0OMMBOT01"
    assert client.conversations_open(users=[OWNER])["channel"]["id"] == "D0OWNER001"
    assert client.conversations_info(channel=MIGRATIONS)["channel"]["is_member"]
    assert len(client.conversations_replies(channel=MIGRATIONS, ts=ts)["messages"]) == 2
    assert client.conversations_history(channel=MIGRATIONS, limit=1)["has_more"]
    assert client.users_lookupByEmail(email="claire@example.org")["user"]["id"] == OWNER
    assert client.team_info()["team"]["domain"] == "example"
    assert link == f"https://example.slack.com/archives/{MIGRATIONS}/p{ts.replace('.', '')}"
    assert client.chat_delete(channel=MIGRATIONS, ts=ts)["ok"]


def test_a_message_to_a_user_opens_the_dm(slack: SlackEmulator, call: Call) -> None:
    """channel may be a user id; only that person has the conversation."""
    answer = call("chat.postMessage", channel=OWNER, text="Hello")

    assert answer["channel"] == "D0OWNER001"
    assert [one["text"] for one in slack.messages("dm", "owner")] == ["Hello"]
    assert slack.messages("dm", "colleague") == []


def test_messages_of_one_instant_are_told_apart(slack: SlackEmulator) -> None:
    """However many come while the clock stands still, each has a timestamp of its own, in their order."""
    stamps = [slack.say("owner", "migrations", str(number)) for number in range(50)]

    assert [one["ts"] for one in slack.messages("migrations")] == stamps
    assert stamps == sorted(set(stamps))


def test_an_update_of_the_text_alone_drops_the_blocks(slack: SlackEmulator, call: Call) -> None:
    """chat.update without blocks takes them away, and a changed text is marked as edited."""
    ts = posted(call)
    call("chat.update", channel=MIGRATIONS, ts=ts, text="Plain")

    changed = slack.messages("migrations")[0]
    assert "blocks" not in changed
    assert "edited" in changed


def test_an_update_of_the_blocks_alone_is_not_marked(slack: SlackEmulator, call: Call) -> None:
    """Blocks without text change silently."""
    ts = posted(call)
    call("chat.update", channel=MIGRATIONS, ts=ts, blocks=[section("New")])

    assert "edited" not in slack.messages("migrations")[0]


def test_an_ephemeral_is_seen_by_one_and_cannot_be_changed(slack: SlackEmulator, call: Call) -> None:
    """It is in nobody else's view, in no history, and chat.update and chat.delete do not find it."""
    ts = call("chat.postEphemeral", channel=MIGRATIONS, user=OWNER, text="Psst")["message_ts"]

    assert [one["text"] for one in slack.ephemerals("owner")] == ["Psst"]
    assert [slack.ephemerals(one) for one in ("colleague", "admin", "guest", "stranger")] == [[]] * 4
    assert slack.messages("migrations") == []
    assert call("chat.update", channel=MIGRATIONS, ts=ts, text="x")["error"] == "message_not_found"
    assert call("chat.delete", channel=MIGRATIONS, ts=ts)["error"] == "message_not_found"


@pytest.mark.parametrize(("method", "given", "error"), [
    ("chat.postMessage", {"channel": "C0NOWHERE1", "text": "x"}, "channel_not_found"),
    ("chat.postMessage", {"channel": "C0RANDOM01", "text": "x"}, "not_in_channel"),
    ("chat.postMessage", {"channel": "C0ITADMIN1", "text": "x"}, "channel_not_found"),
    ("chat.postMessage", {"channel": "C0ARCHIVE1", "text": "x"}, "is_archived"),
    ("chat.postMessage", {"channel": "U0STRANGE1", "text": "x"}, "channel_not_found"),
    ("chat.postMessage", {"channel": MIGRATIONS}, "no_text"),
    ("chat.postMessage", {"channel": MIGRATIONS, "text": "x" * 4001}, "msg_too_long"),
    ("chat.postMessage", {"channel": MIGRATIONS, "text": "x", "thread_ts": "1.000000"}, "thread_not_found"),
    ("chat.postMessage", {"channel": MIGRATIONS, "text": "x", "reply_broadcast": True}, "invalid_arguments"),
    ("chat.postMessage", {"channel": MIGRATIONS, "text": "x", "colour": "red"}, "invalid_arguments"),
    ("chat.postMessage", {"channel": MIGRATIONS, "text": "x", "metadata": {"id": 1}}, "invalid_metadata_format"),
    ("chat.postMessage", {"channel": MIGRATIONS, "text": "x", "blocks": [section("")]}, "invalid_blocks"),
    ("chat.postMessage", {"channel": MIGRATIONS, "text": "x", "blocks": [section("x" * 2700)] * 5},
     "msg_blocks_too_long"),
    ("chat.postMessage", {"text": "x"}, "invalid_arguments"),
    ("chat.postEphemeral", {"channel": MIGRATIONS, "user": "U0STRANGE1", "text": "x"}, "user_not_in_channel"),
    ("chat.update", {"channel": MIGRATIONS, "ts": "1.000000", "text": "x"}, "message_not_found"),
    ("chat.getPermalink", {"channel": MIGRATIONS, "message_ts": "1.000000"}, "message_not_found"),
    ("conversations.open", {"users": "U0STRANGE1"}, "user_not_found"),
    ("users.info", {"user": "U0NOBODY01"}, "user_not_found"),
    ("users.list", {}, "limit_required"),
    ("users.list", {"limit": 1000}, "invalid_limit"),
    ("users.list", {"limit": 2, "cursor": "dXNlcjpVMDYxTkZUVDI="}, "invalid_cursor"),
    ("views.open", {"trigger_id": "1.2.a"}, "invalid_arguments"),
    ("views.update", {"view": {}}, "invalid_arguments"),
    ("views.publish", {"user_id": "U0STRANGE1", "view": {}}, "invalid_arguments"),
    ("files.info", {"file": "F0NOTHING1"}, "file_not_found"),
    ("conversations.list", {}, "unknown_method"),
    ("team.info", {}, "missing_scope"),
    ("users.lookupByEmail", {"email": "claire@example.org"}, "missing_scope"),
    ("conversations.history", {"channel": MIGRATIONS}, "missing_scope"),
])
def test_refusals_have_slacks_names(call: Call, method: str, given: dict[str, Any], error: str) -> None:
    """Each refusal is HTTP 200 with the error of the method's page."""
    assert call(method, **given)["error"] == error
    assert call.status == 200


def test_another_persons_message_cannot_be_changed(slack: SlackEmulator, call: Call) -> None:
    """The app may update and delete only what it posted."""
    ts = slack.say("owner", "migrations", "Hello")

    assert call("chat.update", channel=MIGRATIONS, ts=ts, text="x")["error"] == "cant_update_message"
    assert call("chat.delete", channel=MIGRATIONS, ts=ts)["error"] == "cant_delete_message"


@pytest.mark.parametrize(("token", "error"), [("", "not_authed"), ("xoxb-other", "invalid_auth")])
def test_the_token_is_asked_for(call: Call, token: str, error: str) -> None:
    """No token and a wrong token have different errors."""
    call.token = token

    assert call("auth.test")["error"] == error


def test_a_missing_scope_says_which(call: Call) -> None:
    """missing_scope names what is needed and what is there."""
    answer = call("team.info")

    assert (answer["needed"], "chat:write" in answer["provided"]) == ("team:read", True)


def test_people_are_told_apart(slack: SlackEmulator, call: Call) -> None:
    """users.info tells admins, guests, strangers and the deactivated; addresses only with their scope."""
    slack.change_user("colleague", deleted=True)
    found = {key: call("users.info", user=slack_id)["user"] for key, slack_id in {
        "admin": "U0ADMIN001", "guest": "U0GUEST001", "stranger": "U0STRANGE1", "colleague": "U0COLLEAG1"}.items()}

    assert found["admin"]["is_admin"]
    assert found["guest"]["is_ultra_restricted"]
    assert found["guest"]["is_restricted"]
    assert found["stranger"]["is_stranger"]
    assert found["colleague"]["deleted"]
    assert "email" not in found["admin"]["profile"]
    assert call("chat.postMessage", channel="U0COLLEAG1", text="x")["error"] == "user_disabled"


def test_everybody_is_listed_page_by_page(slack: SlackEmulator, call: Call) -> None:
    """users.list has the app, the guests and the deactivated too, each once; strangers are in no workspace of ours."""
    slack.change_user("colleague", deleted=True)
    found, cursor = [], ""
    while True:
        page = call("users.list", limit=2, **({"cursor": cursor} if cursor else {}))
        found += page["members"]
        cursor = page["response_metadata"]["next_cursor"]
        if not cursor:
            break

    assert sorted(one["id"] for one in found) == ["U0ADMIN001", "U0COLLEAG1", "U0GUEST001", "U0OMMBOT01", "U0OWNER001"]
    assert [one["id"] for one in found if one.get("is_admin")] == ["U0ADMIN001"]
    assert [one["id"] for one in found if one["deleted"]] == ["U0COLLEAG1"]


@pytest.mark.parametrize(("method", "given", "most"), [
    ("chat.update", {"channel": MIGRATIONS, "ts": "1.0", "text": "x"}, 50),
    ("chat.delete", {"channel": MIGRATIONS, "ts": "1.0"}, 50),
    ("conversations.open", {"users": OWNER}, 50),
    ("chat.postEphemeral", {"channel": MIGRATIONS, "user": OWNER, "text": "x"}, 100),
    ("views.publish", {"user_id": OWNER, "view": {"type": "home", "blocks": [section()]}}, 100),
    ("views.update", {"view_id": "V1", "view": {}}, 100),
    ("users.info", {"user": OWNER}, 100),
    ("users.list", {"limit": 2}, 20),
])
def test_a_method_has_its_tier(call: Call, clock: Clock, method: str, given: dict[str, Any], most: int) -> None:
    """The tier's number of calls passes within a minute; the next is a 429 until its Retry-After is over."""
    for _ in range(most):
        call(method, **given)
        assert call.status == 200
    clock.now += 20
    assert call(method, **given) == {"ok": False, "error": "ratelimited"}
    assert (call.status, call.headers["Retry-After"]) == (429, "40")
    clock.now += 39.5
    assert call(method, **given)["error"] == "ratelimited"
    clock.now += 0.5

    call(method, **given)
    assert call.status == 200


def test_posts_are_one_a_second_in_a_channel(call: Call, clock: Clock) -> None:
    """After a short burst, one post a second; each conversation has its own second, by whatever id."""
    for _ in range(3):
        assert call("chat.postMessage", channel=OWNER, text="x")["ok"]
    assert call("chat.postMessage", channel="D0OWNER001", text="x")["error"] == "ratelimited"
    assert call.headers["Retry-After"] == "1"
    assert call("chat.postMessage", channel=MIGRATIONS, text="x")["ok"]
    clock.now += 1

    assert call("chat.postMessage", channel=OWNER, text="x")["ok"]
    assert call("chat.postMessage", channel=OWNER, text="x")["error"] == "ratelimited"


@pytest.mark.parametrize(("fault", "status", "error"), [
    (Fault(method="chat.postMessage", action="ratelimited", retry_after=7), 429, "ratelimited"),
    (Fault(method="chat.postMessage", action="error", error="token_revoked"), 200, "token_revoked"),
    (Fault(method="chat.postMessage", nth=2, action="error"), 200, None),
    (Fault(method="chat.update", action="error"), 200, None),
])
def test_faults_hit_the_calls_they_are_meant_for(slack: SlackEmulator, call: Call, fault: Fault, status: int,
                                                 error: str | None) -> None:
    """A fault strikes its method, its nth call, or all; nothing is stored before it."""
    slack.add_fault(fault)

    assert call("chat.postMessage", channel=MIGRATIONS, text="x").get("error") == error
    assert call.status == status
    assert len(slack.messages("migrations")) == (error is None)


@pytest.mark.parametrize(("when", "stored"), [("before", 0), ("after", 1)])
def test_a_dropped_answer_is_lost_and_the_work_with_it_or_not(slack: SlackEmulator, call: Call, when: Any,
                                                              stored: int) -> None:
    """drop closes the connection without an answer; afterwards the message is there all the same."""
    slack.add_fault(Fault(method="chat.postMessage", action="drop", when=when))

    with pytest.raises(RemoteDisconnected):
        call("chat.postMessage", channel=MIGRATIONS, text="x")

    assert len(slack.messages("migrations")) == stored


def test_a_broken_slack_answers_no_json(slack: SlackEmulator, call: Call) -> None:
    """A 503 has a body that is no JSON, as proxies give it."""
    slack.add_fault(Fault(action="status", status=503))

    assert call.post(slack.url + "auth.test", {}) == "upstream connect error"
    assert call.status == 503


def test_a_held_call_waits_for_its_release(slack: SlackEmulator, call: Call) -> None:
    """A slow Slack, without a clock: the call is held until the test lets it go."""
    slack.add_fault(Fault(method="chat.postMessage", action="hold", name="slow"))
    thread = threading.Thread(target=call, args=("chat.postMessage",), kwargs={"channel": MIGRATIONS, "text": "x"})
    thread.start()
    assert slack.wait_held("slow", 90)
    assert slack.messages("migrations") == []
    slack.release("slow")
    thread.join(60)

    assert len(slack.messages("migrations")) == 1


# -- response_urls ------------------------------------------------------------------------------------


def url_of(slack: SlackEmulator, app: App, ts: str | None = None) -> str:
    if ts is None:
        slack.slash("owner", "migrations", "help")
        return app.got[-1].form["response_url"]
    slack.press("owner", ts, "go")
    return app.got[-1].payload["response_url"]


def test_a_response_url_takes_five_answers(slack: SlackEmulator, app: App, call: Call) -> None:
    """Five uses, then used_url."""
    client = WebhookClient(url_of(slack, app))
    for _ in range(5):
        assert client.send(text="Hello").body == "ok"

    refused = client.send(text="Hello")

    assert (refused.status_code, "used_url" in refused.body) == (404, True)
    assert len(slack.ephemerals("owner")) == 5


@pytest.mark.parametrize(("seconds", "status"), [(1800, 200), (1801, 404)])
def test_a_response_url_lives_thirty_minutes(slack: SlackEmulator, app: App, call: Call, clock: Clock, seconds: int,
                                             status: int) -> None:
    """At 30 minutes it is taken, after them it is expired_url."""
    url = url_of(slack, app)
    clock.now += seconds

    call.post(url, {"text": "Hello"})

    assert call.status == status


def test_a_response_is_ephemeral_unless_it_says_otherwise(slack: SlackEmulator, app: App, call: Call) -> None:
    """response_type in_channel posts for all."""
    url = url_of(slack, app)
    call.post(url, {"text": "For one"})
    call.post(url, {"text": "For all", "response_type": "in_channel"})

    assert [one["text"] for one in slack.ephemerals("owner")] == ["For one"]
    assert [one["text"] for one in slack.messages("migrations")] == ["For all"]


def test_a_response_can_replace_or_delete_an_ephemeral(slack: SlackEmulator, app: App, call: Call) -> None:
    """replace_original keeps its place and its one reader; delete_original takes it away."""
    ts = call("chat.postEphemeral", channel=MIGRATIONS, user=OWNER, **message(actions(button())))["message_ts"]
    url = url_of(slack, app, ts)
    call.post(url, {"text": "Done", "replace_original": True})
    assert [(one["ts"], one["text"]) for one in slack.ephemerals("owner")] == [(ts, "Done")]
    call.post(url, {"delete_original": True})

    assert slack.ephemerals("owner") == []


@pytest.mark.parametrize("given", [{"text": ""}, {"text": "x" * 4001}, {"text": "x", "colour": "red"},
                                   {"text": "x", "blocks": [section("")]}])
def test_a_response_is_walked_like_any_message(slack: SlackEmulator, app: App, call: Call, given: Any) -> None:
    """What Slack would refuse is refused here too."""
    call.post(url_of(slack, app), given)

    assert call.status == 400
    assert slack.ephemerals("owner") == []


def test_every_call_is_on_record(slack: SlackEmulator, call: Call) -> None:
    """A test can see what the app asked, when, and what it was told."""
    call("users.info", user="U0NOBODY01")

    last = slack.requests[-1]
    assert (last.method, last.arguments, last.ok, last.error) == (
        "users.info", {"user": "U0NOBODY01"}, False, "user_not_found")


def test_the_app_posts_a_file(slack: SlackEmulator, call: Call) -> None:
    """slack_sdk's three steps upload and share a file; the people of the channel can fetch it, others not."""
    slack.configure(scopes=("chat:write", "files:write", "files:read"))
    client = WebClient(token=TOKEN, base_url=slack.url)

    client.files_upload_v2(channel=MIGRATIONS, filename="report.csv", content="a,b\n", title="Report",
                           initial_comment="All items")

    shared = slack.messages("migrations")[0]
    assert (shared["text"], shared["files"][0]["title"], shared["files"][0]["size"]) == ("All items", "Report", 4)
    place = f"file/{shared['files'][0]['id']}"
    assert call.fetch(f"{slack.page_url}client/guest/{place}", "") == (200, b"a,b\n")
    assert call.fetch(f"{slack.page_url}client/stranger/{place}", "")[0] == 404


def test_half_a_file_is_none(slack: SlackEmulator, call: Call) -> None:
    """An upload of another length is refused, and a file without its bytes cannot be shared."""
    slack.configure(scopes=("chat:write", "files:write"))
    held = call("files.getUploadURLExternal", filename="report.csv", length=4)

    call.post(held["upload_url"], "abcdef")

    assert call.status == 400
    assert call("files.completeUploadExternal", files=[{"id": held["file_id"]}], channel_id=MIGRATIONS)[
        "error"] == "file_not_found"


def test_user_groups_and_who_is_in_them(slack: SlackEmulator, call: Call) -> None:
    """With the scope usergroups:read alone; one that is disabled is gone unless it is asked for."""
    assert call("usergroups.list")["error"] == "missing_scope"
    slack.configure(scopes=("usergroups:read",))
    slack.change_group("sales", add="colleague", remove="owner")
    slack.change_group("it-team", disabled=True)

    assert [group["handle"] for group in call("usergroups.list")["usergroups"]] == ["sales"]
    assert len(call("usergroups.list", include_disabled=True)["usergroups"]) == 2
    assert call("usergroups.users.list", usergroup="S0SALES001")["users"] == ["U0COLLEAG1"]
    assert call("usergroups.users.list", usergroup="S0ITTEAM01")["error"] == "no_such_subteam"
    assert call("usergroups.users.list", usergroup="S0NOBODY01")["error"] == "no_such_subteam"


def test_a_private_channel_is_told_of_with_its_own_scope(slack: SlackEmulator, call: Call) -> None:
    """And only where the app is in it."""
    slack.configure(scopes=("channels:read",))
    slack.change_channel("it-admins", join="U0OMMBOT01")

    assert call("conversations.info", channel="C0PARTNER1")["channel"]["is_ext_shared"]
    assert call("conversations.info", channel="C0ITADMIN1")["needed"] == "groups:read"
    slack.configure(scopes=("channels:read", "groups:read"))
    assert call("conversations.info", channel="C0ITADMIN1")["channel"]["is_private"]
