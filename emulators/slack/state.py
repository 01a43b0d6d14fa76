"""Everything the emulated workspace holds, behind one lock."""

import secrets
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from emulators.slack.faults import FaultBoard
from emulators.slack.limits import Limiter
from emulators.slack.settings import Clock, Settings
from emulators.slack.socket_mode import SocketMode
from emulators.slack.store import Store
from emulators.slack.triggers import ResponseUrls, Triggers
from emulators.slack.views import Views, with_ids
from emulators.slack.workspace import APP, BOT, BOT_USER, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCall:
    """One call of a Web API method or of a response_url, as the app made it."""

    method: str
    arguments: dict[str, Any]
    ok: bool
    error: str
    status: int
    at: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Ack:
    """One delivery to the app, and what came of it.

    `kind` is command, block_actions, view_submission, view_closed, shortcut or the type of an event; `name` the
    command, action_id, callback_id; what was typed is in neither. `seconds` is how long the answer took, `retry`
    the X-Slack-Retry-Num. `outcome`: ok, operation_timeout, dispatch_failed, or invalid_response. `shown` is what
    Slack shows the user about it; empty when all is well.
    """

    kind: str
    name: str
    user: str
    status: int | None
    seconds: float
    outcome: str
    shown: str = ""
    retry: int | None = None
    errors: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True, kw_only=True)
class Ephemeral:
    """A message that one person sees until they reload."""

    user: str
    channel: str
    message: dict[str, Any]


class State:
    """Shared by the Web API, the people's acts and the page. Whoever reads or changes it holds `lock`."""

    def __init__(self, database: Path | None, settings: Settings, clock: Clock, sockets: SocketMode | None) -> None:
        """Open the store and seed the workspace; `sockets` is there when Socket Mode is on."""
        self.lock = threading.RLock()
        self.settings, self.clock, self.sockets = settings, clock, sockets
        self.store = Store(database)
        self.workspace = Workspace(settings.team)
        self.views = Views(clock, self.store.homes(), settings.team)
        self.triggers, self.response_urls = Triggers(clock), ResponseUrls(clock)
        self.limiter, self.board = Limiter(clock), FaultBoard()
        self.ephemerals: list[Ephemeral] = []
        self.files: dict[str, tuple[dict[str, Any], bytes]] = {}
        self.uploads: dict[str, int] = {}       # bytes that are still to come, by file id
        self.requests: list[ApiCall] = []
        self.acks: list[Ack] = []
        self.broken: set[tuple[str, str, str]] = set()      # (channel, ts, action_id) with a warning sign
        self.revoked = False
        self.base_url = ""          # set once the server knows its port
        self._changed = threading.Condition()
        self.version = 0
        self._last = round(self.store.newest() * 1_000_000)     # microseconds

    def touch(self) -> None:
        """Something to be seen has changed."""
        with self._changed:
            self.version += 1
            self._changed.notify_all()

    def wait(self, version: int, timeout: float) -> int:
        """The version of what is to be seen, once it is another than `version`."""
        with self._changed:
            self._changed.wait_for(lambda: self.version != version, timeout)
            return self.version

    def timestamp(self) -> str:
        """A message timestamp that no other message has."""
        self._last = max(round(self.clock() * 1_000_000), self._last + 1)
        return f"{self._last // 1_000_000}.{self._last % 1_000_000:06}"

    def message(self, text: str, blocks: list[dict[str, Any]] | None, **more: Any) -> dict[str, Any]:
        """A message of the app, with a new timestamp."""
        held: dict[str, Any] = {"type": "message", "ts": self.timestamp(), "user": BOT_USER, "bot_id": BOT,
                                "app_id": APP, "team": self.workspace.team, "text": text}
        if blocks:
            held["blocks"] = with_ids(blocks)
        return held | {name: value for name, value in more.items() if value is not None}

    def post(self, channel: str, message: dict[str, Any]) -> None:
        """Put a message into a conversation."""
        self.store.put(channel, message)
        self.touch()

    def whisper(self, user: str, channel: str, message: dict[str, Any]) -> None:
        """Show a message to one person."""
        self.ephemerals.append(Ephemeral(user=user, channel=channel, message=message))
        self.touch()

    def slackbot(self, user: str, channel: str, text: str) -> None:
        """What Slack itself says to one person when an app fails them."""
        self.whisper(user, channel, {"type": "message", "subtype": "slackbot", "ts": self.timestamp(),
                                     "user": "USLACKBOT", "text": text})

    def response_url(self, user: str, channel: str, *, ts: str | None = None, ephemeral: bool = False,
                     thread: str | None = None) -> str:
        """A new response_url."""
        number = self.response_urls.issue(user, channel, ts=ts, ephemeral=ephemeral, thread=thread)
        return f"{self.base_url}response/{number}"

    def keep_file(self, user: str, name: str, content: bytes) -> dict[str, Any]:
        """Keep a file of a person or of the app, in memory only; returns its file object."""
        number = f"F{secrets.token_hex(5).upper()}"
        held = {"id": number, "name": name, "title": name, "user": user, "size": len(content),
                "filetype": name.rpartition(".")[2], "mimetype": "application/octet-stream", "mode": "hosted",
                "url_private_download": f"{self.base_url}files/{number}"}
        self.files[number] = (held, content)
        return held

    def receive(self, number: str, content: bytes) -> bool:
        """Take the bytes for an upload url, once and all of them."""
        if self.uploads.get(number) != len(content):
            return False
        del self.uploads[number]
        held = self.files[number][0]
        held["size"] = len(content)
        self.files[number] = (held, content)
        return True
