"""The emulator as tests hold it: start it, act in it as its people, break it, look into it."""

import dataclasses
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from emulators.slack.acts import Acts
from emulators.slack.api import Api
from emulators.slack.control import Commands
from emulators.slack.delivery import Sender
from emulators.slack.faults import Fault
from emulators.slack.settings import Clock, Settings
from emulators.slack.socket_mode import Reason, SocketMode
from emulators.slack.state import Ack, ApiCall, State
from emulators.slack.web import Server, served
from emulators.slack.workspace import NotPossibleError

_DEFAULTS = Settings()


class SlackEmulator:
    """A local stand-in for one Slack workspace with one app in it.

    Stricter than the real thing where nobody knows, never more lenient. `request_url` is where the app listens
    for commands, interactions and events alike. People are `owner`, `colleague`, `admin`, `guest` and `stranger`;
    channels go by name, and `dm` is a person's conversation with the app. An `app_token` turns Socket Mode on: the
    app then hears of everything over the WebSockets it opens, and nothing goes to its `request_url`. Use it as a
    context manager.
    """

    def __init__(self, database: Path | None = None, *, signing_secret: str, bot_token: str, request_url: str = "",
                 app_token: str = "", port: int = 0, settings: Settings = _DEFAULTS,
                 clock: Clock = time.time) -> None:
        """Open the store (in memory without a file) and bind the port (0: any free one).

        Raises ValueError without any way to the app.
        """
        if not request_url and not app_token:
            raise ValueError("either a request_url or an app_token is needed")
        self._sockets = SocketMode(clock) if app_token else None
        self._state = State(database, settings, clock, self._sockets)
        self._sender = Sender(request_url, signing_secret, clock)
        self._acts = Acts(self._state, self._sockets or self._sender)
        commands = Commands(self, self._acts)
        self._server = Server(served(self._state, Api(self._state, bot_token, app_token), commands), port)
        self.page_url = self._state.base_url = f"http://127.0.0.1:{self._server.port}/"
        self.url = f"{self.page_url}api/"
        self.control_url = f"{self.page_url}control/"

    def start(self) -> None:
        """Begin to answer."""
        if self._sockets is not None:
            self._sockets.start()
        self._server.start()

    def stop(self) -> None:
        """Stop answering and close the store."""
        self._state.board.close()
        if self._sockets is not None:
            self._sockets.stop()
        self._server.stop()
        self._state.store.close()

    def __enter__(self) -> Self:
        """Start."""
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        """Stop."""
        self.stop()

    # -- what people do: each answers with what came of it --------------------------------------------

    def slash(self, user: str, channel: str, text: str) -> Ack:
        """Type the command; `text` is what follows it."""
        return self._acts.slash(user, channel, text)

    def shortcut(self, user: str, callback_id: str) -> Ack:
        """Choose a global shortcut."""
        return self._acts.shortcut(user, callback_id)

    def say(self, user: str, channel: str, text: str, thread: str | None = None) -> str:
        """Post a message as a person; returns its timestamp."""
        return self._acts.say(user, channel, text, thread)

    def press(self, user: str, where: str, action_id: str, value: Any = None, *, block_id: str | None = None) -> Ack:
        """Press a button, or set a menu to `value`, in a message (its ts) or a view (its id)."""
        return self._acts.press(user, where, action_id, value, block_id=block_id)

    def fill(self, user: str, view_id: str, values: Mapping[str, Any]) -> None:
        """Type into fields of a form, by block_id, without sending it."""
        self._acts.fill(user, view_id, values)

    def submit(self, user: str, view_id: str, values: Mapping[str, Any] | None = None) -> Ack:
        """Fill in and send a form."""
        return self._acts.submit(user, view_id, values)

    def close(self, user: str, view_id: str, *, everything: bool = False) -> Ack | None:
        """Close a modal, or all of them; the Ack of its view_closed, if it asked for one."""
        return self._acts.close(user, view_id, everything=everything)

    def open_home(self, user: str, tab: str = "home") -> Ack:
        """Go to the app's home tab."""
        return self._acts.open_home(user, tab)

    def event(self, inner: dict[str, Any], user: str = "") -> Ack:
        """Deliver any other event."""
        return self._acts.event(inner, user)

    def uninstall(self) -> list[Ack]:
        """Remove the app: its token is revoked, and it hears of it."""
        return self._acts.uninstall()

    def deliver_due(self) -> list[Ack]:
        """Send the retries of events whose time has come, and refresh connections of Socket Mode that are old."""
        if self._sockets is not None:
            self._sockets.refresh()
        return self._acts.deliver_due()

    def verify_url(self) -> bool:
        """Whether the app answers the handshake of its request url; with Socket Mode on, it has none."""
        if self._sockets is not None:
            raise NotPossibleError("with Socket Mode on, there is no request url")
        return self._acts.verify_url()

    def wait_connected(self, count: int, timeout: float) -> bool:
        """Whether the app has so many connections of Socket Mode, or more, within `timeout` seconds."""
        return self._connections().wait_connected(count, timeout)

    def disconnect(self, reason: Reason = "refresh_requested") -> None:
        """Announce the end of every connection of Socket Mode, and close it unless it is a mere `warning`."""
        self._connections().disconnect(reason)

    def _connections(self) -> SocketMode:
        if self._sockets is None:
            raise NotPossibleError("Socket Mode is off")
        return self._sockets

    def upload(self, user: str, name: str, content: bytes) -> dict[str, Any]:
        """A file of a person, as the value of a file_input: `submit(…, {"csv": [upload(…)]})`."""
        with self._state.lock:
            return self._state.keep_file(self._state.workspace.user(user).id, name, content)

    # -- what people see ------------------------------------------------------------------------------

    def messages(self, channel: str, user: str | None = None) -> list[dict[str, Any]]:
        """A conversation, replies in threads included, oldest first; `user` chooses whose `dm`."""
        with self._state.lock:
            workspace = self._state.workspace
            place = workspace.user(user).dm if channel == "dm" and user else channel
            if workspace.of_dm(place) is None:
                place = workspace.channel(channel).id
            return self._state.store.messages(place)

    def ephemerals(self, user: str) -> list[dict[str, Any]]:
        """The messages that only this person sees, oldest first."""
        with self._state.lock:
            person = self._state.workspace.user(user)
            return [one.message | {"channel": one.channel} for one in self._state.ephemerals if one.user == person.id]

    def views(self, user: str) -> list[dict[str, Any]]:
        """The open modals of a person, the one on top last; `errors` and `trouble` are what stands on them."""
        with self._state.lock:
            stack = self._state.views.stacks.get(self._state.workspace.user(user).id, [])
            return [one.as_json() | {"errors": dict(one.errors), "trouble": one.trouble} for one in stack]

    def home(self, user: str) -> dict[str, Any] | None:
        """A person's home tab, once the app has published one."""
        with self._state.lock:
            found = self._state.views.homes.get(self._state.workspace.user(user).id)
            return None if found is None else found.as_json()

    @property
    def acks(self) -> list[Ack]:
        """Every delivery so far, with what came of it."""
        with self._state.lock:
            return list(self._state.acks)

    @property
    def requests(self) -> list[ApiCall]:
        """Every call of the app so far."""
        with self._state.lock:
            return list(self._state.requests)

    @property
    def version(self) -> int:
        """A number that grows whenever something to be seen changes."""
        return self._state.version

    def wait_changed(self, version: int, timeout: float) -> int:
        """Wait until `version` is no longer the newest one, at most `timeout` seconds; returns the newest."""
        return self._state.wait(version, timeout)

    # -- how it behaves -------------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        """The settings in force."""
        return self._state.settings

    def configure(self, **changes: Any) -> None:
        """Change some settings while it runs; raises TypeError for one that does not exist."""
        self._state.settings = dataclasses.replace(self._state.settings, **changes)

    def add_user(self, user: str) -> None:
        """One more person, by their key (letters and digits); raises NotPossibleError when there is one."""
        with self._state.lock:
            self._state.workspace.add(user)

    def change_user(self, user: str, **changes: Any) -> None:
        """Change who somebody is: is_admin, deleted, is_restricted…; raises NotPossibleError."""
        with self._state.lock:
            person = self._state.workspace.user(user)
            for name, value in changes.items():
                if name in ("id", "key") or not hasattr(person, name):
                    raise NotPossibleError(f"a user's {name} cannot be changed")
                setattr(person, name, value)

    def change_group(self, group: str, *, add: str | None = None, remove: str | None = None,
                     disabled: bool | None = None) -> None:
        """Put a person into a user group, or take them out; disable or enable it."""
        with self._state.lock:
            workspace = self._state.workspace
            held = workspace.group(group)
            if add is not None:
                held.members.add(workspace.user(add).id)
            if remove is not None:
                held.members.discard(workspace.user(remove).id)
            if disabled is not None:
                held.disabled = disabled

    def change_channel(self, channel: str, *, join: str | None = None, leave: str | None = None,
                       archived: bool | None = None) -> None:
        """Let a person, or the app (by its user id), join or leave; archive a channel."""
        with self._state.lock:
            workspace = self._state.workspace
            held = workspace.channel(channel)
            known = {one.key: one.id for one in workspace.users.values()}
            held.members |= {known.get(join, join)} if join else set()
            held.members -= {known.get(leave, leave)} if leave else set()
            held.is_archived = held.is_archived if archived is None else archived
            self._state.touch()

    def point_to(self, request_url: str) -> None:
        """Deliver to another request url from now on."""
        self._sender.url = request_url

    def add_fault(self, fault: Fault) -> int:
        """Inject a fault; returns its number."""
        return self._state.board.add(fault)

    def clear_faults(self) -> None:
        """Take all faults away and let go of whatever is held."""
        self._state.board.clear()

    def wait_held(self, name: str, timeout: float) -> bool:
        """Whether a call is held under `name` within `timeout` seconds."""
        return self._state.board.wait_held(name, timeout)

    def release(self, name: str) -> None:
        """Let the calls held under `name` go on."""
        self._state.board.release(name)
