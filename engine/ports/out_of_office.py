"""An out-of-office as both sides tell it: state, audience, schedule and the two replies."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from html.parser import HTMLParser
from typing import Any

from engine.ports.settings import Entry

KEY, NAME = "out-of-office", "Out-of-office"
# Elements whose text nobody sees. Not `head`: a text ends it, whether or not its end tag is there (HTML 13.1.2.4).
UNSEEN = frozenset({"script", "style", "title"})
PICTURES = frozenset({"img", "object", "svg", "video"})


class OofState(StrEnum):
    """Whether replies go out. The values are those of OofState in Microsoft's schema (types.xsd)."""

    OFF = "Disabled"
    ON = "Enabled"
    SCHEDULED = "Scheduled"


class Audience(StrEnum):
    """Who outside of the organization gets a reply: ExternalAudience of the same schema."""

    NOBODY = "None"
    KNOWN = "Known"
    ALL = "All"


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply: HTML, and the language that it is in, "" where none is named."""

    html: str = ""
    language: str = ""

    @property
    def shown(self) -> str:
        """What a reader sees of it, whatever HTML it is written in: words, and a mark for each picture."""
        return visible(self.html)


@dataclass(frozen=True, slots=True)
class OutOfOffice:
    """The whole setting. `start` and `end` are None where the server names no schedule, or one that is none."""

    state: OofState
    audience: Audience = Audience.ALL
    start: datetime | None = None
    end: datetime | None = None
    inside: Reply = Reply()
    outside: Reply = Reply()

    @property
    def has_text(self) -> bool:
        """True: there is something to read in one of the replies."""
        return bool(self.inside.shown or self.outside.shown)

    @property
    def is_blank(self) -> bool:
        """True: it is off, and nothing is lost with it."""
        return self.state is OofState.OFF and not self.has_text

    def is_over(self, now: datetime) -> bool:
        """True: its schedule has ended by `now`, so that no reply goes out any more."""
        return self.state is OofState.SCHEDULED and (self.end is None or self.end <= now)

    def answers(self, now: datetime) -> bool:
        """True: replies go out at `now`, or will by the schedule."""
        return self.state is not OofState.OFF and not self.is_over(now)

    def is_due(self, now: datetime) -> bool:
        """True: replies go out at `now`."""
        if self.state is not OofState.SCHEDULED:
            return self.state is OofState.ON
        return self.start is not None and self.start <= now and self.answers(now)

    def says_the_same(self, other: OutOfOffice) -> bool:
        """True: both say the same to the same people, whenever they do."""
        mine, its = ((one.audience, one.inside.shown, one.outside.shown) for one in (self, other))
        return mine == its

    @property
    def value(self) -> str:
        """All of it as one text, which `out_of_office` reads."""
        return json.dumps(asdict(self), default=datetime.isoformat, sort_keys=True)

    @property
    def shown(self) -> str:
        """All of it but for the HTML that the replies are written in, as one text to compare by.

        A blank one has no days: a server makes some up for it, which may be other ones each time that it is asked.
        """
        days = [None, None] if self.is_blank else [self.start, self.end]
        times = [None if time is None else time.isoformat() for time in days]
        return json.dumps([self.state, self.audience, *times, self.inside.shown, self.outside.shown])


def out_of_office(value: str) -> OutOfOffice:
    """What was written as that text."""
    told: dict[str, Any] = json.loads(value)
    start, end = (None if told[name] is None else datetime.fromisoformat(told[name]) for name in ("start", "end"))
    return OutOfOffice(
        OofState(told["state"]), Audience(told["audience"]), start, end, Reply(**told["inside"]),
        Reply(**told["outside"]),
    )


def entry_of(setting: OutOfOffice) -> Entry:
    """The one entry that an out-of-office is."""
    return Entry(KEY, NAME, setting.value, shown=setting.shown)


def visible(html: str) -> str:
    """The words that a reader of this HTML sees, one blank between them, and a mark for each picture."""
    words = _Words()
    words.feed(html)
    words.close()
    return " ".join("".join(words.found).split())


class _Words(HTMLParser):
    """Gathers words; every element ends one."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self._unseen = 0

    def parse_marked_section(self, i: int, report: int = 1) -> int:
        """Passes over `<![…>`, in which HTML sees a comment, whatever it says (HTML 13.2.5.42)."""
        return self.rawdata.find(">", i) + 1 or -1

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in UNSEEN
        self.found.append(" [picture] " if tag in PICTURES else " ")

    def handle_endtag(self, tag: str) -> None:
        self._unseen = max(0, self._unseen - (tag in UNSEEN))
        self.found.append(" ")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            self.found.append(data)
