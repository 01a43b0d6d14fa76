"""Access to the source for one command: what an open task has, else what is given or granted now."""

from __future__ import annotations

from engine.errors import Cause, FatalError, RetryableError, Side
from engine.migration.record import Migration
from engine.migration.request import MigrationRequest
from engine.migration.visit import Engine
from engine.store.vault import Secret
from engine.systems import CredentialKind
from terminal.session import Session


def access_for(session: Session, engine: Engine, wanted: MigrationRequest) -> dict[Side, Secret]:
    """The access to a source that is signed in to with more than a password; nothing for any other.

    The open task of these two accounts is asked first. Raises UsageError, FatalError (CONSENT).
    """
    if wanted.source.system.row.credential is CredentialKind.PASSWORD:
        return {}
    return {Side.SOURCE: _kept(session, engine, wanted) or _new(session, wanted)}


def _kept(session: Session, engine: Engine, wanted: MigrationRequest) -> Secret | None:
    from terminal.going_on import must_be_asked  # noqa: PLC0415 - few accounts need it

    opened = engine.store.open_for(wanted.source, wanted.destination)
    if opened is None or session.prepared(Side.SOURCE) is not None:
        return None
    if must_be_asked(session, engine, opened, Side.SOURCE):
        return None
    kept = session.hidden(engine.vault.get(opened.task_id, Side.SOURCE))
    return kept if _opens(kept, wanted) and _is_good(engine, opened, kept) else None


def _opens(kept: Secret, wanted: MigrationRequest) -> bool:
    """False: something is to be moved that was not asked for when access was granted."""
    from engine.connectors.google.access.grants import kept_access  # noqa: PLC0415 - few accounts need it
    from engine.connectors.google.access.scopes import missing  # noqa: PLC0415

    scopes = kept_access(kept).scopes
    return not scopes or not missing(wanted.contents, scopes)


def _is_good(engine: Engine, opened: Migration, kept: Secret) -> bool:
    """False: what a task keeps is granted no longer. Where that cannot be found out now, signing in shows it."""
    account = opened.request.source

    def keep(renewed: Secret) -> None:
        engine.vault.renew(opened.task_id, Side.SOURCE, kept, renewed)

    made = engine.credentials[account.system.row.credential](account, kept, keep)
    try:
        made.secret(refused=made.secret())
    except RetryableError:
        return True
    except FatalError as error:
        if error.cause is not Cause.CONSENT:
            raise
        return False
    return True


def _new(session: Session, wanted: MigrationRequest) -> Secret:
    from terminal.google_access import access_to  # noqa: PLC0415 - few accounts need it

    return access_to(session, wanted.source, wanted.contents)
