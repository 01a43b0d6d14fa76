"""Access to a Google account from a terminal: an app password, the service account, or consent in a browser.

In this order, whichever is there.
"""

from __future__ import annotations

import os
import sys
import time
import webbrowser
from collections.abc import Callable, Collection
from functools import partial
from secrets import token_hex

from engine.connectors.google.access.grants import app_password, delegated
from engine.errors import Cause, FatalError, InputError, OmmError, Side
from engine.migration.account import Account
from engine.migration.content import Content
from engine.migration.giving_back import Came
from engine.ports.consent import Consenting, Grant, UselessGrantError
from engine.store.vault import Secret
from engine.words import listed
from terminal.held_grants import take_back
from terminal.loopback import Back, WayBack, way_back
from terminal.session import Session
from terminal.usage import UsageError
from wiring import google
from wiring.connectors import network

MINUTES = 10            # that a person has for Google's page
LOOK = 0.2              # seconds
THREE_WAYS = (
    "OMM has no way into this Google account. Give one of three: an app password (--source-password-file FILE or "
    f"OMM_SOURCE_PASSWORD); for a Workspace domain a service account's key ({google.SERVICE}); or the file of a Google "
    f"client of the type Desktop app ({google.DESKTOP}), with which you are asked in your browser. See docs/gmail.md."
)
WEB_ONLY = f" {google.WEB} is a client for web pages: Google does not let it come back to a terminal."
NEEDS_BROWSER = (
    "The browser must be on this machine. From elsewhere, forward the port first: ssh -L {port}:127.0.0.1:{port} …"
)

TICK = "Tick it. What is not to move is left out with --contents of omm migrate."
SAID = {
    Came.BACK: "Nothing was stored, and it was given back to Google.",
    Came.NEEDED: "It is not used. Another migration needs access to that account, so it is given back after that one.",
}
AWAY = "It is not used. Google could not be reached to take it back: see myaccount.google.com/connections"


def access_to(
    session: Session, account: Account, contents: Collection[Content], *, in_part: bool = False
) -> Secret:
    """What the vault is to keep for the account, by the first way that there is. Asks for consent where it must.

    `in_part`: True: consent for some of the contents is good, too. Raises UsageError where there is no way, FatalError
    (CONSENT) where consent was not given.
    """
    chosen = google.google_settings(session.settings.environ)
    typed = session.prepared(Side.SOURCE)
    if typed is not None:
        try:
            return session.hidden(app_password(typed))
        except InputError as error:
            raise UsageError(str(error)) from None
    if chosen.service_account is not None:
        return delegated(account.login)
    if chosen.desktop_client is None:
        raise UsageError(THREE_WAYS + (WEB_ONLY if chosen.web_client is not None else ""))
    return _consented(session, account, contents, in_part=in_part)


def _consented(session: Session, account: Account, contents: Collection[Content], *, in_part: bool) -> Secret:
    with way_back() as waits:
        asks = _asking(session, waits.address)
        asked = asks.ask(state=waits.state, contents=contents, login=account.login)
        session.masks.hide(waits.state)
        _send_to(session, account, asked.url, waits)
        back = _awaited(waits)
    session.masks.hide(back.code)
    exchange = partial(asks.exchange, code=back.code, verifier=asked.verifier, contents=contents)
    try:
        granted = _exchanged(session, exchange)
    except UselessGrantError as error:
        session.holds(error.grant.secret)
        raise _unused(session, asks, error.grant, str(error)) from None
    return _right(session, asks, granted, account, () if in_part else contents)


def _exchanged(session: Session, exchange: Callable[[], Grant]) -> Grant:
    """What was granted, kept for this command. Nothing of its account goes back meanwhile, or it is asked for again.

    Raises FatalError (CONSENT).
    """
    engine = session.opened
    if engine is None or engine.returning is None:
        granted = exchange()
        session.holds(granted.secret)
        return granted
    with engine.vault.returns.comes(f"terminal-{token_hex(8)}") as has_gone:
        granted = exchange()
        session.holds(granted.secret)
        is_over = has_gone(engine.returning.account(granted.secret))
    if is_over:
        raise _none("Earlier access to that account was given back just then, and this may have ended with it.")
    return granted


def _asking(session: Session, address: str) -> Consenting:
    chosen, reach = google.google_settings(session.settings.environ), network(session.settings, trusts_person=True)
    asks = google.consenting_here(chosen, reach, address, hide=session.masks.hide)
    if asks is None:
        raise UsageError(THREE_WAYS)
    return asks


def _send_to(session: Session, account: Account, url: str, waits: WayBack) -> None:
    session.out.say(f"Allow OMM to read {account.login}, in your browser, within {MINUTES} minutes:", "", url, "")
    session.out.say(NEEDS_BROWSER.format(port=waits.address.rstrip("/").rpartition(":")[2]))
    if sys.platform == "darwin" or any(os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "BROWSER")):
        webbrowser.open(url)


def _awaited(waits: WayBack) -> Back:
    """In short looks, so that Ctrl-C is heard. Raises FatalError (CONSENT)."""
    until = time.monotonic() + MINUTES * 60
    while (back := waits.wait(LOOK)) is None:
        if time.monotonic() > until:
            raise _none(f"Nobody came back from Google's page within {MINUTES} minutes.")
    if back.error:
        raise _none("Consent was refused on Google's page." if back.error == "access_denied" else
                    "Google's page came back without consent.")
    return back


def _right(
    session: Session, asks: Consenting, granted: Grant, account: Account, contents: Collection[Content]
) -> Secret:
    """The grant's secret. One of another account, or without a content, is given back. Raises FatalError (CONSENT)."""
    if not granted.is_of(account.login):
        wrong = f"Consent was given for {granted.address}, and not for {account.login}."
    elif not granted.missing.isdisjoint(contents):
        named = listed([content.value for content in contents if content in granted.missing])
        wrong = f"Consent was given without the box for {named}. {TICK}"
    else:
        return granted.secret
    raise _unused(session, asks, granted, wrong)


def _unused(session: Session, asks: Consenting, granted: Grant, wrong: str) -> FatalError:
    """Gives back what is of no use. Returns what to say of it."""
    came = _given_back(session, asks, granted.secret)
    session.granted.remove(granted.secret)
    return _none(f"{wrong} {SAID.get(came, AWAY)}")


def _given_back(session: Session, asks: Consenting, secret: Secret) -> Came:
    """Gives back what is of no use. What a migration of the same account needs is not ended with it."""
    if session.opened is not None:
        return take_back(session.opened, secret)
    try:
        asks.revoke(secret)
    except OmmError:
        return Came.AWAY
    return Came.BACK


def _none(words: str) -> FatalError:
    return FatalError(f"{words} Type the command again.", cause=Cause.CONSENT, side=Side.SOURCE)
