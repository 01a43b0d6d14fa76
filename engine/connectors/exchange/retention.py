"""What a mailbox deletes or archives by itself: its retention tags.

GetUserRetentionPolicyTags ([MS-OXWSURPT] 3.1.4.1; Exchange 2013 and later) gives the tags of the mailbox's policy. One
whose Type is Personal acts only on what its owner puts it on; one of a default folder acts on that folder and those
below it, and goes before the one of Type All, which acts on all else (Microsoft Learn, "Retention tags and retention
policies in Exchange Server" and "Get-RetentionPolicyTag"). What archives and what deletes are two tags, and an item may
have both ("Prevent archiving of items in a default folder in Exchange 2010", Exchange Team Blog).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from lxml import etree

from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import MESSAGES, TYPES, envelope, parse
from engine.errors import FatalError, RefusedError, RetryableError, SignInError
from engine.ports.facts import Retention
from engine.ports.source import Role

LONGEST_PERIOD = 6      # digits, of days
ASKED = envelope("<m:GetUserRetentionPolicyTags/>")
# ElcFolderType of the schema, as far as mail is written to such folders.
FOLDERS: Mapping[str, Role | None] = MappingProxyType({
    "All": None, "Inbox": Role.INBOX, "SentItems": Role.SENT, "Drafts": Role.DRAFTS, "DeletedItems": Role.DELETED,
    "JunkEmail": Role.JUNK,
})
# RetentionActionType of the schema: True where the action archives. All others leave mail where it is.
ACTIONS: Mapping[str, bool] = MappingProxyType({
    "MoveToArchive": True, "DeleteAndAllowRecovery": False, "PermanentlyDelete": False, "MoveToDeletedItems": False,
})


def retention(sessions: Sessions) -> tuple[Retention, ...]:
    """What the mailbox takes away by itself. Nothing where the server does not answer the question, whyever.

    Raises SignInError.
    """
    try:
        answer = parse(sessions.ask(ASKED), sessions.side)
    except SignInError:
        raise
    except (RefusedError, RetryableError, FatalError):
        return ()
    if answer.get("ResponseClass") != "Success":
        return ()
    found = (_told(tag) for tag in answer.iterfind(f"{MESSAGES}RetentionPolicyTags/{TYPES}RetentionPolicyTag"))
    return tuple(each for each in found if each is not None)


def _told(tag: etree._Element) -> Retention | None:
    """What a tag does to mail; None where it does nothing by itself, or has no period."""
    names = ("RetentionPeriod", "Type", "RetentionAction")
    period, folder, action = (tag.findtext(f"{TYPES}{name}") or "" for name in names)
    days = int(period) if period.isdecimal() and len(period) <= LONGEST_PERIOD else 0
    if folder not in FOLDERS or action not in ACTIONS or not days:
        return None
    return Retention(days, FOLDERS[folder], ACTIONS[action])
