"""The tools of the hard servers' tests, and of the hard destinations'."""

from tests.recovery.hard_servers.conftest import move
from tests.recovery.hard_servers.test_hard_destinations import at, emulator_world

__all__ = ["at", "emulator_world", "move"]
