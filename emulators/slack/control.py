"""The emulator from another process: POST /control/<verb> with the arguments as JSON, and its client.

The verbs are the methods of SlackEmulator of the same name; an act that the client does not offer is HTTP 400.
"""

import base64
import dataclasses
import http.client
import json
from collections.abc import Mapping
from typing import Any, Protocol
from urllib.parse import urlsplit

from emulators.slack.acts import Acts
from emulators.slack.faults import Fault
from emulators.slack.socket_mode import Reason
from emulators.slack.state import Ack, ApiCall
from emulators.slack.workspace import NotPossibleError

_VERBS = frozenset((
    "slash", "shortcut", "say", "press", "fill", "submit", "close", "open_home", "event", "uninstall", "deliver_due",
    "verify_url", "messages", "ephemerals", "views", "home", "wait_changed", "configure", "add_user", "change_user",
    "change_channel", "point_to", "clear_faults", "wait_held", "release", "wait_connected", "disconnect"))
_LOOKS = frozenset(("acks", "requests", "version"))


def _plain(held: Any) -> Any:
    if isinstance(held, list):
        return [_plain(one) for one in held]
    return dataclasses.asdict(held) if dataclasses.is_dataclass(held) and not isinstance(held, type) else held


class Emulator(Protocol):
    """What the verbs are carried out on: these, and a method or attribute for each of the others."""

    def add_fault(self, fault: Fault) -> int: ...

    def upload(self, user: str, name: str, content: bytes) -> Any: ...


class Commands:
    """Carries out the verbs."""

    def __init__(self, emulator: Emulator, acts: Acts) -> None:
        """`acts` is what the page acts through."""
        self._emulator, self.acts = emulator, acts

    def answer(self, verb: str, given: Any) -> tuple[int, Any]:
        """A status and what to say."""
        try:
            return 200, {"answer": _plain(self._do(verb, dict(given)))}
        except (TypeError, ValueError, LookupError) as error:
            return 400, {"error": f"{type(error).__name__}: {error}"}

    def _do(self, verb: str, given: dict[str, Any]) -> Any:
        if verb == "add_fault":
            return self._emulator.add_fault(Fault(**given))
        if verb == "upload":
            return self._emulator.upload(given["user"], given["name"], base64.b64decode(given["content"]))
        if verb in _LOOKS:
            return getattr(self._emulator, verb)
        if verb not in _VERBS:
            raise LookupError(verb)
        return getattr(self._emulator, verb)(**given)


class Control:
    """The methods of SlackEmulator, spoken to one in another process."""

    def __init__(self, url: str) -> None:
        """`url` is what the command printed as its control url."""
        self._host = urlsplit(url).netloc

    def slash(self, user: str, channel: str, text: str) -> Ack:
        """Type the command; `text` is what follows it."""
        return Ack(**self.call("slash", user=user, channel=channel, text=text))

    def shortcut(self, user: str, callback_id: str) -> Ack:
        """Choose a global shortcut."""
        return Ack(**self.call("shortcut", user=user, callback_id=callback_id))

    def say(self, user: str, channel: str, text: str, thread: str | None = None) -> str:
        """Post a message as a person; returns its timestamp."""
        return str(self.call("say", user=user, channel=channel, text=text, thread=thread))

    def press(self, user: str, where: str, action_id: str, value: Any = None, *, block_id: str | None = None) -> Ack:
        """Press a button, or set a menu to `value`, in a message (its ts) or a view (its id)."""
        return Ack(**self.call("press", user=user, where=where, action_id=action_id, value=value, block_id=block_id))

    def fill(self, user: str, view_id: str, values: Mapping[str, Any]) -> None:
        """Type into fields of a form, by block_id, without sending it."""
        self.call("fill", user=user, view_id=view_id, values=dict(values))

    def submit(self, user: str, view_id: str, values: Mapping[str, Any] | None = None) -> Ack:
        """Fill in and send a form."""
        return Ack(**self.call("submit", user=user, view_id=view_id, values=dict(values or {})))

    def close(self, user: str, view_id: str, *, everything: bool = False) -> Ack | None:
        """Close a modal, or all of them."""
        held = self.call("close", user=user, view_id=view_id, everything=everything)
        return None if held is None else Ack(**held)

    def open_home(self, user: str, tab: str = "home") -> Ack:
        """Go to the app's home tab."""
        return Ack(**self.call("open_home", user=user, tab=tab))

    def messages(self, channel: str, user: str | None = None) -> list[dict[str, Any]]:
        """A conversation, oldest first."""
        return list(self.call("messages", channel=channel, user=user))

    def ephemerals(self, user: str) -> list[dict[str, Any]]:
        """The messages that only this person sees."""
        return list(self.call("ephemerals", user=user))

    def views(self, user: str) -> list[dict[str, Any]]:
        """The open modals of a person, the one on top last."""
        return list(self.call("views", user=user))

    def home(self, user: str) -> dict[str, Any] | None:
        """A person's home tab."""
        held: dict[str, Any] | None = self.call("home", user=user)
        return held

    def upload(self, user: str, name: str, content: bytes) -> dict[str, Any]:
        """A file of a person, as the value of a file_input."""
        return dict(self.call("upload", user=user, name=name, content=base64.b64encode(content).decode()))

    @property
    def acks(self) -> list[Ack]:
        """Every delivery so far."""
        return [Ack(**one) for one in self.call("acks")]

    @property
    def requests(self) -> list[ApiCall]:
        """Every call of the app so far."""
        return [ApiCall(**one) for one in self.call("requests")]

    @property
    def version(self) -> int:
        """A number that grows whenever something to be seen changes."""
        return int(self.call("version"))

    def wait_changed(self, version: int, timeout: float) -> int:
        """Wait until `version` is no longer the newest one, at most `timeout` seconds."""
        return int(self.call("wait_changed", version=version, timeout=timeout))

    def wait_connected(self, count: int, timeout: float) -> bool:
        """Whether the app has so many connections of Socket Mode, or more, within `timeout` seconds."""
        return bool(self.call("wait_connected", count=count, timeout=timeout))

    def disconnect(self, reason: Reason = "refresh_requested") -> None:
        """Announce the end of every connection of Socket Mode, and close it unless it is a mere `warning`."""
        self.call("disconnect", reason=reason)

    def configure(self, **changes: Any) -> None:
        """Change some settings while it runs."""
        self.call("configure", **changes)

    def add_fault(self, fault: Fault) -> int:
        """Inject a fault; returns its number."""
        return int(self.call("add_fault", **dataclasses.asdict(fault)))

    def clear_faults(self) -> None:
        """Take all faults away and let go of whatever is held."""
        self.call("clear_faults")

    def wait_held(self, name: str, timeout: float) -> bool:
        """Whether a call is held under `name` within `timeout` seconds."""
        return bool(self.call("wait_held", name=name, timeout=timeout))

    def release(self, name: str) -> None:
        """Let the calls held under `name` go on."""
        self.call("release", name=name)

    def add_user(self, user: str) -> None:
        """One more person, by their key."""
        self.call("add_user", user=user)

    def change_user(self, user: str, **changes: Any) -> None:
        """Change who somebody is."""
        self.call("change_user", user=user, **changes)

    def call(self, verb: str, **given: Any) -> Any:
        """Any verb of the emulator; raises NotPossibleError with its words."""
        connection = http.client.HTTPConnection(self._host, timeout=60)
        try:
            connection.request("POST", f"/control/{verb}", json.dumps(given), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise NotPossibleError(said["error"])
        return said["answer"]
