"""People and labels of a Google account, as their owner has written them down."""

from __future__ import annotations

from dataclasses import dataclass, field

Date = tuple[int | None, int, int]      # a year, if it is known, month and day


@dataclass(frozen=True, slots=True)
class Typed:
    """A value with the type that Google gives it, or one of the owner's own words."""

    value: str
    type: str = ""


@dataclass(frozen=True, slots=True)
class Place:
    """A postal address."""

    type: str
    street: str = ""
    city: str = ""
    region: str = ""
    code: str = ""
    country: str = ""
    box: str = ""
    more: str = ""      # extendedAddress


@dataclass(frozen=True, slots=True)
class Work:
    """An organization that somebody is in."""

    name: str = ""
    title: str = ""
    department: str = ""
    location: str = ""
    job: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A contact. `key` is the seed's own name of it; `labels` are names of labels."""

    key: str
    given: str = ""
    middle: str = ""
    family: str = ""
    prefix: str = ""
    suffix: str = ""
    phonetic: tuple[str, str] = ("", "")        # given and family name
    nicknames: tuple[str, ...] = ()
    mails: tuple[Typed, ...] = ()
    phones: tuple[Typed, ...] = ()
    places: tuple[Place, ...] = ()
    works: tuple[Work, ...] = ()
    birthday: Date | None = None
    birthday_text: str = ""
    dates: tuple[tuple[str, Date], ...] = ()    # (type, when): anniversaries and others
    relations: tuple[Typed, ...] = ()
    pages: tuple[Typed, ...] = ()
    chats: tuple[tuple[str, str], ...] = ()     # (protocol, name)
    note: str = ""
    own: tuple[tuple[str, str], ...] = ()       # fields of the owner's
    more: tuple[tuple[str, str], ...] = ()      # (field of the People API, value): occupations, interests, …
    photo: bytes = b""
    labels: tuple[str, ...] = ()
    starred: bool = False

    @property
    def display(self) -> str:
        """Its names, as people read them."""
        return " ".join(one for one in (self.prefix, self.given, self.middle, self.family, self.suffix) if one)


@dataclass(frozen=True, slots=True)
class Label:
    """A label, with the keys of the contacts that have it."""

    name: str
    members: tuple[str, ...] = field(default=())
