"""fakeredis without what costs more than the commands that it carries out. What the store does stays the same.

It compiles a script at every call and collects all of Lua's garbage then; it looks at every global of Lua at every
command of a script; and a command becomes bytes of the protocol, which it takes apart again. The client counts its
connections for whoever measures them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any

import fakeredis.commands_mixins.scripting_mixin as scripting
import redis.connection
from fakeredis import FakeRedis
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


class _Together(list[list[bytes]]):
    """Commands that go out together: the fields of each."""


def _pack_commands(self: Any, commands: Iterable[Sequence[Any]]) -> _Together:
    """As they are: a name can be of several words, and what is no text, number or bytes is refused."""
    encode = self._command_packer.encode
    return _Together([*encode(name).split(), *map(encode, arguments)] for name, *arguments in commands)


def _send_packed_command(self: Any, packed: Any, check_health: bool = True) -> None:
    """Hands commands over as they are; where something stands in their way, they go as the library sends them."""
    sock = self._sock
    if not isinstance(packed, _Together):
        Connection.send_packed_command(self, packed, check_health)
    elif sock is None or sock._killed or sock._paused or not sock._server.connected:
        Connection.send_packed_command(self, Connection.pack_commands(self, packed), check_health)
    else:
        try:
            for fields in packed:
                sock._process_command(fields)
        except BaseException:
            self.disconnect()
            raise


def _send_command(self: Any, *command: Any, **options: Any) -> None:
    """The options are the answer's, but for one."""
    _send_packed_command(self, _pack_commands(self, [command]), options.get("check_health", True))


def _uncounted(**_: Any) -> None:
    """Nobody measures connections here."""


def install() -> None:
    """From now on."""
    scripting.LUA_MODULE = SimpleNamespace(**{**vars(scripting.LUA_MODULE), "LuaRuntime": _Runtime})
    scripting._check_for_lua_globals = _check_globals_of_new
    fakes: Any = FakeRedis().connection_pool.connection_class
    fakes.pack_commands, fakes.send_packed_command = _pack_commands, _send_packed_command
    fakes.send_command = _send_command
    redis.connection.record_connection_count = _uncounted
