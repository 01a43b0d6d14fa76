"""An emulator of Slack for tests and the demo: its Web API, signed deliveries, and a page to look at."""

from emulators.slack.emulator import SlackEmulator
from emulators.slack.faults import Fault
from emulators.slack.settings import Settings
from emulators.slack.state import Ack, ApiCall
from emulators.slack.workspace import NotPossibleError

__all__ = ["Ack", "ApiCall", "Fault", "NotPossibleError", "Settings", "SlackEmulator"]
