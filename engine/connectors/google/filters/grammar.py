"""What a search of Gmail says, as a tree.

Operators and signs are those of Google's help (support.google.com/mail/answer/7190): OR, AND, braces for one of
several, parentheses for all of several, a hyphen for the contrary, quotation marks for a phrase. The help does not say
what goes first where OR stands beside words without it, so that such a search is not read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass

MIXED = "it mixes OR with other conditions, and Google does not say which of them goes first"
UNCLOSED = "a bracket or quotation mark in it is not closed"
ODD = "OMM does not know how Gmail reads “{}” in it"
EMPTY = "a condition in it is empty"
DEEP = 20       # brackets in brackets, and hyphens; nobody writes more
_TOKEN = re.compile(
    r"""\s*(?:(?P<sign>[(){}])|"(?P<phrase>[^"]*)"|(?P<minus>-)(?=\S)"""
    r"""|(?P<field>[A-Za-z_]+):(?=\S)|(?P<word>[^\s(){}"]+))"""
)
_WORDS = frozenset({"OR", "AND", "NOT", "AROUND", "-"})
_PAIRS = {"(": ")", "{": "}"}


class UnreadableError(Exception):
    """A search that cannot be read for sure; the words say why, for its owner."""


@dataclass(frozen=True, slots=True)
class Term:
    """Words that are looked for, in a field of a message; "" where they may be anywhere. `phrase`: as they stand."""

    field: str
    words: str
    phrase: bool = False


@dataclass(frozen=True, slots=True)
class Not:
    """What must not hold."""

    node: Node


@dataclass(frozen=True, slots=True)
class All:
    """What must hold together."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any:
    """Of which one must hold."""

    nodes: tuple[Node, ...]


Node = Term | Not | All | Any


def parsed(search: str, field: str = "") -> Node:
    """The tree of a search. Words that name no field are looked for in `field`. Raises UnreadableError."""
    tokens = _tokens(search)
    reading = _Reading(tokens)
    found = reading.several("", field)
    if reading.at < len(tokens):
        raise UnreadableError(UNCLOSED)
    return found


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


def _tokens(search: str) -> list[_Token]:
    found, at, search = list[_Token](), 0, search.strip()
    while at < len(search):
        match = _TOKEN.match(search, at)
        if match is None:
            raise UnreadableError(UNCLOSED if search[at:].lstrip().startswith('"') else ODD.format(search[at:][:20]))
        kind = str(match.lastgroup)
        found.append(_Token(kind, match[kind]))
        at = match.end()
    return found


_JOINING = (_Token("word", "OR"), _Token("word", "AND"))


class _Reading:
    """Goes through the tokens once."""

    def __init__(self, tokens: Sequence[_Token]) -> None:
        self._tokens = tokens
        self.at = 0
        self._depth = 0

    def several(self, closing: str, field: str) -> Node:
        """What stands up to the closing sign, or to the end where there is none."""
        nodes, joined, expects = list[Node](), set[str](), True
        while self.at < len(self._tokens) and self._tokens[self.at] != _Token("sign", closing):
            token = self._tokens[self.at]
            if not expects and token in _JOINING:
                joined.add(token.text)
                expects, self.at = True, self.at + 1
                continue
            if not expects:
                joined.add("OR" if closing == "}" else "AND")
            nodes.append(self._one(field))
            expects = False
        if expects:
            raise UnreadableError(EMPTY)
        if closing == "}" and "AND" in joined:
            raise UnreadableError(ODD.format("AND"))
        return _joined(nodes, joined)

    def _one(self, field: str) -> Node:
        """One condition, with whatever belongs to it."""
        if self.at >= len(self._tokens):
            raise UnreadableError(EMPTY)
        token = self._tokens[self.at]
        self.at += 1
        if token.kind == "minus":
            return Not(self._denied(field))
        if token.kind == "field":
            if field:
                raise UnreadableError(ODD.format(f"{token.text}:"))
            return self._one(token.text.lower())
        if token.kind == "sign":
            return self._bracketed(token.text, field)
        return _term(token, field)

    def _denied(self, field: str) -> Node:
        """What stands behind a hyphen."""
        self._depth += 1
        if self._depth > DEEP:
            raise UnreadableError(ODD.format("-" * DEEP))
        found = self._one(field)
        self._depth -= 1
        return found

    def _bracketed(self, opening: str, field: str) -> Node:
        closing = _PAIRS.get(opening)
        self._depth += 1
        if closing is None or self._depth > DEEP:
            raise UnreadableError(UNCLOSED)
        found = self.several(closing, field)
        if self.at >= len(self._tokens):
            raise UnreadableError(UNCLOSED)
        self.at += 1
        self._depth -= 1
        return found


def _joined(nodes: Sequence[Node], joined: Collection[str]) -> Node:
    """Those conditions as one, by the words that stand between them."""
    if len(joined) > 1:
        raise UnreadableError(MIXED)
    if len(nodes) == 1:
        return nodes[0]
    return Any(tuple(nodes)) if "OR" in joined else All(tuple(nodes))


def _term(token: _Token, field: str) -> Term:
    words = " ".join(token.text.split())
    if token.kind == "phrase":
        if not words:
            raise UnreadableError(EMPTY)
        return Term(field, words, phrase=True)
    if words in _WORDS or words.startswith("+") or words.endswith(":") or "*" in words.removeprefix("*@"):
        raise UnreadableError(ODD.format(words))
    return Term(field, words)
