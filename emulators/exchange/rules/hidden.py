"""Rules as hidden messages of the Inbox ([MS-OXORULE] 2.2.4.1): those that no operation on rules tells among them.

What lies there: each Inbox rule; the rules of the Out of Office Assistant, which a test leaves (`leave`); the rules by
which the server itself sends out-of-office replies (Microsoft, "Understanding and troubleshooting Out of Office (OOF)
replies", which has their classes and names, and says that the rule for junk mail has the class of an extended one).
The page has the name of the known senders for colleagues, too. Assumption: InternalSenders, as it is elsewhere.
EWS finds them by the Associated traversal (Microsoft, "Using Exchange EWS To Delete Corrupt OOF"); the setting
`shows_rule_messages` is whether it does. Assumption: synchronization does not tell them.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import count

from emulators.exchange.item import READ, Item
from emulators.exchange.mailbox import Mailbox
from emulators.exchange.rules import rule
from emulators.exchange.soap import t

STANDARD, EXTENDED = "IPM.Rule.Version2.Message", "IPM.ExtendedRule.Message"
# PidTagRuleMessageState, [MS-OXORULE] 2.2.1.3.1.3
ENABLED, ERROR, ONLY_WHEN_OOF, KEEP_OOF_HISTORY, EXIT_LEVEL = 0x01, 0x02, 0x04, 0x08, 0x10
ORGANIZER, ASSISTANT, REPLIES = "RuleOrganizer", "MSFT:TDX OOF Rules", "Microsoft Exchange OOF Assistant"
JUNK = "Junk E-mail Rule"
_REPLY_STATE = ENABLED | ONLY_WHEN_OOF | KEEP_OOF_HISTORY       # Assumption: as rules of the assistant have it
_NAMES = "Microsoft.Exchange.OOF.{}Senders.Global"


@dataclass(frozen=True, slots=True)
class RuleMessage:
    """One of them; `entry` is the number in its ItemId, 0 until it is kept."""

    name: str
    item_class: str = STANDARD
    provider: str = ASSISTANT
    state: int = ENABLED | ONLY_WHEN_OOF
    entry: int = 0


_COLUMNS = "name, class, provider, state, entry"


def kept(db: sqlite3.Connection, owner: Mailbox) -> list[RuleMessage]:
    """Those that are no Inbox rules."""
    rows = db.execute(f"SELECT {_COLUMNS} FROM rule_message WHERE mailbox=? ORDER BY entry", (owner.id,))  # noqa: S608 - our own names
    return [RuleMessage(*row) for row in rows]


def leave(db: sqlite3.Connection, owner: Mailbox, messages: Iterable[RuleMessage]) -> None:
    """Keep more of them."""
    for one in messages:
        db.execute(f"INSERT INTO rule_message (mailbox, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608 - our own names
                   (owner.id, one.name, one.item_class, one.provider, one.state, owner.entry()))


def keep_replies(db: sqlite3.Connection, owner: Mailbox, *, on: bool, audience: str) -> None:
    """Let there be the rules that reply, to colleagues and to an ExternalAudience; none unless the replies are `on`."""
    db.execute("DELETE FROM rule_message WHERE mailbox=? AND provider=?", (owner.id, REPLIES))
    if not on:
        return
    outside = {"All": [("AllExternal", STANDARD)], "Known": [("KnownExternal", EXTENDED)]}.get(audience, [])
    leave(db, owner, [RuleMessage(_NAMES.format(whom), kind, REPLIES, _REPLY_STATE)
                      for whom, kind in [("Internal", STANDARD), *outside]])


def items(db: sqlite3.Connection, owner: Mailbox, place: int, now: str) -> list[Item]:
    """All of them as the items that they are, in the folder of this number: the Inbox."""
    found = [*_of_rules(db, owner), *kept(db, owner)]
    return [_as_item(owner, place, now, one, sequence) for sequence, one in zip(count(10), found, strict=False)]


def bury(db: sqlite3.Connection, owner: Mailbox, entry: int) -> None:
    """Delete one, and the Inbox rule that it is."""
    for table, column in (("rule_message", "entry"), ("inbox_rule", "number")):
        db.execute(f"DELETE FROM {table} WHERE mailbox=? AND {column}=?", (owner.id, entry))  # noqa: S608 - our own names


def _of_rules(db: sqlite3.Connection, owner: Mailbox) -> Iterator[RuleMessage]:
    for one in rule.load(db, owner):
        stops = any(part.tag == t("StopProcessingRules") for part in one.part("Actions"))
        state = ENABLED * one.enabled | ERROR * one.in_error | EXIT_LEVEL * stops
        yield RuleMessage(one.element.findtext(t("DisplayName"), ""), STANDARD, ORGANIZER, state, one.number)


def _as_item(owner: Mailbox, place: int, now: str, one: RuleMessage, sequence: int) -> Item:
    """Its properties are PidTagRuleMessageName, -Provider, -State, -Level, -Sequence. It is as old as the request."""
    properties: dict[str, tuple[str, str | list[str]]] = {
        "tag:0x65ec": ("String", one.name), "tag:0x65eb": ("String", one.provider),
        "tag:0x65e9": ("Integer", str(one.state)), "tag:0x65ed": ("Integer", "0"),
        "tag:0x65f3": ("Integer", str(sequence))}
    return Item(
        mailbox=owner.id, folder=place, entry=one.entry, kind="Message", item_class=one.item_class, subject="",
        sensitivity="Normal", importance="Normal", received=now, sent=now, created=now, modified=now, flags=READ,
        flag={}, icon=None, verb=None, verb_time=None, categories=[], read_receipt=False, delivery_receipt=False,
        message_id=None, attachments=False, size=len(one.name) + 256, search_key=one.entry.to_bytes(16, "big"),
        extra={}, appointment={}, mime=None, born=one.entry, change=one.entry, content=one.entry,
        properties=properties, associated=True)
