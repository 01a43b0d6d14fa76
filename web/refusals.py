"""Refusals: why somebody could not sign in with Slack, and what they read about it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.stored.audit_entries import Result

AGAIN = "Open the link in Slack once more."


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is said on the page, and `why` in the log and in the audit. `result` None: nobody has to know of it."""

    status: int
    title: str
    words: str
    why: str
    result: Result | None = Result.REFUSED


class RefusedError(Exception):
    """Nobody is signed in. `back` is where the browser wanted to go, '' where nobody knows; `more` follows `why`."""

    def __init__(self, refusal: Refusal, *, back: str = "", more: str = "") -> None:
        super().__init__(refusal.why)
        self.refusal, self.back = refusal, back
        self.why = f"{refusal.why}: {more}" if more else refusal.why


NOT_BEGUN = Refusal(
    403, "This sign-in did not begin in this browser",
    f"It has to be finished in the browser in which it began, and which keeps cookies. {AGAIN}",
    "its state is made up, or of another browser, or the cookie was gone",
)
USED = Refusal(
    400, "This sign-in was used before", f"Each one counts once. {AGAIN}", "its state was used before",
)
LATE = Refusal(
    400, "This sign-in took too long", f"It has to be finished within ten minutes. {AGAIN}",
    "its ten minutes were over",
)
CANCELLED = Refusal(
    403, "You are not signed in", "You did not allow it in Slack. Nothing was done.", "cancelled in Slack", None,
)
SLACK_SAYS_NO = Refusal(
    403, "Slack did not sign you in", "Slack gave a reason that OMM's operator finds in the log.",
    "Slack has refused it",
)
NOT_ACCEPTED = Refusal(
    403, "Slack did not sign you in", "Slack's answer was not for this sign-in.", "Slack's answer does not fit",
)
OTHER_TEAM = Refusal(
    403, "You signed in to another workspace",
    "OMM works for one workspace. Choose the one in which you have opened this link.", "of another workspace",
)
AWAY = Refusal(
    502, "Slack does not answer", "Nothing was done. Try again in a minute.", "Slack does not answer", Result.FAILED,
)
BUSY = Refusal(
    503, "Many people sign in at this moment", "Nothing was done. Try again in a minute.", "too many at once",
    Result.FAILED,
)
