"""Steps: how each content is moved forwards, in the order in which they run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from engine.contents import mail
from engine.migration import Content, Counts
from engine.run import Run

Steps = Mapping[Content, Callable[[Run], Counts]]

STEPS: Steps = MappingProxyType({Content.MAIL: mail.migrate})
