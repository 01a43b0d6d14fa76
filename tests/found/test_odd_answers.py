"""What an answer lacks is not gone, and a telephone is no address of mail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from engine.migration.request import Choice
from tests.contract.exchange.conftest import account
from tests.contract.exchange.test_colours_moved import COLOURS, NEW, OLD, Desk, _opened
from tests.contract.exchange.test_rules_moved import Rules, alter, counts
from tests.servers.altering import altering
from tests.servers.exchange_pair import pair_of
from tests.servers.exchange_rules import RuleBox, people
from tests.servers.world import ADDRESS


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Desk]:
    yield from _opened(tmp_path, "2019", COLOURS)


@pytest.mark.parametrize("silent", [1, 2, 3])
def test_a_list_that_an_answer_lacks_is_not_written_over(alone: Desk, silent: int) -> None:
    """NoError, and no XmlData: the owner's own categories stay."""
    alone.keeps(alone.pair.old, OLD)
    alone.keeps(alone.pair.new, NEW)
    seen = [0]

    def alteration(body: bytes) -> bytes:
        if b"GetUserConfiguration" in body and b"CategoryList" in body:
            seen[0] += 1
            if seen[0] == silent:
                return body.replace(b">XmlData<", b">Dictionary<")
        return body

    at = alone.pair.at
    with altering(urlsplit(at.emulator.url).port or 0, alteration) as port:
        url = f"http://127.0.0.1:{port}{urlsplit(at.emulator.url).path}"
        at.run(at.begin_with(replace(at.request(), destination=account(url, ADDRESS))).task_id)

    assert "Mine" in alone.has(alone.pair.new)


def test_a_rule_that_alerts_a_telephone_comes(tmp_path: Path) -> None:
    """The address of a telephone is of the type MOBILE (RuleActions of the EWS Managed API), and no address of mail."""
    with pair_of(tmp_path, "2019", contents=contents(CONTENTS[Content.MAIL], CONTENTS[Content.INBOX_RULES])) as pair:
        rules = Rules(pair, RuleBox(pair.old), RuleBox(pair.new))
        rules.old.add("SMS", people("SendSMSAlertToRecipients", "carol@example.net"))
        alter(rules, "SMS", "carol@example.net</t:EmailAddress><t:RoutingType>SMTP",
              "+491711234567</t:EmailAddress><t:RoutingType>MOBILE")

        done = rules.migrate(Choice.FORWARDING)

        assert counts(done).copied == 1, rules.lines(done)
