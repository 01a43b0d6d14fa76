"""What the Inbox rules of a mailbox do to mail that arrives."""

from __future__ import annotations

from dataclasses import replace

from engine.connectors.exchange.read import ask_one
from engine.connectors.exchange.reading.asking import ON_2010
from engine.connectors.exchange.rules import form
from engine.connectors.exchange.rules.reading import ASKED, has_outlooks, rules_in
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import envelope
from engine.ports.settings import Live


def with_rules(live: Live, sessions: Sessions) -> Live:
    """The same, with what the rules do. Raises FatalError, RefusedError, RetryableError."""
    answer = ask_one(sessions, envelope(ASKED, version=ON_2010))
    rules = list(rules_in(answer))
    sending = [rule for rule in rules if any(form.local(part) in form.SENDING for part in form.parts(rule, form.DOES))]
    return replace(live, rules=len(rules), sending=len(sending), outlook_rules=has_outlooks(answer))
