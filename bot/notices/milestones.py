"""Milestones: what is told of a migration, derived from its record alone, so that nothing has to be queued for it.

A key says what a notice is about, for ever: whoever has told it writes the key down and never tells it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

from bot.buttons import is_overtaken
from bot.stored.approvals import LASTS
from bot.stored.threads import OPERATOR, Act, Pressed
from bot.views import advice
from bot.views.blocks import Piece, bold, cleaned, link, mention, rich, words
from bot.views.labels import retry_label
from bot.views.masking import masked_words
from bot.views.message import Message
from bot.views.words import THE_OPERATOR, utc
from engine.migration.record import Counts, Migration, Rollback, State
from engine.words import duration, failed, listed, meanwhile, noun, number, of_side, outcome, removed, taken_away

ENDS = frozenset({"completed", "cancelled", "failed", "rolled back"})
LONGEST = 1000      # characters of what somebody else has said
STAYS = ("Nothing was removed.",)
APPROVAL: Mapping[Act, tuple[str, tuple[str, ...]]] = MappingProxyType({
    Act.ASK: ("A rollback was asked for, and needs the approval of a second person.", ()),
    Act.APPROVE: ("The rollback was approved.", ("It starts as soon as a worker is free.",)),
    Act.DENY: ("The rollback was denied.", STAYS),
    Act.WITHDRAW: ("The rollback was taken back.", STAYS),
    Act.EXPIRE: ("Nobody has decided about the rollback in time, so it has expired.", STAYS),
})
OVERTAKEN = "The rollback that was asked for is not possible any more."


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell once. `title` is one sentence and `lines` say more, in our own words.

    `said` is what somebody else has said, a server perhaps, with logins shortened: it is shown, and never marked up.
    `broadcast`: everybody in the conversation is to see it, not only readers of the thread. `to_owner`: the owner gets
    it in their own conversation as well. `by_email`: so does the third party. `by` is who asked for it, as in Pressed;
    None where that is not known. `trouble` names what somebody has to mend. While it lasts it is told once, and its
    message calls the owner by name.
    `of` stands before the name of whoever `by` is.
    `said_above` are those of the lines that the notice before it has said, for whoever reads both.
    """

    key: str
    title: str
    lines: tuple[str, ...] = ()
    broadcast: bool = False
    to_owner: bool = False
    by_email: bool = False
    by: str | None = None
    said: str = ""
    trouble: str = ""
    said_above: frozenset[str] = frozenset()
    of: str = "Asked for by "

    @property
    def in_thread(self) -> Notice:
        """As it is told below the notice before it: nothing is said twice."""
        return replace(self, lines=tuple(line for line in self.lines if line not in self.said_above))

    @property
    def to_followers(self) -> bool:
        """True: it says how the migration ended, so the people who follow it get it as well."""
        return self.key.partition(":")[0] in ENDS

    @property
    def text(self) -> str:
        """Our own words, a line each."""
        return "\n".join((self.title, *self.lines))

    def message(self, card: str = "", *, to: str = "") -> Message:
        """As Slack shows it, with a link to the `card` if one is given. `to` is the person whom it calls by name."""
        said = [self.said] if self.said else []
        called: list[Piece] = [mention(to), words(" ")] if to else []
        lines: list[list[Piece]] = [[*called, bold(self.title)], *([words(line)] for line in (*said, *self.lines))]
        if self.by is not None:
            lines.append([words(self.of), words(THE_OPERATOR) if self.by == OPERATOR else mention(self.by)])
        if card:
            lines.append([link(card, "Open the card")])
        return Message(f"<@{to}> {self.text}" if to else self.text, (rich("notice", *lines),))


def trouble_of(migration: Migration) -> str:
    """What is wrong with a migration, and on which side: the same words for the same trouble. '' for nothing."""
    stopped = migration.attention
    if stopped is None:
        return ""
    what = "migration" if migration.state in (State.NEEDS_ATTENTION, State.FAILED) else "rollback"
    return cleaned(f"{what}, {stopped.cause}, {stopped.side or 'no side'}", 100)


def milestones(migration: Migration, pressed: Sequence[Pressed]) -> tuple[Notice, ...]:
    """Everything that can be told of a migration as it stands, in order.

    What has been overtaken is left out: an attention that was mended, an end after which it was rolled back.
    """
    steps = tuple(_steps(migration))
    ends = (replace(end, said_above=_said_by(migration, steps)) for end in _end(migration, pressed))
    return (
        *_begun(migration), *_retried(migration, pressed), *_of_this_run(migration, (*steps, *ends)),
        *_approval(pressed), *_rollback(migration, pressed), *_taken_away(migration), *_attention(migration),
    )


def _begun(migration: Migration) -> Iterator[Notice]:
    if migration.started is not None:
        copies = f"It copies {listed([content.value for content in migration.request.contents])}."
        yield Notice("begun", f"Migration {migration.task_id} has started.", (copies,), by_email=True)


def _retried(migration: Migration, pressed: Sequence[Pressed]) -> Iterator[Notice]:
    if migration.retries:
        title = f"Migration {migration.task_id} runs again and copies what is missing."
        for_it = [press for press in pressed if press.retry == migration.retries]
        yield Notice(f"retried:{migration.retries}", title, by=_last(for_it, Act.RETRY))


def _of_this_run(migration: Migration, notices: Sequence[Notice]) -> Iterator[Notice]:
    """What a retry brings about is told, although the same was told of the run before."""
    for notice in notices:
        yield replace(notice, key=f"{notice.key}:retry {migration.retries}") if migration.retries else notice


def _steps(migration: Migration) -> Iterator[Notice]:
    for content in migration.request.contents:
        step = migration.step(content)
        if migration.is_done(content):
            title = f"{content.capitalize()}: {outcome(migration, content)}."
            lines = (*meanwhile(content, step.counts), *_reported([step.counts]))
            yield Notice(f"step:{content}", title, lines)


def _said_by(migration: Migration, steps: Sequence[Notice]) -> frozenset[str]:
    """What a single content's notice says, which the end need not repeat. Of several, the end is the summary."""
    only = steps if len(migration.request.contents) == 1 else ()
    return frozenset(line for step in only for line in (step.title, *step.lines))


def _end(migration: Migration, pressed: Sequence[Pressed]) -> Iterator[Notice]:
    named = f"Migration {migration.task_id}"
    lines = tuple(_contents(migration))
    if migration.state is State.COMPLETED:
        count = failed(migration)
        but = f", but {number(count, noun(migration))} could not be copied" if count else ""
        lines += (*_taken(migration), *_way_back(migration))
        yield Notice("completed", f"{named} is completed{but}.", lines, to_owner=True, by_email=True)
    elif migration.state is State.CANCELLED:
        lines += tuple(_way_back(migration))
        by = _last([p for p in pressed if not is_overtaken(migration, p)], Act.CANCEL, Act.STOP)
        yield Notice("cancelled", f"{named} was cancelled.", lines, to_owner=True, by_email=True, by=by)
    elif migration.state is State.FAILED:
        lines = ("Nothing was written to the destination.",)
        key = f"failed:{migration.attention.visit}" if migration.attention else "failed"
        yield Notice(key, f"{named} has failed.", lines, broadcast=True, to_owner=True, by_email=True,
                     said=_why(migration), trouble=trouble_of(migration))


def _rollback(migration: Migration, pressed: Sequence[Pressed]) -> Iterator[Notice]:
    if migration.rollback is None:
        return
    by = _last(pressed, Act.ROLLBACK)
    yield Notice("rollback begun", f"The rollback of migration {migration.task_id} has started.", by=by)
    if migration.state is State.ROLLED_BACK:
        lines = tuple(_taken_back(migration.rollback, noun(migration)))
        title = f"Migration {migration.task_id} was rolled back."
        yield Notice("rolled back", title, lines, to_owner=True, by_email=True)


def _approval(pressed: Sequence[Pressed]) -> Iterator[Notice]:
    """What became of a rollback that a second person had to allow. `by` says whose act each is."""
    for key, press in {_key(press): press for press in pressed if press.act in APPROVAL}.items():
        title, lines = APPROVAL[press.act]
        if press.act is Act.ASK:
            lines = (f"It waits for another admin of this workspace, until {utc(press.at + LASTS)}.",)
        elif press.user == OPERATOR:
            title, lines = (OVERTAKEN, ()) if press.act is Act.WITHDRAW else (title, lines)
        by = None if press.user == OPERATOR else press.user
        yield Notice(key, title, lines, by=by, of="By ")


def _key(press: Pressed) -> str:
    return f"approval:{press.act.name.lower()}:{press.user}:{press.at.timestamp():.6f}"


def _taken_away(migration: Migration) -> Iterator[Notice]:
    """Told once for each migration whose rollback took something away, however often that rollback goes on."""
    if migration.state is State.ROLLED_BACK:
        return
    again = f"press {retry_label(migration)} on the card"
    for task_id, count in migration.taken_away.items():
        other, title = cleaned(task_id, 20), f"Migration {migration.task_id} has lost {number(count, noun(migration))}."
        yield Notice(f"taken away:{other}", title, (taken_away(migration, other, count, again),), to_owner=True)


def _attention(migration: Migration) -> Iterator[Notice]:
    """One for each visit that met with it."""
    stopped = migration.attention
    if stopped is None or migration.state is State.FAILED:
        return
    if migration.state is State.NEEDS_ATTENTION:
        title = f"Migration {migration.task_id} needs your attention."
    elif migration.state is State.ROLLBACK_STOPPED:
        title = f"The rollback of migration {migration.task_id} has stopped and needs your attention."
    else:
        title = f"The rollback of migration {migration.task_id} could not begin."
    lines = ("The card says what you can do.",)
    yield Notice(f"attention:{stopped.visit}", title, lines, broadcast=True, to_owner=True, said=_why(migration),
                 trouble=trouble_of(migration))


# Words


def _why(migration: Migration) -> str:
    stopped = migration.attention
    if stopped is None:
        return ""
    cause = advice.cause_of(stopped.cause)
    return of_side(stopped.side, advice.said(masked_words(stopped.words, migration.request), cause, LONGEST))


def _contents(migration: Migration) -> Iterator[str]:
    """What became of each content, and where the rest is named."""
    for content in migration.request.contents:
        yield f"{content.capitalize()}: {outcome(migration, content)}."
        yield from meanwhile(content, migration.step(content).counts)
    yield from _reported([step.counts for step in migration.steps.values()])


def _reported(counts: Sequence[Counts]) -> Iterator[str]:
    if any(each.failed or each.left_out for each in counts):
        yield "The report names what was not copied, and says why."
    if any(each.changed for each in counts):
        yield "The report names what changed at the source since it was copied. The copies stay as they were."
    if any(each.already_there for each in counts):
        yield "What was already there came with an earlier migration and was not copied a second time."


def _taken_back(done: Rollback, name: str) -> Iterator[str]:
    """What a rollback has done, and what became of the items that it did not remove."""
    words = removed(done, name)
    yield f"{words[0].upper()}{words[1:]}."
    if done.kept or done.folders_kept:
        yield "The report names what was kept, and says why."
    if done.gone:
        yield "What was gone already had been removed by somebody else."


def _taken(migration: Migration) -> Iterator[str]:
    if migration.started is not None and migration.ended is not None and not migration.retries:
        yield f"It took {duration((migration.ended - migration.started).total_seconds())}."


def _way_back(migration: Migration) -> Iterator[str]:
    if any(step.counts.copied for step in migration.steps.values()):
        yield "It can be rolled back for 48 hours after its end."


def _last(pressed: Sequence[Pressed], *acts: Act) -> str | None:
    """Who did one of these last, as in Pressed; None when nobody did."""
    return next((one.user for one in reversed(pressed) if one.act in acts), None)
