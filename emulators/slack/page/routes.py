"""The addresses of the page; each act ends in a redirect to what it changed."""

import io
from collections.abc import Callable
from typing import Any

from flask import Flask, Response, abort, jsonify, redirect, render_template, request, send_file, url_for
from werkzeug.datastructures import FileStorage

from emulators.slack import form
from emulators.slack.acts import Acts
from emulators.slack.blocks import elements
from emulators.slack.page import drawing, emoji
from emulators.slack.state import State
from emulators.slack.views import View
from emulators.slack.workspace import BOT_NAME, NotPossibleError, User

_POLICY = ("default-src 'self'; img-src 'self' https: data:; base-uri 'none'; frame-ancestors 'none'; "
           "form-action 'self'")


class Page:
    """Draws the workspace for one of its people, and acts for them."""

    def __init__(self, state: State, acts: Acts) -> None:
        """What is drawn is in the state; what is done goes through the acts."""
        self._state, self._acts = state, acts

    def _person(self, given: str) -> User:
        try:
            return self._state.workspace.user(given)
        except NotPossibleError:
            abort(404)

    def draw(self, user: str, place: str) -> str:
        """One screen."""
        person, state = self._person(user), self._state
        with state.lock:
            version = state.version
            stack = state.views.stacks.get(person.id, [])
            held: dict[str, Any] = {
                "me": person, "people": list(state.workspace.users.values()), "place": place, "version": version,
                "channels": list(state.workspace.seen_by(person)), "view": stack[-1] if stack else None,
                "depth": len(stack), "mrkdwn": drawing.drawer(state, person), "emoji": emoji.drawn, "app": BOT_NAME,
                "field_name": drawing.field_name, "value_of": drawing.value_of, "options": form.options,
                "command": state.settings.command, "read_only": state.settings.messages_read_only,
                "error": request.args.get("error", "")}
            return render_template("page.html", **held, **self._column(person, place))

    def _column(self, user: User, place: str) -> dict[str, Any]:
        """The middle of the screen: a conversation and perhaps a thread, or the app's home."""
        state = self._state
        if place == "home":
            return {"title": BOT_NAME, "home": state.views.homes.get(user.id), "messages": [], "thread": None}
        try:
            channel, _ = state.workspace.place(user, place)
        except NotPossibleError:
            abort(404)
        root = request.args.get("thread")
        return {"title": BOT_NAME if place == "dm" else f"# {place}", "home": None, "channel": channel, "root": root,
                "messages": drawing.messages(state, user, channel),
                "thread": drawing.thread(state, user, channel, root) if root else None}

    def say(self, user: str, place: str) -> Response:
        """A line typed under a conversation: a command or a message."""
        text, thread = request.form["text"].strip(), request.form.get("thread") or None
        name = self._state.settings.command
        try:
            if text == name or text.startswith(name + " "):
                self._acts.slash(user, place, text[len(name):].strip())
            elif text.startswith("/"):
                raise NotPossibleError(f"{text.split()[0]} is not a valid command.")  # noqa: TRY301 - shown below
            elif text:
                self._acts.say(user, place, text, thread)
        except NotPossibleError as error:
            return self._back(user, place, thread, error)
        return self._back(user, place, thread)

    def press(self, user: str, place: str) -> Response:
        """A button or menu of a message."""
        given = request.form
        value: Any = given.getlist("value") if given.get("many") else given.get("value")
        try:
            self._acts.press(user, given["where"], given["action"], value, block_id=given["block"])
        except NotPossibleError as error:
            return self._back(user, place, given.get("thread"), error)
        return self._back(user, place, given.get("thread"))

    def in_view(self, user: str, place: str) -> Response:
        """Whatever is done in a modal or a home tab: all its fields come along."""
        person, given = self._person(user), request.form
        with self._state.lock:
            view = next((one for one in self._state.views if one.id == given["view"] and one.user == person.id), None)
        try:
            if view is None:
                raise NotPossibleError("The form is no longer open.")  # noqa: TRY301 - shown below
            if given["do"] != "close":
                self._acts.fill(user, view.id, self._typed(view))
            self._do(user, view, given["do"])
        except NotPossibleError as error:
            return self._back(user, place, given.get("thread"), error)
        return self._back(user, place, given.get("thread"))

    def _do(self, user: str, view: View, what: str) -> None:
        if what == "submit":
            self._acts.submit(user, view.id)
        elif what in ("close", "close all"):
            self._acts.close(user, view.id, everything=what == "close all")
        else:
            block_id, action_id, value = (*what.split("\x1f"), "")[:3]
            given = request.form.getlist(what) if what in request.form else value
            self._acts.press(user, view.id, action_id, self._pressed(view, block_id, action_id, given),
                             block_id=block_id)

    def _pressed(self, view: View, block_id: str, action_id: str, given: Any) -> Any:
        """What a menu is set to: as the fields say, but for an overflow menu, which has no field."""
        for block in view.blocks:
            for one in elements(block):
                if (block["block_id"], one["action_id"]) == (block_id, action_id) and \
                        one["type"] not in ("button", "overflow"):
                    return self._value(view, block, one)
        return given

    def _typed(self, view: View) -> dict[str, dict[str, Any]]:
        """What stands in the fields of the browser, by the two ids."""
        found: dict[str, dict[str, Any]] = {}
        for block in view.blocks:
            for one in elements(block):
                if one["action_id"] in view.state.get(block["block_id"], {}):
                    found.setdefault(block["block_id"], {})[one["action_id"]] = self._value(view, block, one)
        return found

    def _value(self, view: View, block: dict[str, Any], element: dict[str, Any]) -> Any:
        name = drawing.field_name(block, element)
        if element["type"] == "file_input":
            return self._files(view, block, element, request.files.getlist(name))
        given = [one for one in request.form.getlist(name) if one]
        if element["type"] == "checkboxes" or element["type"].startswith("multi_"):
            return given
        value = given[0] if given else None
        return value.replace("\r\n", "\n") if value else None

    def _files(self, view: View, block: dict[str, Any], element: dict[str, Any],
               chosen: list[FileStorage]) -> list[dict[str, Any]]:
        """The files chosen now, or those chosen before."""
        found = [self._state.keep_file(view.user, one.filename, one.stream.read()) for one in chosen if one.filename]
        before: list[dict[str, Any]] = view.state[block["block_id"]][element["action_id"]]["files"]
        return found or before

    def _back(self, user: str, place: str, thread: str | None, error: NotPossibleError | None = None) -> Response:
        more: dict[str, Any] = {"thread": thread} if thread else {}
        if error is not None:
            more["error"] = str(error)
        return redirect(url_for("screen", user=user, place=place, **more), 303)  # type: ignore[return-value]  # a Response

    def file(self, user: str, number: str) -> Response:
        """A file that the app shared, for the people of the conversation it is in."""
        person, state = self._person(user), self._state
        with state.lock:
            places = [*(one.id for one in state.workspace.seen_by(person)), person.dm]
            shared = {one["id"] for place in places for message in state.store.messages(place)
                      for one in message.get("files", ())}
            if number not in shared or number not in state.files:
                abort(404)
            held, content = state.files[number]
        return send_file(io.BytesIO(content), "application/octet-stream", as_attachment=True,
                         download_name=held["name"])

    def changes(self, version: int) -> Response:
        """Wait for something newer than that version, for at most twenty seconds."""
        return jsonify(version=self._state.wait(version, timeout=20))

    def home(self, user: str) -> Response:
        """Go to the app's home tab."""
        try:
            self._acts.open_home(user)
        except NotPossibleError as error:
            return self._back(user, "partners", None, error)
        return self._back(user, "home", None)


def _private(answer: Response) -> Response:
    """Nothing that was typed stays in the browser's cache, and nothing from elsewhere runs in the page."""
    answer.headers["Cache-Control"] = "no-store"
    answer.headers.setdefault("Content-Security-Policy", _POLICY)
    answer.headers["Referrer-Policy"] = "same-origin"      # with no-referrer a browser says "Origin: null" to us too
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def add_page(app: Flask, page: Callable[[], Page]) -> None:
    """Put the page's addresses into an application; `page` is the one that the request at hand is for."""
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.after_request(_private)
    app.add_url_rule("/", "start", lambda: redirect(url_for("screen", user="owner", place="migrations")))
    app.add_url_rule("/client/<user>/<place>", "screen", lambda **at: page().draw(**at))
    app.add_url_rule("/client/<user>/<place>/say", "say", lambda **at: page().say(**at), methods=["POST"])
    app.add_url_rule("/client/<user>/<place>/press", "press", lambda **at: page().press(**at), methods=["POST"])
    app.add_url_rule("/client/<user>/<place>/view", "in_view", lambda **at: page().in_view(**at), methods=["POST"])
    app.add_url_rule("/client/<user>/file/<number>", "file", lambda **at: page().file(**at))
    app.add_url_rule("/client/<user>/go-home", "go_home", lambda **at: page().home(**at), methods=["POST"])
    app.add_url_rule("/changes/<int:version>", "changes", lambda **at: page().changes(**at))
