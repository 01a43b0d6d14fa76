"""The screen: a view that somebody may have open, drawn anew by a job.

It does not retry by `patiently` (engine/pace/repeat.py), which waits for a quarter of an hour and then stops a
migration: a form is given up after some seconds, and nothing else comes of it.
"""

from __future__ import annotations

import logging
from http.client import HTTPException
from typing import Any

from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from engine.pace.halt import Halt

PAUSES = (0.5, 1.0, 2.0, 4.0)   # seconds between two attempts
LONGEST_PAUSE = 10.0            # seconds, whatever Slack asks for: nobody watches a form longer than that
TRANSIENT = frozenset({"ratelimited", "internal_error", "fatal_error", "service_unavailable", "request_timeout"})
log = logging.getLogger(__name__)


def show(slack: WebClient, view_id: str, view: dict[str, Any], halt: Halt) -> bool:
    """True: the view stands on their screen now. False when they have closed it, or Slack does not take it.

    Raises HaltedError.
    """
    for pause in (*PAUSES, None):
        halt.check()
        wait = _attempted(slack, view_id, view)
        if wait is None:
            return True
        if wait < 0 or pause is None:
            return False
        halt.wait(min(max(wait, pause), LONGEST_PAUSE))
    return False


def _attempted(slack: WebClient, view_id: str, view: dict[str, Any]) -> float | None:
    """None when it is there; else the seconds that Slack asks us to wait, -1 when waiting is of no use."""
    try:
        slack.views_update(view_id=view_id, view=view)
    except SlackApiError as error:
        code = str(error.response.get("error"))
        if code not in TRANSIENT:
            log.log(logging.INFO if code == "not_found" else logging.ERROR, "view %s was not drawn: %s", view_id, code)
            return -1
        wait = str(error.response.headers.get("Retry-After", ""))
        return float(wait) if wait.isdecimal() else 0
    except (SlackClientError, HTTPException, OSError, UnicodeError) as error:
        log.warning("view %s was not drawn yet: %s", view_id, type(error).__name__)
        return 0
    return None
