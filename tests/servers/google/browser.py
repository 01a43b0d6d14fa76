"""A browser at Google's pages: somebody opens an address, chooses an account, ticks boxes and presses a button.

    browser = GoogleBrowser(google, "claire@example.org")
    answer = browser.open(url)              # through Google and back: the app's last answer, or Google's error page
    browser.ticks = [MAIL]                  # what they tick from now on; None ticks every box
    browser.does = "cancel"                 # what they press from now on
    url = browser.back_from(url)            # where Google sends them, at which they have not been yet
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from html import unescape
from pathlib import Path
from typing import Any, Literal

import requests

from emulators.google import GoogleEmulator

SECONDS = 60                # that a request may take; nothing here is about speed
HIDDEN = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)">')
BOX = re.compile(r'<input type="checkbox" name="scope" value="([^"]*)">')


@dataclass
class GoogleBrowser:
    """A browser in which somebody is signed in to Google as `user`.

    `verify` vouches for servers with TLS. `session` may be another browser's, whose cookies it then shares. `otherwise`
    answers pages that are not Google's: it returns the next answer, or None where the way ends.
    """

    google: GoogleEmulator
    user: str
    ticks: Sequence[str] | None = None
    does: Literal["continue", "cancel"] = "continue"
    verify: Path | None = None
    session: requests.Session = field(default_factory=requests.Session)
    otherwise: Callable[[requests.Response], requests.Response | None] = lambda _: None

    def __post_init__(self) -> None:
        self.session.trust_env = False
        if self.verify is not None:
            self.session.verify = str(self.verify)

    def get(self, address: str, **options: Any) -> requests.Response:
        """One request, and no redirect followed."""
        return self.session.get(address, allow_redirects=False, timeout=SECONDS, **options)

    def post(self, address: str, **options: Any) -> requests.Response:
        """As `get`; `data` are the fields of a form."""
        return self.session.post(address, allow_redirects=False, timeout=SECONDS, **options)

    def open(self, address: str) -> requests.Response:
        """Goes there and wherever it leads, and answers what Google asks."""
        return self.follow(self.get(address))

    def follow(self, answer: requests.Response) -> requests.Response:
        """Goes wherever an answer leads."""
        for _ in range(20):
            following = self._next(answer)
            if following is None:
                return answer
            answer = following
        raise AssertionError(f"it leads round and round: {answer.url}")

    def _next(self, answer: requests.Response) -> requests.Response | None:
        if answer.is_redirect:
            return self.get(requests.compat.urljoin(answer.url, answer.headers["Location"]))
        return self.press(answer) if self.asks(answer) else self.otherwise(answer)

    def asks(self, answer: requests.Response) -> bool:
        """True: it is a page of Google's with something to press."""
        return answer.url.startswith(self.google.url) and "<form" in answer.text

    def press(self, answer: requests.Response, does: str | None = None) -> requests.Response:
        """Answers one page of Google's: chooses the account, or ticks and presses `does`.

        Where the page is about another account than `user`, they press "Use another account" first.
        """
        fields = {name: unescape(value) for name, value in HIDDEN.findall(answer.text)}
        address = answer.url.partition("?")[0]
        if 'name="do" value="choose"' in answer.text:
            return self.post(address, data=fields | {"user": self.user, "do": "choose"})
        if fields["user"] != self.user:
            return self.post(address, data=fields | {"do": "another"})
        ticked = self.boxes(answer) if self.ticks is None else list(self.ticks)
        assert set(ticked) <= set(self.boxes(answer)), f"there is no box for all of {ticked}"
        return self.post(address, data=fields | {"do": does or self.does, "scope": ticked})

    def boxes(self, answer: requests.Response) -> list[str]:
        """The scopes that a page of Google's lets people tick."""
        return [unescape(one) for one in BOX.findall(answer.text)]

    def asked(self, address: str) -> requests.Response:
        """The consent page to which an address leads, at which nothing has been pressed yet."""
        answer = self.get(address)
        while answer.is_redirect or 'name="do" value="choose"' in answer.text or "another" in self._other(answer):
            following = self._next(answer)
            assert following is not None
            answer = following
        return answer

    def _other(self, answer: requests.Response) -> str:
        """"another" where the page is about somebody else."""
        found = dict(HIDDEN.findall(answer.text)).get("user")
        return "" if not self.asks(answer) or found is None or unescape(found) == self.user else "another"

    def back_from(self, address: str) -> str:
        """Where Google sends them after what they press, at which they have not been yet."""
        answer = self.get(address)
        while not (answer.is_redirect and answer.url.startswith(self.google.url)):
            following = self._next(answer)
            assert following is not None, answer.text
            answer = following
        return answer.headers["Location"]
