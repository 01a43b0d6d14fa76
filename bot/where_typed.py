"""Where passwords can be typed: in Slack, on the private page, or both, as the workspace's policy and address say.

And whether the owner of a Google account can be asked for consent, so that no password of theirs is typed at all.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.permissions import Actor, NotAllowedError, Operator
from bot.services import Services, TaskServices
from bot.stored.audit_entries import Surface
from bot.stored.policies import Passwords
from engine.errors import Side, UnreadableError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bot.stored.drafts import Draft
    from engine.store.vault import Secret

ONLY_ON_PAGE = (
    "The admins of this workspace have set that passwords are typed on a private page, and not in Slack. "
    "What you typed was not kept. Close this window, open it again, and use its button."
)
NO_PAGE = (
    "The admins of this workspace have set that passwords are typed on a private page, and this OMM has no private "
    "page. Ask an admin to allow passwords in Slack, in OMM's settings, or OMM's administrator to set what the page "
    "needs: OMM_PUBLIC_URL, SLACK_CLIENT_ID and SLACK_CLIENT_SECRET."
)
NO_CONSENT = (
    "This OMM cannot ask Google for access. OMM's administrator can set what that needs: OMM_PUBLIC_URL and "
    "GOOGLE_CLIENT_SECRETS_FILE."
)
PAGE_IS_GONE = "This OMM has no private page for passwords any more. Open this window again, and type them there."


@dataclass(frozen=True, slots=True)
class Ways:
    """Where passwords can be typed. `form`: in Slack's windows. `page`: on the private page.

    `consent`: True: the owner of a Google account is asked for consent on Google's page, and types no password of it.
    `number`: True: they type the number that our page shows them afterwards.
    """

    form: bool = True
    page: bool = False
    consent: bool = False
    number: bool = False

    def typed(self, *, by_consent: bool) -> tuple[Side, ...]:
        """The sides whose password is typed. `by_consent`: True: the source is an account whose owner can be asked."""
        return tuple(side for side in Side if not (side is Side.SOURCE and by_consent and self.consent))

    def lacking(self, draft: Draft) -> tuple[Side, ...]:
        """The sides whose password is typed and the form lacks; all sides whose password is typed if it lacks none."""
        typed = self.typed(by_consent=draft.fields.by_consent)
        return tuple(side for side in typed if side in draft.lacks) or typed


IN_SLACK = Ways()


def ways(services: Services) -> Ways:
    """Where passwords can be typed in this workspace now.

    While nobody can read its policy, it is in Slack only where there is no page: a rollback may need one.
    """
    page = bool(services.public_url)
    form = not page
    with suppress(UnreadableError):
        form = services.policies.load(services.team).passwords is not Passwords.PAGE
    return Ways(form=form, page=page, consent=not no_consent(services), number=services.by_number)


def no_consent(services: Services) -> str:
    """Why the owner of a Google account cannot be asked for consent; '' where they can be."""
    return "" if services.consenting is not None and services.consents_at else NO_CONSENT


def check_typed(services: TaskServices, person: Actor, typed: Mapping[Side, Secret] | None) -> None:
    """Raises NotAllowedError for passwords that were typed in Slack where its windows have no field for them."""
    if not typed or isinstance(person, Operator) or not isinstance(services, Services):
        return
    is_here = services.trail.surface is not Surface.PAGE
    if is_here and not ways(services).form:
        raise NotAllowedError(ONLY_ON_PAGE)
