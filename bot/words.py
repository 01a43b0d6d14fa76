"""Words for numbers, sizes, times and states, the same wherever people read them. Nothing here is marked up."""

from __future__ import annotations

from datetime import datetime


def number(count: int, noun: str) -> str:
    """`1 message`, `1,234 messages`."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def duration(seconds: float) -> str:
    """`under a minute`, `14 min`, `3.5 hours`, `2 days`."""
    raise NotImplementedError


def size(count: int) -> str:
    """Bytes as people read them: `812 kB`, `3.1 GB`."""
    raise NotImplementedError


def date(moment: datetime) -> str:
    """A moment in mrkdwn: the reader's own time zone, and UTC where Slack cannot tell it."""
    raise NotImplementedError
