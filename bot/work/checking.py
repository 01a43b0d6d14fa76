"""Checking: a form that was sent, from the sign-in to both sides to the task that it becomes.

Each part finds out what is done already, so the whole may be cut off anywhere and done again.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from http.client import HTTPException

from slack_sdk.errors import SlackClientError

from bot.auditing import began, not_begun
from bot.ids import Action
from bot.notices.letters import letter
from bot.people import UnknownPersonError
from bot.services import Services
from bot.stored.drafts import Draft, DraftState, Verdict
from bot.stored.orders import GivenUp
from bot.stored.threads import Thread
from bot.views import blocks, forms, migrate_form
from bot.work.counting import ASKED_FOR
from bot.work.screen import show
from engine.errors import Cause, FatalError, InputError, Side
from engine.migration import checks
from engine.migration.account import Account
from engine.migration.forwards import start_kept
from engine.pace.halt import Halt
from engine.ports.looking_up import Found
from engine.words import of_side, sentence

NOT_FOUND = "No Exchange server was found by this address alone."
OUR_FAULT = "OMM could not check your accounts because of an error of its own. No migration was started."


def check(services: Services, halt: Halt, *, draft_id: str, generation: int) -> bool:
    """Signs in to both sides of a draft; says in its form what is wrong, or starts its migration.

    A verdict on an older submission is ignored, and who closed the form before the verdict starts nothing.
    """
    draft = services.drafts.load(draft_id)
    if draft is not None and draft.generation == generation:
        if draft.state in (DraftState.CHECKING, DraftState.CLOSED) and draft.verdict is None:
            halt.check()
            draft = not_begun(services, _decided(services, *checked(services, draft)))
        _tell(services, halt, draft, generation)
    return True


def give_up(services: Services, *, draft_id: str, generation: int, **_why: GivenUp) -> None:
    """Says in the form that we are at fault, whichever it was."""
    draft = services.drafts.load(draft_id)
    if draft is not None and draft.generation == generation:
        _tell(services, Halt(), _decided(services, draft, Verdict(OUR_FAULT, Cause.OTHER)), generation)


def checked(services: Services, draft: Draft) -> tuple[Draft, Verdict | None]:
    """What is wrong, and the draft with what was found out about its two servers.

    A port of the owner's own may encrypt from the start or after a greeting. Both are tried, never plain text, and
    before any password is sent.
    """
    draft, verdict = _looked_up(services, draft)
    verdict = verdict or _verdict(services, draft)
    if verdict is None or (verdict.cause, verdict.side) != (Cause.WRONG_PROTOCOL, Side.SOURCE):
        return draft, verdict
    fields = forms.upgraded(draft.fields)
    if fields is None:
        return draft, verdict
    other = replace(draft, fields=fields)
    again = _verdict(services, other)
    if again is not None and (again.cause, again.side) == (Cause.WRONG_PROTOCOL, Side.SOURCE):
        return draft, verdict
    return other, again


def _looked_up(services: Services, draft: Draft) -> tuple[Draft, Verdict | None]:
    """The draft with the servers that its form does not name, and what its owner is asked or told about them.

    Servers that were found stand in the form from then on, for its owner to send once more: no password leaves before.
    Where one cannot be found, neither stands there. None: the form names both.
    """
    try:
        request = forms.request_of(draft.fields)
    except InputError as error:
        return draft, Verdict(str(error), Cause.OTHER)
    found: dict[Side, Found] = {}
    fields = draft.fields
    for side, account in ((Side.SOURCE, request.source), (Side.DESTINATION, request.destination)):
        if not account.host:
            looked = _look_up(services, account, side)
            if isinstance(looked, Verdict):
                return draft, looked
            found[side] = looked
            fields = forms.with_server(fields, side, looked.account.server)
    return replace(draft, fields=fields), _to_confirm(found)


def _look_up(services: Services, account: Account, side: Side) -> Found | Verdict:
    """The server that is proposed for that account, or why there is none."""
    try:
        found = services.look_up(account, side)
    except FatalError as error:
        return Verdict(str(error), error.cause, side)
    except InputError as error:
        return Verdict(str(error), Cause.OTHER, side)
    return found or Verdict(NOT_FOUND, Cause.NO_EWS, side)


def _to_confirm(found: Mapping[Side, Found]) -> Verdict | None:
    """What asks the form's owner about the servers that were found; None where none was looked up."""
    said = {side: f"{one.account.server}, according to {one.named_by}" for side, one in found.items()}
    if len(said) > 1:
        words = f"The source's server is {said[Side.SOURCE]}; the destination's is {said[Side.DESTINATION]}."
        return Verdict(words, Cause.UNCONFIRMED)
    return next((Verdict(f"The server is {one}.", Cause.UNCONFIRMED, side) for side, one in said.items()), None)


def _verdict(services: Services, draft: Draft) -> Verdict | None:
    """What is wrong, None when both sides let us in."""
    vault = services.engine.vault
    try:
        checks.check(
            services.engine, forms.request_of(draft.fields),
            source_password=vault.get(draft.id, Side.SOURCE),
            destination_password=vault.get(draft.id, Side.DESTINATION),
        )
    except FatalError as error:
        if error.cause is Cause.STORE:
            raise
        return Verdict(str(error), error.cause, error.side)
    except InputError as error:
        return Verdict(str(error), Cause.OTHER)
    return None


def _decided(services: Services, draft: Draft, verdict: Verdict | None) -> Draft | None:
    """The draft with the verdict in it; as it is if something else has become of it meanwhile."""

    def decide(now: Draft) -> Draft:
        if now.generation != draft.generation or now.state not in (DraftState.CHECKING, DraftState.CLOSED):
            return now
        closed = now.state is DraftState.CLOSED
        now = replace(now, fields=draft.fields)
        if verdict is None:
            return replace(now, state=now.state if closed else DraftState.STARTED, verdict=None)
        return replace(
            now, state=now.state if closed else DraftState.OPEN, verdict=verdict, edition=now.edition + 1,
            kept=now.kept - {verdict.side} if verdict.cause in ASKED_FOR and verdict.side else now.kept,
        )

    return services.drafts.change(draft.id, decide)


def _tell(services: Services, halt: Halt, draft: Draft | None, generation: int) -> None:
    """Has the draft's owner see what became of it; begins its task if it has one."""
    if draft is None or draft.generation != generation:
        return
    drop_refused(services, draft)
    if draft.state is DraftState.STARTED:
        _begin(services, halt, draft)
    elif draft.state is DraftState.CLOSED or not _shown(services, halt, draft):
        _write(services, draft)


def drop_refused(services: Services, draft: Draft) -> None:
    """Drops a password that its server has refused, unless another was typed since: it is not sent a second time."""
    verdict = draft.verdict
    if verdict is None or verdict.cause != Cause.SIGN_IN or verdict.side is None or verdict.side in draft.kept:
        return
    services.engine.vault.drop(draft.id, verdict.side)


def _begin(services: Services, halt: Halt, draft: Draft) -> None:
    migration = start_kept(services.engine, draft.id, forms.request_of(draft.fields))
    services.threads.open(_thread(services, draft))
    began(services, draft, migration.request)
    services.jobs.migrate(draft.id)
    show(services.slack, draft.view_id, migrate_form.started(migration, channel=draft.channel), halt)


def _thread(services: Services, draft: Draft) -> Thread:
    """Where the task is shown; for a third party also who named them and where, as far as Slack says so now."""
    thread = Thread(draft.id, draft.team, draft.owner, draft.channel, draft.fields.notify)
    if not thread.notify:
        return thread
    with suppress(UnknownPersonError):
        thread = replace(thread, owner_name=services.people.look(draft.owner).name)
    with suppress(SlackClientError, HTTPException, OSError, UnicodeError):
        thread = replace(thread, workspace=str(services.slack.auth_test().get("team") or ""))
    return thread


def _shown(services: Services, halt: Halt, draft: Draft) -> bool:
    """True: the verdict, if there is one, is on the screen."""
    if draft.verdict is None:
        return True
    form = migrate_form.migration_form(draft, services.offers, sends_email=services.sends_email)
    return show(services.slack, draft.view_id, form, halt)


def _write(services: Services, draft: Draft) -> None:
    """A letter in the place of the form, which is not on the screen any more."""
    services.drafts.change(draft.id, lambda now: replace(now, has_letter=True))
    go_on = blocks.button(Action.CONTINUE, "Continue", draft.id, style="primary")
    services.outbox.put(letter(f"check:{draft.id}:{draft.generation}", draft.owner, _words(draft.verdict), go_on))


def _words(verdict: Verdict | None) -> str:
    if verdict is None:
        return (
            "Both passwords are right, but you closed the form before OMM had checked them, so nothing has started. "
            "Press Continue to open the form as you left it."
        )
    why = sentence(of_side(verdict.side, verdict.words))
    return f"Your migration has not started. {why} Press Continue to open the form again."
