"""The first look at both sides: the source is listed while the destination's tags are read into the census."""

from __future__ import annotations

from collections.abc import Callable

from engine import threads
from engine.items.known.census import Census
from engine.items.known.tag_index import TagIndex
from engine.pace.halt import Halt, HaltedError


class BothSides:
    """Two threads look at the two sides. What goes wrong at one of them stops the look at the other."""

    def __init__(self, halt: Halt, index: TagIndex, census: Census) -> None:
        self._halt = halt
        self._index = index
        self._census = census
        self._something_seen = threads.Event()       # a first tag, or the census is over

    def look(self, list_source: Callable[[], None]) -> None:
        """Lists the source, and beside it reads the destination's tags. Raises what either of them raises."""
        with threads.ThreadPoolExecutor(1, thread_name_prefix="census") as aside:
            known = aside.submit(self._read_census)
            try:
                list_source()
            except HaltedError:
                known.result()      # the look at the destination may have failed and halted the listing
                raise
            except BaseException:
                self._halt.set()
                raise
            known.result()

    def _read_census(self) -> None:
        try:
            self._index.read_all()
        except BaseException:
            self._halt.set()
            raise
        finally:
            self._something_seen.set()

    def note_seen(self) -> None:
        """A tag was read; the census counts it if it is one of ours."""
        if len(self._census) and not self._something_seen.is_set():
            self._something_seen.set()

    def has_tags(self) -> bool:
        """True: the destination holds tags. Waits for the first one, or for the end. Raises HaltedError."""
        while not self._something_seen.wait(0.25):
            self._halt.check()
        self._halt.check()
        return len(self._census) > 0
