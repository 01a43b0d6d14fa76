"""Rules of Exchange that do what filters of Gmail do, in the form in which rules are compared and sent."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lxml import etree

from engine.connectors.exchange.rules import form
from engine.connectors.exchange.typed import xml
from engine.connectors.google.filters import clauses
from engine.connectors.google.filters.clauses import Clause, Parts
from engine.connectors.google.filters.moves import Marking, Moving
from engine.connectors.google.mail.labels import category

PREFIX = "Gmail: "
OF_A_RULE = {
    clauses.FROM: "from {}", clauses.SENDER: "from {}", clauses.TO: "to {}", clauses.RECIPIENT: "to {}",
    clauses.SUBJECT: "subject {}", clauses.HEADER: "list {}", clauses.ATTACHED: "with attachments",
    clauses.SIZE: "size {}",
}
NAMED = 3       # values of a condition that a rule is called by


def marking(one: Marking) -> etree._Element:
    """The rule that leaves mail where it is."""
    rule = _rule(one.clause)
    actions = xml.add(rule, form.DOES)
    _categories(actions, one.categories)
    if one.forward:
        # The message keeps its sender (discovery document gmail.v1, FilterAction.forward), as one that is redirected.
        _people(actions, "RedirectToRecipients", [one.forward])
    if one.reads:
        xml.add(actions, "MarkAsRead", "true")
    return rule


def moving(one: Moving) -> etree._Element:
    """The rule that moves mail, and stops."""
    rule = _rule(one.clause)
    actions = xml.add(rule, form.DOES)
    _categories(actions, one.categories)
    if one.reads:
        xml.add(actions, "MarkAsRead", "true")
    if one.folder:
        xml.add(xml.add(actions, "MoveToFolder"), "FolderId", Id=one.folder)
    else:
        xml.add(actions, "Delete", "true")
    xml.add(actions, form.STOPPING, "true")
    return rule


def named(rule: etree._Element, name: str) -> str:
    """The rule in its one form, under that name."""
    xml.put(rule, "DisplayName", name)
    return form.written(form.canonical(rule))


def nothing(name: str) -> str:
    """In the place of a rule that is not made."""
    rule = xml.new("Rule")
    xml.add(rule, "DisplayName", name)
    return form.written(rule)


def called(clause: Clause) -> str:
    """What mail a rule is about."""
    told = [*_told(clause.conditions), *(f"not {words}" for words in _told(clause.exceptions))]
    return " and ".join(told) or "all mail"


def _told(parts: Parts) -> Iterator[str]:
    for name, values in parts.items():
        if name == clauses.SIZE:
            low, high = values
            said = " ".join((*((f"from {low} KB",) if low else ()), *((f"to {high} KB",) if high else ())))
        else:
            more = f" and {len(values) - NAMED} more" if len(values) > NAMED else ""
            said = ", ".join(values[:NAMED]) + more
        yield OF_A_RULE[name].format(said)


def _rule(clause: Clause) -> etree._Element:
    rule = xml.new("Rule")
    xml.add(rule, "DisplayName")
    xml.add(rule, "IsEnabled", "true")
    for holder, parts in ((form.CONDITIONS, clause.conditions), (form.EXCEPTIONS, clause.exceptions)):
        if parts:
            into = xml.add(rule, holder)
            for name, values in parts.items():
                _condition(into, name, values)
    return rule


def _condition(into: etree._Element, name: str, values: tuple[str, ...]) -> None:
    if name in form.PEOPLE:
        _people(into, name, values)
    elif name in form.RANGES:
        made = xml.add(into, name)
        for bound, value in zip((clauses.AT_LEAST, clauses.AT_MOST), values, strict=True):
            if value:
                xml.add(made, bound, value)
    elif name in form.FLAGS:
        xml.add(into, name, "true")
    else:
        made = xml.add(into, name)
        for value in values:
            xml.add(made, "String", value)


def _people(into: etree._Element, name: str, addresses: Iterable[str]) -> None:
    made = xml.add(into, name)
    for address in addresses:
        one = xml.add(made, "Address")
        xml.add(one, "EmailAddress", address)
        xml.add(one, "RoutingType", "SMTP")


def _categories(into: etree._Element, names: Iterable[str]) -> None:
    found = dict.fromkeys(map(category, names))
    if found:
        made = xml.add(into, "AssignCategories")
        for name in found:
            xml.add(made, "String", name)
