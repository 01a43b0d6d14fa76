"""The pages of the authorization endpoint. They are forms without a script; what was asked goes along in each."""

from collections.abc import Collection
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from emulators.google.authorization import Asked, Authorization
from emulators.google.calls import parsed
from emulators.google.errors import PageError, SentBackError
from emulators.google.people import Person
from emulators.google.replies import NOT_STORED, Reply
from emulators.google.scopes import SIGN_IN, described
from emulators.google.state import State

HTML = "text/html; charset=utf-8"


class Pages:
    """Draws them, and answers what is pressed on them."""

    def __init__(self, state: State, authorization: Authorization) -> None:
        """They have nothing of their own."""
        self._state, self._authorization = state, authorization

    def opened(self, query: str) -> Reply:
        """Somebody comes from the app."""
        try:
            asked = self._authorization.asked(parsed(query))
            hinted = None if "select_account" in asked.prompts else self._state.people.hinted(asked.hint)
            if "none" in asked.prompts:
                return self._silently(asked, hinted)
            return self._chooser(asked, query) if hinted is None else self._goes_on(asked, query, hinted)
        except PageError as error:
            return self._dead_end(error)

    def pressed(self, query: str, user: str, do: str, scopes: Collection[str] | None) -> Reply:
        """Somebody presses choose, another, continue or cancel; `scopes` are the ticked ones, None is all of them."""
        try:
            asked = self._authorization.asked(parsed(query))
            if do == "cancel":
                return _sent(self._authorization.back(asked, error="access_denied"))
            person = self._state.people.find(user)
            if do == "another" or person is None:
                return self._chooser(asked, query)
            if do == "continue":
                return self._allowed(asked, person, scopes)
            return self._goes_on(asked, query, person)
        except PageError as error:
            return self._dead_end(error)

    def _silently(self, asked: Asked, person: Person | None) -> Reply:
        """prompt=none: nobody is shown anything (OpenID Connect Core 1.0, 3.1.2.6)."""
        if person is None or self._authorization.choose(asked, person):
            return _sent(self._authorization.back(asked, error="interaction_required"))
        return _sent(self._authorization.allow(asked, person, asked.wanted, consented=False))

    def _allowed(self, asked: Asked, person: Person, scopes: Collection[str] | None) -> Reply:
        self._authorization.choose(asked, person)
        try:
            return _sent(self._authorization.allow(asked, person, asked.wanted if scopes is None else scopes))
        except SentBackError as error:
            return _sent(self._authorization.back(asked, error=error.code))

    def _goes_on(self, asked: Asked, query: str, person: Person) -> Reply:
        """What follows when the account is known: the question, or nothing, if it was answered before."""
        if not self._authorization.choose(asked, person):
            return _sent(self._authorization.allow(asked, person, asked.wanted, consented=False))
        boxes, words = self._authorization.boxes(asked), described()
        fixed = sorted(asked.wanted - set(boxes))
        return self._drawn("consent", asked, query, me=person, boxes=[(one, words[one]) for one in boxes],
                           fixed=[words[one] for one in fixed], signs_in=bool(asked.wanted & SIGN_IN))

    def _chooser(self, asked: Asked, query: str) -> Reply:
        people = [one for one in self._state.people.all() if asked.domain in ("", one.domain)]
        return self._drawn("choose", asked, query, people=people, hint=asked.hint)

    def _drawn(self, name: str, asked: Asked, query: str, **shown: Any) -> Reply:
        settings = self._state.settings
        template = _templates().get_template(f"{name}.html")
        body = template.render(app=settings.app_name, query=query, settings=settings, **shown)
        return Reply(body=body, kind=HTML, headers={**NOT_STORED, "Content-Security-Policy": _policy(asked)})

    def _dead_end(self, error: PageError) -> Reply:
        """An error page of Google's: nobody is sent to an address that may be anybody's."""
        body = _templates().get_template("blocked.html").render(app=self._state.settings.app_name, error=error)
        policy = "default-src 'self'; base-uri 'none'; frame-ancestors 'none'"
        headers = {**NOT_STORED, "Content-Security-Policy": policy}
        return Reply(status=error.status, body=body, kind=HTML, headers=headers)


def _sent(location: str) -> Reply:
    return Reply(status=302, kind=HTML, headers={**NOT_STORED, "Location": location})


def _policy(asked: Asked) -> str:
    """As of any page, but that what comes of its form is at the app (Content Security Policy Level 3, form-action)."""
    back = urlsplit(asked.redirect_uri)
    return ("default-src 'self'; base-uri 'none'; frame-ancestors 'none'; "
            f"form-action 'self' {back.scheme}://{back.netloc}")


@cache
def _templates() -> Environment:
    """Once for all emulators of a process: to compile them takes longer than most tests."""
    folder = Path(__file__).parent / "templates"
    return Environment(loader=FileSystemLoader(folder), autoescape=True, undefined=StrictUndefined)
