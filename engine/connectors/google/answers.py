"""Answers of Google's interfaces: read up to a bound, and taken for answers only when they are whole."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import requests

from engine import threads
from engine.connectors.google.web import back_off
from engine.connectors.network.attempts import stopped
from engine.errors import Cause, RefusedError, RetryableError

LARGEST = 64 * 1024 * 1024      # bytes of an answer; the largest page is 2,500 events (calendar.v3, events.list)
ANSWER_TIME = 120.0             # seconds for all of it
PIECE = 64 * 1024               # bytes
UNREADABLE = "Google's answer cannot be read."


@dataclass(frozen=True, slots=True)
class Answer:
    """A status, and the JSON that came with it; `told` is None where there is none. `back_off` is in seconds."""

    status: int
    told: Any
    back_off: float | None = None


def body_of(response: requests.Response, stop: threading.Event) -> Answer:
    """The answer. Raises RetryableError where it is cut short or slow, RefusedError where it is too large."""
    body = whole(response, LARGEST, ANSWER_TIME, stop)
    if len(body) > LARGEST:
        raise RefusedError("Google's answer is larger than OMM takes.")
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
    """The body as it comes. Raises RetryableError when it is cut short, or a stop is asked for."""
    lost: RetryableError | None = None
    try:
        for piece in response.iter_content(PIECE):
            if stop.is_set():
                lost = stopped()
                break
            yield piece
    except requests.RequestException:       # it holds the request, and so the token
        lost = RetryableError(UNREADABLE, cause=Cause.UNREACHABLE)
    if lost is not None:
        raise lost


def whole(response: requests.Response, largest: int, seconds: float, stop: threading.Event) -> bytes:
    """The body, or more than `largest` bytes of it. Raises RetryableError after `seconds`, or when it is cut short."""
    ends, body = threads.monotonic() + seconds, bytearray()
    lost: RetryableError | None = None
    try:
        for piece in response.iter_content(PIECE):
            body += piece
            if stop.is_set():
                lost = stopped()
            elif threads.monotonic() > ends:
                lost = RetryableError("Google's answer takes too long.", cause=Cause.TIMEOUT)
            if lost is not None or len(body) > largest:
                break
    except requests.RequestException:       # it holds the request, and so the token
        lost = RetryableError(UNREADABLE, cause=Cause.UNREACHABLE)
    if lost is not None:
        raise lost
    return bytes(body)
