"""The search for the message over which a server fails: fewer are asked for at once, until it stands alone.

And how those that are asked for are written.
"""

from __future__ import annotations

from collections.abc import Container, Sequence


class Search:
    """Which messages to ask for next: all of them, and after a failure fewer, until what is wrong stands alone."""

    def __init__(self, uids: list[int]) -> None:
        self.todo = uids
        self._at_once = self._most = self._all = max(1, len(uids))
        self._lost_alone = False

    @property
    def part(self) -> list[int]:
        """The messages to ask for."""
        return self.todo[:self._at_once]

    def ask_again(self, uids: list[int]) -> None:
        """These of the part are to be asked for once more; all others of it have come."""
        self.todo = uids + self.todo[self._at_once:]
        self._at_once = len(uids)

    def answered(self) -> None:
        """The part was answered whole; what was not in the answer is gone."""
        self.todo = self.todo[self._at_once:]
        self._at_once = min(self._most, self._at_once * 2)
        self._lost_alone = False

    def declined(self) -> bool:
        """The part was refused. Says whether that was about one message, which is left out from now on."""
        if len(self.part) > 1:
            self._at_once = self._most = len(self.part) // 2
            return False
        self._leave_out()
        return True

    def lost(self, found: Container[int]) -> bool:
        """The connection was lost after what is `found`. Says whether one message is the reason, as above.

        Servers answer in the order of the numbers: what broke the answer off is likely the first that did not come.
        """
        left = [uid for uid in self.todo if uid not in found]
        if len(left) < len(self.todo):
            self.todo = left
        elif len(self.part) > 1:
            self._at_once, self._most = 1, len(self.part) // 2
        elif self._lost_alone:
            self._leave_out()
            return True
        else:
            self._lost_alone = True
        return False

    def _leave_out(self) -> None:
        del self.todo[0]
        self._at_once, self._most = 1, self._all
        self._lost_alone = False


def set_of(uids: Sequence[int]) -> bytes:
    """Ascending UIDs as a sequence set, runs shortened (RFC 3501 §9, sequence-set)."""
    parts: list[list[int]] = []
    for uid in uids:
        if parts and uid == parts[-1][1] + 1:
            parts[-1][1] = uid
        else:
            parts.append([uid, uid])
    return b",".join(b"%d" % first if first == last else b"%d:%d" % (first, last) for first, last in parts)
