"""What an answer lacks is not gone, and a telephone is no address of mail."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from engine.migration.request import Choice
from tests.contract.exchange.test_colours_moved import COLOURS, Desk, _opened
from tests.contract.exchange.test_rules_moved import Rules, alter, counts
from tests.servers.exchange_pair import pair_of
from tests.servers.exchange_rules import RuleBox, people


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Desk]:
    yield from _opened(tmp_path, "2019", COLOURS)


def test_a_rule_that_alerts_a_telephone_comes(tmp_path: Path) -> None:
    """The address of a telephone is of the type MOBILE (RuleActions of the EWS Managed API), and no address of mail."""
    with pair_of(tmp_path, "2019", contents=contents(CONTENTS[Content.MAIL], CONTENTS[Content.INBOX_RULES])) as pair:
        rules = Rules(pair, RuleBox(pair.old), RuleBox(pair.new))
        rules.old.add("SMS", people("SendSMSAlertToRecipients", "carol@example.net"))
        alter(rules, "SMS", "carol@example.net</t:EmailAddress><t:RoutingType>SMTP",
              "+491711234567</t:EmailAddress><t:RoutingType>MOBILE")

        done = rules.migrate(Choice.FORWARDING)

        assert counts(done).copied == 1, rules.lines(done)
