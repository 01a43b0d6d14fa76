"""What Flask and Bolt work out once in the tests is what they work out each time."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

import pytest
from flask import Flask, url_for
from slack_bolt.listener import custom_listener

from bot.listeners import bolt


def plain(ack: Any, body: Any = None, /, client: Any = None, *more: Any, only: Any = None, **others: Any) -> None:
    """Has arguments of each kind."""
    named = ack, body, client, more, only, others       # what stands in a function is none of its arguments
    assert named


@wraps(plain)
def wrapped(*_: Any, **__: Any) -> None:
    """Looks like the other one."""


class Listening:
    """Has a method, and can be called."""

    def heard(self, body: Any) -> None:
        """Is a method."""

    def __call__(self, ack: Any) -> None:
        """Is called."""


LISTENERS = (plain, wrapped, Listening.heard, Listening().heard, Listening(), lambda event: event, bolt.build)


@pytest.mark.parametrize("listener", LISTENERS, ids=range(len(LISTENERS)))
def test_a_listener_is_given_what_its_arguments_are_called(listener: Callable[..., Any]) -> None:
    """Whatever it is that listens."""
    names = custom_listener.get_arg_names_of_callable(listener)

    assert names == inspect.getfullargspec(inspect.unwrap(listener)).args


def test_an_application_has_addresses_of_its_own() -> None:
    """Also where another one has the same, or the same with a value that need not be said."""
    made = []
    for path, defaults in (("/page/<name>", {}), ("/page/<name>", {}), ("/page/first", {"name": "1"})):
        web = Flask("omm", static_folder=None)
        web.add_url_rule(path, "page", lambda name: f"page of {name}", defaults=defaults)
        with web.test_request_context():
            made.append(url_for("page", name="1", sort="a b"))
        assert web.test_client().get(made[-1]).text == "page of 1"

    assert made == ["/page/1?sort=a+b", "/page/1?sort=a+b", "/page/first?sort=a+b"]
