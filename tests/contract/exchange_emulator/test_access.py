"""What a server offers to sign in with, and who may use EWS at all."""

import base64
from collections.abc import Callable, Sequence

import pytest
import spnego

from emulators.exchange import ExchangeEmulator

from .conftest import PASSWORD
from .soap import Answer, Mailbox, basic, distinguished, envelope

XML = {"Content-Type": "text/xml; charset=utf-8"}
GET = (
    "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
    f"<m:FolderIds>{distinguished('inbox')}</m:FolderIds></m:GetFolder>"
)


def ask(mailbox: Mailbox, agent: str = "Somebody/1.0") -> Answer:
    """A request by an application of this name."""
    return mailbox.send(envelope(GET), headers={**XML, **basic(mailbox.address, PASSWORD), "User-Agent": agent})


@pytest.mark.parametrize(
    ("schemes", "offered"),
    [
        (("basic", "ntlm", "negotiate"), ["Negotiate", "NTLM", "Basic"]),
        (("ntlm", "negotiate"), ["Negotiate", "NTLM"]),
        (("negotiate",), ["Negotiate"]),
    ],
)
def test_schemes_are_offered_as_iis_offers_them(
    emulator: ExchangeEmulator, mailbox: Mailbox, schemes: Sequence[str], offered: list[str]
) -> None:
    """One header a scheme, the stronger ones first; the name of the realm stands with Basic alone."""
    emulator.configure(auth=schemes)

    answer = mailbox.send(envelope(GET), headers=XML)

    found = answer.headers.getlist("WWW-Authenticate")  # type: ignore[attr-defined]  # urllib3's headers
    assert [one.split()[0] for one in found] == offered
    assert [one for one in found if "=" in one] == [one for one in found if one.startswith("Basic")]


@pytest.mark.parametrize("inside", [True, False])
def test_a_server_may_take_kerberos_alone(emulator: ExchangeEmulator, mailbox: Mailbox, inside: bool) -> None:
    """Where Negotiate takes no NTLM, the first token of one has no challenge for an answer, but the offer once more."""
    emulator.configure(auth=("negotiate",), negotiate_ntlm=inside)
    token = base64.b64encode(spnego.client(mailbox.address, PASSWORD, protocol="ntlm").step() or b"").decode()

    answer = mailbox.send(envelope(GET), headers={**XML, "Authorization": f"Negotiate {token}"})

    assert answer.status == 401
    assert (answer.headers["WWW-Authenticate"] == "Negotiate") != inside


def test_the_page_control_access_a_mailbox_may_be_without_ews(
    emulator: ExchangeEmulator, mailbox: Mailbox, open_mailbox: Callable[..., Mailbox]
) -> None:
    """EwsEnabled of a mailbox, or of the organization: the right password is let in, and the request is 403."""
    other = open_mailbox(emulator)

    emulator.configure(ews_disabled=[mailbox.address])
    refused = ask(mailbox)
    assert (refused.status, refused.data, ask(other).status) == (403, b"", 200)
    emulator.configure(ews_disabled=["*"])
    assert ask(other).status == 403
    assert [one.accepted for one in emulator.sign_ins if one.user == mailbox.address] == [True]


def test_the_page_control_access_applications_are_known_by_their_user_agent(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """EnforceBlockList refuses those that it lists, EnforceAllowList all others, and an empty one everybody."""
    emulator.configure(ews_block_list=["OMM/*", "ExchangeServicesClient/*"])
    assert [ask(mailbox, agent).status for agent in ("omm/1.0", "OMM", "Other")] == [403, 200, 200]

    emulator.configure(ews_allow_list=["omm/*"])
    assert [ask(mailbox, agent).status for agent in ("OMM/1.0", "Other")] == [200, 403]
    emulator.configure(ews_allow_list=[])
    assert ask(mailbox, "Other").status == 403
