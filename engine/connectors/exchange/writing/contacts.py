"""Contacts: one request writes each whole, its photo and whatever else is attached to it included."""

from __future__ import annotations

from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.typed.contact.fields import CONTACT
from engine.connectors.exchange.writing.whole import WholeWriter


def contact_writer(sessions: Sessions) -> WholeWriter:
    """What writes contacts."""
    return WholeWriter(sessions, CONTACT.element)
