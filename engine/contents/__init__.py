"""What moves: a content is a file here, and a row of CONTENTS. Their order is the order of the steps."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.contents.calendars import CALENDARS
from engine.contents.mail import MAIL
from engine.contents.way import Way
from engine.errors import Side
from engine.migration.content import Content
from engine.systems import System

Contents = Mapping[Content, Way]


def contents(*ways: Way) -> Contents:
    """Those contents, in the order in which they move; a rollback goes through them backwards."""
    return MappingProxyType({way.content: way for way in ways})


def movable(source: System, destination: System) -> tuple[Content, ...]:
    """The contents that can move between those systems, in the order of the steps."""
    both = source.contents(Side.SOURCE) & destination.contents(Side.DESTINATION)
    return tuple(content for content in CONTENTS if content in both)


CONTENTS = contents(MAIL, CALENDARS)
