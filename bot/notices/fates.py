"""Fates: what Slack's answers mean, sorted by what is done about them.

Only what concerns our token, or the way to Slack, keeps every message back. All else concerns one conversation.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from http.client import HTTPException
from types import MappingProxyType
from typing import Any
from urllib.error import URLError

from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

RETRY_AFTER = 10.0              # seconds, where Slack names none
CODE = re.compile(r"[a-z][a-z_]{1,60}")
log = logging.getLogger(__name__)


class Fate(StrEnum):
    """What became of a message."""

    SENT = "sent"
    BUSY = "busy"           # not now: once more after `wait` seconds
    PAUSED = "paused"       # not in this conversation now: once more after `wait` seconds; others go on
    AWAY = "away"           # nothing at all can be sent until Slack, or our leave to use it, is back
    GONE = "gone"           # the message to be changed or answered was deleted
    FIXED = "fixed"         # the message to be changed stands there, and can be changed no more
    CLOSED = "closed"       # this conversation takes nothing from us (any more)
    REFUSED = "refused"     # Slack does not take the message itself, and never will


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message. `channel` and `ts` say where it stands, `wait` is in seconds.

    `unsure`: Slack may have carried out the call although it is not known to be SENT. `plainer`: the same words without
    blocks may be taken. `earlier`: it stands there since an earlier attempt, as it was to look then. `answer` is all
    that Slack has said.
    """

    fate: Fate
    channel: str = ""
    ts: str = ""
    wait: float = 0.0
    link: str = ""
    unsure: bool = field(default=False, compare=False)
    plainer: bool = field(default=False, compare=False)
    earlier: bool = field(default=False, compare=False)
    answer: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def settled(self) -> bool:
        """True: asking again would change nothing."""
        return self.fate not in (Fate.BUSY, Fate.PAUSED, Fate.AWAY)


# docs.slack.dev/reference/methods: chat.postMessage, chat.update, chat.getPermalink, views.publish, "Errors".
_GONE = frozenset({
    "message_not_found", "thread_not_found", "invalid_thread_ts", "cannot_reply_to_message",
    "restricted_action_thread_locked",
})
# docs.slack.dev/reference/methods/chat.update: "The message cannot be edited due to the team message edit settings",
# "Authenticated user does not have permission to update this message".
_FIXED = frozenset({"edit_window_closed", "cant_update_message"})
_CLOSED = frozenset({
    "channel_not_found", "not_in_channel", "is_archived", "is_inactive", "channel_is_limited_access",
    "messages_tab_disabled", "not_enabled", "user_disabled", "user_not_found", "user_not_in_channel",
    "restricted_action", "restricted_action_non_threadable_channel",
    "restricted_action_read_only_channel", "restricted_action_thread_only_channel",
})
_OF_ONE = MappingProxyType({Fate.GONE: _GONE, Fate.CLOSED: _CLOSED, Fate.FIXED: _FIXED})
_BUSY = frozenset({"ratelimited", "rate_limited", "message_limit_exceeded"})
# By the same pages these are about the token ("Authentication token …", "The token used …"), about the workspace as a
# whole ("undergoing an enterprise migration"), or about where we call from ("limited on the current network").
_AWAY = frozenset({
    "accesslimited", "account_inactive", "invalid_auth", "missing_scope", "not_allowed_token_type", "not_authed",
    "org_login_required", "team_added_to_org", "token_expired", "token_revoked", "two_factor_setup_required",
})
# About "a resource specified in the request", a conversation above all, or about this one call.
_PAUSED = frozenset({
    "access_denied", "ekm_access_denied", "enterprise_is_restricted", "external_channel_migrating", "fatal_error",
    "internal_error", "no_permission", "request_timeout", "service_unavailable", "team_access_not_granted",
    "team_not_found",
})
# "It's possible some aspect of the operation succeeded before the error was raised."
_UNSURE = frozenset({"fatal_error", "internal_error"})
# What we can do without: any refusal means that we may not look there.
_READING = frozenset({"conversations.history", "conversations.open", "conversations.replies"})
# About the message, which is ours: nothing but another message helps.
_REFUSED = frozenset({
    "as_user_not_supported", "attachment_payload_limit_exceeded", "block_mismatch", "deprecated_endpoint",
    "invalid_arg_name", "invalid_arguments", "invalid_array_arg", "invalid_attachments",
    "invalid_blocks", "invalid_blocks_format", "invalid_charset", "invalid_form_data", "invalid_json",
    "invalid_metadata_format", "invalid_metadata_schema", "invalid_post_type", "json_not_object",
    "markdown_text_conflict", "metadata_must_be_sent_from_app", "metadata_too_large", "method_deprecated",
    "missing_post_type", "msg_blocks_too_long", "msg_too_long", "no_text", "too_many_attachments",
    "too_many_contact_cards", "view_too_large",
})


def asked(method: str, channel: str, call: Callable[[], SlackResponse]) -> Outcome:
    """What becomes of a `call` into a conversation. Its `wait` is set where Slack names one."""
    try:
        answer = call()
    except SlackApiError as error:
        return _outcome(method, error.response)
    except (OSError, HTTPException, UnicodeError) as error:     # time-outs and TLS are OSErrors
        log.warning("Slack does not answer %s: %s", method, type(error).__name__)
        # urllib.request raises a URLError until all of a request has been handed over, other errors from then on.
        return Outcome(Fate.AWAY, unsure=not isinstance(error, URLError))
    said: Mapping[str, Any] = answer.data if isinstance(answer.data, dict) else {}
    return Outcome(
        Fate.SENT, str(said.get("channel", channel)), str(said.get("ts", "")), link=str(said.get("permalink", "")),
        answer=said,
    )


def _outcome(method: str, answer: SlackResponse) -> Outcome:
    """What Slack's no means. Only its one word is logged: the rest of the answer may repeat what was sent."""
    code, status = _code(answer), answer.status_code
    if status == 429 or code in _BUSY:
        return Outcome(Fate.BUSY, wait=_retry_after(answer.headers))
    if code in _FIXED:
        log.warning("Slack lets nobody change a message any more: %s", code)
    known = next((fate for fate, codes in _OF_ONE.items() if code in codes), None)
    if known is not None:
        return Outcome(known)
    if status >= 500 or (code in _AWAY and not (code == "missing_scope" and method in _READING)):
        log.warning("Slack does not take %s: %s", method, code or f"HTTP {status}")
        return Outcome(Fate.AWAY, unsure=status >= 500)
    if method in _READING:
        log.warning("Slack does not let us look for a message, which may come twice: %s, %s", method, code)
        return Outcome(Fate.REFUSED)
    if status == 200 and code in _REFUSED:
        log.error("Slack refuses what we send by %s: %s", method, code)
        return Outcome(Fate.REFUSED, plainer=True)
    log.warning("Slack does not take %s in one conversation: %s", method, code or f"HTTP {status}")
    return Outcome(
        Fate.PAUSED, unsure=code in _UNSURE or (status == 200 and not code), plainer=bool(code) and code not in _PAUSED
    )


def _code(answer: SlackResponse) -> str:
    """Slack's word for what is wrong; '' when something else than Slack has answered."""
    code = answer.data.get("error") if isinstance(answer.data, dict) else None
    return code if isinstance(code, str) and CODE.fullmatch(code) else ""


def _retry_after(headers: Mapping[str, Any]) -> float:
    named = next((str(value) for name, value in headers.items() if name.lower() == "retry-after"), "")
    return float(named) if named.isdecimal() else RETRY_AFTER
