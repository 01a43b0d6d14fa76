"""The app's manifest: Slack's documented limits, and the names that the code hears by."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from dotenv import dotenv_values

import wiring
from bot import ids
from emulators.slack.methods import METHODS
from emulators.slack.settings import SCOPES, Settings
from engine.errors import InputError
from tests.servers.slack.world import SlackWorld
from web.sign_in import CALLBACK

ROOT = Path(__file__).parents[3]
# docs.slack.dev/reference/app-manifest: what each may be at most, in characters.
LIMITS = {
    "/display_information/name": 35, "/display_information/description": 140, "/features/bot_user/display_name": 80,
    "/features/shortcuts/0/name": 24, "/features/shortcuts/0/callback_id": 255,
    "/features/shortcuts/0/description": 150, "/features/slash_commands/0/command": 32,
    "/features/slash_commands/0/description": 2000, "/features/slash_commands/0/usage_hint": 1000,
}
# The same page: everything that a manifest may hold of what ours needs. Anything else is refused by Slack.
KNOWN = {
    "": {"_metadata", "display_information", "features", "oauth_config", "settings"},
    "/_metadata": {"major_version", "minor_version"},
    "/display_information": {"name", "description", "long_description", "background_color"},
    "/features": {"app_home", "bot_user", "shortcuts", "slash_commands"},
    "/features/app_home": {"home_tab_enabled", "messages_tab_enabled", "messages_tab_read_only_enabled"},
    "/features/bot_user": {"display_name", "always_online"},
    "/features/shortcuts/0": {"name", "type", "callback_id", "description"},
    "/features/slash_commands/0": {"command", "url", "description", "usage_hint", "should_escape"},
    "/oauth_config": {"scopes", "redirect_urls"},
    "/oauth_config/scopes": {"bot", "bot_optional", "user"},
    "/settings": {"event_subscriptions", "interactivity", "org_deploy_enabled", "socket_mode_enabled",
                  "token_rotation_enabled"},
    "/settings/event_subscriptions": {"request_url", "bot_events"},
    "/settings/interactivity": {"is_enabled", "request_url"},
}


@pytest.fixture
def manifest() -> Any:
    return json.loads((ROOT / "manifest.json").read_text())


def parts(value: Any, at: str = "") -> Iterator[tuple[str, Any]]:
    """Everything in it, by its JSON pointer."""
    yield at, value
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for name, child in children:
        yield from parts(child, f"{at}/{name}")


def test_it_holds_nothing_that_slack_refuses(manifest: Any) -> None:
    """Each object has only fields that Slack documents, and each text is short enough."""
    found = dict(parts(manifest))

    assert [at for at, value in found.items() if isinstance(value, dict) and not set(value) <= KNOWN[at]] == []
    assert all(0 < len(found[at]) <= most for at, most in LIMITS.items())
    assert re.fullmatch(r"#[0-9a-f]{6}", found["/display_information/background_color"])
    assert found["/_metadata/major_version"] == 2


def test_slack_sends_everything_to_the_web_door(manifest: Any, world: SlackWorld) -> None:
    """All three request URLs end with the one path that the web door hears at; the host is for you to fill in."""
    urls = [value for at, value in parts(manifest) if at.endswith("url")]

    assert set(urls) == {"https://omm.example.org/slack/events"}
    assert len(urls) == 3
    assert world.url.endswith("/slack/events")
    assert manifest["oauth_config"]["redirect_urls"] == [f"https://omm.example.org{CALLBACK}"]


def test_its_names_are_those_that_the_code_hears_by(manifest: Any) -> None:
    """The command, the shortcut and the events are the ones that something listens to."""
    features, settings = manifest["features"], manifest["settings"]

    assert features["slash_commands"][0]["command"] == ids.COMMAND
    assert features["shortcuts"][0]["callback_id"] == ids.View.SHORTCUT
    assert features["shortcuts"][0]["type"] == "global"
    assert settings["event_subscriptions"]["bot_events"] == [
        "app_home_opened", "app_uninstalled", "message.im", "tokens_revoked",
    ]
    assert settings["interactivity"]["is_enabled"]
    assert features["slash_commands"][0]["should_escape"]


def test_it_asks_for_what_we_use_and_no_more(manifest: Any) -> None:
    """Each scope is needed: for commands, for messages, for writing to people and hearing that they write to us."""
    scopes = manifest["oauth_config"]["scopes"]["bot"]
    used = ("chat.postMessage", "chat.update", "chat.getPermalink", "conversations.open", "users.info", "auth.test",
            "views.open", "views.push", "views.update", "views.publish")

    assert set(scopes) == {"commands", "im:history", *(METHODS[name].scope for name in used)} - {None}
    assert set(scopes) <= set(SCOPES)
    # docs.slack.dev/changelog/2026/03/16/optional-scopes: who installs the app may leave these out.
    optional = manifest["oauth_config"]["scopes"]["bot_optional"]
    used = ("conversations.info", "files.completeUploadExternal", "usergroups.users.list", "users.lookupByEmail")
    assert set(optional) == {"groups:read", *(METHODS[name].scope for name in used)}     # of private channels
    assert METHODS["usergroups.list"].scope in optional
    assert manifest["oauth_config"]["scopes"]["user"] == list(Settings().user_scopes) == ["openid"]


def test_people_can_be_written_to(manifest: Any) -> None:
    """The messages tab is on, or Slack would refuse our direct messages, and it can be typed in: commands too are."""
    home = manifest["features"]["app_home"]

    assert home == {"home_tab_enabled": True, "messages_tab_enabled": True, "messages_tab_read_only_enabled": False}


def test_the_example_of_settings_names_every_setting(manifest: Any) -> None:
    """Whatever the product reads from its environment is in .env.example, with a sentence above it."""
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = {found[1]: lines[place - 1] for place, line in enumerate(lines)
             if (found := re.match(r"#?((?:OMM|SLACK)_[A-Z_]+|PORT)=", line))}
    folders = ("bot", "engine", "wiring")
    sources = [*ROOT.glob("*.py"), *(path for folder in folders for path in (ROOT / folder).rglob("*.py"))]
    read = {name for path in sources for name in re.findall(r'"((?:OMM|SLACK)_[A-Z_]+|PORT)"', path.read_text())}
    elsewhere = {"OMM_SOURCE_PASSWORD", "OMM_DESTINATION_PASSWORD"}     # of the terminal door, for one command

    assert set(named) == read - elsewhere
    assert all(sentence.startswith("# ") and sentence.endswith(".") for sentence in named.values())


def test_the_example_of_settings_says_what_is_still_missing() -> None:
    """Copied as it is, the file is read, and the first thing to fill in is named."""
    found = {name: value or "" for name, value in dotenv_values(ROOT / ".env.example").items()}

    wiring.settings(found)
    with pytest.raises(InputError, match="SLACK_BOT_TOKEN still holds what an example holds"):
        wiring.slack_settings(found)


@pytest.mark.parametrize(("environment", "where"), [
    ({}, "127.0.0.1:3000"), ({"PORT": "8080"}, "127.0.0.1:8080"),
    ({"OMM_WEB_LISTEN": "0.0.0.0:80", "PORT": "8080"}, "0.0.0.0:80"), ({"OMM_WEB_LISTEN": "[::1]:3000"}, "[::1]:3000"),
])
def test_where_the_web_door_listens(environment: dict[str, str], where: str) -> None:
    """By default it is on this machine alone; OMM_WEB_LISTEN wins over PORT."""
    assert wiring.listen(environment) == where


@pytest.mark.parametrize("environment", [
    {"PORT": "http"}, {"PORT": "0"}, {"PORT": "65536"}, {"OMM_WEB_LISTEN": "3000"}, {"OMM_WEB_LISTEN": "::1:3000"},
    {"OMM_WEB_LISTEN": "127.0.0.1:"},
])
def test_where_nobody_can_listen(environment: dict[str, str]) -> None:
    """A place that is none is said at the start, with the setting's name."""
    with pytest.raises(Exception, match=next(iter(environment))):
        wiring.listen(environment)
