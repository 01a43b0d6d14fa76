"""The way to the private page, as it stands in the form and in windows. Pure functions."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bot.ids import Action
from bot.stored.drafts import Draft, DraftState, Waits
from bot.views import blocks
from bot.views.blocks import Piece
from bot.where_typed import NO_PAGE, Ways
from engine.words import listed

TYPE, OPEN = "Type the passwords on a private page", "Open the private page"
TYPED, ANOTHER = "I have typed them", "Get a new link"
ONLY_THERE = (
    "The admins of this workspace have set that passwords are typed on a private page, and not in Slack: there nobody "
    "sees them while you type, and they do not pass through Slack."
)
ALSO_THERE = "On the private page nobody sees a password while you type, and it does not pass through Slack."
WORKS = "The link works once, for ten minutes, and only for you. Your browser asks you to sign in with Slack first."
WAITING: Mapping[Waits, str] = MappingProxyType({
    Waits.START: "This form waits for the {}. Once you have used the private page, the migration starts by itself.",
    Waits.LOOK: "Check first waits for the {}. Once you have used the private page, OMM looks by itself.",
    Waits.NOTHING: "The private page is ready for the {}.",
})


def offered(value: str, action: Action, ways: Ways) -> list[Piece]:
    """The button that asks for the page, and why there is one; nothing where there is neither page nor need of one."""
    if not ways.page:
        return [] if ways.form else [blocks.context("page_why", NO_PAGE)]
    why = ALSO_THERE if ways.form else ONLY_THERE
    return [blocks.actions("page", blocks.button(action, TYPE, value)), blocks.context("page_why", why)]


def link(url: str, about: str, *others: Piece) -> list[Piece]:
    """The link itself for the form or migration `about`, and what there is to know of it."""
    opens = blocks.button(Action.PAGE_OPEN, OPEN, about, style="primary") | {"url": url}
    return [blocks.actions("page_link", opens, *others), blocks.context("page_works", WORKS)]


def is_waiting(draft: Draft) -> bool:
    """True: the form was sent, or is to be looked at first, and a password is missing."""
    return draft.state is DraftState.OPEN and draft.waits is not Waits.NOTHING and bool(draft.lacks)


def in_form(draft: Draft, ways: Ways) -> list[Piece]:
    """What stands below the fields of passwords, or in their place."""
    if draft.state is not DraftState.OPEN or is_waiting(draft):
        return []
    typed = ways.typed(by_consent=draft.fields.by_consent)
    kept = [f"{side.capitalize()} password: saved." for side in typed if side in draft.kept]
    said = [blocks.context("page_kept", " ".join(kept))] if kept and not ways.form else []
    return [*said, *offered(draft.id, Action.PAGE, ways)]


def on_top(draft: Draft, ways: Ways, url: str) -> list[Piece]:
    """What a form waits for, with the link if it has just been made; the form says it before all else."""
    sides = ways.lacking(draft)
    passwords = f"{listed([f'{side}' for side in sides])} password{'s' if len(sides) > 1 else ''}"
    typed = blocks.button(Action.PAGE_TYPED, TYPED, draft.id)
    another = blocks.button(Action.PAGE, ANOTHER, draft.id)
    below = link(url, draft.id, typed, another) if url else [blocks.actions("page_typed", another, typed)]
    return [blocks.alert("waiting", "info", WAITING[draft.waits].format(passwords)), *below]
