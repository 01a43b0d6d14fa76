"""What Google's refusals mean, in the words of the mailbox's owner.

Of the token endpoint: RFC 6749 §5.2, developers.google.com/identity/protocols/oauth2#expiration and
developers.google.com/identity/protocols/oauth2/service-account#error-codes. Of Gmail's IMAP: support.google.com/mail
answers 7126229 and 78754, and the XOAUTH2 protocol of developers.google.com/workspace/gmail/imap.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from engine.connectors.google.access.clients import ServiceAccount
from engine.connectors.google.access.scopes import IMAP_ADMIN
from engine.connectors.imap import failures
from engine.connectors.imap.steady import SpentError
from engine.connectors.network.pinning import Endpoint
from engine.connectors.network.reaching import fatal
from engine.errors import Cause, FatalError, OmmError, RetryableError, Side, SignInError
from engine.migration.account import Account

AGAIN = "Authorise access again."
MAY_HAVE = (
    "It may have been taken back, or the password of the account was changed. A grant also ends after six months "
    "without use, after seven days if OMM's project at Google is in testing, and sooner where an organisation says so."
)
# What ends a grant (RFC 6749 §5.2), and what an administrator of its domain has decided against it.
OVER = frozenset({"invalid_grant", "access_denied", "admin_policy_enforced"})
OUR_CLIENT = frozenset({"invalid_client", "unauthorized_client", "deleted_client", "disabled_client", "org_internal"})


def said_by(error: Exception) -> tuple[str, str]:
    """Error and subtype of a refusal, as google-auth passes them on: two arguments, the second Google's JSON."""
    told = next((one for one in error.args if isinstance(one, Mapping)), {})
    return str(told.get("error", "")), str(told.get("error_subtype", ""))


def over(address: str, why: str) -> FatalError:
    """A grant that only its owner can renew."""
    return FatalError(
        f"Google no longer lets OMM into the account {address}. {why} {AGAIN}", cause=Cause.CONSENT, side=Side.SOURCE
    )


def no_such_client(address: str) -> FatalError:
    """The grant is of another client than those of today's settings."""
    return over(address, "The Google client with which access was granted is not set up any more.")


def not_renewed(error: Exception, address: str) -> OmmError:
    """No new access token for a refresh token. Our own transport has told apart what passes by itself."""
    code, subtype = said_by(error)
    if code in OUR_CLIENT:
        return our_client(code)
    # Session control (support.google.com/a/answer/9368756), of which google-auth makes words of its own
    if subtype in ("invalid_rapt", "rapt_required") or "Reauthentication is needed" in str(error):
        return over(address, "Its organisation asks for a new sign-in from time to time (session control).")
    return over(address, MAY_HAVE) if code in OVER else no_answer()


def no_answer() -> RetryableError:
    """What came was no answer of Google's to the question, or says that it is busy: the grant is as good as before."""
    return RetryableError("Google did not renew OMM's access, and gave no reason for it.", cause=Cause.UNREACHABLE)


def our_client(code: str) -> FatalError:
    """Google does not take this installation's client. Nothing that the mailbox's owner could mend."""
    shown = code if code in OUR_CLIENT else "the client"
    return FatalError(
        f"Google does not accept the client of this OMM ({shown}). Whoever runs OMM must set it up again.",
        cause=Cause.FORBIDDEN, side=Side.SOURCE,
    )


def no_service_account() -> FatalError:
    """The mark of a service account is kept, and its file is gone."""
    return fatal("GOOGLE_SERVICE_ACCOUNT_FILE is not set, and this mailbox is opened with it.", Cause.FORBIDDEN)


def no_key() -> FatalError:
    """The file is there, and its key is none."""
    return fatal("The key in the file of GOOGLE_SERVICE_ACCOUNT_FILE cannot be read.", Cause.FORBIDDEN)


def _named(scopes: Sequence[str]) -> str:
    return f"the scope{'s' if len(scopes) > 1 else ''} {' and '.join(scopes)}"


def not_delegated(error: Exception, ours: ServiceAccount, address: str, scopes: Sequence[str]) -> OmmError:
    """No access token for the owner of that mailbox and those scopes."""
    code, _subtype = said_by(error)
    if not code:
        return no_answer()
    if code in ("unauthorized_client", "access_denied", "invalid_scope"):
        words = (
            f"The domain of {address} has not delegated it to the service account. Its administrator adds the client "
            f"ID {ours.client_id} with {_named(scopes)}, at Google Admin console, Security, API controls, "
            "Domain-wide delegation. It takes up to 24 hours."
        )
    elif code in OUR_CLIENT:
        words = f"Google does not accept the service account {ours.email} ({code})."
    else:
        words = (
            f"Google does not let the service account {ours.email} act for {address}. There may be no such mailbox, "
            "the key may have been deleted, or the clock of this machine may be wrong."
        )
    return fatal(words, Cause.FORBIDDEN if tuple(scopes) == (IMAP_ADMIN,) else Cause.NOT_SET_UP)


# Google's interfaces


def mail_alone() -> FatalError:
    """What is kept of the account opens its IMAP, and no interface."""
    return fatal(
        "An app password opens a Google account's mail alone. Authorise access instead, or go on with mail alone.",
        Cause.CONSENT,
    )


def token_not_taken(holds: str, *, delegated: bool = False) -> FatalError:
    """A token that was just renewed is refused as well; `holds` is what was to be read.

    `delegated`: True: the token is a service account's, which nobody authorises.
    """
    if delegated:
        return fatal(f"Google does not let the service account read {holds} of this user.", Cause.FORBIDDEN)
    return fatal(f"Google does not let OMM read {holds} with what was granted. {AGAIN}", Cause.CONSENT)


# Gmail's IMAP


def takes_no_tokens(endpoint: Endpoint) -> FatalError:
    """The server offers neither XOAUTH2 nor OAUTHBEARER."""
    return fatal(f"{endpoint.host[:200]} takes no tokens of Google's.", Cause.WRONG_PROTOCOL)


def signing_in(words: str, account: Account) -> OmmError:
    """Gmail's NO to a sign-in, by password or by token."""
    if re.search(r"(?i)application-specific password", words):
        return SignInError(
            f"Gmail takes no ordinary password for {account.login}. Give an app password, which Google makes at "
            "https://myaccount.google.com/apppasswords", side=Side.SOURCE,
        )
    if re.search(r"(?i)imap access is disabled|disabled for your domain", words):
        return fatal(f"The administrator of {account.login} has switched IMAP off.", Cause.FORBIDDEN)
    if re.search(r"(?i)not enabled for imap|enable (?:your account for )?imap", words):
        return fatal(
            f"IMAP is off for {account.login}. Switch it on in Gmail: Settings, Forwarding and POP/IMAP, Enable IMAP.",
            Cause.FORBIDDEN,
        )
    if re.search(r"(?i)bandwidth limit|too many simultaneous", words):
        error = SpentError if "bandwidth" in words.lower() else RetryableError
        return error(f"Gmail lets {account.login} in later.{failures.saying(words)}")
    return failures.signing_in(words, account)


def refused_token(account: Account, error: SignInError, *, delegated: bool = False) -> OmmError:
    """A token that was just renewed is refused as well. `delegated` is as for `token_not_taken`."""
    if delegated:
        return FatalError(
            f"Gmail does not let the service account into {account.login}. Gmail may be off for this user, or IMAP may "
            "be off in their organisation.", cause=Cause.FORBIDDEN, side=error.side or Side.SOURCE,
        )
    return FatalError(
        f"Gmail does not let OMM into {account.login} with what was granted. {AGAIN}", cause=Cause.CONSENT,
        side=error.side or Side.SOURCE,
    )
