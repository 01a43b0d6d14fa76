"""A notifier is killed between any two of its steps, where a card was deleted and has to be posted anew."""

from __future__ import annotations

from tests.recovery.notices.test_killed_notifier import killed_at_each, sink, with_a_deleted_card
from tests.servers.smtp_sink import SmtpSink

__all__ = ["sink"]      # a fixture


def test_killed_between_any_two_steps_nothing_is_lost(sink: SmtpSink) -> None:
    """All arrives, in order, and at most one message comes twice."""
    killed_at_each(sink, with_a_deleted_card, in_channel=True)
