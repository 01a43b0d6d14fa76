"""Answers of Google's interfaces: read up to a bound, and taken for answers only when they are whole."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests
from urllib3.exceptions import HTTPError

from engine import threads
from engine.connectors.google.rest.web import back_off
from engine.connectors.network.attempts import stopped
from engine.errors import Cause, RefusedError, RetryableError

LARGEST = 64 * 1024 * 1024      # bytes of an answer; the largest page is 2,500 events (calendar.v3, events.list)
ANSWER_TIME = 120.0             # seconds for all of it
PIECE = 64 * 1024               # bytes
UNREADABLE = "Google's answer cannot be read."


class TooLargeError(RefusedError):
    """An answer is larger than OMM takes."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, and the JSON that came with it; `told` is None where there is none. `back_off` is in seconds."""

    status: int
    told: Any
    back_off: float | None = None


def body_of(response: requests.Response, stop: threading.Event, largest: int = LARGEST) -> Answer:
    """The answer. Raises RetryableError where it is cut short or slow, RefusedError where it is too large."""
    body = whole(response, largest, ANSWER_TIME, stop)
    if len(body) > largest:
        raise TooLargeError("Google's answer is larger than OMM takes.")
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    return Answer(response.status_code, told, back_off(response))


def parsed(answer: Answer) -> Mapping[str, Any]:
    """The object that it is. Raises RetryableError for anything else: a proxy's page, or half an answer."""
    if not isinstance(answer.told, dict) or "error" in answer.told:
        raise RetryableError(UNREADABLE, cause=Cause.UNREACHABLE)
    return answer.told


def pieces_of(response: requests.Response, stop: threading.Event) -> Iterator[bytes]:
    """The body as it comes, however slowly. Raises RetryableError when it is cut short, or a stop is asked for."""
    while piece := _piece(response):
        if stop.is_set():
            raise stopped()
        yield piece


def _piece(response: requests.Response) -> bytes:
    """What has come by now, at most PIECE bytes of it; b"" at the end. Raises RetryableError."""
    try:
        return bytes(response.raw.read1(PIECE, decode_content=True))
    except (HTTPError, OSError):        # it holds the request, and so the token
        pass
    raise RetryableError(UNREADABLE, cause=Cause.UNREACHABLE)


def whole(response: requests.Response, largest: int, seconds: float, stop: threading.Event) -> bytes:
    """The body, or more than `largest` bytes of it. Raises RetryableError after `seconds`, or when it is cut short."""
    ends, body = threads.monotonic() + seconds, bytearray()
    for piece in pieces_of(response, stop):
        body += piece
        if threads.monotonic() > ends:
            raise RetryableError("Google's answer takes too long.", cause=Cause.TIMEOUT)
        if len(body) > largest:
            break
    return bytes(body)
