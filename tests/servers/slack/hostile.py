"""Requests that Slack has signed and that nothing of ours has offered to their sender, and what comes of them."""

from __future__ import annotations

import hashlib
import hmac
import itertools
import json
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlencode

from slack_bolt import App
from werkzeug.test import Client, TestResponse

from app import Door, create_app
from bot.ids import VALUE
from bot.listeners.bolt import build
from bot.listeners.deliveries import Deliveries
from bot.services import Services
from bot.stored.audit import PREFIX
from bot.stored.audit_entries import Entry, Result, read
from bot.stored.outbox import LONGEST
from bot.workspace import Workspace
from tests.servers.slack.signed import FORM, JSON, SECRET
from tests.servers.slack.signed_world import words
from tests.servers.slack.workspace import TEAM
from tests.servers.slack.world import SlackWorld

Values = Mapping[str, Any]
NUMBERS = itertools.count(1)
# What may differ after a refusal: the audit and the key of its sealed words, what was delivered, who somebody is, what
# they are told, and the counters by which somebody who tries too often is stopped.
MAY_DIFFER = (
    b"omm:audit:", b"omm:keys:lasting", b"omm:seen:", b"omm:person:", b"omm:outbox", b"omm:guesses", b"omm:rate:",
    b"omm:sign-in:refused:",
)


class AtOnce(Executor):
    """Does what it is given in the thread that gives it."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **named: Any) -> Future[Any]:
        done: Future[Any] = Future()
        done.set_result(fn(*args, **named))
        return done


@dataclass(frozen=True)
class Came:
    """What came of a request: what its sender was told, what the audit has of it, and which keys of the store differ.

    `seen` is True where somebody sees something else in Slack than before.
    """

    status: int
    told: str
    entries: tuple[Entry, ...]
    changed: tuple[str, ...] = ()
    seen: bool = False

    @property
    def refused(self) -> list[str]:
        """Whose acts the audit says were refused."""
        return [entry.who for entry in self.entries if entry.result == Result.REFUSED]

    @property
    def nothing(self) -> bool:
        """True: nobody's tasks, forms, passwords and settings differ, and nobody sees anything else."""
        return not self.changed and not self.seen


@dataclass
class Hostile:
    """Sends what it likes to the web door of that world, without a socket, and looks at everything afterwards."""

    world: SlackWorld
    client: Client = field(init=False)

    def __post_init__(self) -> None:
        world = self.world

        def make(team: str) -> tuple[App, Services]:
            own = replace(world.services, team=team)
            return build(own, Deliveries(world.redis), AtOnce(), signing_secret=SECRET), own

        door = Door(world.redis, Workspace(world.redis, world.services.slack), make)
        door.open()
        self.client = create_app(door, signing_secret=SECRET).test_client()

    def post(
        self, body: bytes, kind: str = FORM, *, age: int = 0, secret: str = SECRET, path: str = "/slack/events",
        signed: bytes | None = None,
    ) -> TestResponse:
        """The answer to a body that was signed so many seconds ago, with that secret; `signed` is what was signed."""
        stamp = str(int(time.time()) - age)
        digest = hmac.new(secret.encode(), b"v0:" + stamp.encode() + b":" + (body if signed is None else signed),
                          hashlib.sha256)
        return self.client.post(path, data=body, headers={
            "Content-Type": kind, "X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest.hexdigest()}",
        })

    def sends(self, user: str, body: bytes, kind: str = FORM, **how: Any) -> Came:
        """What comes of that body, which that person sends."""
        return self.sends_all(user, {"": body}, kind, **how)[""]

    def sends_all(self, user: str, bodies: Mapping[str, bytes], kind: str = FORM, **how: Any) -> dict[str, Came]:
        """What comes of those bodies, which that person sends one after the other; of what differs, what all changed.

        To look at everything in the store takes longer than to send something.
        """
        before, seen = self.stored(), self.seen()
        came = {name: self._asked(user, body, kind, **how) for name, body in bodies.items()}
        after = self.stored()
        changed = sorted(key.decode() for key in before.keys() | after.keys() if before.get(key) != after.get(key))
        sees = self.seen() != seen
        return {name: replace(each, changed=tuple(changed), seen=sees) for name, each in came.items()}

    def _asked(self, user: str, body: bytes, kind: str, **how: Any) -> Came:
        newest = self.newest()
        self.take_letters()
        answer = self.post(body, kind, **how)
        told = [said(answer), *self.take_letters(user)]
        return Came(answer.status_code, " ".join(filter(None, told)), self.entries(newest))

    # What is there

    def stored(self) -> dict[bytes, bytes]:
        """Everything in the store that a refusal must not change."""
        redis = self.world.redis
        return {key: redis.dump(key) for key in redis.keys("*") if not key.startswith(MAY_DIFFER)}

    def seen(self) -> str:
        """What people see in Slack."""
        slack, people = self.world.slack, ("owner", "colleague", "admin")
        held: list[Any] = [slack.messages(channel) for channel in ("migrations", "general", "partners")]
        held += [[slack.messages("dm", who), slack.views(who), slack.home(who)] for who in people]
        return json.dumps(held)

    def take_letters(self, user: str = "") -> list[str]:
        """What waits to be told to somebody; it and all that waits for others is taken away."""
        outbox = self.world.services.outbox
        line = outbox.line(LONGEST)
        for waiting in line:
            outbox.sent(waiting)
        letters = [waiting.letter for waiting in line if waiting.letter is not None]
        return [words(list(one.blocks)) or one.text for one in letters if one.to == user]

    def newest(self) -> str:
        """Where the audit of the workspace ends."""
        return next((at.decode() for at, _ in self.world.redis.xrevrange(self._audit, count=1)), "0")

    def entries(self, after: str) -> tuple[Entry, ...]:
        """The audit of the workspace since then, the oldest first."""
        new = [read(line[b"line"].decode()) for _, line in self.world.redis.xrange(self._audit, min=f"({after}")]
        return tuple(entry for entry in new if entry is not None)

    @property
    def _audit(self) -> str:
        return f"{PREFIX}{self.world.team}"


def said(answer: TestResponse) -> str:
    """What stands in an answer for a person to read: a window, words below fields, or a message."""
    held = answer.get_json(silent=True)
    if not isinstance(held, dict):
        return ""
    below = map(str, (held.get("errors") or {}).values())
    return " ".join([words((held.get("view") or held).get("blocks", [])), *below]).strip()


# Bodies


def view(callback_id: str, metadata: str, values: Values = {}, **others: Any) -> dict[str, Any]:  # noqa: B006 - is read
    """A modal that is open, as Slack describes it, with what was typed into it."""
    held = {block: typed if isinstance(typed, dict) else {VALUE: {"value": typed}} for block, typed in values.items()}
    return {
        "id": f"V{next(NUMBERS)}", "type": "modal", "callback_id": callback_id, "hash": "1.2", "team_id": TEAM,
        "private_metadata": metadata, "state": {"values": held}, **others,
    }


def _payload(user: str, team: str, **more: Any) -> bytes:
    held = {"user": {"id": user, "team_id": team}, "team": {"id": team}, "trigger_id": f"{next(NUMBERS)}.1.f", **more}
    return urlencode({"payload": json.dumps(held)}).encode()


def clicked(
    user: str, action: str, value: str, on: Mapping[str, Any] | None = None, *, team: str = TEAM, menu: bool = False,
    **more: Any,
) -> bytes:
    """A button of a message, or of the view that it is `on`; in a `menu` the value is that of the chosen option.

    `more` stands in the payload, too.
    """
    chosen = {"selected_option": {"value": value}} if menu else {"value": value}
    element = {"type": "static_select" if menu else "button", "action_id": action, "block_id": "buttons", **chosen}
    where = {} if on is None else {"view": dict(on)}
    return _payload(user, team, type="block_actions", actions=[element], **where, **more)


def submitted(user: str, on: Mapping[str, Any], *, team: str = TEAM) -> bytes:
    """A modal that was sent."""
    return _payload(user, team, type="view_submission", view=dict(on))


def closed(user: str, on: Mapping[str, Any], *, team: str = TEAM) -> bytes:
    """A modal that was closed."""
    return _payload(user, team, type="view_closed", view=dict(on))


def chosen(user: str, callback_id: str, *, team: str = TEAM) -> bytes:
    """A global shortcut."""
    return _payload(user, team, type="shortcut", callback_id=callback_id)


def typed(user: str, text: str, *, team: str = TEAM) -> bytes:
    """The command."""
    return urlencode({
        "command": "/omm", "text": text, "user_id": user, "team_id": team, "channel_id": "C0MIGRATE1",
        "trigger_id": f"{next(NUMBERS)}.1.f",
    }).encode()


def happened(user: str, kind: str, *, team: str = TEAM, **more: Any) -> tuple[bytes, str]:
    """An event, and its content type."""
    held = {
        "type": "event_callback", "event_id": f"Ev{next(NUMBERS)}", "team_id": team,
        "event": {"type": kind, "user": user, "channel": f"D{user[1:]}", **more},
        "authorizations": [{"team_id": team, "is_bot": True}],
    }
    return json.dumps(held).encode(), JSON
