"""Checking: a form that was sent, from the sign-in to both sides to the task that it becomes.

Each part finds out what is done already, so the whole may be cut off anywhere and done again.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from http.client import HTTPException

from slack_sdk.errors import SlackClientError

from bot import form_passwords, service_accounts, sources
from bot.addresses import named_host
from bot.audit.auditing import began, given_up, not_begun
from bot.ids import Action
from bot.notices.letters import letter
from bot.people import UnknownPersonError
from bot.permissions import NotAllowedError, check_member
from bot.policy import ServerNotAllowedError, check_may_migrate, check_servers
from bot.services import Services
from bot.stored.audit_entries import Surface, What
from bot.stored.drafts import UNDECIDED, Draft, DraftState, Verdict
from bot.stored.orders import GivenUp
from bot.stored.policies import Policy, Who
from bot.stored.threads import Thread
from bot.views import blocks, forms, migrate_form
from bot.where_typed import ways
from bot.work import owners
from bot.work.counting import ASKED_FOR
from bot.work.screen import show
from engine.errors import Cause, FatalError, InputError, Side, UnreadableError
from engine.migration import checks
from engine.migration.account import Account
from engine.migration.checks import Checked
from engine.migration.forwards import start_kept
from engine.migration.questions import Question, answered, questions
from engine.pace.halt import Halt
from engine.ports.looking_up import Found
from engine.words import of_side, sentence

NOT_FOUND = "No Exchange server was found by this address alone."
UNKNOWN = "Slack did not say just now whether you may use a service account."
OUR_FAULT = "OMM could not check your accounts because of an error of its own. No migration was started."
TO_DECIDE = "OMM can sign in to both mailboxes. Before anything starts, there is something for you to read."


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of signing in to both sides of a draft.

    `draft` has what was found out about its two servers. `verdict` says what is wrong; None: both let us in, and
    `found` is what they showed.
    """

    draft: Draft
    verdict: Verdict | None = None
    found: Checked | None = None

    @property
    def asked(self) -> tuple[Question, ...]:
        """What the draft's owner is asked about its two mailboxes."""
        contents = self.draft.fields.contents
        return () if self.found is None else questions(contents, self.found.source, self.found.destination)


def check(services: Services, halt: Halt, *, draft_id: str, generation: int) -> bool:
    """Signs in to both sides of a draft; says in its form what is wrong, or starts its migration.

    A verdict on an older submission is ignored, and who closed the form before the verdict starts nothing.
    """
    draft = services.drafts.load(draft_id)
    if draft is not None and draft.generation == generation:
        if draft.state in (DraftState.CHECKING, DraftState.CLOSED) and draft.verdict is None:
            draw_if_by_page(services, halt, draft)
            draft = not_begun(services, _decided(services, checked(services, draft)))
        _tell(services, halt, draft, generation)
    return True


def draw_if_by_page(services: Services, halt: Halt, draft: Draft) -> None:
    """Has a form say that it is checked whose passwords came by the private page: no press in Slack has drawn it.

    Raises HaltedError.
    """
    halt.check()
    if draft.state is DraftState.CHECKING and draft.typed_for:
        _shown_as_it_is(services, halt, draft)


def give_up(services: Services, *, draft_id: str, generation: int, why: GivenUp) -> None:
    """Says in the form that we are at fault, whichever it was, and writes down that nothing came of it."""
    draft = services.drafts.load(draft_id)
    if draft is not None and draft.generation == generation:
        if draft.state in (DraftState.CHECKING, DraftState.CLOSED):
            given_up(services, draft.owner, What.START, draft.id, why, Surface.FORM)
        outcome = Outcome(draft, Verdict(OUR_FAULT, Cause.OTHER))
        _tell(services, Halt(), _decided(services, outcome), generation)


def checked(services: Services, draft: Draft) -> Outcome:
    """Signs in to both sides.

    A port of the owner's own may encrypt from the start or after a greeting. Both are tried, never plain text, and
    before any password is sent.
    """
    if refused := _owner_may_not(services, draft) or _may_not(services, draft):
        return Outcome(draft, refused)
    draft, verdict = _looked_up(services, draft)
    verdict = _not_allowed(services, draft) or verdict
    outcome = Outcome(draft, verdict) if verdict else _signed_in(services, draft)
    fields = forms.upgraded(draft.fields) if _is_otherwise_encrypted(outcome) else None
    if fields is None:
        return outcome
    other = _signed_in(services, replace(draft, fields=fields))
    return outcome if _is_otherwise_encrypted(other) else other


def _may_not(services: Services, draft: Draft) -> Verdict | None:
    """Why a service account may not sign in, or not yet; None: it may, or there is none."""
    try:
        words = service_accounts.refusal(services, draft)
    except UnknownPersonError:
        return Verdict(UNKNOWN, Cause.OTHER)
    except UnreadableError as error:
        return Verdict(str(error), Cause.OTHER)
    return Verdict(words, Cause.POLICY) if words else None


def _is_otherwise_encrypted(outcome: Outcome) -> bool:
    """True: the source does not speak what was expected at its port."""
    verdict = outcome.verdict
    return verdict is not None and (verdict.cause, verdict.side) == (Cause.WRONG_PROTOCOL, Side.SOURCE)


def _looked_up(services: Services, draft: Draft) -> tuple[Draft, Verdict | None]:
    """The draft with the servers that its form does not name, and what its owner is asked or told about them.

    Servers that were found stand in the form from then on, for its owner to send once more: no password leaves before.
    Where one cannot be found, neither stands there. None: the form names both.
    """
    try:
        request = forms.request_of(draft.fields, draft.off)
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


def _not_allowed(services: Services, draft: Draft) -> Verdict | None:
    """Why the admins of the workspace do not allow these servers, before any is asked."""
    try:
        check_servers(services.policies.load(services.team), {
            Side.SOURCE: sources.find(draft.fields.source_kind).host(draft.fields.source_server),
            Side.DESTINATION: named_host(draft.fields.destination_server),
        })
    except ServerNotAllowedError as error:
        return Verdict(str(error), Cause.POLICY, error.side)
    except UnreadableError as error:
        return Verdict(str(error), Cause.POLICY)
    return None


def _owner_may_not(services: Services, draft: Draft) -> Verdict | None:
    """Why its owner may not migrate (any more), before any server is looked up for them."""
    try:
        _check_owner(services, draft, services.policies.load(services.team))
    except (NotAllowedError, UnreadableError, UnknownPersonError) as error:
        return Verdict(str(error), Cause.POLICY)
    return None


def _check_owner(services: Services, draft: Draft, policy: Policy) -> None:
    """Raises NotAllowedError unless the form's owner may (still) use OMM and begin a migration.

    Where everyone may, that goes on while Slack does not say who they are: they were allowed a moment ago. Else raises
    UnknownPersonError.
    """
    try:
        person = services.people.look(draft.owner)
    except UnknownPersonError:
        if policy.who is not Who.EVERYONE:
            raise
        return
    check_member(person, services.team)
    check_may_migrate(services, person)


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


def _signed_in(services: Services, draft: Draft) -> Outcome:
    try:
        return Outcome(draft, found=checks.check(
            services.engine, forms.request_of(draft.fields, draft.off),
            source_password=form_passwords.kept(services, draft, Side.SOURCE),
            destination_password=form_passwords.kept(services, draft, Side.DESTINATION),
        ))
    except FatalError as error:
        if error.cause is Cause.STORE:
            raise
        return Outcome(draft, Verdict(str(error), error.cause, error.side))
    except InputError as error:
        return Outcome(draft, Verdict(str(error), Cause.OTHER))


def _decided(services: Services, outcome: Outcome) -> Draft | None:
    """The draft with the verdict in it; as it is if something else has become of it meanwhile."""

    def decide(now: Draft) -> Draft:
        if now.generation != outcome.draft.generation or now.state not in (DraftState.CHECKING, DraftState.CLOSED):
            return now
        closed = now.state is DraftState.CLOSED
        verdict = outcome.verdict or _to_decide(now, outcome)
        now = with_questions(now, outcome)
        if verdict is None:
            return replace(now, state=now.state if closed else DraftState.STARTED, verdict=None)
        return replace(
            now, state=now.state if closed else DraftState.OPEN, verdict=verdict, edition=now.edition + 1,
            kept=now.kept - {verdict.side} if verdict.cause in ASKED_FOR and verdict.side else now.kept,
        )

    return services.drafts.change(outcome.draft.id, decide)


def _to_decide(draft: Draft, outcome: Outcome) -> Verdict | None:
    """None: the draft's owner has seen everything that is asked."""
    return None if set(outcome.asked) <= set(draft.asked) else Verdict(TO_DECIDE, UNDECIDED)


def with_questions(draft: Draft, outcome: Outcome) -> Draft:
    """The draft with what was found out, and with what is asked from now on; only what was asked before is answered."""
    if outcome.found is None:
        return replace(draft, fields=outcome.draft.fields)
    still = [question for question in draft.asked if question in outcome.asked]
    choices = answered(outcome.draft.fields.choices, still)
    return replace(draft, fields=replace(outcome.draft.fields, choices=choices), asked=outcome.asked)


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
    """Drops a password or consent that its server has refused, unless another came since: it is sent no second time."""
    verdict = draft.verdict
    if verdict is None or verdict.side is None or verdict.side in draft.kept:
        return
    if verdict.cause in (Cause.SIGN_IN, Cause.CONSENT):
        services.engine.vault.drop(draft.id, verdict.side)


def _begin(services: Services, halt: Halt, draft: Draft) -> None:
    request = forms.request_of(draft.fields, draft.off)
    told = owners.owners(services, halt, request)
    migration = start_kept(services.engine, draft.id, request)
    services.threads.open(_thread(services, draft, {side: owner.user for side, owner in told.items()}))
    began(services, draft, migration.request)
    owners.write_down(services, draft, request, told)
    services.jobs.migrate(draft.id)
    untold = {side: owner.why for side, owner in told.items() if not owner.user}
    form = migrate_form.started(migration, channel=draft.channel, untold=untold)
    show(services.slack, draft.view_id, form, halt)


def _thread(services: Services, draft: Draft, told: Mapping[Side, str]) -> Thread:
    """Where the task is shown; for a third party also who named them and where, as far as Slack says so now.

    `told` are those who are told that a service account opens their mailbox.
    """
    thread = Thread(
        draft.id, draft.team, draft.owner, draft.channel, draft.fields.notify,
        source_owner=told.get(Side.SOURCE, ""), destination_owner=told.get(Side.DESTINATION, ""),
    )
    if not thread.notify:
        return thread
    with suppress(UnknownPersonError):
        thread = replace(thread, owner_name=services.people.look(draft.owner).name)
    with suppress(SlackClientError, HTTPException, OSError, UnicodeError):
        thread = replace(thread, workspace=str(services.slack.auth_test().get("team") or ""))
    return thread


def _shown(services: Services, halt: Halt, draft: Draft) -> bool:
    """True: the verdict, if there is one, is on the screen."""
    return draft.verdict is None or _shown_as_it_is(services, halt, draft)


def _shown_as_it_is(services: Services, halt: Halt, draft: Draft) -> bool:
    form = migrate_form.migration_form(
        draft, services.offers, sends_email=services.sends_email, ways=ways(services)
    )
    return show(services.slack, draft.view_id, form, halt)


def _write(services: Services, draft: Draft) -> None:
    """A letter in the place of the form, which is not on the screen any more."""
    services.drafts.change(draft.id, lambda now: replace(now, has_letter=True))
    go_on = blocks.button(Action.CONTINUE, "Continue", draft.id, style="primary")
    services.outbox.put(letter(f"check:{draft.id}:{draft.generation}", draft.owner, _words(draft.verdict), go_on))


def _words(verdict: Verdict | None) -> str:
    if verdict is None:
        return (
            "OMM can sign in to both mailboxes, but you closed the form before OMM had checked them, so nothing has "
            "started. Press Continue to open the form as you left it."
        )
    why = sentence(of_side(verdict.side, verdict.words))
    return f"Your migration has not started. {why} Press Continue to open the form again."
