"""What all commands of the terminal share, and the handling of their errors."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import Side
from engine.store.masks import Masks
from terminal.output import Output

if TYPE_CHECKING:
    from terminal.session import Session


class Door:
    """Where a command speaks, what is kept out of its log, and where that is once it has begun."""

    def __init__(self, out: Output) -> None:
        self.out = out
        self.masks = Masks()
        self.log: Path | None = None

    def session(self, *, verbose: bool, source: str | None = None, destination: str | None = None) -> Session:
        """What a command works with; `source` and `destination` name password files. Raises UsageError."""
        from terminal.session import open_session  # noqa: PLC0415 - help and demo need none

        files = {Side.SOURCE: source, Side.DESTINATION: destination}
        session = open_session(self.out, self.masks, files, verbose=verbose)
        self.log = session.log
        return session
