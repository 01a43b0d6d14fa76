"""A destination account that was renamed: its new login is used only while it opens the same mailbox."""

from __future__ import annotations

from dataclasses import replace

from engine.errors import Side
from engine.migration.record import State
from tests.unit.life.world import NOW, Life


def test_nothing_is_copied_into_another_mailbox_by_a_new_login(at: Life) -> None:
    """Given for a rollback and not tried yet, it opens somebody else's mailbox: a resume stops at once."""
    task = at.put(State.WAITING, started=NOW, new_login="other")
    at.engine.store.save(replace(at.record(task), mailbox="the mailbox of the first visit"))

    record = at.run(task)

    assert record.state is State.NEEDS_ATTENTION
    assert record.attention is not None
    assert "opens another mailbox" in record.attention.words
    assert (record.mailbox, record.new_login, at.ran) == ("the mailbox of the first visit", "", [])
    assert not at.engine.vault.has(task, Side.DESTINATION)
