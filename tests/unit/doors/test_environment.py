"""The environment: placeholders are told from secrets, and secrets stay out of what is written."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from pathlib import Path
from runpy import run_path

import pytest
from cryptography.fernet import Fernet

import wiring
from bot.listeners.interaction import Interaction, OnScreen
from engine.errors import InputError
from engine.store.masks import HIDDEN, MOST

ROOT = Path(__file__).parents[3]
RIGHT = {"SLACK_BOT_TOKEN": "xoxb-12-34-Ab5xXxYourC", "SLACK_SIGNING_SECRET": "8f742231b10e8888abcd99yyyzzz85a5"}


@pytest.mark.parametrize(("name", "value"), [
    ("SLACK_BOT_TOKEN", ""), ("SLACK_BOT_TOKEN", "xoxb-"), ("SLACK_BOT_TOKEN", "xoxb-..."),
    ("SLACK_BOT_TOKEN", "xoxb-your-token"), ("SLACK_BOT_TOKEN", "xoxb-YOUR-TOKEN"), ("SLACK_BOT_TOKEN", "xoxb-xxxx"),
    ("SLACK_BOT_TOKEN", "xoxb-<token>"), ("SLACK_BOT_TOKEN", "xoxp-12-34"), ("SLACK_APP_TOKEN", "xapp-"),
    ("SLACK_APP_TOKEN", "xapp-1-XXXX-XXXX"), ("SLACK_SIGNING_SECRET", ""), ("SLACK_SIGNING_SECRET", "changeme"),
    ("SLACK_SIGNING_SECRET", "your-signing-secret"), ("SLACK_SIGNING_SECRET", "${SECRET}"),
])
def test_a_placeholder_is_no_secret(name: str, value: str) -> None:
    """What examples hold in the place of a secret is refused, by the name of the setting."""
    with pytest.raises(InputError, match=name):
        wiring.slack_settings(RIGHT | {name: value})


def test_secrets_are_taken() -> None:
    """What Slack gives is none of that, whatever letters it happens to hold."""
    socket_mode = {**RIGHT, "SLACK_SIGNING_SECRET": "", "SLACK_APP_TOKEN": "xapp-1-A0-12-xxexample"}

    found = wiring.slack_settings(RIGHT)

    assert (found.bot_token, found.signing_secret) == tuple(RIGHT.values())
    assert wiring.slack_settings(socket_mode).app_token == "xapp-1-A0-12-xxexample"


# What is written down


KEYS = [Fernet.generate_key().decode() for _ in range(2)]
SECRETS = {
    **RIGHT, "SLACK_APP_TOKEN": "xapp-1-A0-of-a-test", "OMM_SECRET_KEYS": ", ".join(KEYS),
    "OMM_REDIS_URL": "rediss://omm:p%40ss%2Fredis@localhost/0", "OMM_SMTP_URL": "smtps://omm:hunter2mail@localhost",
    "GOOGLE_CLIENT_SECRET": "GOCSPX-of-a-test", "HOME": "/home/omm", "OMM_ALLOWED_HOSTS": "mail.internal.example.org",
}
HELD = [
    *(SECRETS[name] for name in ("SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET", "SLACK_APP_TOKEN", "GOOGLE_CLIENT_SECRET")),
    *KEYS, "p%40ss%2Fredis", "p@ss/redis", "hunter2mail",
]


@pytest.fixture
def kept_handlers() -> Iterator[None]:
    """The root logger as it was, afterwards."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    root.handlers[:], root.level = handlers, level
    logging.captureWarnings(False)


@pytest.mark.usefixtures("kept_handlers")
def test_our_own_secrets_are_in_no_log_line(capsys: pytest.CaptureFixture[str]) -> None:
    """Tokens, keys and passwords of whoever runs this are masked, however many others were hidden since."""
    masks = wiring.log_to_stderr("INFO", environ=SECRETS)
    for number in range(MOST + 1):
        masks.hide(f"somebody's password {number}")

    for secret in HELD:
        logging.getLogger("wiring").warning("it was %s and %r", secret, secret)
    logging.getLogger("wiring").warning("the server is %s", SECRETS["OMM_ALLOWED_HOSTS"])

    said = capsys.readouterr().err
    assert [secret for secret in HELD if secret in said] == []
    assert said.count(HIDDEN) == 2 * len(HELD)
    assert "mail.internal.example.org" in said


@pytest.mark.usefixtures("kept_handlers")
@pytest.mark.parametrize("program", ["app.py", "worker.py"])
def test_a_program_says_what_it_does(program: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Started as the Procfile says, a program writes its own lines of level INFO, and not warnings alone."""
    log = run_path(str(ROOT / program), run_name="not imported by its name")["log"]
    wiring.log_to_stderr("INFO")

    log.info("listening at 127.0.0.1:3000")

    assert "listening at 127.0.0.1:3000" in capsys.readouterr().err


def test_settings_show_no_secret(tmp_path: Path) -> None:
    """Printed, as in a traceback, settings hold no token, no key and no password."""
    shown = repr(wiring.settings(SECRETS | {"OMM_STATE_DIR": str(tmp_path)})) + repr(wiring.slack_settings(SECRETS))

    assert [secret for secret in HELD if secret in shown] == []
    assert str(tmp_path) in shown


def test_a_deed_shows_nothing_that_was_typed() -> None:
    """Printed, what somebody did shows who and which button, and nothing that they typed."""
    values = {"source_password_1": {"v": {"type": "plain_text_input", "value": "hunter2"}}}
    screen = OnScreen("V1", "h", "draft", values, is_modal=True)
    interaction = Interaction("U1", text="migrate hunter2", action="omm_offer", view=screen)

    assert "hunter2" not in repr(interaction)
    assert "omm_offer" in repr(interaction)
