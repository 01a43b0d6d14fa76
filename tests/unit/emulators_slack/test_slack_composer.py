"""What can be typed to the app itself, by the setting of its messages tab."""

from __future__ import annotations

import pytest

from emulators.slack import SlackEmulator
from emulators.slack.settings import SCOPES
from emulators.slack.workspace import NotPossibleError
from tests.unit.emulators_slack.app import App


def test_a_message_to_the_app_is_an_event(slack: SlackEmulator, app: App) -> None:
    """The app hears who wrote what, in their conversation with it (docs.slack.dev/reference/events/message.im)."""
    ts = slack.say("owner", "dm", "hello")

    event = app.got[0].payload["event"]
    assert (event["type"], event["channel_type"], event["channel"]) == ("message", "im", "D0OWNER001")
    assert (event["user"], event["text"], event["ts"]) == ("U0OWNER001", "hello", ts)


def test_without_the_scope_there_is_no_event(slack: SlackEmulator, app: App) -> None:
    """An app that may not read direct messages hears of none."""
    slack.configure(scopes=tuple(scope for scope in SCOPES if scope != "im:history"))

    slack.say("owner", "dm", "hello")

    assert app.got == []


def test_a_read_only_tab_has_no_composer(slack: SlackEmulator, app: App) -> None:
    """Where the app has turned messages off, nothing can be typed to it: no message, and no command."""
    slack.configure(messages_read_only=True)

    with pytest.raises(NotPossibleError):
        slack.say("owner", "dm", "hello")
    with pytest.raises(NotPossibleError):
        slack.slash("owner", "dm", "migrate")

    assert app.got == []
