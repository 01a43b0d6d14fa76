"""Mail: messages with their folders. One request writes a message whole, so a tag needs no digest of it.

A source whose messages carry labels tells a digest of these: it is *theirs* in the tag.
"""

from __future__ import annotations

from datetime import timedelta

from engine.items.back.changes import COPY_TOLERANCE, unmodified
from engine.items.kind import ItemKind
from engine.items.way import ItemWay
from engine.messages.source_key import has_id, message_key
from engine.migration.content import NOUNS, Content
from engine.ports.destination import MAIL_CLASS
from engine.ports.items import SourceMessage, TaggedItem

COMES_AGAIN = (
    "there is no Message-ID to know it by; what was copied into this mailbox before by another way, such as IMAP, is "
    "there twice"
)
SKEW = timedelta(seconds=60)     # what clocks may differ by


def _key(message: SourceMessage) -> bytes:
    return message.key or message_key(message.mime)


def _by_this_way(message: SourceMessage) -> str:
    """Its words: a message without Message-ID has one key over IMAP, and another one from Exchange."""
    return COMES_AGAIN if message.key or not has_id(message.mime) else ""


def is_changed(item: TaggedItem) -> bool:
    """True: a draft that was edited or sent since it was made. It is its owner's work now, whenever that was.

    Any other message is changed by being read, filed or marked, which is nothing that would be lost.
    """
    return not unmodified(item) and (item.draft or _was_sent(item))


def _was_sent(item: TaggedItem) -> bool:
    """Sent since it was made, when it was changed last; a message from somewhere whose date is to come was not."""
    if item.created is None or item.modified is None or item.sent is None:
        return False
    return item.created + COPY_TOLERANCE < item.sent <= item.modified + SKEW


KIND = ItemKind(
    Content.MAIL, noun=NOUNS[Content.MAIL], folder_class=MAIL_CLASS, key=_key, changed=is_changed,
    theirs=lambda message: message.theirs,
    by_this_way=_by_this_way,
    codes_apart=False,      # mailboxes are full of tags in which mail's codes stand by themselves
    expires=True,
)
MAIL = ItemWay(KIND)
