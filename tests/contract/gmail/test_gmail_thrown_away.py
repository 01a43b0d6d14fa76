"""What an owner throws away while Gmail shows the newest messages of a folder alone."""

from __future__ import annotations

from collections import Counter

from tests.contract.gmail.owner import message
from tests.servers.gmail import System


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
