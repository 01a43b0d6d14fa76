"""fakeredis without what costs more than the commands that it carries out. What the store does stays the same.

It has a Lua for each server, compiles a script at every call and collects all of Lua's garbage then; it looks at every
global of Lua at every command of a script; it plans at every command what becomes of its arguments; and a command
becomes bytes of the protocol, which it takes apart again. The client counts its connections, and times what it sends,
for whoever measures them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterable, Sequence
from types import SimpleNamespace
from typing import Any

import fakeredis.commands_mixins.scripting_mixin as scripting
import redis.connection
from fakeredis import FakeRedis
from fakeredis._clients._sync import FakeRedisMixin
from fakeredis._commands import Key, Signature
from fakeredis._core import CommandItem
from fakeredis._helpers import SimpleError
from fakeredis._msgs import FLAG_DO_NOT_CREATE, WRONGTYPE_MSG
from redis import Connection, Redis
from redis import ConnectionError as RedisConnectionError
from redis import TimeoutError as RedisTimeoutError

COLLECT = "collectgarbage()"
CALLS = 200         # of scripts, between two collections

_get_runtime = scripting.ScriptingCommandsMixin._get_server_runtime
_eval = scripting.ScriptingCommandsMixin.eval
_runtimes: dict[str, SimpleNamespace] = {}      # by the kind of server
_running = threading.RLock()
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
        try:
            _check_globals(lua, expected)
        except SimpleError:
            _runtimes.clear()       # the global stays there
            raise


def _shared_runtime(self: Any, server: Any) -> Any:
    """One Lua for all servers of a kind: what scripts find there is set at every call."""
    if not hasattr(server, "_lua_runtime"):
        shared = _runtimes.setdefault(server.server_type, SimpleNamespace(server_type=server.server_type))
        _get_runtime(self, shared)      # type: ignore[arg-type]  # it asks for nothing else
        vars(server).update({name: value for name, value in vars(shared).items() if name.startswith("_lua_")})
    return server._lua_runtime


def _eval_alone(self: Any, *arguments: Any) -> Any:
    """As the library's, while no other server runs a script."""
    with _running:
        return _eval(self, *arguments)


class _Together(list[list[bytes]]):
    """Commands that go out together: the fields of each."""


def _pack_commands(self: Any, commands: Iterable[Sequence[Any]]) -> _Together:
    """As they are: a name can be of several words, and what is no text, number or bytes is refused."""
    encode = self._command_packer.encode
    return _Together([*encode(name).split(), *[
        each if type(each) is bytes else each.encode() if type(each) is str else encode(each) for each in arguments
    ]] for name, *arguments in commands)


def _is_ready(sock: Any) -> bool:
    """True: what is handed to it now is carried out, and what it answers then is its only answer."""
    return not (sock is None or sock._killed or sock._paused or not sock._server.connected or sock.responses.qsize())


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


def _execute_command(self: Any, *command: Any, **options: Any) -> Any:
    """Borrows a connection that stands, as the library does; where there is none, the library does everything."""
    pool = self.connection_pool
    connection = None if self.connection else _borrowed(pool)
    if connection is None:
        return Redis._execute_command(self, *command, **options)
    try:
        _send_command(connection, *command, **options)
        return self.parse_response(connection, command[0], **options)
    except (RedisConnectionError, RedisTimeoutError):
        connection.disconnect()
        if not connection.retry.get_retries():
            raise
    finally:
        _give_back(pool, connection)
    return Redis._execute_command(self, *command, **options)


def _borrowed(pool: Any) -> Any:
    """The connection that was used last; None where it has to be opened first."""
    idle = pool._available_connections
    with pool._lock:
        if pool.pid != os.getpid() or not idle or not _is_ready(idle[-1]._sock):
            return None
        pool._in_use_connections.add(idle[-1])
        return idle.pop()


def _give_back(pool: Any, connection: Any) -> None:
    """Does nothing where the pool was emptied meanwhile."""
    with pool._lock:
        if connection in pool._in_use_connections:
            pool._in_use_connections.remove(connection)
            pool._available_connections.append(connection)


def _apply(self: Any, arguments: Sequence[bytes], database: Any, version: Any) -> Any:
    """What the library's does, by a plan that is made once for each number of arguments."""
    plan = self.__dict__.setdefault("_plans", {}).get(len(arguments)) or _planned(self, arguments, version)
    made: list[Any] = list(arguments)
    for place, kind in plan:
        if not isinstance(kind, Key):
            made[place] = kind.decode(made[place])
        elif kind.missing_return is not Key.UNSPECIFIED and made[place] not in database:
            return (kind.missing_return,)
    items = []
    for place, kind in plan:
        if isinstance(kind, Key):
            made[place] = _item(self, kind, made[place], database)
            items.append(made[place])
    return made, items


def _planned(self: Any, arguments: Sequence[bytes], version: Any) -> list[tuple[int, Any]]:
    """The arguments that do not stay bytes: where they stand, and what they are."""
    self.check_arity(arguments, version)
    kinds = [*self.fixed, *self.repeat * len(arguments)][:len(arguments)]
    plan = [(place, kind) for place, kind in enumerate(kinds) if kind is not bytes]
    self._plans[len(arguments)] = plan
    return plan


def _item(self: Any, kind: Key, name: bytes, database: Any) -> CommandItem:
    """A key's value, or a new one; refused where the value is of another type."""
    found, type_ = database.get(name), kind.type_
    if type_ is not None and found is not None and type(found.value) is not type_:
        raise SimpleError(WRONGTYPE_MSG)
    creates = found is None and type_ not in (None, bytes) and FLAG_DO_NOT_CREATE not in self.flags
    return CommandItem(name, database, found, default=type_() if type_ and creates else None)


def _uncounted(**_: Any) -> None:
    """Nobody measures connections here."""


def install() -> None:
    """From now on."""
    scripting.LUA_MODULE = SimpleNamespace(**{**vars(scripting.LUA_MODULE), "LuaRuntime": _Runtime})
    scripting.ScriptingCommandsMixin._get_server_runtime = _shared_runtime      # type: ignore[method-assign]
    scripting.ScriptingCommandsMixin.eval = _eval_alone     # type: ignore[method-assign]
    scripting._check_for_lua_globals = _check_globals_of_new
    fakes: Any = FakeRedis().connection_pool.connection_class
    fakes.pack_commands, fakes.send_packed_command = _pack_commands, _send_packed_command
    fakes.send_command = _send_command
    clients: Any = FakeRedisMixin
    clients._execute_command = _execute_command
    signatures: Any = Signature
    signatures.apply = _apply
    redis.connection.record_connection_count = _uncounted
