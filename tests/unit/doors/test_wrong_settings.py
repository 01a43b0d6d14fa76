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


@pytest.mark.parametrize("held", [b"OMM_WORKERS=\xe4\n", "OMM_WORKERS=2\n".encode("utf-16")])
def test_a_file_that_is_not_in_utf_8_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: bytes
) -> None:
    """Saved by an editor of another time: no program shows a traceback, or starts again and again."""
    path = tmp_path / "omm.env"
    path.write_bytes(held)
    monkeypatch.setenv("OMM_ENV_FILE", str(path))

    with pytest.raises(InputError, match=r"omm\.env cannot be read: it is not in UTF-8\.$"):
        wiring.settings()


def test_a_file_that_may_not_be_read_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It may belong to somebody else."""
    monkeypatch.setenv("OMM_ENV_FILE", str(tmp_path / ".env"))

    def refused(*_args: object, **_options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("environment.dotenv_values", refused)

    with pytest.raises(InputError, match=r"\.env cannot be read: Permission denied\.$"):
        wiring.settings()
