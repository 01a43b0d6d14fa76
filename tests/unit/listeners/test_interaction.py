"""What somebody did, as it is read from what Slack sends."""

from __future__ import annotations

from typing import Any

import pytest

from bot.listeners.interaction import Interaction, delivery, parse
from bot.stored.audit_entries import Surface

VIEW = {"id": "V1", "hash": "1.2", "type": "modal", "private_metadata": "7K2F-9QXD", "state": {"values": {"a": {}}}}


def test_a_command() -> None:
    """Whoever typed it, where, and what followed; how much space is between words does not matter."""
    interaction = parse({
        "command": "/omm", "text": "  Follow   7k2f 9qxd ", "user_id": "U1", "channel_id": "C1", "trigger_id": "1.2.3",
        "response_url": "https://hooks.example.org/1", "team_id": "T1",
    })

    assert interaction == Interaction(
        "U1", "C1", "Follow 7k2f 9qxd", trigger_id="1.2.3", response_url="https://hooks.example.org/1",
        delivery="1.2.3", team="T1", surface=Surface.COMMAND,
    )
    assert (interaction.word, interaction.rest) == ("follow", "7k2f 9qxd")


@pytest.mark.parametrize("text", ["\uff53\uff54\uff41\uff54\uff55\uff53\u30007K2F-9QXD", "STATUS\u00a07K2F-9QXD"])
def test_a_command_is_known_in_letters_of_full_width(text: str) -> None:
    """As Japanese, Chinese and Korean keyboards write them, with their space; so is one with a space that holds."""
    interaction = parse({"command": "/omm", "text": text, "user_id": "U1", "channel_id": "C1"})

    assert (interaction.word, interaction.rest) == ("status", "7K2F-9QXD")


@pytest.mark.parametrize(("channel", "known"), [("D123", ""), ("C123", "C123"), ("G123", "G123"), (None, "")])
def test_conversations_between_two_are_no_channels(channel: str | None, known: str) -> None:
    """A card that was asked for in somebody's own conversation belongs into their conversation with us."""
    assert parse({"command": "/omm", "user_id": "U1", "channel_id": channel}).channel == known


def test_a_button_in_a_message() -> None:
    """The button and its value; no view."""
    interaction = parse({
        "type": "block_actions", "user": {"id": "U1", "team_id": "T1"}, "channel": {"id": "C1"}, "response_url": "r",
        "trigger_id": "t", "actions": [{"action_id": "omm_pause", "value": "7K2F-9QXD", "block_id": "b"}],
    })

    assert (interaction.user, interaction.action, interaction.value) == ("U1", "omm_pause", "7K2F-9QXD")
    assert (interaction.view, interaction.channel) == (None, "")


def test_a_menu_in_a_modal() -> None:
    """The view with what stands in it; a menu's value is that of the option that was chosen."""
    interaction = parse({
        "type": "block_actions", "user": {"id": "U1"}, "trigger_id": "t", "view": VIEW,
        "actions": [{"action_id": "omm_offer", "selected_option": {"value": "x"}}],
    })

    assert (interaction.screen.id, interaction.screen.hash, interaction.screen.metadata) == ("V1", "1.2", "7K2F-9QXD")
    assert interaction.screen.values == {"a": {}}
    assert interaction.screen.is_modal
    assert interaction.value == "x"


def test_an_event() -> None:
    """Whose it is."""
    body = {"type": "event_callback", "event_id": "Ev1", "event": {"type": "app_home_opened", "user": "U1"}}

    assert parse(body).user == "U1"
    assert parse({"type": "event_callback", "event_id": "Ev1", "event": {"type": "app_uninstalled"}}).user == ""


@pytest.mark.parametrize(("body", "surface"), [
    ({"command": "/omm"}, Surface.COMMAND),
    ({"type": "shortcut", "callback_id": "omm_migrate"}, Surface.SHORTCUT),
    ({"type": "block_actions", "message": {"ts": "1.2"}}, Surface.CARD),
    ({"type": "block_actions", "view": {**VIEW, "callback_id": "omm_form"}}, Surface.FORM),
    ({"type": "view_submission", "view": {**VIEW, "callback_id": "omm_cancel_dialog"}}, Surface.DIALOG),
    ({"type": "block_actions", "view": {**VIEW, "type": "home"}}, Surface.HOME),
    ({"type": "event_callback", "event": {"type": "app_home_opened"}}, Surface.HOME),
    ({"type": "event_callback", "event": {"type": "message", "channel_type": "im"}}, Surface.MESSAGE),
])
def test_where_it_was_done(body: dict[str, Any], surface: Surface) -> None:
    """As the audit names it."""
    assert parse(body).surface is surface


def test_what_was_not_done_in_a_view_has_none() -> None:
    """A listener for a view that is called without one is a fault of ours."""
    with pytest.raises(ValueError, match="not done in a view"):
        _ = Interaction("U1").screen


@pytest.mark.parametrize(("body", "known"), [
    ({"event_id": "Ev1", "type": "event_callback"}, "Ev1"),
    ({"command": "/omm", "trigger_id": "1.2"}, "1.2"),
    ({"type": "shortcut", "trigger_id": "1.2", "callback_id": "omm_migrate"}, "1.2:omm_migrate"),
    ({"type": "block_actions", "trigger_id": "1.2", "actions": [{"action_id": "omm_pause"}]}, "1.2:omm_pause"),
    ({"type": "view_submission", "trigger_id": "1.2", "view": VIEW}, "1.2"),
    ({"type": "view_closed", "view": VIEW}, "closed:V1"),
    ({"type": "url_verification", "challenge": "x"}, ""),
])
def test_what_tells_a_delivery_from_others(body: dict[str, Any], known: str) -> None:
    """Slack's own number for it, which is the same when it comes again; nothing that somebody typed."""
    assert delivery(body) == known
