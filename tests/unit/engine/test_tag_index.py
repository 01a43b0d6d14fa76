"""Reading tags: what a refusal of a page means, and what it never means."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import cast

import pytest

from engine.errors import FatalError, GoneError, OmmError, RefusedError, RetryableError, StateLostError
from engine.items.known.tag_index import TagIndex
from engine.pace.halt import Halt
from engine.ports.destination import Destination, DestinationFolder
from engine.ports.items import TaggedItem, TagPage

PAGE = TagPage((TaggedItem("1", "tag"),), (), "reached", last=True)


@dataclass
class Refusing:
    """A mailbox of one folder whose pages are refused for a while; `asked` are the states that it was asked for."""

    refusals: list[OmmError]
    asked: list[str] = field(default_factory=list)

    def folders(self) -> tuple[DestinationFolder, ...]:
        return (DestinationFolder("folder", None, "Folder", items=1),)

    def tags(self, _folder_id: str, state: str, *, detail: bool = False) -> TagPage:
        self.asked.append(state)
        if self.refusals:
            raise self.refusals.pop(0)
        return PAGE


def reading(mailbox: Refusing) -> tuple[TagIndex, list[str]]:
    seen: list[str] = []
    see: Callable[[str, TaggedItem], None] = lambda _folder, item: seen.append(item.id)  # noqa: E731 - as Handle
    return TagIndex(cast(Destination, mailbox), Halt(), see, patience=2), seen


def test_a_folder_that_is_gone_is_passed_over() -> None:
    """A folder removed while the mailbox was being read holds nothing of ours."""
    mailbox = Refusing([GoneError("gone")])
    index, seen = reading(mailbox)

    index.read(["folder"])

    assert (mailbox.asked, seen) == ([""], [])


def test_a_state_that_was_lost_starts_over_once() -> None:
    """The folder is read again from its start."""
    mailbox = Refusing([])
    index, seen = reading(mailbox)
    index.read(["folder"])
    mailbox.refusals = [StateLostError("lost")]

    index.read(["folder"])

    assert (mailbox.asked, seen) == (["", "reached", ""], ["1", "1"])


def test_a_state_that_nobody_named_and_was_lost_is_waited_for() -> None:
    """A server that forgets says nothing of the folder."""
    mailbox = Refusing([StateLostError("lost")])
    index, seen = reading(mailbox)

    index.read(["folder"])

    assert (mailbox.asked, seen) == (["", ""], ["1"])


class Forgetting(Refusing):
    """Gives a first page of several, and knows nothing of it when it is asked for the second."""

    def tags(self, _folder_id: str, state: str, *, detail: bool = False) -> TagPage:
        self.asked.append(state)
        assert len(self.asked) < 100
        if state:
            raise StateLostError("lost")
        return replace(PAGE, last=False)


def test_a_folder_whose_pages_are_forgotten_each_time_stops_the_look() -> None:
    """It is not read in circles, nor taken for one that was read."""
    index, _seen = reading(Forgetting([]))

    with pytest.raises(FatalError):
        index.read(["folder"])


def test_any_other_refusal_is_no_empty_folder() -> None:
    """What cannot be read is not taken for a folder without items of ours."""
    index, _seen = reading(Refusing([RefusedError("no")]))

    with pytest.raises(RefusedError):
        index.read(["folder"])


def test_what_may_pass_is_waited_for() -> None:
    """A server that is unwell for a moment is asked the same again."""
    mailbox = Refusing([RetryableError("later")])
    index, seen = reading(mailbox)

    index.read(["folder"])

    assert (mailbox.asked, seen) == (["", ""], ["1"])


def test_what_does_not_pass_stops_the_look() -> None:
    """After the patience is over the look fails; it does not end with what there was."""
    index, _seen = reading(Refusing([RetryableError("later")] * 20))

    with pytest.raises(FatalError):
        index.read(["folder"])
