"""Inbox rules as the store holds them: one XML fragment a rule, in the order in which they run."""

import hashlib
import sqlite3
from base64 import b64encode
from dataclasses import dataclass

from lxml import etree

from emulators.exchange import fragments
from emulators.exchange.mailbox import Mailbox
from emulators.exchange.soap import flag, is_true, t


@dataclass(slots=True)
class Rule:
    """One rule: `element` is its Rule element without RuleId, `number` 0 until it is stored."""

    number: int
    priority: int
    in_error: bool
    element: etree._Element

    @property
    def enabled(self) -> bool:
        """Whether its owner has it switched on."""
        return is_true(self.element.findtext(t("IsEnabled")))

    def part(self, name: str) -> list[etree._Element]:
        """The conditions, exceptions or actions, by the name of the element that holds them."""
        holder = self.element.find(t(name))
        return [] if holder is None else list(holder)

    def text(self) -> str:
        """The Rule element without RuleId, as text."""
        return fragments.fragment(self.element)


def load(db: sqlite3.Connection, owner: Mailbox) -> list[Rule]:
    """The rules of a mailbox in the order in which they run; priorities count from 1."""
    rows = db.execute("SELECT number, in_error, rule FROM inbox_rule WHERE mailbox=? ORDER BY priority", (owner.id,))
    return [Rule(number, priority, bool(in_error), fragments.parsed(rule))
            for priority, (number, in_error, rule) in enumerate(rows.fetchall(), 1)]


def save(db: sqlite3.Connection, owner: Mailbox, rules: list[Rule]) -> None:
    """Replace the rules of a mailbox; those without a number get one that no rule of the mailbox ever had."""
    db.execute("DELETE FROM inbox_rule WHERE mailbox=?", (owner.id,))
    for priority, one in enumerate(rules, 1):
        one.priority, one.number = priority, one.number or owner.entry()
        db.execute("INSERT INTO inbox_rule (mailbox, number, priority, in_error, rule) VALUES (?, ?, ?, ?, ?)",
                   (owner.id, one.number, priority, one.in_error, one.text()))


def rule_id(owner: Mailbox, number: int) -> str:
    """The RuleId: base64 of eight bytes, as in the examples of Microsoft's documentation."""
    return b64encode(hashlib.sha256(f"{owner.guid}/{number}".encode()).digest()[:8]).decode()


def rendered(owner: Mailbox, one: Rule, *, in_error: bool) -> str:
    """The Rule element of an answer."""
    kept = {name: one.element.find(t(name)) for name in ("Conditions", "Exceptions", "Actions")}
    parts = "".join(fragments.fragment(part) for part in kept.values() if part is not None and len(part))
    error = "<t:IsInError>true</t:IsInError>" if in_error else ""
    name = one.element.find(t("DisplayName"))
    shown = "" if name is None else fragments.fragment(name)
    return (f"<t:Rule><t:RuleId>{rule_id(owner, one.number)}</t:RuleId>{shown}<t:Priority>{one.priority}</t:Priority>"
            f"<t:IsEnabled>{flag(one.enabled)}</t:IsEnabled>{_unsupported(one)}{error}{parts}</t:Rule>")


def _unsupported(one: Rule) -> str:
    found = is_true(one.element.findtext(t("IsNotSupported")))
    return "<t:IsNotSupported>true</t:IsNotSupported>" if found else ""
