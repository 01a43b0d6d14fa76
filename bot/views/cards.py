"""Cards: the one message that shows a migration, drawn from its record alone."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta

from bot.buttons import (
    FACES,
    LABELS,
    STEERS,
    applies,
    is_overtaken,
    last_steering,
    needs_consent,
    rolls_back_soon,
    waits_for_approval,
)
from bot.ids import Action
from bot.stored.approvals import LASTS
from bot.stored.threads import OPERATOR, Act, Pressed
from bot.views import approval, blocks, held_up, left_off, stopped
from bot.views.blocks import Piece, bold
from bot.views.labels import label, retry_label
from bot.views.masking import masked
from bot.views.message import Message, Shown
from bot.views.service_accounts import by_whom
from bot.views.words import (
    CANCELLING,
    HELD_UP,
    PAUSING,
    SOON_ROLLING_BACK,
    STOPPING,
    Standing,
    about,
    bar,
    date,
    goes_on,
    in_line_for,
    percent,
    person,
    seconds_left,
    standing,
    why,
)
from engine.migration import states
from engine.migration.content import NOUNS, Content
from engine.migration.later import why_it_waits
from engine.migration.record import Migration, State, Step
from engine.migration.states import AT_WORK, ENDED, MOVES, RESUMABLE, UNDER_WAY
from engine.words import noun, outcome, plural, removed, size, taken_away, unopened, what_stopped

PAUSES_WITHIN = timedelta(minutes=1)    # a pause that the record has outlived by this was not heard
NAMED = 3                               # presses that a card names
DONE_BY = {
    Act.PAUSE: "Paused by",
    Act.RESUME: "Resumed by",
    Act.RETRY: "Run again by",
    Act.CANCEL: "Cancelled by",
    Act.STOP: "Stopped by",
    Act.ROLLBACK: "Rollback asked for by",
    Act.PASSWORD: "Password given by",
    Act.SWITCH_ON: "Out-of-office switched on by",
    Act.APPROVE: "Rollback approved by",
    Act.DENY: "Rollback denied by",
    Act.WITHDRAW: "Rollback taken back by",
}
TOO_LATE = "Cancel came too late, pressed by"
BROUGHT_ABOUT = {
    State.PAUSED: {Act.PAUSE},
    State.RUNNING: {Act.RESUME, Act.RETRY},
    State.WAITING: {Act.RESUME, Act.RETRY},
    State.CANCELLED: {Act.CANCEL, Act.STOP},
    State.ROLLING_BACK: {Act.ROLLBACK},
    State.ROLLED_BACK: {Act.ROLLBACK},
}


# Which buttons apply


def offered(migration: Migration, now: datetime) -> tuple[Action, ...]:
    """The buttons that apply, in the order in which they stand. A retry is offered only where something is missing."""
    begun = migration.state is not State.FAILED      # which has a button of its own
    hidden = set() if begun and states.worth_a_retry(migration) else {Action.RETRY}
    hidden |= {Action.RESUME} if needs_consent(migration) else set()     # Authorise access is in its place
    return tuple(action for action in LABELS if action not in hidden and applies(action, migration, now))


# The card


def card(shown: Shown) -> Message:
    """The card."""
    migration, now = shown.migration, _standing(shown)
    buttons = _pressable(shown, now)
    body = [
        blocks.header(f":{now.emoji}: {now.word} · {migration.task_id}"),
        blocks.rich("task", *_accounts(shown), *_doing(shown, now)),
        *held_up.told(migration, shown.hold),
        *_progress(migration, now),
        *_rollback(migration),
        *_approval(shown),
        *left_off.told(migration, can_be_pressed=Action.SWITCH_ON in buttons),
        *_taken_away(shown, buttons),
        *stopped.told(shown, buttons),
        blocks.context("times", _times(shown)),
        *_pressed(shown),
        *_buttons(migration, buttons),
    ]
    waiting = waits_for_approval(migration, shown.pressed) is not None
    return Message(_in_one_line(migration, now, waiting=waiting), body)


def _standing(shown: Shown) -> Standing:
    """Where it stands, with what was pressed and has not come about yet."""
    migration, last = shown.migration, last_steering(shown.migration, shown.pressed)
    held = held_up.standing(migration, shown.hold)
    if held is HELD_UP or last is None:
        return held or standing(migration)
    if rolls_back_soon(migration, shown.pressed):
        return SOON_ROLLING_BACK
    if migration.state is State.RUNNING and last.act in (Act.CANCEL, Act.STOP):
        return CANCELLING if last.act is Act.CANCEL else STOPPING
    if migration.state is State.RUNNING and last.act is Act.PAUSE and migration.updated < last.at + PAUSES_WITHIN:
        return PAUSING
    return held or standing(migration)


def _accounts(shown: Shown) -> Iterator[list[Piece]]:
    request = shown.migration.request
    for which, account in (("From", request.source), ("To", request.destination)):
        login, host = blocks.cleaned(account.owner, 100), blocks.cleaned(account.host, 100)
        by = "" if shown.masked else by_whom(account)
        yield [bold(f"{which}  "), blocks.words(f"{masked(login) if shown.masked else login} on {host}{by}")]


def _doing(shown: Shown, now: Standing) -> Iterator[list[Piece]]:
    """What it does at the moment, or what it waits for."""
    migration = shown.migration
    if now is HELD_UP:
        return
    if migration.waits_for is not None:
        task_id = blocks.cleaned(migration.waits_for, 20)
        yield [bold("Waiting for  "), blocks.words(f"migration {task_id}, which is using the same mailbox")]
    elif (until := goes_on(migration)) is not None:
        why = blocks.cleaned(why_it_waits(migration), 250)
        yield [bold("Goes on  "), blocks.time(until), blocks.words(f" by itself: {why}")]
        if migration.expected_end is not None:
            yield [bold("Ends about  "), blocks.day(migration.expected_end)]
    elif what := in_line_for(migration):
        yield [bold("Waiting for  "), blocks.words(blocks.cleaned(what, 150))]
    elif migration.state is State.WAITING and shown.position is not None:
        position = "Next in the queue" if shown.position <= 1 else f"Number {shown.position:,} in the queue"
        yield [bold(position)]
    elif now is CANCELLING:
        skips = any(migration.step(content).started is None for content in migration.request.contents)
        rest = "; the steps after it are skipped" if skips else ", then it ends"
        yield [bold("Now  "), blocks.words(f"finishing this step{rest}")]
    elif now is STOPPING:
        yield [bold("Now  "), blocks.words("stopping; what has been sent already still arrives")]
    elif migration.stage and migration.state in AT_WORK:
        yield [bold("Now  "), blocks.words(blocks.cleaned(migration.stage, 150))]


def _progress(migration: Migration, now: Standing) -> list[Piece]:
    """A line for each content, and the speed below the one that is being moved."""
    lines = [line for content in migration.request.contents for line in _content(migration, content, now)]
    if migration.request.unopened:
        lines.append(unopened(migration.request))
    return [blocks.section("progress", "\n".join(lines))] if lines else []


def _content(migration: Migration, content: Content, now: Standing) -> Iterator[str]:
    step, line = migration.step(content), f"*{content.capitalize()}*   {outcome(migration, content)}"
    if step.started is None:
        if migration.state in RESUMABLE:
            yield f"{bar(0)}  {line}"
        return
    if step.ended is not None:
        done = "" if migration.rollback else f"{bar(100)} 100%  "
        yield f"{done}{line}"
        return
    share = _share(step)
    yield f"{bar(share)} {share}%  {line}"
    if now.at_work and (pace := _pace(content, step)):
        yield pace


def _share(step: Step) -> int:
    """How much is done; nothing, while nobody knows how much there is."""
    begun = step.counts.found or step.ended
    return percent(step.counts.settled, step.counts.found) if begun else 0


def _pace(content: Content, step: Step) -> str:
    seconds, items = seconds_left(step), step.items_per_second
    parts = []
    if items > 0:
        parts.append(f"{items:,.{0 if items >= 9.5 else 1}f} {plural(NOUNS[content])} a second")
    if step.bytes_per_second > 0:
        parts.append(f"{size(round(step.bytes_per_second))} a second")
    if seconds is not None:
        parts.append(f"*{about(seconds)} left*")
    return " · ".join(parts)


def _rollback(migration: Migration) -> list[Piece]:
    """How far a rollback is, or what it has done."""
    done = migration.rollback
    if done is None:
        return []
    if migration.state is State.ROLLED_BACK:
        return [blocks.section("rollback", f"*Rollback*   {removed(done, noun(migration))}")]
    share = percent(done.removed + done.kept, done.found) if done.found else 0
    told = removed(done, noun(migration)) if done.found else f"counting the {plural(noun(migration))}"
    return [blocks.section("rollback", f"{bar(share)} {share}%  *Rollback*   {told}")]


def _approval(shown: Shown) -> list[Piece]:
    """That a rollback waits for a second person, who, and until when."""
    asked = waits_for_approval(shown.migration, shown.pressed)
    if asked is None:
        return []
    return [blocks.section("approval", approval.waits(person(asked.user), asked.at + LASTS))]


def _taken_away(shown: Shown, buttons: Collection[Action]) -> list[Piece]:
    """What rollbacks of other migrations have removed of what this one had found already there."""
    of = shown.migration
    later = shown.buttons and of.state not in ENDED     # the button comes with the end
    again = f"press *{retry_label(of)}*" if later or Action.RETRY in buttons else ""
    lines = [f":warning: {taken_away(of, task_id, count, again)}" for task_id, count in of.taken_away.items()]
    return [blocks.section("taken_away", "\n".join(lines[:NAMED]))] if lines else []


def _times(shown: Shown) -> str:
    migration = shown.migration
    parts = [f"Created {date(migration.created)}", f"updated {date(migration.updated)}"]
    until = states.way_back_ends(migration)
    if until is not None and Action.ROLLBACK in offered(migration, shown.now):
        parts.append(f"rollback until {date(until)}")
    return " · ".join(parts)


def _pressed(shown: Shown) -> list[Piece]:
    by_omm = {Act.WITHDRAW: OPERATOR}       # nobody's act
    told = [p for p in shown.pressed if p.act in DONE_BY and by_omm.get(p.act) != p.user][-NAMED:]
    lines = [f"{_done_by(press, shown)} {person(press.user)} {date(press.at)}" for press in told]
    return [blocks.context("pressed", " · ".join(lines))] if lines else []


def _done_by(press: Pressed, shown: Shown) -> str:
    """What a press brought about. One that came after the last step had ended brought about nothing."""
    ended = shown.migration.state in (State.COMPLETED, State.FAILED)
    retried = any(later.act is Act.RETRY and later.at > press.at for later in shown.pressed)
    over = retried or is_overtaken(shown.migration, press)
    return TOO_LATE if ended and not over and press.act in (Act.CANCEL, Act.STOP) else DONE_BY[press.act]


def _pressable(shown: Shown, now: Standing) -> tuple[Action, ...]:
    """The buttons that stand on this card."""
    offers = offered(shown.migration, shown.now) if shown.buttons else ()
    gone = {
        CANCELLING: {Action.CANCEL, Action.PAUSE}, STOPPING: {Action.CANCEL, Action.PAUSE}, PAUSING: {Action.PAUSE},
        SOON_ROLLING_BACK: set(offers) - {Action.REPORT},
    }.get(now, set())
    stop = [Action.STOP] if now is CANCELLING and shown.buttons and shown.migration.step_under_way else []
    if shown.buttons and not gone and waits_for_approval(shown.migration, shown.pressed) is not None:
        stop, gone = [Action.WITHDRAW], {Action.ROLLBACK}
    return (*stop, *(action for action in offers if action not in gone))


def _buttons(migration: Migration, actions: Sequence[Action]) -> list[Piece]:
    buttons = [
        blocks.button(
            action, label(action, migration), migration.task_id, style=FACES[action][1],
            confirm=left_off.CONFIRM if action is Action.SWITCH_ON else None,
        )
        for action in actions
    ]
    return [blocks.actions("buttons", *buttons)] if buttons else []


def _in_one_line(migration: Migration, now: Standing, *, waiting: bool) -> str:
    """The whole status, for notifications and screen readers. Nothing from elsewhere is in it."""
    told = [f"Migration {migration.task_id}: {now.word}"]
    for content in migration.request.contents:
        step = migration.step(content)
        if step.started is not None:
            told.append(f"{content.capitalize()} {_share(step)}%: {outcome(migration, content)}")
        if step.started and not step.ended and now.at_work and (seconds := seconds_left(step)) is not None:
            told.append(f"{about(seconds)} left".capitalize())
    if migration.attention is not None:
        told.append(f"{what_stopped(migration.state)}: {why(migration.attention)}")
    if migration.rollback is not None and migration.rollback.found:
        told.append(f"Rollback: {removed(migration.rollback, noun(migration))}")
    if waiting:
        told.append("A rollback waits for the approval of another admin")
    return ". ".join(told) + "."


def lines(migration: Migration, now: datetime) -> tuple[list[Piece], list[Piece]]:
    """A task in two lines, for its owner."""
    where, request = standing(migration), migration.request
    begun = [content for content in request.contents if content in migration.steps and migration.rollback is None]
    told = [where.word, *(f"{content} {_share(migration.step(content))}%" for content in begun)]
    if migration.ended is not None and Action.ROLLBACK in offered(migration, now):
        told.append("can be rolled back")
    ends = f"{blocks.cleaned(request.source.owner, 80)} → {blocks.cleaned(request.destination.owner, 80)}"
    return (
        [blocks.emoji(where.emoji), bold(f"  {migration.task_id}"), blocks.words(f"  {' · '.join(told)}")],
        [blocks.words(f"{ends}   "), blocks.time(migration.created)],
    )


# Buttons that are still on somebody's screen


def button_gone(action: Action, migration: Migration, pressed: Sequence[Pressed]) -> str:
    """What somebody is told (as mrkdwn) who presses a button that no longer applies."""
    named, state = f"Migration {migration.task_id}", migration.state
    if action is Action.REPORT:
        return f"{named} has found nothing yet, so there is no report."
    if action is Action.SWITCH_ON:
        return f"{named}: {left_off.gone(migration)}"
    if action is Action.ROLLBACK and state in UNDER_WAY:
        return f"{named} is not finished. Pause it first, then you can roll it back."
    if action is Action.ROLLBACK and (migration.started is None or migration.brought_nothing):
        return f"{named} has written nothing, so there is nothing to roll back."
    until, back = migration.rollback_until, MOVES[state].get(states.Act.ROLL_BACK)
    if action is Action.ROLLBACK and until is not None and back is not None and back.in_time:
        return f"{named} could be rolled back until {date(until)}. That time is over."
    return f"{named}: {_stands(migration, pressed)}. {_instead(action, migration)}"


def _stands(migration: Migration, pressed: Sequence[Pressed]) -> str:
    """The state; by whom it was brought about, and when, if somebody pressed for it."""
    last = last_steering(migration, pressed)
    if last is not None and last.act in BROUGHT_ABOUT.get(migration.state, ()):
        word = standing(migration).word.lower()
        done_by = f"{word}, asked for by" if last.act is Act.ROLLBACK else DONE_BY[last.act].lower()
        return f"{done_by} {person(last.user)} {date(last.at)}"
    return standing(migration).word.lower()


def _instead(action: Action, migration: Migration) -> str:
    if action is Action.ROLLBACK and migration.state is State.ROLLING_BACK:
        return "The rollback is under way."
    again = action is Action.RETRY and migration.state is State.ROLLED_BACK
    return (
        f"There is nothing to {STEERS[action][0]}{' any more' if migration.ended else ''}."
        f"{' To copy the mailbox again, start a new migration.' if again else ''}"
    )
