"""A setting that cannot be used is named in one sentence, whatever is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

import wiring
from engine.errors import InputError

SLACK = {"SLACK_BOT_TOKEN": "xoxb-12-34-Ab5xXxYourC", "SLACK_SIGNING_SECRET": "8f742231b10e8888abcd99yyyzzz85a5"}


def looked_at(environ: Mapping[str, str]) -> None:
    """As every program does at its start."""
    wiring.slack_settings(environ)
    wiring.check(wiring.settings(environ))


@pytest.mark.parametrize(("name", "value"), [
    ("OMM_WORKERS", "²"), ("OMM_WORKERS", "-1"), ("OMM_RETENTION_DAYS", "²"), ("OMM_CA_FILE", "no such\nfile"),
    ("OMM_TRUSTED_PROXIES", "11"), ("OMM_TRUSTED_PROXIES", "one"),
    ("SLACK_API_URL", "https://["), ("SLACK_API_URL", "https://"), ("SLACK_API_URL", "https://slack.example:99999/"),
    ("OMM_REDIS_URL", "redis://h?protocol=9"), ("OMM_REDIS_URL", "rediss://h?ssl_cert_reqs=zz"),
    ("OMM_REDIS_URL", "redis://h?no_such=1"), ("OMM_REDIS_URL", "redis://[h"),
])
def test_it_is_named(tmp_path: Path, name: str, value: str) -> None:
    """At the start of every program, on one line."""
    environ = {"HOME": str(tmp_path), **SLACK, name: value}

    with pytest.raises(InputError, match=f"^{name}") as caught:
        looked_at(environ)

    assert "\n" not in str(caught.value)
