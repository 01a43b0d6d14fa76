"""What the readers of an account tell one another: how folders are numbered, and what the server keeps back."""

from __future__ import annotations

from dataclasses import dataclass, field

from engine.ports.source import SourceFolder


@dataclass(slots=True)
class Known:
    """What all readers of an account know of it.

    `validities` are the UIDVALIDITY values that listings were made under. `kept_back` says of a message (folder, UID,
    items) why the server does not give it out; `in_a_row` are those that connections were lost over since the last
    answer that came. `given` is a message that came, `opened` a folder (as the server names it) that was opened.
    """

    validities: dict[str, int] = field(default_factory=dict)
    kept_back: dict[tuple[str, int, bytes], str] = field(default_factory=dict)
    in_a_row: list[tuple[str, int, bytes]] = field(default_factory=list)
    given: tuple[SourceFolder, int, bytes] | None = None
    opened: bytes | None = None

    def forget(self, folder: SourceFolder) -> None:
        """Nothing is known of this folder: its messages may have other numbers now."""
        self.validities.pop(folder.ref, None)
        for message in [message for message in list(self.kept_back) if message[0] == folder.ref]:
            self.kept_back.pop(message, None)
