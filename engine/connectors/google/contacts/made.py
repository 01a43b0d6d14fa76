"""A contact of Google's, made into Exchange's element.

What Exchange has a field for goes into that; all else stands in the notes, readable, and the report names it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType

from engine.connectors.exchange.typed.contact.made import made as made_of_element
from engine.connectors.exchange.typed.digests import theirs
from engine.connectors.exchange.typed.whole import Whole
from engine.connectors.google.contacts.card import Card
from engine.connectors.google.contacts.days import put_days
from engine.connectors.google.contacts.further import of_programs, put_further
from engine.connectors.google.contacts.labels import category_names
from engine.connectors.google.contacts.listed import folders, listed
from engine.connectors.google.contacts.names import display_name, put_names
from engine.connectors.google.contacts.person import SHOWN_OF_PROFILES, given, others, own
from engine.connectors.google.contacts.photo import Photos
from engine.connectors.google.contacts.reaching import put_addresses, put_emails, put_messengers, put_phones
from engine.connectors.google.contacts.relations import put_relations
from engine.connectors.google.contacts.work import put_work
from engine.connectors.google.reading.items import At, Found, Reading, source_key
from engine.connectors.google.reading.pointed import circumstances
from engine.connectors.google.reading.values import line, lines
from engine.connectors.google.rest.asking import Json
from engine.messages.envelope import plain
from engine.ports.items import Envelope
from engine.ports.source import Role
from engine.ports.typed import TypedItem

NAME = "contacts"
PARTS = (
    put_names, put_emails, put_phones, put_addresses, put_messengers, put_work, put_days, put_relations, put_further,
)
OF_PROFILE = "what Google shows of it from the person's own profile is not carried: {}"
UNNAMED = "(no name)"
HTML = "TEXT_HTML"


def reading() -> Reading:
    """How contacts are read."""
    photos = Photos()
    return Reading(
        NAME, folders, listed, lambda number, found, at: made(number, found, at, photos), envelope, Role.CONTACTS,
        apart=True,
    )


def key(google_id: str, at: At) -> bytes:
    """The source key of the contact with that id."""
    return source_key(NAME, google_id, at.directory.owner)


def made(number: int, found: Found, at: At, photos: Photos) -> TypedItem:
    """The contact, ready to be written but for its tag. Raises RetryableError."""
    person, beside = found.parts
    card = _card(person, beside)
    photo = photos.of(person, at.asking)
    lacking = [*card.untold(), *of_programs(person), *_of_profile(person)]
    if isinstance(photo, str):
        lacking.append(photo)
    attachments = () if photo is None or isinstance(photo, str) else (photo,)
    item = made_of_element(number, Whole(card.item, attachments, lacking=tuple(lacking)), circumstances(at))
    return replace(item, theirs=theirs(Whole(_card(_sorted(person), beside).item, attachments)))


def _card(person: Json, beside: Json) -> Card:
    card = Card()
    for put in PARTS:
        put(card, person)
    card.strings("Categories", category_names(beside["labels"]))
    written = own(person, "biographies")
    is_html = any(one.get("contentType") == HTML for one in written[:1])
    card.write("\n\n".join(filter(None, (lines(one, "value") for one in written))), is_html=is_html)
    return card


def _sorted(person: Json) -> Json:
    """The same in an order that does not change: Google lists what is in a field in none."""
    return MappingProxyType({
        name: sorted(value, key=_words) if isinstance(value, list) else value for name, value in person.items()
    })


def _words(of: Json) -> str:
    """What an item of a field says, but for where Google has it from."""
    return json.dumps({name: value for name, value in of.items() if name != "metadata"}, sort_keys=True)


def _of_profile(person: Json) -> Iterator[str]:
    """Words on what an owner sees at Google of a contact, and has not written."""
    shown = [
        words for name, words in SHOWN_OF_PROFILES.items()
        if given(others(person, name)) and not given(own(person, name))
    ]
    if shown:
        yield OF_PROFILE.format(", ".join(shown))


def envelope(person: Json) -> Envelope:
    """Its name, or what it is called by; the company beside it."""
    name = display_name(person)
    company = next(filter(None, (line(one, "name") for one in own(person, "organizations"))), "")
    return Envelope(plain(name or UNNAMED), "", plain(company if company != name else ""))
