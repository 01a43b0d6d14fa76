"""What the access to a source reaches that was given to a command, before anything starts."""

from __future__ import annotations

from dataclasses import replace

from engine.contents import CONTENTS
from engine.errors import Side
from engine.migration.content import Content
from engine.migration.request import MigrationRequest
from engine.systems import CredentialKind
from engine.words import listed
from terminal.session import Session
from terminal.usage import UsageError

MAIL_ALONE = "An app password opens a Google account's mail alone."


def within_reach(session: Session, wanted: MigrationRequest, *, named: bool) -> MigrationRequest:
    """The request, without what an app password does not open. `named`: somebody has named the contents.

    Raises UsageError where what was named cannot be read.
    """
    typed = session.prepared(Side.SOURCE)
    closed = [content.value for content in CONTENTS if content in wanted.contents and content is not Content.MAIL]
    if wanted.source.system.row.credential is not CredentialKind.GRANT or typed is None or not closed:
        return wanted
    if named:
        raise UsageError(f"{MAIL_ALONE} Write --contents mail, or give another access: see docs/gmail.md.")
    session.out.say(f"{MAIL_ALONE} Not moved: {listed(closed)}.")
    return replace(wanted, contents=(Content.MAIL,))
