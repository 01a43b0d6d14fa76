"""Items of which some become several: their parts are finished first, and the item itself last."""

from __future__ import annotations

from collections.abc import Sequence

from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.writing.further import Further, NotDoneError, put_off
from engine.connectors.exchange.writing.parts import Part, given_up, unmark
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

    def _digested(self, whole: Sequence[Part]) -> list[Part]:
        """The same with digests of what is otherwise than the source has told. Raises NotDoneError, once for an item.

        If they are not told the second time either, the tags keep those of the source. By such a tag a rollback takes
        an item for changed by its owner, keeps it and names it.
        """
        now: dict[str, str] = {}
        try:
            now = self.digests([part.id for part in whole])
        except RetryableError as error:
            if whole[-1].tag not in self._undigested:
                self._undigested.add(whole[-1].tag)
                raise put_off(error) from error
        except OmmError:
            pass
        return [part.digested(now.get(part.id, "")) for part in whole]


def not_ended(further: Further, parts: Sequence[Part], error: NotDoneError) -> Outcome:
    """What became of an item that could not be finished; its parts are removed, unless nobody knows what is there."""
    unsure = error.outcome.verdict is Verdict.UNKNOWN
    return error.outcome if unsure else given_up(further, parts, error.outcome)
