"""E-mail to the third party that a form named."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """The server that takes our mail, as OMM_SMTP_URL names it."""

    host: str
    port: int
    sender: str
    tls: bool
    user: str = ""
    password: str = field(default="", repr=False)


def parse_smtp_url(text: str) -> SmtpServer:
    """The server that OMM_SMTP_URL names. Raises InputError, in words that never repeat what was typed."""
    raise NotImplementedError


class Mailer:
    """Sends plain text."""

    def __init__(self, server: SmtpServer, *, context: ssl.SSLContext) -> None:
        """`context` verifies the server's certificate."""
