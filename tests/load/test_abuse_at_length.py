"""All of the tables of abuse of which `make test` tries each row in one of two places."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.ids import Block
from tests.contract.slack.test_abuse_hosts import enemy as opener
from tests.contract.slack.test_abuse_hosts import reaches_none_of
from tests.contract.slack.test_abuse_tampered import GARBAGE, refused_otherwise
from tests.servers.private_hosts import SPELLED
from tests.servers.slack.abuses import abused, given
from tests.servers.slack.hostile import Hostile
from tests.servers.slack.workspace import ADMIN, OWNER

__all__ = ["opener"]        # a fixture


@pytest.fixture(scope="module")
def sender(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    with abused(tmp_path_factory.mktemp("tampered")) as enemy:
        assert given(enemy.world).waiting
        yield enemy


@pytest.mark.parametrize("where", [Block.SOURCE_SERVER, Block.DESTINATION_SERVER])
def test_the_form_reaches_no_private_host_in_any_spelling(opener: Hostile, where: Block) -> None:
    """The person reads why, the audit has it, no task begins, and nobody is connected to."""
    reaches_none_of(opener, where, SPELLED)


@pytest.mark.parametrize("name", GARBAGE)
@pytest.mark.parametrize("user", [OWNER, ADMIN])
def test_garbage_is_refused_in_words(sender: Hostile, user: str, name: str) -> None:
    """Whatever stands in the value of a button or behind a window, whoever may use it reads that there is no such."""
    assert refused_otherwise(sender, user, name) == {}
