"""Schemes of a sign-in: what a server offers (RFC 9110 11.6.1), and which of it is taken."""

from __future__ import annotations

from collections.abc import Set

from engine.errors import Cause, FatalError, Side

BY_PASSWORD = ("ntlm", "negotiate", "basic")    # the preferred one first; Negotiate is NTLM inside of SPNEGO


def offered(header: str, side: Side) -> frozenset[str]:
    """The schemes in a WWW-Authenticate header, in lower case. Raises FatalError where none is known here."""
    found = frozenset(part.strip().split(" ")[0].lower() for part in header.split(","))
    if not found & set(BY_PASSWORD):
        raise FatalError(
            f"The {side} server offers no sign-in with a password that is known here (NTLM, Negotiate or Basic), "
            f"but {', '.join(sorted(found - {''}))[:80] or 'none at all'}.", cause=Cause.SIGN_IN, side=side,
        )
    return found


def preferred(among: Set[str]) -> str:
    """The scheme to sign in by, of those that a server offers."""
    return next(scheme for scheme in BY_PASSWORD if scheme in among)


def not_taken_up(scheme: str, side: Side) -> FatalError:
    """The error for a scheme that a server offers and then does not go on with."""
    if scheme == "negotiate":
        words = f"The {side} server takes Kerberos alone, which is not tried here: let it offer NTLM or Basic too."
    else:
        words = f"The {side} server offers NTLM and then does not take it up; a proxy before it may be why."
    return FatalError(words, cause=Cause.SIGN_IN, side=side)
