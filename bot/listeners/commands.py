"""Commands about one migration: `/omm pause 7K2F-9QXD` does what its button does, for the same people."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from types import MappingProxyType

from slack_bolt import Ack, App

from bot import buttons, ids, looking
from bot.audit.auditing import attempt
from bot.ids import COMMAND, Action
from bot.listeners import cancel, forget, report, retry, rollback, steering, switch_on
from bot.listeners.help import own_list
from bot.listeners.interaction import Interaction
from bot.listeners.reply import Said, asker, ephemeral, tell, whisper
from bot.listeners.typed import could_be_password, names_another, task_id_in
from bot.notices.home_tab import link_to, links
from bot.people import Person
from bot.permissions import check_member, named
from bot.services import Services
from bot.stored.audit_entries import What
from bot.stored.threads import Thread
from bot.views.answers import SHOWN, example_message, not_kept, one_at_a_time, status_message, which_message
from bot.views.message import Message, Shown
from engine.migration.record import Migration, State
from engine.migration.states import ENDED, UNDER_WAY, Act, allows

Press = Callable[..., None]


@dataclass(frozen=True, slots=True)
class Command:
    """A command: the migrations that it fits, what it does, and what is said when that has been done.

    `press` is the listener of a button: it takes ack, services and interaction, whose value is the task ID. `opens`: it
    only opens a window, so that it can be acknowledged at once. `what` is what the audit calls it; None: by its word.
    """

    fits: Callable[[Migration, datetime], bool]
    press: Press
    opens: bool = True
    done: Callable[[Migration], str] = lambda _migration: ""
    what: What | None = None


def _has(button: Action) -> Callable[[Migration, datetime], bool]:
    return lambda migration, now: buttons.applies(button, migration, now)


def _paused(migration: Migration) -> str:
    if migration.state is State.PAUSED:
        return f"Migration {migration.task_id} is paused. To continue it, type {COMMAND} resume {migration.task_id}."
    return f"Migration {migration.task_id} pauses when what is under way has arrived."


def _resumed(migration: Migration) -> str:
    return f"Migration {migration.task_id} continues." if migration.state in UNDER_WAY else ""


def _retried(migration: Migration) -> str:
    again = migration.state in UNDER_WAY
    return f"Migration {migration.task_id} runs again and copies what is missing." if again else ""


def _switched_on(migration: Migration) -> str:
    return f"OMM switches the out-of-office of migration {migration.task_id} on. Its card says when that is done."


COMMANDS: Mapping[str, Command] = MappingProxyType({
    "pause": Command(_has(Action.PAUSE), steering.pause, opens=False, done=_paused),
    "resume": Command(_has(Action.RESUME), steering.resume, opens=False, done=_resumed),
    "cancel": Command(_has(Action.CANCEL), cancel.pressed),
    "rollback": Command(_has(Action.ROLLBACK), rollback.pressed),
    "report": Command(_has(Action.REPORT), report.pressed),
    "retry": Command(_has(Action.RETRY), retry.pressed, opens=False, done=_retried),
    "switch-on": Command(
        _has(Action.SWITCH_ON), switch_on.pressed, opens=False, done=_switched_on, what=What.SWITCH_ON
    ),
    "forget": Command(lambda migration, now: allows(migration, Act.FORGET, now), forget.pressed),
})


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.command(ids.COMMAND, matchers=[is_status])(status)
    app.command(ids.COMMAND, matchers=[is_command])(typed)


def is_status(interaction: Interaction) -> bool:
    """True: the command asks where a migration stands."""
    return interaction.word == "status"


def is_command(interaction: Interaction) -> bool:
    """True: the command stands for a button."""
    return interaction.word in COMMANDS


# Where it stands


def status(ack: Ack, services: Services, interaction: Interaction) -> None:
    """The card of the migration that is named, or of the only one that is not over; else the list."""
    task_id, rest = task_id_in(interaction.rest)
    ack(ephemeral(not_kept()) if could_be_password(rest) else "")
    person = asker(services, interaction)
    _check(services, person, interaction.word)
    if task_id and names_another(rest):
        message = one_at_a_time("status", task_id)
    elif task_id:
        message = _status(services, person, task_id)
    elif rest:
        message = example_message("status")
    else:
        tasks = looking.own(services, person)
        lively = [task for task in tasks if task.state not in ENDED] or tasks
        only = len(lively) == 1
        message = _status(services, person, lively[0].task_id) if only else own_list(services, person)
    whisper(services, interaction, message)


def _status(services: Services, person: Person, task_id: str) -> Message:
    seen = looking.status(services, person, task_id)
    shown = Shown(
        seen.migration, seen.thread or Thread(task_id, services.team, "", ""), seen.pressed, services.clock(),
        masked=not seen.is_own, buttons=seen.steers, hold=services.policies.hold(services.team),
    )
    return status_message(shown, link_to(services, task_id, person.id))


# What stands for a button


def typed(ack: Ack, services: Services, interaction: Interaction) -> None:
    """Presses the button of the migration that is named, or of the only one of theirs that has it now."""
    task_id, rest = task_id_in(interaction.rest)
    answer: Callable[[], object] = partial(ack, ephemeral(not_kept()) if could_be_password(rest) else "")
    command = COMMANDS[interaction.word]
    if command.opens:       # nothing to be written down first
        answer()
        answer = _nothing
    person = asker(services, interaction)
    _check(services, person, interaction.word)
    if rest and not task_id:
        answer()
        whisper(services, interaction, example_message(interaction.word))
    elif names_another(rest):
        answer()
        whisper(services, interaction, one_at_a_time(interaction.word, task_id))
    elif task_id:
        _check(services, person, interaction.word, task_id)
        _press(answer, services, replace(interaction, value=task_id))
    elif len(fitting := _fitting(services, person, interaction)) == 1:
        _press(answer, services, replace(interaction, value=fitting[0].task_id))
    else:
        answer()
        whisper(services, interaction, _which(services, person, interaction, fitting))


def _check(services: Services, person: Person, word: str, task_id: str = "") -> None:
    """Raises NotAllowedError unless they may use the command, and press the buttons of the task if one is given."""
    command = COMMANDS.get(word)
    what = (command and command.what) or What(word)
    with attempt(services, person, what, task_id) as this:
        check_member(person, services.team)
        if task_id:
            named(services, person, task_id)
        this.outcome = None


def _nothing() -> None:
    """What was answered is not answered again."""


def _fitting(services: Services, person: Person, interaction: Interaction) -> list[Migration]:
    fits, now = COMMANDS[interaction.word].fits, services.clock()
    return [task for task in looking.own(services, person) if fits(task, now)]


def _which(services: Services, person: Person, interaction: Interaction, fitting: Sequence[Migration]) -> Message:
    if not looking.own(services, person):
        return own_list(services, person)
    to_cards = links(services, [task.task_id for task in fitting[:SHOWN]], interaction.user)
    return which_message(interaction.word, fitting, services.clock(), to_cards)


def _press(ack: Callable[[], object], services: Services, interaction: Interaction) -> None:
    command = COMMANDS[interaction.word]
    command.press(ack, services, interaction)
    if said := command.done(services.engine.store.load(interaction.value)):
        tell(services, interaction, Said(said))
