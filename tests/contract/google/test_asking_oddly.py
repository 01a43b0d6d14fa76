"""Answers that are odd as no document says: large, slow, cut, of a proxy, with addresses that are none."""

from __future__ import annotations

import socket
import threading
import traceback
from collections.abc import Iterator
from contextlib import suppress

import pytest

from engine.connectors.google.calendars.events import every_event
from engine.connectors.google.contacts.photo import LOST, Photos
from engine.connectors.google.rest.interfaces import Interface
from engine.errors import RetryableError
from engine.store.vault import Secret
from tests.servers.google.scripted import Question, Said, Scripted, refusal, scripted_google, told

CALENDAR = Interface.CALENDAR
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 60000\r\n\r\n{"


@pytest.fixture
def google() -> Iterator[Scripted]:
    with scripted_google() as running:
        yield running


def test_a_wait_of_very_many_digits_is_a_long_one(google: Scripted) -> None:
    """RFC 9110 10.2.3 bounds no number of digits."""
    google.says(refusal(429, "rateLimitExceeded", Retry_After="9" * 400))

    with pytest.raises(RetryableError) as raised:
        google.asking().one(CALENDAR, "/x")
    assert raised.value.back_off is not None
    assert raised.value.back_off >= 1_000_000


@pytest.mark.parametrize("url", [
    "https://.googleusercontent.com/a?key=SECRET", "https://*.googleusercontent.com/a?key=SECRET",
    "https://\u2029.googleusercontent.com/a?key=SECRET", "https://lh3.googleusercontent.com/a\ud800?key=SECRET",
    "https://lh3.googleusercontent.com/\r\nX: y?key=SECRET", "https://a..googleusercontent.com/a?key=SECRET",
    f"https://{'a' * 70}.googleusercontent.com/a?key=SECRET",
])
def test_an_address_of_a_photo_that_is_none_costs_its_contact_nothing_else(google: Scripted, url: str) -> None:
    """The report says that the photo could not be had; nothing is raised that could hold the address."""
    person = {"resourceName": "people/1", "photos": [{"url": url, "metadata": {"source": {"type": "CONTACT"}}}]}

    assert Photos().of(person, google.asking(waits=())) == LOST


def test_photos_that_cannot_be_had_are_soon_asked_for_once(google: Scripted) -> None:
    """Where nothing leads to the photos' own server, each costs one question from the seventh on."""
    google.script = lambda _question: Said(b"busy", 503)
    photos, asking = Photos(), google.asking(waits=(0.0, 0.0))
    counts = []
    for number in range(9):
        url = f"{google.url}/photo/{number}"
        own = {"source": {"type": "CONTACT"}}
        person = {"resourceName": f"people/{number}", "photos": [{"url": url, "metadata": own}]}
        before = len(google.asked)
        with suppress(RetryableError):      # it may be had later
            photos.of(person, asking)
        counts.append(len(google.asked) - before)

    assert counts == [3] * 6 + [1] * 3


def test_a_stop_is_heard_while_an_answer_trickles(google: Scripted) -> None:
    """Each byte that comes is a moment to stop; the answer is never whole here."""
    over = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listening:
        def serve() -> None:
            taken, _ = listening.accept()
            with taken:
                taken.recv(65536)
                taken.sendall(HEAD)
                google.stop.set()
                taken.sendall(b" ")
                over.wait()

        running = threading.Thread(target=serve)
        running.start()
        try:
            asking = google.asking(waits=(), url=f"http://127.0.0.1:{listening.getsockname()[1]}")
            with pytest.raises(RetryableError):
                asking.one(CALENDAR, "/x")
        finally:
            over.set()
            running.join()


def test_a_page_that_is_too_large_is_asked_for_in_smaller_ones(google: Scripted) -> None:
    """2,500 meetings of many people with long descriptions are more than one answer may hold; here, of a thousandth."""
    events = [{"id": f"e{number}", "description": "x" * 60} for number in range(2500)]

    def script(question: Question) -> Said:
        first, most = int(question.query.get("pageToken", ["0"])[0]), int(question.query.get("maxResults", ["250"])[0])
        page: dict[str, object] = {"items": events[first : first + most]}
        return told(page | ({"nextPageToken": str(first + most)} if first + most < len(events) else {}))

    google.script = script
    asking = google.asking(largest=64 * 1024)
    assert [one["id"] for one in every_event(asking, "me")] == [one["id"] for one in events]


def test_a_token_of_another_kind_is_no_end_of_a_listing(google: Scripted) -> None:
    """Nothing is taken for the last page that names a next one."""
    google.script = lambda _question: told({"items": [{"id": "a"}], "nextPageToken": 17})

    with pytest.raises(RetryableError):
        list(google.asking(waits=()).pages(CALENDAR, "/x", "items"))


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_page_of_a_proxy_says_nothing_of_what_google_has(google: Scripted, status: int) -> None:
    """Google says it in JSON; so it is asked again."""
    google.says(Said(b"<html>no such page</html>", status), told({"ok": 1}))

    assert google.asking().one(CALENDAR, "/x") == {"ok": 1}


class Odd:
    """A credential whose token no header can hold."""

    def __init__(self, token: str) -> None:
        self.token = token

    def secret(self, *, refused: Secret | None = None) -> Secret:
        return Secret(f"Bearer {self.token}")


@pytest.mark.parametrize("token", ["ya29.SECRET\n", "ya29.SECRET\r\nX: y", "ya29.SECRET\u0142"])
def test_a_token_that_no_header_can_hold_is_shown_nowhere(google: Scripted, token: str) -> None:
    """A library would put it into the text of its exception."""
    with pytest.raises(RetryableError) as caught:
        google.asking(Odd(token), waits=()).one(CALENDAR, "/x")

    assert "SECRET" not in "".join(traceback.format_exception(caught.value))
    assert google.asked == []
