"""A mailbox on Exchange, as somebody leaves it: folders in French, and mail with what MIME does not hold.

It is filled by plain requests of Exchange Web Services, without a line of the engine.
"""

from __future__ import annotations

import base64
import re
import ssl
import urllib.request
from dataclasses import dataclass
from html import escape

from demo.servers import Exchange
from emulators.exchange.control import Control
from emulators.sample_mailbox.compose import compose
from emulators.sample_mailbox.letter import Letter
from emulators.sample_mailbox.maildir import folders

FRENCH = {
    "inbox": "Boîte de réception", "sentitems": "Éléments envoyés", "drafts": "Brouillons",
    "deleteditems": "Éléments supprimés", "junkemail": "Courrier indésirable", "outbox": "Boîte d’envoi",
    "calendar": "Calendrier", "tasks": "Tâches", "journal": "Journal",
}
PLACES = {(): "inbox", ("Sent",): "sentitems", ("Drafts",): "drafts"}
LETTERS_OF = ((), ("Sent",), ("Drafts",), ("Famille",), ("Reçus & factures",), ("Projects", "2025", "Atlas"))
TIMEOUT = 30        # seconds
_NAMESPACES = (
    'xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"'
    ' xmlns:m="http://schemas.microsoft.com/exchange/services/2006/messages"'
    ' xmlns:t="http://schemas.microsoft.com/exchange/services/2006/types"'
)
_READ, _UNSENT = 1, 8   # PidTagMessageFlags [MS-OXCMSG] 2.2.1.6
_HEAD = (
    "From: Anouk Leroy <anouk@editions.example>\r\nTo: Claire Martin <claire.martin@ancien.example>\r\n"
    "Date: Mon, 10 Mar 2025 09:12:07 +0000\r\nMessage-ID: <{}@editions.example>\r\nMIME-Version: 1.0\r\nSubject: {}\r\n"
)
_TEXT = "Content-Type: text/plain; charset=us-ascii\r\n\r\nBonjour Claire,\r\nas we said on the phone.\r\nAnouk\r\n"
_INVITATION = (
    "Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\nBEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\n"
    "PRODID:-//demo//EN\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:cover@editions.example\r\nDTSTAMP:20250310T080000Z\r\n"
    "DTSTART:20250320T130000Z\r\nDTEND:20250320T140000Z\r\nSUMMARY:The cover\r\n"
    "ORGANIZER:mailto:anouk@editions.example\r\nATTENDEE:mailto:claire.martin@ancien.example\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@dataclass(frozen=True, slots=True)
class Marked:
    """A message with what MIME does not hold: XML of CreateItem before and behind its properties, in its order."""

    subject: str
    before: str = ""
    properties: str = ""
    behind: str = ""
    element: str = "Message"
    flags: int = _READ
    body: str = _TEXT
    folder: str = "inbox"

    @property
    def mime(self) -> bytes:
        """As Anouk wrote it."""
        name = re.sub(r"\W+", "-", self.subject.lower())
        return (_HEAD.format(name, self.subject) + self.body).encode()


def _property(tag: str, kind: str, value: str) -> str:
    uri = f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="{kind}"/>'
    return f"<t:ExtendedProperty>{uri}<t:Value>{value}</t:Value></t:ExtendedProperty>"


MARKED = (
    Marked("Categories of my own", "<t:Categories><t:String>Relectures</t:String><t:String>À payer</t:String>"
           "</t:Categories>"),
    Marked("Call me by Friday", behind="<t:Flag><t:FlagStatus>Flagged</t:FlagStatus><t:StartDate>2025-03-12T00:00:00Z"
           "</t:StartDate><t:DueDate>2025-03-14T00:00:00Z</t:DueDate></t:Flag>"),
    Marked("Done long ago", behind="<t:Flag><t:FlagStatus>Complete</t:FlagStatus><t:CompleteDate>2025-03-11T00:00:00Z"
           "</t:CompleteDate></t:Flag>"),
    Marked("Urgent", "<t:Importance>High</t:Importance>", flags=0),
    Marked("Between us", "<t:Sensitivity>Private</t:Sensitivity>"),
    Marked("Answered", properties=_property("0x1080", "Integer", "261") + _property("0x1081", "Integer", "102")
           + _property("0x1082", "SystemTime", "2025-03-10T10:00:00Z")),
    Marked("Forwarded", properties=_property("0x1080", "Integer", "262") + _property("0x1081", "Integer", "104")),
    Marked("To hidden readers", behind="<t:BccRecipients><t:Mailbox><t:Name>Paul</t:Name><t:EmailAddress>"
           "paul@editions.example</t:EmailAddress></t:Mailbox></t:BccRecipients>", folder="sentitems"),
    Marked("Half a sentence", flags=_READ | _UNSENT, folder="drafts"),
    Marked("For all of us", "<t:Categories><t:String>Relectures</t:String></t:Categories>", element="PostItem"),
    Marked("The cover", body=_INVITATION),
)


def letters() -> list[Letter]:
    """Those of the sample mailbox that lie there."""
    return [letter for place in LETTERS_OF for letter in folders()[place]]


def fill(exchange: Exchange) -> None:
    """Fills a mailbox. Raises RuntimeError when the server refuses anything."""
    Control(exchange.control).name_folders(exchange.login, FRENCH)
    old = Service(exchange)
    for place in LETTERS_OF:
        old.create(old.folder(place), [_letter(letter) for letter in folders()[place]])
    for folder in dict.fromkeys(one.folder for one in MARKED):
        old.create(named(folder), [_item(one) for one in MARKED if one.folder == folder])


class Service:
    """A mailbox, asked by plain requests."""

    def __init__(self, exchange: Exchange) -> None:
        self._service = exchange.service
        self._tls = ssl.create_default_context(cafile=exchange.ca_file)
        token = base64.b64encode(f"{exchange.login}:{exchange.password}".encode()).decode()
        self._headers = {"Content-Type": "text/xml; charset=utf-8", "Authorization": f"Basic {token}"}
        self._made: dict[tuple[str, ...], str] = {}

    def folder(self, place: tuple[str, ...]) -> str:
        """The folder of a place, made if it is not there yet, as XML that names it."""
        if place in PLACES:
            return named(PLACES[place])
        if place not in self._made:
            parent = self.folder(place[:-1]) if len(place) > 1 else named("msgfolderroot")
            answer = self.ask(
                f"<m:CreateFolder><m:ParentFolderId>{parent}</m:ParentFolderId><m:Folders><t:Folder><t:FolderClass>"
                f"IPF.Note</t:FolderClass><t:DisplayName>{escape(place[-1])}</t:DisplayName></t:Folder></m:Folders>"
                "</m:CreateFolder>"
            )
            self._made[place] = "".join(re.findall(r"<t:FolderId [^>]*>", answer))
        return self._made[place]

    def create(self, folder: str, items: list[str]) -> None:
        """Saves items there; nothing is sent."""
        if items:
            self.ask(
                f'<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>{folder}</m:SavedItemFolderId>'
                f"<m:Items>{''.join(items)}</m:Items></m:CreateItem>"
            )

    def ask(self, body: str) -> str:
        """The answer, as text. Raises RuntimeError when anything is refused."""
        data = (
            f'<s:Envelope {_NAMESPACES}><s:Header><t:RequestServerVersion Version="Exchange2013"/></s:Header>'
            f"<s:Body>{body}</s:Body></s:Envelope>"
        ).encode()
        request = urllib.request.Request(self._service, data, self._headers)  # noqa: S310 - our own address
        with urllib.request.urlopen(request, timeout=TIMEOUT, context=self._tls) as answered:  # noqa: S310 - the same
            answer = str(answered.read().decode())
        if 'ResponseClass="Error"' in answer:
            raise RuntimeError(f"the stand-in for Exchange refused something: {answer[:2000]}")
        return answer


def named(distinguished: str) -> str:
    """A folder by its distinguished id, as XML."""
    return f'<t:DistinguishedFolderId Id="{distinguished}"/>'


def _letter(letter: Letter) -> str:
    """A letter of the sample mailbox, as it would lie on Exchange."""
    flags = (_READ if "S" in letter.flags else 0) | (_UNSENT if "D" in letter.flags else 0)
    categories = f"<t:Categories><t:String>{escape(letter.label)}</t:String></t:Categories>" if letter.label else ""
    flag = "<t:Flag><t:FlagStatus>Flagged</t:FlagStatus></t:Flag>" if "F" in letter.flags else ""
    properties = _property("0x0E07", "Integer", str(flags))
    properties += _property("0x0E06", "SystemTime", f"{letter.date:%Y-%m-%dT%H:%M:%SZ}")
    return _created("Message", compose(letter), categories, properties + flag)


def _item(one: Marked) -> str:
    properties = _property("0x0E07", "Integer", str(one.flags))
    properties += _property("0x0E06", "SystemTime", "2025-03-10T09:13:11Z") + one.properties
    return _created(one.element, one.mime, one.before, properties + one.behind)


def _created(element: str, mime: bytes, before: str, behind: str) -> str:
    content = base64.b64encode(mime).decode()
    return f"<t:{element}><t:MimeContent>{content}</t:MimeContent>{before}{behind}</t:{element}>"
