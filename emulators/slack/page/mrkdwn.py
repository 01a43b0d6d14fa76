"""Slack's mrkdwn as safe HTML (docs.slack.dev/messaging/formatting-message-text)."""

import datetime
import re
from collections.abc import Mapping
from zoneinfo import ZoneInfo

from markupsafe import Markup, escape

_EMOJI = {
    "white_check_mark": "✅", "heavy_check_mark": "✔️", "x": "❌", "warning": "⚠️", "hourglass": "⌛", "rewind": "⏪",
    "hourglass_flowing_sand": "⏳", "rotating_light": "🚨", "no_entry": "⛔", "information_source": "ℹ️",
    "mailbox": "📫", "mailbox_with_mail": "📬", "email": "📧", "envelope": "✉️", "calendar": "📅", "lock": "🔒",
    "busts_in_silhouette": "👥", "ballot_box_with_check": "☑️", "arrow_right": "➡️", "rocket": "🚀", "tada": "🎉",
    "pause_button": "⏸️", "double_vertical_bar": "⏸️", "arrow_forward": "▶️", "stop_button": "⏹️",
    "octagonal_sign": "🛑", "leftwards_arrow_with_hook": "↩️", "wave": "👋", "bell": "🔔", "key": "🔑", "eyes": "👀",
    "large_green_circle": "🟢", "large_yellow_circle": "🟡", "red_circle": "🔴", "large_blue_circle": "🔵",
    "white_circle": "⚪", "clipboard": "📋", "memo": "📝", "gear": "⚙️", "house": "🏠", "question": "❓",
    "package": "📦", "file_folder": "📁", "page_facing_up": "📄", "zzz": "💤", "bulb": "💡", "link": "🔗",
}
_TOKEN = re.compile(r"```(.+?)```|`([^`\n]+)`|<([^<>\n]+)>", re.DOTALL)
_EDGE_BEFORE, _EDGE_AFTER = r"(?<![\w*_~])", r"(?![\w*_~])"
_STYLES = ((r"\*", "strong"), ("_", "em"), ("~", "del"))
_KEPT = re.compile("\ue000(\\d+)\ue001")
_DATES = {"{date_num}": "%Y-%m-%d", "{date}": "%d %B %Y", "{date_short}": "%d %b %Y", "{date_long}": "%A, %d %B %Y",
          "{date_pretty}": "%d %B %Y", "{date_short_pretty}": "%d %b %Y", "{date_long_pretty}": "%A, %d %B %Y",
          "{time}": "%H:%M", "{time_secs}": "%H:%M:%S"}


def emoji(text: str) -> str:
    """The text with the emoji that are known here."""
    return re.sub(r":([a-z0-9_+-]+):", lambda found: _EMOJI.get(found[1], found[0]), text)


def _entities(text: str) -> str:
    """The three characters an app must escape (&, <, >), as they read."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


class Mrkdwn:
    """Draws texts for one person: names of users and channels, and their time zone."""

    def __init__(self, names: Mapping[str, str], zone: str) -> None:
        """`names` are the names to be shown by id."""
        self._names, self._zone = names, ZoneInfo(zone)

    def draw(self, text: str) -> Markup:
        """HTML of a mrkdwn text; whatever is not markup is escaped."""
        kept: list[Markup] = []

        def keep(found: re.Match[str]) -> str:
            kept.append(self._token(found))
            return f"\ue000{len(kept) - 1}\ue001"
        plain = _TOKEN.sub(keep, text.replace("\ue000", "").replace("\ue001", ""))
        held = str(escape(emoji(_entities(plain))))
        for mark, tag in _STYLES:
            held = re.sub(rf"{_EDGE_BEFORE}{mark}(\S(?:[^\n]*?\S)?){mark}{_EDGE_AFTER}", rf"<{tag}>\1</{tag}>", held)
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
        if target.startswith("!date^"):
            return Markup("{}").format(self._date(target, label))
        if target in ("!channel", "!here", "!everyone"):
            return Markup('<span class="mention broadcast">@{}</span>').format(target[1:])
        return Markup("&lt;{}&gt;").format(_entities(inner))

    def _date(self, target: str, fallback: str) -> str:
        _, stamp, *form = target.split("^")
        if not stamp.isdigit() or not form:
            return fallback
        when = datetime.datetime.fromtimestamp(int(stamp), self._zone)
        held = form[0]
        for name, words in _DATES.items():
            held = held.replace(name, when.strftime(words))
        return fallback if "{" in held else held

    def clock(self, ts: str) -> str:
        """The time of day of a message."""
        return datetime.datetime.fromtimestamp(float(ts), self._zone).strftime("%H:%M")
