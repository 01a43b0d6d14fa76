"""What a method is."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from emulators.slack.arguments import Arguments
from emulators.slack.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method: `call` is made under the state's lock and answers what stands beside `"ok": true`.

    `tier` is the rate limit of the method's page (0: special), `scope` what the token must have been granted.
    An `app_level` method is called with the app's own token, any other with the bot's.
    """

    call: Callable[[State, Arguments], dict[str, Any]]
    takes: frozenset[str]
    scope: str | None
    tier: int
    app_level: bool = False


def method(call: Callable[[State, Arguments], dict[str, Any]], takes: str, *, scope: str | None,
           tier: int, app_level: bool = False) -> Method:
    """A method whose arguments are named in one string."""
    return Method(call=call, takes=frozenset(takes.split()), scope=scope, tier=tier, app_level=app_level)
