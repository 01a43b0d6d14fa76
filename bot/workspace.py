"""The workspace: which one our token is for. Everything is for its own people alone, so its id must be known first."""

from __future__ import annotations

import logging
from hashlib import sha256

from redis import Redis
from slack_sdk import WebClient

from bot.slack_errors import SLACK_FAILS, why
from engine.store.patience import Patient, text

PATIENCE = 1.0      # seconds
PREFIX, ADDRESS = "omm:workspace:", "omm:slack:address:"
# What auth.test answers for a token that no second try will help (docs.slack.dev/reference/methods/auth.test).
REFUSED = frozenset({
    "account_inactive", "invalid_auth", "not_allowed_token_type", "not_authed", "token_expired", "token_revoked",
})
log = logging.getLogger(__name__)


class Workspace:
    """Asks Slack once for a token, and remembers."""

    def __init__(self, redis: Redis, slack: WebClient, *, patience: float = PATIENCE) -> None:
        """`patience` is how long Redis may be away, in seconds."""
        self._redis = Patient(redis, patience=patience)
        self._slack = slack
        self._warned = ""
        self.refused = ""       # what is wrong with our token, by Slack's last answer; '' when nothing is known

    def id(self) -> str:
        """Its id; '' while Slack does not say, so that it is asked again. Raises FatalError(cause STORE)."""
        return self._remembered(PREFIX, "team_id")

    def address(self) -> str:
        """Where its messages are opened, `https://example.slack.com/`; as `id` otherwise."""
        return self._remembered(ADDRESS, "url")

    def _remembered(self, prefix: str, field: str) -> str:
        """That field of what auth.test answers. Another token may be for another workspace."""
        key = f"{prefix}{sha256((self._slack.token or '').encode()).hexdigest()[:16]}"
        known = self._redis.call(lambda redis: redis.get(key))
        if known is not None:
            return text(known)
        found = self._asked(field)
        if found:
            self._redis.call(lambda redis: redis.set(key, found))
        return found

    def _asked(self, field: str) -> str:
        try:
            return str(self._slack.auth_test()[field])
        except (*SLACK_FAILS, UnicodeError, KeyError) as error:
            self._note(why(error))
            return ""

    def _note(self, reason: str) -> None:
        """Writes a reason down when it is another one than last time: it is asked every few seconds."""
        self.refused = (
            f"Slack does not accept SLACK_BOT_TOKEN ({reason}). Copy the token again from Install App, then restart."
            if reason in REFUSED else ""
        )
        if reason != self._warned:
            log.warning("%s", self.refused or f"Slack does not say which workspace this is: {reason}")
        self._warned = reason


def workspaces(redis: Patient) -> list[str]:
    """The ids of all workspaces that were ever asked for. Looks at all keys, so it is for now and then."""
    keys = redis.call(lambda server: list(server.scan_iter(f"{PREFIX}*", count=1000)))
    found = redis.call(lambda server: server.mget(keys)) if keys else []
    return sorted({text(team) for team in found if team is not None})

