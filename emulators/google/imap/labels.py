"""Labels, and the folders they are over IMAP.

Gmail shows each label as a folder; a message that carries several is in several folders, and always in All Mail unless
it is in Spam or Trash (https://developers.google.com/workspace/gmail/imap/imap-extensions).
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from enum import Enum
from types import MappingProxyType
from typing import TypeAlias


class System(Enum):
    """What Gmail itself calls a label or a folder; the value is what X-GM-LABELS tells of it, or how we name it.

    ALL is no label: it is the folder of every message that is in neither Spam nor Trash. CHAT marks a conversation of
    old accounts, which is in the folder Chats alone (https://github.com/gaubert/gmvault reads it beside All Mail).
    """

    INBOX = "\\Inbox"
    SENT = "\\Sent"
    DRAFT = "\\Draft"
    STARRED = "\\Starred"
    IMPORTANT = "\\Important"
    MUTED = "\\Muted"
    SPAM = "spam"
    TRASH = "trash"
    CHAT = "chat"
    ALL = "all"


Label: TypeAlias = str | System     # a user's label is a string, its levels separated by "/"

TOLD = frozenset({System.INBOX, System.SENT, System.DRAFT, System.STARRED, System.IMPORTANT, System.MUTED})

# RFC 6154 §2; \Important came with RFC 8457. INBOX and Chats have no attribute.
ATTRIBUTES: Mapping[System, str] = MappingProxyType({
    System.ALL: "\\All", System.DRAFT: "\\Drafts", System.IMPORTANT: "\\Important", System.SENT: "\\Sent",
    System.SPAM: "\\Junk", System.STARRED: "\\Flagged", System.TRASH: "\\Trash",
})


def belongs(labels: Set[Label], folder: Label) -> bool:
    """True: a message with these labels is in that folder.

    Trash wins over Spam, and both over everything else: what is there keeps its labels, and is in no other folder.
    """
    if System.TRASH in labels or System.SPAM in labels:
        return folder is (System.TRASH if System.TRASH in labels else System.SPAM)
    if System.CHAT in labels:
        return folder is System.CHAT
    return folder is System.ALL or (folder in labels and folder is not System.MUTED)
