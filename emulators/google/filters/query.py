"""Gmail's search language as far as filters have it, read into a tree.

Operators and symbols are those of support.google.com/mail/answer/7190. What that page leaves open is refused
(UnclearError): brackets or quotation marks that are not closed, an operator that it does not name, most symbols in the
middle of a word. An OR beside an AND without brackets has two readings (`Readings`).
"""

import re
from dataclasses import dataclass
from typing import NoReturn

from emulators.google.filters.words import Words, words

FIELDS = {"from": "from", "to": "recipients", "cc": "cc", "bcc": "bcc", "subject": "subject", "list": "list",
          "filename": "filename", "deliveredto": "deliveredto", "rfc822msgid": "rfc822msgid"}
PEOPLE = ("from", "recipients", "cc", "bcc")
_WHOLE = ("filename", "rfc822msgid")
SIZES = {"larger": "larger", "size": "larger", "smaller": "smaller"}
AGES = ("older_than", "newer_than")
# The window in which people make a filter warns that these never match incoming mail
# (webapps.stackexchange.com/questions/1869); no page says what they are behind a minus.
STATES = ("is", "in", "label")
# On the page, and nothing there says what they are for a message that arrives.
UNTOLD = ("before", "after", "older", "newer", "has", "category")
_ADDRESS = re.compile(r"[\w.+'-]+@[\w-]+(\.[\w-]+)+")
_PLAIN = re.compile(r"[\w.\-'&/+:@]+")
_SIZE = re.compile(r"(\d+)([KkMm]?)(?:[Bb])?")
_ENDS = " \t\r\n(){}\""


class UnclearError(Exception):
    """No document says what this means."""


@dataclass(frozen=True, slots=True)
class Phrase:
    """Words one behind another, in a field, or anywhere when that is ""."""

    field: str
    words: Words


@dataclass(frozen=True, slots=True)
class Address:
    """A whole address in a field; `me` is whoever has the mailbox."""

    field: str
    address: str


@dataclass(frozen=True, slots=True)
class Size:
    """`larger` or `smaller` than so many bytes."""

    comparison: str
    bytes: int


@dataclass(frozen=True, slots=True)
class Operator:
    """Any other operator with what stands behind its colon."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Not:
    """What must not match."""

    tree: "Tree"


@dataclass(frozen=True, slots=True)
class All:
    """What must match all of it."""

    trees: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class AnyOf:
    """Of what one is enough."""

    trees: "tuple[Tree, ...]"


@dataclass(frozen=True, slots=True)
class Readings:
    """What can be read in two ways, where Google's documents do not decide which.

    `told`: the first is that of the API's document, the second that of Gmail's own window.
    """

    trees: "tuple[Tree, Tree]"
    told: bool = False


Tree = Phrase | Address | Size | Operator | Not | All | AnyOf | Readings


def parsed(text: str, field: str = "") -> Tree:
    """The tree of a search, all of it in a field unless that is ""; raises UnclearError."""
    reader = _Reader(text)
    tree = reader.group(field, "")
    if reader.at < len(text):
        _unclear(f"a bracket that closes nothing: {text}")
    return tree


def phrase(text: str, field: str) -> Phrase:
    """The words of a text as one phrase; raises UnclearError for a text without any.

    The name of a file and the id of a message are one word, whatever is in them.
    """
    found = (text.lower(),) if field in _WHOLE and text else words(text)
    if not found:
        _unclear(f"a search without a word: {text}")
    return Phrase(field, found)


def _unclear(why: str) -> NoReturn:
    raise UnclearError(why)


def _joined(trees: list[Tree], joints: list[str]) -> Tree:
    """Terms with OR or AND between them; where both are, whichever may be the one that binds."""
    if len(set(joints)) < 2:
        return _one(AnyOf if "OR" in joints else All, trees)
    ways: list[Tree] = []
    for binding, inner, outer in (("OR", AnyOf, All), ("AND", All, AnyOf)):
        groups = [[trees[0]]]
        for joint, tree in zip(joints, trees[1:], strict=True):
            if joint == binding:
                groups[-1].append(tree)
            else:
                groups.append([tree])
        ways.append(_one(outer, [_one(inner, one) for one in groups]))
    return Readings((ways[0], ways[1]))


def _one(kind: type[All] | type[AnyOf], trees: list[Tree]) -> Tree:
    return trees[0] if len(trees) == 1 else kind(tuple(trees))


class _Reader:
    def __init__(self, text: str) -> None:
        self.text, self.at = text, 0

    def group(self, field: str, close: str) -> Tree:
        """All up to the bracket that closes it: terms that must all match, or, in braces or between OR, one of them."""
        found: list[Tree] = []
        joints: list[str] = []
        usual = "OR" if close == "}" else "AND"
        joint = ""
        while self._next() not in ("", ")", "}"):
            if (said := self._keyword()) is not None:
                if joint or not found:
                    _unclear(f"{said} without a term before it: {self.text}")
                joint = said
                continue
            joints += [joint or usual] if found else []
            joint = ""
            found.append(self._term(field))
        if joint or not found:
            _unclear(f"an empty group, or nothing behind OR: {self.text}")
        if self._next() != close:
            _unclear(f"a bracket that is not closed: {self.text}")
        self.at += len(close)
        if close == "}" and "AND" in joints:
            _unclear(f"AND in braces: {self.text}")
        return _joined(found, joints)

    def _next(self) -> str:
        while self.text[self.at:self.at + 1].isspace():
            self.at += 1
        return self.text[self.at:self.at + 1]

    def _keyword(self) -> str | None:
        found = re.compile(r"(OR|AND)(?=[\s({\"]|$)").match(self.text, self.at)
        if found is None:
            if re.compile(r"AROUND(?=\s|$)").match(self.text, self.at):
                _unclear("AROUND: how far two words may be apart is not said for filters")
            return None
        self.at = found.end()
        return found[1]

    def _term(self, field: str) -> Tree:
        first = self._next()
        if first == "-":
            self.at += 1
            if self.text[self.at:self.at + 1] in ("", "-", " "):
                _unclear(f"a minus before nothing: {self.text}")
            return Not(self._term(field))
        if first in "({":
            self.at += 1
            return self.group(field, ")" if first == "(" else "}")
        if first == '"':
            quoted = self._quoted()
            return _word(quoted, field) if field == "deliveredto" else phrase(quoted, field)
        operator = re.compile(r"([A-Za-z0-9_]+):").match(self.text, self.at)
        if operator is None:
            return _word(self._bare(), field)
        self.at = operator.end()
        return self._operator(operator[1].lower(), field)

    def _operator(self, name: str, field: str) -> Tree:
        behind = self.text[self.at:self.at + 1]
        if field or not behind or behind.isspace():
            _unclear(f"{name}: inside another operator, or before nothing")
        if name in FIELDS:
            return self._term(FIELDS[name]) if behind in '({"' else _word(self._bare(), FIELDS[name])
        value = self._quoted() if behind == '"' else self._bare()
        if name in SIZES:
            return Size(SIZES[name], _bytes(value))
        if name in (*AGES, *STATES, *UNTOLD) and value:
            if name in AGES and not re.fullmatch(r"\d+[dmy]", value):
                _unclear(f"{name}:{value}")
            return Operator(name, value.lower())
        _unclear(f"the operator {name}:")

    def _bare(self) -> str:
        start = self.at
        while self.at < len(self.text) and self.text[self.at] not in _ENDS:
            self.at += 1
        return self.text[start:self.at]

    def _quoted(self) -> str:
        end = self.text.find('"', self.at + 1)
        if end < 0:
            _unclear(f"a quotation mark that is not closed: {self.text}")
        found = self.text[self.at + 1:end]
        self.at = end + 1
        return found


def _bytes(value: str) -> int:
    """10M is 10485760 bytes (developers.google.com/workspace/gmail/api/guides/filter_settings, its size of 10 MB)."""
    found = _SIZE.fullmatch(value)
    if found is None:
        _unclear(f"a size of {value}")
    return int(found[1]) * {"": 1, "K": 1024, "M": 1024**2}[found[2].upper()]


def _word(text: str, field: str) -> Tree:
    """A term without quotation marks: a word, several joined by symbols, which are a phrase, or an address.

    A plus before it wants the very word (support.google.com/mail/answer/7190), as all words here are. An @ at its
    beginning or end does not count (gmail.v1, FilterCriteria.to; the page of `words.py`), and a *@ before a domain
    neither.
    """
    if field in ("list", "rfc822msgid"):
        text = text.removeprefix("<").removesuffix(">")
    text = text.removeprefix("*@").removeprefix("+")
    if field in PEOPLE and text.lower() == "me":
        return Address(field, "me")
    bare = text.strip("@")
    if not _PLAIN.fullmatch(text) or (field in PEOPLE and not bare):
        _unclear(f"a symbol in {text}")
    if "@" in bare and field in (*PEOPLE, "deliveredto"):
        if not _ADDRESS.fullmatch(bare):
            _unclear(f"half an address: {text}")
        return Address(field, bare.lower())
    if field == "deliveredto":
        _unclear(f"deliveredto: without an address: {text}")
    return phrase(text if field in _WHOLE else bare, field)
