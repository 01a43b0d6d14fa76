"""Rules of ours, removed by their ids."""

from __future__ import annotations

from collections.abc import Sequence

from engine.connectors.exchange.rules.there import Rules
from engine.connectors.exchange.rules.updating import updated
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import text
from engine.ports.items import DONE, Outcome


def removed(sessions: Sessions, ids: Sequence[str], there: Rules, *, removes_outlooks: bool) -> list[Outcome]:
    """Removes those that are still there. One Outcome each."""
    known = there.by_id()
    left = [one for one in ids if one in known]
    operations = [f"<t:DeleteRuleOperation><t:RuleId>{text(one)}</t:RuleId></t:DeleteRuleOperation>" for one in left]
    answers = iter(updated(sessions, operations, removes_outlooks=removes_outlooks) if operations else ())
    return [next(answers) if one in known else DONE for one in ids]
