"""What a later release has written about one task holds up no message about another."""

from __future__ import annotations

import json
from typing import Any

from bot.notices.email import Delivery
from bot.notices.troubles import CALL
from bot.stored.attempts import key_of
from bot.stored.outbox import Letter
from engine.errors import Cause
from engine.store.stored import as_json
from tests.servers.slack.notices import OWNER, Office
from tests.unit.notices.test_troubles import calls, resume, stop

THIRD, OTHER = "it@example.org", "other@example.org"


class Mail:
    """A mail server that is away until it is back."""

    def __init__(self) -> None:
        self.is_back, self.sent = False, list[str]()

    def send(self, _to: str, _subject: str, _text: str, key: str) -> Delivery:
        if self.is_back:
            self.sent.append(key)
        return Delivery.SENT if self.is_back else Delivery.AWAY


def test_an_email_of_a_task_that_became_a_later_releases_holds_up_no_other(desk: Office) -> None:
    """The mail server was away while the other release took the first task over."""
    mail: Any = Mail()
    desk.mailer = mail
    desk.new_notifier()
    first = desk.complete(desk.begin(notify=THIRD))
    desk.run(5)
    other = desk.complete(desk.begin(notify=OTHER))
    desk.run(5)
    key = f"omm:thread:{first.task_id}"
    thread = json.loads(as_json(desk.redis.hget(key, "thread") or ""))
    desk.redis.hset(key, "thread", json.dumps(thread | {"v": 2}))
    mail.is_back = True

    desk.run(700)

    assert mail.sent == [f"{other.task_id} begun", f"{other.task_id} completed"]


def test_a_letter_that_a_later_release_began_holds_up_no_other(desk: Office) -> None:
    """Only that release knows whether it has arrived: it stays, and the letter behind it is sent."""
    begun, other = Letter("begun", OWNER, "This one was begun."), Letter("other", OWNER, "This one is new.")
    desk.redis.set(key_of(OWNER, "", desk.outbox.mark(begun)), json.dumps({"v": 2}))
    for letter in (begun, other):
        desk.outbox.put(letter)

    desk.run(5)

    assert desk.letters() == ["This one is new."]
    assert desk.outbox.waiting() == [begun]


def test_a_call_of_a_later_release_is_changed_when_its_trouble_is_over(desk: Office) -> None:
    """It notes more than this release knows: the call is not posted again, and says at last that it is solved."""
    task = stop(desk, desk.start(desk.begin()), Cause.SIGN_IN, "source")
    desk.run()
    thread = f"omm:thread:{task.task_id}"
    for key in desk.threads.told(task.task_id):
        if key.startswith(CALL):
            desk.redis.hdel(thread, f"told:{key}")
            desk.threads.tell(task.task_id, CALL + json.dumps([*json.loads(key.removeprefix(CALL)), "more"]))
    task = stop(desk, resume(desk, task, moves=False), Cause.SIGN_IN, "source")
    desk.run()
    standing = len(calls(desk))

    resume(desk, task)
    desk.run()

    assert standing == 1
    assert [one["text"].startswith("Solved.") for one in calls(desk)] == [True]
