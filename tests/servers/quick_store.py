"""fakeredis without what costs more than the commands that it carries out. What the store does stays the same.

It compiles a script at every call and collects all of Lua's garbage then; it looks at every global of Lua at every
command of a script; and a command becomes bytes of the protocol, which it takes apart again. The client counts its
connections for whoever measures them.
"""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import fakeredis.commands_mixins.scripting_mixin as scripting
import redis.connection
from fakeredis import FakeConnection
from redis import Connection

COLLECT = "collectgarbage()"
CALLS = 200         # of scripts, between two collections

_check_globals = scripting._check_for_lua_globals       # the library has no other way in


class _Runtime(scripting.LUA_MODULE.LuaRuntime):        # type: ignore[misc, name-defined]  # chosen at run time
    """A Lua that knows what it has compiled. `is_new`: the script that runs has not run before."""

    def __init__(self, **options: Any) -> None:
        self._compiled: dict[bytes | str, Any] = {}
        self._calls = 0
        self.is_new = True

    def execute(self, code: bytes | str, *arguments: Any) -> Any:
        """As the library's."""
        if code == COLLECT:
            self._calls += 1
            return super().execute(code) if self._calls % CALLS == 0 else None
        self.is_new = code not in self._compiled
        if self.is_new:
            self._compiled[code] = self.compile(code)
        return self._compiled[code](*arguments)


def _check_globals_of_new(lua: _Runtime, expected: set[Any]) -> None:
    """A script sets the same globals each time that it runs: none, or it is refused the first time."""
    if lua.is_new:
        _check_globals(lua, expected)


def _send_command(self: FakeConnection, *arguments: Any, **options: Any) -> None:
    """Hands a command over as it is; where something stands in its way, it goes as the library sends it."""
    sock = self._sock
    if sock is None or sock._killed or sock._paused or not sock._server.connected:
        Connection.send_command(self, *arguments, **options)
        return
    name = arguments[0].encode() if isinstance(arguments[0], str) else arguments[0]
    try:
        sock._process_command([*name.split(), *map(self._command_packer.encode, arguments[1:])])
    except BaseException:
        self.disconnect()
        raise


def _uncounted(**_: Any) -> None:
    """Nobody measures connections here."""


def install() -> None:
    """From now on."""
    scripting.LUA_MODULE = SimpleNamespace(**{**vars(scripting.LUA_MODULE), "LuaRuntime": _Runtime})
    scripting._check_for_lua_globals = _check_globals_of_new
    FakeConnection.send_command = _send_command
    redis.connection.record_connection_count = _uncounted
