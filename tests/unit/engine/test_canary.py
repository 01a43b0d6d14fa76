"""The canary: whatever a server changes of it is named."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine.messages.canary import SUBJECT, Seen, canary, differences, write_large
from engine.messages.dates import TRIAL

NOW = datetime(2026, 11, 22, tzinfo=UTC)
TAG = "7K2F9QXD:_doctor_:" + "0" * 32
AS_WRITTEN = Seen(SUBJECT, TRIAL, NOW, draft=False, read=True, flagged=True, tag=TAG, mime=canary(NOW))


def test_nothing_is_said_of_a_message_that_is_as_it_was_written() -> None:
    """Also when its lines are broken elsewhere, and whenever it was created."""
    rewritten = replace(AS_WRITTEN, mime=AS_WRITTEN.mime.replace(b"\r\n", b"\n"), created=None)

    assert list(differences(AS_WRITTEN, TAG)) == []
    assert list(differences(rewritten, TAG)) == []


@pytest.mark.parametrize(("name", "value"), [
    ("subject", "OMM check"), ("received", NOW), ("received", TRIAL + timedelta(seconds=1)), ("received", None),
    ("draft", True), ("read", False), ("flagged", False), ("tag", ""),
])
def test_a_mark_that_changed_is_named_with_both_values(name: str, value: Any) -> None:
    """What was written, and what became of it."""
    (said,) = differences(replace(AS_WRITTEN, **{name: value}), TAG)

    assert said.startswith(name)
    assert said.endswith(str(value))


@pytest.mark.parametrize(("was", "is_now", "what"), [
    (b"filename=\"bytes.bin\"", b"filename=\"other.bin\"", "attachment"),
    (b"AAECAwQF", b"AAECAwQG", "attachment"),
    (b"Nothing is to be done", b"Something is to be done", "text"),
    (b"charset=\"utf-8\"", b"charset=\"nonsense\"", "text"),
])
def test_a_content_that_changed_is_named(was: bytes, is_now: bytes, what: str) -> None:
    """A text or an attachment that is another, or cannot be read."""
    changed = _with_plain_text(AS_WRITTEN.mime).replace(was, is_now)

    assert any(what in said for said in differences(replace(AS_WRITTEN, mime=changed), TAG))


def _with_plain_text(mime: bytes) -> bytes:
    """The message with its text in 8 bits instead of base64, so that a test can change it."""
    import email

    message = email.message_from_bytes(mime)
    part = next(part for part in message.walk() if part.get_content_type() == "text/plain")
    words = part.get_payload(decode=True)
    assert isinstance(words, bytes)
    del part["Content-Transfer-Encoding"]
    part["Content-Transfer-Encoding"] = "8bit"
    part.set_payload(words.decode("ascii", "surrogateescape"))
    return message.as_bytes()


def test_no_message_at_all_is_two_differences() -> None:
    """An answer without content names its text and its attachment."""
    assert len(list(differences(replace(AS_WRITTEN, mime=b""), TAG))) == 2


def test_a_large_message_has_nearly_the_size_that_was_asked_for() -> None:
    """It is at its start, and its size is said."""
    file = io.BytesIO()

    size = write_large(file, 1_000_000, NOW)

    assert size == len(file.getvalue())
    assert 0 <= 1_000_000 - size < 100
    assert file.tell() == 0
