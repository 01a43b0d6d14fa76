"""E-mail to a third party: to whom it goes, how it travels, and what its server's answers mean."""

from __future__ import annotations

import logging
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from bot.notices.email import Delivery, Mailer, SmtpServer, parse_smtp_url
from engine.errors import InputError
from tests.servers.certificates import Certificate, certificate
from tests.servers.ports import free_ports
from tests.servers.smtp_sink import PASSWORD, USER, SmtpSink, smtp_sink

TO = "bruno@example.org"
SUBJECT, TEXT = "Migration 7K2F-9QXD has started", "Mail: 3 found = 3 copied — völlig.\nDone.\n"
KEY = "7K2F-9QXD begun"


@pytest.fixture
def sink() -> Iterator[SmtpSink]:
    with smtp_sink() as opened:
        yield opened


@pytest.fixture
def signed(tmp_path: Path) -> Certificate:
    return certificate(tmp_path, "mail.example.org")


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """mail.example.org is another machine to whoever looks at its name, and leads to this one."""
    asked = socket.getaddrinfo

    def found(host: Any, *more: Any, **options: Any) -> Any:
        return asked("127.0.0.1" if host == "mail.example.org" else host, *more, **options)

    monkeypatch.setattr(socket, "getaddrinfo", found)


def mailer(url: str, ca: Path | None = None) -> Mailer:
    return Mailer(parse_smtp_url(url), context=ssl.create_default_context(cafile=ca), timeout=3)


def here(sink: SmtpSink) -> Mailer:
    return mailer(f"smtp://127.0.0.1:{sink.port}?from=omm@example.org")


# The address of the server


@pytest.mark.parametrize(
    ("url", "server"),
    [
        ("smtp://mail.example.org?from=omm@example.org",
         SmtpServer("mail.example.org", 587, "omm@example.org", tls=False)),
        ("smtps://omm%40example.org:p%40ss%2Fword@mail.example.org",
         SmtpServer("mail.example.org", 465, USER, tls=True, user=USER, password="p@ss/word")),
        ("smtps://omm:secret@mail.example.org:2465/?from=it@example.org",
         SmtpServer("mail.example.org", 2465, "it@example.org", tls=True, user="omm", password="secret")),
        ("smtp://[::1]:25?from=omm@localhost", SmtpServer("::1", 25, "omm@localhost", tls=False)),
    ],
)
def test_a_server_is_named_by_a_url(url: str, server: SmtpServer) -> None:
    """Port, sender and protection follow from it."""
    assert parse_smtp_url(url) == server


@pytest.mark.parametrize(
    "url",
    [
        "", "mail.example.org", "http://user:hunter2@mail.example.org", "smtp://", "smtp://omm:hunter2@",
        "smtps://omm:hunter2@mail.example.org", "smtps://omm:hunter2@mail.example.org:0?from=a@example.org",
        "smtps://omm:hunter2@mail.example.org:99999?from=a@example.org", "smtps://omm:hunter2/3@mail.example.org",
        "smtps://omm:hunter2@mail.example.org?from=hunter2", "smtps://omm@mail.example.org?from=a@example.org",
        "smtps://a%40example.org:x@mail.example.org?password=hunter2", "smtps://[hunter2", "smtps://omm:hunter2#@x",
        "smtps://a%40example.org:x@mail.example.org/hunter2", "smtp://x?from=a@example.org%0d%0aBcc:b@example.org",
        "smtps://a%40example.org:hunter2%C3%A9@mail.example.org",
    ],
)
def test_a_url_that_is_none_is_refused_without_repeating_it(url: str) -> None:
    """The operator is told what to write; a password typed by mistake is not in the words."""
    with pytest.raises(InputError, match=r"OMM_SMTP_URL.*smtps://user:password@mail") as refused:
        parse_smtp_url(url)

    assert "hunter2" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert refused.value.__suppress_context__ or refused.value.__context__ is None


def test_a_password_has_no_repr() -> None:
    """It cannot end up in a log or a traceback."""
    assert "secret" not in repr(parse_smtp_url("smtps://a%40example.org:secret@mail.example.org"))


# What is sent


def test_a_letter_arrives_as_it_was_written(sink: SmtpSink) -> None:
    """Plain text, to one recipient, marked as written by a program."""
    assert here(sink).send(TO, SUBJECT, TEXT, KEY) is Delivery.SENT

    (letter,) = sink.letters
    assert sink.envelopes == [("omm@example.org", (TO,))]
    assert (letter["To"], letter["Subject"], letter.get_content_type()) == (TO, SUBJECT, "text/plain")
    assert str(letter["From"]) == "OMM for Slack <omm@example.org>"
    assert letter["Auto-Submitted"] == "auto-generated"
    assert letter.get_content().replace("\r\n", "\n") == TEXT
    assert letter["Date"]


def test_a_letter_sent_twice_is_known_for_one(sink: SmtpSink) -> None:
    """The same notice has the same Message-ID, another has another."""
    for key in (KEY, KEY, "7K2F-9QXD completed"):
        here(sink).send(TO, SUBJECT, TEXT, key)

    first, again, other = (letter["Message-ID"] for letter in sink.letters)
    assert first == again != other
    assert first.endswith("@example.org>")


@pytest.mark.parametrize(
    "to",
    [
        "bruno@example.org\r\nBcc: eve@example.com", "bruno@example.org, eve@example.com", "Bruno <bruno@example.org>",
        "bruno@example.org\nSubject: x", "", "bruno", "@example.org", "bruno@", "bruno@example.org eve@example.com",
    ],
)
def test_what_is_not_one_address_gets_nothing(sink: SmtpSink, to: str, caplog: pytest.LogCaptureFixture) -> None:
    """No second recipient and no header can be smuggled in; it is not tried again."""
    assert here(sink).send(to, SUBJECT, TEXT, KEY) is Delivery.REFUSED

    assert sink.letters == []
    assert "eve@example.com" not in caplog.text


def test_a_subject_stays_one_line(sink: SmtpSink) -> None:
    """A line break in it is refused, not obeyed."""
    assert here(sink).send(TO, "Hello\r\nBcc: eve@example.com", TEXT, KEY) is Delivery.REFUSED
    assert sink.letters == []


# How it travels


@pytest.mark.usefixtures("elsewhere")
def test_it_is_encrypted_before_it_signs_in(signed: Certificate) -> None:
    """smtp:// insists on STARTTLS, smtps:// begins with TLS; only then login and letter are sent."""
    for scheme in ("smtp", "smtps"):
        with smtp_sink(signed, tls=scheme == "smtps", sign_in=True) as sink:
            url = f"{scheme}://omm%40example.org:{PASSWORD.replace(' ', '%20')}@mail.example.org:{sink.port}"

            assert mailer(url, signed.ca).send(TO, SUBJECT, TEXT, KEY) is Delivery.SENT

            assert (sink.encrypted, sink.users) == ([True], [USER])


@pytest.mark.usefixtures("elsewhere")
def test_a_server_without_starttls_is_sent_nothing(sink: SmtpSink, caplog: pytest.LogCaptureFixture) -> None:
    """Nothing crosses a network in clear text; the log says why."""
    url = f"smtp://mail.example.org:{sink.port}?from=omm@example.org"

    assert mailer(url).send(TO, SUBJECT, TEXT, KEY) is Delivery.AWAY

    assert sink.envelopes == []
    assert "SMTPNotSupportedError" in caplog.text


@pytest.mark.usefixtures("elsewhere")
@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_certificate_that_nobody_vouches_for_is_not_believed(signed: Certificate, scheme: str) -> None:
    """Without OMM_CA_FILE for it, a server of its own making gets neither password nor letter."""
    with smtp_sink(signed, tls=scheme == "smtps") as sink:
        url = f"{scheme}://mail.example.org:{sink.port}?from=omm@example.org"

        assert mailer(url).send(TO, SUBJECT, TEXT, KEY) is Delivery.AWAY

        assert sink.letters == []


def test_a_certificate_for_another_name_is_not_believed(tmp_path: Path) -> None:
    """The name in the URL counts."""
    other = certificate(tmp_path, "other.example.org")
    with smtp_sink(other, tls=True) as sink:
        url = f"smtps://127.0.0.1:{sink.port}?from=omm@example.org"

        assert mailer(url, other.ca).send(TO, SUBJECT, TEXT, KEY) is Delivery.AWAY


# What becomes of it


@pytest.mark.parametrize(
    ("to_recipients", "to_letters", "delivery"),
    [
        ("450 4.2.1 later", "", Delivery.LATER), ("", "451 4.7.1 greylisted", Delivery.LATER),
        ("421 4.3.2 closing", "", Delivery.AWAY), ("", "421 4.3.2 closing", Delivery.AWAY),
        ("550 5.1.1 nobody of this name", "", Delivery.REFUSED), ("", "554 5.7.1 spam", Delivery.REFUSED),
    ],
)
def test_an_answer_is_sorted_by_what_is_done_about_it(
    sink: SmtpSink, to_recipients: str, to_letters: str, delivery: Delivery, caplog: pytest.LogCaptureFixture
) -> None:
    """4yz is tried again, 5yz never; an address is not logged in full."""
    sink.to_recipients, sink.to_letters = to_recipients, to_letters

    assert here(sink).send(TO, SUBJECT, TEXT, KEY) is delivery

    assert (("b***@example.org" in caplog.text), (TO in caplog.text)) == (delivery is Delivery.REFUSED, False)


def test_a_server_that_is_down_is_away() -> None:
    """Nobody listens there now."""
    url = f"smtp://127.0.0.1:{free_ports(1)[0]}?from=omm@example.org"

    assert mailer(url).send(TO, SUBJECT, TEXT, KEY) is Delivery.AWAY


@pytest.mark.usefixtures("elsewhere")
def test_a_password_that_is_refused_is_neither_logged_nor_fatal(
    signed: Certificate, caplog: pytest.LogCaptureFixture
) -> None:
    """The operator reads the code; the letter waits until the setting is right."""
    caplog.set_level(logging.DEBUG, "bot")
    with smtp_sink(signed, tls=True, sign_in=True) as sink:
        url = f"smtps://omm%40example.org:wrong-password@mail.example.org:{sink.port}"

        assert mailer(url, signed.ca).send(TO, SUBJECT, TEXT, KEY) is Delivery.AWAY

    assert "SMTPAuthenticationError (535)" in caplog.text
    assert "wrong-password" not in caplog.text


def test_a_letter_that_was_taken_is_sent_however_the_server_says_goodbye(
    sink: SmtpSink, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An odd answer to QUIT is no reason to send it again."""

    async def rude(server: SMTP, argument: str) -> None:
        await server.push("451 not so fast")

    monkeypatch.setattr(SMTP, "smtp_QUIT", rude)

    assert here(sink).send(TO, SUBJECT, TEXT, KEY) is Delivery.SENT
    assert len(sink.letters) == 1
