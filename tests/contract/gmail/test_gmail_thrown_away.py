"""What an owner throws away while Gmail shows the newest messages of a folder alone."""

from __future__ import annotations

from collections import Counter

from tests.contract.gmail.owner import message
from tests.servers.gmail.account import System


def test_what_is_thrown_away_while_all_mail_is_limited_does_not_come_twice(moving) -> None:
    """All Mail shows its newest 1,000; ten that were copied are in the bin now: their copies are there already."""
    owner, there = moving
    owner.has([message(number, [System.INBOX]) for number in range(1, 1051)])
    owner.sets(folder_limit=1000)
    real = there.connectors.source

    def opened(account, password, halt):
        source = real(account, password, halt)
        source.asking(total=lambda: 1050)
        return source

    there.connectors.source = opened
    there.migrate()
    for number in range(1000, 1010):
        owner.mailbox.trash(number)

    there.migrate()

    subjects = Counter(each.subject for each in there.messages())
    assert {subject: count for subject, count in subjects.items() if count > 1} == {}


def test_what_is_thrown_away_while_all_mail_is_hidden_does_not_come_twice(moving) -> None:
    """As where it is limited: Gmail counts one message more than its labels show."""
    owner, there = moving
    owner.has([message(number, ["Work"]) for number in range(1, 6)])
    owner.has([message(6)])
    owner.sets(hidden=frozenset({System.ALL}))
    real = there.connectors.source

    def opened(account, password, halt):
        source = real(account, password, halt)
        source.asking(total=lambda: 6)
        return source

    there.connectors.source = opened
    there.migrate()
    owner.mailbox.trash(1)

    there.migrate()

    assert Counter(each.subject for each in there.messages()) == {f"number {number}": 1 for number in range(1, 6)}
