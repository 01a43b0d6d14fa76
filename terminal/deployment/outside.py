"""What is outside: the address of OMM's own pages, and the server that takes e-mail."""

from __future__ import annotations

import http.client
import re
import smtplib
import socket
import ssl
from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

import wiring
from engine.errors import InputError
from terminal.deployment.line import Line, right, untried, warning, wrong
from web.sign_in import CALLBACK
from wiring import environment

PAGES, MAIL = "public address", "e-mail"
ANSWER = 8.0            # seconds for one answer
HEALTHY = (200, "ok")   # what /healthz of the web program answers
PAGE = (200, "GET, HEAD, OPTIONS")      # what may be asked of the page where sign-ins end (RFC 9110, 9.3.7)
LARGEST = 1_000         # bytes of an answer that are looked at
NOT_SET = "OMM_PUBLIC_URL is not set, so OMM has no pages for browsers: passwords are typed into Slack's form."


def public_url(chosen: wiring.Settings) -> Iterator[Line]:
    """Whether browsers reach the web program there, with a certificate that they trust. Raises InputError."""
    url = environment.public_url(chosen.environ.get("OMM_PUBLIC_URL", ""))
    if not url:
        yield untried(PAGES, NOT_SET)
        return
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        found = socket.getaddrinfo(host, parts.port or 443, type=socket.SOCK_STREAM)
    except OSError:
        yield wrong(PAGES, f"{host} has no address.", "Correct OMM_PUBLIC_URL, or enter the name into the DNS.")
        return
    inner = sorted({str(each[4][0]) for each in found if not ip_address(str(each[4][0]).partition("%")[0]).is_global})
    if inner:
        yield warning(PAGES, f"{host} is reached from inside alone ({', '.join(inner)}).",
                      "That will do if everybody's browser is inside. Slack then needs Socket Mode.")
    yield from _asked(url, chosen)


def _asked(url: str, chosen: wiring.Settings) -> Iterator[Line]:
    try:
        ours = _is_ours(url, ssl.create_default_context())
    except ssl.SSLCertVerificationError as error:
        yield _untrusted(url, chosen, error)
        return
    except (OSError, http.client.HTTPException) as error:
        yield wrong(PAGES, f"{url} does not answer ({type(error).__name__}).",
                    "Have your web server pass its requests on to the web program.")
        return
    if ours:
        yield right(PAGES, f"{url} answers as OMM does.")
    else:
        yield wrong(PAGES, f"{url} answers, and not as OMM does.",
                    "Have your web server pass its requests on to the web program.")


def _is_ours(url: str, context: ssl.SSLContext) -> bool:
    """True: the web program answers there: at /healthz, which nothing outside needs, or else where its pages are."""
    return _answer(url, "GET", "/healthz", context) == HEALTHY or _answer(url, "OPTIONS", CALLBACK, context) == PAGE


def _answer(url: str, method: str, path: str, context: ssl.SSLContext) -> tuple[int, str]:
    """Status, and the beginning of the body or, for OPTIONS, what may be asked. No redirect is followed."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    connection = http.client.HTTPConnection(host, parts.port, timeout=ANSWER) if parts.scheme == "http" else (
        http.client.HTTPSConnection(host, parts.port, timeout=ANSWER, context=context))
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        if method == "OPTIONS":
            return answer.status, ", ".join(sorted(re.findall("[A-Z]+", answer.getheader("Allow", ""))))
        return answer.status, answer.read(LARGEST).decode("utf-8", "replace").strip()
    finally:
        connection.close()


def _untrusted(url: str, chosen: wiring.Settings, error: ssl.SSLCertVerificationError) -> Line:
    """It may be one that the company's own browsers trust."""
    if chosen.ca_file is not None:
        try:
            _is_ours(url, environment.trusting(chosen.ca_file))
        except (OSError, http.client.HTTPException):
            pass
        else:
            return warning(PAGES, f"{url} has a certificate of the authority in OMM_CA_FILE.",
                           "People's browsers must trust that authority, too. Slack does not.")
    return wrong(PAGES, f"{url} has a certificate that no browser trusts ({error.verify_message}).",
                 "Give your web server one of a public authority, for that name.")


def mail(chosen: wiring.Settings) -> Iterator[Line]:
    """Whether the server for e-mail lets us in. Nothing is sent. Raises InputError."""
    try:
        mailer = wiring.mailer(chosen)
    except InputError as error:
        yield wrong(MAIL, str(error))
        return
    if mailer is None:
        yield untried(MAIL, "OMM_SMTP_URL is not set, so the form asks for nobody to be told by e-mail.")
        return
    try:
        mailer.try_out()
    except smtplib.SMTPAuthenticationError as error:
        yield wrong(MAIL, f"the server refuses our user or password ({error.smtp_code}).", "Correct OMM_SMTP_URL.")
    except ssl.SSLCertVerificationError as error:
        yield wrong(MAIL, f"the server's certificate is not trusted ({error.verify_message}).",
                    "Name its authority in OMM_CA_FILE, or the server as in its certificate.")
    except (smtplib.SMTPException, OSError) as error:
        code = f" {error.smtp_code}" if isinstance(error, smtplib.SMTPResponseException) else ""
        yield wrong(MAIL, f"the server takes no connection ({type(error).__name__}{code}).", "Check OMM_SMTP_URL.")
    else:
        yield right(MAIL, "the server lets us in. No mail was sent.")
