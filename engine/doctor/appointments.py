"""What is said of calendars: behaviours of a server that nobody has documented, and what each means for a migration.

None of them is a fault: a migration works either way, and its report names what was not kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from engine.doctor.trial import CalendarSeen


class Question(StrEnum):
    """What is asked of a server, by the name of the field that answers it."""

    ORGANIZER = "organizer"
    ANSWERS = "answers"
    SAME_MEETING = "same_meeting"
    INVITED = "invited"
    NUMBERED = "numbered"
    FILES = "files"


# What it means if the server does so, and if it does not.
MEANINGS: Mapping[Question, tuple[str, str]] = MappingProxyType({
    Question.ORGANIZER: (
        "meetings that others invited you to still show who did",
        "meetings that others invited you to show you as their organizer here; the report names each",
    ),
    Question.ANSWERS: (
        "what people answered to a meeting is still shown",
        "what people answered to a meeting is not shown any more; the report names each meeting",
    ),
    Question.SAME_MEETING: (
        "an organizer's later change or cancellation meets the copied meeting",
        "an organizer's later change may come as a second meeting beside the copied one",
    ),
    Question.INVITED: (
        "copied meetings stay marked as sent, so nobody is invited once more",
        "copied meetings lose the mark that they were sent; a mail program may offer to invite everybody once more",
    ),
    Question.NUMBERED: (
        "single days of series with more than 999 of them are found by their numbers",
        "single days of series with more than 999 of them are found by their dates, which takes a little longer",
    ),
    Question.FILES: (
        "a file that one day of a series lacks is taken away from that day alone",
        "a file that one day of a series lacks is not taken away from that day alone; look at such series afterwards",
    ),
})


def meaning(question: Question, seen: CalendarSeen) -> str:
    """What it means for a migration."""
    kept, lost = MEANINGS[question]
    return kept if getattr(seen, question.value) else lost
