"""Service accounts as people see them: in the form, when another admin is asked, on cards. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.ids import Action, Block
from bot.stored.drafts import Draft, DraftState
from bot.views import blocks, modals
from bot.views.blocks import Piece, bold, cleaned
from bot.views.openings import ACCESS, MAILBOX, mark, of_side
from engine.errors import Side
from engine.migration.account import MAX_ADDRESS, Access, Account
from engine.migration.request import MigrationRequest

ACTIONS: Mapping[Side, Action] = MappingProxyType({
    Side.SOURCE: Action.SOURCE_ACCESS, Side.DESTINATION: Action.DESTINATION_ACCESS,
})
CHOICES: Mapping[Access, str] = MappingProxyType({
    Access.OWN: "The mailbox's own login",
    Access.IMPERSONATION: "A service account, by impersonation",
    Access.FULL_ACCESS: "A service account, by full access (delegation)",
})
HINT = (
    "The address of the mailbox that this login opens. Before OMM signs in anywhere, another admin has to approve it."
)
WAITS = (
    "Another admin has to approve this before OMM signs in anywhere. You can close this window: OMM writes to you when "
    "it is decided."
)
ANEW = (
    "If you change an account and send this again, OMM asks anew. If you take it back, nothing happens, and the "
    "passwords are deleted."
)
TICK = "Copy into this mailbox, which is somebody else's"
READ_ON = "Nothing has started yet. Please read this, tick the box if it is right, and press Start migration."
SHOWN = 200         # characters of a login or address


# In the form


def fields(draft: Draft, side: Side) -> list[Piece]:
    """Whose login opens the mailbox of that side, and which one a service account opens; nothing if not offered."""
    if not draft.opens_others:
        return []
    access, mailbox = of_side(draft.fields, side)
    options = [blocks.option(each.value, words) for each, words in CHOICES.items()]
    menu = modals.menu(ACCESS[side], ACTIONS[side], f"Sign in to the {side} as", options, access.value)
    if access is Access.OWN:
        return [menu]
    return [menu, modals.text_field(
        MAILBOX[side], f"{side.capitalize()} mailbox to open", mailbox, most=MAX_ADDRESS, example="ann@example.org",
        hint=HINT,
    )]


def question(draft: Draft) -> list[Piece]:
    """The box to tick where the destination is somebody else's; nothing where that was not asked."""
    if not draft.asks_about or not draft.opens_others:
        return []
    box = blocks.option(mark(draft.asks_about), TICK)
    ticked = [box] if draft.fields.somebody_elses == draft.asks_about else []
    address = cleaned(draft.asks_about, SHOWN)
    about = blocks.rich("about_somebody_elses", [
        bold("This is somebody else's mailbox:  "),
        blocks.words(f"{address} is not the address of the source's owner. Whoever reads it will have everything that "
                     "is copied."),
    ])
    anew = [] if ticked else [blocks.alert("to_tick", "warning", READ_ON)]
    return [*anew, about, modals.boxes(
        f"{Block.SOMEBODY_ELSES}{draft.edition}", "Your choice", [box], chosen=ticked, optional=True
    )]


def waiting(draft: Draft) -> list[Piece]:
    """What the form says while another admin is asked."""
    if draft.state is not DraftState.APPROVAL:
        return []
    button = blocks.button(Action.TAKE_BACK, "Take it back", draft.id)
    return [
        blocks.alert("approval", "info", WAITS), blocks.context("anew", ANEW), blocks.actions("take_back", button),
    ]


# Once it is begun


def untold(request: MigrationRequest, why: Mapping[Side, str]) -> list[Piece]:
    """What whoever has started the migration reads of mailboxes whose owners are not told."""
    accounts = {Side.SOURCE: request.source, Side.DESTINATION: request.destination}
    lines = [
        [bold("Not told  "), blocks.words(f"The owner of {cleaned(accounts[side].mailbox, SHOWN)}: {reason}.")]
        for side, reason in why.items()
    ]
    return [blocks.rich("untold", *lines)] if lines else []


def by_whom(account: Account) -> str:
    """`, by the service account mover@example.org`, to stand behind its mailbox; '' where the login is its own."""
    return f", by the service account {cleaned(account.login, SHOWN)}" if account.mailbox else ""


def named(request: MigrationRequest) -> list[Piece]:
    """Each mailbox that a service account opens, with the account, for readers of the report; nothing without one."""
    lines = [
        [bold(f"{label}  "), blocks.words(f"{cleaned(account.mailbox, SHOWN)} on {cleaned(account.host, SHOWN)}"
                                          f"{by_whom(account)}")]
        for label, account in (("From", request.source), ("To", request.destination)) if account.mailbox
    ]
    return [blocks.rich("service_accounts", *lines)] if lines else []
