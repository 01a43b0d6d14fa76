"""Contacts as they are read: people and companies, from the folders that their owner keeps them in."""

from __future__ import annotations

from functools import partial

from lxml import etree

from engine.connectors.exchange.reading.folders import look_at
from engine.connectors.exchange.reading.listing import Sought
from engine.connectors.exchange.reading.typed import Reading
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.contact.fields import CONTACT
from engine.connectors.exchange.typed.contact.made import made
from engine.connectors.exchange.typed.fields import SEARCH_KEY, Property
from engine.connectors.exchange.typed.identity import search_key_of
from engine.messages.envelope import plain
from engine.migration.content import Content
from engine.ports.items import Envelope

SOUGHT = Sought(
    frozenset({f"{TYPES}{CONTACT.element}"}),
    f'<t:FieldURI FieldURI="item:LastModifiedTime"/>{Property(SEARCH_KEY, "Binary").uri}',
    search_key_of,
    beside=(f"{TYPES}DistributionList", Content.CONTACT_GROUPS),
)
_NAMING = (
    "<m:ItemShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
    + "".join(f'<t:FieldURI FieldURI="contacts:{name}"/>' for name in (
        "FileAs", "DisplayName", "CompanyName", "EmailAddresses", "PhoneNumbers"
    ))
    + "</t:AdditionalProperties></m:ItemShape>"
)
_NAMES = ("DisplayName", "FileAs", "CompanyName", "EmailAddresses/{}Entry", "PhoneNumbers/{}Entry")


def _naming(_since_2013: bool) -> str:  # noqa: FBT001 - the shape of a Reading
    return _NAMING


def _envelope(item: etree._Element) -> Envelope:
    """The name, or else the first that tells it from others; the company beside it."""
    known = (item.findtext(f"{TYPES}{name.format(TYPES)}") or "" for name in _NAMES)
    name = next((each.strip() for each in known if each.strip()), "(no name)")
    company = (item.findtext(f"{TYPES}CompanyName") or "").strip()
    return Envelope(plain(name), "", plain(company if company != name else ""))


CONTACTS = Reading(CONTACT.element, SOUGHT, partial(look_at, content=Content.CONTACTS), made, _naming, _envelope)
