"""Service accounts: a login that opens somebody else's mailbox. Slack asks for them in bot/service_accounts.py."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from engine.errors import InputError, Side
from engine.migration.account import Access, Account, opening
from terminal.usage import UsageError

OPTIONS = {Side.SOURCE: "--source-mailbox", Side.DESTINATION: "--destination-mailbox"}


@dataclass(frozen=True, slots=True)
class Openings:
    """What was typed: the address of the mailbox to open by side, and the sides on which that is by full access."""

    mailboxes: Mapping[Side, str | None]
    full_access: Collection[str]

    def of(self, side: Side, account: Account) -> Account:
        """The account, with the mailbox that its login is to open. Raises UsageError."""
        mailbox, full = self.mailboxes.get(side), side.value in self.full_access
        if mailbox is None:
            if full:
                raise UsageError(f"--full-access {side} says how a mailbox is opened: name it with {OPTIONS[side]}.")
            return account
        try:
            return opening(account, mailbox, Access.FULL_ACCESS if full else Access.IMPERSONATION)
        except InputError as error:
            raise UsageError(f"{OPTIONS[side]}: {error}") from None
