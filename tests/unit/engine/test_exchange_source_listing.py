"""Listing a folder of an Exchange mailbox, by what a server says page by page."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from lxml import etree

from engine.connectors.exchange.reading.asking import Asking, Question
from engine.connectors.exchange.reading.listing import listing
from engine.connectors.exchange.reading.numbering import Numbering
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import MESSAGES, TYPES
from engine.connectors.network.pinning import Network
from engine.errors import RetryableError, Side
from engine.ports.source import SourceFolder
from tests.contract.exchange.conftest import account


class Endless(Asking):
    """A mailbox whose synchronization never ends: each page says that there is more, after those changes."""

    def __init__(self, *, new: bool, stop: threading.Event | None = None, changes: str = "") -> None:
        network = Network(trusts_person=True)
        self.event = stop or threading.Event()
        super().__init__(
            Sessions(account("http://127.0.0.1:9/EWS/Exchange.asmx", "a"), "b", network, side=Side.SOURCE),
            stop=self.event, waits=(0.0,),
        )
        self.new, self.asked, self.changes = new, 0, changes

    def _once(self, question: Question) -> list[Any]:
        self.asked += 1
        if self.asked > 300:
            raise AssertionError("300 pages were asked for")
        state = f"s{self.asked}" if self.new else "s"
        return [etree.fromstring(
            f'<m:SyncFolderItemsResponseMessage xmlns:m="{MESSAGES[1:-1]}" xmlns:t="{TYPES[1:-1]}">'
            f"<m:SyncState>{state}</m:SyncState><m:IncludesLastItemInRange>false</m:IncludesLastItemInRange><m:Changes>"
            f"{self.changes}</m:Changes></m:SyncFolderItemsResponseMessage>"
        )]


def test_a_synchronization_that_goes_round_in_circles_ends() -> None:
    """The same state again, nothing in it, and more to come: an answer that cannot be right, and not a hang."""
    with pytest.raises(RetryableError):
        list(listing(Endless(new=False), Numbering(), SourceFolder(("Work",), "w"), keys=True))


def test_a_stop_is_heard_between_the_pages_of_a_large_folder() -> None:
    """A worker that is told to stop does not list a folder of 100,000 messages to its end first."""
    stop = threading.Event()
    stop.set()
    asking = Endless(new=True, stop=stop)
    with pytest.raises(RetryableError):
        list(listing(asking, Numbering(), SourceFolder(("Work",), "w"), keys=True))
    assert asking.asked < 5


def test_a_synchronization_that_only_ever_promises_more_ends() -> None:
    """A new state with each page, and never an item."""
    with pytest.raises(RetryableError):
        list(listing(Endless(new=True), Numbering(), SourceFolder(("Work",), "w"), keys=True))


ITEM = '<t:ItemId Id="a" ChangeKey="b"/>'


@pytest.mark.parametrize("changes", [
    f"<t:Create><t:Message>{ITEM}</t:Message></t:Create>",
    f"<t:Create><t:Message>{ITEM}</t:Message></t:Create><t:Delete>{ITEM}</t:Delete>",
    f"<t:Create><t:Message>{ITEM}</t:Message></t:Create><t:ReadFlagChange>{ITEM}</t:ReadFlagChange>",
], ids=["created", "deleted", "read"])
def test_a_synchronization_that_names_the_same_again_and_again_ends(changes: str) -> None:
    """A new state with each page, and never another item."""
    with pytest.raises(RetryableError):
        list(listing(Endless(new=True, changes=changes), Numbering(), SourceFolder(("Work",), "w"), keys=False))
