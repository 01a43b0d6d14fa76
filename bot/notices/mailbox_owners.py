"""Owners of mailboxes that a service account opens: what they are told, and when: once ahead, and once it has ended."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from bot.notices.milestones import Notice, milestones
from bot.stored.threads import Pressed, Thread
from bot.views.blocks import cleaned
from engine.migration.account import Account
from engine.migration.record import Migration
from engine.words import listed

SHOWN = 200     # characters of a login or address


def notices(migration: Migration, thread: Thread, pressed: Sequence[Pressed]) -> Iterator[tuple[str, Notice]]:
    """Whom to tell what, by Slack ID; in order, and once for each key. The task's own owner sees the card."""
    for user in dict.fromkeys((thread.source_owner, thread.destination_owner)):
        if user and user != thread.owner:
            mailbox = _mailbox(migration, thread, user)
            yield user, _opened(migration, thread, user, mailbox)
            for notice in milestones(migration, pressed):
                if notice.to_followers:
                    yield user, replace(notice, lines=(f"It is about your mailbox {mailbox}.", *notice.lines), by=None)


def _mailbox(migration: Migration, thread: Thread, user: str) -> str:
    """The address of the person's mailbox; both, where both are theirs."""
    request = migration.request
    both = ((thread.source_owner, request.source), (thread.destination_owner, request.destination))
    return listed([_shown(account.owner) for owner, account in both if owner == user])


def _opened(migration: Migration, thread: Thread, user: str, mailbox: str) -> Notice:
    contents = listed([content.value for content in migration.request.contents])
    source, destination = migration.request.source, migration.request.destination
    lines = [f"It copies {contents} from {_end(source)} to {_end(destination)}."]
    if user == thread.source_owner:
        lines.append("Nothing in the source mailbox changes.")
    lines.append("You are told when it has ended. If you did not expect this, ask an admin of this workspace.")
    title = f"Migration {migration.task_id} opens your mailbox {mailbox} by a service account."
    return Notice("opened", title, tuple(lines), by=thread.owner)


def _end(account: Account) -> str:
    return f"{_shown(account.owner)} on {_shown(account.host)}"


def _shown(text: str) -> str:
    return cleaned(text, SHOWN)
