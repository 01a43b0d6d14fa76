"""Advice: what somebody does about an error, and at which field of a form it belongs."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from bot.blocks import cleaned
from engine.errors import Cause


class Place(StrEnum):
    """Where a form says what is wrong."""

    TOP = "top"
    SERVER = "server"
    LOGIN = "login"
    PASSWORD = "password"      # noqa: S105 - a field's name


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do while the form is open, and what to do before a migration that stopped is resumed.

    `whole`: what the server said goes on after the first sentence of the error, and is worth repeating.
    """

    place: Place
    form: str
    stopped: str
    whole: bool = False


ADVICE: Mapping[Cause, Advice] = MappingProxyType({
    Cause.HOST_UNKNOWN: Advice(
        Place.SERVER, "Check the spelling of the server's name.", "Check that the server still has this name"
    ),
    Cause.HOST_NOT_ALLOWED: Advice(
        Place.SERVER, "Type another server, or ask whoever runs this app to allow it.",
        "Ask whoever runs this app to allow the server",
    ),
    Cause.UNREACHABLE: Advice(
        Place.SERVER, "Check name and port, and that the server can be reached from outside.",
        "Check that the server is up",
    ),
    Cause.TIMEOUT: Advice(
        Place.SERVER, "Check name and port, or send the form again in some minutes.",
        "Wait until the server answers again",
    ),
    Cause.TLS: Advice(
        Place.SERVER, "Type the name that the server's certificate was made out for, or tell its operator.",
        "Ask the server's operator to mend its encryption",
    ),
    Cause.WRONG_PROTOCOL: Advice(
        Place.SERVER, "Check name and port: IMAP is usually at 993, POP3 at 995, Exchange at 443.",
        "Ask the server's operator what answers there now",
    ),
    Cause.NO_EWS: Advice(
        Place.SERVER, "Type the server where this mailbox is read in a web browser.",
        "Ask the server's operator to open Exchange Web Services again",
    ),
    Cause.TOO_OLD: Advice(
        Place.SERVER, "Choose a server with Exchange 2013 or later.",
        "Have the server updated to Exchange 2013 or later",
    ),
    Cause.SIGN_IN: Advice(
        Place.LOGIN, "Check the login and type the password again; some accounts need an app password.",
        "Check the password: it may have been changed", whole=True,
    ),
    Cause.FORBIDDEN: Advice(
        Place.LOGIN, "Ask the server's administrator to let this account in.",
        "Ask the server's administrator to let this account in", whole=True,
    ),
    Cause.SIGN_IN_LIMIT: Advice(
        Place.LOGIN, "Until then, make sure of the password.", "Make sure of the password, wait until then", whole=True
    ),
    Cause.MAILBOX_FULL: Advice(
        Place.LOGIN, "Make room in this mailbox, then send the form again.", "Make room in the destination mailbox"
    ),
    Cause.MAILBOX_GONE: Advice(
        Place.LOGIN, "Check the login, or have the mailbox made first.", "Have the mailbox restored"
    ),
    Cause.REFUSALS: Advice(
        Place.SERVER, "Ask the server's administrator what it refuses.",
        "Ask the server's administrator what it refuses", whole=True,
    ),
    Cause.NOTHING_FOUND: Advice(
        Place.LOGIN, "Check that this login opens the mailbox you mean.",
        "Look whether the destination mailbox still holds what was copied before",
    ),
    Cause.BUSY: Advice(Place.SERVER, "Send the form again in some minutes.", "Wait some minutes", whole=True),
    Cause.NOT_KEPT: Advice(Place.PASSWORD, "Type it again.", "Have the password ready"),
    Cause.STORE: Advice(
        Place.TOP, "Tell whoever runs this app, then send the form again.", "Tell whoever runs this app", whole=True
    ),
    Cause.OTHER: Advice(
        Place.TOP, "Send the form again; if it happens again, tell whoever runs this app.",
        "If this has happened before, tell whoever runs this app", whole=True,
    ),
})


def cause_of(value: str) -> Cause:
    """The cause that a record or a verdict names; OTHER for one that is not known (any more)."""
    return Cause(value) if value in set(Cause) else Cause.OTHER


def said(error: str, cause: Cause, most: int) -> str:
    """What an error says, in at most `most` characters: the part that our advice does not say better."""
    words = cleaned(error, 3000)
    sentences = re.split(r"(?<=[.?!”]) (?=[A-Z])", words)
    if len(words) <= most and ADVICE[cause].whole:
        return words
    return cleaned(sentences[-1 if cause is Cause.SIGN_IN_LIMIT else 0], most)
