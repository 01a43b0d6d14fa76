"""The second act: the same owner's mailbox of before is on Exchange too, in French, and moves to the new one and back.

All seven contents move, with the categories' colours and the sticky notes that come with them.

What arrived is compared with what the old mailbox holds, row by row as both are stored.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace

from demo import old_calendar, old_desk, old_mailbox, old_settings, stored
from demo.servers import OLD_LOGIN, Exchange
from demo.stored import Kept
from demo.story import Story
from demo.truth import Place
from emulators.exchange.control import Control

MOVED = (
    "category colours", "mail", "contacts", "contact groups", "calendars", "tasks", "notes", "inbox rules",
    "out-of-office",
)       # of these two come with others


@dataclass(frozen=True, slots=True)
class Act:
    """The old mailbox, and how both were before, as text; of the new one also what it did, its messages and folders."""

    story: Story
    source: Exchange
    old_before: str
    new_before: str
    own_before: list[str]
    messages_before: list[Kept]
    folders_before: list[Place]

    @property
    def messages(self) -> int:
        """How many there are to be moved."""
        return len(old_mailbox.MARKED) + len(old_mailbox.letters())

    def verify(self) -> None:
        """The new mailbox holds what the old one holds."""
        self.story.scene("Comparing both mailboxes, message by message, as the stand-in for Exchange has stored them.")
        wanted = [*stored.messages(self.source.database, self.source.login), *self.messages_before]
        new = self.story.servers.destination
        good = (
            f"{self.messages} messages are there, each with its folder, class, text, files, dates, categories, "
            "importance, flag with its dates, answers and hidden readers. The meeting request arrived as one, and "
            "nothing was booked."
        )
        self.story.judge(
            good, stored.differences(wanted, stored.messages(new.database, new.login)) + self._booked(new)
        )
        there, here = Counter(old_calendar.shown(self.source)), Counter(old_calendar.shown(new))
        calendar = [f"not in the calendar: {line}" for line in (there - here).elements()]
        calendar += [f"too much in the calendar: {line}" for line in (here - there).elements()]
        self.story.judge(
            f"Both calendars show the same {sum(there.values())} events of 2025, the moved one and the deleted one "
            "included.", calendar,
        )
        was, now = Counter(old_desk.shown(self.source)), Counter(old_desk.shown(new))
        desk = [f"not there: {line}" for line in (was - now).elements()]
        desk += [f"too much: {line}" for line in (now - was).elements()]
        self.story.judge(
            f"Both mailboxes show the same {sum(was.values())} contacts, groups, tasks and notes. Whoever was a member "
            "of the group by a contact is one by the new contact.", desk,
        )
        self.story.judge(
            "The new mailbox has the old one's rules behind its own, its colours and its replies. The rule that sends "
            "mail on to others was left out, and the out-of-office is off, as Claire chose.", self._by_itself(new),
        )

    def _by_itself(self, new: Exchange) -> list[str]:
        """What the new mailbox does by itself that it should not, and does not that it should."""
        wanted = Counter(self.own_before) + Counter(
            line for line in old_settings.shown(self.source) if not line.startswith(f"rule: {old_settings.SENDS_ON},")
        )
        found = Counter(old_settings.shown(new))
        wrong = [f"not there: {line}" for line in (wanted - found).elements()]
        wrong += [f"too much: {line}" for line in (found - wanted).elements()]
        return [*wrong, *(["the out-of-office of the new mailbox is on"] if old_settings.is_on(new) else [])]

    def _booked(self, new: Exchange) -> list[str]:
        """Appointments of the new mailbox that the old one has not."""
        there = Counter(stored.appointments(self.source.database, self.source.login))
        booked = Counter(stored.appointments(new.database, new.login)) - there
        return [f"booked: {subject}" for subject in booked.elements()]

    def verify_second(self, contents: dict[str, dict[str, int]]) -> None:
        """A second run has copied nothing, of no content; the sums are by content."""
        wrong = [f"copied a second time: {name}" for name, sums in contents.items() if sums.get("copied")]
        if len(contents) < len(MOVED):
            wrong.append(f"only these were looked at: {', '.join(contents)}")
        self.story.judge(f"Nothing was copied, of {len(MOVED)} contents.", wrong)

    def verify_left(self) -> None:
        """Both mailboxes are what they were, and nobody was sent anything."""
        self.story.scene("Reading both mailboxes once more.")
        control, new = Control(self.source.control), self.story.servers.destination
        wrong = [f"sent: {one.kind}: {one.subject}" for one in control.outgoing()]
        if control.dump(self.source.login) != self.old_before:
            wrong.append("the old mailbox was changed")
        if stored.folders(new.database, new.login) != self.folders_before:
            wrong.append("the new mailbox has other folders than before")
        if old_settings.shown(new) != self.own_before or old_settings.is_on(new):
            wrong.append("the new mailbox does by itself what it did not before")
        wrong += stored.differences(self.messages_before, stored.messages(new.database, new.login))
        wrong += [f"left: {line}" for line in (*old_calendar.shown(new), *old_desk.shown(new))]
        if old_settings.beside(control.dump(new.login)) != old_settings.beside(self.new_before):
            wrong.append("the new mailbox is not what it was before")
        self.story.judge("The new one holds what it held before, nothing changed in the old one, and nothing was sent.",
                         wrong)


def begin(story: Story) -> Act:
    """Fills the old mailbox, and remembers how both are."""
    story.scene("Second act. Claire's mailbox of before is on Exchange as well, with folders in French.")
    new = story.servers.destination
    old = replace(new, login=OLD_LOGIN)
    old_mailbox.fill(old)
    old_calendar.fill(old)
    old_desk.fill(old)
    old_settings.fill(old)
    old_settings.fill_own(new)
    story.out.say(f"   {old.login}: {', '.join(list(old_mailbox.FRENCH.values())[:3])} …")
    control = Control(old.control)
    return Act(
        story, old, control.dump(old.login), control.dump(new.login), old_settings.shown(new),
        stored.messages(new.database, new.login), stored.folders(new.database, new.login),
    )
