"""The Inbox rules of a destination, as they are now."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from lxml import etree

from engine.connectors.exchange.read import ask_one
from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.rules import form
from engine.connectors.exchange.rules.meaning import meaning
from engine.connectors.exchange.rules.reading import ASKED, has_outlooks, rules_in
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import envelope
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.addresses import Directory
from engine.ports.rules import numbered
from engine.ports.settings import Entry

INTERNAL = "/"      # with which an address begins that only the organization knows


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules in the order in which they run. `outlooks`: Outlook keeps rules there for itself."""

    entries: tuple[Entry, ...]
    outlooks: bool

    def by_id(self) -> dict[str, Entry]:
        """The rules by what the mailbox calls them."""
        return {entry.id: entry for entry in self.entries}


class Looking:
    """Looks at the rules of one mailbox. An address that only its organization knows is looked up once."""

    def __init__(self, sessions: Sessions) -> None:
        self._sessions = sessions
        self._directory = Directory(Asking(sessions, stop=threading.Event()))

    def look(self) -> Rules:
        """GetInboxRules. Raises FatalError, RetryableError."""
        answer = ask_one(self._sessions, envelope(ASKED))
        told = list(rules_in(answer))
        rules = [form.canonical(rule) for rule in told]
        keys = numbered([meaning(self._known(rule)) for rule in rules])
        entries = (
            Entry(key, xml.words(rule, "DisplayName"), form.written(rule), id=xml.words(one, "RuleId"))
            for key, rule, one in zip(keys, rules, told, strict=True)
        )
        return Rules(tuple(entries), has_outlooks(answer))

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
