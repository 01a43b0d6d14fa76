"""Decisions: who is told what when a second person has decided, or nobody has in time."""

from __future__ import annotations

from bot.stored.approvals import Approval, Decision, Subject
from bot.stored.outbox import Letter
from bot.views import approval as views
from bot.views.message import Message


def letters_of(approval: Approval) -> list[Letter]:
    """The letters that its decision calls for, each to one person."""
    if approval.decision is Decision.WITHDRAWN and approval.decider == approval.asker:
        return []       # they did it themselves, and the others' messages say so
    said = [_letter(approval, approval.asker, views.to_asker(approval))]
    if approval.decision is Decision.DENIED:
        said.append(_letter(approval, approval.decider, views.to_decider(approval)))
    if approval.decision is Decision.EXPIRED:
        said += [_letter(approval, person, views.to_approver(approval)) for person in sorted(approval.told)]
    return said


def letters_of_asked(approval: Approval) -> list[Letter]:
    """What its asker is written when the approvers are: of a form, how to come back to it; else nothing."""
    if approval.subject is not Subject.SERVICE_ACCOUNT or not approval.is_waiting:
        return []
    return [_letter(approval, approval.asker, views.asked(approval))]


def already(approval: Approval) -> str:
    """What became of it, for whoever presses a button of it later (as mrkdwn)."""
    return views.already(approval)


def _letter(approval: Approval, to: str, message: Message) -> Letter:
    key = f"approval:{approval.key}:{approval.edition}:{approval.decision}"
    return Letter(key, to, message.text, message.blocks)
