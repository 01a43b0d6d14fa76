"""Google's interfaces: where each is, and which of its methods are asked.

Hosts and paths are those of the discovery documents calendar.v3, people.v1, tasks.v1, gmail.v1 (rootUrl, servicePath).
"""

from __future__ import annotations

from enum import StrEnum

GOOGLE = "https://www.googleapis.com"       # what stands in GOOGLE_API_URL where Google itself is meant


class Interface(StrEnum):
    """One interface, by the path that its methods begin with."""

    CALENDAR = "/calendar/v3"
    PEOPLE = "/v1"
    TASKS = "/tasks/v1"
    GMAIL = "/gmail/v1"

    def url(self, base: str) -> str:
        """Its address where Google's interfaces are at `base`, with no slash at its end."""
        return f"{HOSTS[self] if base == GOOGLE else base}{self.value}"


HOSTS = {
    Interface.CALENDAR: GOOGLE,
    Interface.PEOPLE: "https://people.googleapis.com",
    Interface.TASKS: "https://tasks.googleapis.com",
    Interface.GMAIL: "https://gmail.googleapis.com",
}
