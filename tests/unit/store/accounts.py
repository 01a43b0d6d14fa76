"""What a person asks for, in one line."""

from __future__ import annotations

from engine.migration.account import parse_account
from engine.migration.content import Content
from engine.migration.request import MigrationRequest


def request_of(source: str = "imaps://anna%40example.org@imap.example.org", destination: str = "") -> MigrationRequest:
    return MigrationRequest(
        source=parse_account(source),
        destination=parse_account(destination or "ews+https://anna%40example.com@ex.example.com"),
        contents=(Content.MAIL, Content.CALENDARS),
    )
