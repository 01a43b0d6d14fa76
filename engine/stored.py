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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from operator import is_
from types import MappingProxyType
from typing import Any, ClassVar, TypeVar, get_args, get_origin

from cattrs.gen import make_dict_structure_fn, make_dict_unstructure_fn, override
from cattrs.preconf.json import JsonConverter, make_converter

from engine.errors import UnreadableError

VERSION = "v"
NOTHING: Mapping[tuple[str, ...], Any] = MappingProxyType({})
NEWER = "{} was stored by a newer release of OMM. It goes on when all its processes run that release."
DAMAGED = "{} cannot be read: what the store keeps of it is damaged."


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """The base of every dataclass that is stored.

    `v` is the version that this release writes, and the highest that it reads. `beyond` holds the fields that it does
    not know, by their path. `replaced` names the fields whose values are never changed, but put in the place of
    others: what is not known of one says nothing of the next.
    """

    v: ClassVar[int] = 1
    replaced: ClassVar[frozenset[str]] = frozenset()
    beyond: Mapping[tuple[str, ...], Any] = field(default_factory=lambda: NOTHING, repr=False, compare=False)


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
    return json.dumps({VERSION: value.v, **plain}, separators=(",", ":"))


def read(kind: type[S], stored: bytes | str, *, name: str) -> S:
    """The value that `write` wrote, in this release or another. `name` says whose it is, for the error.

    Raises UnreadableError for a higher version, for none, and for what is no such value.
    """
    plain = _object(stored, kind.v, name)
    try:
        value = _converter.structure(plain, kind)
    except (KeyError, TypeError, ValueError, AttributeError, OverflowError) as error:
        raise UnreadableError(DAMAGED.format(name)) from error
    unknown = {
        path: _Part(getattr(value, path[0]), each) if path[0] in kind.replaced else each
        for path, each in _unknown(plain, _whole.unstructure(value))
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
        raise UnreadableError(DAMAGED.format(name))
    return plain["value"]


def _object(stored: bytes | str, known: int, name: str) -> dict[str, Any]:
    try:
        plain: dict[str, Any] = json.loads(stored)
        version = plain.pop(VERSION)
        newer = version > known
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        raise UnreadableError(DAMAGED.format(name)) from error
    if newer:
        raise UnreadableError(NEWER.format(name))
    return plain


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


_converter, _whole = _made(whole=False), _made(whole=True)
