"""The third act: Claire has a Google account too. She allows OMM to read it, it moves to the new mailbox, and back.

What arrived is compared with the letters that her account was filled with, by what docs/gmail.md says of labels, and
with what google_desk.py has put beside them.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from demo import google_desk, stored
from demo.google import ADDRESS
from demo.google_desk import Desk
from demo.labels import expected, expected_folders
from demo.stored import Kept
from demo.story import Story
from demo.truth import Place, Seen, differences

PATIENCE = 90.0     # seconds until an access that is no longer needed must have been given back
NOTHING: Mapping[str, int] = MappingProxyType({})
LOOK = 0.1          # seconds


@dataclass(frozen=True, slots=True)
class Act:
    """The new mailbox as it was before: as another program shows its messages, and as it is stored."""

    story: Story
    shown_before: list[Seen]
    stored_before: list[Kept]
    folders_before: list[Place]
    desk_before: Desk

    def verify(self) -> None:
        """The new mailbox holds what is in the Gmail account."""
        self.story.scene("Reading the new mailbox back, and comparing every message with what Claire had in Gmail.")
        folders, messages = self.story.look()
        missing = [f"missing: the folder {'/'.join(place)}" for place in sorted(expected_folders() - set(folders))]
        good = (
            f"{len(expected())} messages: each is there once, in the folder of one label, with the others as its "
            "categories, a star as a flag, and whether it is read or a draft; the archive, spam and bin are, too."
        )
        self.story.judge(good, missing + differences([*expected(), *self.shown_before], messages))
        self.story.judge(
            "Her calendar, with the day that was put off and the one that is off, her contacts with their group, her "
            "tasks, her filter and her vacation responder are there, too.",
            google_desk.differences(self.desk_before, google_desk.look(self.story.servers.destination)),
        )

    def verify_second(self, sums: Mapping[str, int], copied: Mapping[str, int] = NOTHING) -> None:
        """A second run has copied nothing; `sums` are those of mail, `copied` is how much of each other content was."""
        wanted = {"found": len(expected()), "copied": 0, "already_there": len(expected())}
        wrong = [f"{name} is {sums.get(name)} and not {number}" for name, number in wanted.items()
                 if sums.get(name) != number]
        wrong += [f"copied a second time: {number} of {name}" for name, number in copied.items() if number]
        self.story.judge("Nothing was copied, all was there already.", wrong)

    def verify_given_back(self, *, patience: float = PATIENCE) -> None:
        """Nobody but Claire can get at her account any more, or not `patience` seconds from now."""
        until = time.monotonic() + patience
        while (holds := self.story.google.holds_access()) and time.monotonic() < until:
            time.sleep(LOOK)
        self.story.judge(
            "Google says that OMM has given its access back.",
            [f"OMM still has access to the Google account {ADDRESS}"] if holds else [],
        )

    def verify_left(self) -> None:
        """The new mailbox is what it was."""
        self.story.scene("Reading the new mailbox once more.")
        new = self.story.servers.destination
        wrong = []
        if stored.folders(new.database, new.login) != self.folders_before:
            wrong.append("the new mailbox has other folders than before the third act")
        wrong += stored.differences(self.stored_before, stored.messages(new.database, new.login))
        if google_desk.look(new) != self.desk_before:
            wrong.append("the calendar, contacts, tasks or settings are not what they were")
        self.story.judge("It holds what it held before Gmail came, and no other folder.", wrong)


def begin(story: Story) -> Act:
    """Remembers how the new mailbox is."""
    story.scene("Third act. Claire has an account at Google, too: mail with labels, a calendar, contacts, tasks.")
    google_desk.fill(story.google.control, ADDRESS)
    story.out.say(f"   {ADDRESS}")
    new = story.servers.destination
    return Act(
        story, story.look()[1], stored.messages(new.database, new.login), stored.folders(new.database, new.login),
        google_desk.look(new),
    )
