"""The pieces that messages and views are made of.

What comes from elsewhere (logins, servers, folders, other servers' words) goes into `rich`, `plain` or an option, where
Slack marks nothing up. mrkdwn has no way to quote `*`, `_`, `~` and backticks: only our own words go there.
"""

from __future__ import annotations

import unicodedata
from datetime import datetime
from typing import Any

from bot.ids import Action
from bot.views.words import utc

Piece = dict[str, Any]

NOTHING = "(no name)"
TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff")


def cleaned(text: str, most: int) -> str:
    """Text from elsewhere as one line that can be shown: nothing in it moves or turns what stands around it.

    At most `most` characters; never empty, which Slack refuses.
    """
    kept = text if text.isprintable() else "".join(_shown(c) for c in text if c not in TURNING)
    line = cut(" ".join(kept.split()), most)
    return line if any(_seen(c) for c in line) else NOTHING


def _shown(character: str) -> str:
    category = unicodedata.category(character)
    if category == "Cs":
        return "\ufffd"     # half a character, which no JSON in UTF-8 can hold
    return " " if category in ("Cc", "Zl", "Zp") else character


def _seen(character: str) -> bool:
    return unicodedata.category(character)[0] not in ("C", "Z", "M")


def cut(text: str, most: int) -> str:
    """The text, with … in the place of what is too much."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


# Text


def plain(text: str, most: int = 3000) -> Piece:
    """Text that is shown as it is: no mark-up, no `:names:` of emoji."""
    return {"type": "plain_text", "text": cleaned(text, most), "emoji": False}


def marked(text: str) -> Piece:
    """Our own words, marked up."""
    return {"type": "mrkdwn", "text": text}


def words(text: str) -> Piece:
    """A piece of a rich line, shown as it is."""
    return {"type": "text", "text": text}


def bold(text: str) -> Piece:
    """The same in bold type."""
    return {"type": "text", "text": text, "style": {"bold": True}}


def struck(text: str) -> Piece:
    """The same struck through."""
    return {"type": "text", "text": text, "style": {"strike": True}}


def mention(user: str) -> Piece:
    """A person, by their id in Slack."""
    return {"type": "user", "user_id": user}


def channel(channel_id: str) -> Piece:
    """A channel, by its id in Slack."""
    return {"type": "channel", "channel_id": channel_id}


def user_group(group_id: str) -> Piece:
    """A user group, by its id in Slack."""
    return {"type": "usergroup", "usergroup_id": group_id}


def link(url: str, text: str) -> Piece:
    """A link of our own."""
    return {"type": "link", "url": url, "text": text}


def emoji(name: str) -> Piece:
    """An emoji, by Slack's name for it."""
    return {"type": "emoji", "name": name}


def time(moment: datetime) -> Piece:
    """A moment in the reader's own time zone; in UTC where Slack cannot tell it."""
    return {
        "type": "date", "timestamp": int(moment.timestamp()), "format": "{date_short_pretty} {time}",
        "fallback": utc(moment),
    }


def day(moment: datetime) -> Piece:
    """The day of a moment in the reader's own time zone; in UTC where Slack cannot tell it."""
    return {
        "type": "date", "timestamp": int(moment.timestamp()), "format": "{date_short_pretty}",
        "fallback": utc(moment).partition(",")[0],
    }


# Blocks


def header(text: str) -> Piece:
    """A heading of our own words; `:names:` of emoji are drawn."""
    drawn = {"type": "plain_text", "text": cut(text, 150), "emoji": True}
    return {"type": "header", "block_id": "header", "text": drawn}


def section(block_id: str, text: str) -> Piece:
    """A paragraph of our own words."""
    return {"type": "section", "block_id": block_id, "text": marked(text)}


def context(block_id: str, text: str) -> Piece:
    """Small print of our own words."""
    return {"type": "context", "block_id": block_id, "elements": [marked(text)]}


def rich(block_id: str, *lines: list[Piece]) -> Piece:
    """Lines of pieces, one below the other."""
    sections = [{"type": "rich_text_section", "elements": line} for line in lines]
    return {"type": "rich_text", "block_id": block_id, "elements": sections}


def quote(block_id: str, *pieces: Piece) -> Piece:
    """What somebody must read, set off by a bar at its side."""
    return {
        "type": "rich_text", "block_id": block_id, "elements": [{"type": "rich_text_quote", "elements": list(pieces)}]
    }


def bullets(block_id: str, *lines: list[Piece]) -> Piece:
    """A list of lines of pieces."""
    items = [{"type": "rich_text_section", "elements": line} for line in lines]
    return {
        "type": "rich_text", "block_id": block_id,
        "elements": [{"type": "rich_text_list", "style": "bullet", "elements": items}],
    }


def divider(block_id: str) -> Piece:
    """A line across."""
    return {"type": "divider", "block_id": block_id}


def alert(block_id: str, level: str, text: str) -> Piece:
    """A coloured box; modals only."""
    return {"type": "alert", "block_id": block_id, "level": level, "text": plain(text, 200)}


# What can be pressed, chosen and typed into


def button(action: Action, text: str, value: str, *, style: str = "", confirm: Piece | None = None) -> Piece:
    """A button of our own words; `confirm` asks whoever presses it once more."""
    label = {"type": "plain_text", "text": text, "emoji": True}
    piece: Piece = {"type": "button", "action_id": action.value, "text": label, "value": value}
    piece |= {"style": style} if style else {}
    return piece if confirm is None else piece | {"confirm": confirm}


def confirmation(title: str, text: str, yes: str, no: str) -> Piece:
    """What a button asks before it is pressed; our own words, `yes` and `no` of at most 30 characters."""
    return {"title": plain(title, 100), "text": plain(text, 300), "confirm": plain(yes, 30), "deny": plain(no, 30)}


def actions(block_id: str, *elements: Piece) -> Piece:
    """Buttons in a row."""
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def option(value: str, text: str) -> Piece:
    """One choice."""
    return {"text": plain(text, 75), "value": value}
