"""How a call of Slack's Web API fails, and what is said of it."""

from __future__ import annotations

from http.client import HTTPException
from urllib.error import URLError

from slack_sdk.errors import SlackApiError, SlackClientError

SLACK_FAILS = (SlackClientError, HTTPException, OSError)


def why(error: Exception) -> str:
    """Slack's own word for what is wrong, or why it cannot be reached; the library's would hold the whole answer."""
    if isinstance(error, URLError):
        return f"it cannot be reached ({error.reason})"
    return str(error.response.get("error")) if isinstance(error, SlackApiError) else type(error).__name__
