"""Milestones: what is told of a migration, derived from its record alone, so that nothing has to be queued for it.

A key says what a notice is about, for ever: whoever has told it writes the key down and never tells it again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from bot import advice
from bot.blocks import Piece, bold, rich, words
from bot.masking import masked_words
from bot.message import Message
from bot.threads import Act, Pressed
from bot.words import NOUNS, duration, listed
from engine.migration import Content, Counts, Migration, Rollback, State
from engine.words import number, of_side, sums

ENDS = frozenset({"completed", "cancelled", "failed", "rolled back"})
LONGEST = 1000      # characters of what somebody else has said


@dataclass(frozen=True, slots=True)
class Notice:
    """Something to tell once. `title` is one sentence and `lines` say more, in our own words.

    `said` is what somebody else has said, a server perhaps, with logins shortened: it is shown, and never marked up.
    `broadcast`: everybody in the conversation is to see it, not only readers of the thread. `to_owner`: the owner gets
    it in their own conversation as well. `by_email`: so does the third party. `by` is the person who asked for it.
    """

    key: str
    title: str
    lines: tuple[str, ...] = ()
    broadcast: bool = False
    to_owner: bool = False
    by_email: bool = False
    by: str = ""
    said: str = ""

    @property
    def to_followers(self) -> bool:
        """True: it says how the migration ended, so the people who follow it get it as well."""
        return self.key.partition(":")[0] in ENDS

    @property
    def text(self) -> str:
        """Our own words, a line each."""
        return "\n".join((self.title, *self.lines))

    def message(self, card: str = "") -> Message:
        """As Slack shows it, with a link to the `card` if one is given."""
        said = [self.said] if self.said else []
        lines: list[list[Piece]] = [[bold(self.title)], *([words(line)] for line in (*said, *self.lines))]
        if self.by:
            lines.append([words("Asked for by "), {"type": "user", "user_id": self.by}])
        if card:
            lines.append([{"type": "link", "url": card, "text": "Open the card"}])
        return Message(self.text, (rich("notice", *lines),))


def milestones(migration: Migration, pressed: Sequence[Pressed]) -> tuple[Notice, ...]:
    """Everything that can be told of a migration as it stands, in order.

    What has been overtaken is left out: an attention that was mended, an end after which it was rolled back.
    """
    return (
        *_begun(migration), *_retried(migration, pressed),
        *_of_this_run(migration, (*_steps(migration), *_end(migration, pressed))),
        *_rollback(migration, pressed), *_attention(migration),
    )


def _begun(migration: Migration) -> Iterator[Notice]:
    if migration.started is not None:
        moves = f"What moves: {listed([content.value for content in migration.request.contents])}."
        yield Notice("begun", f"Migration {migration.task_id} has started.", (moves,), by_email=True)


def _retried(migration: Migration, pressed: Sequence[Pressed]) -> Iterator[Notice]:
    if migration.retries:
        title = f"Migration {migration.task_id} runs again and copies what is missing."
        yield Notice(f"retried:{migration.retries}", title, by=_last(pressed, Act.RETRY))


def _of_this_run(migration: Migration, notices: Sequence[Notice]) -> Iterator[Notice]:
    """What a retry brings about is told, although the same was told of the run before."""
    for notice in notices:
        yield replace(notice, key=f"{notice.key}:retry {migration.retries}") if migration.retries else notice


def _steps(migration: Migration) -> Iterator[Notice]:
    for content in migration.request.contents:
        step = migration.step(content)
        if migration.is_done(content):
            title = f"{content.capitalize()} done: {sums(step.counts)}."
            yield Notice(f"step:{content}", title, tuple(_where(content, step.counts)))


def _end(migration: Migration, pressed: Sequence[Pressed]) -> Iterator[Notice]:
    named = f"Migration {migration.task_id}"
    lines = tuple(_contents(migration))
    if migration.state is State.COMPLETED:
        failed = sum(step.counts.failed for step in migration.steps.values())
        but = f", but {number(failed, _noun(migration))} could not be copied" if failed else ""
        lines += (*_taken(migration), *_way_back(migration))
        yield Notice("completed", f"{named} is completed{but}.", lines, to_owner=True, by_email=True)
    elif migration.state is State.CANCELLED:
        lines += tuple(_way_back(migration))
        by = _last(pressed, Act.CANCEL, Act.STOP)
        yield Notice("cancelled", f"{named} was cancelled.", lines, to_owner=True, by_email=True, by=by)
    elif migration.state is State.FAILED:
        lines = ("Nothing was written to the destination.",)
        key = f"failed:{migration.attention.visit}" if migration.attention else "failed"
        yield Notice(key, f"{named} has failed.", lines, broadcast=True, to_owner=True, by_email=True,
                     said=_why(migration))


def _rollback(migration: Migration, pressed: Sequence[Pressed]) -> Iterator[Notice]:
    if migration.rollback is None:
        return
    by = _last(pressed, Act.ROLLBACK)
    yield Notice("rollback begun", f"The rollback of migration {migration.task_id} has started.", by=by)
    if migration.state is State.ROLLED_BACK:
        lines = tuple(_taken_back(migration.rollback))
        title = f"Migration {migration.task_id} was rolled back."
        yield Notice("rolled back", title, lines, to_owner=True, by_email=True)


def _attention(migration: Migration) -> Iterator[Notice]:
    """Told once for each visit that met with it."""
    if migration.attention is None or migration.state is State.FAILED:
        return
    if migration.state is State.NEEDS_ATTENTION:
        title = f"Migration {migration.task_id} needs your attention."
    elif migration.state is State.ROLLBACK_STOPPED:
        title = f"The rollback of migration {migration.task_id} has stopped and needs your attention."
    else:
        title = f"The rollback of migration {migration.task_id} could not begin."
    lines = ("The card says what can be done.",)
    key = f"attention:{migration.attention.visit}"
    yield Notice(key, title, lines, broadcast=True, to_owner=True, said=_why(migration))


# Words


def _why(migration: Migration) -> str:
    attention = migration.attention
    if attention is None:
        return ""
    cause = advice.cause_of(attention.cause)
    why = advice.said(masked_words(attention.words, migration.request), cause, LONGEST)
    return of_side(attention.side, why)


def _contents(migration: Migration) -> Iterator[str]:
    for content in migration.request.contents:
        if migration.step(content).started is None:
            yield f"{content.capitalize()}: not begun."
        else:
            counts = migration.step(content).counts
            yield f"{content.capitalize()}: {sums(counts)}."
            yield from _where(content, counts)


def _where(content: Content, counts: Counts) -> Iterator[str]:
    """What became of the items that are not at the destination as copies of this migration."""
    noun = NOUNS[content]
    if counts.already_there:
        yield f"Already there: {number(counts.already_there, noun)} of an earlier migration, not copied a second time."
    if counts.failed:
        yield f"Failed: {number(counts.failed, noun)}; the report names each, and says why."
    if counts.left_out:
        yield f"Left out: {number(counts.left_out, noun)}; the report says why."
    if counts.moved:
        yield f"Of the copied, {number(counts.moved, noun)} moved to another folder by the owner since."
    if counts.removed:
        yield f"Of the copied, {number(counts.removed, noun)} removed by the owner since."
    if counts.found > counts.settled:
        yield f"Still to go: {number(counts.found - counts.settled, noun)} that it had not come to."


def _taken_back(done: Rollback) -> Iterator[str]:
    """The sums of a rollback, and what became of the items that it did not remove."""
    if not done.found and not done.folders_removed:
        yield "It had brought nothing, so nothing was removed."
        return
    gone = done.gone
    also = f" + {gone:,} gone already" if gone else ""
    yield f"{done.found:,} found = {done.removed:,} removed + {done.kept:,} kept{also}."
    if done.kept:
        yield f"Kept: {number(done.kept, 'item')}; the report says why."
    if gone:
        yield f"Gone already: {number(gone, 'item')} that somebody else removed meanwhile."
    if done.folders_removed:
        yield f"{number(done.folders_removed, 'folder')} that it had made and that were empty, removed as well."
    if done.folders_kept:
        yield f"Kept: {number(done.folders_kept, 'folder')} that it had made; the report says why."


def _taken(migration: Migration) -> Iterator[str]:
    if migration.started is not None and migration.ended is not None and not migration.retries:
        yield f"It took {duration((migration.ended - migration.started).total_seconds())}."


def _way_back(migration: Migration) -> Iterator[str]:
    if any(step.counts.copied for step in migration.steps.values()):
        yield "It can be rolled back for 48 hours after its end."


def _noun(migration: Migration) -> str:
    contents = migration.request.contents
    return NOUNS[contents[0]] if len(contents) == 1 else "item"


def _last(pressed: Sequence[Pressed], *acts: Act) -> str:
    """Who did one of these last; '' when nobody did it in Slack."""
    return next((one.user for one in reversed(pressed) if one.act in acts), "")
