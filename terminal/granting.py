"""Access to the source for one command: what an open task has, else what is given or granted now."""

from __future__ import annotations

from engine.errors import Side
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
    return session.hidden(engine.vault.get(opened.task_id, Side.SOURCE))


def _new(session: Session, wanted: MigrationRequest) -> Secret:
    from terminal.google_access import access_to  # noqa: PLC0415 - few accounts need it

    return access_to(session, wanted.source, wanted.contents)
