"""Where passwords can be typed: in Slack, on the private page, or both, as the workspace's policy and address say."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.permissions import Actor, NotAllowedError, Operator
from bot.services import Services, TaskServices
from bot.stored.audit_entries import Surface
from bot.stored.policies import Passwords
from engine.errors import UnreadableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.errors import Side
    from engine.store.vault import Secret

ONLY_ON_PAGE = (
    "The admins of this workspace have set that passwords are typed on a private page, and not in Slack. "
    "What you typed was not kept. Close this window, open it again, and use its button."
)
NO_PAGE = "This OMM has no private page for passwords. Ask its administrator to set OMM_PUBLIC_URL."


@dataclass(frozen=True, slots=True)
class Ways:
    """Where passwords can be typed. `form`: in Slack's windows. `page`: on the private page."""

    form: bool = True
    page: bool = False


IN_SLACK = Ways()


def ways(services: Services) -> Ways:
    """Where passwords can be typed in this workspace now.

    While nobody can read its policy, it is in Slack only where there is no page: a rollback may need one.
    """
    page = bool(services.public_url)
    form = not page
    with suppress(UnreadableError):
        form = services.policies.load(services.team).passwords is not Passwords.PAGE
    return Ways(form=form, page=page)


def check_typed(services: TaskServices, person: Actor, typed: Mapping[Side, Secret] | None) -> None:
    """Raises NotAllowedError for passwords that were typed in Slack where that is not allowed.

    Raises UnreadableError where nobody can read the workspace's policy, and there is a page to type them on. Without
    one they are taken, as a rollback may need them.
    """
    if not typed or isinstance(person, Operator) or not isinstance(services, Services):
        return
    if services.trail.surface is Surface.PAGE:
        return
    try:
        passwords = services.policies.load(services.team).passwords
    except UnreadableError:
        if services.public_url:
            raise
        return
    if passwords is Passwords.PAGE:
        raise NotAllowedError(ONLY_ON_PAGE)
