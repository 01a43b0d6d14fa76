"""Passwords: what was typed into the window that asks for one, and what goes on with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from slack_bolt import Ack, App

from bot import dialogs, forms, ids
from bot.deed import Deed
from bot.desk import Desk
from bot.forms import Errors
from bot.ids import Action
from bot.listeners.retry import check_retry, retry_with
from bot.listeners.steering import allowed, check_applies, check_resume, go_on
from bot.threads import Act
from engine.errors import Side
from engine.migration import forwards
from engine.migration.back import give_login
from engine.migration.record import Migration
from engine.store.vault import Secret

Typed = Mapping[Side, Secret]


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.view(ids.View.PASSWORD)(sent)


def sent(ack: Ack, desk: Desk, deed: Deed) -> None:
    """A password that was asked for: what waited for it goes on."""
    asked, typed = forms.asked(deed.screen.metadata), forms.parse_password(deed.screen.values)
    login = forms.parse_new_login(deed.screen.values)
    if isinstance(typed, Errors) or isinstance(login, Errors):
        wrong = [each.by_block for each in (typed, login) if isinstance(each, Errors)]
        ack(response_action="errors", errors={block: words for each in wrong for block, words in each.items()})
        return
    migration = allowed(desk, deed, asked.task_id)
    if not deed.repeated:
        if login:
            check_applies(desk, migration, Action.ROLLBACK)
            give_login(desk.engine, migration.task_id, login)
        THEN[asked.then](desk, deed, migration, typed)
    if asked.then == "rollback":
        ack(response_action="update", view=dialogs.rollback_counting(migration))
    else:
        ack()


def _roll_back(desk: Desk, deed: Deed, migration: Migration, typed: Typed) -> None:
    check_applies(desk, migration, Action.ROLLBACK)
    _keep(desk, deed, migration, typed)
    desk.jobs.count(migration.task_id, deed.screen.id, deed.user)


def _resume(desk: Desk, deed: Deed, migration: Migration, typed: Typed) -> None:
    check_resume(desk, deed, migration)
    _keep(desk, deed, migration, typed)
    go_on(desk, deed, migration)


def _keep(desk: Desk, deed: Deed, migration: Migration, typed: Typed) -> None:
    forwards.keep_secrets(desk.engine, migration.task_id, typed)
    desk.threads.press(migration.task_id, deed.user, Act.PASSWORD, at=deed.at)


def _retry(desk: Desk, deed: Deed, migration: Migration, typed: Typed) -> None:
    check_retry(desk, deed, migration)
    retry_with(desk, deed, migration, typed)


THEN: Mapping[str, Callable[[Desk, Deed, Migration, Typed], None]] = MappingProxyType({
    "rollback": _roll_back, "resume": _resume, "retry": _retry,
})
