"""A Google account that has moved to Exchange, and what two programs that nobody here wrote read of it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from tests.servers.google.account import Account, put
from tests.servers.google.calendars_moved import KEPT
from tests.servers.google.moving import ITEMS, Moving, google_moving
from tests.servers.google.truth.tasks import DEFAULT
from tests.servers.world import ADDRESS, PASSWORD

from . import davmail, npm
from .dav import CALENDAR, CONTACTS, TASKS, resources
from .google_shown import calendars

LONGEST = 600       # seconds that a reader may take


def ews(at: Moving, script: str, *more: str) -> Any:
    """What ews-javascript-api sees."""
    if not npm.installed():
        pytest.skip(npm.MISSING)
    try:
        npm.modules()
    except npm.NotInstalledError as error:
        pytest.skip(f"npm could not install ews-javascript-api: {error}")
    return json.loads(npm.node(script, at.at.emulator.url, ADDRESS, "Exchange2013", *more, timeout=LONGEST,
                               environment={"EWS_PASSWORD": PASSWORD}))


@dataclass
class Read:
    """What was at Google, and where it is now."""

    at: Moving
    account: Account
    directory: Path

    @cached_property
    def davmail(self) -> dict[str, list[str]]:
        """The resources that DavMail hands on, by their collections."""
        if not davmail.installed():
            pytest.skip(davmail.MISSING)
        wanted = {"calendar" if name == "Calendar" else name: CALENDAR for name in calendars(self.account)}
        wanted |= {"tasks" if name == DEFAULT else name: TASKS for name in self.account.lists}
        trusted = self.directory / "google-ca.pem"
        with davmail.davmail(self.directory / "davmail", self.at.at.emulator.url, trusted) as running:
            return {name: resources(running.dav, ADDRESS, PASSWORD, name, kind)
                    for name, kind in (*wanted.items(), ("contacts", CONTACTS))}

    @cached_property
    def ews(self) -> Any:
        """What ews-javascript-api prints of the mailbox."""
        return ews(self.at, "mailbox.cjs", *map(str, self.account.years))


@contextmanager
def read(account: Account) -> Iterator[Read]:
    """The account, moved."""
    with tempfile.TemporaryDirectory(prefix="omm-g-") as name, google_moving(Path(name), **KEPT) as at:
        put(at, account)
        at.migrate(ITEMS)
        yield Read(at, account, Path(name))
