"""The out-of-office of a mailbox: GetUserOofSettings and SetUserOofSettings, which act on the owner's own alone.

Microsoft's pages of the two operations; types.xsd and messages.xsd of Exchange Server SE. A reply is HTML in one text.
Exchange switches on none whose schedule has passed or that lacks a reply (ErrorInvalidScheduledOofDuration,
ErrorInvalidUserOofSettings on Microsoft's page "ResponseCode").
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType

from lxml import etree

from engine.connectors.exchange.errors import (
    AnswerLostError,
    CodeError,
    outcome_of,
    outcome_of_request,
    raise_for,
    raise_for_read,
)
from engine.connectors.exchange.own_address import own_address
from engine.connectors.exchange.reading.asking import ON_2010, Asking
from engine.connectors.exchange.rules.assistant import notes_on_assistant
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import MESSAGES, TYPES, attribute, code_error, envelope, parse, text
from engine.connectors.exchange.typed.addresses import Directory
from engine.errors import Cause, FatalError, OmmError, RefusedError, RetryableError
from engine.ports.items import DONE, Outcome
from engine.ports.out_of_office import KEY, NAME, Audience, OofState, OutOfOffice, Reply, entry_of, out_of_office
from engine.ports.settings import Entry, Note

NOT_OWNED = "the {side} server lets only the owner of the mailbox have it, by their own login"
NOT_TOLD = "the {side} server does not tell it ({error})"
NO_ADDRESS = (
    "the {side} server does not say which address of mail the login {owner} has, and takes no other name of the "
    "mailbox"
)
# What is not written of it, and why.
LEFT: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "not written: Microsoft's page of UserOofSettings does not describe it": (
        "DeclineMeetingReply", "DeclineEventsForScheduledOOF", "DeclineAllEventsForScheduledOOF", "CreateOOFEvent",
        "OOFEventSubject", "AutoDeclineFutureRequestsWhenOOF", "OOFEventID", "EventsToDeleteIDs",
    ),
})
LANGUAGE = "{http://www.w3.org/XML/1998/namespace}lang"


class OutOfOfficeReader:
    """Of a source."""

    def __init__(self, asking: Asking, _directory: Directory, closed: Callable[[], None]) -> None:
        self._asking, self._closed = asking, closed
        self._replies = False

    def read(self) -> Sequence[Entry]:
        """GetUserOofSettings. Nothing where it is off and without any text; one that stays where it is not told."""
        try:
            found = told(self._asking)
        except RefusedError as error:
            return [Entry(KEY, NAME, "", stays=str(error))]
        self._replies = found.state is not OofState.OFF
        return [] if found.is_blank else [entry_of(found)]

    def notes(self) -> Sequence[Note]:
        """On the rules of the out-of-office assistant. While replies go out, there are rules of the server's own."""
        return notes_on_assistant(self._asking, has_others=self._replies)

    def close(self) -> None:
        """Gives the connections back."""
        self._closed()


class OutOfOfficeSettings:
    """Of a destination, which always has one."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._address = ""

    def read(self) -> Sequence[Entry]:
        """GetUserOofSettings. Raises RefusedError, too, where the login does not own it."""
        return [entry_of(told(Asking(self._sessions, stop=threading.Event())))]

    def apply(self, add: Sequence[Entry]) -> list[Outcome]:
        """SetUserOofSettings, once."""
        return [self._set(out_of_office(entry.value)) for entry in add]

    def restore(self, before: Sequence[Entry], ours: Sequence[Entry]) -> list[Outcome]:
        """SetUserOofSettings to what was there, which was off and without any text: no other one is changed."""
        were = {entry.key: entry for entry in before}
        return [self._set(out_of_office(were[entry.key].value)) for entry in ours]

    def _set(self, setting: OutOfOffice) -> Outcome:
        try:
            body = _request("SetUserOofSettings", self._own_address(), written(setting))
            _checked(parse(self._sessions.post(body, len(body)), self._sessions.side), self._sessions)
        except CodeError as error:
            return outcome_of(error)
        except OmmError as error:
            return outcome_of_request(error, 1)
        return DONE

    def _own_address(self) -> str:
        if not self._address:
            self._address = own_address(self._sessions)
        return self._address


def told(asking: Asking) -> OutOfOffice:
    """The setting of the mailbox that is asked, by its own address; asked again while answers are lost.

    Raises as `asked`; RefusedError, too, where the server does not give it while it answers other questions.
    """
    sessions = asking.sessions
    try:
        return asking.patiently(lambda: asked(sessions, own_address(sessions)))
    except RetryableError as error:
        if error.back_off is not None or not asking.answers():
            raise
        raise RefusedError(NOT_TOLD.format(side=sessions.side, error=str(error).rstrip("."))) from error


def asked(sessions: Sessions, address: str) -> OutOfOffice:
    """The setting of the mailbox with that address.

    Raises RefusedError where the login does not own it, FatalError, RetryableError.
    """
    if not address:
        raise RefusedError(NO_ADDRESS.format(side=sessions.side, owner=sessions.owner[:100]))
    found = _got(sessions, _request("GetUserOofSettings", address, "")).find(f"{TYPES}OofSettings")
    try:
        if found is not None:
            return _told(found)
    except ValueError:
        pass
    raise AnswerLostError(f"The {sessions.side}'s answer lacks what was asked for.")


def _got(sessions: Sessions, body: bytes) -> etree._Element:
    """The answer to a request that only reads. Raises as `asked`."""
    try:
        try:
            return _checked(parse(sessions.ask(body), sessions.side), sessions)
        except CodeError as error:
            raise_for(error)
    except FatalError as error:
        if error.cause is not Cause.FORBIDDEN:
            raise
        raise RefusedError(NOT_OWNED.format(side=sessions.side)) from error
    except RefusedError as refusal:
        if refusal.__cause__ is None:       # it was never sent: it would have been about the login itself
            raise RefusedError(NOT_OWNED.format(side=sessions.side)) from refusal
        raise_for_read(refusal, sessions.side)


def _request(operation: str, address: str, inner: str) -> bytes:
    owner = f"<t:Mailbox><t:Address>{text(address)}</t:Address></t:Mailbox>"
    return envelope(f"<m:{operation}Request>{owner}{inner}</m:{operation}Request>", version=ON_2010)


def _checked(answer: etree._Element, sessions: Sessions) -> etree._Element:
    """The answer of one that succeeded. Raises CodeError, AnswerLostError."""
    message = answer.find(f"{MESSAGES}ResponseMessage")
    if message is None:
        raise AnswerLostError(f"The {sessions.side}'s answer does not say what became of it.")
    if message.get("ResponseClass") != "Success":
        raise code_error(message, sessions.side)
    return answer


def _told(found: etree._Element) -> OutOfOffice:
    """The setting in an answer. Raises ValueError where a state, an audience or a time is none."""
    start, end = (_time(found.findtext(f"{TYPES}Duration/{TYPES}{name}") or "") for name in ("StartTime", "EndTime"))
    inside, outside = (_reply(found.find(f"{TYPES}{name}")) for name in ("InternalReply", "ExternalReply"))
    state, audience = (found.findtext(f"{TYPES}{name}") or "" for name in ("OofState", "ExternalAudience"))
    return OutOfOffice(OofState(state), Audience(audience), start, end, inside, outside)


def _time(written: str) -> datetime | None:
    """UTC, also where no zone is named, as in the example on Microsoft's page of GetUserOofSettings."""
    if not written:
        return None
    time = datetime.fromisoformat(written)
    return time.replace(tzinfo=UTC) if time.tzinfo is None else time.astimezone(UTC)


def _reply(found: etree._Element | None) -> Reply:
    if found is None:
        return Reply()
    return Reply(found.findtext(f"{TYPES}Message") or "", found.get(LANGUAGE) or "")


def written(setting: OutOfOffice) -> str:
    """The setting as an element."""
    replies = (("InternalReply", setting.inside), ("ExternalReply", setting.outside))
    return (
        f"<t:UserOofSettings><t:OofState>{setting.state}</t:OofState>"
        f"<t:ExternalAudience>{setting.audience}</t:ExternalAudience>{_duration(setting)}"
        f"{''.join(_body(name, reply) for name, reply in replies)}</t:UserOofSettings>"
    )


def _duration(setting: OutOfOffice) -> str:
    """None where it is no schedule: Exchange takes none that ends before it begins."""
    if setting.start is None or setting.end is None or setting.end <= setting.start:
        return ""
    start, end = (time.isoformat().replace("+00:00", "Z") for time in (setting.start, setting.end))
    return f"<t:Duration><t:StartTime>{start}</t:StartTime><t:EndTime>{end}</t:EndTime></t:Duration>"


def _body(name: str, reply: Reply) -> str:
    language = f" xml:lang={attribute(reply.language)}" if reply.language else ""
    message = f"<t:Message>{text(reply.html)}</t:Message>" if reply.html else ""
    return f"<t:{name}{language}>{message}</t:{name}>"
