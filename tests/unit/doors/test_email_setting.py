"""Whether the form offers e-mail follows the setting that the notifier sends by."""

from __future__ import annotations

import pytest
from redis import Redis

import wiring
from bot.services import Services
from jobs import Jobs


@pytest.mark.parametrize(("environ", "sends"), [
    ({}, False), ({"OMM_SMTP_URL": " "}, False), ({"OMM_SMTP_URL": "smtp://localhost?from=omm@example.org"}, True),
])
def test_email_is_offered_exactly_where_a_mail_server_is_named(
    services: Services, redis: Redis, environ: dict[str, str], sends: bool
) -> None:
    """OMM_SMTP_URL alone decides, an empty one as well as none."""
    opened = wiring.Doors(services.engine, redis, "")
    settings = wiring.SlackSettings("xoxb-of-a-test", "", "", "http://127.0.0.1:9/")

    made = wiring.services(opened, settings, Jobs(redis), environ=environ, team="T0EXAMPLE1")

    assert made.sends_email is sends
