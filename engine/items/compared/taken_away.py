"""What the destination has taken away by itself since it was brought: it is left out, and not copied again.

No list says which items were brought. What is known is how many were, and how many of their tags are gone. So an old
message without a tag counts as taken away only while there are no more of them than tags are gone: else one of them may
never have been brought, and all are copied.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from engine.items.kind import ItemKind
from engine.items.known.census import Census
from engine.items.report.lines import left_out, taken_away, warning
from engine.items.report.losses import Losses
from engine.items.run import Run
from engine.items.source.listing import UNKNOWN, Todo
from engine.migration.earlier import Brought, brought_fact
from engine.migration.task_id import compact
from engine.ports.facts import Retention
from engine.ports.source import Role

DAY = timedelta(days=1)     # clocks of sources and destinations differ by less


class TakenAway:
    """Looks at one step's items. Of a kind that does not expire it says nothing."""

    def __init__(self, run: Run, kind: ItemKind, census: Census) -> None:
        """Notes the time: what the source receives from now on was not brought by an earlier task."""
        self._run = run
        self._kind = kind
        self._census = census
        self._began = run.destination.now()
        self._rules: tuple[Retention, ...] = ()
        self._gone = 0      # tags of tasks of this source that are not there any more
        self._before = 0    # what this task had brought before
        self._brought: Brought | None = None

    def look(self) -> None:
        """Asks what the destination takes away, and puts it into the report. The census is whole."""
        if not self._kind.expires:
            return
        self._rules = self._run.destination.retention()
        self._run.report([warning(self._kind, rule) for rule in self._rules])
        self._before = self._census.count(compact(self._run.task_id))
        for task in self._run.earlier:
            if task.brought is not None and task.counts:
                self._gone += max(0, task.brought.count - self._census.count(compact(task.task_id)))
                if task.task_id == self._run.task_id:
                    self._brought, self._before = task.brought, max(self._before, task.brought.count)

    def leave_out(self, todos: Sequence[Todo], losses: Losses) -> None:
        """Takes out of what is to be copied, and names, what was brought and then taken away."""
        last = max((task.brought.listed for task in self._run.earlier if task.brought and task.counts), default=None)
        if last is None or not (self._gone and self._rules) or self._run.copy_again:
            return
        roles = {todo.listing.folder.path: todo.listing.folder.role for todo in todos}
        found = [(todo, rule, self._old(todo, rule, last)) for todo in todos for rule in self._rule(todo, roles)]
        count = sum(len(old) for _, _, old in found)
        if count > self._gone or any(todo.listing.late for todo in todos):
            return
        self._gone -= count
        for todo, rule, old in found:
            self._settle(todo, rule, old, losses)

    def _rule(self, todo: Todo, roles: dict[tuple[str, ...], Role | None]) -> Iterator[Retention]:
        """The rule by which a message of that folder goes first; none where none does."""
        acting = rules_for(todo.listing.folder.path, roles, self._rules)
        if acting:
            yield min(acting, key=lambda rule: rule.days)

    def _old(self, todo: Todo, rule: Retention, last: datetime) -> Sequence[int]:
        """The messages that were there at the last look at the source, and are old enough to be taken away."""
        until = min(self._began - timedelta(days=rule.days), last - DAY).timestamp()
        listing = todo.listing
        return [
            number for number in todo.numbers
            if 0 < listing.received[number] < until and listing.key(number) != UNKNOWN
        ]

    def _settle(self, todo: Todo, rule: Retention, old: Sequence[int], losses: Losses) -> None:
        if not old:
            return
        away = set(old)
        todo.numbers = array("I", (number for number in todo.numbers if number not in away))
        for number in old:
            todo.listing.done[number] = 1
        losses.left_out += len(old)
        self._run.report([left_out(self._kind, todo.listing.name, len(old), taken_away(rule))])

    def note(self, copied: int, *, ended: bool = True) -> None:
        """Notes how many messages the task has brought, with the `copied` of this visit. `ended`: it copied them all.

        As many as were gone and are copied once more count once.
        """
        listed = self._began if ended else self._brought and self._brought.listed
        if self._kind.expires and listed:
            brought = Brought(self._before + max(0, copied - self._gone), listed)
            self._run.journal.remember(brought_fact(self._kind.content), brought.written())


def rules_for(
    path: tuple[str, ...], roles: Mapping[tuple[str, ...], Role | None], rules: Sequence[Retention]
) -> list[Retention]:
    """Those of a mailbox's rules that act on the mail of a folder; `roles` are the folders' by path.

    A folder of that role, or one above it, has a rule of its own; all others have those for everything.
    """
    above = (roles.get(path[:depth]) for depth in range(len(path), 0, -1))
    role = next((each for each in above if each), None)
    acting: list[Retention] = []
    for archives in (False, True):
        same = [rule for rule in rules if rule.archives == archives]
        own = [rule for rule in same if role is not None and rule.role is role]
        acting += own or [rule for rule in same if rule.role is None]
    return acting
