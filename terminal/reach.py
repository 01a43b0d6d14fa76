"""What the access to a source reaches that was given to a command, before anything starts."""

from __future__ import annotations

from dataclasses import replace

from engine.contents import CONTENTS
from engine.errors import Side
from engine.migration.content import Content
from engine.migration.request import MigrationRequest
from engine.migration.visit import Engine
from engine.store.vault import Secret
from engine.systems import CredentialKind
from engine.words import listed
from terminal.session import Session
from terminal.usage import UsageError

MAIL_ALONE = "An app password opens a Google account's mail alone."

NOT_DELEGATED = (
    "The domain has not delegated to OMM's service account what opens {}: not moved. docs/gmail.md says which scopes "
    "its administrator adds."
)


def within_what_is_delegated(
    session: Session, engine: Engine, wanted: MigrationRequest, secret: Secret, *, named: bool
) -> MigrationRequest:
    """The request, without what a domain has not delegated to the service account that opens the source.

    What somebody has `named` stays in it: the check says then why it does not move. Raises FatalError, RetryableError.
    """
    from engine.connectors.google.access.credentials import Scoped, opened_with  # noqa: PLC0415 - few accounts need it

    made = engine.credentials[wanted.source.system.row.credential](wanted.source, secret, lambda _renewed: None)
    if named or not isinstance(made, Scoped):
        return wanted
    opens, _by = opened_with(made)
    closed = [content.value for content in wanted.contents if content not in opens]
    if not closed or len(closed) == len(wanted.contents):
        return wanted
    session.out.say(NOT_DELEGATED.format(listed(closed)))
    left = tuple(content for content in wanted.contents if content not in opens)
    return replace(
        wanted, contents=tuple(content for content in wanted.contents if content in opens), unopened=left
    )


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
    left = tuple(content for content in wanted.contents if content is not Content.MAIL)
    return replace(wanted, contents=(Content.MAIL,), unopened=left)
