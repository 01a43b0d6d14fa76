"""The private page was used: what waited for it in Slack is drawn anew, or its owner is written to."""

from __future__ import annotations

import logging
from dataclasses import replace

from bot.ids import Action
from bot.notices.letters import letter
from bot.pages.private_page import CONSENT
from bot.services import Services
from bot.stored.drafts import Draft, DraftState
from bot.stored.orders import GivenUp
from bot.views import blocks, dialogs, held_up, migrate_form
from bot.where_typed import ways
from bot.work.screen import show
from engine.pace.halt import Halt

TITLE, CLOSE = "Thank you", "You can close this window."
GOES_ON = "Migration {} goes on. Its card shows the progress."
IN_LINE = f"Migration {{}} is in line. {held_up.WAITS}"
AUTHORISE = (
    "The password is saved. What is missing now is access to the Google account: press the same button on the card "
    "once more."
)
CLOSED = "The passwords that you typed on the private page are saved. Press Continue to open the form as you left it."
log = logging.getLogger(__name__)


def show_used(services: Services, halt: Halt, *, about: str, view_id: str, user: str, then: str) -> bool:
    """Draws the window anew. A form that was closed meanwhile gets its owner a message with Continue."""
    if then == CONSENT:
        show(services.slack, view_id, dialogs.words(TITLE, AUTHORISE), halt)
        return True
    if then:
        said = IN_LINE.format(about) if services.policies.hold(services.team) else GOES_ON.format(about)
        show(services.slack, view_id, dialogs.words(TITLE, f"{said} {CLOSE}"), halt)
        return True
    draft = services.drafts.load(about)
    if draft is None or draft.state not in (DraftState.OPEN, DraftState.CLOSED, DraftState.APPROVAL):
        return True
    is_shown = draft.state is not DraftState.CLOSED and draw(services, halt, draft)
    if not is_shown and draft.state is not DraftState.APPROVAL:
        write(services, draft, user, CLOSED, name=f"page:{about}:{draft.edition}")
    return True


def write(services: Services, draft: Draft, user: str, words: str, *, name: str) -> None:
    """Sends the owner of a form that was closed a message with those words and Continue, once under that name."""
    services.drafts.change(draft.id, lambda now: replace(now, has_letter=True))
    go_on = blocks.button(Action.CONTINUE, "Continue", draft.id, style="primary")
    services.outbox.put(letter(name, user, words, go_on))


def give_up(_services: Services, *, about: str, **_why: GivenUp) -> None:
    """Notes it: the form's own button does the same, and a card shows what goes on."""
    log.error("what waited for the private page was not drawn: %s", about)


def draw(services: Services, halt: Halt, draft: Draft) -> bool:
    """Draws a form. True: it stands on its owner's screen."""
    form = migrate_form.migration_form(
        draft, services.offers, sends_email=services.sends_email, ways=ways(services)
    )
    return show(services.slack, draft.view_id, form, halt)
