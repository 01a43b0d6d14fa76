"""Files: a table that somebody has asked for, sent into their conversation with us."""

from __future__ import annotations

import logging

from slack_sdk import WebClient

from bot.services import Services
from bot.slack_errors import SLACK_FAILS, why

TIMEOUT = 30        # seconds, for a file of some megabytes
NO_SCOPE = "missing_scope"
SENT = ":white_check_mark: The file is in your direct messages with OMM."
NOT_SENT = ":warning: Slack did not take the file. Try again in a minute."
log = logging.getLogger(__name__)


def send(services: Services, user: str, name: str, title: str, content: bytes) -> str:
    """Sends the file; returns '', or Slack's reason, which is NO_SCOPE without the optional scope `files:write`.

    docs.slack.dev/reference/methods/files.getUploadURLExternal and files.completeUploadExternal, as the library calls
    them. Where the answer to the last of these is lost, the file may have arrived, and comes twice if asked for again.
    """
    patient = WebClient(      # nobody waits for this one
        services.slack.token, base_url=services.slack.base_url, timeout=TIMEOUT, ssl=services.slack.ssl,
        retry_handlers=[],
    )
    try:
        conversation = patient.conversations_open(users=user)["channel"]["id"]
        patient.files_upload_v2(channel=conversation, filename=name, content=content, title=title)
    except SLACK_FAILS as error:
        log.warning("%s was not sent: %s", name, why(error))
        return why(error) or type(error).__name__
    return ""
