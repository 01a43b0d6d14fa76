"""What two programs that nobody here wrote have to show of a Google account that has moved: the same of any account.

A test module with a fixture `moved` takes these as its own.
"""

from __future__ import annotations

from collections.abc import Sequence

from .google_by_davmail import ByDavMail
from .google_by_ews import ByEws
from .google_read import Read

__all__ = [
    "test_davmail_shows_contacts_and_groups",
    "test_davmail_shows_each_occurrence_of_each_calendar",
    "test_davmail_shows_tasks_of_each_list",
    "test_davmail_shows_what_appointments_say",
    "test_ews_javascript_api_shows_contacts_and_groups",
    "test_ews_javascript_api_shows_each_occurrence_of_each_calendar",
    "test_ews_javascript_api_shows_tasks_of_each_list",
    "test_ews_javascript_api_shows_what_appointments_say_and_what_is_otherwise_of_a_series",
]
FIRST = 40      # of what is wrong, to be read


def _nothing(wrong: Sequence[str]) -> None:
    assert not wrong, "\n".join((f"{len(wrong)} times", *wrong[:FIRST]))


def test_davmail_shows_each_occurrence_of_each_calendar(moved: Read) -> None:
    """By CalDAV: what series become by their rules, but for what was deleted, and what was changed as it is now."""
    _nothing(ByDavMail(moved).events_wrong())


def test_davmail_shows_what_appointments_say(moved: Read) -> None:
    """Texts, guests and organizers of appointments, series and changed occurrences."""
    _nothing(ByDavMail(moved).unsaid())


def test_davmail_shows_contacts_and_groups(moved: Read) -> None:
    """By CardDAV: each contact by its fields, with its picture; whom each group reaches, in parts where it is split.

    Numbers of some kinds are on no card of DavMail's; that is so still.
    """
    by = ByDavMail(moved)

    _nothing(by.contacts_wrong())
    _nothing(by.told_after_all())
    _nothing(by.groups_wrong())


def test_davmail_shows_tasks_of_each_list(moved: Read) -> None:
    """By CalDAV: open ones and completed ones, with their days and notes."""
    _nothing(ByDavMail(moved).tasks_wrong())


def test_ews_javascript_api_shows_each_occurrence_of_each_calendar(moved: Read) -> None:
    """In views of whole years; and no calendar that is not the account's."""
    _nothing(ByEws(moved).events_wrong())


def test_ews_javascript_api_shows_what_appointments_say_and_what_is_otherwise_of_a_series(moved: Read) -> None:
    """Texts, guests and organizers; of each series that is one, exactly what was changed and deleted."""
    by = ByEws(moved)

    _nothing(by.unsaid())
    _nothing(by.series_wrong())


def test_ews_javascript_api_shows_contacts_and_groups(moved: Read) -> None:
    """Each contact by its fields, with every value somewhere; whom each group reaches, in parts where it is split."""
    by = ByEws(moved)

    _nothing(by.contacts_wrong())
    _nothing(by.groups_wrong())


def test_ews_javascript_api_shows_tasks_of_each_list(moved: Read) -> None:
    """Open ones and completed ones, with their days and notes; and no list that is not the account's."""
    _nothing(ByEws(moved).tasks_wrong())
