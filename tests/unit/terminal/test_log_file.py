"""What is logged holds no secret."""

from __future__ import annotations

import json
import logging
from base64 import b64encode
from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path
from urllib.parse import quote

import pytest

from engine.store.masks import HIDDEN, Masks
from terminal.log_file import OURS, keep_log

SECRETS = ["hunter2@%", "a\"b'c/d\\e", "pässwörd-пароль-密码", " with spaces ", "{5}* BYE <x>&"]
LIBRARIES = ["urllib3.connectionpool", "imapclient.imaplib", "exchangelib.util.xml", "spnego._ntlm", "redis"]
SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "in a URL": quote,
    "in a repr": repr,
    "in JSON": json.dumps,
    "in readable JSON": lambda secret: json.dumps(secret, ensure_ascii=False),
    "in XML": escape,
    "in bytes": lambda secret: repr(secret.encode()),
    "in hex": lambda secret: secret.encode().hex(),
    "in Basic": lambda secret: b64encode(f"claire:{secret}".encode()).decode(),
    "in PLAIN": lambda secret: b64encode(f"\0claire@x\0{secret}".encode()).decode(),
    "in another PLAIN": lambda secret: b64encode(f"\0me\0{secret}".encode()).decode(),
    "in UTF-16": lambda secret: b64encode(secret.encode("utf-16-le")).decode(),
}


@pytest.fixture
def log(tmp_path: Path) -> Iterator[tuple[Path, Masks]]:
    """A log of everything that can be had, and the masks over it; the tests' own logging is put back."""
    root, masks = logging.getLogger(), Masks()
    before = root.handlers[:], root.level
    yield keep_log(tmp_path / "state", masks, "DEBUG"), masks
    logging.captureWarnings(False)
    for handler in set(root.handlers) - set(before[0]):
        root.removeHandler(handler)
        handler.close()
    root.setLevel(before[1])
    for name in OURS:
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.mark.parametrize("library", LIBRARIES)
def test_what_libraries_say_for_debugging_is_not_written(library: str, log: tuple[Path, Masks]) -> None:
    """Their lines hold passwords and mail; only their warnings are kept."""
    path, _ = log

    logging.getLogger(library).debug("LOGIN claire hunter2")
    logging.getLogger(library).info("LOGIN claire hunter2")
    logging.getLogger(library).warning("the pool is full")

    assert "hunter2" not in path.read_text()
    assert "the pool is full" in path.read_text()


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_secret_in_use_is_masked_however_it_is_spelled(
    secret: str, spelling: str, log: tuple[Path, Masks]
) -> None:
    """Plain, escaped, percent-encoded, or inside of base64 at any place."""
    path, masks = log
    spelled = SPELLINGS[spelling](secret)
    masks.hide(secret)

    logging.getLogger("engine.test").debug("sent %s", spelled)

    assert HIDDEN in path.read_text()
    assert secret not in path.read_text()
    assert spelled not in path.read_text()


def test_a_traceback_is_masked_too(log: tuple[Path, Masks]) -> None:
    """An exception may carry what it choked on."""
    path, masks = log
    masks.hide("hunter2")

    try:
        int("hunter2")
    except ValueError:
        logging.getLogger("cli").exception("something went wrong")

    assert "Traceback" in path.read_text()
    assert "hunter2" not in path.read_text()


def test_the_log_is_for_its_owner_alone(log: tuple[Path, Masks]) -> None:
    """Nobody else can read it."""
    path, _ = log

    logging.getLogger("engine").info("begun")

    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_log_that_cannot_be_written_stops_no_work(tmp_path: Path, log: tuple[Path, Masks]) -> None:
    """The line is lost, and nothing else happens."""
    (tmp_path / "state").touch()

    logging.getLogger("engine").error("lost")

    assert (tmp_path / "state").read_bytes() == b""
