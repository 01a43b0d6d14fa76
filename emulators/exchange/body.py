"""The body of an item in the form an answer wants it: HTML, text, filtered, or its beginning."""

import html
import re
from xml.sax.saxutils import unescape

from emulators.exchange.item import Item
from emulators.exchange.mime import Content

_TAG = re.compile(r"<[^>]*>")
_ENDS = re.compile(r"<br\b[^>]*>|</(p|div|li|tr|h[1-6]|blockquote|pre)\s*>|<[uo]l\b[^>]*>", re.IGNORECASE)
_HIDDEN = re.compile(r"<(script|style|head)\b.*?</\1\s*>", re.IGNORECASE | re.DOTALL)
_SCRIPT = re.compile(r"<(script)\b.*?</\1\s*>|<script\b[^>]*/>", re.IGNORECASE | re.DOTALL)
_PREVIEW = 255      # MS-OXWSCORE_R1354: the first 256 characters at most


def read(stored: Item, content: Content) -> tuple[str, str]:
    """("HTML" or "Text", the words): what was set explicitly, else what the MIME holds."""
    kept = stored.extra.get("Body")
    if kept is None:
        return content.body() if stored.mime is not None else ("Text", "")
    kind = "HTML" if 'BodyType="HTML"' in kept.partition(">")[0] else "Text"
    return kind, unescape(kept.partition(">")[2].rpartition("<")[0], {"&quot;": '"', "&#xD;": "\r"})


def shaped(stored: Item, content: Content, wanted: str, *, filtered: bool) -> tuple[str, str]:
    """The body as BodyType asks for it; `filtered` takes scripts out of HTML (MS-OXWSCDATA_R21193)."""
    kind, words = read(stored, content)
    if wanted == "Text" and kind == "HTML":
        kind, words = "Text", as_text(stored, content)
    elif wanted == "HTML" and kind == "Text":
        kind, words = "HTML", f"<html><body><pre>{html.escape(words, quote=False)}</pre></body></html>"
    return kind, _SCRIPT.sub("", words) if filtered and kind == "HTML" else words


def as_text(stored: Item, content: Content) -> str:
    """The body as text: the plain part where there is one, else the HTML without its tags, a block on its own line."""
    kind, words = read(stored, content)
    if kind == "Text":
        return words
    plain = content.plain() if stored.extra.get("Body") is None and stored.mime is not None else ""
    return plain or html.unescape(_TAG.sub("", _ENDS.sub("\r\n", _HIDDEN.sub("", words)))).strip()


def preview(stored: Item, content: Content) -> str:
    """The beginning of the text."""
    return as_text(stored, content)[:_PREVIEW]
