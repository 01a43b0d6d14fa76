"""fakeredis without what costs more than the commands that it carries out. What the store does stays the same.

It has a Lua for each server, compiles a script at every call and collects all of Lua's garbage then; it looks at every
global of Lua at every command of a script; it plans at every command what becomes of its arguments; and a command
becomes bytes of the protocol, which it takes apart again. The client counts its connections, and times what it sends,
for whoever measures them.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from types import SimpleNamespace
from typing import Any
from weakref import WeakSet

import fakeredis.commands_mixins.scripting_mixin as scripting
import redis.connection
from fakeredis import FakeRedis
from fakeredis._clients._sync import FakeRedisMixin
from redis import Connection, Redis
from redis import ConnectionError as RedisConnectionError
from redis import TimeoutError as RedisTimeoutError

from tests.servers.quick import commands as quick_commands

COLLECT = "collectgarbage()"
CALLS = 200         # of scripts, between two collections
WATCH_GLOBALS = """function(told)
    setmetatable(_G, {__newindex = function(globals, name, value) rawset(globals, name, value); told() end})
end"""

_get_runtime = scripting.ScriptingCommandsMixin._get_server_runtime
_eval = scripting.ScriptingCommandsMixin.eval
_runtimes: dict[str, SimpleNamespace] = {}      # by the kind of server
_running = threading.RLock()
_theirs: dict[tuple[Any, str], Any] = {}        # what the library has in the places of ours
_check_globals = scripting._check_for_lua_globals       # the library has no other way in


class _Runtime(scripting.LUA_MODULE.LuaRuntime):        # type: ignore[misc, name-defined]  # chosen at run time
    """A Lua that knows what it has compiled. `is_suspect`: it may have globals that nobody expects."""

    def __init__(self, **options: Any) -> None:
        self._compiled: dict[bytes | str, Any] = {}
        self._calls = 0
        self.has_globals = False        # which scripts have set; they stay there
        self.is_suspect = True

    def execute(self, code: bytes | str, *arguments: Any) -> Any:
        """As the library's. A script is suspect when it has not run before."""
        if code == COLLECT:
            self._calls += 1
            return super().execute(code) if self._calls % CALLS == 0 else None
        is_new = code not in self._compiled
        self.is_suspect = is_new or self.has_globals
        if is_new:
            self._compiled[code] = self.compile(code)
        return self._compiled[code](*arguments)

    def has_set_global(self) -> None:
        """A script sets a global that was not there."""
        self.has_globals = self.is_suspect = True


def _check_globals_where_suspect(lua: _Runtime, expected: set[Any]) -> None:
    """As the library's."""
    if lua.is_suspect:
        _check_globals(lua, expected)


def _shared_runtime(self: Any, server: Any) -> Any:
    """One Lua for all servers of a kind: what scripts find there is set at every call."""
    if not hasattr(server, "_lua_runtime"):
        shared = _runtimes.get(server.server_type) or _new_runtime(self, server.server_type)
        shared.servers.add(server)
        vars(server).update({name: value for name, value in vars(shared).items() if name.startswith("_lua_")})
    return server._lua_runtime


def _new_runtime(sock: Any, kind: str) -> SimpleNamespace:
    """One that servers of that kind share from now on."""
    shared = _runtimes[kind] = SimpleNamespace(server_type=kind, servers=WeakSet())
    lua = _get_runtime(sock, shared)      # type: ignore[arg-type]  # it asks for nothing else
    lua.eval(WATCH_GLOBALS)(lua.has_set_global)
    return shared


def _eval_alone(self: Any, *arguments: Any) -> Any:
    """As the library's, while no other server runs a script."""
    server = self._server
    with _running:
        try:
            return _eval(self, *arguments)
        finally:
            _part(server)


def _part(server: Any) -> None:
    """Leaves to a server the Lua in which its scripts have set globals; all others get another one."""
    shared = _runtimes.get(server.server_type)
    if shared is None or not shared._lua_runtime.has_globals or server not in shared.servers:
        return
    del _runtimes[server.server_type]
    for other in shared.servers - {server}:
        for name in [name for name in vars(other) if name.startswith("_lua_")]:
            delattr(other, name)


class _Together(list[list[bytes]]):
    """Commands that go out together: the fields of each."""


@cache
def _words(name: str) -> list[bytes]:
    """A command's name, which can be of several."""
    return name.encode().split()


def _fields(encode: Callable[[Any], bytes], command: Sequence[Any]) -> list[bytes]:
    """What is no text, number or bytes is refused. Bytes that are lent are taken as they are now."""
    name, *arguments = command
    words = _words(name) if type(name) is str else encode(name).split()
    return [*words, *[
        each if type(each) is bytes else each.encode() if type(each) is str else bytes(encode(each))
        for each in arguments
    ]]


def _pack_commands(self: Any, commands: Iterable[Sequence[Any]]) -> _Together:
    """As they are."""
    encode = self._command_packer.encode
    return _Together([_fields(encode, command) for command in commands])


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
        _carry_out(self, packed)


def _carry_out(connection: Any, commands: Iterable[list[bytes]]) -> None:
    """The answers wait then."""
    carry_out = connection._sock._process_command
    try:
        for fields in commands:
            carry_out(fields)
    except BaseException:
        connection.disconnect()
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
        _send_packed_command(connection, _pack_commands(connection, [command]))
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


def _uncounted(**_: Any) -> None:
    """Nobody measures connections here."""


def _replaced() -> list[tuple[Any, str, Any]]:
    """What is replaced: where it is, its name, and what comes there."""
    fakes: Any = FakeRedis().connection_pool.connection_class
    lua = SimpleNamespace(**{**vars(scripting.LUA_MODULE), "LuaRuntime": _Runtime})
    return [
        (scripting, "LUA_MODULE", lua),
        (scripting, "_check_for_lua_globals", _check_globals_where_suspect),
        (scripting.ScriptingCommandsMixin, "_get_server_runtime", _shared_runtime),
        (scripting.ScriptingCommandsMixin, "eval", _eval_alone),
        (fakes, "pack_commands", _pack_commands),
        (fakes, "send_packed_command", _send_packed_command),
        (fakes, "send_command", _send_command),
        (FakeRedisMixin, "_execute_command", _execute_command),
        (redis.connection, "record_connection_count", _uncounted),
        *quick_commands.REPLACED,
    ]


def install() -> None:
    """From now on."""
    for place, name, quick in _replaced():
        _theirs.setdefault((place, name), vars(place).get(name))
        setattr(place, name, quick)


@contextmanager
def as_the_library() -> Iterator[None]:
    """Everything goes the library's own way meanwhile, for whoever compares the two."""
    for (place, name), theirs in _theirs.items():
        if theirs is None:      # a class that the place inherits from has it
            delattr(place, name)
        else:
            setattr(place, name, theirs)
    try:
        yield
    finally:
        install()
