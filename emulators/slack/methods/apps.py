"""apps.connections.open (docs.slack.dev/reference/methods/apps.connections.open).

Its page gives Tier 3; an older one, Tier 1, would not let an app open its ten connections.
"""

from typing import Any

from emulators.slack.arguments import Arguments
from emulators.slack.methods.method import method
from emulators.slack.state import State
from emulators.slack.triggers import RefusedError


def _open(state: State, _: Arguments) -> dict[str, Any]:
    if state.sockets is None:
        raise RefusedError("invalid_auth")
    return {"url": state.sockets.invite()}


APPS = {"apps.connections.open": method(_open, "", scope=None, tier=3, app_level=True)}
