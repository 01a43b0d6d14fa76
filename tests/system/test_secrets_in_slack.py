"""Passwords typed into Slack's forms are nowhere to be found: on disk, in logs, in what we sent, in any process."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
import requests

from bot.ids import Action, Block
from demo.doors import CALLBACK, Slack, slack_and_doors
from emulators.slack.state import Ack
from tests.servers.mail_servers.dovecot import installed
from tests.servers.mailbox import generated, write_folder
from tests.servers.on_disk import files
from tests.servers.processes.installation import ADDRESS, Installation, installation
from tests.system.test_secrets import DESTINATION, SOURCE, assert_hidden

pytestmark = pytest.mark.skipif(not installed(), reason="Dovecot is not installed (make system-deps)")

OWNER, CHANNEL = "owner", "C0MIGRATE1"
PATIENCE = 150.0     # seconds
TYPED = f"migrate imaps://claire:{SOURCE}@mail.example.org"
UNKNOWN = f"{DESTINATION} please"


@pytest.fixture
def at(tmp_path: Path) -> Iterator[Installation]:
    with installation(tmp_path / "at", users={"claire": SOURCE}) as built:
        built.emulator.change_password(ADDRESS, DESTINATION)
        home = built.imap.home("claire")
        write_folder(home / "Maildir", (), generated(40))
        built.imap.give_away(home)
        yield built


class Claire:
    """Who types the passwords."""

    def __init__(self, slack: Slack) -> None:
        self.slack = slack.control

    def until(self, look: Callable[[], Any]) -> Any:
        """What is seen, as soon as there is anything."""
        version = 0
        while not (found := look()):
            newest = self.slack.wait_changed(version, PATIENCE)
            assert newest != version, "nothing has happened for too long"
            version = newest
        return found

    def form(self, *, with_alert: bool = False) -> dict[str, Any]:
        def ready() -> dict[str, Any] | None:
            views = self.slack.views(OWNER)
            alerts = views and any(block.get("level") == "error" for block in views[-1]["blocks"])
            return views[-1] if views and bool(alerts) is with_alert else None

        found: dict[str, Any] = self.until(ready)
        return found

    def sends(self, view: dict[str, Any], **typed: str) -> Ack:
        names = [block["block_id"] for block in view["blocks"]]
        values = {next(n for n in names if n.startswith(field)): value for field, value in typed.items()}
        return self.slack.submit(OWNER, view["id"], values)

    def sees_card(self, words: str) -> dict[str, Any]:
        def ready() -> dict[str, Any] | None:
            cards = [m for m in self.slack.messages(CHANNEL) if m.get("bot_id") and words in m["text"]]
            return cards[-1] if cards else None

        found: dict[str, Any] = self.until(ready)
        return found


def test_passwords_typed_into_slack_are_nowhere(at: Installation, tmp_path: Path) -> None:
    """A form, a migration, its rollback and a page's address leave no secret anywhere, at DEBUG, in any disguise."""
    place = tmp_path / "doors"
    place.mkdir()
    with slack_and_doors(place, Path(at.environment["OMM_CA_FILE"]), OMM_LOG_LEVEL="DEBUG") as slack:
        claire = Claire(slack)
        code = urlencode({"code": SOURCE, "state": DESTINATION})
        assert requests.get(f"{slack.pages}{CALLBACK}?{code}", timeout=PATIENCE).status_code == 403
        for text in (UNKNOWN, TYPED):
            claire.slack.slash(OWNER, CHANNEL, text)
        claire.sends(claire.form(), **{
            Block.SOURCE_SERVER: f"localhost:{at.imap.imaps}", Block.SOURCE_LOGIN: "claire",
            Block.SOURCE_PASSWORD: SOURCE, Block.DESTINATION_SERVER: at.emulator.url,
            Block.DESTINATION_LOGIN: ADDRESS, Block.DESTINATION_PASSWORD: SOURCE,
        })
        claire.sends(claire.form(with_alert=True), **{Block.DESTINATION_PASSWORD: DESTINATION})
        card = claire.sees_card("Completed")
        claire.slack.press(OWNER, card["ts"], Action.ROLLBACK)
        claire.until(lambda: [view for view in claire.slack.views(OWNER) if view.get("submit")])
        processes = dict(_of_ours(place))
        sent = json.dumps([asdict(call) for call in claire.slack.requests], default=str, ensure_ascii=False)
        answered = json.dumps([asdict(ack) for ack in claire.slack.acks], default=str, ensure_ascii=False)
        claire.slack.submit(OWNER, claire.slack.views(OWNER)[-1]["id"])
        claire.sees_card("Rolled back")

        assert len(processes) >= 4
        for name, data in processes.items():
            assert_hidden(data, name)
        assert_hidden(sent.encode(), "what was sent to Slack")
        assert_hidden(answered.encode(), "what was answered to Slack")
        warned = [str(message) for message in claire.slack.ephemerals(OWNER) if "not kept" in str(message)]
        assert len(warned) == 2
        assert_hidden("".join(warned).encode(), "a warning")
        _search(place)
    _search(place)
    assert "jobs: migrate" in (place / "worker.log").read_text()


def _search(place: Path) -> None:
    """Through the store, the logs, and what the emulator has kept."""
    found = files(place)
    assert any(path.name.endswith(".aof") for path in found)
    for path, data in found.items():
        assert_hidden(data, str(path))


def _of_ours(place: Path) -> Iterator[tuple[str, bytes]]:
    """The command line and the environment of every process of this installation."""
    for process in Path("/proc").glob("[0-9]*"):
        try:
            environment = (process / "environ").read_bytes()
            command = (process / "cmdline").read_bytes()
        except OSError:
            continue
        if str(place).encode() in environment + command:
            yield f"process {process.name}: {command[:80]!r}", environment + command
