"""Rules of ours, removed by their ids.

A server may answer ErrorItemNotFound where a rule is to be deleted that is disabled (exchangelib, Rule.delete). Such a
rule is first emptied: enabled, with a condition that no mail meets and an action that changes nothing, behind all
others; so nothing that it did by itself can happen. Then it is deleted as any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from lxml import etree

from engine.connectors.exchange.rules import form
from engine.connectors.exchange.rules.there import Rules
from engine.connectors.exchange.rules.updating import PUT_OFF, updated
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import text
from engine.connectors.exchange.typed import xml
from engine.errors import RefusedError
from engine.ports.items import DONE, Outcome, Verdict
from engine.ports.settings import Entry, half_removed

STAYS = Outcome(Verdict.REFUSED, error=RefusedError("the destination keeps it switched off, and does not delete it"))
NOT_DELETED = frozenset({Verdict.GONE, Verdict.REFUSED, Verdict.SPLIT})


class Removing:
    """Removes rules by one request at a time. What needs more than one is put off, and goes on when asked again."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._undeletable: set[str] = set()     # ids of disabled rules
        self._empty: set[str] = set()           # of those that were emptied

    def once(self, ours: Sequence[Entry], there: Rules, *, removes_outlooks: bool) -> list[Outcome]:
        """Sends the next request for those of the rules that are still there. One Outcome each."""
        ids = [there.id_of(one) for one in ours]
        left = {one: rule for one, rule in zip(ids, ours, strict=True) if one}
        if not left:
            return [DONE] * len(ours)
        if enabled := [one for one in left if there.is_enabled(one)]:
            told = self._sent(enabled, [_deletion(one) for one in enabled], removes_outlooks)
        elif untried := [one for one in left if one not in self._undeletable]:
            told = self._tried(untried, removes_outlooks)
        else:
            told = self._emptied(left, there, removes_outlooks)
        return [told.get(one, PUT_OFF) if one else DONE for one in ids]

    def _sent(self, ids: Sequence[str], operations: Sequence[str], removes_outlooks: bool  # noqa: FBT001 - as it came
              ) -> dict[str, Outcome]:
        return dict(zip(ids, updated(self._sessions, operations, removes_outlooks=removes_outlooks), strict=True))

    def _tried(self, ids: Sequence[str], removes_outlooks: bool) -> dict[str, Outcome]:  # noqa: FBT001 - as it came
        """Deletes disabled rules, which a server may not do."""
        told = self._sent(ids, [_deletion(one) for one in ids], removes_outlooks)
        self._undeletable |= {one for one, outcome in told.items() if outcome.verdict in NOT_DELETED}
        return {one: outcome for one, outcome in told.items() if one not in self._undeletable}

    def _emptied(self, rules: Mapping[str, Entry], there: Rules, removes_outlooks: bool  # noqa: FBT001 - as it came
                 ) -> dict[str, Outcome]:
        """Empties rules. What was emptied is put off: it is to be deleted."""
        last = len(there.entries)
        left = {one: rule for one, rule in rules.items() if one not in self._empty}
        operations = [_emptying(one, rule, last - place) for place, (one, rule) in enumerate(left.items())]
        told = self._sent(list(left), operations, removes_outlooks) if left else {}
        self._empty |= {one for one, outcome in told.items() if outcome.verdict is Verdict.DONE}
        kept = {one: outcome for one, outcome in told.items() if one not in self._empty}
        return kept | dict.fromkeys(rules.keys() - left.keys(), STAYS)


def _deletion(rule_id: str) -> str:
    return f"<t:DeleteRuleOperation><t:RuleId>{text(rule_id)}</t:RuleId></t:DeleteRuleOperation>"


def _emptying(rule_id: str, ours: Entry, priority: int) -> str:
    made = xml.new("Rule")
    xml.add(made, "RuleId", rule_id)
    xml.add(made, "DisplayName", ours.name)
    xml.add(made, "Priority", str(priority))
    xml.add(made, "IsEnabled", "true")
    form.add_nothing(made, f"{ours.key} {half_removed(ours.value)}")
    return f"<t:SetRuleOperation>{etree.tostring(made, encoding='unicode')}</t:SetRuleOperation>"
