"""The digests of a password, and the key of a service account, are computed once. What is computed is the same.

pyspnego computes the LM digest at every sign-in by NTLM, with a DES in Python, and uses it for no version of NTLM that
is spoken today. The passwords of tests are the same few.
"""

from __future__ import annotations

from functools import cache

from google.auth.crypt import RSASigner
from spnego import _ntlm


def install() -> None:
    """From now on."""
    _ntlm.lmowfv1 = cache(_ntlm.lmowfv1)
    RSASigner.from_string = cache(RSASigner.from_string)
