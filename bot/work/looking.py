"""Looking: what a migration would do, into the form whose owner has pressed Check first. Nothing is started by it.

It is shown before it is noted that it was: whoever is killed in between looks and shows once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot import form_passwords
from bot.ids import Action
from bot.notices.letters import letter
from bot.services import Services
from bot.stored.drafts import Draft, DraftState, Verdict
from bot.stored.orders import GivenUp
from bot.views import ahead, blocks, forms, migrate_form
from bot.where_typed import ways
from bot.work import checking
from bot.work.checking import Outcome
from bot.work.counting import ASKED_FOR
from bot.work.screen import show
from engine.errors import Cause, FatalError, Side
from engine.migration import question_words as say
from engine.migration.content import Content
from engine.migration.looking_ahead import Ahead, look_ahead
from engine.pace.halt import Halt
from engine.words import of_side, sentence

OUR_FAULT = "OMM could not look at your mailboxes because of an error of its own. Nothing was written."
UNSEEN = "OMM could not look at your mailboxes. {} Press Continue to open the form again."
LOOKED = "OMM has looked at your mailboxes; no migration has started. Press Continue to open the form as you left it."


@dataclass(frozen=True, slots=True)
class _Seen:
    """What became of a look: a verdict, or what was seen. `outcome` is that of signing in."""

    outcome: Outcome
    verdict: Verdict | None = None
    ahead: Ahead | None = None

    @property
    def draft(self) -> Draft:
        """The draft with what was found out about its servers."""
        return self.outcome.draft

    @property
    def live(self) -> Sequence[tuple[Content, str]]:
        """What the source does by itself to mail that arrives, in words."""
        found = self.outcome.found
        return () if found is None else tuple(say.live(self.draft.fields.contents, found.source))


def look(services: Services, halt: Halt, *, draft_id: str, generation: int) -> bool:
    """Signs in to both sides of a draft and looks around; says in its form, or in a letter, what there is."""
    draft = services.drafts.load(draft_id)
    if draft is not None and _is_wanted(draft, generation):
        checking.draw_if_by_page(services, halt, draft)
        _tell(services, halt, _seen(services, halt, draft))
    return True


def give_up(services: Services, *, draft_id: str, generation: int, **_why: GivenUp) -> None:
    """Says in the form that we are at fault, whichever it was."""
    draft = services.drafts.load(draft_id)
    if draft is not None and _is_wanted(draft, generation):
        _tell(services, Halt(), _Seen(Outcome(draft), Verdict(OUR_FAULT, Cause.OTHER)))


def _is_wanted(draft: Draft, generation: int) -> bool:
    """True: its owner still waits for that look."""
    waits = draft.state in (DraftState.CHECKING, DraftState.CLOSED)
    return draft.looks and waits and draft.generation == generation


def _seen(services: Services, halt: Halt, draft: Draft) -> _Seen:
    outcome = checking.checked(services, draft)
    if outcome.verdict is not None:
        return _Seen(outcome, outcome.verdict)
    draft = outcome.draft
    try:
        return _Seen(outcome, ahead=look_ahead(
            services.engine, forms.request_of(draft.fields, draft.off),
            source_password=form_passwords.kept(services, draft, Side.SOURCE),
            destination_password=form_passwords.kept(services, draft, Side.DESTINATION), halt=halt,
        ))
    except FatalError as error:
        if error.cause is Cause.STORE:
            raise
        return _Seen(outcome, Verdict(str(error), error.cause, error.side))


def _tell(services: Services, halt: Halt, seen: _Seen) -> None:
    now = services.drafts.load(seen.draft.id)
    if now is None or not _is_wanted(now, seen.draft.generation):
        return
    after = _decided(now, seen)
    said = _pieces(services, seen)
    if now.state is DraftState.CLOSED or not _shown(services, halt, after, said):
        _write(services, seen)
    kept = services.drafts.change(
        now.id, lambda draft: _decided(draft, seen) if _is_wanted(draft, seen.draft.generation) else draft
    )
    checking.drop_refused(services, kept or after)


def _decided(draft: Draft, seen: _Seen) -> Draft:
    """The draft once the look is over. After a verdict, and with questions, its fields come up anew."""
    state = draft.state if draft.state is DraftState.CLOSED else DraftState.OPEN
    draft = replace(checking.with_questions(draft, seen.outcome), state=state, looks=False, verdict=seen.verdict)
    if seen.verdict is None:
        return replace(draft, edition=draft.edition + 1) if draft.asked else draft
    refused = {seen.verdict.side} if seen.verdict.cause in ASKED_FOR and seen.verdict.side else set()
    return replace(draft, edition=draft.edition + 1, kept=draft.kept - refused)


def _pieces(services: Services, seen: _Seen) -> Sequence[blocks.Piece]:
    if seen.ahead is None:
        return [ahead.not_seen()]
    return ahead.seen(seen.ahead, services.offers.find(seen.draft.fields.offer).holds, seen.live)


def _shown(services: Services, halt: Halt, draft: Draft, said: Sequence[blocks.Piece]) -> bool:
    form = migrate_form.migration_form(
        draft, services.offers, sends_email=services.sends_email, seen=said, ways=ways(services)
    )
    return show(services.slack, draft.view_id, form, halt)


def _write(services: Services, seen: _Seen) -> None:
    """A letter in the place of the form, which is not on the screen any more."""
    services.drafts.change(seen.draft.id, lambda now: replace(now, has_letter=True))
    go_on = blocks.button(Action.CONTINUE, "Continue", seen.draft.id, style="primary")
    key = f"look:{seen.draft.id}:{seen.draft.generation}"
    services.outbox.put(letter(key, seen.draft.owner, _words(services, seen), go_on))


def _words(services: Services, seen: _Seen) -> str:
    if seen.verdict is not None:
        return UNSEEN.format(sentence(of_side(seen.verdict.side, seen.verdict.words)))
    holds = services.offers.find(seen.draft.fields.offer).holds
    shown = ahead.in_short(seen.ahead, holds, seen.live) if seen.ahead else ()
    return " ".join([LOOKED, *shown, *map(say.what_happens, seen.outcome.asked)])
