"""NTLM, alone as requests_ntlm does it or inside of SPNEGO, bound to the TLS connection, with failures that are ours.

A server with Extended Protection (the default since Exchange 2019 CU14) lets in only whoever names the certificate of
the very connection: tls-server-end-point (RFC 5929 4.1). Behind TLS that ends before the server that cannot work.
"""

from __future__ import annotations

import base64
import struct
from typing import Any
from urllib.parse import urlsplit

import requests
import spnego
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from requests_ntlm import HttpNtlmAuth
from spnego.channel_bindings import GssChannelBindings
from spnego.exceptions import SpnegoError

from engine.connectors.exchange.errors import AnswerLostError
from engine.errors import Side

NEGOTIATE = "Negotiate"
MOST_LEGS = 5


class Ntlm(HttpNtlmAuth):
    """NTLM whose every failure is one of ours."""

    def __init__(self, login: str, password: str, side: Side = Side.DESTINATION) -> None:
        super().__init__(login, password)
        self._side = side

    def retry_using_http_NTLM_auth(  # noqa: N802 - the base class's name
        self, field: str, header: str, response: requests.Response, scheme: str, args: Any
    ) -> requests.Response:
        """The answer to the signed-in request. Raises AnswerLostError when the server's half cannot be understood."""
        try:
            if scheme == NEGOTIATE:
                return self._negotiated(response, args)
            return super().retry_using_http_NTLM_auth(field, header, response, scheme, args)
        except requests.RequestException:
            raise
        except (SpnegoError, LookupError, ValueError, TypeError, AttributeError, struct.error):
            raise AnswerLostError(f"The {self._side} broke off the sign-in by NTLM.") from None

    def _get_server_cert(self, response: requests.Response) -> bytes | None:
        """The hash of the certificate of the connection that the answer came by; None without TLS."""
        certificate: bytes | None = response.connection.certificate()  # type: ignore[attr-defined]  # our adapter
        return None if certificate is None else end_point(certificate)

    def _negotiated(self, response: requests.Response, args: Any) -> requests.Response:
        """Signs in by SPNEGO (RFC 4178, RFC 4559) with NTLM inside; Kerberos is not tried."""
        if "Authorization" in response.request.headers:
            return response
        hashed = self._get_server_cert(response)
        client = spnego.client(
            self.username, self.password, hostname=urlsplit(response.url).hostname or "", service="http",
            channel_bindings=None if hashed is None else bindings(hashed),
            protocol="negotiate", options=spnego.NegotiateOptions.use_negotiate,
        )
        answer, token = response, None
        for _ in range(MOST_LEGS):
            made = client.step(token)
            if made is None:
                break
            again = _again(answer, made)
            before, answer = answer, response.connection.send(again, **args)
            answer.history = [*before.history, before]
            token = _token(answer)
            if answer.status_code != 401 or token is None:
                break
        return answer


def bindings(hashed: bytes) -> GssChannelBindings:
    """The channel bindings of a connection whose certificate has that hash."""
    return GssChannelBindings(application_data=b"tls-server-end-point:" + hashed)


def end_point(certificate: bytes) -> bytes:
    """The hash of a certificate (DER) by its own signature's algorithm, SHA-256 for MD5 and SHA-1 (RFC 5929 4.1)."""
    read = x509.load_der_x509_certificate(certificate)
    used = read.signature_hash_algorithm
    weak = used is None or isinstance(used, hashes.MD5 | hashes.SHA1)
    return read.fingerprint(hashes.SHA256() if weak or used is None else used)


def _again(answer: requests.Response, token: bytes) -> requests.PreparedRequest:
    """The request once more, with a token, over the connection that its answer leaves free."""
    _ = answer.content
    answer.raw.release_conn()
    request = answer.request.copy()
    rewind = getattr(request.body, "seek", None)        # of a file
    if rewind is not None:
        rewind(0)
    request.headers["Authorization"] = f"{NEGOTIATE} {base64.b64encode(token).decode()}"
    return request


def _token(answer: requests.Response) -> bytes | None:
    """What the server says inside of its half."""
    for offered in answer.headers.get("WWW-Authenticate", "").split(","):
        scheme, _, token = offered.strip().partition(" ")
        if scheme == NEGOTIATE and token:
            return base64.b64decode(token)
    return None
