"""The one place that reads the environment and builds what the doors work with."""

from wiring.checking import check
from wiring.connectors import Connectors, examination, load_connectors, looked_up
from wiring.logs import OURS, log_to_stderr
from wiring.opening import Doors, doors, engine, keys, warn
from wiring.settings import Settings, SlackSettings, listen, settings, slack_settings
from wiring.slack import mailer, notifier, services, slack_client, workspaces

__all__ = [
    "OURS",
    "Connectors",
    "Doors",
    "Settings",
    "SlackSettings",
    "check",
    "doors",
    "engine",
    "examination",
    "keys",
    "listen",
    "load_connectors",
    "log_to_stderr",
    "looked_up",
    "mailer",
    "notifier",
    "services",
    "settings",
    "slack_client",
    "slack_settings",
    "warn",
    "workspaces",
]
