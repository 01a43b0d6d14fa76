"""Rationing: a source whose server lets only so much mail be fetched from an account in a day.

What is fetched is counted, and nothing is begun once the day's share is used up. Where the server says so earlier, by
ending connections, by crawling or by refusing the sign-in, that is taken for the same: LaterError says when to go on.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence
from contextlib import closing, contextmanager
from typing import Any

from engine.errors import RetryableError, SignInError
from engine.migration.content import Content
from engine.ports.allowance import Allowance
from engine.ports.items import Envelope, Item, Listed
from engine.ports.settings import SettingReader
from engine.ports.source import (
    FilingRules,
    FolderList,
    Greeting,
    InParts,
    ItemReader,
    Labelling,
    OpenedSource,
    Readdressing,
    SourceFolder,
)

LISTED, NAMED = 512, 1024       # bytes that a line of a listing takes, and what a report calls a message
# What a server says when an account's share is used up, where asking again at once has brought nothing: Gmail's words
# as imapsync's FAQ.Gmail.txt has them ("Session expired", and less than 1 KiB a second), and those of its sign-in.
SPENT = re.compile(r"(?i)session expired|command or bandwidth limits|bandwidth limit|too slowly to be read|lockdown")


class Rationed:
    """A source that is read within an allowance. All else is passed on."""

    def __init__(self, source: OpenedSource, allowance: Allowance) -> None:
        self._source = source
        self._allowance = allowance

    def check(self) -> Greeting:
        """As the source's; raises LaterError where the server lets nobody in until it gives more."""
        with _noticing(self._allowance):
            return self._source.check()

    def reader(self, content: Content) -> ItemReader:
        """As the source's; raises LaterError before anything is connected. What is no mail comes another way."""
        if content is not Content.MAIL:
            return self._source.reader(content)
        self._allowance.check()
        with _noticing(self._allowance):
            return RationedReader(self._source.reader(content), self._allowance)

    def settings(self, content: Content) -> SettingReader:
        """As the source's."""
        return self._source.settings(content)

    def copies(self) -> None:
        """As the source's, if its messages carry labels."""
        if isinstance(self._source, Labelling):
            self._source.copies()

    def looks_at(self, contents: Collection[Content]) -> None:
        """As the source's, if it opens in parts."""
        if isinstance(self._source, InParts):
            self._source.looks_at(contents)

    def moves_to(self, address: str) -> None:
        """As the source's, if its items name their owner."""
        if isinstance(self._source, Readdressing):
            self._source.moves_to(address)

    def rule_folders(self) -> Sequence[SourceFolder]:
        """As the source's, or the folders of its mail."""
        if isinstance(self._source, FilingRules):
            return self._source.rule_folders()
        with closing(self.reader(Content.MAIL)) as reader:
            return reader.folders().folders

    def __getattr__(self, name: str) -> Any:
        """What fetches no items."""
        return getattr(self._source, name)


class RationedReader:
    """A connection to it."""

    def __init__(self, reader: ItemReader, allowance: Allowance) -> None:
        self._reader = reader
        self._allowance = allowance

    def folders(self) -> FolderList:
        """As ItemReader."""
        with self._within():
            return self._reader.folders()

    def listing(self, folder: SourceFolder, *, keys: bool = True) -> Iterator[Listed]:
        """As ItemReader."""
        with self._within():
            for listed in self._reader.listing(folder, keys=keys):
                self._allowance.take(LISTED)
                yield listed

    def read(self, folder: SourceFolder, uids: Sequence[int]) -> Iterator[Item]:
        """As ItemReader."""
        with self._within():
            for item in self._reader.read(folder, uids):
                self._allowance.take(item.size)
                yield item

    def spool(self, folder: SourceFolder, uid: int) -> Item | None:
        """As ItemReader."""
        with self._within():
            item = self._reader.spool(folder, uid)
            self._allowance.take(item.size if item is not None else 0)
            return item

    def envelopes(self, folder: SourceFolder, uids: Sequence[int]) -> dict[int, Envelope]:
        """As ItemReader."""
        with self._within():
            self._allowance.take(NAMED * len(uids))
            return self._reader.envelopes(folder, uids)

    def close(self) -> None:
        """As ItemReader."""
        self._reader.close()
        self._allowance.keep()

    @contextmanager
    def _within(self) -> Iterator[None]:
        self._allowance.check()
        with _noticing(self._allowance):
            yield


@contextmanager
def _noticing(allowance: Allowance) -> Iterator[None]:
    """Raises LaterError in the place of what a server says when it gives no more."""
    try:
        yield
    except (RetryableError, SignInError) as error:
        if SPENT.search(str(error)):
            raise allowance.cut() from None     # not as its cause: nobody shall wait for that
        raise
