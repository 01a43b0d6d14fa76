"""Asks again for what a server did not tell of messages, where to guess would be to file them wrongly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from engine.connectors.imap.fetch_response import Fetched
from engine.connectors.imap.search import set_of
from engine.connectors.imap.steady import SpentError, SteadySession
from engine.errors import RefusedError, RenumberedError, RetryableError
from engine.ports.source import SourceFolder

MOST_TRIES = 3          # of a message, each once the server answers for others


def complete(
    steady: SteadySession, folder: SourceFolder, found: dict[int, Fetched], ways: Sequence[bytes], *, well: int
) -> None:
    """Fills in, by UIDs, what is untold of the messages that are `found`.

    `ways` are items to ask for, those that tell most first. `well` is the UID of a message of which it was told
    before; 0: there is none yet. What a message lacks at the end the server does not tell, although it answers for
    others. Raises RetryableError while it is busy.
    """
    for _ in range(MOST_TRIES):
        lacking = list(_untold(found))
        if not lacking:
            return
        known = next((uid for uid in found if not found[uid].is_untold), well or lacking[0])
        check_well(steady, folder, [known], ways[-1])
        for items in ways:
            told = steady.fetch_each(folder, list(_untold(found)), items, patient=False)
            for uid, item in told.items():
                if not item.refused:
                    found[uid].add(item)


def _untold(found: dict[int, Fetched]) -> Iterator[int]:
    return (uid for uid in sorted(found) if found[uid].is_untold)


def check_well(steady: SteadySession, folder: SourceFolder, uids: Iterable[int], items: bytes) -> None:
    """Raises RetryableError where the server answers for none of those messages: they are not the reason then."""
    unwell: RetryableError | None = None
    for uid in uids:
        try:
            steady.fetch(folder, set_of([uid]), items)
        except (RenumberedError, SpentError):
            raise
        except RefusedError as error:
            if error.of_folder:
                raise
        except RetryableError as error:
            unwell = error
            continue
        return
    if unwell is not None:
        raise unwell
