"""E-mail to the third party that a form named: plain text, one recipient for each message."""

from __future__ import annotations

import logging
import smtplib
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import formatdate, parseaddr
from enum import StrEnum
from hashlib import sha256
from ipaddress import ip_address
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from bot.views.masking import masked
from engine.errors import InputError

ANSWER = 10.0       # seconds that the server may take for each answer
PORTS = {"smtp": 587, "smtps": 465}
EXAMPLE = "Write it like smtps://user:password@mail.example.org?from=omm@example.org"
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """The SMTP server that we send through.

    `tls`: TLS from the first byte; otherwise STARTTLS, and for a server on this machine no TLS at all.
    """

    host: str
    port: int
    sender: str
    tls: bool
    user: str = ""
    password: str = field(default="", repr=False)

    @property
    def is_here(self) -> bool:
        """True: the server runs on this machine, so no encryption is needed."""
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return self.host.lower() == "localhost"


class Delivery(StrEnum):
    """The result of sending one e-mail."""

    SENT = "sent"
    LATER = "later"         # the server does not accept this e-mail at the moment
    AWAY = "away"           # the server accepts no e-mail at the moment
    REFUSED = "refused"     # the server will never accept it


def parse_smtp_url(text: str) -> SmtpServer:
    """Parses OMM_SMTP_URL. Raises InputError, whose words never repeat the setting: it may hold a password."""
    try:
        parts = urlsplit(text.strip())
        host, port = parts.hostname, parts.port
    except ValueError:
        raise InputError(f"OMM_SMTP_URL: the server's name or port cannot be read. {EXAMPLE}") from None
    if parts.scheme not in PORTS:
        raise InputError(f"OMM_SMTP_URL must begin with smtps://, or with smtp:// for STARTTLS. {EXAMPLE}")
    if not host or port == 0 or any(c.isspace() or ord(c) < 32 for c in unquote(host)):
        raise InputError(f"OMM_SMTP_URL needs the name of a server. A port is a number from 1 to 65535. {EXAMPLE}")
    if parts.path not in ("", "/") or parts.fragment:
        raise InputError(f"OMM_SMTP_URL must end with the server's name or port. In a password, write / as %2F, "
                         f"# as %23 and @ as %40. {EXAMPLE}")
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if bool(user) != bool(password):
        raise InputError(f"OMM_SMTP_URL needs a user and a password, or neither. {EXAMPLE}")
    if not (user + password).isascii():
        raise InputError(f"OMM_SMTP_URL: user and password may hold only ASCII characters. {EXAMPLE}")
    return SmtpServer(
        host, port or PORTS[parts.scheme], _sender(parts, user), tls=parts.scheme == "smtps", user=user,
        password=password,
    )


def _sender(parts: SplitResult, user: str) -> str:
    asked = parse_qs(parts.query, keep_blank_values=True)
    if asked.keys() - {"from"}:
        raise InputError(f"OMM_SMTP_URL may hold only from= after its ?. {EXAMPLE}")
    sender = asked.get("from", [user])[-1]
    if not is_address(sender):
        raise InputError(f"OMM_SMTP_URL needs the address to send from. {EXAMPLE}")
    return sender


def is_address(text: str) -> bool:
    """True: the text is exactly one e-mail address, which cannot add a second recipient or a header."""
    try:
        Address(addr_spec=text)
    except (ValueError, MessageError, IndexError):      # IndexError: what is empty
        return False
    local, _, domain = text.rpartition("@")
    return parseaddr(text)[1] == text and bool(local and domain) and text.isascii() and text.isprintable()


class Mailer:
    """Sends e-mails, each over its own connection."""

    def __init__(self, server: SmtpServer, *, context: ssl.SSLContext, timeout: float = ANSWER) -> None:
        """`context` verifies the server's certificate; `timeout` is in seconds, for each answer of the server."""
        self._server = server
        self._context = context
        self._timeout = timeout

    def try_out(self) -> None:
        """Connects, signs in, and sends nothing. Raises smtplib.SMTPException, OSError."""
        smtp = self._connected()
        try:
            smtp.noop()
            with suppress(smtplib.SMTPException, OSError):
                smtp.quit()
        finally:
            smtp.close()

    def send(self, to: str, subject: str, text: str, key: str) -> Delivery:
        """Sends one e-mail. The same `key` gives the same Message-ID, so that a mail program can drop a second copy."""
        try:
            message = self._message(to, subject, text, key)
        except (ValueError, MessageError):
            return _refused(to, "its address or subject cannot stand in a message")
        try:
            self._hand_over(message, to)
        except smtplib.SMTPRecipientsRefused as error:
            return _told(to, error.recipients[to][0])
        except smtplib.SMTPDataError as error:
            return _told(to, error.smtp_code)
        except (smtplib.SMTPException, OSError) as error:   # TLS, time-outs and refused connections are OSErrors
            return self._away(error)
        return Delivery.SENT

    def _hand_over(self, message: EmailMessage, to: str) -> None:
        smtp = self._connected()
        try:
            smtp.send_message(message, self._server.sender, [to])
            with suppress(smtplib.SMTPException, OSError):      # it is theirs by now, however they say goodbye
                smtp.quit()
        finally:
            smtp.close()

    def _message(self, to: str, subject: str, text: str, key: str) -> EmailMessage:
        if not is_address(to):
            raise ValueError("no address")
        message = EmailMessage(policy=SMTP.clone(cte_type="7bit"))    # not every server takes 8 bits
        message["From"] = Address("OMM for Slack", addr_spec=self._server.sender)
        message["To"] = Address(addr_spec=to)
        message["Subject"] = subject
        message["Date"] = formatdate()
        own, domain = sha256(key.encode()).hexdigest()[:32], self._server.sender.rpartition("@")[2]
        message["Message-ID"] = f"<omm.{own}@{domain}>"
        message["Auto-Submitted"] = "auto-generated"     # RFC 3834: nobody's out-of-office answers it
        message.set_content(text)
        return message

    def _connected(self) -> smtplib.SMTP:
        """Connects and signs in, over TLS unless the server runs on this machine."""
        server = self._server
        if server.tls:
            smtp: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=self._timeout, context=self._context
            )
        else:
            smtp = smtplib.SMTP(server.host, server.port, timeout=self._timeout)
        try:
            if not server.tls and not server.is_here:
                smtp.starttls(context=self._context)
            if server.user:
                smtp.login(server.user, server.password)
        except BaseException:
            smtp.close()
            raise
        return smtp

    def _away(self, error: Exception) -> Delivery:
        """Logs the error without the server's words: they may repeat what was sent, even a password in base64."""
        code = f" ({error.smtp_code})" if isinstance(error, smtplib.SMTPResponseException) else ""
        log.warning("%s takes no mail: %s%s", self._server.host, type(error).__name__, code)
        return Delivery.AWAY


def _told(to: str, code: int) -> Delivery:
    """RFC 5321 §4.2.1: 4yz may go through later, 5yz never. 421: the server closes."""
    if code == 421:
        return Delivery.AWAY
    return Delivery.LATER if 400 <= code < 500 else _refused(to, str(code))


def _refused(to: str, why: str) -> Delivery:
    log.error("an e-mail to %s was refused for good: %s", masked(to) if is_address(to) else "what is no address", why)
    return Delivery.REFUSED
