"""Whether a search matches a message: True, False, or None where no document decides it (Kleene's three values)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from emulators.google.filters.mail import Mail
from emulators.google.filters.query import (
    STATES,
    Address,
    All,
    AnyOf,
    Not,
    Operator,
    Phrase,
    Readings,
    Size,
    Tree,
    parsed,
    phrase,
)
from emulators.google.filters.words import has_phrase
from emulators.google.settings import FilterReading

Matched = bool | None
_SIGNS = ("(", ")", "{", "}", '"')


def criteria(stated: Mapping[str, Any]) -> Tree:
    """What a filter's criteria ask of a message; raises UnclearError where Google's documents do not say it.

    All have to match (…/gmail/api/guides/filter_settings, "Match criteria"). Several words of a subject are a phrase by
    gmail.v1 (FilterCriteria), and words by the search that Gmail's own window shows of such a filter. Of several words
    that mail must not have, gmail.v1 leaves out what has all of them, that window what has any. Both stand here as two
    readings. excludeChats changes nothing for mail.
    """
    trees: list[Tree] = []
    for name, field in (("from", "from"), ("to", "recipients")):
        if stated.get(name):
            trees.append(parsed(stated[name], field))
    if stated.get("subject"):
        trees.append(_subject(stated["subject"]))
    if stated.get("query"):
        trees.append(parsed(stated["query"]))
    if stated.get("negatedQuery"):
        tree = parsed(stated["negatedQuery"])
        several = tree.trees if isinstance(tree, All) else ()
        trees.append(Not(Readings((tree, AnyOf(several)), told=True) if several else tree))
    if stated.get("hasAttachment"):
        trees.append(Operator("has", "attachment"))
    if "size" in stated:
        trees.append(Size(stated["sizeComparison"], stated["size"]))
    return trees[0] if len(trees) == 1 else All(tuple(trees))


def _subject(text: str) -> Tree:
    said = text.split()
    searched = any(sign in text for sign in _SIGNS) or any(one in ("OR", "AND") or one[0] == "-" for one in said)
    if searched:
        return parsed(text, "subject")
    whole = phrase(text, "subject")
    return Readings((whole, All(tuple(Phrase("subject", (one,)) for one in whole.words))), told=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """A message, the addresses of whoever has the mailbox, and which reading counts where two are told."""

    mail: Mail
    own: frozenset[str]
    reading: FilterReading = "both"

    def matches(self, tree: Tree, *, negated: bool = False) -> Matched:
        """Whether it matches. `negated`: below a minus, where nobody says what operators of a message's state are."""
        found: Matched
        match tree:
            case Not(inner):
                value = self.matches(inner, negated=True)
                found = None if value is None else not value
            case All(trees):
                found = _every(self.matches(one, negated=negated) for one in trees)
            case AnyOf(trees):
                found = _some(self.matches(one, negated=negated) for one in trees)
            case Readings():
                found = self._read(tree, negated=negated)
            case Phrase(field, sought):
                found = _phrase(field, sought, self.mail)
            case Address(field, address):
                found = _address(field, address, self.mail, self.own)
            case Size(comparison, limit):
                size = len(self.mail.raw)
                found = size > limit if comparison == "larger" else size < limit
            case Operator(name, value):
                found = None if negated and name in STATES else _operator(name, value, self.mail)
        return found

    def _read(self, tree: Readings, *, negated: bool) -> Matched:
        document, window = (self.matches(one, negated=negated) for one in tree.trees)
        if tree.told and self.reading != "both":
            return document if self.reading == "document" else window
        return document if document == window else None


def _address(field: str, address: str, mail: Mail, own: frozenset[str]) -> bool:
    there = mail.delivered if field == "deliveredto" else {one.lower() for _, one in mail.people(field)}
    return bool(there & own) if address == "me" else address in there


def _every(values: Iterable[Matched]) -> Matched:
    found = list(values)
    return False if False in found else None if None in found else True


def _some(values: Iterable[Matched]) -> Matched:
    found = list(values)
    return True if True in found else None if None in found else False


def _phrase(field: str, sought: tuple[str, ...], mail: Mail) -> bool:
    if field == "rfc822msgid":
        return mail.message_id == sought[0]
    if field == "filename":
        return any(_is_file(one.casefold(), sought[0]) for one in mail.attachments)
    return any(has_phrase(text, sought) for text in mail.texts(field))


def _is_file(name: str, sought: str) -> bool:
    """A name or a type (support.google.com/mail/answer/7190: homework.txt, pdf); part of a name is neither."""
    stem, dot, kind = name.rpartition(".")
    return sought in (name, kind if dot else "", stem)


def _operator(name: str, value: str, mail: Mail) -> Matched:
    """A message that arrives is newer and not older than any number of days (…_than: of the same page)."""
    if (name, value) == ("has", "attachment"):
        return bool(mail.attachments)
    if name in ("older_than", "newer_than"):
        return name == "newer_than"
    return False if name in STATES and value != "anywhere" else None
