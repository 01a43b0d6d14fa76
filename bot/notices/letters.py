"""Letters: what a job has to tell one person, outside of any card."""

from __future__ import annotations

from html import escape

from bot.stored.outbox import Letter
from bot.views import blocks
from bot.views.blocks import Piece

LONGEST = 2_900     # characters; Slack takes 4,000 of escaped text


def letter(key: str, to: str, text: str, *buttons: Piece) -> Letter:
    """A letter to the person `to`, with buttons below. Nothing in `text` is marked up."""
    words = blocks.cleaned(text, LONGEST)
    body = [blocks.rich("words", [blocks.words(words)])]
    if buttons:
        body.append(blocks.actions("buttons", *buttons))
    return Letter(key, to, blocks.cut(escape(words, quote=False), LONGEST), body)
