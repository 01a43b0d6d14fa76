"""Items of which some become several: their parts are finished first, and the item itself last."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace

from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.typed.begun import untouched
from engine.connectors.exchange.writing.further import Further, NotDoneError, put_off
from engine.connectors.exchange.writing.parts import Part, is_removed, unmark
from engine.connectors.exchange.writing.whole import WholeWriter
from engine.errors import OmmError, RetryableError
from engine.ports.items import Outcome, Verdict


class PartedWriter(WholeWriter):
    """Writes the items of one content, whose elements have that name."""

    def __init__(self, sessions: Sessions, element: str) -> None:
        super().__init__(sessions, element)
        self._undigested: set[str] = set()      # tags of items whose digest was asked for in vain

    def _ended(self, further: Further, parts: Sequence[Part], own: Part, *, digested: bool) -> Outcome:
        """Takes the mark from the tags. `digested`: their digests are as the source told. Raises NotDoneError."""
        *further_parts, whole = [*parts, own] if digested else self._digested([*parts, own])
        return unmark(further, self._element, further_parts, whole)

    def untouched(self, ids: Sequence[str]) -> set[str]:
        """Those of the half-written items that are as we have left them."""
        return untouched(Asking(self._sessions, stop=threading.Event()), self._element, ids)

    def _not_ended(self, further: Further, parts: Sequence[Part], error: NotDoneError) -> Outcome:
        """What became of an item that could not be finished. Its parts are removed again.

        UNKNOWN: nobody knows what is there, or some are there, for their owner has changed them.
        """
        if error.outcome.verdict is Verdict.UNKNOWN:
            return error.outcome
        with suppress(OmmError):
            ids = [part.id for part in parts]
            if not ids or (self.untouched(ids).issuperset(ids) and is_removed(further, parts)):
                return error.outcome
        return replace(error.outcome, verdict=Verdict.UNKNOWN)

    def _digested(self, whole: Sequence[Part]) -> list[Part]:
        """The same with digests of what is otherwise than the source has told. Raises NotDoneError, once for an item.

        If they are not told the second time either, the tags keep those of the source. By such a tag a rollback takes
        an item for changed by its owner, keeps it and names it. So do the tags of what its owner has changed by now.
        """
        now: dict[str, str] = {}
        try:
            now = self._digests([part.id for part in whole], {part.id: part.begun for part in whole if part.begun})
        except RetryableError as error:
            if whole[-1].tag not in self._undigested:
                self._undigested.add(whole[-1].tag)
                raise put_off(error) from error
        except OmmError:
            pass
        return [part.digested(now.get(part.id, "")) for part in whole]

