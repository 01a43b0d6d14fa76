"""The rules of the out-of-office assistant, which act only while the out-of-office is on. No operation tells them.

Each is a hidden message of the Inbox ([MS-OXORULE] 2.2.4.1), and says by its state that it is one of them
(ST_ONLY_WHEN_OOF, 2.2.1.3.1.3). So are the rules by which the server sends its own replies (Microsoft, "Understanding
and troubleshooting Out of Office (OOF) replies"), which come with the out-of-office; they are told by their names.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.reading.asking import Asking, Question
from engine.connectors.exchange.rules.form import NAMELESS
from engine.connectors.exchange.soap import MESSAGES, TYPES
from engine.errors import FatalError, RefusedError, RetryableError, SignInError
from engine.migration.content import Content
from engine.ports.settings import Note

CLASSES = ("IPM.Rule.Version2.Message", "IPM.ExtendedRule.Message")
ONLY_WHEN_OUT = 0x4
OF_THE_SERVER = "Microsoft.Exchange.OOF."
PAGE = 500
MOST_PAGES = 20
STATE, NAME = "0x65e9", "0x65ec"      # PidTagRuleMessageState, PidTagRuleMessageName
MADE_ANEW = (
    "it acts only while the out-of-office is on, and the server gives it to nobody; make it anew in Outlook, in the "
    "rules of its automatic replies"
)
NOT_LOOKED_AT = "(rules of the out-of-office assistant)"
LOOK = (
    "the server does not show whether there are any, so they were not looked at; look in Outlook, in the rules of its "
    "automatic replies, and make anew what is there"
)
_ASKED = (
    '<m:FindItem Traversal="Associated"><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
    '<t:FieldURI FieldURI="item:ItemClass"/>'
    f'<t:ExtendedFieldURI PropertyTag="{STATE}" PropertyType="Integer"/>'
    f'<t:ExtendedFieldURI PropertyTag="{NAME}" PropertyType="String"/></t:AdditionalProperties></m:ItemShape>'
    f'<m:IndexedPageItemView MaxEntriesReturned="{PAGE}" Offset="%d" BasePoint="Beginning"/>'
    '<m:ParentFolderIds><t:DistinguishedFolderId Id="inbox"/></m:ParentFolderIds></m:FindItem>'
)


def notes_on_assistant(asking: Asking, *, has_others: bool) -> list[Note]:
    """A note on each of them, and one where the server does not show them. Raises SignInError.

    `has_others`: it is known that there are other rules in that mailbox, which have to be shown then.
    """
    try:
        rules = list(_rules(asking))
    except SignInError:
        raise
    except (RefusedError, RetryableError, FatalError):
        return [Note(NOT_LOOKED_AT, LOOK, Content.OUT_OF_OFFICE)]
    if has_others and not rules:
        return [Note(NOT_LOOKED_AT, LOOK, Content.OUT_OF_OFFICE)]
    return [Note(_named(rule), MADE_ANEW, Content.OUT_OF_OFFICE) for rule in rules if _is_of_assistant(rule)]


def _rules(asking: Asking) -> Iterator[etree._Element]:
    """The hidden messages of the Inbox that are rules. Raises what `Asking.all` raises, RefusedError."""
    for page in range(MOST_PAGES):
        message = asking.all(Question(_ASKED % (page * PAGE)))[0]
        if isinstance(message, CodeError):
            raise RefusedError(str(message))
        items = message.findall(f"{MESSAGES}RootFolder/{TYPES}Items/*")
        yield from (item for item in items if item.findtext(f"{TYPES}ItemClass") in CLASSES)
        root = message.find(f"{MESSAGES}RootFolder")
        if root is None or root.get("IncludesLastItemInRange") != "false":
            return


def _is_of_assistant(rule: etree._Element) -> bool:
    state = _property(rule, STATE).strip()
    only_when_out = state.lstrip("-").isdecimal() and bool(int(state) & ONLY_WHEN_OUT)
    return only_when_out and not _property(rule, NAME).startswith(OF_THE_SERVER)


def _named(rule: etree._Element) -> str:
    return _property(rule, NAME).strip() or NAMELESS


def _property(rule: etree._Element, tag: str) -> str:
    """The value of a property of an item; "" where it has none."""
    for one in rule.iterfind(f"{TYPES}ExtendedProperty"):
        uri = one.find(f"{TYPES}ExtendedFieldURI")
        if uri is not None and (uri.get("PropertyTag") or "").lower() == tag:
            return one.findtext(f"{TYPES}Value") or ""
    return ""
