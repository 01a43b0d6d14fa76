"""Readers: whether somebody who follows a task may still read of it."""

from __future__ import annotations

from enum import StrEnum

from slack_sdk.errors import SlackApiError

from bot.people import People, UnknownPersonError
from bot.permissions import NotAllowedError, check_member
from bot.slack_errors import why
from bot.stored.threads import Thread

# docs.slack.dev/reference/methods/users.info, "Errors": there is no such person (any more), or none that we may see.
NOBODY = frozenset({"user_not_found", "user_not_visible"})


class Reading(StrEnum):
    """Who may read of a task."""

    YES = "yes"
    NO = "no"           # they left, or became a guest, since they began to follow it
    UNKNOWN = "unknown"     # Slack does not say who they are just now


class Readers:
    """Asks Slack who somebody is, at most every five minutes."""

    def __init__(self, people: People) -> None:
        self._people = people

    def may_read(self, user: str, thread: Thread) -> Reading:
        """True: that person owns the task, or is a full member of its workspace now."""
        if user == thread.owner:
            return Reading.YES
        try:
            check_member(self._people.look(user), thread.team)
        except NotAllowedError:
            return Reading.NO
        except UnknownPersonError as error:
            cause = error.__cause__
            gone = isinstance(cause, SlackApiError) and why(cause) in NOBODY
            return Reading.NO if gone else Reading.UNKNOWN
        return Reading.YES
