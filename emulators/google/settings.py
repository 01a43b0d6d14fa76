"""What a test may choose about the emulated Google and the one Cloud project in it, and what does not change."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

Clock = Callable[[], float]     # seconds since the epoch, UTC
Audience = Literal["internal", "external"]
FilterReading = Literal["both", "document", "window"]
Publishing = Literal["testing", "production"]

ISSUER = "https://accounts.google.com"
TOKEN_AUDIENCES = ("https://oauth2.googleapis.com/token", "https://accounts.google.com/o/oauth2/token")
DAY = 86400.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How the emulated Google behaves; every field may change while it runs. Times are seconds.

    The project, by support.google.com/cloud/answer/15549945: an `internal` audience is the people of `organization`, a
    Workspace domain; others see org_internal. An `external` project that is in `testing` takes its test users alone.

    `code_seconds`: Google does not say it; RFC 6749, 4.1.2 has ten minutes as the most. `access_seconds`: the
    `expires_in` of a token. developers.google.com/identity/protocols/oauth2#expiration says the other lives:
    `testing_seconds` of a refresh token of an external project in testing, `idle_seconds` of one that nobody uses,
    `refresh_tokens` that a person and a client can have (50 for years, 100 on today's page; the lower one is here).
    `granted_seconds`: people may grant access for a time only; then a refresh token lives so long (180 days were seen:
    github.com/google/GoogleSignIn-iOS/issues/565), and the answer says it, as it does of projects in testing.
    `clock_skew`: how far the clock of whoever signs a JWT may be wrong, which Google does not say.

    Nobody says which paths a desktop client may come back to on the loopback; `loopback_paths` allows others than `/`.
    developers.google.com/identity/oauth2/web/reference/js-reference says of revoke() that it ends all that a person has
    granted to the app; of the token endpoint's own revocation the pages say only that a token's other half goes, too.
    `revoke_ends` is which of the two it is. `names_issuer`: since 2026 `iss` is among what comes back to the app
    (github.com/openiddict/openiddict-core/issues/2428).

    REST: `disabled_apis` (calendar, people, tasks, gmail) are those that nobody has enabled in the project.
    `user_minute` and `project_day` are quotas by API in the place of those in `rest/quotas.py`; `limits_as_429`:
    Calendar and Gmail, which document both, answer 429 and not 403. Nobody says how long a page token lives
    (`page_token_seconds`); people/v1 says seven days of a sync token (`sync_token_seconds`). `largest_page`: no page
    has more entries, whatever was asked for. `sparse_pages`: where the document allows it, the first page is empty.
    `full_listings_a_minute` is People's own quota of first pages of full listings.
    `filter_reading`: of several words in a filter's subject or negatedQuery gmail.v1 and Gmail's own window tell
    different things; `both` delivers only mail of which both say the same.
    """

    app_name: str = "omm"
    audience: Audience = "external"
    organization: str = "example.org"
    publishing: Publishing = "production"
    code_seconds: float = 600.0
    access_seconds: float = 3600.0
    testing_seconds: float = 7 * DAY
    idle_seconds: float = 182 * DAY
    refresh_tokens: int = 50
    granted_seconds: float | None = None
    clock_skew: float = 10.0
    loopback_paths: bool = False
    revoke_ends: Literal["grant", "token"] = "grant"
    names_issuer: bool = True
    disabled_apis: tuple[str, ...] = ()
    user_minute: dict[str, int] = field(default_factory=dict)
    project_day: dict[str, int] = field(default_factory=dict)
    limits_as_429: bool = False
    page_token_seconds: float = 3600.0
    sync_token_seconds: float = 7 * DAY
    largest_page: int | None = None
    sparse_pages: bool = False
    full_listings_a_minute: int | None = None
    filter_reading: FilterReading = "both"
