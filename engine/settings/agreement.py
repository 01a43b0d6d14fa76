"""What a person must have agreed to before a setting is written, because it may destroy something for good."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

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


def not_agreed_to(run: Run, settings: Settings) -> Choice | None:
    """What is in the way of a change; None: nothing, or the person has agreed. Raises FatalError, HaltedError."""
    if not isinstance(settings, Guarded):
        return None
    settings.agree(run.choices)
    needed = run.patiently(partial(settings.needs))
    return None if needed in run.choices else needed
