"""The vacation responder: settings.getVacation and updateVacation."""

from html.parser import HTMLParser
from typing import Any

from emulators.google.gmail import mailbox
from emulators.google.rest.refusals import invalid
from emulators.google.rest.room import Request, Room

_TAGS = frozenset(("a", "b", "blockquote", "br", "center", "div", "em", "font", "h1", "h2", "h3", "hr", "i", "img",
                   "li", "ol", "p", "pre", "s", "span", "strike", "strong", "table", "tbody", "td", "th", "tr", "u",
                   "ul"))
_HIDDEN = frozenset(("script", "style", "title", "head", "iframe", "object"))
_VOID = frozenset(("br", "hr", "img"))
_ATTRIBUTES = frozenset(("align", "alt", "color", "dir", "face", "height", "href", "size", "src", "style", "width"))


class Vacation:
    """The settings of all accounts."""

    def __init__(self, room: Room) -> None:
        """Register the methods."""
        self._held: dict[str, dict[str, Any]] = {}
        room.register("gmail.users.settings.getVacation", self.get)
        room.register("gmail.users.settings.updateVacation", self.update)

    def get(self, request: Request) -> dict[str, Any]:
        """settings.getVacation."""
        return self._held.get(mailbox(request).address, {"enableAutoReply": False})

    def update(self, request: Request) -> dict[str, Any]:
        """settings.updateVacation: all of it, by the rules of gmail.v1, VacationSettings.

        Refused: a responder that is on and says nothing, an end that is not behind the start, restrictToDomain without
        a Workspace domain. HTML is sanitised, and a plain text beside it is not kept.
        """
        person = mailbox(request)
        found = {name: value for name, value in request.given.items() if value not in (None, "", False, "0")}
        start, end = (int(found[name]) if name in found else None for name in ("startTime", "endTime"))
        if min(start or 0, end or 0) < 0 or (start is not None and end is not None and start >= end):
            raise invalid("startTime must precede endTime", reason="invalidArgument")
        if found.get("restrictToDomain") and not person.domain:
            raise invalid("restrictToDomain is for Workspace accounts", reason="invalidArgument")
        if "responseBodyHtml" in found:
            found["responseBodyHtml"] = sanitised(found["responseBodyHtml"])
            found.pop("responseBodyPlainText", None)
        said = [name for name in ("responseSubject", "responseBodyHtml", "responseBodyPlainText") if found.get(name)]
        if found.get("enableAutoReply") and not said:
            raise invalid("Vacation responder needs a subject or a body", reason="invalidArgument")
        self._held[person.address] = {"enableAutoReply": False, **found}
        return self._held[person.address]


def sanitised(html: str) -> str:
    """What is left of HTML: known tags and attributes, no scripts, no handlers, no address but of web, mail and cid."""
    parser = _Sanitiser()
    parser.feed(html)
    parser.close()
    return "".join(parser.kept)


class _Sanitiser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=False)
        self.kept: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in _HIDDEN
        if tag in _TAGS and not self._hidden:
            kept = "".join(f' {name}="{_quoted(value or "")}"' for name, value in attrs if _harmless(name, value or ""))
            self.kept.append(f"<{tag}{kept}>")

    def handle_endtag(self, tag: str) -> None:
        if tag in _TAGS - _VOID and not self._hidden:
            self.kept.append(f"</{tag}>")
        self._hidden -= tag in _HIDDEN and self._hidden > 0

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.kept.append(data)

    def handle_entityref(self, name: str) -> None:
        self.handle_data(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.handle_data(f"&#{name};")


def _harmless(name: str, value: str) -> bool:
    if name in ("href", "src"):
        return value.lower().strip().startswith(("http:", "https:", "mailto:", "cid:"))
    return name in _ATTRIBUTES and not (name == "style" and ("expression" in value.lower() or "url(" in value.lower()))


def _quoted(value: str) -> str:
    return value.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
