"""Acting for a mailbox that is not the login's own: what a service account adds to each request, by its right.

They are two rights, and neither includes the other. Who impersonates is the mailbox's owner in everything: a header of
every request says whom (Microsoft's page "Impersonation and EWS in Exchange"). Who has full access stays themselves,
and names the mailbox beside each folder that is meant by its distinguished id ("Delegate access and EWS in Exchange");
ids of folders and items say by themselves where they are. X-AnchorMailbox has the request handled where the mailbox is
("How to: Maintain affinity between a group of subscriptions and the Mailbox server"); it opens nothing.

It is added where a request leaves, to whatever leaves: a request that forgot it would be about the login's own mailbox.
Requests that name no folder are about whoever makes them; by full access those do not leave.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from io import RawIOBase
from types import MappingProxyType

from engine.connectors.exchange.soap import parse, single, text
from engine.errors import Cause, FatalError, RefusedError, Side
from engine.migration.account import Access, Account

HEADER_ENDS = b"</s:Header>"
DISTINGUISHED = re.compile(rb'<t:DistinguishedFolderId Id="(\w+)"/>')
# The first names no mailbox (GetUserRetentionPolicyTagsType of messages.xsd); the others are settings of a user, which
# "Delegate access and EWS in Exchange" does not count among what is delegated.
OF_THE_LOGIN = re.compile(
    rb"<(?:\w+:)?(GetUserRetentionPolicyTags|GetInboxRules|UpdateInboxRules|GetUserOofSettings|SetUserOofSettings)"
)
HEAD = 4096     # bytes, in which a request's own element is
PRIMARY = re.compile(rb'<(?:\w+:)?Value Name="Primary">([^<]{1,320})<')     # beside ErrorNonPrimarySmtpAddress
Write = Callable[[bytes], bytes]


class Acting:
    """What requests about one account's mailbox have in them. `headers` are HTTP's."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.headers: Mapping[str, str] = MappingProxyType(
            {"X-AnchorMailbox": account.mailbox} if account.mailbox.isascii() and account.mailbox else {}
        )

    def check(self, body: bytes | RawIOBase) -> None:
        """Raises RefusedError for a request that would be about the login itself, where the mailbox is another one."""
        if self._account.access is not Access.FULL_ACCESS or not isinstance(body, bytes):
            return
        found = OF_THE_LOGIN.search(body, 0, HEAD)
        if found is not None:
            raise RefusedError(f"Full access to a mailbox does not open this of it: {found[1].decode()}.")

    def written(self, body: bytes | RawIOBase) -> bytes | RawIOBase:
        """The request with what it needs to be about the mailbox; as it is where that is the login's own."""
        if not self._account.mailbox:
            return body
        return self._written(body) if isinstance(body, bytes) else Rewritten(body, self._written)

    def _written(self, head: bytes) -> bytes:
        address = text(self._account.mailbox).encode()
        if self._account.access is Access.FULL_ACCESS:
            return DISTINGUISHED.sub(
                rb'<t:DistinguishedFolderId Id="\1"><t:Mailbox><t:EmailAddress>%s</t:EmailAddress></t:Mailbox>'
                rb"</t:DistinguishedFolderId>" % address.replace(b"\\", rb"\\"), head,
            )
        whom = b"<t:PrimarySmtpAddress>%s</t:PrimarySmtpAddress>" % address
        header = b"<t:ExchangeImpersonation><t:ConnectingSID>%s</t:ConnectingSID></t:ExchangeImpersonation>" % whom
        return head.replace(HEADER_ENDS, header + HEADER_ENDS, 1)

    def check_right(self, answer: bytes, side: Side) -> None:
        """Raises FatalError when the answer to the first request says that the login may not open the mailbox."""
        if not self._account.mailbox:
            return
        primary = PRIMARY.search(answer)
        if primary is not None:
            raise FatalError(
                f"{self._account.mailbox[:100]} is another name of a mailbox on the {side} server. Name it by its "
                f"primary address: {primary[1].decode('utf-8', 'replace')}", cause=Cause.MAILBOX_GONE, side=side,
            )
        try:
            single(parse(answer, side), side)
        except RefusedError as error:
            raise self._refused(str(error), side) from error
        except FatalError as error:
            raise self._refused(str(error), side) if error.cause is Cause.FORBIDDEN else error from error

    def _refused(self, why: str, side: Side) -> FatalError:
        login, mailbox = self._account.login[:100], self._account.mailbox[:100]
        if self._account.access is Access.FULL_ACCESS:
            words = (
                f"{login} has no full access to {mailbox} on the {side} server. Its administrator can grant it; the "
                "right to impersonate is another one."
            )
        else:
            words = (
                f"{login} may not impersonate {mailbox} on the {side} server. Its administrator can grant it, by the "
                "role ApplicationImpersonation; full access is another right."
            )
        return FatalError(f"{words} ({why.rstrip('.')})", cause=Cause.FORBIDDEN, side=side)


class Rewritten(RawIOBase):
    """A body that is sent piece by piece, whose first piece holds the whole head and is written anew.

    As the body it stands for, it rewinds itself at its end.
    """

    def __init__(self, body: RawIOBase, write: Write) -> None:
        super().__init__()
        self._at_start = True
        self._body, self._write = body, write
        body.seek(0)
        head = body.read() or b""
        self._length = len(body) - len(head) + len(write(head))    # type: ignore[arg-type]  # it knows its length
        self.seek(0)

    def __len__(self) -> int:
        return self._length

    def read(self, size: int = -1) -> bytes:
        """The next piece, of any size; b"" once at the end, and then from the start again."""
        piece = self._body.read() or b""
        if self._at_start:
            piece = self._write(piece)
        self._at_start = not piece
        return piece

    def seek(self, offset: int, whence: int = 0) -> int:
        """Back to the start, whatever is asked."""
        self._at_start = True
        return self._body.seek(0)
