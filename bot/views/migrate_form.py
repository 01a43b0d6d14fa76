"""The form that starts a migration. Pure functions; each returns a view as Slack takes it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

from bot import ids, sources
from bot.ids import Action, Block
from bot.offers import Offers
from bot.sources import Source
from bot.stored.drafts import UNDECIDED, Draft, DraftState, Fields, Verdict
from bot.views import ahead, blocks, choices, consent, modals, private, service_accounts
from bot.views.advice import ADVICE, cause_of, in_the_form, said
from bot.views.blocks import Piece, cleaned
from bot.views.consent import NO_WAY, Way
from bot.views.modals import View
from bot.where_typed import IN_SLACK, Ways
from engine.contents import called
from engine.errors import Cause, Side
from engine.migration.account import MAX_LOGIN
from engine.migration.content import Content
from engine.migration.questions import ABOUT, Question
from engine.migration.record import Migration
from engine.systems import Ask, System
from engine.words import of_side

NOBODY: Mapping[Side, str] = MappingProxyType({})
ALERT = 200         # characters that an alert may have
LONGEST_SERVER, LONGEST_NOTIFY = 300, 254
WHOLE = 3000        # characters
SAID_BELOW = "The server was looked up. What was found, and who named it, stands below. No password was sent there."
WHOLE_ADDRESS = "The login is usually the whole e-mail address. Type the password again, too."
LOOKED_UP = "If you leave this empty, OMM looks the server up by the login, if that is a whole e-mail address."
ELSEWHERE = (
    "Is your address still with another provider? Create the same address at the destination first. "
    "New mail arrives at your old provider until your administrator redirects it (by the MX records of your domain)."
)
MAIL_ALONE = "With an app password, only mail can be moved."


def migration_form(
    draft: Draft, offers: Offers, *, sends_email: bool = False, seen: Sequence[Piece] = (), ways: Ways = IN_SLACK,
    url: str = "", way: Way = NO_WAY,
) -> View:
    """The form of a draft (private_metadata: its id), with its verdict above the field at fault.

    `sends_email`: it asks for the e-mail address of a third party. `seen` is what Check first has found. `ways` say
    where passwords can be typed; `url` is the address of the private page, where it was made just now. `way` is the way
    to Google's page.
    """
    passwords, page = _passwords(draft, ways), [] if url else private.in_form(draft, ways)
    body = [
        *_source_fields(draft, passwords, ways, way), *_destination_fields(draft, offers, passwords), *page,
        blocks.divider("below"), _contents(draft, ways), *_unasked(draft), *_questions(draft),
    ]
    body += service_accounts.question(draft)
    if sends_email:
        body.append(_third_party(draft))
    looks = draft.state is DraftState.CHECKING and draft.looks
    body += [_check_first(draft), *([ahead.looking()] if looks else seen)]
    if draft.state is DraftState.CHECKING and not looks:
        body.insert(0, blocks.alert(
            "checking", "info",
            "Signing in to both mailboxes… This takes a few seconds, with some servers up to a minute. "
            "Please keep this window open.",
        ))
    elif draft.state is DraftState.APPROVAL:
        body[:0] = service_accounts.waiting(draft)
    elif url or private.is_waiting(draft):
        body[:0] = private.on_top(draft, ways, url)
    elif draft.verdict is not None and draft.verdict.cause != UNDECIDED:
        place = _at_fault(draft.verdict, body)
        body[place:place] = _said(draft.verdict, draft.fields)
    form = modals.modal("Migrate a mailbox", body, ids.View.FORM, draft.id, submit=_submit(draft))
    return form | {"notify_on_close": True}


def _passwords(draft: Draft, ways: Ways) -> Mapping[Side, Piece]:
    """The fields of passwords; none where they are typed on the private page alone."""
    if not ways.form:
        return {}
    return {
        side: modals.password_field(side, draft.edition, kept=side in draft.kept, optional=ways.page) for side in Side
    }


def _check_first(draft: Draft) -> Piece:
    return blocks.actions("look", blocks.button(Action.CHECK_FIRST, "Check first", draft.id))


def _submit(draft: Draft) -> str:
    """The button's words. It is in sight wherever somebody has scrolled to, unlike what stands in the form."""
    if draft.state is DraftState.CHECKING and not draft.looks:
        return "Signing in…"
    if draft.state is DraftState.APPROVAL:
        return "Waiting for approval"
    return "Start migration" if draft.verdict is None or draft.verdict.cause == UNDECIDED else "Try again"


def _source_fields(draft: Draft, passwords: Mapping[Side, Piece], ways: Ways, way: Way) -> list[Piece]:
    kind = sources.find(draft.fields.source_kind)
    kinds = [blocks.option(source.key, source.words.name) for source in sources.SOURCES.values()]
    return [
        blocks.section("from", "*Source*: your old mailbox, which is copied. Nothing in it changes."),
        modals.menu(Block.SOURCE_KIND, Action.SOURCE_KIND, "Kind of source", kinds, kind.key),
        *(_by_consent(draft, kind, ways, way) if draft.fields.by_consent else []),
        *(
            field for ask in kind.system.row.asks if not draft.fields.by_consent
            for field in _source_field(ask, draft, kind, passwords)
        ),
        *(service_accounts.fields(draft, Side.SOURCE) if kind.system.row.opens_others else []),
        blocks.divider("between"),
    ]


def _by_consent(draft: Draft, kind: Source, ways: Ways, way: Way) -> list[Piece]:
    return [consent.login_field(draft, ways, kind.words.hint, kind.words.example), *consent.in_form(draft, ways, way)]


def _source_field(ask: Ask, draft: Draft, kind: Source, passwords: Mapping[Side, Piece]) -> list[Piece]:
    match ask:
        case Ask.SERVER:
            words, looked_up = kind.words, kind.system.row.looked_up
            return [modals.text_field(_source_server(draft), "Source server", draft.fields.source_server,
                                      most=LONGEST_SERVER, example=words.example, optional=looked_up,
                                      hint=f"{words.hint} {LOOKED_UP}" if looked_up else words.hint)]
        case Ask.LOGIN:
            return [modals.text_field(Block.SOURCE_LOGIN, "Source login", draft.fields.source_login, most=MAX_LOGIN,
                                      example="ann@example.org", hint="Usually the whole e-mail address.")]
        case Ask.PASSWORD:
            return [passwords[Side.SOURCE]] if passwords else []


def _source_server(draft: Draft) -> str:
    """The id of the source server's field; another one where a server was found, so that it comes up filled in."""
    verdict = draft.verdict
    found = verdict is not None and verdict.cause == Cause.UNCONFIRMED and verdict.side is not Side.DESTINATION
    return f"{Block.SOURCE_SERVER}_{draft.edition}" if found else Block.SOURCE_SERVER


def _destination_fields(draft: Draft, offers: Offers, passwords: Mapping[Side, Piece]) -> list[Piece]:
    fields, offer = draft.fields, offers.find(draft.fields.offer)
    choices = [blocks.option(each.key, each.name) for each in offers]
    return [
        blocks.section("to", "*Destination*: your new mailbox on Exchange. What is already there stays."),
        blocks.context("elsewhere", ELSEWHERE),
        modals.menu(Block.OFFER, Action.OFFER, "Destination service", choices, offer.key),
        modals.text_field(f"{Block.DESTINATION_SERVER}{draft.edition}", "Destination server",
                          fields.destination_server or offer.server, most=LONGEST_SERVER,
                          example=f"for example {offer.example}", hint=f"{offer.hint} {LOOKED_UP}", optional=True),
        modals.text_field(Block.DESTINATION_LOGIN, "Destination login", fields.destination_login, most=MAX_LOGIN,
                          example="ann@example.com", hint="Usually the whole e-mail address."),
        *([passwords[Side.DESTINATION]] if passwords else []),
        *service_accounts.fields(draft, Side.DESTINATION),
    ]


def _contents(draft: Draft, ways: Ways) -> Piece:
    kind = sources.find(draft.fields.source_kind)
    by_app_password = draft.fields.by_consent and not ways.consent
    offered = (Content.MAIL,) if by_app_password else kind.contents
    boxes = [blocks.option(content, called(content, kind.system, System.EXCHANGE)) for content in offered]
    chosen = [box for box in boxes if box["value"] in draft.fields.contents]
    hint = MAIL_ALONE if by_app_password and len(kind.contents) > 1 else kind.lacks
    return modals.boxes(_boxes(offered, draft), "What to migrate", boxes, chosen=chosen, hint=hint)


def _unasked(draft: Draft) -> list[Piece]:
    """What is asked of that kind of source before anybody has looked at the mailbox.

    Its boxes never come up anew: what is ticked in them stays while the form is drawn.
    """
    questions = [Question(choice) for choice in sources.find(draft.fields.source_kind).choices]
    return choices.asked(questions, draft.fields.choices, 0, anew=False)


def _questions(draft: Draft) -> list[Piece]:
    """What is asked of what can be moved from the kind of source that is chosen."""
    asked = [one for one in draft.asked if ABOUT[one.choice] in sources.find(draft.fields.source_kind).contents]
    came_back = draft.verdict is not None and draft.verdict.cause == UNDECIDED
    return choices.asked(asked, draft.fields.choices, draft.edition, anew=came_back and bool(asked))


def _boxes(contents: Collection[Content], draft: Draft) -> str:
    """The id of the boxes: another one where other contents are offered, or a consent has changed what is ticked.

    So they come up ticked anew.
    """
    offered = _number(contents)
    if draft.drawn_for:
        return f"{Block.CONTENTS}_{offered}{int(draft.drawn_for[:12], 16):015}"
    return Block.CONTENTS if offered == 1 else f"{Block.CONTENTS}_{offered}"


def _number(contents: Collection[Content]) -> int:
    return sum(1 << place for place, content in enumerate(Content) if content in contents)


def _third_party(draft: Draft) -> Piece:
    return modals.text_field(
        Block.NOTIFY, "Inform somebody by e-mail", draft.fields.notify, most=LONGEST_NOTIFY, optional=True,
        example="it@example.org",
        hint="OMM writes there when the migration starts and when it ends. The e-mail names you and this workspace.",
    )


def _said(verdict: Verdict, fields: Fields) -> list[Piece]:
    """The verdict as an alert. A server to be confirmed that is too long for one stands whole below it."""
    cause = cause_of(verdict.cause)
    advice = f" {WHOLE_ADDRESS if _is_short(verdict, fields) else in_the_form(cause, verdict.side)}"
    most = ALERT - len(of_side(Side.DESTINATION, "")) - len(advice)
    long = cause is Cause.UNCONFIRMED and len(verdict.words) > most
    words = SAID_BELOW if long else said(verdict.words, cause, most)
    alert = blocks.alert("verdict", "error", f"{of_side(verdict.side, words)}{advice}")
    return [alert, blocks.quote("whole", blocks.words(cleaned(verdict.words, WHOLE)))] if long else [alert]


def _is_short(verdict: Verdict, fields: Fields) -> bool:
    """True: the login that was refused has no domain, neither behind an @ nor, as in Windows, before a backslash."""
    login = fields.source_login if verdict.side is Side.SOURCE else fields.destination_login
    return cause_of(verdict.cause) is Cause.SIGN_IN and bool(login) and not set(login) & set("@\\")


def _at_fault(verdict: Verdict, body: Sequence[Piece]) -> int:
    """The place in the form of the field that a verdict is about; the top when it is about none."""
    field = f"{verdict.side}_{ADVICE[cause_of(verdict.cause)].field}"
    return next((place for place, block in enumerate(body) if block["block_id"].startswith(field)), 0)


def started(migration: Migration, *, channel: str = "", untold: Mapping[Side, str] = NOBODY) -> View:
    """Replaces the form once its migration exists. `channel`: the id of the card's channel, '' for our DM.

    `untold` says, by side, why nobody is told that a service account opens that mailbox.
    """
    task_id = migration.task_id
    where = f"in <#{channel}>" if channel else "in your direct messages with OMM"
    return modals.modal("Migration started", [
        blocks.header(task_id),
        blocks.section("noted", "*This is your task ID. Please write it down.* OMM could sign in to both mailboxes."),
        blocks.section("where", f"The card {where} shows the progress and has the buttons. You can close this window."),
        blocks.section("follow", f"Somebody else can follow this migration with `{ids.COMMAND} follow {task_id}` and "
                                 "the login of the source mailbox."),
        *service_accounts.untold(migration.request, untold),
    ], ids.View.WORDS)
