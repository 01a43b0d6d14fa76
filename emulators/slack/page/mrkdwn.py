"""Slack's mrkdwn as safe HTML (docs.slack.dev/messaging/formatting-message-text)."""

import datetime
import re
import time
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

from emulators.slack.page import dates, emoji

_TOKEN = re.compile(r"```(.+?)```|`([^`\n]+)`|<([^<>\n]+)>", re.DOTALL)
_EDGE_BEFORE, _EDGE_AFTER = r"(?<![\w*_~])", r"(?![\w*_~])"
_STYLES = ((r"\*", "strong"), ("_", "em"), ("~", "del"))
_KEPT = re.compile("\ue000(\\d+)\ue001")


def _entities(text: str) -> str:
    """The three characters an app must escape (&, <, >), as they read."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


class Mrkdwn:
    """Draws texts for one person: names of users and channels, their time zone, and what is today."""

    def __init__(self, names: Mapping[str, str], zone: str, now: float | None = None) -> None:
        """`names` are the names to be shown by id; `now` is seconds since the epoch, by default the real time."""
        self._names, self._zone = names, ZoneInfo(zone)
        self._now = self._local(time.time() if now is None else now)

    def _local(self, stamp: float) -> datetime.datetime:
        return datetime.datetime.fromtimestamp(stamp, self._zone)

    def draw(self, text: str) -> Markup:
        """HTML of a mrkdwn text; whatever is not markup is escaped."""
        kept: list[Markup] = []

        def keep(found: re.Match[str]) -> str:
            kept.append(self._token(found))
            return f"\ue000{len(kept) - 1}\ue001"
        plain = _TOKEN.sub(keep, text.replace("\ue000", "").replace("\ue001", ""))
        held = str(escape(emoji.drawn(_entities(plain))))
        for mark, tag in _STYLES:
            held = re.sub(rf"{_EDGE_BEFORE}{mark}(\S(?:[^\n]*?\S)??){mark}{_EDGE_AFTER}", rf"<{tag}>\1</{tag}>", held)
        held = re.sub(r"(?m)^&gt; ?(.*)$\n?", r"<blockquote>\1</blockquote>", held)
        return Markup(_KEPT.sub(lambda found: str(kept[int(found[1])]), held.replace("\n", "<br>")))  # noqa: S704 - escaped above

    def _token(self, found: re.Match[str]) -> Markup:
        block, code, inner = found.groups()
        if block is not None:
            return Markup("<pre>{}</pre>").format(_entities(block.strip("\n")))
        if code is not None:
            return Markup("<code>{}</code>").format(_entities(code))
        return self._angle(inner)

    def _angle(self, inner: str) -> Markup:
        target, _, label = inner.partition("|")
        if target.startswith(("http://", "https://", "mailto:")):
            return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(
                _entities(target), _entities(label) or target.removeprefix("mailto:"))
        if target[:1] in ("@", "#"):
            name = self._names.get(target[1:], label or target[1:])
            return Markup('<span class="mention">{}{}</span>').format(target[0], name)
        if target.startswith("!subteam^"):
            group = target.removeprefix("!subteam^")
            return Markup('<span class="mention">@{}</span>').format(self._names.get(group, label or group))
        if target.startswith("!date^"):
            return self._date(target, _entities(label))
        if target in ("!channel", "!here", "!everyone"):
            return Markup('<span class="mention broadcast">@{}</span>').format(target[1:])
        return Markup("&lt;{}&gt;").format(_entities(inner))

    def _date(self, target: str, fallback: str) -> Markup:
        _, stamp, form, link = (*target.split("^"), "", "", "")[:4]
        words = self._moment(stamp, form) or fallback
        if link.startswith(("http://", "https://")):
            return Markup('<a href="{}" target="_blank" rel="noopener noreferrer">{}</a>').format(
                _entities(link), words)
        return Markup("{}").format(words)

    def _moment(self, stamp: str, form: str) -> str | None:
        try:
            return dates.written(self._local(float(stamp)), self._now, form)
        except (ValueError, OverflowError, OSError):    # no number, or no year that the calendar has
            return None

    def moment(self, ts: str, form: str) -> str:
        """When a message was sent, in a form of `dates`."""
        return self._moment(ts, form) or ""
