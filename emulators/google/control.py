"""The emulator from another process: POST /control/<verb> with the arguments as JSON, and its client.

The verbs are the methods of GoogleEmulator of the same name; what it refuses is HTTP 400.
"""

import dataclasses
import http.client
import json
import ssl
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

from emulators.google.clients import NotPossibleError, ServiceAccount
from emulators.google.errors import ApiError
from emulators.google.faults import Fault

_VERBS = frozenset((
    "add_person", "change_person", "add_client", "change_client", "client_secrets", "add_service_account", "delegate",
    "service_account_file", "press", "consent", "revoke", "change_password", "expire", "tokens", "introspect",
    "configure", "clear_faults", "wait_held", "release", "expire_page_tokens",
    "deliver"))
_NAMED = {"call": "method_id", "act": "name"}      # what is done, which comes before the address
_LOOKS = frozenset(("requests", "broken", "settings"))


def _plain(held: Any) -> Any:
    if isinstance(held, list):
        return [_plain(one) for one in held]
    return dataclasses.asdict(held) if dataclasses.is_dataclass(held) and not isinstance(held, type) else held


class Emulator(Protocol):
    """What the verbs are carried out on: this, and a method or attribute for each of the others."""

    def add_fault(self, fault: Fault) -> int: ...

    def add_service_account(self, name: str = "mover") -> ServiceAccount: ...


class Commands:
    """Carries out the verbs."""

    def __init__(self, emulator: Emulator) -> None:
        """They are its methods."""
        self._emulator = emulator

    def answer(self, verb: str, given: Any) -> tuple[int, Any]:
        """A status and what to say."""
        try:
            return 200, {"answer": _plain(self._do(verb, dict(given)))}
        except (TypeError, ValueError, LookupError, ApiError) as error:
            return 400, {"error": f"{type(error).__name__}: {error}"}

    def _do(self, verb: str, given: dict[str, Any]) -> Any:
        if verb == "add_fault":
            return self._emulator.add_fault(Fault(**given))
        if verb == "add_service_account":
            made = self._emulator.add_service_account(**given)
            return {"email": made.email, "client_id": made.client_id}       # its key is in its file
        if verb in _NAMED:
            return getattr(self._emulator, verb)(given.pop(_NAMED[verb]), given.pop("address"), **given)
        if verb in _LOOKS:
            return getattr(self._emulator, verb)
        if verb not in _VERBS:
            raise LookupError(verb)
        return getattr(self._emulator, verb)(**given)


class Control:
    """The methods of GoogleEmulator, spoken to one in another process: `Control(url).call("add_person", address=…)`."""

    def __init__(self, url: str, ca: Path | None = None) -> None:
        """`url` is what the command printed as its control url; `ca` vouches for it when it is https."""
        self._parts, self._ca = urlsplit(url), ca

    def add_fault(self, fault: Fault) -> int:
        """Inject a fault; returns its number."""
        return int(self.call("add_fault", **dataclasses.asdict(fault)))

    def call(self, verb: str, **given: Any) -> Any:
        """Any verb of the emulator; raises NotPossibleError with its words."""
        connection = self._connection()
        try:
            connection.request("POST", f"/control/{verb}", json.dumps(given), {"Content-Type": "application/json"})
            answer = connection.getresponse()
            said = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise NotPossibleError(said["error"])
        return said["answer"]

    def _connection(self) -> http.client.HTTPConnection:
        if self._parts.scheme == "http":
            return http.client.HTTPConnection(self._parts.netloc, timeout=60)
        trusted = ssl.create_default_context(cafile=self._ca)
        return http.client.HTTPSConnection(self._parts.netloc, timeout=60, context=trusted)
