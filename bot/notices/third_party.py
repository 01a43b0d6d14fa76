"""What the third party that a form named reads by e-mail: somebody who may have no Slack and know nothing of OMM."""

from __future__ import annotations

from bot.notices.milestones import Notice
from bot.stored.threads import Thread
from bot.views.blocks import cleaned
from bot.views.masking import masked
from engine.migration.account import Account
from engine.migration.record import Migration, State
from engine.words import state_word

LONGEST_NAME = 80       # characters
NEXT = {
    State.COMPLETED: "You do not have to do anything. The mailbox that was copied has not changed.",
    State.CANCELLED: "You do not have to do anything. What was copied before stays in the new mailbox.",
    State.FAILED: "You do not have to do anything. The migration can be started again.",
    State.ROLLED_BACK: "You do not have to do anything. The mailbox that had been copied has not changed.",
}
UNDER_WAY = (
    "OMM copies one mailbox into another. The mailbox that is copied does not change.\n"
    "You do not have to do anything. You get another e-mail when the migration has ended."
)
AUTOMATIC = "OMM for Slack sends this e-mail automatically. Nobody reads replies to it."


def email_of(migration: Migration, notice: Notice, thread: Thread | None = None) -> tuple[str, str]:
    """Subject (one line) and text of a notice. `thread` knows who named the reader, and in which workspace."""
    request = migration.request
    who, where = (thread.owner_name, thread.workspace) if thread else ("", "")
    who, where = (cleaned(name, LONGEST_NAME) if name else "" for name in (who, where))
    said = [notice.said] if notice.said else []
    lines = (
        notice.title, *said, *notice.lines, "",
        _named_by(who, where), "",
        f"From: {_shortened(request.source)}",
        f"To:   {_shortened(request.destination)}",
        f"Task ID: {migration.task_id}, {state_word(migration)}", "",
        NEXT.get(migration.state, UNDER_WAY),
        f"If you have a question, ask {who or 'the person who started it'}.", "",
        AUTOMATIC, "",
    )
    return notice.title.removesuffix("."), "\n".join(lines)


def _named_by(who: str, workspace: str) -> str:
    where = f"the Slack workspace “{workspace}”" if workspace else "Slack"
    return f"{who or 'Somebody'} started this migration in {where} and asked OMM to inform you at this address."


def _shortened(account: Account) -> str:
    return cleaned(f"{masked(account.owner)} on {account.host}", 300)
