"""What a person must have agreed to before a setting is written, because it may destroy something for good."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import cast

from engine.items.run import Run
from engine.migration.request import Choice
from engine.ports.settings import Guarded, Settings

# What an entry's owner is told where they have not agreed.
UNAGREED: Mapping[Choice, str] = MappingProxyType({
    Choice.OUTLOOK_RULES: (
        "Outlook keeps rules of its own in the new mailbox, which would be lost for good; "
        "migrate again and agree to that"
    ),
})
STAYS: Mapping[Choice, str] = MappingProxyType({
    Choice.OUTLOOK_RULES: (
        "Outlook keeps rules of its own in the mailbox now, which would have been lost for good, so it stays"
    ),
})


def tell(run: Run, settings: Settings) -> None:
    """Tells a setting what the person has agreed to, before anything of it is changed."""
    if (guarded := _guarded(settings)) is not None:
        guarded.agree(run.choices)


def _guarded(settings: Settings) -> Guarded | None:
    """By its methods, which may be passed on by what stands around it (engine/migration/first_write.py)."""
    return cast("Guarded", settings) if hasattr(settings, "needs") else None


def not_agreed_to(run: Run, settings: Settings) -> Choice | None:
    """What is in the way of a change; None: nothing, or the person has agreed. Raises FatalError, HaltedError."""
    guarded = _guarded(settings)
    if guarded is None:
        return None
    guarded.agree(run.choices)
    needed = run.patiently(guarded.needs)
    return None if needed in run.choices else needed
