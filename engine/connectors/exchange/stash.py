"""Data of ours in the mailbox: a user configuration in its root, which no program shows to its owner.

[MS-OXWSUSRCFG]: CreateUserConfiguration (3.1.4.1), DeleteUserConfiguration (3.1.4.2), GetUserConfiguration (3.1.4.3),
UpdateUserConfiguration (3.1.4.4). The data is the BinaryData of UserConfigurationType (2.2.4.5).
"""

from __future__ import annotations

import binascii
import threading
from base64 import b64decode, b64encode

from lxml import etree

from engine.connectors.exchange.codes import Meaning, meaning_of
from engine.connectors.exchange.errors import AnswerLostError, CodeError, raise_for
from engine.connectors.exchange.read import ask_one
from engine.connectors.exchange.reading.asking import Asking
from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import MESSAGES, TYPES, attribute, envelope, messages, parse, single
from engine.errors import GoneError, RefusedError, RetryableError, Side

NOT_TOLD = "the mailbox does not tell what is kept in it of this migration ({})"
FOLDER = '<t:DistinguishedFolderId Id="root"/>'


def stash(sessions: Sessions, name: str, data: bytes) -> None:
    """Keeps the data under that name. It looks first: whoever calls it again sends nothing for the same data.

    Raises RefusedError, RetryableError, FatalError.
    """
    there = stashed(sessions, name)
    if there == data:
        return
    verb = "Create" if there is None else "Update"
    body = envelope(
        f"<m:{verb}UserConfiguration><m:UserConfiguration><t:UserConfigurationName Name={attribute(name)}>{FOLDER}"
        f"</t:UserConfigurationName><t:BinaryData>{b64encode(data).decode()}</t:BinaryData></m:UserConfiguration>"
        f"</m:{verb}UserConfiguration>"
    )
    single(parse(sessions.post(body, len(body)), sessions.side), sessions.side)


def stashed(sessions: Sessions, name: str) -> bytes | None:
    """What is kept under that name, None where nothing is.

    Raises RefusedError where the server does not tell it while it answers other questions, RetryableError, FatalError.
    """
    asking = Asking(sessions, stop=threading.Event())
    body = envelope(
        f"<m:GetUserConfiguration>{_named(name)}<m:UserConfigurationProperties>BinaryData"
        "</m:UserConfigurationProperties></m:GetUserConfiguration>"
    )
    try:
        found = asking.patiently(lambda: ask_one(sessions, body))
    except GoneError:
        return None
    except RetryableError as error:
        if error.back_off is not None or not asking.answers():
            raise
        raise RefusedError(NOT_TOLD.format(str(error).rstrip("."))) from error
    return _data(found, sessions.side)


def _data(message: etree._Element, side: Side) -> bytes:
    try:
        return b64decode(message.findtext(f"{MESSAGES}UserConfiguration/{TYPES}BinaryData") or "", validate=True)
    except binascii.Error:
        raise AnswerLostError(f"The {side}'s answer cannot be read.") from None


def unstash(sessions: Sessions, name: str) -> None:
    """Removes what is kept under that name, if anything is. Raises RefusedError, RetryableError, FatalError."""
    body = envelope(f"<m:DeleteUserConfiguration>{_named(name)}</m:DeleteUserConfiguration>")
    message = next(messages(parse(sessions.post(body, len(body)), sessions.side), 1, sessions.side))
    if isinstance(message, CodeError) and meaning_of(message.code) is not Meaning.GONE:
        raise_for(message)


def _named(name: str) -> str:
    return f"<m:UserConfigurationName Name={attribute(name)}>{FOLDER}</m:UserConfigurationName>"
