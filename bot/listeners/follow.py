"""Follow: a task's card in somebody's own conversation. Others than its owner and the admins prove that they know it.

Whoever does not know the login of the source account learns nothing: not even whether there is such a task.
"""

from __future__ import annotations

import hmac
from dataclasses import replace
from functools import partial

from slack_bolt import Ack, App

from bot import dialogs, forms, ids
from bot.answers import example_message, not_kept
from bot.deed import Deed
from bot.guesses import WINDOW
from bot.ids import Block
from bot.permissions import check_member, may_steer
from bot.reply import Said, ephemeral, show, tell
from bot.services import Services
from bot.threads import Act, Card, Thread
from bot.typed import could_be_password, task_id_in
from engine.account import Account, Kind, Transport
from engine.errors import InputError

NOBODY = Account(Kind.IMAP, "", "", 0, Transport.TLS)       # whose login nobody can type
WRONG = "There is no migration with this task ID whose source account has this login."
TOO_MANY = f"That was tried too often. Please wait {WINDOW.total_seconds() / 60:.0f} minutes."


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.command(ids.COMMAND, matchers=[is_follow])(typed)
    app.view(ids.View.FOLLOW)(sent)


def is_follow(deed: Deed) -> bool:
    """Whether the command is for us."""
    return deed.word == "follow"


def typed(ack: Ack, services: Services, deed: Deed) -> None:
    """`/omm follow 7K2F-9QXD`. Nothing else of what was typed is looked at."""
    task_id, rest = task_id_in(deed.rest)
    careful = could_be_password(rest)
    if not task_id:
        example = example_message("follow")
        ack(ephemeral(not_kept(example) if careful else example))
        return
    answer = partial(ack, ephemeral(not_kept()) if careful else "")
    person, thread = services.people.look(deed.user), services.threads.load(task_id)
    if thread is not None and may_steer(person, thread):
        check_member(person, services.team)
        said = _followed(services, deed, thread, steers=True)
        answer()
        tell(services, deed, said)
        return
    answer()        # nothing to be written down first
    check_member(person, services.team)
    if thread is None and person.is_admin:
        raise InputError(f"There is no migration {task_id} that was started in Slack.")
    show(services, deed, dialogs.follow_form(task_id))


def sent(ack: Ack, services: Services, deed: Deed) -> None:
    """The login that proves it. Right or wrong, known task or not, the same is done up to the answer."""
    task_id = deed.screen.metadata
    check_member(services.people.look(deed.user), services.team)
    if deed.repeated and deed.user in services.threads.of_followers(task_id):
        ack()
        return
    if not services.guesses.allowed(deed.user, task_id):
        ack(response_action="errors", errors={Block.LOGIN: TOO_MANY})
        return
    thread, source = services.threads.load(task_id), _source(services, task_id)
    right = _is_login(forms.parse_follow(deed.screen.values), source) and thread is not None
    services.guesses.note(deed.user, task_id, right=right)
    if thread is None or not right:
        ack(response_action="errors", errors={Block.LOGIN: WRONG})
        return
    said = _followed(services, deed, thread, steers=False)
    ack()
    tell(services, deed, said)


def _source(services: Services, task_id: str) -> Account:
    try:
        return services.engine.store.load(task_id).request.source
    except InputError:
        return NOBODY


def _is_login(typed: str, source: Account) -> bool:
    """Whether that is the account's login, whatever its case, in a time that tells nothing."""
    ours, theirs = (account.identity.encode() for account in (source, replace(source, login=typed)))
    return hmac.compare_digest(ours, theirs) and bool(source.login)


def _followed(services: Services, deed: Deed, thread: Thread, *, steers: bool) -> Said:
    """Writes down that they follow it; returns what they are told."""
    own = deed.user == thread.owner
    if deed.user in services.threads.of_followers(thread.task_id) or (own and not thread.channel):
        return Said(f"You follow migration {thread.task_id} already. Its card is in our direct messages.")
    if steers:
        services.threads.put_card(thread.task_id, Card(deed.user, "", buttons=True, masked=not own))
    services.threads.press(thread.task_id, deed.user, Act.FOLLOW, at=deed.at)
    return Said(f"You follow migration {thread.task_id} now. I'll post its card in our direct messages.")
