"""The digests of a password that tests sign in with are those that the library computes."""

from __future__ import annotations

from spnego import _ntlm
from spnego._ntlm_raw.crypto import lmowfv1


def test_the_digest_of_each_password_is_its_own() -> None:
    """As often as it is asked for."""
    for password in ("correct horse", "PÄSSWORD", "", "correct horse"):
        assert _ntlm.lmowfv1(password) == lmowfv1(password)

    assert _ntlm.lmowfv1 is not lmowfv1
