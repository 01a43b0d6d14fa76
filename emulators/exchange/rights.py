"""Whose mailbox a request is about: one's own, one that somebody impersonates, or one opened by full access.

They are different rights. Who impersonates is the other user in everything (the page "Impersonation and EWS in
Exchange"); who has full access names the other mailbox in every request and remains oneself, so that settings of the
user (Inbox rules, out of office) stay out of reach ("Delegate access and EWS in Exchange").
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import replace

from lxml import etree

from emulators.exchange import ids, mailbox
from emulators.exchange.errors import ItemError, SoapFault
from emulators.exchange.mailbox import Mailbox
from emulators.exchange.settings import Settings
from emulators.exchange.soap import local, t

_OWN_ALONE = frozenset({"GetInboxRules", "UpdateInboxRules", "GetUserOofSettingsRequest", "SetUserOofSettingsRequest",
                        "GetUserRetentionPolicyTags"})
# Every element that names what lies in a mailbox, and the attribute that holds the Id.
_IDS = {t(name): attribute for name, attribute in {
    "FolderId": "Id", "ItemId": "Id", "ParentItemId": "Id", "ReferenceItemId": "Id", "AttachmentId": "Id",
    "OccurrenceItemId": "RecurringMasterId", "RecurringMasterItemId": "OccurrenceId"}.items()}


def impersonated(db: sqlite3.Connection, settings: Settings, caller: str, header: etree._Element) -> str:
    """The address of the user whom an ExchangeImpersonation header names.

    Raises SoapFault: ErrorImpersonationDenied, ErrorInvalidExchangeImpersonationHeaderData, ErrorInvalidUserSid,
    ErrorInvalidUserPrincipalName, ErrorNonExistentMailbox, ErrorNonPrimarySmtpAddress, ErrorImpersonateUserDenied.
    Assumption: the right is looked at first, so that nobody without it learns who exists.
    """
    if not settings.impersonates_here:
        raise SoapFault("ErrorImpersonationDenied")
    allowed = settings.impersonation.get(caller, ())
    named = header.find(f"{t('ConnectingSID')}/*")
    if not allowed:
        raise SoapFault("ErrorImpersonateUserDenied")
    if named is None or not (named.text or "").strip():
        raise SoapFault("ErrorInvalidExchangeImpersonationHeaderData")
    found = _account(db, local(named), (named.text or "").strip().lower())
    if "*" not in allowed and found not in allowed:
        raise SoapFault("ErrorImpersonateUserDenied")
    return found


def _account(db: sqlite3.Connection, kind: str, name: str) -> str:
    """The mailbox of an address or of a user principal name; security identifiers name nobody here."""
    if kind == "SID":
        raise SoapFault("ErrorInvalidUserSid")
    column = "user" if kind == "PrincipalName" else "address"
    row = db.execute(f"SELECT address FROM mailbox WHERE lower({column})=?", (name,)).fetchone()  # noqa: S608 - our own names
    if row is None and kind == "PrincipalName":
        raise SoapFault("ErrorInvalidUserPrincipalName")
    if row is None and (primary := mailbox.primary_of(db, name)) is not None:
        if kind == "SmtpAddress":       # Assumption: any address of the account will do; its page names no kind
            return primary
        # "Proxy or alternative addresses are not accepted" (page of PrimarySmtpAddress).
        raise SoapFault("ErrorNonPrimarySmtpAddress", values=(("Primary", primary),))
    if row is None:
        raise SoapFault("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
    return str(row[0])


def mailbox_of(db: sqlite3.Connection, settings: Settings, caller: str, request: etree._Element) -> Mailbox:
    """The mailbox that a request is about; raises SoapFault.

    Without full access to what it names, that is the caller's own, in which the rest is then refused; a caller who has
    an account alone is NOBODY there. A request that mixes two mailboxes is refused by the emulator alone: a real server
    serves it.
    """
    own = mailbox.load(db, caller)
    if own is None and local(request) in _OWN_ALONE:
        raise SoapFault("ErrorNonExistentMailbox")
    allowed = {address.lower() for address in settings.full_access.get(caller, ())}
    reachable = allowed if own is None else {caller, *allowed}
    looked_at = allowed and local(request) not in _OWN_ALONE
    named = set(_named(db, caller, request)) & reachable if looked_at else set()
    if len(named) > 1:
        raise SoapFault("ErrorInvalidOperation", "The emulator does not serve two mailboxes in one request.")
    found = mailbox.load(db, named.pop()) if named else own
    return replace(mailbox.NOBODY) if found is None else found


def _named(db: sqlite3.Connection, caller: str, request: etree._Element) -> Iterator[str]:
    """The addresses of the mailboxes that identifiers in a request belong to."""
    for element in request.iter(t("DistinguishedFolderId")):
        yield element.findtext(f"{t('Mailbox')}/{t('EmailAddress')}", caller).lower()
    for element in request.iter(*_IDS):
        try:
            guid = ids.mailbox_of(element.get(_IDS[str(element.tag)], ""))
        except ItemError:
            continue
        if (address := mailbox.address_of(db, guid)) is not None:
            yield address
