"""A browser with its cookies: it opens addresses, follows redirects, and presses what stands on pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

SECONDS = 60                # that a request may take
MOST_REDIRECTS = 20


@dataclass(slots=True)
class Form:
    """A form of a page: where it goes, what it sends anyway, its boxes, and its buttons by their words."""

    action: str
    fields: dict[str, str] = field(default_factory=dict)
    boxes: list[tuple[str, str]] = field(default_factory=list)
    buttons: dict[str, tuple[str, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Shown:
    """A page as it is shown. `text` are its paragraphs; `origin` is what its forms say of where they come from."""

    url: str
    origin: str
    title: str
    text: str
    forms: tuple[Form, ...]

    @property
    def buttons(self) -> set[str]:
        """The words of all buttons."""
        return {words for form in self.forms for words in form.buttons}


@dataclass(frozen=True, slots=True)
class Visited:
    """An answer that the browser was given; `leads_to` is where it was sent on to, '' for a page."""

    url: str
    status: int
    leads_to: str


class Browser:
    """Somebody's browser. `visited` is every answer so far, `page` what it shows."""

    def __init__(self, ca_file: Path) -> None:
        """`ca_file` vouches for servers with TLS."""
        self._session = requests.Session()
        self._session.trust_env = False
        self._session.verify = str(ca_file)
        self.visited: list[Visited] = []
        self.page = Shown("", "", "", "", ())

    def opens(self, url: str) -> Shown:
        """Goes there, and wherever it leads."""
        return self._shows("GET", url, {})

    def presses(self, words: str, *, ticks_all: bool = False, **also: str) -> Shown:
        """A button of the page, by its words; `also` are other fields of its form. LookupError when there is none."""
        form = next((one for one in self.page.forms if words in one.buttons), None)
        if form is None:
            raise LookupError(f"the page “{self.page.title}” has no button “{words}”")
        name, value = form.buttons[words]
        pressed = form.fields | ({name: value} if name else {}) | also
        ticked = form.boxes if ticks_all else []
        url = urljoin(self.page.url, form.action) if form.action else self.page.url
        return self._shows("POST", url, {"data": [*pressed.items(), *ticked], "headers": self._from(url)})

    def _from(self, url: str) -> Mapping[str, str]:
        """What browsers say of the page that sends a form."""
        same = urlsplit(url)[:2] == urlsplit(self.page.url)[:2]
        return {"Origin": self.page.origin, "Sec-Fetch-Site": "same-origin" if same else "cross-site"}

    def _shows(self, verb: str, url: str, options: Mapping[str, Any]) -> Shown:
        for _ in range(MOST_REDIRECTS):
            answer = self._session.request(verb, url, allow_redirects=False, timeout=SECONDS, **options)
            leads_to = urljoin(url, answer.headers["Location"]) if answer.is_redirect else ""
            self.visited.append(Visited(url, answer.status_code, leads_to))
            if not leads_to:
                self.page = _read(url, answer)
                return self.page
            verb, url, options = "GET", leads_to, {}
        raise LookupError(f"it leads round and round: {url}")


def _read(url: str, answer: requests.Response) -> Shown:
    """The page. One that asks for no referrer has no origin either (Fetch, "append a request Origin header")."""
    reader, parts = _Reader(), urlsplit(url)
    reader.feed(answer.text)
    hides = answer.headers.get("Referrer-Policy", "") == "no-referrer"
    origin = "null" if hides else f"{parts.scheme}://{parts.netloc}"
    return Shown(url, origin, reader.title.strip(), " ".join(" ".join(reader.text).split()), tuple(reader.forms))


class _Reader(HTMLParser):
    """Reads what a person sees, and what a form sends."""

    def __init__(self) -> None:
        super().__init__()
        self.title, self.text, self.forms = "", [""], [Form("")]
        self._within = ""
        self._button: tuple[str, str] = ("", "")
        self._words = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Notes a form and what it has."""
        given = {name: value or "" for name, value in attrs}
        self._within = tag if tag in ("title", "p", "button") else self._within
        if tag == "form":
            self.forms.append(Form(given.get("action", "")))
        elif tag == "input" and given.get("type") == "hidden":
            self.forms[-1].fields[given["name"]] = given.get("value", "")
        elif tag == "input" and given.get("type") == "checkbox":
            self.forms[-1].boxes.append((given["name"], given.get("value", "")))
        elif tag == "button":
            self._button, self._words = (given.get("name", ""), given.get("value", "")), ""

    def handle_endtag(self, tag: str) -> None:
        """Notes the words of a button."""
        if tag == "button":
            self.forms[-1].buttons[" ".join(self._words.split())] = self._button
        if tag == self._within:
            self._within = ""

    def handle_data(self, data: str) -> None:
        """Notes what is to be read."""
        match self._within:
            case "title":
                self.title += data
            case "button":
                self._words += f"{data} "
            case "p":
                self.text.append(data)
