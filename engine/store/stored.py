"""What is stored: each shape as JSON with its version, read by this release and by the ones beside it.

While one release is replaced by the next, both work on the same store. Two rules let them:

- A field that is added has a default, and the version stays. A release that does not know the field carries it along
  (`beyond`) and writes it back. A field that has its default is not written, so a default never changes.
- A change that an older release would misunderstand raises the version of the shape. An older release leaves such a
  value alone: it neither changes nor removes it, and goes on with the others.

So nobody but `read` takes a stored shape apart.
"""

from __future__ import annotations

import json
import zlib
from base64 import b85decode, b85encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache, partial
from operator import is_
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar, get_args, get_origin

from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.preconf.json import JsonConverter, make_converter

from engine.errors import DamagedError, UnreadableError
from engine.migration.account import Account

VERSION = "v"
NOTHING: Mapping[tuple[str, ...], Any] = MappingProxyType({})
SMALL = "~1"        # before what is written small; another number if FAMILIAR ever changes
RAW = -15           # zlib: the longest window, without a header
# What is in most of it, the commonest last: zlib refers to it instead of repeating it (RFC 1950, a preset
# dictionary).
FAMILIAR = (
    b'The source says that it holds this message and does not give it.the destination put it off each time it was '
    b'sent: it was removed at the source meanwhilethe destination was busyThe server refused this message: its '
    b'folder could not be made (ErrorMimeContentInvalid)."outcome":"left out""outcome":"kept""outcome":"noted"The '
    b'message is larger than the destination takes: MB of at most MB."{"v":1,"content":"mail","folder":"Inbox/",'
    b'"item":"","reason":"{"v":1,"task_id":"","team":"T0","owner":"U0","channel":"C0","notify":"","owner_name":"",'
    b'"workspace":"{"v":1,"channel":"D0","ts":"17.000","buttons":true,"masked":false,"drawn":"",'
    b'"drawn_at":17"already_there":"left_out":"moved":"removed":"calendars":{"contacts":{"contact groups":{"inbox '
    b'rules":{"tasks":{"out-of-office":{"attention":{"words":"cause":"side":"source""destination","rollback":{'
    b'"folders_removed":"folders_kept":"counts_on":{"taken_away":{'
    b'"kind":"pop3""kind":"google""transport":"starttls""state":"rolled '
    b'back""state":"cancelled""retries":"again":["wrote":false,"new_login":"{"v":1,"task_id":"","request":{'
    b'"source":{"kind":"imap","login":"@","host":"imap.mail.","port":993,"transport":"tls"},"destination":{'
    b'"kind":"exchange","login":"@","host":"ex.mail.","port":443,"transport":"tls","path":"/EWS/Exchange.asmx"},'
    b'"contents":["mail"]},"created":"20+00:00","updated":"+00:00","state":"completed","steps":{"mail":{"counts":{'
    b'"found":,"copied":,"failed":},"started":"20+00:00","ended":"+00:00","bytes_found":,"bytes_done":,'
    b'"items_per_second":,"bytes_per_second":}},"started":"20+00:00","ended":"+00:00","mailbox":"AAMkA","fencing":1}'
)
NEWER = "{} was stored by a newer release of OMM. It goes on when all its processes run that release."
DAMAGED = "{} cannot be read: what the store keeps of it is damaged."


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The base of every dataclass that is stored.

    `v` is the highest version that this release writes and reads. `beyond` holds the fields that it does
    not know, by their path. `replaced` names the fields whose values are never changed, but put in the place of
    others: what is not known of one says nothing of the next.
    """

    v: ClassVar[int] = 1
    replaced: ClassVar[frozenset[str]] = frozenset()
    beyond: Mapping[tuple[str, ...], Any] = field(default_factory=lambda: NOTHING, repr=False, compare=False)

    @property
    def needs(self) -> int:
        """The version that this value is written with: lower than `v` where an older release understands it whole."""
        return self.v


@dataclass(frozen=True, slots=True)
class _Part:
    """What is not known of a value that may be replaced."""

    of: object
    unknown: object


S = TypeVar("S", bound=Stored)


def write(value: Stored) -> str:
    """The value as JSON, with its version and with the fields of newer releases that it came with."""
    plain = _converter.unstructure(value)
    for path, unknown in value.beyond.items():
        if not isinstance(unknown, _Part):
            _put(plain, path, unknown)
        elif getattr(value, path[0]) == unknown.of:
            _put(plain, path, unknown.unknown)
    return json.dumps({VERSION: value.needs, **plain}, separators=(",", ":"))


def write_small(value: Stored) -> str:
    """The same in about half the room, for what is kept for long."""
    return SMALL + b85encode(squeezed(write(value))).decode()


def squeezed(plain: str) -> bytes:
    """Compressed, with what is familiar left out. For `unsqueezed` alone."""
    squeeze = zlib.compressobj(level=9, wbits=RAW, zdict=FAMILIAR)
    return squeeze.compress(plain.encode()) + squeeze.flush()


def unsqueezed(packed: bytes) -> str:
    """What was `squeezed`. Raises zlib.error and UnicodeDecodeError for anything else."""
    return zlib.decompressobj(wbits=RAW, zdict=FAMILIAR).decompress(packed).decode()


def read(kind: type[S], stored: bytes | str, *, name: str) -> S:
    """The value that `write` wrote, in this release or another. `name` says whose it is, for the error.

    Raises UnreadableError for a higher version, DamagedError for none and for what is no such value.
    """
    plain = _object(stored, kind.v, name)
    try:
        value = _converter.structure(plain, kind)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise DamagedError(DAMAGED.format(name)) from error
    if _converter.unstructure(value) == plain:      # as this release writes it
        return value
    unknown = {
        path: _Part(getattr(value, path[0]), each) if path[0] in kind.replaced else each
        for path, each in _unknown(plain, _whole().unstructure(value))
    }
    if unknown:
        object.__setattr__(value, "beyond", MappingProxyType(unknown))      # nobody else has it yet
    return value


def write_plain(value: object) -> str:
    """Numbers, texts, lists and objects without a dataclass of their own, as JSON with a version."""
    return json.dumps({VERSION: 1, "value": value}, separators=(",", ":"))


def read_plain(stored: bytes | str | None, *, name: str, otherwise: Any) -> Any:
    """What `write_plain` wrote; `otherwise` where nothing was. Raises UnreadableError as `read`."""
    if stored is None:
        return otherwise
    plain = _object(stored, 1, name)
    if "value" not in plain:
        raise DamagedError(DAMAGED.format(name))
    return plain["value"]


def _object(stored: bytes | str, known: int, name: str) -> dict[str, Any]:
    text = stored.decode(errors="replace") if isinstance(stored, bytes) else stored
    if text.startswith("~") and not text.startswith(SMALL):
        raise UnreadableError(NEWER.format(name))
    try:
        plain: dict[str, Any] = json.loads(as_json(text))
        version = plain.pop(VERSION)
        newer = version > known
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError, zlib.error) as error:
        raise DamagedError(DAMAGED.format(name)) from error
    if newer:
        raise UnreadableError(NEWER.format(name))
    return plain


def as_json(stored: bytes | str) -> str:
    """The JSON of a stored value, small or not. Raises as `unsqueezed`, or ValueError."""
    text = stored.decode() if isinstance(stored, bytes) else stored
    return unsqueezed(b85decode(text.removeprefix(SMALL))) if text.startswith(SMALL) else text


def _unknown(stored: Mapping[str, Any], known: Mapping[str, Any]) -> Iterator[tuple[tuple[str, ...], Any]]:
    """The path and the value of everything in `stored` that is not in `known`."""
    for key, value in stored.items():
        if key not in known:
            yield (key,), value
        elif isinstance(value, dict) and isinstance(known[key], dict):
            for path, unknown in _unknown(value, known[key]):
                yield (key, *path), unknown


def _put(plain: dict[str, Any], path: tuple[str, ...], value: object) -> None:
    """Puts the value at its path, if the object around it is still there."""
    *around, last = path
    inner: Any = plain
    for key in around:
        inner = inner.get(key)
        if not isinstance(inner, dict):
            return
    inner.setdefault(last, value)


# The converters


def _exactly(kind: type) -> Callable[[Any, Any], Any]:
    """Takes values of that type alone: cattrs makes a text of anything where a text is expected."""

    def check(value: Any, _: Any) -> Any:
        if type(value) is not kind:
            raise TypeError(f"{type(value).__name__} instead of {kind.__name__}")
        return value

    return check


def _number(value: Any, _: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{type(value).__name__} instead of a number")
    return float(value)


def _moment(value: Any, _: Any) -> datetime:
    """A moment says its zone: one that does not can be compared with none of ours."""
    moment = datetime.fromisoformat(value)
    if moment.tzinfo is None:
        raise ValueError("a time without a zone")
    return moment


def _is_mapping(kind: Any) -> bool:
    return get_origin(kind) is Mapping


def _frozen_mapping(kind: Any) -> Callable[[Any, Any], Any]:
    """Of one kind of values a mapping that cannot be changed; of any values the plain JSON object."""
    key_kind, value_kind = get_args(kind)

    def make(value: Any, _: Any) -> Any:
        if value_kind is Any:
            return dict(value)
        return MappingProxyType({
            _converter.structure(key, key_kind): _converter.structure(each, value_kind)
            for key, each in dict(value).items()
        })

    return make


def _made(*, whole: bool) -> JsonConverter:
    """A converter that leaves out what has its default, unless it is to be whole."""
    made = make_converter(detailed_validation=False, omit_if_default=not whole)
    for kind in (str, int, bool):
        made.register_structure_hook_func(partial(is_, kind), _exactly(kind))       # not its enums
    made.register_structure_hook(float, _number)
    made.register_structure_hook(datetime, _moment)
    made.register_unstructure_hook(datetime, lambda moment: moment.astimezone(UTC).isoformat())
    made.register_structure_hook_factory(_is_mapping, _frozen_mapping)
    renamed = override(rename="kind")       # as releases called the system of an account
    made.register_structure_hook(Account, make_dict_structure_fn(Account, made, system=renamed))
    made.register_unstructure_hook(
        Account, make_dict_unstructure_fn(Account, made, system=renamed, _cattrs_omit_if_default=not whole)
    )
    made.register_structure_hook_factory(
        _is_stored, lambda kind: make_dict_structure_fn(kind, made, beyond=override(omit=True))
    )
    made.register_unstructure_hook_factory(
        _is_stored,
        lambda kind: make_dict_unstructure_fn(
            kind, made, beyond=override(omit=True), _cattrs_omit_if_default=not whole
        ),
    )
    return made


def _is_stored(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Stored)


_converter = _made(whole=False)


@cache
def _whole() -> JsonConverter:
    """What writes every field: made when something is read that this release would have written otherwise."""
    return _made(whole=True)
