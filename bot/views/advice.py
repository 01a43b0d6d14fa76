"""Advice: what a person can do about an error, and the field of the form that it concerns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from bot.views.blocks import cleaned
from engine.errors import Cause, Side


class Field(StrEnum):
    """The field of a form that an error is about."""

    TOP = "top"
    SERVER = "server"
    LOGIN = "login"
    PASSWORD = "password"      # noqa: S105 - a field's name


@dataclass(frozen=True, slots=True)
class Advice:
    """What to do while the form is open (`form`), and before a stopped migration is resumed (`stopped`, no full stop).

    `whole`: the sentences after the error's first one are the server's own words and are worth repeating.
    """

    field: Field
    form: str
    stopped: str
    whole: bool = False


ADVICE: Mapping[Cause, Advice] = MappingProxyType({
    Cause.HOST_UNKNOWN: Advice(
        Field.SERVER, "Check the spelling of the server's name.", "Check that the server still has this name"
    ),
    Cause.HOST_NOT_ALLOWED: Advice(
        Field.SERVER, "Type another server, or ask OMM's administrator to allow this one.",
        "Ask OMM's administrator to allow the server",
    ),
    Cause.POLICY: Advice(
        Field.SERVER, "Ask an admin of this workspace about it.", "Ask an admin of this workspace to allow the server",
    ),
    Cause.UNREACHABLE: Advice(
        Field.SERVER, "Check the name and the port. The server must be reachable from the internet.",
        "Check that the server is running",
    ),
    Cause.TIMEOUT: Advice(
        Field.SERVER, "Check the name and the port, or try again in a few minutes.",
        "Wait until the server answers again",
    ),
    Cause.TLS: Advice(
        Field.SERVER, "Type the name on the server's certificate, or ask its operator to fix the certificate.",
        "Ask the server's operator to fix its TLS certificate",
    ),
    Cause.WRONG_PROTOCOL: Advice(
        Field.SERVER, "Check the name and the port. Usual ports: IMAP 993, POP3 995, Exchange 443.",
        "Ask the server's operator which service answers there now",
    ),
    Cause.NO_EWS: Advice(
        Field.SERVER, "Type the server where you read this mailbox in a web browser.",
        "Ask the server's operator to enable Exchange Web Services again",
    ),
    Cause.TOO_OLD: Advice(
        Field.SERVER, "Choose a server with a later Exchange.", "Ask the server's operator to update its Exchange",
    ),
    Cause.UNCONFIRMED: Advice(
        Field.SERVER, "If that is right, try again. If not, type another server.", "Confirm the server",
    ),
    Cause.SIGN_IN: Advice(
        Field.LOGIN, "Check the login and type the password again. Some accounts need an app password.",
        "Find out the password that is valid now", whole=True,
    ),
    Cause.FORBIDDEN: Advice(
        Field.LOGIN, "Ask the server's administrator to allow access for this account.",
        "Ask the server's administrator to allow access for this account", whole=True,
    ),
    Cause.SIGN_IN_LIMIT: Advice(
        Field.LOGIN, "Meanwhile, check the password.", "Check the password and wait ten minutes", whole=True
    ),
    Cause.MAILBOX_FULL: Advice(
        Field.LOGIN, "Free some space in this mailbox, then try again.", "Free some space in the destination mailbox"
    ),
    Cause.MAILBOX_GONE: Advice(
        Field.LOGIN, "Check the login, or ask the server's administrator to create the mailbox first.",
        "Ask the server's administrator to restore the mailbox",
    ),
    Cause.SAME_MAILBOX: Advice(
        Field.LOGIN, "Type the login of another mailbox.", "Start a migration into another mailbox",
    ),
    Cause.OTHER_CHOICE: Advice(
        Field.TOP, "Choose for labels what was chosen before, or roll back the earlier migration.",
        "Start a migration with the earlier choice for labels, or roll back the earlier migration",
    ),
    Cause.REFUSALS: Advice(
        Field.SERVER, "Ask the server's administrator why it refuses.",
        "Ask the server's administrator why it refuses", whole=True,
    ),
    Cause.NOTHING_FOUND: Advice(
        Field.LOGIN, "Check that this login opens the mailbox you mean.",
        "Check whether the destination mailbox still holds what was copied before",
    ),
    Cause.BUSY: Advice(Field.SERVER, "Try again in a few minutes.", "Wait a few minutes", whole=True),
    Cause.NOT_KEPT: Advice(Field.PASSWORD, "Type it again.", "Have the password ready"),
    Cause.CONSENT: Advice(Field.LOGIN, "Press “Authorise access” below.", "Authorise access again", whole=True),
    Cause.NOT_OPENED: Advice(
        Field.LOGIN, "Untick it below; or leave it ticked, authorise access again, and allow it on Google's page.",
        "Authorise access again, and allow all of it", whole=True,
    ),
    Cause.NOT_SET_UP: Advice(
        Field.TOP, "Tell OMM's administrator, or untick it below.", "Ask OMM's administrator to set it up", whole=True,
    ),
    Cause.STORE: Advice(
        Field.TOP, "Tell OMM's administrator, then try again.", "Tell OMM's administrator", whole=True
    ),
    Cause.OTHER: Advice(
        Field.TOP, "Try again. If it happens again, tell OMM's administrator.",
        "If this has happened before, tell OMM's administrator", whole=True,
    ),
})

# What the form says in the place of that where the fault is the source's: it is where it is, and is not made anew.
AT_THE_SOURCE: Mapping[Cause, str] = MappingProxyType({
    Cause.TOO_OLD: "Ask its operator to update it. Or, if it offers IMAP, choose that as the kind of source.",
    Cause.MAILBOX_GONE: "Check the login. If it is right, ask the server's administrator where the mailbox is now.",
})


def in_the_form(cause: Cause, side: Side | None) -> str:
    """What to do about an error of that side while the form is open."""
    own = AT_THE_SOURCE.get(cause) if side is Side.SOURCE else None
    return own or ADVICE[cause].form


def cause_of(value: str) -> Cause:
    """The cause that a record or a verdict names; OTHER when it is unknown to this release."""
    return Cause(value) if value in set(Cause) else Cause.OTHER


def said(error: str, cause: Cause, most: int) -> str:
    """The error's words in at most `most` characters, without the sentences that our own advice replaces."""
    words = cleaned(error, 3000)
    sentences = re.split(r"(?<=[.?!”]) (?=[A-Z])", words)
    if len(words) <= most and ADVICE[cause].whole:
        return words
    return cleaned(sentences[-1 if cause is Cause.SIGN_IN_LIMIT else 0], most)
