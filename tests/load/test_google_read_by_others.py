"""DavMail and ews-javascript-api read all of a large Google account that has moved to Exchange.

500 events, 400 contacts, 15 labels, 6 lists of tasks, forty filters and a responder. GOOGLE_SEED draws another account.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.clock import utc_now
from engine.migration.request import Choice
from tests.load.test_google_seeded import drawn_by
from tests.load.test_google_settings_seeded import ALL, FILTERS, LETTERS, MAY_STAY, mailbox
from tests.second_opinions.google_by_davmail import ByDavMail
from tests.second_opinions.google_by_ews import time
from tests.second_opinions.google_opinions import *  # noqa: F403 - the tests
from tests.second_opinions.google_read import Read, ews, read
from tests.second_opinions.rules_shown import Mail, Rules
from tests.servers.google.account import large
from tests.servers.google.arrived import folded, words
from tests.servers.google.rules_judge import left, lines, otherwise
from tests.servers.google.truth.filters import letters, outcome, vacations
from tests.servers.google.vacation_judge import audience, state
from tests.servers.mail_servers.dovecot import MISSING, installed

# Zones whose clocks have gone by several rules since 2022, and series of any such account that iCalendar of Exchange
# tells wrongly for that reason (tests/second_opinions/google_by_davmail.py).
ZONES = {"Africa/Cairo", "Africa/Casablanca", "America/Mexico_City", "America/Santiago", "Asia/Almaty", "Asia/Tehran"}
OTHERWISE = {"weekly of Africa/Casablanca", "monthly in Asia/Almaty", *(f"for years in {zone}" for zone in (
    "Africa/Cairo", "America/Mexico_City", "Asia/Almaty", "Asia/Tehran"))}


@pytest.fixture(scope="module")
def moved() -> Iterator[Read]:
    """A large account, moved."""
    with read(large(drawn_by())) as found:
        yield found


def test_davmail_shows_other_hours_in_these_zones_alone(moved: Read) -> None:
    """Where clocks have gone by several rules, and there it does so still."""
    by, zones = ByDavMail(moved), {one.name: one.zone for one in moved.account.events}
    by.events_wrong()

    assert by.otherwise >= OTHERWISE
    assert {zones[name] for name in by.otherwise} <= ZONES


@pytest.mark.skipif(not installed(), reason=MISSING)
def test_ews_javascript_api_shows_rules_and_the_out_of_office(tmp_path: Path) -> None:
    """By the rules that it shows, letters end where the filters would have put them; the reply is the same, as long."""
    chance = random.Random(drawn_by())
    away = vacations(chance, utc_now())
    with mailbox(tmp_path, away) as at:
        done = at.migrate(ALL, Choice.FORWARDING)
        seen = ews(at, "settings.cjs")

        stayed = left(FILTERS, lines(at, done))
        assert stayed <= MAY_STAY
        rules, carried = Rules(seen["rules"], seen["folders"]), [one for one in FILTERS if one.name not in stayed]
        assert all(one["enabled"] and one["wrong"] == [False, False] for one in seen["rules"])
        for number, letter in enumerate(letters(chance, LETTERS, FILTERS)):
            assert [*otherwise(outcome(letter, carried), *rules.done(Mail(letter, number)))] == [], letter
        told, text = seen["away"], words(away.html) if away.html else folded(away.text)
        assert (told["state"], told["audience"]) == (state(away, at.clock()), audience(away))
        assert [words(one) for one in told["replies"]] == [f"{away.subject} {text}".strip()] * 2
        assert away.end is None or time(told["end"]) == away.end
        assert away.start is None or away.end is None or time(told["begin"]) == away.start
