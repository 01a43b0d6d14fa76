"""What a person is told about a choice that they have, as every door says it: what happens unless they choose."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from engine.migration.content import Content
from engine.migration.questions import Question
from engine.migration.request import Choice
from engine.ports.facts import Facts
from engine.words import number, sentence


def what_happens(question: Question) -> str:
    """What happens if nothing is chosen, and what the choice would do. Whole sentences."""
    match question.choice:
        case Choice.FORWARDING:
            return _of_sending(question.rules)
        case Choice.OUTLOOK_RULES:
            return _of_outlook(question.rules)
        case Choice.COPIES:
            return LABELS
        case Choice.LEAVE_OFF:
            return BOTH_ANSWER if question.is_open else ANSWERS_ALREADY


LABELS = (
    "A message with several labels is copied once, into the folder of one of them. The others become its categories."
)
BOTH_ANSWER = (
    "The old mailbox sends out-of-office replies, now or by a schedule. The new mailbox will send them too, so people "
    "may get two replies to one message. If you leave it off, the texts are copied, and you can switch it on later."
)
ANSWERS_ALREADY = (
    "Both mailboxes send out-of-office replies, so people may get two replies to one message. The new mailbox keeps "
    "its own replies, and those of the old mailbox are left out."
)


def _of_sending(rules: int) -> str:
    one = rules == 1
    send, are, they = ("sends", "It is", "it is created, it sends") if one else (
        "send", "They are", "they are created, they send"
    )
    return (
        f"{number(rules, 'inbox rule')} of the old mailbox {send} mail on to others. {are} left out unless you choose "
        f"otherwise. If {they} on what arrives in the new mailbox from then on."
    )


def _of_outlook(rules: int) -> str:
    counted = {0: "the inbox rules are", 1: "the inbox rule is"}.get(rules, f"the {number(rules, 'inbox rule')} are")
    return (
        "Outlook keeps rules of its own in the new mailbox. Exchange creates no other rule unless these are lost for "
        f"good, and a rollback cannot bring them back. If you do not agree, {counted} left out and all else is copied."
    )


def live(contents: Collection[Content], source: Facts) -> Iterator[tuple[Content, str]]:
    """What the source does by itself to mail that arrives, of those contents: a sentence each of what it tells."""
    if source.live is None:
        return
    if Content.INBOX_RULES in contents and source.live.rules is not None:
        sends = f"send{'s' if source.live.sending == 1 else ''} mail on to others"
        sending = f", {source.live.sending:,} of which {sends}" if source.live.sending else ""
        found = number(source.live.rules, "rule") if source.live.rules else "no rules found"
        yield Content.INBOX_RULES, f"{found}{sending}."
    elif Content.INBOX_RULES in contents and source.live.rules_unread:
        yield Content.INBOX_RULES, f"OMM cannot read them now. {sentence(source.live.rules_unread)}"
    if Content.OUT_OF_OFFICE in contents and source.live.answers is not None:
        on = "it is on, or will be by a schedule" if source.live.answers else "it is off"
        yield Content.OUT_OF_OFFICE, f"{on}."
    elif Content.OUT_OF_OFFICE in contents and source.live.answers_unread:
        yield Content.OUT_OF_OFFICE, f"OMM cannot read it now. {sentence(source.live.answers_unread)}"
