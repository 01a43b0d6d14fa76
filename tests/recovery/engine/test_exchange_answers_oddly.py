"""An old Exchange whose answers are about other messages than it was asked for: nothing is lost, or there twice."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from engine.connectors.exchange.soap import MESSAGES, TYPES
from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.network.pinning import Network
from engine.migration.record import State
from tests.contract.exchange.conftest import account
from tests.servers.exchange.pair import OLD, SENT, Pair, said
from tests.servers.world import PASSWORD

SUBJECTS = [f"Mail {n}" for n in range(6)]
Oddly = Callable[[Any], None]       # changes the ResponseMessages of an answer


class OddSource(ExchangeSource):
    """A source that answers `oddly` to GetItem requests whose number is in `numbers`, counted from 1."""

    def __init__(self, pair: Pair, oddly: Oddly, numbers: range) -> None:
        super().__init__(account(pair.left.url, OLD), PASSWORD, Network(trusts_person=True), waits=(0.0, 0.0))
        asked, real = iter(range(1, 10_000)), self._sessions.ask

        def ask(body: bytes, **how: Any) -> bytes:
            answer = real(body, **how)
            if b"<m:GetItem>" not in body or next(asked) not in numbers:
                return answer
            whole = etree.fromstring(answer)
            oddly(whole.find(f".//{MESSAGES}ResponseMessages"))
            return etree.tostring(whole)

        self._sessions.ask = ask        # type: ignore[method-assign, assignment]  # another server's answers


def in_another_order(messages: Any) -> None:
    messages[:] = reversed(messages)


def one_of_them_twice(messages: Any) -> None:
    if len(messages) > 1:
        messages[1] = etree.fromstring(etree.tostring(messages[0]))


def without_the_last(messages: Any) -> None:
    del messages[-1]


def of_another_mailbox(messages: Any) -> None:
    """As where a cache in front of the server mixes up whom it answers."""
    for message in messages:
        for item_id in message.iter(f"{TYPES}ItemId"):
            item_id.set("Id", item_id.get("Id")[::-1])
        for subject in message.iter(f"{TYPES}Subject"):
            subject.text = "of somebody else"
        for mime in message.iter(f"{TYPES}MimeContent"):
            mime.text = "U3ViamVjdDogb2Ygc29tZWJvZHkgZWxzZQ0KDQp4DQo="


ODDLY = [in_another_order, one_of_them_twice, without_the_last, of_another_mailbox]


def moved(pair: Pair, oddly: Oddly, numbers: range = range(1, 2)) -> Any:
    """A migration that meets odd answers."""
    pair.at.connectors.sources["old"] = OddSource(pair, oddly, numbers)     # type: ignore[assignment]  # a source as well
    return pair.at.migrate("old")


def arrived(pair: Pair) -> list[str]:
    return sorted(one.subject for one in pair.at.messages())


def fill(pair: Pair, subjects: list[str]) -> None:
    for subject in subjects:
        pair.old.create(subject, "Message", "", SENT, "")


@pytest.mark.parametrize("oddly", ODDLY)
def test_each_message_arrives_once(pair: Pair, oddly: Oddly) -> None:
    """The answer is not taken for what was asked, but asked for again; a second run copies nothing."""
    fill(pair, SUBJECTS)
    done = moved(pair, oddly)
    again = pair.at.migrate("old")

    assert (done.state, arrived(pair)) == (State.COMPLETED, SUBJECTS), said(pair, done.task_id)
    assert (pair.at.counts(again).copied, arrived(pair)) == (0, SUBJECTS)


@pytest.mark.parametrize("oddly", ODDLY)
def test_what_is_there_already_is_not_mistaken(pair: Pair, oddly: Oddly) -> None:
    """Where the answer about their keys is odd: what is new arrives, and what is there does not come again."""
    fill(pair, SUBJECTS[:3])
    pair.at.migrate("old")
    fill(pair, SUBJECTS[3:])
    done = moved(pair, oddly)

    assert (done.state, arrived(pair)) == (State.COMPLETED, SUBJECTS), said(pair, done.task_id)
    assert pair.at.counts(done).copied == 3


@pytest.mark.parametrize("oddly", [in_another_order, one_of_them_twice])
def test_a_server_that_always_does_so_gives_its_mail_one_by_one(pair: Pair, oddly: Oddly) -> None:
    """All arrives, and nothing twice."""
    fill(pair, SUBJECTS)
    done = moved(pair, oddly, range(1, 10_000))

    assert (done.state, arrived(pair)) == (State.COMPLETED, SUBJECTS), said(pair, done.task_id)
