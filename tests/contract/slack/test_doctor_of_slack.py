"""What `omm doctor` finds out of Slack, asked over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

import wiring
from bot import ids
from bot.scopes import SCOPES
from emulators.slack import Fault, SlackEmulator
from engine.clock import utc_now
from terminal.deployment import slack as looked
from terminal.deployment.drawn import drawn
from terminal.deployment.line import Line

BOT, APP, SECRET = "xoxb-1-right", "xapp-1-right", "0123456789abcdef" * 2
EVERY = tuple(scope.name for scope in SCOPES)


@pytest.fixture
def slack() -> Iterator[SlackEmulator]:
    with SlackEmulator(signing_secret=SECRET, bot_token=BOT, app_token=APP) as running:
        running.configure(scopes=EVERY)
        yield running


def at(slack: SlackEmulator, **settings: Any) -> looked.Asked:
    found = wiring.SlackSettings(BOT, SECRET, APP, slack.url)
    return looked.Asked(replace(found, **settings))


def said(lines: Iterator[Line] | list[Line]) -> list[tuple[str, str]]:
    return [(line.verdict.value, line.words) for line in lines]


def test_a_right_token_is_right(slack: SlackEmulator) -> None:
    """Its workspace is named, it may all that we use, and the clocks agree."""
    assert said(looked.token(at(slack))) == [
        ("right", "Slack knows it; it is for workspace T0EXAMPLE1."),
        ("right", "the token has all that OMM can use."),
        ("right", "this machine's agrees with Slack's."),
    ]


def test_a_wrong_token_is_wrong(slack: SlackEmulator) -> None:
    """With Slack's word for it, and not the token."""
    (line,) = looked.token(at(slack, bot_token="xoxb-1-wrong"))

    assert (line.verdict, line.words) == ("wrong", "Slack does not take SLACK_BOT_TOKEN: invalid_auth.")
    assert "xoxb" not in line.words + line.advice


def test_a_slack_that_is_away_is_said(slack: SlackEmulator) -> None:
    """It is no fault of the token's."""
    slack.add_fault(Fault(method="auth.test", action="drop"))

    (line,) = looked.token(at(slack))
    assert "RemoteDisconnected" in line.words


@pytest.mark.parametrize("scope", SCOPES, ids=lambda scope: scope.name)
def test_a_missing_scope_is_said_with_what_it_costs(slack: SlackEmulator, scope: Any) -> None:
    """What is needed is wrong, what is optional a warning; either names what does not work."""
    slack.configure(scopes=tuple(name for name in EVERY if name != scope.name))

    _, *lines = looked.token(at(slack))

    found = [line for line in lines if line.words == f"{scope.name} is missing. {scope.missing}"]
    assert [line.verdict for line in found] == ["warning" if scope.is_optional else "wrong"]
    assert all("install the app anew" in line.advice for line in found)
    assert ("right", "the token has all that OMM needs.") in said(lines) or not scope.is_optional


def test_a_scope_too_many_is_said(slack: SlackEmulator) -> None:
    """A token that may more than we use is more to be stolen."""
    slack.configure(scopes=(*EVERY, "files:read"))

    assert ("warning", "the token may more than OMM uses: files:read.") in said(looked.token(at(slack)))


@pytest.mark.parametrize(("apart", "verdict"), [(0, "right"), (90, "warning"), (400, "wrong")])
def test_our_clock_is_compared(apart: float, verdict: str) -> None:
    """From five minutes on Slack's requests are refused."""
    theirs = format_datetime((utc_now() - timedelta(seconds=apart)).astimezone(UTC), usegmt=True)

    assert [line.verdict for line in looked.clock({"date": theirs})] == [verdict]
    assert [line.verdict for line in looked.clock({"date": "nonsense"})] == ["untried"]
    assert [line.verdict for line in looked.scopes({})] == ["untried"]


def test_the_ways_in(slack: SlackEmulator) -> None:
    """A plausible secret and an app token that Slack takes are right; others are named."""
    assert [line.verdict for line in looked.ways_in(at(slack))] == ["right", "right"]
    assert [line.verdict for line in looked.ways_in(at(slack, signing_secret="", app_token=""))] == ["untried"] * 2
    odd, refused = looked.ways_in(at(slack, signing_secret=f"{SECRET}0", app_token="xapp-1-wrong"))
    assert (odd.verdict, refused.verdict) == ("warning", "wrong")
    assert refused.words == "Slack does not take SLACK_APP_TOKEN: invalid_auth."
    assert SECRET not in odd.words + odd.advice


def test_sign_in_is_all_or_nothing(slack: SlackEmulator) -> None:
    """The redirect URL to be registered is said; what is missing is named."""
    whole = at(slack, client_id="1.2", client_secret="hush", public_url="https://omm.example.org")
    (right,) = looked.sign_in(at(slack, client_id="1.2", client_secret="hush", public_url="https://omm.example.org",
                                 trusted_proxies=1))
    (_, one_address) = looked.sign_in(whole)
    (none,) = looked.sign_in(at(slack))
    (half,) = looked.sign_in(at(slack, client_id="1.2"))

    assert "https://omm.example.org/slack/sign-in/callback" in right.words
    assert (right.verdict, none.verdict, half.verdict) == ("right", "untried", "wrong")
    assert "SLACK_CLIENT_SECRET and OMM_PUBLIC_URL are not set" in half.words
    assert (one_address.verdict, "OMM_TRUSTED_PROXIES=1" in one_address.advice) == ("warning", True)
    assert "hush" not in right.words


def test_slack_takes_all_that_we_draw(slack: SlackEmulator) -> None:
    """One of each kind is looked at, and nobody is sent any of them."""
    (line,) = looked.taken(at(slack))

    assert (line.verdict, line.words) == ("right", f"Slack takes {len(list(drawn()))} kinds of them.")
    assert {one.method for one in slack.requests} == {"blocks.validate"}


def test_each_kind_of_window_is_among_them() -> None:
    """Whoever adds a window adds an example of it to `drawn`."""
    found = {view.get("callback_id") for _, kind, view in drawn() if kind == "view"}

    assert found == {None, *ids.View} - {ids.View.SHORTCUT}


def test_each_button_and_field_is_among_them() -> None:
    """Whoever adds one adds an example of where it stands to `drawn`."""
    said = str([thing for _, _, thing in drawn()])

    assert [name for name in (*ids.Action, *ids.Block) if f"'{name.value}" not in said] == []


def test_what_slack_refuses_is_pointed_at(slack: SlackEmulator) -> None:
    """The rest is looked at all the same."""
    block = {"type": "section", "text": {"type": "mrkdwn", "text": "x" * 3001}}
    pieces = [("the card", "message", {"text": "x", "blocks": [block]}), ("the help", "message", {"text": "x"})]

    wrong, right = looked.taken(at(slack), pieces)

    assert wrong.words == "the card: /blocks/0/text/text must be less than 3001 characters"
    assert (right.verdict, right.words) == ("right", "Slack takes 1 kind of them.")


@pytest.mark.parametrize("fault", [
    Fault(method="blocks.validate", action="error", error="unknown_method"),
    Fault(method="blocks.validate", action="drop"),
])
def test_where_slack_does_not_look_nothing_is_wrong(slack: SlackEmulator, fault: Fault) -> None:
    """A method that is not there, a limit or a lost connection says nothing of what we draw."""
    slack.add_fault(fault)

    assert [line.verdict for line in looked.taken(at(slack))] == ["untried"]


def test_a_pause_that_slack_asks_for_is_made(slack: SlackEmulator) -> None:
    """Once for each; whoever is asked for more goes without, and says what was taken before."""
    pieces = [(name, "message", {"text": name}) for name in ("one", "two", "three")]
    slack.add_fault(Fault(method="blocks.validate", action="ratelimited", retry_after=7, nth=2))
    waits: list[float] = []

    assert [line.words for line in looked.taken(at(slack), pieces, waits.append)] == ["Slack takes 3 kinds of them."]
    assert waits == [7.0]

    slack.add_fault(Fault(method="blocks.validate", action="ratelimited"))
    assert [line.verdict for line in looked.taken(at(slack), pieces, waits.append)] == ["untried"]
