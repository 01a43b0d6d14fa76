"""An office with a notifier in it."""

from tests.unit.notices.conftest import desk

__all__ = ["desk"]      # a fixture
