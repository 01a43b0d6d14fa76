"""What people read, made of records: pure functions, one list of lines each."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from engine.errors import Cause, FatalError, Side
from engine.items.report.lines import old_mail
from engine.migration.content import Content
from engine.migration.later import why_it_waits
from engine.migration.record import Failure, Migration, Reason, State
from engine.migration.remedies import not_chosen, remedy
from engine.migration.renamed import destination_now
from engine.migration.request import Choice, MigrationRequest
from engine.migration.states import AT_WORK, GOING_BACK, RESUMABLE, Act, allows, worth_a_retry
from engine.ports.facts import Facts, Retention
from engine.store.reports import Report
from engine.words import (
    LOST_SETTINGS,
    emptied,
    listed,
    meanwhile,
    noun,
    number,
    of_side,
    outcome,
    plural,
    put_back,
    removed,
    state_word,
    stays,
    sums,
    unopened,
    what_stopped,
)
from engine.words import taken_away as taken_away_by

if TYPE_CHECKING:
    from engine.migration.back import Preview
    from engine.migration.checks import Checked
    from engine.migration.looking_ahead import Ahead

NAMED = 20          # failures that a summary names
LATER = 5           # migrations that a preview names
INTERRUPTED = "interrupted"
STARTTLS = "For a server that encrypts only after a greeting, write imap+starttls:// or pop3+starttls:// instead."
ADVICE = {
    Cause.TLS: "If the certificate is signed by an authority of your own, name its file in OMM_CA_FILE.",
    Cause.SIGN_IN: "Check the login and the password. Some accounts need an app password.",
    Cause.HOST_UNKNOWN: "Check the spelling of the server's name.",
    Cause.UNREACHABLE: "Check the server's name and the port.",
    Cause.CONSENT: "Run the command once more, and authorise access in your browser.",
    Cause.NOT_OPENED: "Name with --contents what it opens, or give access to the rest as well.",
    Cause.TIMEOUT: "Check the server's name and the port, or try again in a few minutes.",
}
ASKS = {
    Choice.OUTLOOK_RULES: (
        "Outlook keeps rules of its own in the mailbox. Exchange removes them for good when other rules change, and no "
        "rollback brings them back. If you agree to that, add --remove-outlook-rules; the inbox rules stay otherwise."
    ),
}
HEADINGS = {
    Reason.FAILED: "Not copied",
    Reason.LEFT_OUT: "Left out",
    Reason.KEPT: "Kept at the rollback",
    Reason.NOTED: "Good to know",
}


def moment(time: datetime) -> str:
    """A time as the clock on this machine's wall shows it, with its zone."""
    return f"{time.astimezone():%A %-d %B %Y, %H:%M (%Z)}"


def advice(error: FatalError) -> str:
    """What a person at a terminal can do about an account that was refused; '' where the error says it itself."""
    if error.cause is Cause.WRONG_PROTOCOL and error.side is Side.SOURCE:
        return STARTTLS
    return ADVICE.get(error.cause, "")


def stands(migration: Migration, *, held: bool) -> str:
    """The state in one word or two. What should be at work, and is nobody's, was interrupted."""
    return INTERRUPTED if migration.state in AT_WORK and not held else migration.state.value


def _state(migration: Migration, *, held: bool) -> str:
    """The same for people: `completed, with failures` where items failed."""
    word = stands(migration, held=held)
    return word if word == INTERRUPTED else state_word(migration)


def checked(request: MigrationRequest, found: Checked) -> list[str]:
    """What both sides showed."""
    events = Content.CALENDARS in request.contents
    return [
        f"Source:      {request.source}: {_facts(found.source, events=events)}",
        f"Destination: {request.destination}: {_facts(found.destination, events=events)}",
        *map(_warned, found.destination.retention),
    ]


def ahead(found: Ahead, quota: int | None, live: Sequence[tuple[Content, str]] = ()) -> list[str]:
    """What a migration would find and do. `live` is what the source does by itself to mail that arrives."""
    from engine.migration import ahead_words as say  # noqa: PLC0415 - few commands look ahead

    lines: list[str] = []
    for content, each in found.contents.items():
        first, *others = [*say.sums(content, each), *say.left(each), *say.unread(each)]
        lines += [f"{content.capitalize()}: {first}", *(f"  {line}" for line in others)]
        lines += [f"  {say.mapping(folder)}" for folder in say.new_folders(each)]
    lines += [f"{content.capitalize()}: {text}" for content, text in live]
    return [*lines, say.space(found, quota), say.time_needed(found), say.NOTHING_WRITTEN]


def _warned(rule: Retention) -> str:
    mail, does = old_mail(rule)
    return f"Note: {mail}: {does}. What you copy into it is no exception."


def _facts(facts: Facts, *, events: bool) -> str:
    """What one side holds; its `events` are named where they are to be moved."""
    if facts.folders is None:
        return "lets OMM in"
    messages = "" if facts.messages is None else f", {number(facts.messages, 'message')}"
    more = f", {number(facts.events, 'event')}" if events and facts.events is not None else ""
    return number(facts.folders, "folder") + messages + more


def summary(migration: Migration, report: Report) -> list[str]:
    """How a run of this process ended, and what to do now. One that was stopped before its end is interrupted."""
    lines = [f"Migration {migration.task_id}: {_state(migration, held=False)}."]
    lines += [f"  {line}" for line in _contents(migration)]
    lines += [*taken_away(migration), *_attention(migration), *(f"  {line}" for line in more_from(migration))]
    lines += _named(migration.task_id, report, most=NAMED)
    return [*lines, *_next(migration, migration.updated)]


def waits(migration: Migration) -> Iterator[str]:
    """Until when the process that speaks waits for the source, if it does, and when the migration may end."""
    if migration.state is State.WAITING and migration.not_before is not None:
        yield f"{why_it_waits(migration)}. It goes on at {moment(migration.not_before)}."
        if migration.expected_end is not None:
            yield f"It ends about {_day(migration.expected_end)}."


def more_from(migration: Migration) -> Iterator[str]:
    """The same of a task for which this process does not wait: it promises nothing."""
    if migration.state is State.WAITING and migration.not_before is not None:
        yield f"{why_it_waits(migration)}. It gives more from {moment(migration.not_before)}."
        if migration.expected_end is not None:
            yield f"If the migration goes on then, it ends about {_day(migration.expected_end)}."


def _day(time: datetime) -> str:
    return f"{time.astimezone():%A %-d %B %Y}"


def _contents(migration: Migration) -> Iterator[str]:
    for content in migration.request.contents:
        if migration.step(content).started is not None:
            yield f"{content.capitalize()}: {outcome(migration, content)}."
            yield from (f"  {line}" for line in meanwhile(content, migration.step(content).counts))
    if migration.request.unopened:
        yield unopened(migration.request)


def _attention(migration: Migration) -> list[str]:
    stopped = migration.attention
    return [] if stopped is None else [f"  {what_stopped(migration.state)}. {of_side(stopped.side, stopped.words)}"]


def _named(task_id: str, report: Report, *, most: int | None) -> list[str]:
    lines: list[str] = []
    for kind, heading in HEADINGS.items():
        found = [f for f in report.failures if f.outcome is kind]
        if found:
            lines += ["", f"{heading}:", *(f"  {failure(f)}" for f in found[:most])]
        if most is not None and len(found) > most:
            lines.append(f"  and {len(found) - most:,} more; all of them: omm report {task_id}")
    if report.unnamed:
        lines.append(f"  {report.unnamed:,} more were counted and not named.")
    return lines


def failure(one: Failure) -> str:
    """One item of a report."""
    folder = f"{one.folder}: " if one.folder else ""
    return f"{folder}{one.item}: {one.reason}"


def _next(migration: Migration, now: datetime) -> list[str]:
    """The commands that go on with it at `now`: none that would be refused."""
    task_id, state = migration.task_id, migration.state
    lines = []
    if state in RESUMABLE:
        lines.append(f"Continue with:     omm resume {task_id}")
        if migration.attention is not None and migration.attention.cause == Cause.NOTHING_FOUND:
            lines.append(f"Copy again with:   omm resume {task_id} --copy-again")
    if worth_a_retry(migration):
        lines.append(f"Run again with:    omm retry {task_id}")
    if state in GOING_BACK:
        lines.append(f"Continue with:     omm rollback {task_id}")
    elif allows(migration, Act.ROLL_BACK, now) and any(step.counts.copied for step in migration.steps.values()):
        until = migration.rollback_until
        if _can_be_switched_on(migration, now):
            lines.append(f"Replies on with:   omm switch-on {task_id}")
        lines.append(f"Roll back with:    omm rollback {task_id}" + (f"   until {moment(until)}" if until else ""))
    return ["", *lines] if lines else []


def _can_be_switched_on(migration: Migration, now: datetime) -> bool:
    """True: it has left an out-of-office off, and `omm switch-on` is not refused at `now`."""
    if migration.left_off is None:
        return False
    from engine.settings.switching_on import offered  # noqa: PLC0415 - few migrations leave one off

    return offered(migration, now)


def details(migration: Migration, *, held: bool, now: datetime) -> list[str]:
    """Everything about one task, and what can be done about it at `now`."""
    request = migration.request
    lines = [
        f"Task ID:     {migration.task_id}",
        f"State:       {_state(migration, held=held)}" + (f", {migration.stage}" if held and migration.stage else ""),
        f"From:        {request.source}",
        f"To:          {request.destination}",
        f"Created:     {moment(migration.created)}",
        f"Updated:     {moment(migration.updated)}",
        *_contents(migration),
        *rolled_back(migration),
        *taken_away(migration),
        *_attention(migration),
        *(f"  {line}" for line in more_from(migration)),
    ]
    return lines if held else [*lines, *_next(migration, now)]


def table(tasks: Sequence[tuple[Migration, bool]]) -> list[str]:
    """One line a task, below a line of headings. What was already there has arrived, too."""
    rows = [("TASK ID", "STATE", "CREATED", "ARRIVED", "FROM", "TO")]
    rows += [_row(migration, held=held) for migration, held in tasks]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _row(migration: Migration, *, held: bool) -> tuple[str, str, str, str, str, str]:
    counts = [step.counts for step in migration.steps.values()]
    arrived, found = sum(c.copied + c.already_there for c in counts), sum(c.found for c in counts)
    return (
        migration.task_id, _state(migration, held=held), f"{migration.created.astimezone():%Y-%m-%d %H:%M}",
        f"{arrived:,} of {found:,}", migration.request.source.owner, migration.request.destination.owner,
    )


def full_report(migration: Migration, report: Report) -> list[str]:
    """The sums, and everything that was not copied, and why."""
    named = _named(migration.task_id, report, most=None)
    lost = [*([unopened(migration.request)] if migration.request.unopened else []), *taken_away(migration)]
    if not named and not lost:
        named = ["Nothing failed and nothing was left out" + (", so far." if migration.ended is None else ".")]
    head = f"Migration {migration.task_id}: {state_word(migration)}."
    return [head, *_equations(migration), *lost, *named, *_remedies(report)]


def _equations(migration: Migration) -> Iterator[str]:
    """Sums that a reader can check."""
    for content in migration.request.contents:
        if migration.step(content).started is not None:
            yield f"  {content.capitalize()}: {sums(migration.step(content).counts, migration.state)}."


def _remedies(report: Report) -> list[str]:
    """What can be done about each reason, once."""
    found = {entry.reason: remedy(entry) + _options(entry) for entry in report.failures}
    return ["", "What you can do:", *(f"  {reason}: {words}" for reason, words in found.items())] if found else []


def _options(entry: Failure) -> str:
    """The options that its remedy needs."""
    from terminal.choosing import OPTIONS  # noqa: PLC0415 - few reports are about what was not chosen

    return "".join(f" Type omm migrate with {OPTIONS[choice]}." for choice in not_chosen(entry))


def previewed(migration: Migration, found: Preview) -> list[str]:
    """What a rollback would do."""
    from engine.migration.back_words import puts_back_only  # noqa: PLC0415 - few commands roll back

    name = noun(migration)
    lines = [_goes(migration, found)]
    if found.settings and not puts_back_only(found):
        lines.append(f"{put_back(found.settings)}.")
    each = _each_content(found)
    lines += [f"  {line}" for line in each]
    if found.lost and not each:
        lines.append(f"{LOST_SETTINGS}.")
    lines += [ASKS[choice] for choice in sorted(found.asks)]
    if found.folders:
        lines.append(f"{emptied(found.folders)}.")
    if found.kept:
        were, them = ("was", "it") if found.kept == 1 else ("were", "them")
        lines.append(f"It keeps {number(found.kept, name)} that {were} changed since "
                     f"(--discard-changes removes {them} too).")
    if found.apart:
        lines.append(f"{stays(found.apart, name)}.")
    if found.counting_on_it:
        more = len(found.counting_on_it) - LATER
        later = ", ".join((*found.counting_on_it[:LATER], *([f"{more:,} more"] if more > 0 else ())))
        lines.append(f"Later migrations found {plural(name)} of this one and did not copy them again: {later}.")
        lines.append(f"The rollback takes those {plural(name)} from them too. "
                     "To copy them again afterwards, type omm retry with the task ID of each later migration.")
    return lines


def _goes(migration: Migration, found: Preview) -> str:
    """What goes, or that nothing does: a line."""
    from engine.migration.back_words import nothing_put_back, puts_back_only  # noqa: PLC0415 - few commands roll back

    mailbox = f"the mailbox of {destination_now(migration)}."
    if puts_back_only(found):
        return (f"Rolling back migration {migration.task_id} puts the settings that it changed back to what they were, "
                f"in {mailbox}")
    if stay := nothing_put_back(found):
        return f"{stay} in {mailbox}"
    removed_now = number(found.items, noun(migration))
    return f"Rolling back migration {migration.task_id} removes {removed_now} for good from {mailbox}"


def if_lost(task_id: str) -> str:
    """What a person does whose task is known to nobody but the mailbox."""
    return f"If OMM's store was lost, name the mailbox that it moved to: omm rollback {task_id} --destination URL"


def taken_up(migration: Migration) -> list[str]:
    """What a mailbox has said of a task."""
    began = f" that began on {moment(migration.started)}" if migration.started else ""
    return [f"The mailbox knows of a migration from {migration.request.source}{began}.",
            f"It moved: {listed(migration.request.contents)}."]


def unbounded(migration: Migration) -> str:
    """What a rollback takes for the task's own, of which nobody knows when it stopped."""
    since = f"since {moment(migration.started)}" if migration.started else "since it began"
    return f"Nobody knows when it stopped: all that carries its mark and was created {since} counts as its own."


def _each_content(found: Preview) -> list[str]:
    """A line for each content, where there is more to say than the number of items."""
    from engine.migration.back_words import line, says_more  # noqa: PLC0415 - few commands roll back

    return [line(content) for content in found.contents] if says_more(found) else []


def is_rolled_back(migration: Migration) -> str:
    """How a rollback ended."""
    return f"Migration {migration.task_id} is rolled back."


def taken_away(migration: Migration) -> list[str]:
    """What the rollbacks of other migrations have removed of what this one counted on."""
    again = f"type omm retry {migration.task_id}"
    return [f"  {taken_away_by(migration, task_id, count, again)}" for task_id, count in migration.taken_away.items()]


def rolled_back(migration: Migration) -> list[str]:
    """What a rollback has done."""
    return [] if migration.rollback is None else [f"Rollback: {removed(migration.rollback, noun(migration))}."]


def kept(report: Report) -> list[str]:
    """What a rollback has left where it is."""
    named = [f for f in report.failures if f.outcome is Reason.KEPT]
    return [f"  {failure(f)}" for f in named[:NAMED]]
