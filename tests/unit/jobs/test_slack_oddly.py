"""Slack's answer is cut off, or is not what its pages say: nobody's migration is lost over it."""

from __future__ import annotations

from dataclasses import replace
from http.client import IncompleteRead
from types import SimpleNamespace
from typing import Any

import pytest
from redis import Redis
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.web import SlackResponse

from bot.people import People
from bot.services import Services
from bot.stored.drafts import Draft, with_fields
from bot.stored.orders import Orders
from bot.work import checking, screen
from engine.pace.halt import Halt


def is_cut(**_named: object) -> Any:
    raise IncompleteRead(b"{")


def is_no_text(**_named: object) -> Any:
    return b"\xff".decode()


def is_empty(**_named: object) -> Any:
    return {"ok": True}


@pytest.mark.parametrize("answer", [is_cut, is_no_text, is_empty])
def test_a_migration_starts_although_slack_does_not_say_who_began_it(
    redis: Redis, services: Services, sent: Draft, orders: Orders, answer: Any
) -> None:
    """A third party is to get e-mail, which names its owner: their name is all that is missing."""
    draft = services.drafts.change(sent.id, lambda now: with_fields(now, notify="boss@third.example"))
    assert draft is not None
    slack: Any = SimpleNamespace(users_info=answer)
    oddly = replace(services, people=People(redis, slack))

    assert checking.check(oddly, Halt(), draft_id=draft.id, generation=draft.generation)

    assert services.threads.load(draft.id) is not None
    assert orders.find(f"migrate:{draft.id}") is not None


@pytest.mark.parametrize("wait", ["soon", "-1", "1e9", "nan", ""])
def test_a_view_is_drawn_although_slack_s_wait_is_no_number(wait: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The verdict on a form is tried again after a pause of ours."""
    monkeypatch.setattr(screen, "PAUSES", (0.0,))
    monkeypatch.setattr(screen, "LONGEST_PAUSE", 0.0)
    said = [SlackApiError("", SlackResponse(
        client=None, http_verb="POST", api_url="", req_args={}, data={"ok": False, "error": "ratelimited"},
        headers={"Retry-After": wait}, status_code=429,
    ))]

    class Busy(WebClient):
        def views_update(self, **_given: Any) -> Any:
            if said:
                raise said.pop()

    assert screen.show(Busy(), "V1", {}, Halt())
