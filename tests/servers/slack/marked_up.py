"""What people of ill will write as names, and what of it is marked up where people read it in Slack."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from emulators.slack.page.mrkdwn import Mrkdwn
from tests.servers.slack.world import SlackWorld

MARK = "qZ7"        # in every string from elsewhere, so that it is found wherever it went
NAMED = "U0NAMED001"    # somebody who does nothing here
EVIL = (
    f"<!channel>{MARK}", f"<!here|{MARK}>", f"<@{NAMED}>{MARK}", f"<@{NAMED}|{MARK}>", f"<#C0GENERAL1|{MARK}>",
    f"<https://evil.example|{MARK}>", f"https://evil.example/{MARK}", f"<mailto:a@evil.example|{MARK}>",
    f"<!subteam^S0ALL|{MARK}>", f"<!date^0^{MARK}|x>", f"&lt;!channel&gt;{MARK}", f"&amp;lt;{MARK}", f"*{MARK}*",
    f"_{MARK}_", f"~{MARK}~", f"`{MARK}`", f"```{MARK}```", f"> {MARK}", f":boom:{MARK}:fire:",
    f"\u202e{MARK}\u2066\u061c", f"\u200b\u200d{MARK}\u2060\ufeff", f"a\nb\r\nc\u2028{MARK}\u2029d\x00\x1b[2J",
    MARK + "y" * 3000, f"</script><img src=x>{MARK}", f"{{{{7*7}}}}{MARK}%s%n{{0}}",
)
TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\x00\x1b\u2028\u2029]")
TAGS = "(?:a|strong|em|del|code|pre|blockquote|span)"
DRAWN = re.compile(rf"<{TAGS}\b[^>]*>(?:(?!</{TAGS}>).)*{MARK}")
OTHERS = {"link", "user", "usergroup", "broadcast", "channel", "emoji", "image"}      # pieces that are no plain text
MARKUP = Mrkdwn({}, "UTC")


def pieces(payload: Any) -> Iterator[dict[str, Any]]:
    """Every object in it."""
    if isinstance(payload, dict):
        yield payload
    for part in payload.values() if isinstance(payload, dict) else payload if isinstance(payload, list) else ():
        yield from pieces(part)


def wrong(payload: Any) -> list[str]:
    """What is drawn in it that somebody else has written as mark-up."""
    found = []
    for piece in pieces(payload):
        kind, text = str(piece.get("type")), str(piece.get("text") or "")
        is_marked = kind in ("mrkdwn", "message") or ("blocks" in piece and "ts" in piece)
        if is_marked and MARK in text and DRAWN.search(str(MARKUP.draw(text))):
            found.append(f"drawn: {text[:200]}")
        if is_marked and re.search(r"<[!@#]", text) and MARK in text:
            found.append(f"mention: {text[:200]}")
        if kind == "plain_text" and piece.get("emoji") and MARK in text:
            found.append(f"emoji: {text[:200]}")
        if kind in OTHERS and (MARK in json.dumps(piece) or piece.get("user_id") == NAMED or kind == "broadcast"):
            found.append(f"{kind}: {json.dumps(piece)[:200]}")
        if MARK in text and TURNING.search(text):
            found.append(f"turned: {text[:200]!r}")
    return found


def everything(world: SlackWorld) -> list[Any]:
    """All that anybody sees."""
    slack, people = world.slack, ("owner", "colleague", "admin")
    held: list[Any] = [slack.messages(channel) for channel in ("migrations", "general", "partners")]
    for who in people:
        held += [slack.messages("dm", who), slack.ephemerals(who), slack.views(who), slack.home(who)]
    return held
