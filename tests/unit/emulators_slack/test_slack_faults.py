"""Faults of one conversation, and a Slack that answers late."""

from __future__ import annotations

import threading

from emulators.slack import Fault, SlackEmulator
from tests.unit.emulators_slack.conftest import Call
from tests.unit.emulators_slack.test_slack_delivery import MIGRATIONS

OWNER, OWNERS_DM = "U0OWNER001", "D0OWNER001"


def test_a_fault_of_one_conversation_hits_no_other(slack: SlackEmulator, call: Call) -> None:
    """Whether a call names it by its own id or by its person; calls into none are not hit either."""
    slack.add_fault(Fault(channel=OWNERS_DM, action="error", error="access_denied"))

    assert call("chat.postMessage", channel=OWNER, text="x")["error"] == "access_denied"
    assert call("chat.postMessage", channel=OWNERS_DM, text="x")["error"] == "access_denied"
    assert call("chat.postMessage", channel=MIGRATIONS, text="x")["ok"]
    assert call("auth.test")["ok"]


def test_the_nth_call_into_one_conversation_is_hit(slack: SlackEmulator, call: Call) -> None:
    """Calls into others are not counted."""
    slack.add_fault(Fault(method="chat.postMessage", channel=MIGRATIONS, nth=2, action="error"))
    posts = [call("chat.postMessage", channel=to, text="x").get("error") for to in (MIGRATIONS, OWNER, MIGRATIONS)]

    assert posts == [None, None, "internal_error"]


def test_an_answer_may_be_late_in_one_conversation(slack: SlackEmulator, call: Call) -> None:
    """The message is there before its answer; calls into others are answered meanwhile."""
    slack.add_fault(Fault(method="chat.postMessage", channel=MIGRATIONS, action="hold", when="after", name="late"))
    late = threading.Thread(target=Call(slack), args=("chat.postMessage",), kwargs={"channel": MIGRATIONS, "text": "x"})
    late.start()
    assert slack.wait_held("late", 90)

    assert len(slack.messages("migrations")) == 1
    assert call("chat.postMessage", channel=OWNER, text="x")["ok"]
    slack.release("late")
    late.join(60)
    assert not late.is_alive()


def test_a_fault_can_be_posted_from_another_process(slack: SlackEmulator, call: Call) -> None:
    """The control interface takes a conversation too."""
    wanted = {"channel": MIGRATIONS, "action": "error", "error": "no_permission"}
    call.post(f"{slack.control_url}add_fault", wanted)

    assert call("chat.postMessage", channel=MIGRATIONS, text="x")["error"] == "no_permission"
    assert call("chat.postMessage", channel=OWNER, text="x")["ok"]
