"""Filters: users.settings.filters.list, get, create, delete, and what they do with a message that arrives."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from emulators.google.clients import NotPossibleError
from emulators.google.filters.mail import Mail
from emulators.google.filters.matching import Judged, criteria
from emulators.google.filters.query import Tree, UnclearError
from emulators.google.gmail import mailbox
from emulators.google.mail_settings.forwarding import Forwarding
from emulators.google.mailboxes import CATEGORIES
from emulators.google.people import Person
from emulators.google.rest.refusals import invalid, missing, not_emulated, precondition
from emulators.google.rest.room import Request, Room

MOST = 1000         # gmail.v1, filters.create
# …/gmail/api/guides/filter_settings, "Actions"; categories: support.google.com/mail/answer/6579
ADDED = frozenset(("STARRED", "IMPORTANT", "TRASH", *CATEGORIES))
REMOVED = frozenset(("INBOX", "UNREAD", "SPAM", "IMPORTANT"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """A filter; `asks` is what its criteria mean."""

    id: str
    criteria: Mapping[str, Any]
    action: Mapping[str, Any]
    asks: Tree


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """Where a message ends.

    `labels` are ids, of the system's labels too; `names` those of the user's labels among them, as people see them.
    `important` is None where only Gmail's own judgement says it. `filters` are the ids of those that matched.
    """

    labels: tuple[str, ...]
    names: tuple[str, ...]
    filters: tuple[str, ...]
    forwarded_to: tuple[str, ...]
    trashed: bool
    archived: bool
    starred: bool
    read: bool
    spam: bool
    important: bool | None


@dataclass(slots=True)
class _Wanted:
    added: set[str] = field(default_factory=set)
    removed: set[str] = field(default_factory=set)


class Filters:
    """All filters of all accounts, in the order in which they were made."""

    def __init__(self, room: Room, forwarding: Forwarding) -> None:
        """Register the methods."""
        self._room, self._forwarding = room, forwarding
        self._filters: dict[str, dict[str, Filter]] = {}
        self._made = 0
        for name, work in {"list": self.filters, "get": self.get, "create": self.create, "delete": self.delete}.items():
            room.register(f"gmail.users.settings.filters.{name}", work)

    def filters(self, request: Request) -> dict[str, Any]:
        """filters.list: without any there is no field."""
        found = [_told(one) for one in self._of(mailbox(request)).values()]
        return {"filter": found} if found else {}

    def get(self, request: Request) -> dict[str, Any]:
        """filters.get."""
        found = self._of(mailbox(request)).get(request.parameters["id"])
        if found is None:
            raise missing()
        return _told(found)

    def delete(self, request: Request) -> None:
        """filters.delete."""
        if self._of(mailbox(request)).pop(request.parameters["id"], None) is None:
            raise missing()

    def create(self, request: Request) -> dict[str, Any]:
        """filters.create: Google gives it its id.

        Refused: one without criteria or action, more than 1,000, labels that no filter takes or nobody has, two of the
        user's labels, an address to which nothing may be forwarded, one that is there already
        (github.com/elie222/inbox-zero/issues/1134), and one of which no document says what it does (501).
        """
        person = mailbox(request)
        asked, action = _criteria(request.given), self._action(person, request.given)
        held = self._of(person)
        if any(one.criteria == asked and _same(one.action, action) for one in held.values()):
            raise precondition("Filter already exists")
        if len(held) >= MOST:
            raise precondition("Too many filters")
        try:
            asks = criteria(asked)
        except UnclearError as error:
            raise not_emulated(f"no document says what this filter does: {error}") from error
        self._made += 1
        digits = sha256(f"{person.address} {self._made}".encode()).digest()[:30]
        made = Filter(id="ANe1Bm" + base64.urlsafe_b64encode(digits).decode(), criteria=asked, action=action, asks=asks)
        held[made.id] = made
        return _told(made)

    def deliver(self, person: Person, raw: bytes, *, to: str = "", spam: bool = False) -> Delivered:
        """Where a message ends that arrives for somebody, at the address `to`.

        Every filter that matches is applied (support.google.com/mail/answer/6579 has no word of one that stops others).
        `spam` is Gmail's own verdict. Raises NotPossibleError where no document says what happens: whether a filter
        matches, two filters that want opposite things, a filter that matches spam and does not keep it from there,
        auto-forwarding that does something with what it has sent on.
        """
        judged = Judged(mail=Mail(raw, to or person.address), own=frozenset((person.address, *person.aliases)),
                        reading=self._room.state.settings.filter_reading)
        matched = []
        for one in self._of(person).values():
            found = judged.matches(one.asks)
            if found is None:
                raise NotPossibleError(f"no document says whether the filter {dict(one.criteria)} matches")
            matched += [one] if found else []
        wanted = _Wanted()
        for one in matched:
            wanted.added |= set(one.action.get("addLabelIds", ()))
            wanted.removed |= set(one.action.get("removeLabelIds", ()))
        if both := wanted.added & wanted.removed or _categories(wanted.added):
            raise NotPossibleError(f"filters contradict one another: {sorted(both)}")
        if spam and "SPAM" not in wanted.removed and matched:
            raise NotPossibleError("no document says what filters do with spam")
        spam = spam and "SPAM" not in wanted.removed
        return self._ended(person, matched, wanted, spam=spam)

    def _ended(self, person: Person, matched: list[Filter], wanted: _Wanted, *, spam: bool) -> Delivered:
        trashed = "TRASH" in wanted.added
        place = {"SPAM"} if spam else set() if trashed or "INBOX" in wanted.removed else {"INBOX"}
        labels = place | wanted.added | ({"UNREAD"} - wanted.removed)
        important = True if "IMPORTANT" in wanted.added else False if "IMPORTANT" in wanted.removed else None
        names = {one.id: one.name for one in self._labels(person) if one.type == "user"}
        forwarded = dict.fromkeys(one.action["forward"] for one in matched if "forward" in one.action)
        if not spam and (everything := self._forwarding.everything(person)):
            forwarded[everything] = None
        return Delivered(
            labels=tuple(sorted(labels)), names=tuple(sorted(names[one] for one in labels & names.keys())),
            filters=tuple(one.id for one in matched), forwarded_to=tuple(forwarded), trashed=trashed, spam=spam,
            archived=not (spam or trashed or "INBOX" in place), starred="STARRED" in labels,
            read="UNREAD" not in labels, important=important)

    def _action(self, person: Person, given: Mapping[str, Any]) -> dict[str, Any]:
        stated = given.get("action") or {}
        action = {name: value for name in ("addLabelIds", "removeLabelIds", "forward") if (value := stated.get(name))}
        if not action:      # an empty address is none (github.com/mbrt/gmailctl/issues/56)
            raise invalid("Filter doesn't have actions", reason="invalidArgument")
        added, removed = set(action.get("addLabelIds", ())), set(action.get("removeLabelIds", ()))
        own = added & {one.id for one in self._labels(person) if one.type == "user"}
        wrong = [*(added - ADDED - own), *(removed - REMOVED), *(added & removed), *_categories(added)]
        if wrong:           # github.com/GAM-team/GAM/issues/365
            raise invalid(f"Invalid label: {sorted(wrong)[0]}", reason="invalidArgument")
        if len(own) > 1:    # …/guides/filter_settings: one user-defined label per filter
            raise invalid("A filter adds at most one label of the user's own", reason="invalidArgument")
        if "forward" in action and not self._forwarding.is_verified(person, action["forward"]):
            raise precondition("Unrecognized forwarding address")       # github.com/mbrt/gmailctl/issues/56
        return action

    def _labels(self, person: Person) -> Any:
        return self._room.state.mailboxes.labels(person.address)

    def _of(self, person: Person) -> dict[str, Filter]:
        return self._filters.setdefault(person.address, {})


def _criteria(given: Mapping[str, Any]) -> dict[str, Any]:
    """Without what says nothing; raises ApiError (400) for none at all, and for a size that is not compared."""
    stated = given.get("criteria") or {}
    found = {name: value for name, value in stated.items() if value not in (None, "", False, "unspecified")}
    if ("size" in found) != ("sizeComparison" in found) or found.get("size", 0) < 0:
        raise invalid("size and sizeComparison go together", reason="invalidArgument")
    if not found.keys() - {"excludeChats"}:
        raise invalid("Filter doesn't have criteria", reason="invalidArgument")
    if "subject" in found:
        found["subject"] = " ".join(found["subject"].split())       # gmail.v1, FilterCriteria.subject
    return found


def _categories(labels: set[str]) -> set[str]:
    """The categories among labels, if there are two: a message is in one."""
    found = labels & set(CATEGORIES)
    return found if len(found) > 1 else set()


def _same(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """True: both do the same, whatever the order of their labels is."""
    return one.keys() == other.keys() and all(sorted(one[name]) == sorted(other[name]) for name in one)


def _told(held: Filter) -> dict[str, Any]:
    return {"id": held.id, "criteria": dict(held.criteria), "action": dict(held.action)}
