"""The list of categories of a mailbox: the user configuration CategoryList in its calendar.

Its XML is that of [MS-OXOCFG] 2.2.5.2.2. Many programs write it, each the whole of it, and nothing tells whether it was
changed in between. So it is read once more right before it is written, and again behind that.
"""

from __future__ import annotations

import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import uuid4

from lxml import etree

from engine.connectors.exchange.errors import AnswerLostError, outcome_of_request
from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import MESSAGES, TYPES, envelope, parse, single
from engine.connectors.exchange.typed.addresses import Directory
from engine.errors import Cause, FatalError, GoneError, OmmError, RefusedError, RetryableError
from engine.ports.colours import NO_COLOUR, NO_SHORTCUT, Category, category
from engine.ports.items import DONE, Outcome, Verdict
from engine.ports.settings import Entry

NAME = 'Name="CategoryList"><t:DistinguishedFolderId Id="calendar"/>'
SPACE = "CategoryList.xsd"
NEVER = "1601-01-01T00:00:00.000"       # how Outlook writes that something has not been used yet
# What Outlook counts by itself, as it is of a category that was never used.
COUNTED = {
    "usageCount": "0", "lastTimeUsedNotes": NEVER, "lastTimeUsedJournal": NEVER, "lastTimeUsedContacts": NEVER,
    "lastTimeUsedTasks": NEVER, "lastTimeUsedCalendar": NEVER, "lastTimeUsedMail": NEVER, "lastTimeUsed": NEVER,
    "lastSessionUsed": "0",
}
OF_A_LIST = {"default": "", "lastSavedSession": "0", "lastSavedTime": NEVER}      # that nobody else has saved yet
WHOLE = "(the list of categories)"
UNREADABLE = "the list of categories in the {} mailbox cannot be read, so it is left as it is"
ASKED = (
    f"<m:GetUserConfiguration><m:UserConfigurationName {NAME}</m:UserConfigurationName>"
    "<m:UserConfigurationProperties>XmlData</m:UserConfigurationProperties></m:GetUserConfiguration>"
)
REMOVED = (
    f"<m:DeleteUserConfiguration><m:UserConfigurationName {NAME}</m:UserConfigurationName></m:DeleteUserConfiguration>"
)
Change = Callable[[etree._Element], None]


class ColoursReader:
    """Of a source."""

    def __init__(self, asking: Asking, _directory: Directory, closed: Callable[[], None]) -> None:
        self._asking, self._closed = asking, closed

    def read(self) -> Sequence[Entry]:
        """GetUserConfiguration. One entry that stays where the list cannot be read."""
        try:
            return _entries(_list(self._asking))
        except ValueError:
            return [Entry("", WHOLE, "", stays=UNREADABLE.format("old"))]

    def close(self) -> None:
        """Gives the connections back."""
        self._closed()


@dataclass(frozen=True, slots=True)
class ColourSettings:
    """Of a destination."""

    sessions: Sessions

    def read(self) -> Sequence[Entry]:
        """GetUserConfiguration. Nothing where there is no list. Raises RefusedError where it cannot be read."""
        try:
            return _entries(self._there())
        except ValueError as error:
            raise RefusedError(UNREADABLE.format("new")) from error

    def _there(self) -> etree._Element | None:
        """The list as it is now, None where there is none. Raises ValueError for one that is no such XML."""
        return _list(Asking(self.sessions, stop=threading.Event()))

    def apply(self, add: Sequence[Entry]) -> list[Outcome]:
        """Adds those that are missing. One that was lost again at once, as another program wrote the list, is busy."""
        def change(root: etree._Element) -> None:
            for entry in add:
                add_to(root, category(entry.value))

        outcome, keys = self._changed(change, len(add))
        return [outcome if outcome is not DONE or entry.key in keys else _lost() for entry in add]

    def restore(self, before: Sequence[Entry], ours: Sequence[Entry]) -> list[Outcome]:
        """Takes those away that were not there. None was changed that was."""
        away = {entry.key for entry in ours} - {entry.key for entry in before}

        def change(root: etree._Element) -> None:
            for one in [one for one in _categories(root) if _read(one).key in away]:
                root.remove(one)

        outcome, keys = self._changed(change, len(ours))
        return [outcome if outcome is not DONE or entry.key not in keys & away else _lost() for entry in ours]

    def _changed(self, change: Change, count: int) -> tuple[Outcome, frozenset[str]]:
        """Changes the list; what became of the request, and the keys of the list as it is afterwards."""
        try:
            there = self._there()
            root = _new() if there is None else there
            change(root)
            self._send(_request(root, is_new=there is None))
            return DONE, frozenset(entry.key for entry in _entries(self._there()))
        except ValueError:
            return Outcome(Verdict.REFUSED, error=RefusedError(UNREADABLE.format("new"))), frozenset()
        except OmmError as error:
            return outcome_of_request(error, count), frozenset()

    def _send(self, request: str) -> None:
        body = envelope(request)
        if request:
            single(parse(self.sessions.post(body, len(body)), self.sessions.side), self.sessions.side)


def _list(asking: Asking) -> etree._Element | None:
    """The list of a mailbox, None where there is none.

    Raises ValueError for what is no such XML, or what a server does not give while it answers other questions: a list
    may be damaged or closed to this login, and no mail is kept back for it. Raises FatalError, RetryableError.
    """
    try:
        return _root(asking.told(ASKED, _data))
    except GoneError:
        return None
    except FatalError as error:
        if error.cause is not Cause.FORBIDDEN:
            raise
        raise ValueError(str(error)) from error
    except RetryableError as error:
        if error.back_off is not None or not asking.answers():
            raise
        raise ValueError(str(error)) from error


def _request(root: etree._Element, *, is_new: bool) -> str:
    """The request that writes the whole list; one that was made for us and never saved since is removed when empty."""
    if next(_categories(root), None) is None and _told(root) == OF_A_LIST:
        return "" if is_new else REMOVED
    xml = b64encode(etree.tostring(root, encoding="utf-8", xml_declaration=True)).decode()
    verb = f"{'Create' if is_new else 'Update'}UserConfiguration"
    return (
        f"<m:{verb}><m:UserConfiguration><t:UserConfigurationName {NAME}</t:UserConfigurationName>"
        f"<t:XmlData>{xml}</t:XmlData></m:UserConfiguration></m:{verb}>"
    )


def _lost() -> Outcome:
    return Outcome(Verdict.BUSY, error=RetryableError("Another program has written the list of categories meanwhile."))


def _new() -> etree._Element:
    return etree.Element(f"{{{SPACE}}}categories", OF_A_LIST, nsmap={None: SPACE})  # type: ignore[dict-item]  # its stubs know no default namespace


def _told(one: etree._Element) -> dict[str, str]:
    return {str(name): str(value) for name, value in one.attrib.items()}


def _data(message: etree._Element) -> bytes:
    """What an answer has of the list. Raises AnswerLostError where it lacks it: it is not told to be empty."""
    found = message.find(f"{MESSAGES}UserConfiguration/{TYPES}XmlData")
    if found is None:
        raise AnswerLostError("The answer lacks the list of categories that was asked for.")
    return b64decode(found.text or "")


def _root(data: bytes) -> etree._Element:
    """The list with that XML. Raises ValueError for what is no such XML."""
    if not data.strip():
        return _new()
    try:
        root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    except etree.XMLSyntaxError as error:
        raise ValueError from error
    if etree.QName(root).localname != "categories":
        raise ValueError(root.tag)
    return root


def _categories(root: etree._Element) -> Iterator[etree._Element]:
    """The categories of a list that have a name, in its order."""
    for one in root.iterchildren("{*}category"):
        if one.get("name"):
            yield one


def _read(one: etree._Element) -> Category:
    told = {name: value for name, value in _told(one).items() if name not in COUNTED}
    return Category(told.pop("name"), told.pop("color", NO_COLOUR), told.pop("keyboardShortcut", NO_SHORTCUT), told)


def _entries(root: etree._Element | None) -> list[Entry]:
    """An entry a category; of two with one name, in whatever case, the first."""
    found: dict[str, Category] = {}
    for one in () if root is None else map(_read, _categories(root)):
        found.setdefault(one.key, one)
    return [one.entry for one in found.values()]


def add_to(root: etree._Element, new: Category) -> None:
    """Adds a category to a list that has none of its name; under a GUID of its own, if that one is taken."""
    known = list(_categories(root))
    if new.key in {_read(one).key for one in known}:
        return
    told = {"name": new.name, "color": new.colour, "keyboardShortcut": new.shortcut, **COUNTED, **new.more}
    if "guid" not in told or told["guid"].lower() in {(one.get("guid") or "").lower() for one in known}:
        told["guid"] = f"{{{uuid4()}}}".upper()
    space = etree.QName(known[-1] if known else root).namespace
    etree.SubElement(root, "category" if space is None else f"{{{space}}}category", told)
