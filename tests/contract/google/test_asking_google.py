"""Google's interfaces asked as its documents have them: at the stand-in, with its quotas, page tokens and scopes."""

from __future__ import annotations

import threading
from collections.abc import Collection

import pytest

from emulators.google import Fault
from engine.connectors.google.access.credentials import credential
from engine.connectors.google.access.grants import kept_access
from engine.connectors.google.rest.asking import Asking
from engine.connectors.google.rest.interfaces import Interface
from engine.connectors.google.source import GoogleSource, opened
from engine.errors import Cause, FatalError, LaterError
from engine.migration.account import parse_account
from engine.migration.content import Content
from tests.contract.google.conftest import ANN, At

EVENTS, PRIMARY = 23, "/calendars/primary/events"
EVERYTHING = (Content.CALENDARS, Content.CONTACTS, Content.TASKS, Content.INBOX_RULES)


@pytest.fixture
def full(at: At) -> At:
    """Ann has a calendar of several pages."""
    for number in range(EVENTS):
        day = f"2026-03-{number + 1:02}"
        at.emulator.call("calendar.events.insert", ANN, calendarId="primary", body={
            "summary": f"event {number}", "start": {"dateTime": f"{day}T09:00:00Z"},
            "end": {"dateTime": f"{day}T10:00:00Z"},
        })
    at.emulator.configure(largest_page=5)
    return at


def source(at: At, contents: Collection[Content] = EVERYTHING) -> GoogleSource:
    account = parse_account(f"gmail://{ANN}")
    made = credential(at.google(), account, at.granted(contents=contents).secret, lambda _: None)
    url = at.emulator.url.rstrip("/")
    return opened(account, made, at.network, stop=threading.Event(), api_url=url)


def asking(at: At, contents: Collection[Content] = EVERYTHING) -> Asking:
    """Without waits."""
    made = source(at, contents).interfaces()
    made._waits = (0.0,) * len(made._waits)
    return made


def listed(asks: Asking) -> list[str]:
    return [event["summary"] for event in asks.pages(Interface.CALENDAR, PRIMARY, "items", maxResults=2500)]


@pytest.mark.parametrize("fault", [
    Fault(endpoint="calendar.events.list", skip=2, action="error", status=403, error="userRateLimitExceeded", times=3),
    Fault(endpoint="calendar.events.list", skip=2, action="status", status=503, times=2),
    Fault(endpoint="calendar.events.list", skip=2, action="drop"),
    Fault(endpoint="calendar.events.list", skip=2, action="drop", when="after"),
    Fault(endpoint="calendar.events.list", skip=2, action="garbage", status=200),
    Fault(endpoint="calendar.events.list", skip=2, action="html", status=200),
])
def test_a_listing_is_whole_whatever_happens_to_a_page(full: At, fault: Fault) -> None:
    """Each entry once, and no page is asked for that had come."""
    full.emulator.add_fault(fault)

    assert sorted(listed(asking(full))) == sorted(f"event {number}" for number in range(EVENTS))
    calls = [call for call in full.emulator.requests if call.method == "calendar.events.list"]
    assert len(calls) == 5 + (fault.times or 1)


def test_a_listing_whose_pages_are_forgotten_is_whole(full: At) -> None:
    """It begins again by itself, and gives nothing twice."""
    entries = asking(full).pages(Interface.CALENDAR, PRIMARY, "items")
    first = [next(entries)["summary"] for _ in range(7)]
    full.emulator.expire_page_tokens()

    assert sorted([*first, *(event["summary"] for event in entries)]) == sorted(
        f"event {number}" for number in range(EVENTS)
    )


def test_a_grant_for_some_contents_opens_these_alone(full: At) -> None:
    """The others need consent, by their names; mail is not signed in to where it was not asked for."""
    only = source(full, [Content.CALENDARS])
    asks = only.interfaces()

    assert len(listed(asks)) == EVENTS
    with pytest.raises(FatalError, match="contacts and their groups") as caught:
        asks.one(Interface.PEOPLE, "/people/me/connections", personFields="names")
    assert caught.value.cause is Cause.CONSENT
    seen = only.check()
    assert (seen.opens, seen.messages) == ({Content.CALENDARS}, None)


def test_a_later_consent_for_more_leaves_the_earlier_one_good(full: At) -> None:
    """Incremental authorization: what was granted before is in what is granted then."""
    first = full.granted(contents=[Content.CALENDARS])
    then = full.granted(contents=[Content.TASKS])

    account = parse_account(f"gmail://{ANN}")
    earlier = credential(full.google(), account, first.secret, lambda _: None)
    earlier.secret(refused=earlier.secret())
    assert {scope.rpartition("/")[2] for scope in kept_access(then.secret).scopes} >= {
        "calendar.readonly", "tasks.readonly",
    }
    assert then.missing == frozenset()


def test_quotas_and_switches(full: At) -> None:
    """A day's quota is waited for, and an interface that nobody has enabled is named with its switch."""
    asks = asking(full)
    full.emulator.configure(project_day={"tasks": 1})
    asks.one(Interface.TASKS, "/users/@me/lists")
    with pytest.raises(LaterError):
        asks.one(Interface.TASKS, "/users/@me/lists")

    full.emulator.configure(disabled_apis=("people",))
    with pytest.raises(FatalError, match="People API is not switched on") as caught:
        asks.one(Interface.PEOPLE, "/people/me/connections", personFields="names")
    assert caught.value.cause is Cause.NOT_SET_UP


def test_a_token_that_ends_in_the_middle_of_a_listing_is_renewed(full: At) -> None:
    """Once; the listing goes on."""
    entries = asking(full).pages(Interface.CALENDAR, PRIMARY, "items")
    first = [next(entries)["summary"] for _ in range(5)]
    full.emulator.expire(ANN)

    assert len({*first, *(event["summary"] for event in entries)}) == EVENTS
