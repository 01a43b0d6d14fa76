"""Where somebody works, and as what. An Exchange contact works at one place."""

from __future__ import annotations

from collections.abc import Iterator

from engine.connectors.google.contacts.card import Card
from engine.connectors.google.contacts.days import words
from engine.connectors.google.contacts.person import own
from engine.connectors.google.reading.values import line
from engine.connectors.google.rest.asking import Json

_FIELDS = (("name", "CompanyName"), ("title", "JobTitle"), ("department", "Department"), ("location", "OfficeLocation"))
_YOMI = "0x802e"        # PidLidYomiCompanyName
_MORE = (
    ("jobDescription", "Job description"), ("symbol", "Symbol of the organization"),
    ("domain", "Domain of the organization"), ("costCenter", "Cost center"),
)
ORGANIZATION, SCHOOL, OCCUPATION = "Organization", "school", "Occupation"


def put_work(card: Card, person: Json) -> None:
    """The primary organization, no school where there is another; all others, and what has no field, are notes."""
    found = own(person, "organizations")
    chosen = min(found, key=lambda one: line(one, "type") == SCHOOL, default=None)
    for one in found:
        if one is chosen:
            _put(card, one)
        else:
            card.keep(ORGANIZATION, ", ".join(_whole(one)), _kind(one))
    for one in own(person, "occupations"):
        if not card.put("Profession", line(one, "value")):
            card.keep(OCCUPATION, line(one, "value"))


def _put(card: Card, one: Json) -> None:
    for told, field in _FIELDS:
        card.put(field, line(one, told))
    card.give(_YOMI, line(one, "phoneticName"))
    for told, what in _MORE:
        card.keep(what, line(one, told))
    card.keep(ORGANIZATION, _since(one), line(one, "name"))
    card.note(ORGANIZATION, line(one, "name") if _kind(one) else "", _kind(one))


def _kind(one: Json) -> str:
    kind = line(one, "type")
    return "" if kind == "work" else kind


def _whole(one: Json) -> Iterator[str]:
    names = ("name", "title", "department", "jobDescription", "location", "symbol", "domain", "costCenter")
    sounds = line(one, "phoneticName")
    told = [line(one, name) for name in names]
    yield from filter(None, (*told, f"sounds like {sounds}" if sounds else "", _since(one)))


def _since(one: Json) -> str:
    """From when to when; "" where neither is told."""
    start, end = words(one.get("startDate") or {}), words(one.get("endDate") or {})
    return " ".join(filter(None, (f"from {start}" if start else "", f"to {end}" if end else "")))
