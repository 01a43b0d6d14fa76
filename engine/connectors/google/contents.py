"""What is read of a Google account by its interfaces: a row a content. Loaded when asked for; mail needs none of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.google.asking import Asking
from engine.connectors.google.filters.reading import Filters
from engine.connectors.google.items import Reading
from engine.connectors.google.tasks import made as tasks
from engine.connectors.google.vacation import Vacation
from engine.migration.content import Content
from engine.ports.settings import SettingReader

READINGS: Mapping[Content, Callable[[], Reading]] = MappingProxyType({
    Content.TASKS: tasks.reading,
})
SETTINGS: Mapping[Content, Callable[[Asking, Directory], SettingReader]] = MappingProxyType({
    Content.INBOX_RULES: Filters,
    Content.OUT_OF_OFFICE: lambda asking, _directory: Vacation(asking),
})
