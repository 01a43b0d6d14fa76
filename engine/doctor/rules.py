"""Inbox rules, tried with one that is off and that no mail meets."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from engine.doctor.trial import ATTEMPTS, Examination, Trial
from engine.errors import RefusedError
from engine.migration.account import Access, Account
from engine.migration.content import Content
from engine.ports.items import Outcome, Verdict
from engine.ports.settings import Entry, Settings
from engine.ports.source import Role

REQUESTS = 4        # that a removal may take, of a rule that is off
OF_THE_LOGIN = "not tried: full access opens no rules, they are the owner's alone"
OUTLOOKS = "not tried: Outlook keeps rules of its own in this mailbox, which a change over the web service destroys"
NOT_CREATED = "No inbox rule can be created: {}"
OTHERWISE = (
    "An inbox rule is shown otherwise than it was written: once the rollback window is over, another migration of the "
    "same mailbox would create it again."
)
NOT_REMOVED = "The inbox rule “{}” cannot be removed again: {} It acts on no mail; remove it by hand."


def try_rules(mailbox: Examination, account: Account, trial: Trial) -> str:
    """Creates a rule, looks at it, and removes it; words on what was seen. Raises RefusedError for what is wrong.

    Nothing is changed where that would destroy something of the owner's.
    """
    if account.access is Access.FULL_ACCESS:
        return OF_THE_LOGIN
    rules = mailbox.settings(Content.INBOX_RULES)
    if trial.ask(mailbox.has_outlook_rules):
        return OUTLOOKS
    deleted = next(folder.id for folder in trial.ask(mailbox.folders) if folder.role is Role.DELETED)
    ours = mailbox.rule(deleted)
    before = {entry.id for entry in trial.ask(rules.read)}
    there: list[Entry] = []
    try:
        outcome = _asked(trial, lambda: rules.apply([ours]), ATTEMPTS)
    finally:
        there += [one for one in trial.ask(rules.read) if _is_ours(one, ours, before)]
        if there:
            _remove(rules, trial, there)
    if not there:
        raise RefusedError(NOT_CREATED.format(outcome.error or "the server keeps none."))
    if any(one.shown != ours.shown for one in there):
        raise RefusedError(OTHERWISE)
    return "created, shown as it was written, and removed again, though it was off"


def _is_ours(one: Entry, ours: Entry, before: Collection[str]) -> bool:
    """True: by what it means; or by its name, where a server shows it otherwise than it was written."""
    return one.key == ours.key or (one.id not in before and one.name == ours.name)


def _remove(rules: Settings, trial: Trial, ours: Sequence[Entry]) -> None:
    outcome = _asked(trial, lambda: rules.restore([], ours), ATTEMPTS + REQUESTS)
    left = {entry.id for entry in trial.ask(rules.read)}
    if any(one.id in left for one in ours):
        raise RefusedError(NOT_REMOVED.format(ours[0].name, outcome.error or "the server keeps it."))


def _asked(trial: Trial, ask: Callable[[], list[Outcome]], times: int) -> Outcome:
    """The last outcome; asked again while the server is busy, did not say, or needs a further request."""
    for _ in range(times):
        outcome = ask()[0]
        if outcome.verdict not in (Verdict.BUSY, Verdict.UNKNOWN):
            break
        if outcome.back_off != 0:
            trial.wait(outcome.back_off)
    return outcome

