"""Looking at both sides before anything starts: does each let us in, and what is there."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from engine.errors import Cause, FatalError, RetryableError, Side, SignInError
from engine.migration.account import Account
from engine.migration.questions import ABOUT
from engine.migration.request import MigrationRequest
from engine.migration.same_mailbox import refuse_same
from engine.migration.visit import Engine
from engine.ports.facts import Facts
from engine.words import listed


@dataclass(frozen=True, slots=True)
class Checked:
    """What each side shows."""

    source: Facts
    destination: Facts


def check(engine: Engine, request: MigrationRequest, *, source_password: str, destination_password: str) -> Checked:
    """Signs in to both sides, the source first.

    Raises FatalError (SignInError, SAME_MAILBOX, NOT_OPENED) with its side set.
    """
    connectors = engine.connectors
    found = Checked(
        source=_look(
            engine, request.source, source_password, Side.SOURCE,
            lambda a, _: connectors.check_source(a, source_password, request.contents),
        ),
        destination=_look(
            engine, request.destination, destination_password, Side.DESTINATION,
            lambda a, tries: connectors.check_destination(
                a, destination_password, tries=tries, live=not set(ABOUT.values()).isdisjoint(request.contents)
            ),
        ),
    )
    _refuse_unopened(request, found.source)
    if request.source.system is request.destination.system:
        refuse_same(found.source.mailbox, found.destination.mailbox)
    return found


def _refuse_unopened(request: MigrationRequest, source: Facts) -> None:
    """Raises FatalError (NOT_OPENED) where something that was chosen cannot be read by what opens the source."""
    opens = source.opens
    if opens is None or opens.issuperset(request.contents):
        return
    read = listed([content.value for content in request.contents if content in opens])
    closed = listed([content.value for content in request.contents if content not in opens])
    does = f"opens {read} of the source, and not {closed}" if read else f"does not open {closed} of the source"
    raise FatalError(f"{source.opened_by} {does}.", cause=Cause.NOT_OPENED, side=Side.SOURCE)


def _look(
    engine: Engine, account: Account, password: str, side: Side, look: Callable[[Account, int], Facts]
) -> Facts:
    try:
        found = look(account, engine.sign_ins.before(account, password, side=side))
    except SignInError as error:
        error.side = side
        if error.cause is Cause.SIGN_IN:
            engine.sign_ins.refused(account, password, times=error.times)
        raise
    except FatalError as error:
        error.side = error.side or side
        raise
    except RetryableError as error:
        raise FatalError(str(error), cause=error.cause, side=side) from error
    engine.sign_ins.accepted(account, password)
    return found
