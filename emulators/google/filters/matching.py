"""Whether a search matches a message: True, False, or None where no document decides it (Kleene's three values)."""

from collections.abc import Collection, Iterable, Mapping
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
    Size,
    Tree,
    UnclearError,
    parsed,
    phrase,
)
from emulators.google.filters.words import has_phrase

Matched = bool | None
_SIGNS = ("(", ")", "{", "}", '"')


def criteria(stated: Mapping[str, Any]) -> Tree:
    """What a filter's criteria ask of a message; raises UnclearError where Google's documents do not say it.

    All have to match (…/gmail/api/guides/filter_settings, "Match criteria"). A subject is a phrase (gmail.v1,
    FilterCriteria), unless it has signs of a search. "Doesn't have" several words is refused: by gmail.v1 it leaves out
    what has all of them, in Gmail's own window what has any. excludeChats changes nothing for mail.
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
        if isinstance(tree, All):
            raise UnclearError(f"negatedQuery of several terms: {stated['negatedQuery']}")
        trees.append(Not(tree))
    if stated.get("hasAttachment"):
        trees.append(Operator("has", "attachment"))
    if "size" in stated:
        trees.append(Size(stated["sizeComparison"], stated["size"]))
    return trees[0] if len(trees) == 1 else All(tuple(trees))


def _subject(text: str) -> Tree:
    said = text.split()
    searched = any(sign in text for sign in _SIGNS) or any(one in ("OR", "AND") or one[0] == "-" for one in said)
    return parsed(text, "subject") if searched else phrase(text, "subject")


def matches(tree: Tree, mail: Mail, own: Collection[str], *, negated: bool = False) -> Matched:
    """Whether a message matches; `own` are the addresses of whoever has the mailbox.

    `negated` is True below a minus, where nobody says what operators of a message's state are.
    """
    found: Matched
    match tree:
        case Not(inner):
            value = matches(inner, mail, own, negated=True)
            found = None if value is None else not value
        case All(trees):
            found = _every(matches(one, mail, own, negated=negated) for one in trees)
        case AnyOf(trees):
            found = _some(matches(one, mail, own, negated=negated) for one in trees)
        case Phrase(field, sought):
            found = _phrase(field, sought, mail)
        case Address(field, address):
            found = _address(field, address, mail, own)
        case Size(comparison, limit):
            found = len(mail.raw) > limit if comparison == "larger" else len(mail.raw) < limit
        case Operator(name, value):
            found = None if negated and name in STATES else _operator(name, value, mail)
    return found


def _address(field: str, address: str, mail: Mail, own: Collection[str]) -> bool:
    there = mail.delivered if field == "deliveredto" else {one.lower() for _, one in mail.people(field)}
    return bool(there & {one.lower() for one in own}) if address == "me" else address in there


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
    return False if name in STATES else None
