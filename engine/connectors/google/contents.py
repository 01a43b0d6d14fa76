"""What is read of a Google account by its interfaces: a row a content. Loaded when asked for; mail needs none of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.google.contacts import made as contacts
from engine.connectors.google.filters.reading import Filters
from engine.connectors.google.groups import made as groups
from engine.connectors.google.reading.items import Reading
from engine.connectors.google.rest.asking import Asking
from engine.connectors.google.tasks import made as tasks
from engine.connectors.google.vacation import Vacation
from engine.migration.content import Content
from engine.ports.settings import SettingReader


def _calendars() -> Reading:
    from engine.connectors.google.calendars.reading import READING  # noqa: PLC0415 - see above

    return READING


READINGS: Mapping[Content, Callable[[], Reading]] = MappingProxyType({
    Content.CALENDARS: _calendars,
    Content.CONTACTS: contacts.reading,
    Content.CONTACT_GROUPS: groups.reading,
    Content.TASKS: tasks.reading,
})
SETTINGS: Mapping[Content, Callable[[Asking, Directory], SettingReader]] = MappingProxyType({
    Content.INBOX_RULES: Filters,
    Content.OUT_OF_OFFICE: lambda asking, _directory: Vacation(asking),
})
