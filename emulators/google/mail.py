"""The mail behind Gmail's IMAP as the Gmail API tells of it: the same messages, whichever way a client comes."""

from collections.abc import Collection, Sequence
from dataclasses import replace

from emulators.google.imap.labels import System
from emulators.google.imap.mailbox import Mailbox, Message
from emulators.google.imap.server import GmailImap
from emulators.google.mailboxes import EmptyMailboxes, Label, system_labels

# developers.google.com/workspace/gmail/api/guides/labels
SYSTEM = {"INBOX": System.INBOX, "SENT": System.SENT, "DRAFT": System.DRAFT, "STARRED": System.STARRED,
          "IMPORTANT": System.IMPORTANT, "SPAM": System.SPAM, "TRASH": System.TRASH, "CHAT": System.CHAT}


class ImapMailboxes(EmptyMailboxes):
    """`Mailboxes` of a running IMAP server. Who has no account there has an empty mailbox."""

    def __init__(self, imap: GmailImap) -> None:
        """They read it anew at each question."""
        self._imap = imap

    def messages_total(self, address: str) -> int:
        """All that there is, Spam, Trash and chats among them, whatever IMAP's settings hide."""
        held = self._held(address)
        return 0 if held is None else len(held.messages)

    def labels(self, address: str) -> Sequence[Label]:
        """The system's, and those of the mailbox's owner with numbers in the order in which they were made.

        What is in Spam or Trash is counted there and nowhere else, as the folders of IMAP show it.
        """
        held = self._held(address)
        if held is None:
            return system_labels()
        told = [_told(one, _shown(held, one.id)) for one in system_labels()]
        own = (Label(id=f"Label_{number}", name=name) for number, name in enumerate(held.labels, 1))
        return [*told, *(_told(one, [message for _, message in held.view(one.name)]) for one in own)]

    def _held(self, address: str) -> Mailbox | None:
        return None if self._imap.account(address) is None else self._imap.mailbox(address)


def _shown(held: Mailbox, name: str) -> Sequence[Message]:
    if name == "UNREAD":
        return [one for _, one in held.view(System.ALL) if _is_unread(one)]
    return [one for _, one in held.view(SYSTEM[name])] if name in SYSTEM else []


def _told(label: Label, messages: Collection[Message]) -> Label:
    """The label with its counts."""
    unread = [one for one in messages if _is_unread(one)]
    return replace(label, messages_total=len(messages), messages_unread=len(unread),
                   threads_total=len({one.thread for one in messages}),
                   threads_unread=len({one.thread for one in unread}))


def _is_unread(message: Message) -> bool:
    return "\\Seen" not in message.flags
