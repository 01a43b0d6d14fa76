"""What a filter of Gmail asks, in conditions of Exchange; only where both meet the same mail.

What the criteria mean says the discovery document gmail.v1 (FilterCriteria), and Google's help what the operators of a
search do (support.google.com/mail/answer/7190).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial

from engine.connectors.exchange.soap import NOT_XML
from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.google.filters import clauses
from engine.connectors.google.filters.clauses import Clause, InexpressibleError, Kind, Loose
from engine.connectors.google.filters.grammar import All, Node, Not, Term, UnreadableError, parsed
from engine.connectors.google.rest.asking import Json

ANYWHERE = "it looks for “{}” in the whole message, with names and addresses, and no condition of Exchange does"
OPERATOR = "no condition of Exchange is the same as “{}:{}”"
WORDS_OF_A_NAME = (
    "it looks for “{}” as a whole word in names and addresses; Exchange would find it within longer words as well"
)
UNKNOWN = "a condition in it is no address, list or size that OMM knows: “{}”"
UNSURE = (
    "Google's pages disagree on whether “{}” is looked for in the subject as it stands or word by word, in any order"
)
UNSURE_NOT = "Google's pages disagree on whether mail must not have all of “{}”, or any of it"
NOTHING = "it has no condition that is known"
TOO_SMALL = "it asks for a size of less than 1 KB, and Exchange counts whole ones"
KIBI = 1024
_ADDRESS = re.compile(r"[^@\s,;<>*]+@[^@\s,;<>*]+\.[^@\s,;<>*.]+")
_DOMAIN = re.compile(r"(?:[\w-]+\.)+[\w-]+")
_SIZE = re.compile(r"(\d{1,15})([kKmM]?)[bB]?")        # more digits than these are no size
_DIGITS = re.compile(r"\d{1,15}")
_SIGNS = re.compile(r"""["(){}|]|(?:^|\s)[-+]\S|(?:^|\s)(?:OR|AND)(?:\s|$)""")
_UNITS = {"": 1, "k": KIBI, "m": KIBI * KIBI}


@dataclass(frozen=True, slots=True)
class Conditions:
    """Reads conditions for one owner: what names them by their address names the new one, too."""

    directory: Directory

    def of(self, criteria: Json) -> list[Clause]:
        """The clauses of which one holds for the mail that a filter acts on. Raises InexpressibleError."""
        odd = [value for value in criteria.values() if isinstance(value, str) and NOT_XML.search(value)]
        if odd:
            raise InexpressibleError(UNKNOWN.format(NOT_XML.sub("\ufffd", odd[0])))
        try:
            nodes = list(_nodes(criteria))
        except UnreadableError as error:
            raise InexpressibleError(str(error)) from error
        sizes = _size_asked(criteria)
        if not nodes and not sizes:
            raise InexpressibleError(NOTHING)
        return clauses.all_of([*(self._clauses(node) for node in nodes), *sizes])

    def _clauses(self, node: Node, *, holds: bool = True) -> list[Clause]:
        """The clauses of which one holds where that does, or where it does not."""
        if isinstance(node, Not):
            return self._clauses(node.node, holds=not holds)
        if isinstance(node, Term):
            return [self._one(node)] if holds else [self._excepted(node)]
        parts = [self._clauses(each, holds=holds) for each in node.nodes]
        return clauses.all_of(parts) if isinstance(node, All) is holds else clauses.any_of(parts)

    def _excepted(self, term: Term) -> Clause:
        found = _size(term, excepted=True) if term.field in _SIZES else self._one(term)
        also = (Loose(_WIDER[term.field], term.words),) if term.field in _WIDER else ()
        return Clause(exceptions=found.conditions, loose=(*found.loose, *also))

    def _one(self, term: Term) -> Clause:
        if term.field in _SIZES:
            return _size(term)
        made = _READ.get(term.field)
        if made is None:
            raise InexpressibleError(OPERATOR.format(term.field, term.words) if term.field
                                     else ANYWHERE.format(term.words))
        return made(self.directory, term.words)


def _nodes(criteria: Json) -> list[Node]:
    """What the criteria ask, all of it together. Raises UnreadableError."""
    found: list[Node] = []
    for field in ("from", "to", "subject"):
        words = " ".join(str(criteria.get(field) or "").split())
        if words:
            found.append(_field(field, words))
    if query := str(criteria.get("query") or "").strip():
        found.append(parsed(query))
    if unwanted := str(criteria.get("negatedQuery") or "").strip():
        found.append(_unwanted(unwanted))
    if criteria.get("hasAttachment"):
        found.append(Term("has", "attachment"))
    return found


def _field(field: str, words: str) -> Node:
    """What one field asks. Raises UnreadableError."""
    if field == "subject" and " " in words and not _SIGNS.search(words):
        raise UnreadableError(UNSURE.format(words))
    return parsed(words, field)


def _unwanted(words: str) -> Node:
    """What mail must not have. Raises UnreadableError.

    Of several words, gmail.v1 leaves out what has all of them; Gmail's own window ("Doesn't have") what has any.
    """
    node = parsed(words)
    if isinstance(node, All):
        raise UnreadableError(UNSURE_NOT.format(words))
    return Not(node)


def _size_asked(criteria: Json) -> list[list[Clause]]:
    comparison, size = criteria.get("sizeComparison"), str(criteria.get("size") or "0")
    if comparison not in ("larger", "smaller"):
        return []
    if not _DIGITS.fullmatch(size):
        raise InexpressibleError(UNKNOWN.format(size))
    return [[_sized(int(size), larger=comparison == "larger")]]


def _sized(size: int, *, larger: bool, excepted: bool = False) -> Clause:
    """A size of so many bytes, in the whole KB of Exchange (Microsoft, "MinimumSize"). Raises InexpressibleError.

    It is rounded so that a rule meets no more mail than the filter: less than one KB of it is lost, or excepted.
    Gmail counts the bytes of the message as it was sent (gmail.v1, FilterCriteria.size), Exchange those of the message
    as the server keeps it (PidTagMessageSize, [MS-OXCMSG] 2.2.1.7): attachments are shorter, texts may be longer.
    """
    kilobytes = -(-size // KIBI) if larger is not excepted else size // KIBI
    if not kilobytes and (excepted or not larger):
        raise InexpressibleError(TOO_SMALL)
    asked = (str(kilobytes), "") if larger else ("", str(kilobytes))
    return Clause({clauses.SIZE: asked}, loose=(Loose(Kind.SIZE, f"{kilobytes} KB"),))


def _people(exact: str, contained: str, directory: Directory, words: str) -> Clause:
    """Somebody by their address, or everybody of a domain and of those below it.

    Without an @ before it, what looks like a domain may be what stands before the @ of somebody's address.
    """
    said = words.removeprefix("*").lower()
    if said == "me" and directory.owner:
        said = directory.owner.lower()
    if _ADDRESS.fullmatch(said):
        also = (directory.becomes.lower(),) if directory.becomes and directory.is_owners(said) else ()
        return Clause({exact: tuple(dict.fromkeys((said, *also)))})
    domain = said.removeprefix("@")
    if not _DOMAIN.fullmatch(domain):
        raise InexpressibleError(WORDS_OF_A_NAME.format(words))
    more = () if said.startswith("@") else (f"{domain}@",)
    return Clause({contained: (f"@{domain}", f".{domain}", *more)}, loose=(Loose(Kind.DOMAIN, domain),))


def _subject(_directory: Directory, words: str) -> Clause:
    return Clause({clauses.SUBJECT: (words,)}, loose=(Loose(Kind.WORDS, words),))


def _list(_directory: Directory, words: str) -> Clause:
    """A list by what stands in its List-Id, between the same signs (RFC 2919 section 3)."""
    named = words.removeprefix("<").removesuffix(">").lower()
    if not _DOMAIN.fullmatch(named):
        raise InexpressibleError(UNKNOWN.format(words))
    return Clause({clauses.HEADER: (f"<{named}>",)})


def _has(_directory: Directory, words: str) -> Clause:
    if words.lower() != "attachment":
        raise InexpressibleError(OPERATOR.format("has", words))
    return Clause({clauses.ATTACHED: ("true",)})


def _size(term: Term, *, excepted: bool = False) -> Clause:
    """`excepted`: mail of that size is left out."""
    found = _SIZE.fullmatch(term.words)
    if found is None:
        raise InexpressibleError(UNKNOWN.format(term.words))
    return _sized(int(found[1]) * _UNITS[found[2].lower()], larger=_SIZES[term.field], excepted=excepted)


_READ: Mapping[str, Callable[[Directory, str], Clause]] = {
    "from": partial(_people, clauses.FROM, clauses.SENDER),
    "to": partial(_people, clauses.TO, clauses.RECIPIENT),
    "subject": _subject,
    "list": _list,
    "has": _has,
}
# What Gmail leaves out with more mail than Exchange does.
_WIDER: Mapping[str, Kind] = {"list": Kind.LIST, "has": Kind.ATTACHED}
_SIZES: Mapping[str, bool] = {"size": True, "larger": True, "smaller": False}      # True: at least so much
