"""Slack, as notices are sent to it: one place that posts, with outcomes sorted by what the caller does."""

from __future__ import annotations

import ssl

from slack_sdk import WebClient

from bot.notices.pace import Pace


def client(token: str, *, url: str = WebClient.BASE_URL, context: ssl.SSLContext | None = None) -> WebClient:
    """A client with short time limits that never sleeps and never sends anything twice."""
    raise NotImplementedError


class SlackPost:
    """Posts and changes messages."""

    def __init__(self, slack: WebClient, pace: Pace) -> None:
        """`slack` is made by `client`."""
