"""One thread for all time-outs: each is told once, in time, and never when it is no longer wanted."""

from __future__ import annotations

import threading

import pytest

from engine.connectors.exchange import watch
from engine.connectors.exchange.watch import Watch

LONG = 3600.0


def test_what_takes_too_long_is_cut() -> None:
    """Also where another one, which has longer, was there first."""
    kept, cut = threading.Event(), threading.Event()

    both = Watch()
    with both.after(LONG, kept.set), both.after(0.01, cut.set):
        assert cut.wait(60)

    assert not kept.is_set()


def test_what_has_ended_is_not_cut() -> None:
    """However soon its time would have been over: another one that is due after it was cut, and it was not."""
    ended, later = threading.Event(), threading.Event()

    both = Watch()
    with both.after(0.05, ended.set):
        pass
    with both.after(0.1, later.set):
        assert later.wait(60)

    assert not ended.is_set()


def test_one_that_fails_harms_no_other() -> None:
    """What is cut may have gone in many ways."""
    cut = threading.Event()

    def fails() -> None:
        raise RuntimeError

    both = Watch()
    with both.after(0.01, fails), both.after(0.02, cut.set):
        assert cut.wait(60)


def test_a_thread_that_nobody_needs_ends_and_another_one_begins(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is left of it in a process that has other things to do."""
    monkeypatch.setattr(watch, "IDLE", 0.01)
    first, second = threading.Event(), threading.Event()
    both = Watch()
    with both.after(0.01, first.set):
        assert first.wait(60)
    thread = both._thread
    if thread is not None:
        thread.join(60)
    assert both._thread is None

    with both.after(0.01, second.set):
        assert second.wait(60)
