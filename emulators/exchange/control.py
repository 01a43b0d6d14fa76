"""The emulator from another process: a small HTTP interface on the loopback, and its client.

POST /faults      one Fault as JSON -> {"number": n}        DELETE /faults
GET  /held?name=&timeout=  -> {"held": bool}                POST /release {"name"}
POST /configure   {setting: value}                          POST /password {"address", "password"}
POST /deliver     {"address", "mime"} (base64)              POST /outlook-rules {"address"}
POST /assistant-rules {"address", "names", "extended"} POST /junk-rule   {"address"}
POST /archive     {"address"}                          POST /system-folders {"address"}
POST /expire-sync-states                               POST /account     {"user", "password"}
POST /spoil       {"address", "item_id", "code"}       POST /folder-names {"address", "names": {id: name}}
GET  /requests, /sign-ins, /schema-faults, /outgoing, /dump[?address=], /messages?address=   (MIME in base64)
"""

import base64
import dataclasses
import http.client
import json
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from emulators.exchange.emulator import ExchangeEmulator
from emulators.exchange.faults import Fault
from emulators.exchange.records import Outgoing, RequestRecord, SignIn, StoredMessage
from emulators.listening import Listening

_Answer = Callable[[dict[str, Any]], Any]


class ControlServer:
    """Serves one emulator's control interface on 127.0.0.1."""

    def __init__(self, emulator: ExchangeEmulator, port: int) -> None:
        """Bind and begin to serve; port 0 takes any free one."""
        self._emulator = emulator
        self._server = ThreadingHTTPServer(("127.0.0.1", port), _handler(self._routes()))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._listening = Listening(self._server, "control")

    def stop(self) -> None:
        """Stop serving."""
        self._listening.stop()
        self._server.server_close()

    def _routes(self) -> dict[tuple[str, str], _Answer]:
        held = self._emulator
        return {
            ("POST", "/faults"): lambda given: {"number": held.add_fault(Fault(**given))},
            ("DELETE", "/faults"): lambda _: held.clear_faults(),
            ("GET", "/held"): lambda given: {"held": held.wait_held(given["name"], float(given["timeout"]))},
            ("POST", "/release"): lambda given: held.release(given["name"]),
            ("POST", "/configure"): lambda given: held.configure(**given),
            ("POST", "/deliver"): lambda given: held.deliver(given["address"], base64.b64decode(given["mime"])),
            ("POST", "/outlook-rules"): lambda given: held.leave_outlook_rules(given["address"]),
            ("POST", "/assistant-rules"): lambda given: held.leave_assistant_rules(
                given["address"], *given["names"], extended=given["extended"]),
            ("POST", "/junk-rule"): lambda given: held.leave_junk_rule(given["address"]),
            ("POST", "/archive"): lambda given: held.add_archive(given["address"]),
            ("POST", "/system-folders"): lambda given: held.add_system_folders(given["address"]),
            ("POST", "/folder-names"): lambda given: held.name_folders(given["address"], given["names"]),
            ("POST", "/expire-sync-states"): lambda _: held.expire_sync_states(),
            ("POST", "/account"): lambda given: held.add_account(given["user"], password=given["password"]),
            ("POST", "/spoil"): lambda given: held.spoil(given["address"], given["item_id"], code=given["code"]),
            ("POST", "/password"): lambda given: held.change_password(given["address"], given["password"]),
            ("GET", "/requests"): lambda _: [dataclasses.asdict(one) for one in held.requests],
            ("GET", "/sign-ins"): lambda _: [dataclasses.asdict(one) for one in held.sign_ins],
            ("GET", "/schema-faults"): lambda _: held.schema_faults,
            ("GET", "/dump"): lambda given: {"dump": held.dump(given.get("address"))},
            ("GET", "/outgoing"): lambda _: [dataclasses.asdict(one) for one in held.outgoing()],
            ("GET", "/messages"): lambda given: [
                one.as_json() | {"mime": base64.b64encode(one.mime).decode()}
                for one in held.messages(given["address"])],
        }


def _handler(routes: dict[tuple[str, str], _Answer]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            parts = urlsplit(self.path)
            given = {name: values[0] for name, values in parse_qs(parts.query).items()}
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            route = routes.get((self.command, parts.path))
            try:
                given |= json.loads(body) if body else {}
                status, said = (200, route(given)) if route else (404, {"error": "no such route"})
            except (TypeError, ValueError, LookupError) as error:
                status, said = 400, {"error": str(error)}
            answer = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        do_GET = do_POST = do_DELETE = _answer  # noqa: N815 - the base class's names

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the base class's name
            """Say nothing on standard error."""

    return Handler


class ControlError(RuntimeError):
    """The emulator did not accept a command."""


class Control:
    """The methods of ExchangeEmulator, spoken to one in another process."""

    def __init__(self, url: str) -> None:
        """`url` is what the command printed as its control url."""
        self._host = urlsplit(url).netloc

    def add_fault(self, fault: Fault) -> int:
        """Inject a fault; returns its number."""
        given = {f.name: getattr(fault, f.name) for f in dataclasses.fields(fault)}
        given |= {"headers": dict(fault.headers), "positions": list(fault.positions), "path": list(fault.path)}
        return int(self._call("POST", "/faults", given)["number"])

    def clear_faults(self) -> None:
        """Take all faults away and let go of whatever is held."""
        self._call("DELETE", "/faults")

    def wait_held(self, name: str, timeout: float) -> bool:
        """Whether a request is held under `name` within `timeout` seconds."""
        query = urlencode({"name": name, "timeout": timeout})
        return bool(self._call("GET", f"/held?{query}", timeout=timeout + 10)["held"])

    def release(self, name: str) -> None:
        """Let the requests held under `name` go on."""
        self._call("POST", "/release", {"name": name})

    def configure(self, **changes: Any) -> None:
        """Change some settings while it runs."""
        self._call("POST", "/configure", changes)

    def change_password(self, address: str, password: str) -> None:
        """From now on only this password fits."""
        self._call("POST", "/password", {"address": address, "password": password})

    def deliver(self, address: str, message: bytes) -> None:
        """Let a message arrive in a mailbox, where its rules run."""
        self._call("POST", "/deliver", {"address": address, "mime": base64.b64encode(message).decode()})

    def leave_outlook_rules(self, address: str) -> None:
        """Let Outlook have written its own copy of the rules into a mailbox."""
        self._call("POST", "/outlook-rules", {"address": address})

    def leave_assistant_rules(self, address: str, *names: str, extended: bool = False) -> None:
        """Let the Out of Office Assistant have rules of these names."""
        self._call("POST", "/assistant-rules", {"address": address, "names": names, "extended": extended})

    def leave_junk_rule(self, address: str) -> None:
        """Let there be the rule for junk mail."""
        self._call("POST", "/junk-rule", {"address": address})

    def add_archive(self, address: str) -> None:
        """Give a mailbox an archive."""
        self._call("POST", "/archive", {"address": address})

    def add_system_folders(self, address: str) -> None:
        """Give a mailbox the folders that servers and clients add in time."""
        self._call("POST", "/system-folders", {"address": address})

    def name_folders(self, address: str, names: Mapping[str, str]) -> None:
        """Give default folders of a mailbox, by their distinguished ids, their names in another language."""
        self._call("POST", "/folder-names", {"address": address, "names": dict(names)})

    def add_account(self, user: str, *, password: str) -> None:
        """Let somebody sign in who has no mailbox."""
        self._call("POST", "/account", {"user": user, "password": password})

    def expire_sync_states(self) -> None:
        """Let every SyncState given so far be one that the server no longer takes."""
        self._call("POST", "/expire-sync-states")

    def spoil(self, address: str, item_id: str, *, code: str = "ErrorMimeContentConversionFailed") -> None:
        """Let the content of an item be one that the server cannot render."""
        self._call("POST", "/spoil", {"address": address, "item_id": item_id, "code": code})

    @property
    def requests(self) -> list[RequestRecord]:
        """The authenticated requests so far."""
        return [RequestRecord(**one) for one in self._call("GET", "/requests")]

    @property
    def sign_ins(self) -> list[SignIn]:
        """The attempts to sign in so far."""
        return [SignIn(**one) for one in self._call("GET", "/sign-ins")]

    @property
    def schema_faults(self) -> list[str]:
        """Answers that broke the schema, and crashes: must stay empty."""
        return [str(one) for one in self._call("GET", "/schema-faults")]

    def dump(self, address: str | None = None) -> str:
        """Canonical text of everything stored, in one mailbox or in all, but ids, change numbers and the dumpster."""
        query = "" if address is None else f"?{urlencode({'address': address})}"
        return str(self._call("GET", f"/dump{query}")["dump"])

    def outgoing(self) -> list[Outgoing]:
        """What a real server would have sent to somebody."""
        return [Outgoing(**one | {"recipients": tuple(one["recipients"])})
                for one in self._call("GET", "/outgoing")]

    def messages(self, address: str) -> list[StoredMessage]:
        """The items of a mailbox outside the dumpster, with their MIME as received."""
        found = self._call("GET", f"/messages?{urlencode({'address': address})}")
        return [StoredMessage(**one | {"mime": base64.b64decode(one["mime"]), "folder": tuple(one["folder"]),
                                       "categories": tuple(one["categories"])}) for one in found]

    def _call(self, method: str, path: str, given: dict[str, Any] | None = None, *,
              timeout: float = 60) -> Any:
        connection = http.client.HTTPConnection(self._host, timeout=timeout)
        try:
            connection.request(method, path, None if given is None else json.dumps(given))
            answer = connection.getresponse()
            said = json.loads(answer.read())
        finally:
            connection.close()
        if answer.status != 200:
            raise ControlError(f"{method} {path}: {said['error']}")
        return said
