"""Dialogs: what people confirm and read. Pure functions; each returns a view as Slack takes it."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from bot import ids
from bot.buttons import FACES, LABELS
from bot.ids import Action, Block
from bot.views import asked_forms, blocks, consent, modals, private
from bot.views.blocks import Piece, bold
from bot.views.forms import CHOICES
from bot.views.modals import View
from bot.views.words import about, date, seconds_left
from bot.where_typed import IN_SLACK, Ways
from engine.errors import Side
from engine.migration.account import MAX_ADDRESS, MAX_LOGIN, Account
from engine.migration.back import Expected, Preview
from engine.migration.back_words import line as back_line
from engine.migration.back_words import nothing_put_back, puts_back_only, says_more
from engine.migration.content import NOUNS, Content
from engine.migration.record import ROLLBACK_WINDOW, Migration, State, Step
from engine.migration.renamed import destination_now
from engine.migration.request import Choice
from engine.migration.states import GOING_BACK
from engine.systems import CredentialKind
from engine.words import LOST_SETTINGS, emptied, listed, noun, number, plural, put_back, stays

NAMED = 5           # migrations that a dialog names
MOST_COUNTING = 200     # IDs that private_metadata has room for: 3,000 characters
ROLLBACK = "rollback"       # what a password is asked for
STOP, FINISH, CANCEL = FACES[Action.STOP][0], "Finish this step first", "Cancel migration"
ASKS: Mapping[Choice, tuple[str, str]] = MappingProxyType({
    Choice.OUTLOOK_RULES: (
        ":warning: Outlook keeps rules of its own in the mailbox now. Exchange takes no inbox rule away unless these "
        "are lost for good, and nothing brings them back. If you do not agree, the migrated inbox rules stay.",
        "Outlook's own rules in the mailbox may be lost for good",
    ),
})      # what a rollback asks, and what stands beside the box
AT_ONCE = "at once"     # what stands in the metadata of a cancel dialog where no content is finished first


# Cancel


def cancel_dialog(migration: Migration, now: datetime, *, asked: bool = False) -> View:
    """Says what a cancel does, and offers *Stop now* while a step is under way (`forms.cancelled` reads the metadata).

    `asked`: the cancel was asked for already, and only the step under way is still finished: nothing else is offered.
    """
    content = finished_first(migration)
    paragraphs = _ends(migration, now) if content is None else _two_ways(migration, content, asked=asked)
    body = [blocks.section(f"paragraph_{place}", text) for place, text in enumerate(paragraphs)]
    if content is not None:
        stop = blocks.button(Action.STOP, STOP, migration.task_id, style="danger")
        body.insert(1, blocks.actions("now", stop))
    submit = CANCEL if content is None else "" if asked else FINISH
    metadata = f"{migration.task_id} {content or AT_ONCE}"
    return modals.modal("Cancel this migration?", body, ids.View.CANCEL, metadata, submit=submit)


def finished_first(migration: Migration) -> Content | None:
    """What a cancel still finishes; None: nothing, so that the migration ends at once."""
    return migration.step_under_way if migration.state is State.RUNNING else None


def _two_ways(migration: Migration, content: Content, *, asked: bool) -> list[str]:
    """A sentence for each way to cancel, and what to press instead in order to continue later."""
    noun = NOUNS[content]
    stop = f"*{STOP}* ends the migration as soon as the {plural(noun)} that are on their way have arrived."
    rest, stays = f"{_rest(migration.step(content), noun)}{_skipped(migration)}.", "what was copied stays"
    can = "and you can roll it back for 48 hours."
    if asked:
        return [stop, f"Otherwise it {rest}", f"Either way, {stays}, {can}"]
    return [
        stop, f"*{FINISH}* {rest}",
        f"Either way, {stays}, {can} To continue later, close this window and press *Pause* instead.",
    ]


def _rest(step: Step, noun: str) -> str:
    """What a step still does, and how long that takes: `copies the 7,605 messages that are left (about 26 minutes)`."""
    left, seconds = max(step.counts.found - step.counts.settled, 0), seconds_left(step)
    time = f" ({about(seconds)})" if seconds is not None else ""
    are = "is" if left == 1 else "are"
    if not step.counts.found:
        return f"copies all {plural(noun)}"
    if not left:
        return f"checks that all {plural(noun)} have arrived"
    return f"copies the {number(left, noun)} that {are} left{time}"


def _skipped(migration: Migration) -> str:
    skipped = [c for c in migration.request.contents if migration.step(c).started is None]
    return f" and skips {listed(list(skipped))}" if skipped else ", then ends. Nothing else is left to copy after that"


def stopping(migration: Migration) -> View:
    """What stands in the cancel dialog's place once *Stop now* was pressed."""
    text = (
        f"Migration *{migration.task_id}* stops in a moment. Its card then says what was copied. "
        "You can roll that back."
    )
    return modals.modal("Stopping", [blocks.section("stopping", text)], ids.View.WORDS)


def _ends(migration: Migration, now: datetime) -> list[str]:
    copied = sum(step.counts.copied for step in migration.steps.values())
    ends = f"Migration *{migration.task_id}* ends at once."
    if not copied:
        return [f"{ends} Nothing has been copied.", "To move this mailbox later, start a new migration."]
    stay = "has been copied and stays" if copied == 1 else "have been copied and stay"
    return [
        f"{ends} {number(copied, noun(migration))} {stay}.",
        f"You can roll it back until {date(now + ROLLBACK_WINDOW)}.",
    ]


# Rollback


def _rollback(migration: Migration, body: Sequence[Piece], metadata: str = "", *, submit: str = "") -> View:
    return modals.modal("Roll back?" if submit else "Rollback", body, ids.View.ROLLBACK, metadata, submit=submit)


def rollback_counting(migration: Migration) -> View:
    """The rollback dialog while its items are being counted."""
    return _rollback(migration, [blocks.section(
        "counting", f"Counting what a rollback of migration *{migration.task_id}* removes… This takes some seconds."
    )], _confirmation(migration, Expected(0, 0)))

ASK = "Ask for approval"
SECOND_PERSON = (
    ":busts_in_silhouette: In this workspace, another admin has to approve a rollback. Nothing is removed before that."
)


def rollback_confirm(
    migration: Migration, preview: Preview, now: datetime, *, second_person: bool = False
) -> View:
    """The rollback dialog (private_metadata: `forms.confirmed` reads it). It cannot be sent where nothing is left.

    `second_person`: True says that sending it asks another admin, and removes nothing by itself.
    """
    body = [
        blocks.rich("removed", *_removed(migration, preview)),
        *_by_content(preview),
        *_asks(preview),
        *_kept(migration, preview),
        *_apart(migration, preview),
        *_counting_on_it(migration, preview),
        *_too_many(migration, preview),
        *([blocks.section("approval", SECOND_PERSON)] if second_person else []),
        blocks.context("until", _until(migration, now)),
    ]
    if _is_idle(migration, preview) or len(preview.counting_on_it) > MOST_COUNTING:
        return _rollback(migration, body, _confirmation(migration, Expected(0, 0)))
    submit = ASK if second_person else "Roll back"
    return _rollback(migration, body, _confirmation(migration, preview.expected), submit=submit)


def _is_idle(migration: Migration, preview: Preview) -> bool:
    """True: a rollback would do nothing. One that has begun is still to be finished."""
    left = preview.items or preview.kept or preview.folders or preview.asks
    return not (left or migration.state in GOING_BACK)


def _confirmation(migration: Migration, expected: Expected) -> str:
    return json.dumps({
        "task": migration.task_id, "items": expected.items, "kept": expected.kept,
        "counting": list(expected.counting_on_it),
    })


def _removed(migration: Migration, preview: Preview) -> list[list[Piece]]:
    lines = [_goes(migration, preview)]
    if preview.settings and not puts_back_only(preview):
        lines.append([blocks.words(f"{put_back(preview.settings)}.")])
    if preview.lost and not says_more(preview):
        lines.append([blocks.words(f"{LOST_SETTINGS}.")])
    if preview.folders:
        lines.append([blocks.words(f"{emptied(preview.folders)}.")])
    return lines


def _goes(migration: Migration, preview: Preview) -> list[Piece]:
    """What goes, or that nothing does: a line."""
    named, name = f"migration {migration.task_id}", noun(migration)
    of = [*_account(destination_now(migration)), blocks.words(". The old mailbox stays as it is.")]
    if puts_back_only(preview):
        return [bold(f"The settings that {named} changed"),
                blocks.words(" will be put back to what they were before, in the mailbox of "), *of]
    if preview.items:
        return [bold(number(preview.items, name)),
                blocks.words(f" of {named} will be removed for good from the mailbox of "), *of]
    if stay := nothing_put_back(preview):
        return [bold(f"{stay}. "), blocks.words(f"The settings that {named} changed stay as they are.")]
    all_changed = f"All {plural(name)} of {named} were changed since."
    return [bold("Nothing is left to remove. "),
            blocks.words(all_changed if preview.kept else f"No {name} of {named} is in the mailbox now.")]


def _by_content(preview: Preview) -> list[Piece]:
    """A line for each content, where there is more to say than the number of items."""
    lines = [[blocks.words(back_line(content))] for content in preview.contents]
    return [blocks.bullets("contents", *lines)] if says_more(preview) else []


def _asks(preview: Preview) -> list[Piece]:
    """A box for what a person must agree to, or a setting stays as it is."""
    pieces = []
    for choice in sorted(preview.asks & ASKS.keys()):
        box = blocks.option(choice.value, ASKS[choice][1])
        pieces += [
            blocks.section(f"about_{CHOICES[choice]}", ASKS[choice][0]),
            modals.boxes(f"{CHOICES[choice]}0", "Your choice", [box], chosen=[], optional=True),
        ]
    return pieces


def _kept(migration: Migration, preview: Preview) -> list[Piece]:
    if not preview.kept:
        return []
    name = noun(migration)
    were, these = ("was", f"this {name}") if preview.kept == 1 else ("were", f"these {preview.kept:,} {plural(name)}")
    text = f"{number(preview.kept, name)} {were} changed after the migration and will be kept."
    also = blocks.option("discard", f"Remove {these} too")
    return [
        blocks.section("kept", text),
        modals.boxes(Block.DISCARD, "What was changed", [also], chosen=[], optional=True),
    ]


def _apart(migration: Migration, preview: Preview) -> list[Piece]:
    if not preview.apart:
        return []
    return [blocks.section("apart", f"{stays(preview.apart, noun(migration))}.")]


def _counting_on_it(migration: Migration, preview: Preview) -> list[Piece]:
    if not preview.counting_on_it:
        return []
    named, items = preview.counting_on_it[:NAMED], plural(noun(migration))
    more = len(preview.counting_on_it) - len(named)
    tasks = listed([f"*{task_id}*" for task_id in named] + ([f"{more:,} more"] if more else []))
    return [blocks.section("counting_on_it", (
        f":warning: Later migrations did not copy some {items}, because this one had copied them. "
        f"These are, the newest first: {tasks}. "
        f"This rollback removes these {items}, so the later migrations lose them too. "
        f"To remove everything that was copied, roll back the later ones first. To have the {items} again, press "
        f"*{LABELS[Action.RETRY][0]}* on the cards of the later ones afterwards."
    ))]


def _too_many(migration: Migration, preview: Preview) -> list[Piece]:
    """Where to roll back instead, when so many migrations count on this one that they cannot be agreed to here."""
    if len(preview.counting_on_it) <= MOST_COUNTING:
        return []
    return [blocks.section("too_many", (
        f"More than {MOST_COUNTING} migrations lose something by this, which is too many for this window. "
        f"At the machine where this app runs, `omm rollback {migration.task_id}` does the same."
    ))]


def _until(migration: Migration, now: datetime) -> str:
    if migration.state in GOING_BACK:
        return "A rollback that has begun can be finished at any time."
    until = migration.rollback_until
    if until is None:
        return "You can roll back until 48 hours after the end of the migration."
    return f"You can roll back until {date(until)}." if now <= until else "The time for a rollback is over."


def rollback_refused(migration: Migration, words: str) -> View:
    """The rollback dialog when it cannot be done; `words` say why."""
    return _rollback(migration, [
        blocks.rich("refused", [bold(f"Migration {migration.task_id} cannot be rolled back now.")],
                    [blocks.words(blocks.cleaned(words, 1000))]),
    ])


def _account(account: Account) -> list[Piece]:
    return [
        bold(blocks.cleaned(account.login, 200)), blocks.words(" on "), blocks.words(blocks.cleaned(account.host, 200))
    ]


# Passwords, following, reading


def password_form(
    migration: Migration, sides: Collection[Side], words: str, then: str, *, edition: int = 0, ways: Ways = IN_SLACK
) -> View:
    """Asks for the passwords of `sides`; `words` say why, `then` is "resume", "retry" or "rollback".

    Before a rollback it asks for the destination's login too: after the move, people give the account its old name. Of
    a mailbox that a service account opens, it asks for the address as well.
    private_metadata: `asked_forms.asked` reads it. Another `edition` empties the fields. `ways`: where passwords can be
    typed; where not here, it cannot be sent.
    """
    accounts = {Side.SOURCE: migration.request.source, Side.DESTINATION: destination_now(migration)}
    body = [blocks.rich("why", [blocks.words(blocks.cleaned(words, 1000))])]
    metadata = asked_forms.metadata(migration.task_id, then, sides)
    if not ways.form:
        body += [blocks.rich(f"{side}_account", _account(accounts[side])) for side in Side if side in sides]
        body += private.offered(migration.task_id, Action.PAGE_OF_TASK, ways)
        return modals.modal("Password needed", body, ids.View.PASSWORD, metadata)
    for side in Side:
        if side in sides:
            body.append(blocks.rich(f"{side}_account", _account(accounts[side])))
            if then == ROLLBACK and side is Side.DESTINATION:
                body += _names(accounts[side])
            of_app = side is Side.SOURCE and accounts[side].system.row.credential is CredentialKind.GRANT
            body.append(consent.app_password_field(edition) if of_app else modals.password_field(side, edition))
    body += private.offered(migration.task_id, Action.PAGE_OF_TASK, ways)
    submit = {"resume": "Resume", "retry": "Retry"}.get(then, "Continue")
    return modals.modal("Password needed", body, ids.View.PASSWORD, metadata, submit=submit)


def _names(account: Account) -> list[Piece]:
    """Fields for the names by which the destination is opened."""
    login = modals.text_field(
        Block.DESTINATION_LOGIN, "Destination login", account.login, most=MAX_LOGIN, example="ann@example.com",
        hint="If the account was renamed since, type its new login.",
    )
    if not account.mailbox:
        return [login]
    return [login, modals.text_field(
        Block.DESTINATION_MAILBOX, "Destination mailbox", account.mailbox, most=MAX_ADDRESS, example="ann@example.com",
        hint="The mailbox that this login opens. If it was renamed since, type its new address.",
    )]


def password_page(migration: Migration, sides: Collection[Side], then: str, url: str) -> View:
    """The way to the private page for the passwords of `sides`, at `url`. All else is as for `password_form`."""
    accounts = {Side.SOURCE: migration.request.source, Side.DESTINATION: destination_now(migration)}
    goes_on = {"resume": "resumes", "retry": "runs again"}.get(then)
    next_ = f"The migration then {goes_on} by itself." if goes_on else (
        "This window then counts what the rollback removes. Nothing is removed before you have seen it."
    )
    body = [
        blocks.section("page", f"Migration *{migration.task_id}*: type what is missing on the private page. {next_}"),
        *(blocks.rich(f"{side}_account", _account(accounts[side])) for side in Side if side in sides),
        *private.link(url, migration.task_id, blocks.button(Action.PAGE_OF_TASK, private.ANOTHER, migration.task_id)),
    ]
    metadata = asked_forms.metadata(migration.task_id, then, sides)
    return modals.modal("Password needed", body, ids.View.PASSWORD, metadata)


def follow_form(task_id: str, words: str | None = None) -> View:
    """Asks for the login that proves a follower (private_metadata: the task ID); `words` say what was wrong."""
    body = [
        blocks.section("task", f"To follow migration *{task_id}*, type the login of its *source*: the mailbox that is "
                               "copied."),
        modals.text_field(Block.LOGIN, "Source login", "", most=MAX_LOGIN, example="ann@example.org"),
    ]
    if words is not None:
        body.insert(1, blocks.alert("wrong", "error", words))
    return modals.modal("Follow a migration", body, ids.View.FOLLOW, task_id, submit="Follow")


def words(title: str, text: str, *, mentions: bool = False) -> View:
    """Something to read. Nothing in `text` is marked up; with `mentions`, `<@U…>` in it is a person."""
    parts = re.split(r"<@([UW][A-Z0-9]+)>", text) if mentions else [text]
    pieces = [
        blocks.mention(part) if place % 2 else blocks.words(_paragraph(part))
        for place, part in enumerate(parts) if part
    ]
    return modals.modal(title, [blocks.rich("words", pieces or [blocks.words(blocks.NOTHING)])], ids.View.WORDS)


def _paragraph(text: str) -> str:
    """A part of a sentence: the spaces at its ends belong to it."""
    inner = blocks.cleaned(text, 2900)
    return text if text.isspace() else f"{' ' if text[0] == ' ' else ''}{inner}{' ' if text[-1] == ' ' else ''}"


def _title(content: Content) -> str:
    return content.capitalize()
