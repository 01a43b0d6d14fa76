"""What strangers read about Exchange as a source."""

from __future__ import annotations

from tests.recovery.engine.test_exchange_to_exchange import Both, both, lines  # noqa: F401 - both is a fixture


def test_the_report_says_of_mail_without_message_id_that_it_came_again(both: Both) -> None:  # noqa: F811
    """The same mail by another way: whoever finds a letter twice reads why."""
    both.at.migrate("imap")
    done = both.at.migrate("old")

    assert both.at.counts(done).copied == 1
    assert [reason for reason in lines(both, done.task_id) if "Message-ID" in reason or "again" in reason]
