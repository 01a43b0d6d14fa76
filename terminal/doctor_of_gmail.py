"""Examining a Google account: whether OMM has a way in, what Gmail shows of it, and what it hides.

Programs read what `omm doctor` prints without an account (terminal/deployment/examining.py). Nothing is changed; what
was granted for it is given back at the end.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from functools import partial
from typing import TYPE_CHECKING

import wiring
from engine.connectors.google.access.grants import kept_access
from engine.credentials import Credential
from engine.errors import LaterError, Side
from engine.migration.account import Account
from engine.migration.content import Content
from engine.store.allowances import Allowances
from engine.store.vault import Secret
from engine.systems import CredentialKind, System
from engine.words import number
from terminal.deployment import google as files
from terminal.deployment.examining import looked_at
from terminal.deployment.line import Check, Line, right, untried, warning, wrong
from terminal.google_access import access_to
from terminal.moving import account_of
from terminal.session import Session
from wiring.connectors import google_examination, network
from wiring.google import google_settings, reached

if TYPE_CHECKING:
    from engine.connectors.google.examination import Count, Seen

ACCESS, IMAP, SHOWN, COUNT, TODAY = "Access", "IMAP", "What is shown", "Messages", "Today"
INTERFACES = "Google's interfaces"
MEGABYTE = 1_000_000
SIGNING_IN = 120.0      # seconds
ASKING = 240.0          # seconds; each of four interfaces is asked again for up to 40 where Google is busy
LIMITS = (1000, 2000, 5000, 10_000)     # Gmail's folder size limits
SETTINGS = "Gmail's settings, Forwarding and POP/IMAP, Folder size limits: do not limit."


def run_gmail_doctor(session: Session, url: str) -> int:
    """Looks at the account. Returns the exit status. Raises UsageError, and FatalError (CONSENT) without a way in."""
    account = account_of(url, Side.SOURCE, allow_plaintext=False)
    settings = list(files.files(session.settings.environ))
    if any(line.verdict == "wrong" for line in settings):
        return looked_at(session, [Check(files.GMAIL, lambda: settings)])
    with session.doors() as opened:
        secret = access_to(session, account, list(System.GOOGLE.row.gives), in_part=True)
        return looked_at(session, _checks(session, opened, account, secret, settings))


def _checks(
    session: Session, opened: wiring.Doors, account: Account, secret: Secret, settings: list[Line]
) -> Iterator[Check]:
    kept: list[Secret] = [secret]
    make = opened.engine.credentials[CredentialKind.GRANT]
    credential = make(account, secret, kept.append)
    yield Check(files.GMAIL, lambda: settings)
    lines = Check(ACCESS, partial(_access, session, kept, credential), SIGNING_IN).lines()
    yield Check(ACCESS, lambda: lines)
    if any(line.verdict == "wrong" for line in lines):
        return
    from engine.connectors.google.access.credentials import opened_with  # noqa: PLC0415 - Google's libraries

    opens, _by = opened_with(credential)
    yield Check(IMAP, partial(_imap, session, account, credential, opens), SIGNING_IN)
    yield Check(INTERFACES, partial(_interfaces, session, account, credential, opens), ASKING)
    yield Check(TODAY, partial(_today, opened, account))


def _access(session: Session, kept: list[Secret], credential: Credential) -> Iterator[Line]:
    """That there is a token, that it can be renewed, and what it is for."""
    from engine.connectors.google.access.credentials import BEARER, Scoped, opened_with  # noqa: PLC0415 - Google's libraries

    if isinstance(credential, Scoped):
        opens, _by = opened_with(credential)
        yield right(ACCESS, "by the service account, for this mailbox.")
        yield from _lacks("delegated", opens, "docs/gmail.md says which scopes the domain's administrator adds.")
        return
    first = credential.secret()
    if not first.startswith(BEARER):
        yield right(ACCESS, "by an app password.")
        return
    credential.secret(refused=first)
    access = kept_access(kept[-1])
    opens, _by = opened_with(credential)
    yield from _lacks("granted", opens, "To move it, consent again, with its box ticked.")
    yield right(ACCESS, f"by consent of {access.address}; the token can be renewed. Granted: {' '.join(access.scopes)}")


def _lacks(done: str, opens: Collection[Content], advice: str) -> Iterator[Line]:
    """What the access does not open, if there is something: the rest is looked at, and moves."""
    lacking = [content.value for content in Content if content in System.GOOGLE.row.gives and content not in opens]
    if lacking:
        yield warning(ACCESS, f"not {done}: {', '.join(lacking)}.", advice)


def _imap(session: Session, account: Account, credential: Credential, opens: Collection[Content]) -> Iterator[Line]:
    from engine.connectors.google import examination  # noqa: PLC0415 - Google's libraries

    if Content.MAIL not in opens:
        yield untried(IMAP, "mail is not among what OMM may read.")
        return
    seen = examination.seen(google_examination(session.settings, account, credential))
    where = ":".join(map(str, google_settings(session.settings.environ).imap_server))
    if not seen.extended:
        yield wrong(IMAP, f"{where} lets us in, and is not Gmail: it lacks X-GM-EXT-1.")
        return
    yield right(IMAP, f"{where} lets us in, with Gmail's extension; {number(seen.folders, 'folder')}.")
    if seen.hidden:
        yield warning(SHOWN, "All Mail is hidden: what has no label cannot be seen.",
                      "Gmail's settings, Labels, All Mail: Show in IMAP.")
    elif seen.everything in LIMITS:
        yield warning(SHOWN, f"All Mail shows exactly {seen.everything:,}: a folder size limit may be set.", SETTINGS)
    else:
        yield right(SHOWN, "All Mail is shown, without a folder size limit.")
    reach = reached(google_settings(session.settings.environ), network(session.settings, trusts_person=True))
    yield _count(seen, examination.counted(reach, credential.secret()))


def _interfaces(
    session: Session, account: Account, credential: Credential, opens: Collection[Content]
) -> Iterator[Line]:
    """Of each interface, whether it is switched on and may be asked, and how much there is."""
    from engine.connectors.google import examination  # noqa: PLC0415 - Google's libraries
    from engine.connectors.google.access.credentials import Opening  # noqa: PLC0415

    if not isinstance(credential, Opening):
        yield untried(INTERFACES, "an app password opens mail alone: calendars, contacts, tasks and filters stay.")
        return
    for one in examination.held(google_examination(session.settings, account, credential), opens):
        if one.error is not None:
            yield wrong(one.called, str(one.error))
        else:
            yield right(one.called, f"{number(one.count, one.noun)}.")


def _today(opened: wiring.Doors, account: Account) -> Iterator[Line]:
    """What OMM may still read within 24 hours, by what it has read itself; other programs read from the same share."""
    share = Allowances(opened.redis).of(account)
    of, left = (f"{size / MEGABYTE:,.0f} MB" for size in (share.a_day, share.left()))
    said = f"OMM reads at most {of} in 24 hours; {left} of them are left."
    try:
        share.check()
    except LaterError as error:
        yield warning(TODAY, f"{said} A migration waits until {error.until:%Y-%m-%d %H:%M} UTC.")
    else:
        yield right(TODAY, said)


def _count(seen: Seen, count: Count) -> Line:
    shown = seen.everything + seen.beside
    said = f"{number(shown, 'message')} by IMAP"
    if count.total is None:
        return untried(COUNT, f"{said}; Gmail's own count is not known: {count.why}.")
    if count.total > shown:
        return warning(COUNT, f"{said}, {count.total:,} by Gmail's own count: {count.total - shown:,} are not shown.",
                       "Gmail's settings: show all labels in IMAP, and do not limit the size of folders.")
    return right(COUNT, f"{said}, {count.total:,} by Gmail's own count.")
