"""Switching on the out-of-office that a migration has left off, for a person who has pressed for it."""

from __future__ import annotations

from bot.audit.auditing import came_of, given_up, refused
from bot.notices.letters import letter
from bot.services import Services
from bot.stored.audit_entries import What
from bot.stored.orders import GivenUp
from bot.stored.threads import Act
from engine.errors import (
    Cause,
    FatalError,
    InLineError,
    InputError,
    LeaseLostError,
    OmmError,
    RetryableError,
    Side,
    TakenError,
    UnreadableError,
)
from engine.migration.record import Migration
from engine.pace.halt import Halt
from engine.settings import switching_on
from engine.words import of_side, sentence

BY_HAND = "You can also switch it on in the new mailbox."
LATER = "Please press Switch it on again when that has ended."
OUR_FAULT = "OMM stopped because of an error of its own."


def switch_on(services: Services, halt: Halt, *, task_id: str, user: str) -> bool:
    """Switches it on, and writes down who asked; tells `user` where that is not possible."""
    try:
        _press(services, switching_on.switch_on(services.engine, task_id, halt=halt), user)
    except InLineError as error:
        _tell(services, task_id, user, error, LATER)
    except TakenError:
        raise
    except InputError as error:
        _tell(services, task_id, user, error)
    except (RetryableError, UnreadableError) as error:
        _tell(services, task_id, user, error, BY_HAND)
    except FatalError as error:
        _after(services, task_id, user, error)
    finally:
        services.threads.changed(task_id)
    return True


def give_up(services: Services, *, task_id: str, user: str, why: GivenUp) -> None:
    """Tells `user` that we are at fault, whichever it was, and writes down that nothing came of it."""
    given_up(services, user, What.SWITCH_ON, task_id, why)
    _write(services, task_id, user, f"{OUR_FAULT} {BY_HAND}")


def _press(services: Services, migration: Migration, user: str) -> None:
    """Writes down once who has pressed, however often this is carried out."""
    if migration.left_off is not None:
        services.threads.press(migration.task_id, user, Act.SWITCH_ON, at=migration.left_off.switched_on)


def _after(services: Services, task_id: str, user: str, error: FatalError) -> None:
    if isinstance(error, LeaseLostError) or error.cause is Cause.STORE:
        raise error
    if error.cause is Cause.SIGN_IN:        # it is not sent a second time
        services.engine.vault.drop(task_id, Side.DESTINATION)
    _tell(services, task_id, user, error, BY_HAND)


def _tell(services: Services, task_id: str, user: str, error: OmmError, advice: str = "") -> None:
    came_of(services, user, What.SWITCH_ON, task_id, refused(error))
    side = error.side if isinstance(error, FatalError) else None
    _write(services, task_id, user, f"{sentence(of_side(side, str(error)))} {advice}".rstrip())


def _write(services: Services, task_id: str, user: str, words: str) -> None:
    said = f"The out-of-office of migration {task_id} was not switched on. {words}"
    services.outbox.put(letter(f"switch_on:{task_id}:{user}", user, said))
