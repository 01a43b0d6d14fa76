"""NTLM, as requests_ntlm does it, with failures that are ours."""

from __future__ import annotations

import struct
from typing import Any

import requests
from requests_ntlm import HttpNtlmAuth
from spnego.exceptions import SpnegoError

from engine.connectors.exchange.errors import AnswerLostError


class Ntlm(HttpNtlmAuth):
    """NTLM whose every failure is one of ours."""

    def retry_using_http_NTLM_auth(self, *args: Any) -> requests.Response:  # noqa: N802 - the base class's name
        """The answer to the signed-in request. Raises AnswerLostError when the server's half cannot be understood."""
        try:
            return super().retry_using_http_NTLM_auth(*args)
        except requests.RequestException:
            raise
        except (SpnegoError, LookupError, ValueError, TypeError, AttributeError, struct.error):
            raise AnswerLostError("The destination broke off the sign-in by NTLM.") from None
