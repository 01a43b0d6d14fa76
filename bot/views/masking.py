"""Masking: logins, shortened for readers other than their owner."""

from __future__ import annotations

import re

from engine.migration.request import MigrationRequest

SHORTENED = 100     # characters of a login in the engine's words
_PART = r"[^\s@<>()\[\]“”\"',;:]"
ADDRESS = re.compile(rf"(?<!{_PART}){_PART}+@{_PART}+")    # from where a word begins: each is looked at once


def masked(login: str) -> str:
    """`carol@example.org` as `c***@example.org`: enough for its owner to know it. A Windows domain stays."""
    domain, slash, name = login.rpartition("\\")
    local, at, server = name.partition("@")
    return f"{domain}{slash}{local[:1].strip('*')}***{at}{server}"


def masked_words(text: str, request: MigrationRequest) -> str:
    """A sentence in which logins, and whatever else looks like an e-mail address, are shortened."""
    ends = (request.source, request.destination)
    for login in (name for end in ends for name in (end.login, end.mailbox) if name):
        for typed in (login, login[:SHORTENED]):
            whole = re.compile(rf"(?<!\w){re.escape(typed)}(?!\w)", re.IGNORECASE)
            text = whole.sub(lambda found: masked(found[0]), text)
    return ADDRESS.sub(lambda found: masked(found[0]), text)
