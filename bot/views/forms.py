"""Forms: what Slack hands back from a modal, parsed once. Past this file nobody looks into `view.state.values`."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

from bot import sources
from bot.addresses import host_name, parse_address, unpasted
from bot.app_passwords import app_password
from bot.drawn import drawn
from bot.ids import Block
from bot.offers import Offers
from bot.sources import Source
from bot.stored.drafts import Draft, Fields, with_accounts
from bot.views import ends, openings
from bot.views.complaints import Complaints
from bot.views.ends import LOOKED_UP, MAIL_ADDRESS, login_of
from bot.views.values import Values, elements_of, ids_of, selected_in, text_in, ticked_in
from bot.where_typed import IN_SLACK, NO_PAGE, Ways
from engine.contents import with_what_comes
from engine.errors import InputError, Side
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.questions import UNASKED, about
from engine.migration.request import Choice, MigrationRequest
from engine.migration.task_id import parse_task_id
from engine.store.vault import Secret
from engine.words import listed

AUTHORISE_FIRST = "Press “Authorise access” below first. Google then asks you there."
FOR_ANOTHER = "Access was authorised for another account. Press “Authorise access” for this one."
LONGEST_MAIL_ADDRESS = 254      # RFC 5321, by erratum 1690 of RFC 3696
PASSWORDS: Mapping[Side, Block] = MappingProxyType({
    Side.SOURCE: Block.SOURCE_PASSWORD, Side.DESTINATION: Block.DESTINATION_PASSWORD
})
CHOICES: Mapping[Choice, Block] = MappingProxyType({
    Choice.FORWARDING: Block.FORWARDING, Choice.OUTLOOK_RULES: Block.OUTLOOK_RULES, Choice.LEAVE_OFF: Block.LEAVE_OFF,
    Choice.COPIES: Block.COPIES,
})


@dataclass(frozen=True, slots=True)
class Filled:
    """A form that can be used. `secrets` has the sides whose password was typed; the others' are in the vault.

    `edition` is that of the draft when the form was drawn as it was on the screen. `lacks` are the sides whose password
    is still to be typed on the private page.
    """

    fields: Fields
    request: MigrationRequest
    secrets: Mapping[Side, Secret]
    edition: int
    lacks: tuple[Side, ...] = ()


@dataclass(frozen=True, slots=True)
class Errors:
    """What is wrong with a form, by the id of the input block, ready for `response_action: errors`."""

    by_block: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Confirmed:
    """What the rollback dialog showed when it was sent: private_metadata of View.ROLLBACK."""

    task_id: str
    items: int
    kept: int
    counting_on_it: tuple[str, ...] = ()


# The migration form


def parse_migration(values: Values, draft: Draft, offers: Offers, ways: Ways = IN_SLACK) -> Filled | Errors:
    """The form, checked as far as that goes without a network. Errors never repeat what was typed.

    `ways` say where passwords can be typed: with a page, those that are missing are no error. A consent that is missing
    is one.
    """
    typed, wrong = read_fields(values, draft), Complaints()
    before, draft = draft, with_accounts(draft, typed)
    if ways.consent and typed.by_consent:
        typed = _consented(values, typed, before, draft, wrong)
    kind, offer = sources.find(typed.source_kind), offers.find(typed.offer)
    new_server = _block_id(values, Block.DESTINATION_SERVER, draft)
    source, destination = (
        ends.source_of(values, typed, wrong), ends.destination_of(typed, new_server, offer, wrong)
    )
    if source is not None and destination is not None:
        ends.check_ends(source, destination, values, new_server, wrong)
    boxes = next(iter(ids_of(values, Block.CONTENTS)), Block.CONTENTS)
    contents = wrong.heard(boxes, lambda: _contents(values, kind))
    notify = wrong.heard(Block.NOTIFY, lambda: _mail_address(typed.notify))
    secrets = _secrets(values, draft, wrong)
    lacks = _lacks(values, draft, secrets, ways, wrong)
    if wrong.by_block or source is None or destination is None or contents is None or notify is None:
        return Errors(wrong.by_block)
    fields = replace(typed, contents=contents, notify=notify, offer=offer.key)
    fields = openings.settled(fields, source, destination)
    return Filled(fields, _request(source, destination, fields, draft.off), secrets, _edition(values, draft), lacks)


def _consented(values: Values, typed: Fields, before: Draft, draft: Draft, wrong: Complaints) -> Fields:
    """The fields with the login of the account whose owner has consented. Complains where nobody has, for this one.

    The draft is as it was `before`, and as it is with what is typed now.
    """
    if Side.SOURCE not in draft.kept:
        block = ends.login_id(values, Side.SOURCE)
        wrong.by_block[block] = FOR_ANOTHER if before.authorised_as else AUTHORISE_FIRST
    return replace(typed, source_login=unpasted(typed.source_login) or draft.authorised_as)


def _secrets(values: Values, draft: Draft, wrong: Complaints) -> Mapping[Side, Secret]:
    """The passwords that are typed, but for what cannot be one."""
    secrets = dict(typed_passwords(values))
    if Side.SOURCE in secrets and draft.fields.by_consent:
        block = _block_id(values, Block.APP_PASSWORD, draft)
        secret = wrong.heard(block, lambda: app_password(secrets.pop(Side.SOURCE)))
        secrets |= {} if secret is None else {Side.SOURCE: secret}
    return secrets


def _lacks(
    values: Values, draft: Draft, secrets: Mapping[Side, Secret], ways: Ways, wrong: Complaints
) -> tuple[Side, ...]:
    """The sides whose password is still to be typed; complains where that cannot be done on the private page."""
    typed_for = ways.typed(by_consent=draft.fields.by_consent)
    lacks = tuple(side for side in typed_for if side in draft.lacks and side not in secrets)
    for side in lacks if not ways.page else ():
        by_consent = side is Side.SOURCE and draft.fields.by_consent
        block = _block_id(values, Block.APP_PASSWORD if by_consent else PASSWORDS[side], draft)
        is_asked = ways.form or block in values
        known = block if is_asked else ends.login_id(values, side)
        wrong.by_block.setdefault(known, no_password(side) if is_asked else NO_PAGE)
    return lacks


def request_of(fields: Fields, off: Collection[Content] = ()) -> MigrationRequest:
    """What a form asks for that was parsed before, from what is kept of it. Raises InputError.

    `off` was asked for and not allowed by the owner of the source.
    An account on Exchange has no host where none was typed: it is still to be looked up.
    """
    source, destination = ends.accounts_of(fields)
    return _request(source, destination, fields, off)


def _request(source: Account, destination: Account, fields: Fields, off: Collection[Content]) -> MigrationRequest:
    moved = with_what_comes(fields.contents, source.system, destination.system)
    still = about(fields.choices, moved)
    unasked = sources.SOURCES[source.system.value].choices
    choices = tuple(choice for choice in still if choice in unasked or choice not in UNASKED)
    return MigrationRequest(source, destination, moved, choices, tuple(each for each in off if each not in moved))


def with_server(fields: Fields, side: Side, server: str) -> Fields:
    """The same form with the server of that side, as if it had been typed."""
    if side is Side.SOURCE:
        return replace(fields, source_server=server)
    return replace(fields, destination_server=server)


def upgraded(fields: Fields) -> Fields | None:
    """The same form for a source that encrypts only after a greeting, None where the address says how it does."""
    address = parse_address(fields.source_server) if unpasted(fields.source_server) else LOOKED_UP
    if address.port is None or address.scheme:
        return None
    scheme = sources.find(fields.source_kind).upgraded(address.port)
    return None if scheme is None else replace(fields, source_scheme=scheme)


def _contents(values: Values, kind: Source) -> tuple[Content, ...]:
    chosen = ticked_in(values, Block.CONTENTS)
    if not chosen:
        raise InputError("Choose what to migrate.")
    if not set(chosen) <= set(kind.contents):
        raise InputError(f"Only {listed(list(kind.contents))} can be migrated from {kind.words.name}.")
    return tuple(content for content in kind.contents if content in chosen)


def _mail_address(text: str) -> str:
    address = unpasted(text)
    if not address:
        return ""
    found = MAIL_ADDRESS.fullmatch(address)
    try:
        domain = host_name(found["domain"]) if found else ""
    except InputError:
        domain = ""
    if not found or not domain or len(address) > LONGEST_MAIL_ADDRESS:
        raise InputError("This is not an e-mail address. Type one, such as ann@example.org, or leave the field empty.")
    return f"{found['name']}@{domain}"


def no_password(side: Side) -> str:
    """What is said where a password is missing."""
    return f"Type the password of the {side} account."


def read_fields(values: Values, draft: Draft) -> Fields:
    """What is typed at the moment, as it is; of fields that are not on the screen, what the draft has."""
    known = draft.fields
    typed = Fields(
        source_kind=selected_in(values, Block.SOURCE_KIND, known.source_kind),
        source_server=text_in(values, Block.SOURCE_SERVER, known.source_server),
        source_login=text_in(values, Block.SOURCE_LOGIN, known.source_login),
        offer=selected_in(values, Block.OFFER, known.offer),
        destination_server=text_in(values, Block.DESTINATION_SERVER, known.destination_server),
        destination_login=text_in(values, Block.DESTINATION_LOGIN, known.destination_login),
        contents=_known_contents(values, known.contents),
        notify=text_in(values, Block.NOTIFY, known.notify),
        choices=tuple(choice for choice in Choice if _is_made(values, choice, known)),
    )
    return openings.with_openings(values, draft, typed)


def _is_made(values: Values, choice: Choice, known: Fields) -> bool:
    """True: it is ticked; where it is not on the screen, the draft has it."""
    on_screen = any(elements_of(values, CHOICES[choice]))
    return bool(ticked_in(values, CHOICES[choice])) if on_screen else choice in known.choices


def _known_contents(values: Values, known: tuple[Content, ...]) -> tuple[Content, ...]:
    if not any(elements_of(values, Block.CONTENTS)):
        return known
    chosen = ticked_in(values, Block.CONTENTS)
    return tuple(content for content in Content if content in chosen)


def typed_passwords(values: Values) -> Mapping[Side, Secret]:
    """The passwords that are typed at the moment. Worth keeping before `chosen_anew`, which may empty their fields.

    Of the source that of the kind which is chosen: an app password where its owner would be asked for consent.
    """
    kind = selected_in(values, Block.SOURCE_KIND, "")
    blocks = [(side, block) for side, block in PASSWORDS.items() if side is not Side.SOURCE or not _by_consent(kind)]
    if not kind or _by_consent(kind):
        blocks.append((Side.SOURCE, Block.APP_PASSWORD))
    typed = {side: text for side, block in blocks if (text := text_in(values, block, ""))}
    return {side: Secret(password) for side, password in typed.items()}


def typed_number(values: Values) -> str:
    """What is typed as the number that a browser shows after Google's page."""
    return text_in(values, Block.CONSENT_NUMBER, "").strip()


def _by_consent(kind: str) -> bool:
    return Fields(source_kind=kind).by_consent


def chosen_anew(values: Values, draft: Draft, offers: Offers) -> Draft:
    """The draft after a choice in a menu: with what is typed now.

    Another offer fills in its own address, if it has one, but never replaces an address that somebody typed. The
    edition grows when the address changes. What can be moved from another kind of source, and could not from the
    former, is ticked.
    """
    fields = _ticked_anew(read_fields(values, draft), draft.fields)
    before, chosen = offers.find(draft.fields.offer), offers.find(fields.offer)
    if unpasted(fields.destination_server) not in ("", before.server) or chosen.server == before.server:
        return replace(draft, fields=fields)
    fields = replace(fields, destination_server=chosen.server)
    return replace(draft, fields=fields, edition=draft.edition + 1)


def _ticked_anew(fields: Fields, before: Fields) -> Fields:
    """The fields with the boxes as they come up after another kind of source was chosen."""
    now, then = sources.find(fields.source_kind), sources.find(before.source_kind)
    ticked = [c for c in now.contents if c in fields.contents or c not in then.contents]
    return replace(fields, contents=tuple(ticked)) if now is not then else fields


# The smaller ones


def parse_password(values: Values) -> Mapping[Side, Secret] | Errors:
    """The passwords of View.PASSWORD, by side."""
    typed, wrong = dict(typed_passwords(values)), Complaints()
    blocks = {side: block_id for side, prefix in PASSWORDS.items() for block_id in ids_of(values, prefix)}
    for block_id in ids_of(values, Block.APP_PASSWORD):
        blocks[Side.SOURCE] = block_id
        if Side.SOURCE in typed:
            typed[Side.SOURCE] = wrong.heard(block_id, lambda: app_password(typed[Side.SOURCE])) or Secret("")
    for side, block_id in blocks.items():
        if side not in typed:
            wrong.by_block[block_id] = no_password(side)
    return Errors(wrong.by_block) if wrong.by_block else typed


def parse_new_login(values: Values) -> str | Errors:
    """The destination's login that was typed into View.PASSWORD; '' where that does not ask for it."""
    if not any(elements_of(values, Block.DESTINATION_LOGIN)):
        return ""
    wrong = Complaints()
    login = wrong.heard(Block.DESTINATION_LOGIN, lambda: login_of(text_in(values, Block.DESTINATION_LOGIN, "")))
    return Errors(wrong.by_block) if login is None else login


def parse_follow(values: Values) -> str:
    """The login that was typed into View.FOLLOW."""
    return unpasted(text_in(values, Block.LOGIN, ""))


def discard(values: Values) -> bool:
    """True: View.ROLLBACK asks to remove also what was changed since."""
    return bool(ticked_in(values, Block.DISCARD))


def agreed(values: Values) -> tuple[Choice, ...]:
    """What is ticked of what View.ROLLBACK asks."""
    return tuple(choice for choice in Choice if ticked_in(values, CHOICES[choice]))


@drawn()
def confirmed(private_metadata: str) -> Confirmed:
    """What View.ROLLBACK had counted. Raises NotDrawnError."""
    plain = json.loads(private_metadata)
    counting = tuple(parse_task_id(task_id) for task_id in plain.get("counting", ()))
    return Confirmed(parse_task_id(plain["task"]), int(plain["items"]), int(plain["kept"]), counting)


def cancelled(private_metadata: str) -> tuple[str, str]:
    """The task ID of a cancel dialog, and what it has said is finished first; '' in one of an earlier release."""
    task_id, _, said = private_metadata.partition(" ")
    return task_id, said


# What is on the screen


def _block_id(values: Values, block: Block, draft: Draft) -> str:
    return next(iter(ids_of(values, block)), f"{block}{draft.edition}")


def _edition(values: Values, draft: Draft) -> int:
    """The number behind the ids of fields that come up anew."""
    return int(_block_id(values, Block.DESTINATION_SERVER, draft).removeprefix(Block.DESTINATION_SERVER))
