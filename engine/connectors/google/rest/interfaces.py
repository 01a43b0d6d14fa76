"""Google's interfaces: where each is, what it is called, and how much may be asked of it in a minute.

Hosts and paths are those of the discovery documents calendar.v3, people.v1, tasks.v1, gmail.v1 (rootUrl, servicePath).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Self

from engine.connectors.google.access import scopes

GOOGLE = "https://www.googleapis.com"       # what stands in GOOGLE_API_URL where Google itself is meant
LIBRARY = "https://console.cloud.google.com/apis/library/"


@dataclass(frozen=True, slots=True)
class About:
    """One interface.

    `host` is where Google has it. `called` and `service` are its names in Google's console. `holds` is what is read by
    it, in words for people, and `scopes` what a token for all of that is for. `a_minute` is how many questions of ours
    about one account it gets within any minute.
    """

    host: str
    called: str
    service: str
    holds: str
    scopes: tuple[str, ...]
    a_minute: int

    @property
    def switch(self) -> str:
        """The page on which it is switched on for a project."""
        return LIBRARY + self.service


class Interface(StrEnum):
    """One interface, by the path that its methods begin with."""

    about: About

    def __new__(cls, path: str, about: About) -> Self:
        """The member of that path."""
        made = str.__new__(cls, path)
        made._value_, made.about = path, about
        return made

    CALENDAR = "/calendar/v3", About(
        host=GOOGLE, called="Google Calendar API", service="calendar-json.googleapis.com", holds="calendars",
        scopes=(scopes.CALENDAR,),
        a_minute=500,       # of 600 (developers.google.com/workspace/calendar/api/guides/quota)
    )
    PEOPLE = "/v1", About(
        host="https://people.googleapis.com", called="People API", service="people.googleapis.com",
        holds="contacts and their groups", scopes=(scopes.CONTACTS,),
        a_minute=75,        # of 90 that the console shows; Google's pages state none
    )
    TASKS = "/tasks/v1", About(
        host="https://tasks.googleapis.com", called="Google Tasks API", service="tasks.googleapis.com", holds="tasks",
        scopes=(scopes.TASKS,),
        # Google's pages state 50,000 a day for a whole project (developers.google.com/workspace/tasks/limits).
        a_minute=300,
    )
    GMAIL = "/gmail/v1", About(
        host="https://gmail.googleapis.com", called="Gmail API", service="gmail.googleapis.com",
        holds="filters and the vacation responder", scopes=(scopes.GMAIL_SETTINGS, scopes.LABELS),
        # Each costs one of 6,000 units, or 15,000 (developers.google.com/workspace/gmail/api/reference/quota).
        a_minute=1_000,
    )

    def url(self, base: str) -> str:
        """Its address where Google's interfaces are at `base`, with no slash at its end."""
        return f"{self.about.host if base == GOOGLE else base}{self.value}"
