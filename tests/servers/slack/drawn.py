"""The messages and views that the bot draws within a test's own process, each shape kept once.

A message that no test sends is looked at all the same: whatever a function of the bot returns that says it returns a
message or a view, goes where the Slack emulator puts what it is sent (`emulators/slack_shapes.py`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from importlib.machinery import ModuleSpec, PathFinder, SourceFileLoader
from inspect import isclass, isfunction
from threading import local
from types import FunctionType, ModuleType
from typing import Any

from emulators import slack_shapes

PACKAGE = "bot."
DRAWN = frozenset({"Letter", "Message", "View", "dict[str, Any]", "modals.View"})     # return annotations
READ = frozenset({"bot.listeners.body.read"})      # what Slack delivers has the same return annotation
_thread = local()


class _Loader(SourceFileLoader):
    """Watches what a module defines before anybody can take it from there."""

    def exec_module(self, module: ModuleType) -> None:
        """As the library's."""
        super().exec_module(module)
        watch(module)


class _Finder(PathFinder):
    """Finds the bot's modules as Python does."""

    @classmethod
    def find_spec(cls, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> Any:
        """None for every other module."""
        found: ModuleSpec | None = super().find_spec(name, path, target) if name.startswith(PACKAGE) else None
        if found is not None and isinstance(found.loader, SourceFileLoader):
            found.loader = _Loader(found.loader.name, found.loader.path)
        return found


def install() -> None:
    """From now on. What was taken from a module of the bot before goes on unwatched."""
    for name, module in list(sys.modules.items()):
        if name.startswith(PACKAGE):
            watch(module)
    sys.meta_path.insert(0, _Finder)


def watch(module: ModuleType) -> None:
    """Every function and method that is written in the module and draws something."""
    own = [held for held in vars(module).values() if getattr(held, "__module__", "") == module.__name__]
    for place in (module, *filter(isclass, own)):
        for name, held in list(vars(place).items()):
            if isfunction(held) and held.__module__ == module.__name__ and _draws(held):
                setattr(place, name, _keeping(held))


def _draws(function: FunctionType) -> bool:
    named = f"{function.__module__}.{function.__qualname__}"
    return function.__annotations__.get("return") in DRAWN and named not in READ


def _keeping(draw: Callable[..., Any]) -> Callable[..., Any]:
    """The function, with what it returns kept, unless it goes into what another one draws."""
    sent = f"{draw.__module__}.{draw.__qualname__}"

    @wraps(draw)
    def keeping(*given: Any, **named: Any) -> Any:
        if getattr(_thread, "draws", False):
            return draw(*given, **named)
        _thread.draws = True
        try:
            drawn = draw(*given, **named)
        finally:
            _thread.draws = False
        slack_shapes.keep(sent, _payload(drawn))
        return drawn

    return keeping


def _payload(drawn: Any) -> Mapping[str, Any]:
    """As the arguments of a call."""
    if not isinstance(drawn, dict):
        return {"text": drawn.text, "blocks": drawn.blocks}
    return {"view": drawn} if drawn.get("type") in ("modal", "home") else drawn
