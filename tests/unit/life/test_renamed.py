"""A destination account that was renamed: its new login is used only while it opens the same mailbox."""

from __future__ import annotations

from dataclasses import replace

from engine.errors import Side
from engine.migration import State
from tests.unit.life.world import NOW, Life


def test_nothing_is_copied_into_another_mailbox_by_a_new_login(life: Life) -> None:
    """Given for a rollback and not tried yet, it opens somebody else's mailbox: a resume stops before its first step."""
    task = life.put(State.WAITING, started=NOW, new_login="other")
    life.engine.store.save(replace(life.record(task), mailbox="the mailbox of the first visit"))

    record = life.run(task)

    assert record.state is State.NEEDS_ATTENTION
    assert record.attention is not None
    assert "opens another mailbox" in record.attention.words
    assert (record.mailbox, record.new_login, life.ran) == ("the mailbox of the first visit", "", [])
    assert not life.engine.vault.has(task, Side.DESTINATION)
