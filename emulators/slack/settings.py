"""What a test may choose about the emulated workspace, and the facts that do not change."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from emulators.slack.workspace import TEAM

Clock = Callable[[], float]     # seconds since the epoch, UTC
Tamper = Literal["none", "wrong_secret", "old", "no_signature", "no_timestamp", "not_a_number", "changed_body"]

Forge = Literal["none", "other_user", "other_team", "wrong_nonce", "wrong_audience", "more_audiences", "wrong_issuer",
                "expired", "of_tomorrow", "no_user"]

SCOPES = ("commands", "chat:write", "im:history", "im:write", "users:read", "files:read")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the emulated Slack behaves; every field may change while it runs. Times are seconds.

    `ack_seconds`: docs.slack.dev/interactivity/handling-user-interaction, "within 3 seconds".
    `trigger_seconds`: docs.slack.dev/reference/methods/views.open, triggers expire after 3 seconds.
    `response_uses` and `response_seconds`: same page as the ack, "up to 5 times within 30 minutes".
    `post_burst`: chat.postMessage is "1 message per second per channel … short bursts >1 allowed"
    (docs.slack.dev/apis/web-api/rate-limits); how short is not said.
    `stack`: modals, "up to 3 views". `tamper` forges what is sent to the app; `copies` sends each delivery so
    often, the later ones with X-Slack-Retry-Num. `command` is what the manifest registers; `should_escape` is
    the manifest's own setting.
    `messages_read_only` is its messages_tab_read_only_enabled: nothing can be typed to the app then, commands neither
    (Slack's page for it says "Allow users to send Slash commands and messages from the messages tab"). What is typed
    is the event message.im, for apps with im:history (docs.slack.dev/reference/events/message.im).
    `team` is the workspace's id, which stays as it was at the start.
    `client_id` and `client_secret` stand under Basic Information, `redirect_urls` under OAuth & Permissions, as the
    `user_scopes` do, which Sign in with Slack may ask for. `code_seconds`: docs.slack.dev/authentication/
    installing-with-oauth, a code expires after ten minutes. `id_token_seconds`: as in the example of
    docs.slack.dev/authentication/sign-in-with-slack. `forge` says what is wrong with the next ID tokens.
    """

    scopes: tuple[str, ...] = SCOPES
    command: str = "/omm"
    should_escape: bool = True
    messages_tab: bool = True
    messages_read_only: bool = False
    ack_seconds: float = 3.0
    trigger_seconds: float = 3.0
    response_uses: int = 5
    response_seconds: float = 1800.0
    post_burst: int = 3
    posts_per_minute: int = 300
    rate_limits: bool = True
    stack: int = 3
    tamper: Tamper = "none"
    copies: int = 1
    team: str = TEAM
    client_id: str = "4242424242.2424242424"
    client_secret: str = "0123456789abcdef0123456789abcdef"
    redirect_urls: tuple[str, ...] = ()
    user_scopes: tuple[str, ...] = ("openid",)
    code_seconds: float = 600.0
    id_token_seconds: int = 300
    forge: Forge = "none"
