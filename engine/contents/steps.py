"""Steps: how each content is moved forwards, in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from engine.contents import mail
from engine.items.run import Run
from engine.migration.record import Counts
from engine.migration.request import Content

Steps = Mapping[Content, Callable[[Run], Counts]]

STEPS: Steps = MappingProxyType({Content.MAIL: mail.migrate})
