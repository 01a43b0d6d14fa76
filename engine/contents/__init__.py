"""What moves: a content is a file here, and a row of CONTENTS. Their order is the order of the steps."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from engine.contents.mail import MAIL
from engine.contents.way import Way
from engine.migration.request import Content

Contents = Mapping[Content, Way]


def contents(*ways: Way) -> Contents:
    """Those contents, in the order in which they move; a rollback goes through them backwards."""
    return MappingProxyType({way.content: way for way in ways})


CONTENTS = contents(MAIL)
