"""An office with a notifier in it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.servers.slack.notices import Office, office


@pytest.fixture
def desk() -> Iterator[Office]:
    with office() as opened:
        yield opened
