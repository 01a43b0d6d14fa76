"""The Inbox rules of a destination: added behind its own, and removed again.

UpdateInboxRules carries out all of its operations or, when one is refused, none ([MS-OXWSRULES] 3.1.4.2). While Outlook
keeps rules for itself there it changes nothing, unless it is told to remove those ("Manage Inbox rules by using EWS in
Exchange").
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from lxml import etree

from engine.connectors.exchange.rules import form
from engine.connectors.exchange.rules.meaning import meaning, shown
from engine.connectors.exchange.rules.removing import Removing
from engine.connectors.exchange.rules.there import Looking, Rules
from engine.connectors.exchange.rules.updating import not_reached, updated
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed import xml
from engine.errors import OmmError
from engine.migration.request import Choice
from engine.ports.items import DONE, Outcome
from engine.ports.settings import Entry, is_half_removed


class InboxRules:
    """Fills in `ports.rules.RuleSettings`, and `Guarded` and `Filing` of `ports.settings`."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._looking = Looking(sessions)
        self._removing = Removing(sessions)
        self._agreed: frozenset[Choice] = frozenset()

    def read(self) -> Sequence[Entry]:
        """GetInboxRules."""
        return self._looking.look().entries

    def needs(self) -> Choice | None:
        """OUTLOOK_RULES while Outlook keeps rules for itself."""
        return Choice.OUTLOOK_RULES if self._looking.look().outlooks else None

    def agree(self, choices: Collection[Choice]) -> None:
        """Without OUTLOOK_RULES nothing that Outlook keeps is ever removed."""
        self._agreed = frozenset(choices)

    def folders(self) -> Collection[str]:
        """Those that rules of this mailbox move or copy mail into."""
        rules = (form.read(entry.value) for entry in self._looking.look().entries)
        return {one.get("Id") or "" for rule in rules for one in form.folders(rule)}

    def placed(self, rule: Entry, folders: Mapping[str, str]) -> Entry:
        """The rule with the ids of this mailbox's folders; rules of one meaning have the same key."""
        element = form.read(rule.value)
        for one in form.folders(element):
            source = one.get("Id") or ""
            if source in folders:
                one.tag = f"{TYPES}FolderId"
                one.set("Id", folders[source])
        return Entry(meaning(element), rule.name, form.written(element), id=rule.id, shown=shown(element))

    def apply(self, add: Sequence[Entry]) -> list[Outcome]:
        """One UpdateInboxRules, for those that are not there yet."""
        try:
            there = self._looking.look()
        except OmmError as error:
            return [not_reached(error)] * len(add)
        known = {entry.key for entry in there.entries if not is_half_removed(entry.value)}
        missing = [entry for entry in add if entry.key not in known]
        answers = iter(self._created(missing, there))
        return [DONE if entry.key in known else next(answers) for entry in add]

    def _created(self, rules: Sequence[Entry], there: Rules) -> list[Outcome]:
        if not rules:
            return []
        given = places(rules, there)
        order = sorted(range(len(rules)), key=given.__getitem__)
        operations = [_creation(rules[at], given[at]) for at in order]
        outcomes = updated(self._sessions, operations, removes_outlooks=self._removes(there))
        told = dict(zip(order, outcomes, strict=True))
        return [told[at] for at in range(len(rules))]

    def restore(self, before: Sequence[Entry], ours: Sequence[Entry]) -> list[Outcome]:
        """Removes those rules, by their ids: none of them was there before. One UpdateInboxRules a call."""
        try:
            there = self._looking.look()
        except OmmError as error:
            return [not_reached(error)] * len(ours)
        return self._removing.once(ours, there, removes_outlooks=self._removes(there))

    def _removes(self, there: Rules) -> bool:
        return there.outlooks and Choice.OUTLOOK_RULES in self._agreed


def places(rules: Sequence[Entry], there: Rules) -> list[int]:
    """The priority of each: behind all that are there, in their order. A rule runs earlier than those of higher ones.

    But one that comes later than others of its source goes before those that ran behind it, and before the one that
    only stops and was put in its place: behind these, it might see no mail. Each moves all that are behind it by one,
    so the one of the lowest priority is to be created first.
    """
    standing = {(entry.key, entry.name): there.priorities[entry.id] for entry in there.entries}
    last = max([len(there.entries), *there.priorities.values()]) + 1
    wanted = [min(there.priorities.get(rule.ahead_of, last), standing.get(_stand_in(rule), last)) for rule in rules]
    order = sorted(range(len(rules)), key=wanted.__getitem__)
    given = {at: wanted[at] + before for before, at in enumerate(order)}
    return [given[at] for at in range(len(rules))]


def _stand_in(rule: Entry) -> tuple[str, str]:
    """The key and the name of the rule that stands in its place where it cannot be carried."""
    made = form.only_stopping(form.read(rule.value))
    return meaning(made), xml.words(made, "DisplayName")


def _creation(rule: Entry, priority: int) -> str:
    element = form.read(rule.value)
    at = xml.field(element, "DisplayName")
    made = xml.new("Priority")
    made.text = str(priority)
    if at is not None:
        at.addnext(made)
    return f"<t:CreateRuleOperation>{etree.tostring(element, encoding='unicode')}</t:CreateRuleOperation>"
