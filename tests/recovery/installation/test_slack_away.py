"""Slack is down for a whole run, in every way in which it can be: the mail moves, and the news arrives later."""

from __future__ import annotations

from collections import Counter
from typing import Any

from emulators.exchange import Fault as ExchangeFault
from emulators.slack import Fault
from tests.recovery.installation.conftest import OWNER, begin, completed, told
from tests.servers.house import House, contents
from tests.servers.slack.person import until

WAYS = (
    Fault(method="chat.postMessage", nth=1, action="status", status=500),
    Fault(method="chat.postMessage", nth=2, action="ratelimited"),
    Fault(method="chat.postMessage", action="error", error="token_revoked"),        # and so it stays
)


def test_slack_is_down_for_the_whole_run(here: House, undisturbed: Counter[tuple[Any, ...]]) -> None:
    """It fails, it limits, it refuses our token, it is gone; then it is back, and everything is told in order."""
    exchange, slack = here.at.emulator, here.slack.control
    exchange.add_fault(ExchangeFault(nth=1, action="hold", name="check"))
    exchange.add_fault(ExchangeFault(operation="CreateItem", nth=5, action="hold", name="rest"))
    (move,) = begin(here, OWNER)
    assert exchange.wait_held("check", 90)
    for fault in WAYS:
        slack.add_fault(fault)
    exchange.release("check")
    refused = until(lambda: found if len(found := failures(here)) >= len(WAYS) else None)
    listed = slack.slash(move.person.key, move.person.channel, "list")
    posted = move.cards
    before = unanswered(here)
    here.program("slack").process.kill()
    until(lambda: unanswered(here) > before)
    assert exchange.wait_held("rest", 90)
    exchange.release("rest")
    completed(here, [move])
    arrived = contents(here.at, move.address)
    here.open("slack")
    until(move.is_told)

    assert refused[: len(WAYS)] == ["status", "ratelimited", "token_revoked"]
    assert listed.outcome == "ok"
    assert posted == []
    assert arrived == undisturbed
    assert move.told == told(move)
    assert move.letters == told(move)[-1:]


def failures(here: House) -> list[str]:
    """How Slack has refused our posts, in order."""
    return [call.error for call in here.slack.control.requests if call.method == "chat.postMessage" and not call.ok]


def unanswered(here: House) -> int:
    """How often the notifier has called a Slack that was not there."""
    return here.program("notifier").log.read_text().count("Slack does not answer")
