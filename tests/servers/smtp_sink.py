"""A mail server that keeps what it is given, and refuses what it is told to."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from tests.servers.certificates import Certificate
from tests.servers.ports import free_ports

USER, PASSWORD = "omm@example.org", "correct horse mail"


@dataclass
class SmtpSink:
    """What came, and what is said to the next ones. Also aiosmtpd's handler."""

    port: int = 0
    letters: list[EmailMessage] = field(default_factory=list)
    envelopes: list[tuple[str, tuple[str, ...]]] = field(default_factory=list)
    encrypted: list[bool] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    to_recipients: str = ""     # the answer to RCPT, when it is not 250
    to_letters: str = ""        # the answer to DATA, when it is not 250
    greylisted: set[str] = field(default_factory=set)
    attempts: int = 0

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        self.attempts += 1
        if self.to_recipients or address in self.greylisted:
            return self.to_recipients or "451 4.7.1 try again later"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        if self.to_letters:
            return self.to_letters
        letter = message_from_bytes(envelope.original_content or b"", policy=policy.SMTP)
        assert isinstance(letter, EmailMessage)
        self.letters.append(letter)
        self.envelopes.append((str(envelope.mail_from), tuple(envelope.rcpt_tos)))
        self.encrypted.append(session.ssl is not None or server.transport.get_extra_info("sslcontext") is not None)
        return "250 OK"

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        right = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
        if right:
            self.users.append(USER)
        return AuthResult(success=right, handled=False)

    @property
    def subjects(self) -> list[str]:
        return [str(letter["Subject"]) for letter in self.letters]


@contextmanager
def smtp_sink(
    certificate: Certificate | None = None, *, tls: bool = False, sign_in: bool = False, port: int | None = None
) -> Iterator[SmtpSink]:
    """Listens on loopback. With a certificate it insists on STARTTLS, or speaks TLS from the first byte."""
    sink = SmtpSink(port or free_ports(1)[0])
    context = None
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.chain, certificate.key)
    more: dict[str, Any] = {"ssl_context": context} if tls else {
        "tls_context": context, "require_starttls": context is not None
    }
    if sign_in:
        # TLS from the first byte is unknown to aiosmtpd, which would offer no sign-in for want of STARTTLS.
        more |= {"authenticator": sink.authenticate, "auth_required": not tls, "auth_require_tls": not tls}
    controller = Controller(sink, "127.0.0.1", sink.port, server_hostname="mail.example.org", **more)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
