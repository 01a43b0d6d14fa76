"""Thirty people move their mailboxes at the same moment; how soon is measured by `bench.promises`."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from tests.servers.mail_servers.dovecot import MISSING, installed
from tests.servers.slack.thirty import MANY, MESSAGES, Moved, thirty_at_once

pytestmark = pytest.mark.skipif(not installed(), reason=MISSING)


@pytest.fixture(scope="module")
def moved(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Moved]:
    with thirty_at_once(tmp_path_factory.mktemp("thirty")) as found:
        yield found


def test_everybody_is_answered(moved: Moved) -> None:
    """Thirty commands and thirty forms, each answered."""
    acks = [ack for ack in moved.house.slack.control.acks if ack.kind in ("command", "view_submission")]

    assert Counter(ack.kind for ack in acks) == {"command": MANY, "view_submission": MANY}
    assert {ack.outcome for ack in acks} == {"ok"}


def test_slack_never_has_to_refuse(moved: Moved) -> None:
    """Every call was within Slack's exact limits, and such as Slack takes it."""
    calls = moved.house.slack.control.requests

    assert [(call.method, call.error) for call in calls if not call.ok] == []


def test_everybody_is_told_everything_once(moved: Moved) -> None:
    """One card that says completed, three milestones in its thread, in order, and one message of their own."""
    for each in moved.moves:
        assert each.card == f"Migration {each.task_id}: Completed. Mail 100%: {MESSAGES} of {MESSAGES} messages copied."
        assert each.told == [
            f"Migration {each.task_id} has started.",
            f"Mail: {MESSAGES} of {MESSAGES} messages copied.",
            f"Migration {each.task_id} is completed.",
        ]
        assert each.letters == [f"Migration {each.task_id} is completed."]


def test_every_mailbox_is_whole(moved: Moved) -> None:
    """Each holds its own person's messages, every one once, and nobody else's."""
    for each in moved.movers:
        found = moved.house.at.emulator.messages(each.address)

        assert Counter((one.folder, one.mime) for one in found) == each.arrived()
