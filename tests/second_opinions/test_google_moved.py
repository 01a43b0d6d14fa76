"""DavMail and ews-javascript-api read what a Google account became at Exchange, and see what the seed says.

A small account with each kind that is written in its own way; tests/load/test_google_read_by_others.py has a large one.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.google.account import small

from .google_by_davmail import ByDavMail
from .google_opinions import *  # noqa: F403 - the tests
from .google_read import Read, read


@pytest.fixture(scope="module")
def moved() -> Iterator[Read]:
    """A small account, moved."""
    with read(small()) as found:
        yield found


def test_davmail_needs_no_excuse(moved: Read) -> None:
    """Every time zone of the account goes by one rule in all years, so that iCalendar says all of it."""
    by = ByDavMail(moved)
    by.events_wrong()

    assert by.otherwise == set()
