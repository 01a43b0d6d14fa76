"""Every error the engine raises, sorted by what its caller does about it.

    OmmError                    something a person must be told, in their words
    ├── FatalError              stop the migration, say why; a person can mend it and resume
    │   ├── SignInError         a server refused the login or the password
    │   ├── LaterError          the source gives no more until a given time: the migration goes on by itself then
    │   └── LeaseLostError      another process has taken the migration over: stop without a word
    ├── RetryableError          wait and go on
    │   └── RenumberedError     list the folder again and go on
    ├── RefusedError            this one item can never be copied: into the report
    │   ├── GoneError           a folder or an item that is not there (any more)
    │   ├── NoRoomError         the mailbox is full of such things: left out, for its owner can make room
    │   └── StateLostError      the server does not know any more up to where a folder was read
    ├── UnreadableError         stored by a newer release, or damaged: leave it alone, go on with the others
    │   └── DamagedError        no release can read it: a person may remove it
    └── InputError              what was typed cannot be used: nothing was started
        └── TakenError          another process is at work on the task: try again later
            └── InLineError     another task has the mailbox: try again when it has ended

Exceptions of other libraries are mapped where they are met, in the connectors, and go no further.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum


class Side(StrEnum):
    """The two ends of a migration."""

    SOURCE = "source"
    DESTINATION = "destination"


class Cause(StrEnum):
    """What is wrong with an account or its server: the one word that a form or a card sorts by."""

    HOST_UNKNOWN = "host unknown"
    HOST_NOT_ALLOWED = "host not allowed"
    POLICY = "not allowed in this workspace"
    UNREACHABLE = "unreachable"
    TIMEOUT = "no answer"
    TLS = "certificate"
    WRONG_PROTOCOL = "not this kind of server"
    NO_EWS = "no EWS"
    TOO_OLD = "too old"
    UNCONFIRMED = "server not confirmed"
    SIGN_IN = "login or password"
    FORBIDDEN = "access not allowed"
    SIGN_IN_LIMIT = "too many sign-ins"
    MAILBOX_FULL = "mailbox full"
    MAILBOX_GONE = "mailbox gone"
    REFUSALS = "too many refusals"
    SAME_MAILBOX = "same mailbox"
    OTHER_CHOICE = "another choice than before"
    NOTHING_FOUND = "nothing found"
    BUSY = "busy"
    NOT_KEPT = "password no longer kept"
    CONSENT = "consent needed"
    NOT_OPENED = "not opened for all contents"
    NOT_SET_UP = "not set up"
    STORE = "store"
    OTHER = "other"


class OmmError(Exception):
    """An error with words for the mailbox's owner. `str()` of it is what a person reads."""


class FatalError(OmmError):
    """The migration cannot go on until a person has done something."""

    def __init__(self, words: str, *, cause: Cause = Cause.OTHER, side: Side | None = None) -> None:
        super().__init__(words)
        self.cause = cause
        self.side = side


class SignInError(FatalError):
    """The server refused the login or the password. Never tried again without a person.

    `times` is how often the server has refused, as it counts: several connections may have been under way.
    """

    def __init__(
        self, words: str, *, side: Side | None = None, cause: Cause = Cause.SIGN_IN, times: int = 1
    ) -> None:
        super().__init__(words, cause=cause, side=side)
        self.times = times


class LaterError(FatalError):
    """The source gives no more until a time that is known: the migration waits for it, and goes on by itself.

    `until` is UTC. `a_day` is how many bytes it is taken to give within 24 hours.
    """

    def __init__(self, words: str, *, until: datetime, a_day: int) -> None:
        super().__init__(words, cause=Cause.BUSY, side=Side.SOURCE)
        self.until = until
        self.a_day = a_day


class LeaseLostError(FatalError):
    """Another process owns this migration or this mailbox now. Nothing more may be written."""


class RetryableError(OmmError):
    """The server is busy or a connection broke; the same may go through later.

    `back_off` is the wait in seconds that the server asked for, None when it named none. `of_folder`: it was said of
    a whole folder, so that asking for its messages one by one tells nothing more.
    """

    def __init__(
        self, words: str, *, cause: Cause = Cause.BUSY, back_off: float | None = None, of_folder: bool = False
    ) -> None:
        super().__init__(words)
        self.cause = cause
        self.back_off = back_off
        self.of_folder = of_folder


class RenumberedError(RetryableError):
    """A source folder's messages have other numbers than when it was listed."""


class RefusedError(OmmError):
    """One item cannot be copied. Its words go into the report beside the item's name.

    `of_folder`: as for RetryableError.
    """

    def __init__(self, words: str, *, of_folder: bool = False) -> None:
        super().__init__(words)
        self.of_folder = of_folder


class NameTakenError(RefusedError):
    """There is a folder of that name already, as the server compares names."""


class GoneError(RefusedError):
    """What was asked for is not there (any more)."""


class NoRoomError(RefusedError):
    """The mailbox has no room for more of this kind, until its owner removes some."""


class StateLostError(RefusedError):
    """The server does not know any more up to where a folder was read: it must be read from its start."""


class UnreadableError(OmmError):
    """What the store keeps is of a newer release, or damaged. It stays as it is, and nobody acts on it."""


class DamagedError(UnreadableError):
    """What the store keeps is damaged, so that no release can read it."""


class InputError(OmmError):
    """What a person typed cannot be used. Nothing was started, nothing was stored."""


class TakenError(InputError):
    """Another process is at work on this task now; nothing else is wrong with what was asked."""


class InLineError(TakenError):
    """Another task is at work in the destination mailbox."""
