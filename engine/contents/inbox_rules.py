"""Inbox rules. They act on live mail, so they come after all that they may act on, behind the mailbox's own."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import cast

from engine.contents.mail import KIND as MAIL
from engine.errors import RefusedError, Side
from engine.items.foreseen import homes
from engine.items.run import Run
from engine.migration.content import Content
from engine.migration.record import Counts, Failure, Reason, Step
from engine.migration.request import Choice
from engine.ports.rules import Rule, RuleSettings, numbered
from engine.ports.settings import Entry, Settings, Wanted
from engine.ports.source import FilingRules
from engine.settings.copying import copy
from engine.settings.plan import LeftOut
from engine.settings.refused import brought
from engine.settings.way import SettingWay
from engine.words import listed

LEFT = "left:"      # with which the key of a rule begins that is not looked for
SENDS = "it sends mail on to others, which was not asked for; migrate again with rules that forward, or make it anew"
NO_FOLDER = "it files into {}, which has no counterpart in the new mailbox; make the folder and the rule there"
GONE_FOLDER = "it files into a folder that the old mailbox has no more; make it anew with another folder"
REPLACED = "; a rule that only stops is in its place, so that the later rules do not act on its mail"
UNREPLACED = "; it stops later rules, which may act now on mail that it kept from them"


def merged(there: Entry | None, wanted: Entry) -> Entry | LeftOut:
    """A rule of that meaning is there already, whatever it is called, on or off."""
    return there or wanted


def adapted(run: Run, settings: Settings, rules: Sequence[Entry]) -> Sequence[Entry]:
    """The source's rules as the mailbox is to have them, in their order; why some stay, and what is there instead."""
    told = [rule for rule in rules if isinstance(rule, Rule)]
    folders = _folders(run, told)
    return _wanted([_draft(rule, cast("RuleSettings", settings), folders, run.choices) for rule in told])


def _folders(run: Run, rules: Sequence[Rule]) -> Mapping[str, str]:
    """The mailbox's folders for the mail of those that rules file into, by their ids at the source."""
    if run.source is None or not any(rule.folders for rule in rules):
        return {}
    if isinstance(run.source, FilingRules):
        return homes(run, MAIL, run.patiently(run.source.rule_folders, Side.SOURCE))
    reader = run.source.reader(Content.MAIL)
    try:
        folders = run.patiently(reader.folders, Side.SOURCE).folders
    finally:
        reader.close()
    return homes(run, MAIL, folders)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A rule of the source, as it is to be, what is there instead where it is not, and why it stays."""

    rule: Rule
    entry: Entry
    instead: Entry | None
    stays: str


def _draft(rule: Rule, settings: RuleSettings, folders: Mapping[str, str], choices: Sequence[Choice]) -> _Draft:
    entry = settings.placed(rule, folders)
    if rule.stays:      # what it means is not wholly known, so that none in the mailbox can be told to mean the same
        entry = replace(entry, key=f"{LEFT}{rule.theirs}")
    instead = None if rule.stopping is None else settings.placed(rule.stopping, folders)
    stays = "; ".join(filter(None, (rule.stays, *_more_reasons(rule, folders, choices))))
    return _Draft(rule, entry, instead, stays + UNREPLACED if stays and rule.stops and instead is None else stays)


def _more_reasons(rule: Rule, folders: Mapping[str, str], choices: Sequence[Choice]) -> Iterator[str]:
    missing = {source: name for source, name in rule.folders.items() if source not in folders}
    if not all(missing.values()):
        yield GONE_FOLDER
    if named := [f"“{name}”" for name in missing.values() if name]:
        yield NO_FOLDER.format(listed(named))
    if rule.sends and Choice.FORWARDING not in choices:
        yield SENDS


def _wanted(drafts: Sequence[_Draft]) -> list[Wanted]:
    """Those rules; twins have keys of their own, as at the destination. What may never be written comes last."""
    first = [entry for draft in drafts for entry in (draft.entry, draft.instead if draft.stays else None) if entry]
    late = [draft.instead for draft in drafts if draft.instead and not draft.stays]
    keys = numbered([entry.key for entry in (*first, *late)])
    apart = {id(entry): replace(entry, key=key) for entry, key in zip((*first, *late), keys, strict=True)}
    return [
        Wanted(
            apart[id(draft.entry)].key, draft.rule.name, draft.entry.value, id=draft.rule.id, stays=draft.stays,
            shown=draft.entry.shown, note=draft.rule.note, theirs=draft.rule.theirs, replaced=REPLACED,
            missing=UNREPLACED,
            instead=draft.instead and replace(apart[id(draft.instead)], id=f"{draft.rule.id}/stops"),
        )
        for draft in drafts
    ]


@dataclass(frozen=True, slots=True)
class InboxRulesWay(SettingWay):
    """As every setting; where the new mailbox does not tell its rules, each one of the source is left out, and why."""

    def forwards(self, run: Run) -> Counts:
        """Adds what is missing. Raises FatalError, HaltedError; RefusedError where something may have been written."""
        wanted: list[Entry] = []

        def adapt(run: Run, settings: Settings, rules: Sequence[Entry]) -> Sequence[Entry]:
            wanted.extend(self.adapt(run, settings, rules))
            return wanted

        def bring() -> Counts:
            try:
                return copy(run, self.content, self.merge, adapt)
            except RefusedError as error:
                if not wanted or self._has_written(run):
                    raise
                return _not_opened(run, wanted, str(error))

        return bring() if self._has_written(run) else brought(run, self.content, bring)

    def _has_written(self, run: Run) -> bool:
        return bool(run.images.load(run.task_id, self.content).changes)


def _not_opened(run: Run, wanted: Sequence[Entry], why: str) -> Counts:
    counts = Counts(found=len(wanted), left_out=len(wanted))
    run.begin_report()
    run.report([Failure(Content.INBOX_RULES, "", rule.name, rule.stays or why, Reason.LEFT_OUT) for rule in wanted])
    run.on_step(Step(counts=counts))
    return counts


INBOX_RULES = InboxRulesWay(Content.INBOX_RULES, merged, adapted)
