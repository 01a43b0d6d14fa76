"""Where a before-image is kept: in the store, and encrypted in the mailbox itself, in case the store is lost."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from types import MappingProxyType

from engine.errors import FatalError, RefusedError
from engine.items.back.mailbox_clock import AHEAD
from engine.items.run import Run
from engine.migration.content import Content
from engine.migration.task_id import compact
from engine.settings.image import Image
from engine.settings.stash import Stash
from engine.store import stored
from engine.store.facts import WINDOW_END, WINDOW_START

FACTS = (WINDOW_START, WINDOW_END, AHEAD)       # what a rollback must know of the time in which the task worked
STASH_GONE = "stash gone"       # the fact that says that the mailbox's own copy was removed


def stash_name(task_id: str, content: Content) -> str:
    """What the mailbox's own copy is called: letters, digits, dots and underscores."""
    return f"OMM.{compact(task_id)}.{re.sub('[^a-z]', '_', content.value)}"


@dataclass(slots=True)
class BeforeImage:
    """The before-image of one content. It is loaded before anything else is done with it."""

    run: Run
    content: Content
    _stashed: Image | None = None

    def load(self) -> Image:
        """What the store and the mailbox know together; without any change where nothing was changed.

        Raises FatalError(cause STORE) where one is encrypted with a key that is missing, UnreadableError for one of a
        newer release, RefusedError where the mailbox does not tell what it has and the store knows of no change,
        HaltedError.
        """
        known = self.run.images.load(self.run.task_id, self.content)
        try:
            data = self.run.patiently(partial(self.run.destination.stashed, self._name))
        except RefusedError:
            if not known.changes:
                raise
            return known        # which is written first
        if data is None:
            return known
        self._stashed = self.run.images.unseal(data, self.run.task_id, self.content)
        return known.joined(self._stashed)

    @property
    def _name(self) -> str:
        return stash_name(self.run.task_id, self.content)

    def keep(self, image: Image) -> None:
        """Keeps an image at both places, before anything that is new in it is sent.

        Raises RefusedError when the mailbox does not keep it, FatalError, HaltedError.
        """
        self.run.images.save(image)
        if self._stashed is not None and self._stashed.same_changes(image):
            return
        self.renew(image)

    def renew(self, image: Image) -> None:
        """Writes the mailbox's own copy anew, with the task's record as it is now. Raises as `keep`."""
        data = self.run.images.seal(self._stash(image))
        self.open(len(data))
        self.run.journal.remember(STASH_GONE, "")
        self.run.patiently(partial(self.run.destination.stash, self._name, data))
        self._stashed = image

    def _stash(self, image: Image) -> Stash:
        facts = {name: value for name in FACTS if (value := self.run.journal.recall(name))}
        record = self.run.record()
        written = "" if record is None else stored.write(record)
        return Stash(image.task_id, image.content, image.changes, image.known, record=written,
                     facts=MappingProxyType(facts))

    def note(self, image: Image) -> None:
        """Keeps what is known of entries that were sent. A mailbox that does not take that keeps what it has."""
        with suppress(RefusedError):
            self.keep(image)

    def open(self, size: int) -> None:
        """Notes that something about this setting is under way, so that nobody acts before it has arrived."""
        deadline = self.run.destination.deadline(size)
        self.run.journal.open("", [self._tag], deadline=deadline, further=True)
        self.run.owner.cover(deadline)

    def close(self) -> None:
        """Notes that all of it was answered."""
        self.run.journal.close([self._tag])

    @property
    def _tag(self) -> str:
        return f"{compact(self.run.task_id)}:{self.content}"


def lost_key(error: FatalError) -> str:
    """Why an entry stays whose before-image cannot be read."""
    return f"it stays as it is: {error}"
