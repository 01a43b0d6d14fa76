"""fakeredis, with scripts compiled once. It compiles each at every call, and collects all of Lua's garbage then.

Both cost more than what the scripts do.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import fakeredis.commands_mixins.scripting_mixin as scripting

COLLECT = "collectgarbage()"
CALLS = 200         # of scripts, between two collections


class _Runtime(scripting.LUA_MODULE.LuaRuntime):        # type: ignore[misc, name-defined]  # chosen at run time
    """A Lua that knows what it has compiled."""

    def __init__(self, **options: Any) -> None:
        self._compiled: dict[bytes | str, Any] = {}
        self._calls = 0

    def execute(self, code: bytes | str, *arguments: Any) -> Any:
        """As the library's."""
        if code == COLLECT:
            self._calls += 1
            return super().execute(code) if self._calls % CALLS == 0 else None
        if code not in self._compiled:
            self._compiled[code] = self.compile(code)
        return self._compiled[code](*arguments)


def install() -> None:
    """From now on."""
    scripting.LUA_MODULE = SimpleNamespace(**{**vars(scripting.LUA_MODULE), "LuaRuntime": _Runtime})
