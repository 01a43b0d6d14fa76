"""An interaction: what somebody did in Slack, parsed once. Past this file nobody looks into a payload."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot import ids
from bot.listeners.deliveries import NEW, Taken, Turn
from bot.services import Try
from bot.stored.audit_entries import Surface
from bot.views.values import Values

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class OnScreen:
    """The modal or home tab in which it was done. `hash` tells whether it has been drawn anew since."""

    id: str
    hash: str
    metadata: str
    values: Values = field(repr=False)      # passwords are among them
    is_modal: bool


@dataclass(frozen=True, slots=True)
class Interaction:
    """Who did what, and the ways in which they can be answered. What was typed is in no repr.

    `text` is what was typed after the command. `action` and `value` are those of the button or menu. `channel` is '' in
    somebody's conversation with us, in modals and in the home tab. `trigger_id` opens one view within three seconds,
    `response_url` takes ephemeral answers; either is '' where Slack gives none.

    `delivery` tells it from all others, '' where that does not matter. `at` is when it came first (UTC), if known.
    `repeated`: it was answered before. `tried`: somebody has taken it before and died over it, so a part may be done.
    `is_message`: a person wrote to us directly, just now. `team` is the workspace in which the app was addressed.
    `surface` is where they did it.
    """

    user: str
    channel: str = ""
    text: str = field(default="", repr=False)
    action: str = ""
    value: str = ""
    trigger_id: str = ""
    response_url: str = ""
    view: OnScreen | None = None
    delivery: str = ""
    at: datetime | None = None
    repeated: bool = False
    tried: bool = False
    is_message: bool = False
    team: str = ""
    surface: Surface = Surface.OMM

    @property
    def this(self) -> Try:
        """Which try at what they asked for this is."""
        return Try(self.at, self.tried)

    @property
    def word(self) -> str:
        """The first word after the command, as commands are written: in small letters, none of them of full width."""
        return unicodedata.normalize("NFKC", self.text.partition(" ")[0]).casefold()

    @property
    def rest(self) -> str:
        """What follows that word."""
        return self.text.partition(" ")[2].strip()

    @property
    def screen(self) -> OnScreen:
        """The view, for a interaction that is only possible in one."""
        if self.view is None:
            raise ValueError("this was not done in a view")
        return self.view


def parse(body: Body, taken: Taken = NEW) -> Interaction:
    """The interaction that Slack tells of: a command, shortcut, button, menu, form or event. `taken`: its delivery."""
    actions, view = body.get("actions") or [{}], body.get("view")
    return Interaction(
        user=_user(body),
        channel=_channel(body),
        text=" ".join(str(body.get("text") or "").split()),
        action=str(actions[0].get("action_id") or ""),
        value=_value(actions[0]),
        trigger_id=str(body.get("trigger_id") or ""),
        response_url=str(body.get("response_url") or ""),
        view=_on_screen(view) if isinstance(view, Mapping) else None,
        delivery=delivery(body),
        at=taken.at,
        repeated=taken.turn is Turn.ANSWERED,
        tried=taken.turn is Turn.AGAIN,
        is_message=_is_message(body),
        team=team(body),
        surface=_surface(body),
    )


def _value(action: Mapping[str, Any]) -> str:
    """A button's value, or that of the option chosen in a menu."""
    return str(action.get("value") or (action.get("selected_option") or {}).get("value") or "")


def delivery(body: Body) -> str:
    """What tells one delivery from all others, and is the same when it comes again; '' where it does not matter."""
    if body.get("event_id"):
        return str(body["event_id"])
    if body.get("trigger_id"):
        actions = body.get("actions") or [{}]
        return ":".join(filter(None, (body["trigger_id"], body.get("callback_id"), actions[0].get("action_id"))))
    if body.get("type") == "view_closed":
        return f"closed:{body['view']['id']}"
    return ""


def team(body: Body) -> str:
    """The ID of the workspace in which the app was addressed; '' where Slack does not say it.

    In a channel that several share, `team` is that of whoever did it. Ours is then that of the installation, which a
    view has as `app_installed_team_id` (docs.slack.dev/reference/views) and an event in `authorizations`
    (docs.slack.dev/apis/events-api), or that of the message, which the app has posted.
    """
    view, message, whose = body.get("view") or {}, body.get("message") or {}, body.get("authorizations") or [{}]
    ours = view.get("app_installed_team_id") or whose[0].get("team_id") or message.get("team")
    return _id(ours) or _id(body.get("team")) or _id(body.get("team_id"))


def _id(held: Any) -> str:
    """The ID that is given as a text, or in an object."""
    return str((held.get("id") if isinstance(held, Mapping) else held) or "")


def _user(body: Body) -> str:
    user = body.get("user")
    if isinstance(user, Mapping):
        return str(user.get("id", ""))
    return str(body.get("user_id") or (body.get("event") or {}).get("user") or "")


def _channel(body: Body) -> str:
    """Conversations between two begin with D."""
    channel = str(body.get("channel_id") or "")
    return "" if channel.startswith("D") else channel


def _is_message(body: Body) -> bool:
    """An edit or a deletion has a subtype, an app's message a bot_id (docs.slack.dev/reference/events/message)."""
    event = body.get("event") or {}
    return (
        (event.get("type"), event.get("channel_type")) == ("message", "im")
        and event.get("subtype") in (None, "file_share")
        and not event.get("bot_id")
    )


def _surface(body: Body) -> Surface:
    """A button that stands in no view stands in a message, which is a card or a letter of ours."""
    view = body.get("view")
    if isinstance(view, Mapping):
        if view.get("type") != "modal":
            return Surface.HOME
        return Surface.FORM if view.get("callback_id") == ids.View.FORM else Surface.DIALOG
    if "command" in body:
        return Surface.COMMAND
    if "event" in body:
        return Surface.MESSAGE if _is_message(body) else Surface.HOME
    return Surface.SHORTCUT if body.get("type") == "shortcut" else Surface.CARD


def _on_screen(view: Mapping[str, Any]) -> OnScreen:
    return OnScreen(
        id=str(view["id"]),
        hash=str(view.get("hash", "")),
        metadata=str(view.get("private_metadata") or ""),
        values=(view.get("state") or {}).get("values") or {},
        is_modal=view.get("type") == "modal",
    )
