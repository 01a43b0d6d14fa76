"""What the Gmail API asks about mailboxes. Whoever serves the mail implements `Mailboxes`; else all are empty."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol, runtime_checkable

ListVisibility = Literal["labelShow", "labelShowIfUnread", "labelHide"]
MessageVisibility = Literal["show", "hide"]

# developers.google.com/workspace/gmail/api/guides/labels, "Types of labels", but for those of the inbox's categories
SYSTEM = ("CHAT", "SENT", "INBOX", "IMPORTANT", "TRASH", "DRAFT", "SPAM", "STARRED", "UNREAD")
CATEGORIES = ("CATEGORY_PERSONAL", "CATEGORY_SOCIAL", "CATEGORY_PROMOTIONS", "CATEGORY_UPDATES", "CATEGORY_FORUMS")


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A label with its counts. A visibility that nobody has set is None, and then no answer has it.

    A system label's `id` is its name; a user's is `Label_` and a number. Without counts of conversations, each message
    is one.
    """

    id: str
    name: str
    type: Literal["system", "user"] = "user"
    messages_total: int = 0
    messages_unread: int = 0
    threads_total: int | None = None
    threads_unread: int | None = None
    label_list_visibility: ListVisibility | None = None
    message_list_visibility: MessageVisibility | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """A message whole: its bytes, the number of its conversation, the ids of its labels, and when it came (ms)."""

    content: bytes
    thread: int
    labels: tuple[str, ...]
    received: int


class Mailboxes(Protocol):
    """The mail of all people. Addresses are primary ones, in lower case."""

    def messages_total(self, address: str) -> int:
        """How many messages there are in the whole mailbox, Spam and Trash among them."""

    def threads_total(self, address: str) -> int:
        """How many conversations these are."""

    def labels(self, address: str) -> Sequence[Label]:
        """All labels, the system's among them."""

    def message(self, address: str, msgid: int) -> Raw | None:
        """The message of that number, which IMAP calls X-GM-MSGID; None where there is none."""


@runtime_checkable
class LabelMaking(Protocol):
    """Mailboxes to which labels can be added."""

    def add_label(self, address: str, name: str) -> Label:
        """One more label of the user's own; nobody has one of that name."""


class EmptyMailboxes:
    """Mailboxes without a message: the system's labels, and those that were added."""

    def __init__(self) -> None:
        """Nobody has added any."""
        self._own: dict[str, list[Label]] = {}

    def add_label(self, address: str, name: str) -> Label:
        """A label that everybody sees."""
        own = self._own.setdefault(address, [])
        made = Label(id=f"Label_{len(own) + 1}", name=name, label_list_visibility="labelShow",
                     message_list_visibility="show")
        own.append(made)
        return made

    def messages_total(self, address: str) -> int:
        """None."""
        return 0

    def threads_total(self, address: str) -> int:
        """None."""
        return 0

    def labels(self, address: str) -> Sequence[Label]:
        """Those of the system, and those that were added."""
        return [*system_labels(), *self._own.get(address, [])]

    def message(self, address: str, msgid: int) -> Raw | None:
        """None."""
        return None


def system_labels() -> list[Label]:
    """The labels that every mailbox has; an implementation puts counts into them."""
    hidden: tuple[ListVisibility, MessageVisibility] = ("labelHide", "hide")
    return [Label(id=name, name=name, type="system") if name not in ("CHAT", *CATEGORIES) else
            Label(id=name, name=name, type="system", label_list_visibility=hidden[0], message_list_visibility=hidden[1])
            for name in (*SYSTEM, *CATEGORIES)]
