"""Whose: which workspace an order is for."""

from __future__ import annotations

from contextlib import suppress

from bot.services import Services
from bot.stored.orders import Order
from engine.errors import UnreadableError


def team_of(services: Services, order: Order) -> str:
    """The ID of the workspace that an order is for; '' where nobody in Slack asked for it.

    An order of an earlier release does not say it, but its form or task does.
    """
    about = str(order.arguments.get("draft_id") or order.arguments.get("task_id") or "")
    with suppress(UnreadableError):     # of a newer release, which carries it out
        found = order.team or str(order.arguments.get("team") or "")
        return found or _of_thread(services, about) or _of_draft(services, about)
    return ""


def _of_thread(services: Services, task_id: str) -> str:
    thread = services.threads.load(task_id) if task_id else None
    return thread.team if thread else ""


def _of_draft(services: Services, draft_id: str) -> str:
    draft = services.drafts.load(draft_id) if draft_id else None
    return draft.team if draft else ""
