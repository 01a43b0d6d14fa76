"""What people do in the client: each act is delivered to the app, and its answer is carried out as Slack does."""

import json
from collections.abc import Callable, Mapping
from typing import Any

from emulators.slack import form, payloads
from emulators.slack.acknowledged import Acknowledged
from emulators.slack.blocks import elements
from emulators.slack.delivery import Answer, Delivery
from emulators.slack.state import Ack, State
from emulators.slack.views import View, element_of
from emulators.slack.workspace import NotPossibleError, User

_RETRY_AFTER = (0.0, 60.0, 300.0)       # docs.slack.dev/apis/events-api: "nearly immediately", 1 minute, 5 minutes


class Acts:
    """The hands of the people in the workspace."""

    def __init__(self, state: State, delivery: Delivery) -> None:
        """Acts change the state, and reach the app through the delivery."""
        self._state, self._delivery = state, delivery
        self._answers = Acknowledged(state)
        self._due: list[tuple[float, str, str, bytes, int, str]] = []

    # -- commands, shortcuts, plain messages ----------------------------------------------------------

    def slash(self, user: str, channel: str, text: str) -> Ack:
        """Type the app's command: `text` is what follows it."""
        state = self._state
        with state.lock:
            person = state.workspace.user(user)
            if not person.is_member:
                raise NotPossibleError("people of other workspaces cannot use this workspace's commands")
            place = state.workspace.place(person, channel)
            self._check_composer(person, place[0])
            said = payloads.escaped(text, state.workspace) if state.settings.should_escape else text
            body = payloads.command(
                person, place, state.settings.command, said, trigger=state.triggers.issue(person.id),
                response_url=state.response_url(person.id, place[0]))
        answer, retry = self._deliver(body)
        return self._note(self._answers.command(person, place[0], answer), retry)

    def shortcut(self, user: str, callback_id: str) -> Ack:
        """Choose a global shortcut."""
        state = self._state
        with state.lock:
            person = state.workspace.user(user)
            body = payloads.shortcut(person, callback_id, trigger=state.triggers.issue(person.id), now=state.clock())
        answer, retry = self._deliver(body)
        return self._note(self._answers.plain("shortcut", callback_id, person, answer), retry)

    def say(self, user: str, channel: str, text: str, thread: str | None = None) -> str:
        """Post a message; returns its timestamp. One to the app itself is the event message.im."""
        state = self._state
        with state.lock:
            person = state.workspace.user(user)
            place = state.workspace.place(person, channel)[0]
            self._check_composer(person, place)
            message = {"type": "message", "ts": state.timestamp(), "user": person.id, "team": person.team, "text": text}
            message |= {"thread_ts": thread} if thread else {}
            state.post(place, message)
        if place == person.dm and "im:history" in state.settings.scopes:
            self.event({**message, "channel": place, "channel_type": "im", "event_ts": message["ts"]}, person.id)
        return str(message["ts"])

    def _check_composer(self, user: User, place: str) -> None:
        """Raises NotPossibleError in a conversation with the app that has nothing to type into."""
        held = self._state.settings
        if place == user.dm and (held.messages_read_only or not held.messages_tab):
            raise NotPossibleError("sending messages to this app has been turned off")

    # -- buttons, menus -------------------------------------------------------------------------------

    def press(self, user: str, where: str, action_id: str, value: Any = None, *,
              block_id: str | None = None) -> Ack:
        """Press a button or choose in a menu, in a message (by its ts) or a view (by its id).

        `value` is what a menu is set to; for an overflow menu the value of one of its options.
        """
        with self._state.lock:
            person = self._state.workspace.user(user)
            view = next((one for one in self._state.views if one.id == where and one.user == person.id), None)
            body, failed = self._in_view(person, view, action_id, value, block_id) if view is not None \
                else self._in_message(person, where, action_id, value, block_id)
            self._state.touch()
        answer, retry = self._deliver(body)
        return self._note(self._answers.press(action_id, person, answer, failed), retry)

    def _in_view(self, user: User, view: View, action_id: str, value: Any,
                 block_id: str | None) -> tuple[bytes, Callable[[bool], None]]:
        block, element = self._element(view.blocks, action_id, block_id)
        self._on_top(view)
        if block["type"] == "input" and not block.get("dispatch_action"):
            raise NotPossibleError(f"{action_id} sends nothing by itself: it has no dispatch_action")
        change = self._change(element, value)
        if element["type"] not in ("button", "overflow"):
            view.state[block["block_id"]][action_id] = form.filled(element, value)
        done = payloads.action(block, element, change, self._state.clock())
        trigger = self._state.triggers.issue(user.id, view.id if view.body["type"] == "modal" else None)
        body = payloads.pressed_in_view(user, view, done, trigger=trigger)

        def failed(did: bool) -> None:  # noqa: FBT001 - one of two words said by the caller
            (view.broken.add if did else view.broken.discard)(action_id)
        return body, failed

    def _in_message(self, user: User, ts: str, action_id: str, value: Any,
                    block_id: str | None) -> tuple[bytes, Callable[[bool], None]]:
        state = self._state
        channel, message, ephemeral = self._seen(user, ts)
        block, element = self._element(message.get("blocks", []), action_id, block_id)
        change = self._change(element, value)
        values = {} if element["type"] in ("button", "overflow") else {
            block["block_id"]: {action_id: form.filled(element, value)}}
        url = state.response_url(user.id, channel[0], ts=ts, ephemeral=ephemeral,
                                                        thread=message.get("thread_ts"))
        body = payloads.pressed_in_message(
            user, message, payloads.action(block, element, change, state.clock()), values, channel=channel,
            ephemeral=ephemeral, trigger=state.triggers.issue(user.id), response_url=url)

        def failed(did: bool) -> None:  # noqa: FBT001 - one of two words said by the caller
            (state.broken.add if did else state.broken.discard)((channel[0], ts, action_id))
        return body, failed

    def _seen(self, user: User, ts: str) -> tuple[tuple[str, str], dict[str, Any], bool]:
        """The conversation and the message of a timestamp, if the person can see it."""
        state = self._state
        for one in state.ephemerals:
            if one.user == user.id and one.message["ts"] == ts:
                return state.workspace.place(user, one.channel), one.message, True
        places = [one.id for one in state.workspace.seen_by(user)]
        for channel in [*places, user.dm]:
            if (message := state.store.get(channel, ts)) is not None:
                return state.workspace.place(user, channel), message, False
        raise NotPossibleError(f"{user.name} sees nothing at {ts}")

    def _element(self, blocks: list[dict[str, Any]], action_id: str,
                 block_id: str | None) -> tuple[dict[str, Any], dict[str, Any]]:
        found = element_of(blocks, action_id, block_id)
        if found is None:
            raise NotPossibleError(f"there is no {action_id}")
        return found

    def _change(self, element: Mapping[str, Any], value: Any) -> dict[str, Any]:
        if element["type"] == "button":
            return {}
        if element["type"] == "overflow":
            for one in element["options"]:
                if one["value"] == value:
                    return {"selected_option": one}
            raise NotPossibleError(f"the menu has no {value!r}")
        return form.filled(element, value)

    # -- forms ----------------------------------------------------------------------------------------

    def fill(self, user: str, view_id: str, values: Mapping[str, Any]) -> None:
        """Type into fields, by block_id: the value, or {action_id: value}. Nothing is sent."""
        with self._state.lock:
            view = self._mine(self._state.workspace.user(user), view_id)
            for block_id, given in values.items():
                block = next((one for one in view.blocks if one["block_id"] == block_id), None)
                if block is None:
                    raise NotPossibleError(f"the form has no {block_id}")
                self._fill_block(view, block, given)

    def _fill_block(self, view: View, block: dict[str, Any], given: Any) -> None:
        held = [one for one in elements(block) if one["action_id"] in view.state.get(block["block_id"], {})]
        several = given if isinstance(given, dict) else {one["action_id"]: given for one in held[:1]}
        for action_id, value in several.items():
            element = next((one for one in held if one["action_id"] == action_id), None)
            if element is None:
                raise NotPossibleError(f"{block['block_id']} has no {action_id}")
            view.state[block["block_id"]][action_id] = form.filled(element, value)

    def submit(self, user: str, view_id: str, values: Mapping[str, Any] | None = None) -> Ack:
        """Fill in and send a form.

        What the client refuses by itself (an empty field, a wrong address) is shown and not sent: the outcome is
        then `not_sent`.
        """
        state = self._state
        self.fill(user, view_id, values or {})
        with state.lock:
            person = state.workspace.user(user)
            view = self._mine(person, view_id)
            if "submit" not in view.body or view.body.get("submit_disabled"):
                raise NotPossibleError("the view has no submit button that can be pressed")
            view.trouble, view.errors = "", form.refused(view.blocks, view.state)
            state.touch()
            name = view.body.get("callback_id", "")
            if view.errors:
                return Ack(kind="view_submission", name=name, user=person.id, status=None, seconds=0,
                           outcome="not_sent", shown="; ".join(view.errors.values()), errors=dict(view.errors))
            body = payloads.submission(person, view, trigger=state.triggers.issue(person.id, view.id))
        answer, retry = self._deliver(body)
        return self._note(self._answers.submission(name, person, view, answer), retry)

    def close(self, user: str, view_id: str, *, everything: bool = False) -> Ack | None:
        """Close a modal by its button, or the whole stack by its cross; the Ack of the root's view_closed."""
        state = self._state
        with state.lock:
            person = state.workspace.user(user)
            view = self._mine(person, view_id)
            stack = state.views.stacks[person.id]
            cleared = everything or bool(view.body.get("clear_on_close"))
            gone = list(reversed(stack)) if cleared else [view]
            (state.views.clear(person.id) if cleared else state.views.close(view))
            state.touch()
            told = [(one, payloads.closed(person, one, cleared=cleared)) for one in gone
                    if one.body.get("notify_on_close")]
        acks = []
        for one, body in told:
            answer, retry = self._deliver(body)
            acks.append(self._note(self._answers.plain(
                "view_closed", one.body.get("callback_id", ""), person, answer), retry))
        return acks[-1] if acks else None

    def _mine(self, user: User, view_id: str) -> View:
        for view in self._state.views:
            if view.id == view_id and view.user == user.id:
                self._on_top(view)
                return view
        raise NotPossibleError(f"{user.name} has no view {view_id} before them")

    def _on_top(self, view: View) -> None:
        stack = self._state.views.stacks.get(view.user, [])
        if view.body["type"] == "modal" and (not stack or stack[-1] is not view):
            raise NotPossibleError("the view lies under another one")

    # -- events ---------------------------------------------------------------------------------------

    def open_home(self, user: str, tab: str = "home") -> Ack:
        """Go to the app's home (or messages) tab: app_home_opened."""
        state = self._state
        with state.lock:
            person = state.workspace.user(user)
            if not person.is_member:
                raise NotPossibleError("people of other workspaces do not see the app's home")
            inner: dict[str, Any] = {"type": "app_home_opened", "user": person.id, "channel": person.dm, "tab": tab,
                                     "event_ts": state.timestamp()}
            if tab == "home" and person.id in state.views.homes:
                inner["view"] = state.views.homes[person.id].as_json()
        return self.event(inner, person.id)

    def event(self, inner: dict[str, Any], user: str = "") -> Ack:
        """Deliver an event; when it fails, the first retry follows at once and two more fall due later."""
        body = payloads.event(inner, self._state.clock(), self._state.workspace.team)
        return self._event(inner["type"], user, body, retry=None)

    def uninstall(self) -> list[Ack]:
        """Remove the app from the workspace: its token is dead, and it is told so (both events, in this order)."""
        self._state.revoked = True
        return [self.event({"type": "tokens_revoked", "tokens": {"oauth": [], "bot": ["U0OMMBOT01"]}}),
                self.event({"type": "app_uninstalled"})]

    def deliver_due(self) -> list[Ack]:
        """Send the retries of events whose time has come."""
        with self._state.lock:
            now = self._state.clock()
            due = [one for one in self._due if one[0] <= now]
            self._due = [one for one in self._due if one[0] > now]
        return [self._event(kind, user, body, retry=(number, reason)) for _, kind, user, body, number, reason in due]

    def _event(self, kind: str, user: str, body: bytes, retry: tuple[int, str] | None) -> Ack:
        answer, _ = self._deliver(body, json_body=True, retry=retry)
        ack = self._note(self._answers.event(kind, user, answer), retry[0] if retry else None)
        number = retry[0] if retry else 0
        if ack.outcome != "ok" and not answer.no_retry and number < len(_RETRY_AFTER):
            reason = "http_timeout" if answer.late else "http_error" if answer.status else "connection_failed"
            with self._state.lock:
                self._due.append((self._state.clock() + _RETRY_AFTER[number], kind, user, body, number + 1, reason))
            if number == 0:
                self.deliver_due()
        return ack

    def verify_url(self) -> bool:
        """Whether the app answers the handshake of its request url with the challenge."""
        challenge = "3eZbrw1aBm2rZgRNFdxV2595E9CY3gmdALWMmHkvFXO7tYXAYM8P"
        body = json.dumps({"token": "x", "challenge": challenge, "type": "url_verification"}).encode()
        answer, _ = self._deliver(body, json_body=True)
        return answer.status == 200 and challenge in answer.body.decode(errors="replace")

    # -- delivering -----------------------------------------------------------------------------------

    def _deliver(self, body: bytes, *, json_body: bool = False,
                 retry: tuple[int, str] | None = None) -> tuple[Answer, int | None]:
        """Send to the app, `copies` times; the first answer counts. No lock is held: the app calls back."""
        held = self._state.settings
        first = self._delivery.post(body, json=json_body, deadline=held.ack_seconds, tamper=held.tamper, retry=retry)
        for copy in range(1, held.copies):
            self._delivery.post(body, json=json_body, deadline=held.ack_seconds, tamper=held.tamper,
                              retry=(copy, "http_timeout"))
        return first, retry[0] if retry else None

    def _note(self, ack: Ack, retry: int | None) -> Ack:
        with self._state.lock:
            noted = Ack(kind=ack.kind, name=ack.name, user=ack.user, status=ack.status, seconds=ack.seconds,
                        outcome=ack.outcome, shown=ack.shown, retry=retry, errors=ack.errors)
            self._state.acks.append(noted)
            self._state.touch()
            return noted
