"""What a mailbox tells of its settings, and whether it keeps what they were before they are changed. Changes none."""

from __future__ import annotations

from contextlib import suppress

from engine.doctor.trial import Trial
from engine.errors import OmmError, RefusedError
from engine.migration.content import Content
from engine.ports.out_of_office import out_of_office
from engine.words import number

NAME, DATA = "OMM.check", b"OMM check"      # of what is kept in the mailbox for the length of the trial


def keeps(trial: Trial) -> str:
    """Keeps something as a migration keeps the settings that it changes. Raises OmmError where it does not stay."""
    mailbox = trial.mailbox
    try:
        trial.ask(lambda: mailbox.stash(NAME, DATA))
        if trial.ask(lambda: mailbox.stashed(NAME)) != DATA:
            raise RefusedError("What is kept in the mailbox does not stay as it was: no setting would be moved.")
    finally:
        with suppress(OmmError):
            trial.ask(lambda: mailbox.unstash(NAME))
    if trial.ask(lambda: mailbox.stashed(NAME)) is not None:
        raise RefusedError(f"What was kept in the mailbox could not be removed: its user configuration {NAME}.")
    return "what settings were before can be kept in the mailbox, where no program shows it"


def categories(trial: Trial) -> str:
    """How many categories the mailbox's list has."""
    found = trial.ask(trial.mailbox.settings(Content.COLOURS).read)
    return f"{number(len(found), 'category')} in the mailbox's list"


def replies(trial: Trial) -> str:
    """Whether the out-of-office is on."""
    (entry,) = trial.ask(trial.mailbox.settings(Content.OUT_OF_OFFICE).read)
    return f"told, with its replies; it is {out_of_office(entry.value).state.lower()}"
