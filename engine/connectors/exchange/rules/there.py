"""The Inbox rules of a destination, as they are now."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, replace

from lxml import etree

from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.rules import form
from engine.connectors.exchange.rules.meaning import meaning, shown
from engine.connectors.exchange.rules.reading import (
    IN_ERROR_NOW,
    asked,
    has_outlooks,
    is_in_error,
    priority_of,
    rules_in,
)
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.addresses import Directory, resolving
from engine.ports.rules import numbered
from engine.ports.settings import Entry

INTERNAL = "/"      # with which an address begins that only the organization knows


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in the order in which they run. `outlooks`: Outlook keeps rules there for itself.

    `enabled` are the ids of those that act on mail, `priorities` the places of all by their ids: 1 runs first.
    """

    entries: tuple[Entry, ...]
    outlooks: bool
    enabled: frozenset[str]
    priorities: Mapping[str, int]

    def is_enabled(self, rule_id: str) -> bool:
        """True: the rule of that id acts on mail."""
        return rule_id in self.enabled

    def id_of(self, ours: Entry) -> str:
        """What the mailbox calls a rule of ours; "" where it is there no more."""
        key, known = ours.key, ours.id
        return next((one.id for one in self.entries if (one.id == known if known else one.key == key)), "")


class Looking:
    """Looks at the rules of one mailbox. An address that only its organization knows is looked up once."""

    def __init__(self, sessions: Sessions) -> None:
        self._asking = Asking(sessions, stop=threading.Event())
        self._directory = Directory(resolving(self._asking))

    def look(self) -> Rules:
        """GetInboxRules. Raises RefusedError where the server does not tell them, FatalError, RetryableError."""
        answer = asked(self._asking)
        told = list(rules_in(answer))
        rules = [form.canonical(rule) for rule in told]
        known = [self._known(rule) for rule in rules]
        keys = numbered(map(meaning, known))
        entries = [
            _emptied(Entry(key, xml.words(rule, "DisplayName"), form.written(rule), xml.words(one, "RuleId"),
                           shown=shown(each), note=IN_ERROR_NOW if is_in_error(one) else ""), form.mark_of(rule))
            for key, one, rule, each in zip(keys, told, rules, known, strict=True)
        ]
        enabled = frozenset(xml.words(one, "RuleId") for one in told if form.is_true(xml.words(one, "IsEnabled")))
        priorities = {xml.words(one, "RuleId"): priority_of(one) for one in told}
        return Rules(tuple(entries), has_outlooks(answer), enabled, priorities)

    def _known(self, rule: etree._Element) -> etree._Element:
        """The rule with addresses of mail, as a source tells them."""
        internal = [one for one in form.addresses(rule) if xml.words(one, "EmailAddress").startswith(INTERNAL)]
        if not internal:
            return rule
        known = form.read(form.written(rule))
        for one in form.addresses(known):
            address = xml.words(one, "EmailAddress")
            xml.put(one, "EmailAddress", self._directory.smtp(address, xml.words(one, "RoutingType")) or address)
        return known


def _emptied(entry: Entry, mark: str) -> Entry:
    """A rule as it shows itself; one that was emptied to be removed has the key that it had."""
    key, _, value = mark.partition(" ")
    return replace(entry, key=key, value=value, shown="", note="") if value else entry
