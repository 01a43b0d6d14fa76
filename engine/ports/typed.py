"""Items other than mail, as they pass between the two sides: in the elements of Exchange's own web service.

No model of a calendar or a contact stands between the two: what a source gives is an element of [MS-OXWSCORE] and its
sisters, reduced to what a client may write, in the order of the schema.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from types import MappingProxyType

from engine.migration.content import Content


@dataclass(frozen=True, slots=True)
class Changed:
    """An occurrence of a series that is not as the pattern makes it.

    `original` is when the pattern has it, `start` and `end` when it is; UTC. `element` holds those fields alone that
    the occurrence has otherwise than its series, Start and End where it was moved; a field with nothing in it says
    that the occurrence has none. `attachments` are those that the series has not: the series' own are each occurrence's
    as well, but for those `without` which it is, by their places among the attachments of the series.
    """

    original: datetime
    start: datetime
    end: datetime
    element: bytes
    attachments: tuple[bytes, ...] = ()
    without: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Link:
    """An item of the source that another one points to.

    `content` is what it is of, `key` its source key, `folder` the `ref` of the folder that it lies in. A contact has an
    `address`, too, which tells it from contacts that were made of a copy of it, and have the same key.
    """

    content: Content
    key: bytes
    folder: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a contact group: somebody's `name` and `address`, which a group within the group has not.

    `routing` is the type of the address: SMTP, or EX for one that only the source's organization knows.
    `link` is the contact or the group that it is. Where that is not at the destination, a contact is a member by its
    address, and a group by all its own members, `instead`, none of which is a group. `is_first`: the address is the
    first one of the contact; whether a server takes another one is not documented.
    """

    name: str
    address: str = ""
    routing: str = "SMTP"
    link: Link | None = None
    instead: tuple[Member, ...] = ()
    is_first: bool = True


@dataclass(frozen=True, slots=True)
class TypedItem:
    """An item of a source, ready to be written but for its tag.

    `element` is a CalendarItem, Contact, … as CreateItem takes it, with no id, no attachment and no tag of ours. All
    elements stand by themselves as XML; their names have the prefix t.
    `attachments` are elements as CreateAttachment takes them. `changed` and `deleted` are the occurrences of a series
    that differ from its pattern, `deleted` by when the pattern has them, UTC. `key` is its source key, 16 bytes. `ours`
    and `theirs` are its digests (DIGEST in engine/items/tags.py): of the item as it will stand at the destination, and
    of the source's, before any address was resolved or mapped. `size` is its length in bytes, all parts together.
    `untold` says, in words for the report, what of it cannot be carried. `members` are those of a contact group.
    `linked` are the ids at the destination of what it points to, as far as that is there; one that became several items
    has several. Where the link has an address, they are of all that may be meant, the likeliest first. `further` are
    more items that it becomes, each with what it has of its own; their keys and `theirs` mean nothing. `begun` are
    digests of the pieces that may be there of it while it is half written, as far as they are not in
    `ours`: of a series with exceptions.
    """

    uid: int
    element: bytes
    key: bytes
    ours: str
    theirs: str
    size: int
    attachments: tuple[bytes, ...] = ()
    changed: tuple[Changed, ...] = ()
    deleted: tuple[datetime, ...] = ()
    untold: str = ""
    members: tuple[Member, ...] = ()
    linked: Mapping[Link, tuple[str, ...]] = field(default_factory=lambda: MappingProxyType({}))
    further: tuple[TypedItem, ...] = ()
    begun: tuple[str, ...] = ()

    @property
    def links(self) -> Iterator[Link]:
        """What it points to, and what those point to who may stand in the place of a group."""
        for member in self.members:
            yield from (one.link for one in (member, *member.instead) if one.link is not None)

    @property
    def held(self) -> bool:
        """Always: it is in memory."""
        return True

    @property
    def is_whole(self) -> bool:
        """True: one request writes all of it, with what is attached: it is no series, or one without exceptions."""
        return not (self.changed or self.deleted or self.further)

    def close(self) -> None:
        """Nothing is open."""
