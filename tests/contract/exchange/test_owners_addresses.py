"""Logins that are no address of mail: DOMAIN\\user, and user principal names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.network.pinning import Network
from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from engine.migration.request import Choice
from tests.contract.exchange.conftest import account
from tests.contract.exchange.test_rules_moved import Rules
from tests.servers.exchange.pair import OLD, pair_of
from tests.servers.exchange.rules import DELETE, RuleBox, people
from tests.servers.world import ADDRESS, PASSWORD


@pytest.fixture
def rules(tmp_path: Path) -> Iterator[Rules]:
    with pair_of(tmp_path, "2019", contents=contents(CONTENTS[Content.MAIL], CONTENTS[Content.INBOX_RULES])) as made:
        yield Rules(made, RuleBox(made.old), RuleBox(made.new))


@pytest.mark.parametrize("login", ["NEW\\claire", "claire@corp.local"])
def test_the_owner_is_known_by_the_new_address_whatever_the_new_login_is(rules: Rules, login: str) -> None:
    rules.pair.at.emulator.add_mailbox(ADDRESS, password=PASSWORD, user=login)
    rules.old.add("To me", DELETE, people("SentToAddresses", OLD))

    migrate(rules, old=OLD, new=login)

    assert addresses(rules) == [ADDRESS]


@pytest.mark.parametrize("login", ["OLD\\old", "old@corp.local"])
def test_the_owner_is_known_by_the_new_address_whatever_the_old_login_is(rules: Rules, login: str) -> None:
    rules.pair.left.add_mailbox(OLD, password=PASSWORD, user=login)
    rules.old.add("To me", DELETE, people("SentToAddresses", OLD))

    migrate(rules, old=login, new=ADDRESS)

    assert addresses(rules) == [ADDRESS]


@pytest.mark.parametrize("login", ["NEW\\claire", "claire@corp.local"])
def test_a_rule_that_forwards_to_the_new_mailbox_stays_whatever_its_login_is(rules: Rules, login: str) -> None:
    rules.pair.at.emulator.add_mailbox(ADDRESS, password=PASSWORD, user=login)
    rules.old.add("All to the new one", people("ForwardToRecipients", ADDRESS))

    migrate(rules, Choice.FORWARDING, old=OLD, new=login)

    assert rules.new.told() == []


def migrate(rules: Rules, *choices: Choice, old: str, new: str) -> None:
    at, left = rules.pair.at, account(rules.pair.left.url, old)
    at.connectors.sources[old] = ExchangeSource(left, PASSWORD, Network(trusts_person=True), waits=(0.0,))  # type: ignore[assignment]
    wanted = replace(at.request(), source=left, destination=account(at.emulator.url, new), choices=choices)
    done = at.run(at.begin_with(wanted).task_id)
    assert done.state.value == "completed", done.attention


def addresses(rules: Rules) -> list[str]:
    return [found for one in rules.new.told()
            for found in re.findall("<t:EmailAddress[^>]*>([^<]*)<", one.parts["Conditions"])]
