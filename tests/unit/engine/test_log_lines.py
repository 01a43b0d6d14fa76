"""Log lines are for people or for programs, tell decisions with their facts, and hold no secret."""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

import wiring
from engine.decisions import LOGGER, decided
from engine.errors import InputError
from engine.log_lines import JsonLines, LogFormat, PlainLines
from engine.store.masks import HIDDEN, Masks


@pytest.fixture
def masks() -> Masks:
    """Masks that know a secret, which would end a JSON string and begin another member."""
    masks = Masks()
    masks.hide(SECRET)
    return masks


SECRET = 'hunter2", "level": "DEBUG'


def record(message: str, *arguments: object, name: str = "engine.test", **more: Any) -> logging.LogRecord:
    """A log record."""
    made = logging.LogRecord(name, logging.WARNING, __file__, 1, message, arguments, more.pop("exc_info", None))
    made.__dict__.update(more)
    return made


def test_a_json_line_is_one_object_with_its_time_in_utc(masks: Masks) -> None:
    """Programs read the level and the logger without parsing words."""
    line = JsonLines(masks).format(record("the pool is\nfull: %d", 3))

    found = json.loads(line)
    assert "\n" not in line
    assert (found["level"], found["logger"], found["message"]) == ("WARNING", "engine.test", "the pool is\nfull: 3")
    assert found["time"].endswith("+00:00")


def test_a_secret_is_masked_and_the_object_stays_whole(masks: Masks) -> None:
    """A secret that looks like JSON cannot break the object that hides it."""
    told = record("sent %s", SECRET, event="lost answer", task="7K2F-9QXD", facts={"a": SECRET})

    line = JsonLines(masks).format(told)

    found = json.loads(line)
    assert (found["message"], found["facts"], found["level"]) == (f"sent {HIDDEN}", {"a": HIDDEN}, "WARNING")


def test_a_traceback_is_a_member_and_masked(masks: Masks) -> None:
    """An exception may carry what it choked on."""
    try:
        int(SECRET)
    except ValueError:
        broken = record("something went wrong", exc_info=sys.exc_info())

    found = json.loads(JsonLines(masks).format(broken))
    assert "Traceback" in found["traceback"]
    assert "hunter2" not in found["traceback"]


def test_half_characters_do_not_cost_the_line(masks: Masks) -> None:
    """What a server sent may hold halves of characters, which no stream takes."""
    line = JsonLines(masks).format(record("a folder \udce4"))

    assert line.encode("ascii")


def test_a_decision_has_its_task_and_its_facts(caplog: pytest.LogCaptureFixture, masks: Masks) -> None:
    """In JSON they are members of their own, in a plain line they can be read."""
    with caplog.at_level(logging.INFO, logger=LOGGER):
        decided("lost answer", task="7K2F-9QXD", side="destination", count=3)

    (told,) = caplog.records
    found = json.loads(JsonLines(masks).format(told))
    assert (found["logger"], found["event"], found["task"]) == ("omm.decisions", "lost answer", "7K2F-9QXD")
    assert found["facts"] == {"side": "destination", "count": 3}
    assert PlainLines(masks).format(told).endswith(
        "INFO omm.decisions: lost answer: task=7K2F-9QXD side=destination count=3"
    )


@contextmanager
def logging_as_json() -> Iterator[None]:
    """Everything is logged as JSON meanwhile; the tests' own logging is put back."""
    root = logging.getLogger()
    before = root.handlers[:], root.level
    wiring.log_to_stderr("INFO", log_format=LogFormat.JSON)
    try:
        yield
    finally:
        logging.captureWarnings(False)
        root.handlers[:] = before[0]
        root.setLevel(before[1])
        for name in wiring.OURS:
            logging.getLogger(name).setLevel(logging.NOTSET)


def test_every_logger_writes_json(capsys: pytest.CaptureFixture[str]) -> None:
    """Ours, those of libraries, and the decisions: each line is an object."""
    with logging_as_json():
        decided("paused", task="7K2F-9QXD")
        logging.getLogger("redis").warning("the pool is full")
        logging.getLogger("bot.work.keeper").info("looked")

    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [line["logger"] for line in lines] == ["omm.decisions", "redis", "bot.work.keeper"]


def test_the_format_is_a_setting(tmp_path: Path) -> None:
    """Plain unless somebody asks for JSON; anything else is refused by the setting's name."""
    home = {"HOME": str(tmp_path)}

    chosen = [wiring.settings({**home, **more}).log_format for more in ({}, {"OMM_LOG_FORMAT": "JSON"})]

    assert chosen == [LogFormat.PLAIN, LogFormat.JSON]
    with pytest.raises(InputError, match="OMM_LOG_FORMAT is one of plain, json"):
        wiring.settings({**home, "OMM_LOG_FORMAT": "xml"})
