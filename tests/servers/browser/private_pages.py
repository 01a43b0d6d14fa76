"""The private page, as people's browsers have it before them."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import requests

from bot.ids import Action
from bot.stored.policies import Passwords, Policy
from tests.servers.browser.browsers import Browser
from tests.servers.slack.world import SlackWorld

FROM_THE_PAGE = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}     # as browsers send it without a referrer


def page_only(world: SlackWorld) -> None:
    """The admins have set that passwords are typed on the private page alone."""
    world.services.policies.change(world.team, lambda _before: Policy(passwords=Passwords.PAGE))


def link(world: SlackWorld, user: str = "owner") -> str:
    """The address behind the button in the window on top."""
    return next(
        str(element["url"]) for block in world.view(user)["blocks"] for element in block.get("elements", ())
        if element.get("action_id") == Action.PAGE_OPEN
    )


def text(answer: requests.Response) -> str:
    """What is to be read on a page."""
    body = re.sub(r"</?bdi>", "", answer.text.partition("<body>")[2])
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", body)).split())


def hidden(shown: requests.Response) -> dict[str, str]:
    """The fields of a page's form that nobody sees."""
    return dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', unescape(shown.text)))


def buttons(shown: requests.Response) -> list[str]:
    """What the buttons of a page's form do."""
    return re.findall(r'<button name="do" value="(\w+)"', shown.text)


def send(
    browser: Browser, shown: requests.Response, *, do: str = "", url: str = "", **others: Any
) -> requests.Response:
    """Types into a page and presses its first button, or the one that does `do`; no redirect is followed.

    `url` is where it is sent instead, `others` are what is typed, and `headers`.
    """
    headers = others.pop("headers", FROM_THE_PAGE)
    fields = hidden(shown) | {"do": do or (buttons(shown) or [""])[0]} | others
    return browser.post(url or shown.url, data=fields, headers=headers)
