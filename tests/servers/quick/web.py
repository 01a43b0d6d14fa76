"""Flask and Bolt, which every world of Slack sets up anew, work out once what is the same each time.

Bolt asks inspect for the signatures of its listeners, which are functions as they stand in the source, and at each
delivery makes all that a listener could ask for, for each of them, to find the one that it is for. Flask compiles
a function for each address, and reads from the installed files which version of werkzeug this is.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Callable
from functools import cache
from types import FunctionType
from typing import Any

from slack_bolt.listener import custom_listener
from slack_bolt.listener_matcher import builtins
from slack_bolt.util import utils
from werkzeug.routing import Rule

_names_of = utils.get_arg_names_of_callable
_matches = builtins.BuiltinListenerMatcher.matches
_compile = Rule._compile_builder
_built: dict[tuple[Any, ...], Callable[..., Any]] = {}


def _names(function: Any) -> list[str]:
    """As the library's: the arguments that can be given by their place."""
    written = function
    while hasattr(written, "__wrapped__"):
        written = written.__wrapped__
    if type(written) is not FunctionType or hasattr(written, "__signature__"):
        return _names_of(function)
    return list(written.__code__.co_varnames[:written.__code__.co_argcount])


def _does_match(self: Any, req: Any, resp: Any) -> bool:
    """As the library's."""
    return bool(self.func(body=req.body)) if self.arg_names == ["body"] else _matches(self, req, resp)


def _compile_builder(self: Any, append_unknown: bool = True) -> Callable[..., Any]:
    """As the library's: without defaults, only what the rule says is in the function."""
    if self.defaults:
        return _compile(self, append_unknown)
    key = (self.rule, tuple(self._trace), append_unknown)
    if key not in _built:
        _built[key] = _compile(self, append_unknown)
    return _built[key]


def install() -> None:
    """From now on."""
    replaced: tuple[tuple[Any, str, Any], ...] = (
        (custom_listener, "get_arg_names_of_callable", _names),
        (builtins, "get_arg_names_of_callable", _names),
        (builtins.BuiltinListenerMatcher, "matches", _does_match),
        (Rule, "_compile_builder", _compile_builder),
        (importlib.metadata, "version", cache(importlib.metadata.version)),
    )
    for place, name, quick in replaced:
        setattr(place, name, quick)
