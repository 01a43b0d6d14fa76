"""What people read of a request that a second person decides: the message with its buttons, and what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

from bot.ids import COMMAND, Action
from bot.stored.approvals import LASTS, Approval, Decision, Subject
from bot.views import blocks
from bot.views.blocks import Piece, bold, mention, time, words
from bot.views.message import Message
from bot.views.words import date, utc
from engine.words import number

HOURS = round(LASTS.total_seconds() / 3600)
NAMES: Mapping[Subject, str] = MappingProxyType({
    Subject.ROLLBACK: "the rollback of migration {}",
    Subject.SERVICE_ACCOUNT: "the migration by a service account, form {}",
})
BEGINS: Mapping[Subject, str] = MappingProxyType({
    Subject.ROLLBACK: "It starts as soon as a worker is free.",
    Subject.SERVICE_ACCOUNT: "OMM then signs in to both mailboxes, and the migration begins.",
})
NOTHING: Mapping[Subject, str] = MappingProxyType({
    Subject.ROLLBACK: (
        "Nothing is removed: what was copied stays in the new mailbox, and the old mailbox stays as it is."
    ),
    Subject.SERVICE_ACCOUNT: "Nothing is copied, and both mailboxes stay as they are.",
})
DELETED = "The passwords that you have typed are deleted."
AGAIN = "Press Continue to open the form again."
LINE = 1000     # characters of what somebody has typed
OVER = "This request is over: it cannot be decided any more."


def name_of(approval: Approval) -> str:
    """What it is about: `the rollback of migration 7K2F-9QXD`."""
    return NAMES[approval.subject].format(blocks.cleaned(approval.about, 20))


def request(approval: Approval) -> Message:
    """What an approver sees: with the buttons while it waits, afterwards with who decided and when."""
    title = f"Your approval is needed for {name_of(approval)}."
    lines = [[bold(title)], [mention(approval.asker), words(f" has asked for it. {_asked(approval)}".rstrip())]]
    lines += [[words(blocks.cleaned(line, LINE))] for line in approval.arguments.get("says", ())]
    if not approval.is_waiting:
        return Message(_came_text(approval), (blocks.rich("request", *lines), blocks.rich("came", _came(approval))))
    lines.append([
        words("Nothing happens until you or another admin approves it. If nobody decides by "),
        time(approval.until), words(", it expires."),
    ])
    return Message(f"<@{approval.asker}>: {title}", (
        blocks.rich("request", *lines), blocks.actions("decide", *_buttons(approval)),
    ))


def over() -> Message:
    """What stands in the place of a message whose request is no longer known."""
    return Message(OVER, (blocks.rich("came", [words(OVER)]),))


def _asked(approval: Approval) -> str:
    """What would be done, as far as the request says it."""
    if approval.subject is not Subject.ROLLBACK:
        return ""
    items, kept = (_count(approval, name) for name in ("items", "kept"))
    gone = f"It removes {number(items, 'item')} from the new mailbox"
    changed = number(kept, "item")
    if kept and approval.arguments.get("discard"):
        gone += f", and {changed} that somebody has changed there since"
    elif kept:
        gone += f"; {changed} that somebody has changed there since would stay"
    return f"{gone}. To see more of it, type {COMMAND} status {approval.about}."


def _count(approval: Approval, name: str) -> int:
    found = approval.arguments.get(name)
    return found if isinstance(found, int) else 0


def _buttons(approval: Approval) -> list[Piece]:
    value = f"{approval.key}:{approval.edition}"
    means = f"{BEGINS[approval.subject]} You cannot take it back."
    sure = blocks.confirmation("Approve this?", means, "Approve", "Wait")
    return [
        blocks.button(Action.APPROVE, "Approve", value, style="primary", confirm=sure),
        blocks.button(Action.DENY, "Deny", value, style="danger"),
    ]


def _came(approval: Approval) -> list[Piece]:
    """Who decided, and when."""
    when: list[Piece] = [words(" on "), time(approval.decided), words(".")] if approval.decided else [words(".")]
    if approval.decision is Decision.APPROVED:
        not_begun = [words(f" It was not begun. {approval.why}")] if approval.why else []
        return [bold("Approved"), words(" by "), mention(approval.decider), *when, *not_begun]
    if approval.decision is Decision.DENIED:
        return [bold("Denied"), words(" by "), mention(approval.decider), *when]
    if approval.decision is Decision.EXPIRED:
        return [bold("Expired"), words(f": nobody decided within {HOURS} hours. {NOTHING[approval.subject]}")]
    if approval.decider:
        return [bold("Taken back"), words(" by "), mention(approval.decider), *when]
    return [bold("Not possible any more"), words(f": {approval.why}")]


def _came_text(approval: Approval) -> str:
    """The same for notifications."""
    by = f" by <@{approval.decider}>" if approval.decider else ""
    return f"{name_of(approval)}: {approval.decision}{by}".capitalize()


def already(approval: Approval) -> str:
    """What somebody is told (as mrkdwn) who comes too late to decide it."""
    on = f", on {date(approval.decided)}" if approval.decided else ""
    if approval.decision in (Decision.APPROVED, Decision.DENIED):
        return f"<@{approval.decider}> has {approval.decision} this already{on}."
    if approval.decision is Decision.WITHDRAWN:
        return f"<@{approval.decider}> has taken this back{on}." if approval.decider else OVER
    return f"This has expired{on}: nobody decided within {HOURS} hours."


# Letters


def to_asker(approval: Approval) -> Message:
    """What its asker reads when it was decided."""
    name, nothing, who = name_of(approval), NOTHING[approval.subject], mention(approval.decider)
    if approval.decision is Decision.APPROVED:
        then = f"It was not begun. {approval.why} {nothing}" if approval.why else BEGINS[approval.subject]
        return _line(who, words(f" has approved {name}. {then}"))
    if approval.decision is Decision.DENIED:
        said = _line(who, words(f" has denied {name}. {nothing} No reason is asked for: {_ask(approval)}."))
    elif approval.decision is Decision.EXPIRED:
        said = _line(words(f"Nobody has decided about {name} within {HOURS} hours, so it has expired. {nothing}"))
    else:
        said = _line(words(f"You have asked for {name}. It was not begun. {approval.why} {nothing}"))
    return _with_form(said, approval) if approval.subject is Subject.SERVICE_ACCOUNT else said


def _with_form(said: Message, approval: Approval) -> Message:
    """The same with a button that opens the form again; denied or expired, its passwords are gone."""
    again = AGAIN if approval.decision is Decision.WITHDRAWN else f"{DELETED} {AGAIN}"
    then = blocks.rich("then", [words(again)])
    return Message(f"{said.text} {again}", (*said.blocks, then, blocks.actions("buttons", _continue(approval))))


def asked(approval: Approval) -> Message:
    """What the asker of a form reads once the approvers are told."""
    said = _line(
        words(f"OMM has asked other admins to approve {name_of(approval)}. It signs in nowhere before. If nobody "
              f"decides until {utc(approval.until)}, it expires. To see the form or take it back, press Continue.")
    )
    return Message(said.text, (*said.blocks, blocks.actions("buttons", _continue(approval))))


def _continue(approval: Approval) -> Piece:
    return blocks.button(Action.CONTINUE, "Continue", approval.about, style="primary")


def to_decider(approval: Approval) -> Message:
    """What the person reads who has denied it."""
    who = mention(approval.asker)
    return _line(
        words(f"You have denied {name_of(approval)}. "), who, words(f" was told. {NOTHING[approval.subject]}")
    )


def to_approver(approval: Approval) -> Message:
    """What somebody reads who was asked, and has not decided in time."""
    said = f" had asked for {name_of(approval)}. Nobody has decided within {HOURS} hours, so it has expired. "
    return _line(mention(approval.asker), words(said + NOTHING[approval.subject]))


def _ask(approval: Approval) -> str:
    if approval.subject is Subject.SERVICE_ACCOUNT:
        return "ask them"
    return f"ask them, or ask for it once more while that is possible ({COMMAND} status {approval.about})"


def _line(*pieces: Piece) -> Message:
    said = "".join(f"<@{piece['user_id']}>" if piece["type"] == "user" else str(piece["text"]) for piece in pieces)
    return Message(said, (blocks.rich("words", list(pieces)),))


def waits(asker: str, until: datetime) -> str:
    """That a rollback waits, for whom and until when: a card's line."""
    return (
        f":hourglass_flowing_sand: *Rollback*   {asker} has asked for it. It waits for the approval of another admin "
        f"of this workspace, until {date(until)}."
    )
