"""Gmail's vacation responder as an out-of-office.

What its fields mean says the discovery document gmail.v1 (VacationSettings). Gmail replies to what it receives before
the end, and Exchange until the end, so both ends are the same moment.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

from engine.connectors.exchange.soap import NOT_XML
from engine.connectors.google.reading.items import ODD
from engine.connectors.google.rest.asking import Asking, Json
from engine.connectors.google.rest.interfaces import Interface
from engine.errors import RefusedError
from engine.ports.out_of_office import NAME, Audience, OofState, OutOfOffice, Reply, entry_of
from engine.ports.settings import Entry, Note

PATH = "/users/me/settings/vacation"
LAST = 4_102_444_800        # seconds of Unix time: 2100 is as good as any later year for the end
LATEST_START = LAST - 86_400
DIGITS = 18                 # of milliseconds: int64, of which no more are needed
TEXTS = ("responseSubject", "responseBodyPlainText", "responseBodyHtml")
OPEN_END = timedelta(days=365)
OPEN_START = timedelta(days=3652)
SUBJECT = "it puts “{}” before the subject of its replies; Exchange lets nobody choose one, so it is their first line"
CONTACTS = (
    "it replies to the owner's contacts alone; in the new mailbox everybody in the organization gets a reply, too, for "
    "Exchange makes that difference outside of it alone"
)
OUTSIDE = ". Outside, those get one who are contacts of the new mailbox"
NO_END = (
    "it begins on {:%Y-%m-%d, %H:%M} UTC and has no last day, which Exchange needs: it ends a year later, unless it is "
    "switched off before"
)
_LINES = re.compile(r"\r\n|\r|\n")


class Vacation:
    """Fills in `ports.settings.SettingReader` and `Noting`."""

    def __init__(self, asking: Asking, now: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._asking, self._now = asking, now
        self._told: Json = {}

    def read(self) -> Sequence[Entry]:
        """The one entry that it is; none where it is off and says nothing. Raises FatalError, RetryableError."""
        self._told = settings(self._asking)
        found = out_of_office_of(self._told, self._now())
        return [] if found.is_blank else [entry_of(found)]

    def notes(self) -> Sequence[Note]:
        """What comes otherwise than it was."""
        return [Note(NAME, words) for words in _differences(self._told, self._now())]

    def close(self) -> None:
        """Nothing is kept open."""


def settings(asking: Asking) -> Json:
    """The VacationSettings. Raises FatalError, RetryableError; RefusedError, too, where its texts are none."""
    found = asking.one(Interface.GMAIL, PATH)
    if not all(isinstance(found.get(name, ""), str) for name in TEXTS):
        raise RefusedError(ODD)
    return found


def out_of_office_of(told: Json, now: datetime) -> OutOfOffice:
    """The out-of-office that a VacationSettings is at `now`."""
    start, end = _moment(told.get("startTime"), LATEST_START), _moment(told.get("endTime"))
    reply = Reply(_body(told))
    state = OofState.ON if told.get("enableAutoReply") else OofState.OFF
    if end is None and start is not None and start > now:
        end = start + OPEN_END
    if end is not None and state is OofState.ON:
        state = OofState.SCHEDULED
    if state is not OofState.SCHEDULED:
        start = end = None
    elif end is not None and start is None:
        start = end - OPEN_START
    return OutOfOffice(state, _audience(told), start, end, reply, reply)


def _audience(told: Json) -> Audience:
    if told.get("restrictToDomain"):
        return Audience.NOBODY
    return Audience.KNOWN if told.get("restrictToContacts") else Audience.ALL


def _moment(milliseconds: object, latest: int = LAST) -> datetime | None:
    """The moment that so many milliseconds of Unix time are, in whole seconds, or the `latest`; None of none."""
    said = str(milliseconds or 0)[:DIGITS]
    seconds = int(said) // 1000 if said.isdecimal() else 0
    return datetime.fromtimestamp(min(seconds, latest), UTC) if seconds else None


def _body(told: Json) -> str:
    """The reply as HTML. Its subject is the first line: there is no other place for it."""
    subject, plain, written = (
        NOT_XML.sub("\ufffd", str(told.get(name) or "")).strip() for name in TEXTS
    )
    first = f"<p><b>{html.escape(subject)}</b></p>" if subject else ""
    return first + (written or "<br>".join(html.escape(line) for line in _LINES.split(plain)))


def _differences(told: Json, now: datetime) -> Iterator[str]:
    if out_of_office_of(told, now).is_blank:
        return
    if subject := NOT_XML.sub("\ufffd", str(told.get("responseSubject") or "")).strip():
        yield SUBJECT.format(subject)
    if told.get("restrictToContacts"):
        yield CONTACTS if told.get("restrictToDomain") else CONTACTS + OUTSIDE
    start = _moment(told.get("startTime"), LATEST_START) if told.get("enableAutoReply") else None
    if start is not None and start > now and _moment(told.get("endTime")) is None:
        yield NO_END.format(start)
