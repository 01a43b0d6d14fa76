"""One call of the Web API or of a response_url, from its bytes to its answer.

The order is Slack's: faults, token, scope, rate, arguments, the method. Errors are HTTP 200 with `"ok": false`,
rate limits HTTP 429 with Retry-After (docs.slack.dev/apis/web-api, "Evaluating responses").
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from emulators import slack_shapes
from emulators.slack import openid
from emulators.slack.arguments import Arguments, parsed
from emulators.slack.blocks import check
from emulators.slack.faults import Fault
from emulators.slack.methods import METHODS, Method
from emulators.slack.state import ApiCall, State
from emulators.slack.triggers import RefusedError, ResponseUrl
from emulators.slack.workspace import User

_RESPONSE_FIELDS = {"text", "blocks", "response_type", "replace_original", "delete_original", "thread_ts",
                    "unfurl_links", "unfurl_media", "metadata", "mrkdwn"}
_ANYWHERE = {"team_id"}     # slackapi/bolt-python adds it to every call; only tokens of an organisation need it


@dataclass(slots=True, kw_only=True)
class Reply:
    """What goes back to the app; `drop` closes the connection instead."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    drop: bool = False


class Api:
    """The app's side of the emulator."""

    def __init__(self, state: State, token: str, app_token: str = "") -> None:
        """`token` is the one bot token that is accepted, `app_token` the app's own, if it has one."""
        self._state, self._token, self._app_token = state, token, app_token
        self.openid = openid.OpenId(state)

    def call(self, name: str, authorization: str, content_type: str, body: bytes) -> Reply:
        """A Web API method."""
        given, refusal = _read(content_type, body)
        faults = self._state.board.strike(name, self._place(given))
        struck = self._strike(name, faults, "before")
        reply = struck or self._called(name, authorization, given, refusal)
        return reply if struck else self._strike(name, faults, "after") or reply

    def _called(self, name: str, authorization: str, given: dict[str, Any], refusal: RefusedError | None) -> Reply:
        try:
            if refusal is not None:
                raise refusal
            if name in openid.METHODS:
                return self._signing_in(name, authorization, given)
            token = self._presented(name, given.pop("token", ""), authorization.removeprefix("Bearer "))
            with self._state.lock:
                method = self._allowed(name, token)
                wait = self._state.limiter.wait(name, method.tier, self._place(given), self._state.settings)
                if wait:
                    return self._limited(name, given, wait)
                if unknown := given.keys() - method.takes - _ANYWHERE:
                    raise RefusedError("invalid_arguments", response_metadata={  # noqa: TRY301 - one way out
                        "messages": [f"[ERROR] unknown argument: {one}" for one in sorted(unknown)]})
                held = method.call(self._state, Arguments(given))
        except RefusedError as error:
            return self._answer(name, given, {"ok": False, "error": error.code, **error.more})
        return self._answer(name, given, {"ok": True, **held})

    def _signing_in(self, name: str, authorization: str, given: dict[str, Any]) -> Reply:
        """A method of Sign in with Slack: with the client's secret or a person's token, and with no other."""
        with self._state.lock:
            if wait := self._state.limiter.wait(name, openid.METHODS[name], None, self._state.settings):
                return self._limited(name, given, wait)
            call = self.openid.token if name == openid.TOKEN else self.openid.user_info
            held = call(given, authorization)
        return self._answer(name, given, {"ok": True, **held})

    def download(self, number: str, authorization: str) -> Reply:
        """The bytes behind `url_private_download`, for the bot token with files:read."""
        state = self._state
        with state.lock:
            found = state.files.get(number)
            if authorization != f"Bearer {self._token}" or state.revoked or "files:read" not in state.settings.scopes:
                return Reply(status=403)
            return Reply(status=404) if found is None else Reply(body=found[1])

    def _place(self, given: dict[str, Any]) -> str | None:
        """The conversation that a call is for: a user's id and their DM are one."""
        channel = given.get("channel", given.get("channel_id"))
        user: User | None = self._state.workspace.users.get(channel) if isinstance(channel, str) else None
        return user.dm if user else channel if isinstance(channel, str) else None

    def _presented(self, name: str, argument: str, header: str) -> str:
        """The token of a call; an app-level one "as a POST parameter will result in an error"."""
        if argument and not header and name in METHODS and METHODS[name].app_level:
            raise RefusedError("invalid_auth")
        return argument or header

    def _allowed(self, name: str, token: str) -> Method:
        if not token:
            raise RefusedError("not_authed")
        method = METHODS.get(name)
        wanted, other = self._token, self._app_token
        if method is not None and method.app_level:
            wanted, other = other, wanted
        if token != wanted:
            raise RefusedError("not_allowed_token_type" if token == other else "invalid_auth")
        if self._state.revoked:
            raise RefusedError("token_revoked")
        if method is None:
            raise RefusedError("unknown_method", req_method=name)
        scopes = self._state.settings.scopes
        if method.scope is not None and method.scope not in scopes:
            raise RefusedError("missing_scope", needed=method.scope, provided=",".join(scopes))
        return method

    def _answer(self, name: str, given: dict[str, Any], held: dict[str, Any]) -> Reply:
        self._record(name, given, ok=held["ok"], error=held.get("error", ""), status=200)
        return Reply(body=json.dumps(held).encode(), headers={
            "Content-Type": "application/json; charset=utf-8",
            "X-OAuth-Scopes": ",".join(self._state.settings.scopes)})

    def _limited(self, name: str, given: dict[str, Any], wait: int) -> Reply:
        self._record(name, given, ok=False, error="ratelimited", status=429)
        return Reply(status=429, body=b'{"ok":false,"error":"ratelimited"}', headers={
            "Retry-After": str(wait), "Content-Type": "application/json; charset=utf-8"})

    def _record(self, name: str, given: dict[str, Any], *, ok: bool, error: str, status: int) -> None:
        slack_shapes.keep(name, given, refused=not ok)
        with self._state.lock:
            self._state.requests.append(ApiCall(method=name, arguments=given, ok=ok, error=error, status=status,
                                                at=self._state.clock()))

    # -- faults ---------------------------------------------------------------------------------------

    def _strike(self, name: str, faults: Iterable[Fault], when: str) -> Reply | None:
        for fault in faults:
            if fault.when != when:
                continue
            if fault.action == "hold":
                self._state.board.hold(fault.name)
            elif fault.action == "ratelimited":
                return self._limited(name, {}, fault.retry_after)
            elif fault.action == "error":
                return self._answer(name, {}, {"ok": False, "error": fault.error})
            else:
                self._record(name, {}, ok=False, error=fault.action,
                             status=fault.status if fault.action == "status" else 0)
                return Reply(status=fault.status, body=b"upstream connect error", drop=fault.action == "drop",
                             headers={"Content-Type": "text/plain"})
        return None

    # -- response_url ---------------------------------------------------------------------------------

    def respond(self, number: str, content_type: str, body: bytes) -> Reply:
        """A post to a response_url; refusals are HTTP 404 (dead urls) or 400, with Slack's error."""
        faults = self._state.board.strike("response_url", None)
        if struck := self._strike("response_url", faults, "before"):
            return struck
        given: dict[str, Any] = {}
        held = self._state.settings
        try:
            with self._state.lock:
                place = self._state.response_urls.use(number, uses=held.response_uses, seconds=held.response_seconds)
                given = parsed(content_type, body)
                self._carry_out(place, given)
        except RefusedError as refusal:
            status = 404 if refusal.code.endswith("_url") else 400
            self._record("response_url", given, ok=False, error=refusal.code, status=status)
            return Reply(status=status, headers={"Content-Type": "application/json"}, body=json.dumps(
                {"ok": False, "error": refusal.code, **refusal.more}).encode())
        self._record("response_url", given, ok=True, error="", status=200)
        return self._strike("response_url", faults, "after") or Reply(
            body=b"ok", headers={"Content-Type": "text/html"})

    def _carry_out(self, place: ResponseUrl, given: dict[str, Any]) -> None:
        """Replace or delete the message that was pressed, or post a new one."""
        if unknown := given.keys() - _RESPONSE_FIELDS:
            raise RefusedError("invalid_payload", errors=sorted(unknown))
        if given.get("delete_original"):
            self._delete(place)
            return
        wrong = check(given, surface="message")
        if wrong:
            raise RefusedError("invalid_blocks", errors=wrong)
        message = self._state.message(given.get("text", ""), given.get("blocks"),
                                      thread_ts=given.get("thread_ts") or place.thread)
        if given.get("replace_original"):
            message["ts"] = self._delete(place)
            self._put(place, message, ephemeral=place.ephemeral)
        else:
            self._put(place, message, ephemeral=given.get("response_type", "ephemeral") != "in_channel")

    def _put(self, place: ResponseUrl, message: dict[str, Any], *, ephemeral: bool) -> None:
        if ephemeral:
            self._state.whisper(place.user, place.channel, message)
        else:
            self._state.post(place.channel, message)

    def _delete(self, place: ResponseUrl) -> str:
        """Take the original away; returns its timestamp. A slash command has none."""
        state = self._state
        if place.ts is None:
            raise RefusedError("message_not_found")
        if place.ephemeral:
            state.ephemerals = [one for one in state.ephemerals if one.message["ts"] != place.ts]
        elif state.store.get(place.channel, place.ts) is None:
            raise RefusedError("message_not_found")
        else:
            state.store.remove(place.channel, place.ts)
        state.touch()
        return place.ts


def _read(content_type: str, body: bytes) -> tuple[dict[str, Any], RefusedError | None]:
    """The arguments of a call, or why they cannot be read."""
    try:
        return parsed(content_type, body), None
    except RefusedError as error:
        return {}, error
