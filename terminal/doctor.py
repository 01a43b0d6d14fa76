"""Examining an Exchange account, and the report of it: something to paste where strangers read it.

Programs read {"task_id": null, "state": "fine", "wrong" or "stopped", "version", "server": {"release", "build",
"schema", "scheme", "folders", "messages"} or null, "offered": [...], "host": null, "port", "transport", "login",
"access", "findings": [{"step", "fine", "words", "seconds"}], "untried": [...], "waits": [seconds], "seconds"}. "host"
is there with --show-host alone; "login" says what kind of name it is, "access" by which right it opens the mailbox.
"""

from __future__ import annotations

import os
import re
import time
from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import asdict
from importlib.metadata import version
from typing import Any

import wiring
from engine.clock import utc_now
from engine.doctor.diagnosis import Diagnosis, Finding, Step, examine
from engine.errors import Side
from engine.migration.account import Account
from engine.pace.halt import Halt
from engine.systems import System, an_account
from engine.words import number
from terminal.looking_up import LookUp, with_server
from terminal.moving import COMPLETED, NOT_COMPLETED, account_of
from terminal.service_account import Openings
from terminal.session import Session
from terminal.stopping import stopping
from terminal.usage import UsageError

SHORTEST = 3            # letters of a name that is taken out of the server's words
CUT_OFF = (100, 200)    # characters of a name that errors repeat
ADDRESS = re.compile(r"[^\s<>()\[\],;:\"@]+@[^\s<>()\[\],;:\"@]+\.\w+")
LARGEST = 1_000         # megabytes
SHOWN_FROM = 0.05       # seconds
WIDTH = max(len(step) for step in Step)
STOPPING = "stopping, and removing what was written (Ctrl-C again leaves at once)"
PASTE = (
    "This can be shown to strangers: it names neither the server nor the login. Read it once more all the same; words "
    "of the server's own may stand in it."
)

Discreet = Callable[[str], str]


def mailbox_of(
    destination: str, *, allow_plaintext: bool, destination_mailbox: str | None = None,
    full_access: Collection[str] = (),
) -> Account:
    """The account that was typed, as `omm migrate` takes its destination. Raises UsageError."""
    account = account_of(destination, Side.DESTINATION, allow_plaintext=allow_plaintext, may_lack_server=True)
    if account.system is not System.EXCHANGE:
        raise UsageError(f"omm doctor tries {an_account(System.EXCHANGE)}")
    return Openings({Side.DESTINATION: destination_mailbox}, full_access).of(Side.DESTINATION, account)


def size_of(megabytes: int | None) -> int:
    """The size of the large message in bytes; 0 for none. Raises UsageError."""
    if megabytes is None:
        return 0
    if not 1 <= megabytes <= LARGEST:
        raise UsageError(f"--size is a number of megabytes from 1 to {LARGEST:,}.")
    return megabytes * 1_000_000


def run_doctor(
    session: Session, account: Account, *, large: int, show_host: bool, look_up: LookUp = wiring.looked_up
) -> int:
    """Examines the mailbox, once its server is known; says each finding as it comes, and sums up.

    Raises what `with_server` raises.
    """
    account = with_server(session, account, Side.DESTINATION, look_up)
    began, halt = time.monotonic(), Halt()
    password = session.password(Side.DESTINATION, account)
    discreet = discretion(account, session.masks.masked, show_host=show_host)
    session.out.say(*_heading(account, show_host=show_host))
    mailbox = wiring.examination(session.settings, account, password, trusts_person=True)
    with session.engine() as engine, stopping(halt, lambda: _note(session)):
        try:
            found = examine(
                mailbox, account, engine.sign_ins, halt=halt, large=large, clock=engine.clock,
                tell=lambda finding: session.out.say(_line(finding, discreet)),
            )
        finally:
            mailbox.close()
    session.out.say("", *_summary(found))
    seconds = round(time.monotonic() - began, 3)
    session.out.result(record(found, account, discreet, show_host=show_host) | {"seconds": seconds})
    return COMPLETED if found.fine else NOT_COMPLETED


def _note(session: Session) -> None:
    """Past every buffer: one may be in use at this moment."""
    with suppress(OSError, ValueError):     # the reader may have left
        os.write(session.out.stream.fileno(), f"{STOPPING}\n".encode())


# What is not said


def discretion(account: Account, masked: Discreet, *, show_host: bool) -> Discreet:
    """Takes password, login, mailbox, the parts of both, host and addresses out of words, in any case of letters."""
    names: dict[str, str] = {}
    for whole, shown in ((account.mailbox, "[mailbox]"), (account.login, "[login]")):
        user, _, domain = whole.replace("\\", "@").rpartition("@")
        within = show_host and account.host.casefold().endswith(domain.casefold())
        parts = (whole, user, *([] if within else [domain]))
        names |= {name: shown for each in parts for name in _as_errors_say(each) if len(name) >= SHORTEST}
    if not show_host:
        names |= dict.fromkeys(_as_errors_say(account.host), "[host]")
    longest_first = sorted(names, key=len, reverse=True)
    whole_words = "(?<![^\\W_])(?:" + "|".join(map(re.escape, longest_first)) + ")(?![^\\W_])"      # no part of a word
    pattern = re.compile(whole_words if names else "(?!)", re.IGNORECASE)

    def discreet(words: str) -> str:
        known = pattern.sub(lambda found: names.get(found[0].casefold(), "[login]"), masked(words))
        return ADDRESS.sub("[address]", known)

    return discreet


def _as_errors_say(name: str) -> set[str]:
    """A name as it stands in errors, whole or cut off, casefolded."""
    return {name[:most].casefold() for most in (len(name), *CUT_OFF)}


def kind_of_login(login: str) -> str:
    """What a login looks like, for whoever wonders why it is refused."""
    if "\\" in login:
        return "a name in a domain"
    return "an address" if "@" in login else "a name alone"


# What is said


def _heading(account: Account, *, show_host: bool) -> list[str]:
    host = account.host if show_host else "not shown (--show-host)"
    return [
        f"omm doctor {version('omm-for-slack')}, {utc_now():%-d %B %Y, %H:%M} UTC",
        f"Server: {host}, port {account.port}, {account.transport}. Login: {kind_of_login(account.login)}.",
        *([f"The mailbox is another one, which it opens by {account.access}."] if account.mailbox else []),
        "",
    ]


def _line(finding: Finding, discreet: Discreet) -> str:
    verdict = "ok   " if finding.fine else "WRONG"
    took = f" ({finding.seconds:.1f} s)" if finding.seconds >= SHOWN_FROM else ""
    return f"{verdict}  {finding.step:<{WIDTH}}  {discreet(finding.words)}{took}"


def _summary(found: Diagnosis) -> list[str]:
    wrong = sum(not finding.fine for finding in found.findings)
    lines = []
    if found.server is not None:
        server = found.server
        lines.append(f"{server.release}, build {server.build}, schema {server.schema}.")
    else:
        lines.append("Nothing was written.")
    if found.server is not None and found.untried:
        lines.append(f"Not tried: {', '.join(found.untried)}.")
    if found.waits:
        again = number(len(found.waits), "request")
        lines.append(f"{again} had to be made again; the longest wait that it asked for is {max(found.waits):,.1f} s.")
    if found.stopped:
        lines.append("It was stopped.")
    if wrong or not found.stopped:
        lines.append(f"{number(wrong, 'thing')} {'is' if wrong == 1 else 'are'} wrong." if wrong else "All is fine.")
    return [*lines, "", PASTE]


def record(found: Diagnosis, account: Account, discreet: Discreet, *, show_host: bool) -> dict[str, Any]:
    """The same for a program."""
    return {
        "task_id": None,
        "state": "fine" if found.fine else "stopped" if found.stopped else "wrong",
        "version": version("omm-for-slack"),
        "server": None if found.server is None else asdict(found.server),
        "offered": list(found.offered),
        "host": account.host if show_host else None,
        "port": account.port,
        "transport": account.transport.value,
        "login": kind_of_login(account.login),
        "access": account.access.value,
        "findings": [asdict(one) | {"words": discreet(one.words)} for one in found.findings],
        "untried": list(found.untried),
        "waits": list(found.waits),
    }
