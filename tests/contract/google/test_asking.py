"""Questions to Google's interfaces: what every kind of answer comes to."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from engine.clock import utc_now
from engine.connectors.google.rest.denials import NoServiceError, meaning
from engine.connectors.google.rest.interfaces import Interface
from engine.credentials import PasswordCredential
from engine.errors import (
    Cause,
    FatalError,
    GoneError,
    LaterError,
    OmmError,
    RefusedError,
    RetryableError,
)
from engine.store.vault import Secret
from tests.servers.google.scripted import (
    Question,
    Said,
    Scripted,
    Tokens,
    newer_refusal,
    refusal,
    scripted_google,
    told,
)

CALENDAR, PEOPLE, TASKS = Interface.CALENDAR, Interface.PEOPLE, Interface.TASKS


@pytest.fixture
def google() -> Iterator[Scripted]:
    with scripted_google() as running:
        yield running


def error_of(google: Scripted, said: Said, interface: Interface = CALENDAR) -> OmmError:
    google.says(said)
    with pytest.raises(OmmError) as caught:
        google.asking(waits=()).one(interface, "/x")
    return caught.value


def pages_of(*pages: dict[str, object]) -> dict[str, dict[str, object]]:
    """By token: each but the last leads to the next."""
    last = len(pages) - 1
    return {
        "" if number == 0 else str(number): page if number == last else {**page, "nextPageToken": str(number + 1)}
        for number, page in enumerate(pages)
    }


def token_of(question: Question) -> str:
    return question.query.get("pageToken", [""])[0]


def ids(entries: Iterator[object]) -> list[str]:
    return [entry["id"] for entry in entries]       # type: ignore[index]


# What is asked


def test_a_question_has_its_parameters_and_the_token(google: Scripted) -> None:
    """None is left out, a list is repeated, and truth is spelt as in JSON."""
    google.says(told({"kind": "x"}))
    asking = google.asking()

    assert asking.one(CALENDAR, "/calendars/a%20b/events", ids=["a", "b"], none=None, big=True, small=[False]) == {
        "kind": "x",
    }

    [asked] = google.asked
    assert (asked.path, asked.token) == ("/calendar/v3/calendars/a%20b/events", "Bearer token-0")
    assert asked.query == {"ids": ["a", "b"], "big": ["true"], "small": ["false"]}


def test_a_token_that_is_refused_is_renewed_once(google: Scripted, caplog: pytest.LogCaptureFixture) -> None:
    """And shows in no log."""
    caplog.set_level(logging.DEBUG)
    credential = Tokens()
    google.script = lambda question: told({"ok": 1}) if question.token == "Bearer token-1" else told({}, 401)

    assert google.asking(credential).one(CALENDAR, "/x") == {"ok": 1}
    assert credential.renewed == 1
    assert "token-" not in caplog.text


def test_a_new_token_that_is_refused_needs_consent(google: Scripted) -> None:
    """Once, and not for ever."""
    credential = Tokens()
    google.says(told({"error": {"code": 401}}, 401))

    with pytest.raises(FatalError, match="Authorise access again") as caught:
        google.asking(credential).one(TASKS, "/x")
    assert (caught.value.cause, credential.renewed) == (Cause.CONSENT, 1)


def test_an_app_password_is_never_sent(google: Scripted) -> None:
    """It opens mail alone, and its owner reads that."""
    with pytest.raises(FatalError, match="mail alone"):
        google.asking(PasswordCredential(Secret("abcdefghijklmnop"))).one(CALENDAR, "/x")
    assert google.asked == []


# Refusals


@pytest.mark.parametrize("said", [
    refusal(403, "rateLimitExceeded"), refusal(403, "userRateLimitExceeded"), refusal(403, "quotaExceeded"),
    refusal(429, "rateLimitExceeded"), newer_refusal(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"),
    refusal(500, "backendError"), told({}, 503), Said(b"<html>busy</html>", 502),
])
def test_google_is_asked_again_when_it_is_busy(google: Scripted, said: Said) -> None:
    """As often as it takes within half a minute, at the same page; afterwards the engine waits."""
    google.says(said, said, told({"ok": 1}))
    assert google.asking().one(CALENDAR, "/x") == {"ok": 1}

    google.says(said)
    with pytest.raises(RetryableError):
        google.asking().one(CALENDAR, "/x")
    assert len(google.asked) == 3 + 6


def test_the_wait_that_google_names_is_told(google: Scripted) -> None:
    """A long one is the engine's to wait."""
    google.says(refusal(429, "rateLimitExceeded", Retry_After="300"))

    with pytest.raises(RetryableError) as caught:
        google.asking().one(CALENDAR, "/x")
    assert (caught.value.back_off, len(google.asked)) == (300.0, 1)


@pytest.mark.parametrize("said", [
    refusal(403, "dailyLimitExceeded"),
    newer_refusal(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", quota_limit="ReadsPerDayPerProject"),
    newer_refusal(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED", quota_unit="1/d/{project}"),
])
def test_a_days_quota_is_waited_for_until_the_next_day(google: Scripted, said: Said) -> None:
    """It is no error of the account's: the migration goes on by itself."""
    error = error_of(google, said, TASKS)

    assert isinstance(error, LaterError)
    assert 0 < (error.until - utc_now()).total_seconds() <= 25 * 3600
    assert "Tasks API" in str(error)


@pytest.mark.parametrize(("now", "until"), [
    (datetime(2026, 7, 1, 6, 59, tzinfo=UTC), datetime(2026, 7, 1, 7, tzinfo=UTC)),
    (datetime(2026, 7, 1, 7, 1, tzinfo=UTC), datetime(2026, 7, 2, 7, tzinfo=UTC)),
    (datetime(2026, 12, 1, 7, 59, tzinfo=UTC), datetime(2026, 12, 1, 8, tzinfo=UTC)),
])
def test_googles_day_begins_at_midnight_in_california(now: datetime, until: datetime) -> None:
    """In summer and in winter."""
    error = meaning(TASKS, 403, {"error": {"errors": [{"reason": "dailyLimitExceeded"}]}}, back_off=None, now=now)

    assert isinstance(error, LaterError)
    assert error.until == until


@pytest.mark.parametrize(("interface", "words"), [
    (CALENDAR, "Google Calendar API is not switched on .*calendar-json.googleapis.com"),
    (PEOPLE, "People API is not switched on .*/people.googleapis.com"),
    (TASKS, "Tasks API is not switched on .*/tasks.googleapis.com"),
    (Interface.GMAIL, "Gmail API is not switched on .*/gmail.googleapis.com"),
])
def test_an_interface_that_is_off_is_named_with_its_switch(google: Scripted, interface: Interface, words: str) -> None:
    """Only whoever runs OMM can do that."""
    for said in (refusal(403, "accessNotConfigured"), newer_refusal(403, "PERMISSION_DENIED", "SERVICE_DISABLED")):
        error = error_of(google, said, interface)
        assert isinstance(error, FatalError)
        assert error.cause is Cause.NOT_SET_UP
        with pytest.raises(OmmError, match=words):
            raise error


@pytest.mark.parametrize("said", [
    refusal(403, "insufficientPermissions"),
    newer_refusal(403, "PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
])
def test_what_was_not_granted_needs_consent_and_is_named(google: Scripted, said: Said) -> None:
    """With the content."""
    error = error_of(google, said, PEOPLE)

    assert isinstance(error, FatalError)
    assert error.cause is Cause.CONSENT
    assert "contacts and their groups" in str(error)


@pytest.mark.parametrize(("reason", "words"), [("domainPolicy", "administrator"), ("notACalendarUser", "no calendars")])
def test_what_an_account_has_not_stops_nothing_else(google: Scripted, reason: str, words: str) -> None:
    """No consent helps there: the report names it."""
    error = error_of(google, refusal(403, reason))

    assert isinstance(error, NoServiceError)
    assert words in str(error)


@pytest.mark.parametrize(("said", "kind"), [
    (refusal(404, "notFound"), GoneError), (refusal(410, "deleted"), GoneError),
    (refusal(403, "forbidden"), RefusedError), (refusal(400, "badRequest"), RefusedError),
])
def test_other_refusals_are_of_what_was_asked_for(google: Scripted, said: Said, kind: type[OmmError]) -> None:
    """They stop nothing else, and nothing of Google's text stands in them."""
    assert type(error_of(google, said)) is kind


# Answers that are none


@pytest.mark.parametrize("said", [
    Said(b"<html>Sign in to the network</html>"), Said(b'{"items": [{"id"'), Said(b"[]"), Said(b"null"), Said(b""),
    Said(b"[" * 100_000), told({"error": {"code": 500}}), Said(b'{"a": 1}', length=5000), Said(b"\xff\xfe{}"),
])
def test_what_is_no_answer_is_asked_again(google: Scripted, said: Said) -> None:
    """Nothing is taken for an empty answer that is not whole, and JSON, and an object."""
    google.says(said, told({"items": []}))
    assert google.asking().one(CALENDAR, "/x") == {"items": []}

    assert type(error_of(google, said)) is RetryableError


def test_an_answer_is_read_up_to_a_bound(google: Scripted) -> None:
    """A larger one is refused, and not held."""
    google.says(told({"a": "x" * 2000}))

    with pytest.raises(RefusedError, match="larger than OMM takes"):
        google.asking(largest=1000).one(CALENDAR, "/x")


def test_nobody_is_there(google: Scripted) -> None:
    """It is tried again, by the engine in the end."""
    asking = google.asking()
    asking._url = "http://127.0.0.1:1"

    with pytest.raises(RetryableError):
        asking.one(CALENDAR, "/x")


def test_a_stop_ends_the_waiting(google: Scripted) -> None:
    """At once, whatever Google's wait."""
    google.says(refusal(429, "rateLimitExceeded", Retry_After="50"))

    def stopping(_question: Question) -> Said:
        google.stop.set()
        return refusal(429, "rateLimitExceeded", Retry_After="50")
    google.script = stopping

    with pytest.raises(RetryableError):
        google.asking(waits=(50.0,)).one(CALENDAR, "/x")
    assert len(google.asked) == 1


# Pages


def test_all_pages_come_in_their_order(google: Scripted) -> None:
    """An empty page may have more behind it, and a page without the field is an empty one."""
    pages = pages_of({"items": [{"id": "a"}]}, {}, {"items": []}, {"items": [{"id": "b"}, {"id": "c"}]})
    google.script = lambda question: told(pages[token_of(question)])

    assert ids(google.asking().pages(CALENDAR, "/x", "items", maxResults=1)) == ["a", "b", "c"]
    assert all(question.query["maxResults"] == ["1"] for question in google.asked)


@pytest.mark.parametrize("said", [refusal(410, "fullSyncRequired"), refusal(400, "invalid"), refusal(410, "gone")])
def test_a_listing_begins_again_when_its_page_is_forgotten(google: Scripted, said: Said) -> None:
    """Without doubles; what has come meanwhile comes as well."""
    pages = pages_of({"items": [{"id": "a"}, {"id": "b"}]}, {"items": [{"id": "c"}]})
    forgotten = [said]

    def script(question: Question) -> Said:
        if token_of(question) and forgotten:
            pages[""]["items"] = [{"id": "new"}, {"id": "b"}]
            return forgotten.pop()
        return told(pages[token_of(question)])
    google.script = script

    assert ids(google.asking().pages(CALENDAR, "/x", "items")) == ["a", "b", "new", "c"]


def test_a_listing_does_not_begin_again_for_ever(google: Scripted) -> None:
    """The engine's patience is bounded, and so is ours."""
    google.script = lambda question: (
        refusal(410, "fullSyncRequired") if token_of(question) else told({"items": [], "nextPageToken": "1"})
    )

    with pytest.raises(RetryableError):
        list(google.asking().pages(CALENDAR, "/x", "items"))
    assert len(google.asked) == 10


def test_pages_that_go_in_a_circle_end(google: Scripted) -> None:
    """What is repeated is given once."""
    google.script = lambda _question: told({"items": [{"id": "a"}], "nextPageToken": "same"})
    entries = google.asking().pages(CALENDAR, "/x", "items")

    assert next(entries) == {"id": "a"}
    with pytest.raises(RetryableError):
        next(entries)


@pytest.mark.parametrize("items", [{"a": 1}, "text", [None], ["text"]])
def test_a_page_of_another_shape_is_no_end_of_a_listing(google: Scripted, items: object) -> None:
    """It is asked for again, and not taken for an empty one."""
    google.says(told({"items": items}))

    with pytest.raises(RetryableError):
        list(google.asking().pages(CALENDAR, "/x", "items"))


def test_a_busy_google_costs_no_page(google: Scripted) -> None:
    """The same page is asked for again, not the whole listing."""
    pages = pages_of({"items": [{"id": "a"}]}, {"items": [{"id": "b"}]})
    busy = [refusal(403, "userRateLimitExceeded")] * 3

    def script(question: Question) -> Said:
        return busy.pop() if token_of(question) and busy else told(pages[token_of(question)])
    google.script = script

    assert ids(google.asking().pages(CALENDAR, "/x", "items")) == ["a", "b"]
    assert [token_of(question) for question in google.asked] == ["", "1", "1", "1", "1"]


# Pictures


def test_a_picture_is_fetched_without_the_token(google: Scripted) -> None:
    """Whoever keeps it need not know it."""
    google.says(Said(b"picture"))

    assert google.asking().fetched(f"{google.url}/photo", largest=100) == b"picture"
    assert google.asked[0].token == ""


def test_a_picture_that_is_gone_or_too_large_or_elsewhere(google: Scripted) -> None:
    """It stops nothing: it is not there, or refused."""
    asking = google.asking()
    google.says(Said(b"", 404))
    assert asking.fetched(f"{google.url}/photo", largest=100) == b""

    google.says(Said(b"x" * 101))
    with pytest.raises(RefusedError):
        asking.fetched(f"{google.url}/photo", largest=100)

    google.says(Said(b"", 302, {"Location": "http://169.254.169.254/"}))
    with pytest.raises(RefusedError):
        asking.fetched(f"{google.url}/photo", largest=100)
    for url in (
        "http://169.254.169.254/", "file:///etc/passwd", "https://evil.example/a", "https://user@lh3.google.com/a",
        "http://lh3.googleusercontent.com/a", "https://notgoogleusercontent.com/a", "https://[", "https://google.com:22/",
    ):
        with pytest.raises(RefusedError, match="outside"):
            asking.fetched(url, largest=100)
    assert len(google.asked) == 3
