"""Passwords: what was typed into the window that asks for one, and what goes on with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from slack_bolt import Ack, App

from bot import dialogs, forms, ids
from bot.deed import Deed
from bot.forms import Errors
from bot.ids import Action
from bot.listeners.retry import check_retry, retry_with
from bot.listeners.steering import allowed, check_applies, check_resume, go_on
from bot.services import Services
from bot.threads import Act
from engine import migrate
from engine.errors import Side
from engine.migration import Migration
from engine.rollback import give_login
from engine.vault import Secret

Typed = Mapping[Side, Secret]


def register(app: App) -> None:
    """Has Bolt call what is below."""
    app.view(ids.View.PASSWORD)(sent)


def sent(ack: Ack, services: Services, deed: Deed) -> None:
    """A password that was asked for: what waited for it goes on."""
    asked, typed = forms.asked(deed.screen.metadata), forms.parse_password(deed.screen.values)
    login = forms.parse_new_login(deed.screen.values)
    if isinstance(typed, Errors) or isinstance(login, Errors):
        wrong = [each.by_block for each in (typed, login) if isinstance(each, Errors)]
        ack(response_action="errors", errors={block: words for each in wrong for block, words in each.items()})
        return
    migration = allowed(services, deed, asked.task_id)
    if not deed.repeated:
        if login:
            check_applies(services, migration, Action.ROLLBACK)
            give_login(services.engine, migration.task_id, login)
        THEN[asked.then](services, deed, migration, typed)
    if asked.then == "rollback":
        ack(response_action="update", view=dialogs.rollback_counting(migration))
    else:
        ack()


def _roll_back(services: Services, deed: Deed, migration: Migration, typed: Typed) -> None:
    check_applies(services, migration, Action.ROLLBACK)
    _keep(services, deed, migration, typed)
    services.jobs.count(migration.task_id, deed.screen.id, deed.user)


def _resume(services: Services, deed: Deed, migration: Migration, typed: Typed) -> None:
    check_resume(services, deed, migration)
    _keep(services, deed, migration, typed)
    go_on(services, deed, migration)


def _keep(services: Services, deed: Deed, migration: Migration, typed: Typed) -> None:
    migrate.keep_secrets(services.engine, migration.task_id, typed)
    services.threads.press(migration.task_id, deed.user, Act.PASSWORD, at=deed.at)


def _retry(services: Services, deed: Deed, migration: Migration, typed: Typed) -> None:
    check_retry(services, deed, migration)
    retry_with(services, deed, migration, typed)


THEN: Mapping[str, Callable[[Services, Deed, Migration, Typed], None]] = MappingProxyType({
    "rollback": _roll_back, "resume": _resume, "retry": _retry,
})
