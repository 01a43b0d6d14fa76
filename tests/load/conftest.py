"""What the tests of load share. They are no part of `make test`; `make load` runs them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.load.moved_mail import migrated, moved
from tests.recovery.installation.conftest import at, here, undisturbed, whole
from tests.servers.mail_servers.dovecot import MISSING, installed
from tests.servers.processes.killing import Bench, killing

# Fixtures: of a whole installation, and of mail that has moved.
__all__ = ["at", "here", "migrated", "moved", "undisturbed", "whole"]


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    if not installed():
        pytest.skip(MISSING)
    with killing(tmp_path_factory.mktemp("kill")) as opened:
        yield opened
