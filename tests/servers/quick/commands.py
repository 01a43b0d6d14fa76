"""Commands to fakeredis that read and write values, without the library's detours. What they do stays the same.

For each command, the library looks whether its user may send it, whether anybody hears of what it changes and which
protocol its client speaks; it goes through the answer four times, and hands it over between threads, of which there is
one. Whatever is unusual goes the library's way: a transaction, a subscription, a client that wants no answers, another
server than Redis, and each command that does something else than read and write values.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from itertools import chain
from queue import SimpleQueue
from typing import Any

from fakeredis._clients._sync import FakeBaseConnection
from fakeredis._commands import COMMANDS_WITH_SUB, SUPPORTED_COMMANDS, Key, Signature
from fakeredis._core import CommandItem
from fakeredis._core._database import Database, Item
from fakeredis._helpers import NoResponse, SimpleError
from fakeredis._msgs import (
    COMMAND_IN_SCRIPT_MSG,
    FLAG_DO_NOT_CREATE,
    FLAG_LEAVE_EMPTY_VAL,
    FLAG_NO_SCRIPT,
    FLAG_SKIP_CONVERT_TO_RESP2,
    WRONGTYPE_MSG,
)
from fakeredis._socket import FakeSocket
from fakeredis._socket._resp import convert_to_resp2, valid_response_type
from fakeredis._typing import RaiseErrorTypes
from fakeredis.commands_mixins import scripting_mixin
from fakeredis.model import Hash
from fakeredis.model._acl import UserAccessControlList

ABOUT_VALUES = frozenset({"generic", "hash", "list", "set", "sortedset", "streams", "string", "scripting"})     # files
PLAIN = frozenset({bytes, int, type(None)})     # what every protocol has as it is
IN_LUA = frozenset({bytes, int})                # and what Lua has as it is

_process = FakeSocket._process_command
_run = FakeSocket._run_command
_init = FakeSocket.__init__
_call = FakeSocket._lua_redis_call
_read = FakeBaseConnection.read_response
_is_unrestricted = UserAccessControlList.unrestricted
EVERYTHING = {b"@all": True}     # commands that a user may send who was told of none
_known: dict[bytes, Signature | None] = {}      # by a command's name as it is spelt


def _signature(name: bytes) -> Signature | None:
    """None: the command goes the library's way."""
    if name not in _known:
        _known[name] = COMMANDS.get(name.decode(errors="replace").lower())
    return _known[name]


def _is_about_values(name: str, signature: Signature) -> bool:
    module = getattr(FakeSocket, signature.func_name).__module__.rpartition(".")[2].removesuffix("_mixin")
    is_whole = name not in COMMANDS_WITH_SUB and " " not in name
    return module in ABOUT_VALUES and is_whole and "redis" in signature.server_types


COMMANDS = {name: signature for name, signature in SUPPORTED_COMMANDS.items() if _is_about_values(name, signature)}


def _with_quick_queue(self: Any, *given: Any, **named: Any) -> None:
    """Its answers wait in a queue without locks of Python's own."""
    _init(self, *given, **named)
    self.responses = SimpleQueue()


def _is_usual(sock: Any) -> bool:
    """True: what it is sent is carried out at once, and answered."""
    server = sock._server
    return not (
        server.server_type != "redis" or server.closed_sockets or sock._transaction is not None
        or sock._reply_off or sock._reply_skip or sock._reply_skip_next
    )


def _process_command(self: Any, fields: list[bytes]) -> None:
    """As the library's."""
    signature = _signature(fields[0]) if fields else None
    if signature is None or not _is_usual(self):
        _process(self, fields)
        return
    server = self._server
    try:
        server.acl.validate_command(self._client_info.user, self._client_info, fields)
        with server.lock:
            now = time.time()
            for each in server.dbs.values():
                each.time = now
            result = self._run_command(getattr(self, signature.func_name), signature, fields[1:], False)
    except SimpleError as error:
        result = error
    if not _is_plain(result):
        result = self._decode_result(result)
    if not isinstance(result, NoResponse):
        self.put_response(result)


def _is_plain(result: Any) -> bool:
    kind = type(result)
    return kind in PLAIN or (kind is list and PLAIN.issuperset(map(type, result)))


def _put_response(self: Any, message: Any) -> None:
    """As the library's: whoever waits clears the event before they look at the queue."""
    responses = self.responses
    if responses:
        responses.put(message)
        if not self.response_ready.is_set():
            self.response_ready.set()


def _run_command(self: Any, func: Any, signature: Signature, arguments: list[bytes], from_script: bool) -> Any:
    """As the library's."""
    server = self._server
    if server.server_type != "redis" or self._pubsub:
        return _run(self, func, signature, arguments, from_script)
    items: Iterable[Any] = ()
    self._subkey_events = []
    try:
        applied: Any = signature.apply(arguments, self._db, server.version)
        if from_script and FLAG_NO_SCRIPT in signature.flags:
            result: Any = SimpleError(COMMAND_IN_SCRIPT_MSG)
        elif len(applied) == 1:
            result = applied[0]
        else:
            given, items = applied
            result = _for_client(self, signature, func(*given))
    except SimpleError as error:
        result = error
    _write_back(self, signature, items)
    return result


def _for_client(sock: Any, signature: Signature, result: Any) -> Any:
    """The answer in its client's protocol, in a list of its own."""
    if FLAG_SKIP_CONVERT_TO_RESP2 in signature.flags or type(result) in PLAIN:
        return result
    version = sock._resp_version
    if type(result) is dict and version == 2:
        result = list(chain.from_iterable(result.items()))
    if _is_plain(result):
        return [*result]
    converted = convert_to_resp2(result) if version == 2 else result
    assert valid_response_type(converted, version), converted
    return converted


def _write_back(sock: Any, signature: Signature, items: Iterable[Any]) -> None:
    """Puts what has changed into the store, and tells whoever listens."""
    server = sock._server
    for item in items:
        if item._modified:
            item.writeback(remove_empty_val=FLAG_LEAVE_EMPTY_VAL not in signature.flags)
    if server.subscribers or server.psubscribers:
        sock._keyspace_notifications(items, signature.name.encode())
    if sock._subkey_events or any(type(item._value) is Hash and item._value._expired_fields for item in items):
        sock._subkey_notifications(items)


def _apply(self: Any, arguments: Sequence[bytes], database: Any, version: Any) -> Any:
    """What the library's does, by a plan that is made once for each number of arguments."""
    plan = self.__dict__.setdefault("_plans", {}).get(len(arguments)) or _planned(self, arguments, version)
    made: list[Any] = list(arguments)
    for place, kind in plan:
        if not isinstance(kind, Key):
            made[place] = kind.decode(made[place])
        elif kind.missing_return is not Key.UNSPECIFIED and _held(database, made[place]) is None:
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
    found, type_ = _held(database, name), kind.type_
    if type_ is not None and found is not None and type(found.value) is not type_:
        raise SimpleError(WRONGTYPE_MSG)
    creates = found is None and type_ not in (None, bytes) and FLAG_DO_NOT_CREATE not in self.flags
    return CommandItem(name, database, found, default=type_() if type_ and creates else None)


def _held(database: Any, name: bytes) -> Any:
    """What the database has by that name; what has expired goes."""
    found = database._dict.get(name)
    if found is not None and found.expireat is not None and found.expireat < database.time:
        del database._dict[name]
        return None
    return found


def _writeback(self: Any, remove_empty_val: bool = True) -> None:
    """As the library's. Another time of expiry is a change, too."""
    if not self._modified:
        return
    database, value = self.db, self._value
    database.notify_watch(self.key)
    if value is None or (remove_empty_val and type(value) is not bytes and not value):
        database._dict.pop(self.key, None)
        return
    found = _held(database, self.key)
    if found is None:
        found = database._dict[self.key] = Item(None)
    found.value, found.expireat = value, self._expireat
    database.schedule_expiry(self.key, self._expireat)


def _wake_all(self: Any) -> None:
    """As the library's, which asks the lock who holds it even where nobody waits for it."""
    if self.condition._waiters:
        self.condition.notify_all()
    for callback in self._change_callbacks:
        callback()


def _lua_redis_call(self: Any, lua: Any, expected_globals: set[Any], name: bytes, *arguments: Any) -> Any:
    """As the library's."""
    signature = _signature(name) if type(name) is bytes else None
    if signature is None or self._server.server_type != "redis" or getattr(lua, "is_suspect", True):
        return _call(self, lua, expected_globals, name, *arguments)
    given = [each if type(each) is bytes else scripting_mixin._convert_redis_arg(each) for each in arguments]
    result = self._run_command(getattr(self, signature.func_name), signature, given, True)
    if type(result) in IN_LUA:
        return result
    if type(result) is list and PLAIN.issuperset(map(type, result)):
        return lua.table_from([False if each is None else each for each in result])
    return self._convert_redis_result(lua, result)


def _lua_redis_pcall(self: Any, lua: Any, expected_globals: set[Any], *call: Any) -> Any:
    """As the library's, but that the error's words are Lua's: Lua, which seldom collects garbage, loses Python's."""
    try:
        return self._lua_redis_call(lua, expected_globals, *call)
    except Exception as error:  # noqa: BLE001 - whatever the library takes for the command's error
        return lua.table_from({b"err": str(error).encode()})


def _unrestricted(self: Any) -> bool:
    """As the library's, which knows the user that everybody is here no better than any other."""
    usual = self._commands == EVERYTHING and b"*" in self._key_patterns and b"*" in self._channel_patterns
    return usual or _is_unrestricted(self)


def _read_response(self: Any, **options: Any) -> Any:
    """As the library's."""
    sock = self._sock
    if not sock or not self._server.connected or options or self.encoder.decode_responses:
        return _read(self, **options)
    answer = sock.responses.get()
    if _is_plain(answer):
        return answer
    if isinstance(answer, RaiseErrorTypes):
        raise answer
    return self._decode(answer)


REPLACED: tuple[tuple[Any, str, Any], ...] = (
    (FakeSocket, "__init__", _with_quick_queue),
    (FakeSocket, "_process_command", _process_command),
    (FakeSocket, "_run_command", _run_command),
    (FakeSocket, "_lua_redis_call", _lua_redis_call),
    (FakeSocket, "_lua_redis_pcall", _lua_redis_pcall),
    (FakeSocket, "put_response", _put_response),
    (FakeBaseConnection, "read_response", _read_response),
    (Signature, "apply", _apply),
    (CommandItem, "writeback", _writeback),
    (Database, "wake_all", _wake_all),
    (UserAccessControlList, "unrestricted", _unrestricted),
)
