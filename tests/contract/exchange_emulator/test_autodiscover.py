"""Autodiscover V2 and the names in the place of DNS."""

import json
from typing import Any

import pytest
import urllib3

from emulators.exchange import ExchangeEmulator, Fault
from emulators.exchange.names import Names, NoAnswerError, NoSuchNameError, Srv

from .soap import Mailbox, envelope

PAGE = "/autodiscover/autodiscover.json"


def ask(emulator: ExchangeEmulator, target: str) -> tuple[int, Any, dict[str, str]]:
    """Status, body and headers of a GET without credentials; redirections are not followed."""
    origin = urllib3.util.parse_url(emulator.url)
    url = f"{origin.scheme}://{origin.netloc}{target}"
    with urllib3.PoolManager() as pool:
        reply = pool.request("GET", url, redirect=False, retries=False, timeout=90)
    return reply.status, json.loads(reply.data) if reply.data else None, dict(reply.headers)


FORMS = pytest.mark.parametrize(
    "form",
    [
        PAGE + "/v1.0/{}?Protocol=EWS",
        PAGE + "?Email={}&Protocol=Ews",
        "/Autodiscover/AutoDiscover.json?Email={}&Protocol=ews&RedirectCount=1",
        PAGE + "/v1.0/{}?Protocol=Ews&ServerLocation=true",
    ],
)


@FORMS
def test_automx_44_where_ews_is_is_told_to_anybody(emulator: ExchangeEmulator, mailbox: Mailbox, form: str) -> None:
    """Without credentials the answer is the protocol and its URL, in each form and for each address of the mailbox."""
    emulator.add_mailbox(mailbox.address, password=mailbox.password, aliases=[f"alias.{mailbox.address}"])

    for address in (mailbox.address, mailbox.address.replace("@", "%40").upper(), f"alias.{mailbox.address}"):
        status, told, headers = ask(emulator, form.format(address))

        assert (status, told) == (200, {"Protocol": "Ews", "Url": emulator.url})
        assert headers["Content-Type"] == "application/json; charset=utf-8"


def test_automx_44_activesync_is_told_and_the_external_url_is_what_is_set(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """The URL is that of the virtual directory as it is configured."""
    emulator.configure(external_url="https://mail.example.org")

    ews = ask(emulator, f"{PAGE}/v1.0/{mailbox.address}?Protocol=Ews")[1]
    other = ask(emulator, f"{PAGE}/v1.0/{mailbox.address}?Protocol=ActiveSync")[1]

    assert ews["Url"] == "https://mail.example.org/EWS/Exchange.asmx"
    assert other == {"Protocol": "ActiveSync", "Url": "https://mail.example.org/Microsoft-Server-ActiveSync"}


@pytest.mark.parametrize(
    ("target", "status", "code"),
    [
        ("/v1.0/{}?Protocol=XYZ", 400, "InvalidProtocol"),
        ("?Email={}", 400, "MandatoryParameterMissing"),
        ("?Protocol=Ews", 400, "InvalidUserId"),
        ("/v1.0/nobody?Protocol=Ews", 400, "InvalidUserId"),
        ("/v1.0/nobody.{}?Protocol=Ews", 404, "UserNotFound"),
    ],
)
def test_errors_are_told_in_json(
    emulator: ExchangeEmulator, mailbox: Mailbox, target: str, status: int, code: str
) -> None:
    """What cannot be answered is an ErrorCode with its ErrorMessage, marked by the header jsonerror."""
    found, told, headers = ask(emulator, PAGE + target.format(mailbox.address))

    assert (found, told.get("ErrorCode"), set(told)) == (status, code, {"ErrorCode", "ErrorMessage"})
    assert headers.get("jsonerror") == "true"


def test_whose_mailbox_is_elsewhere_is_redirected(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """302 leads to the same question at another origin, for an address or for its domain, and is counted."""
    emulator.configure(
        autodiscover_elsewhere={mailbox.address: "https://a.example", "moved.example": "https://b.example"}
    )

    one = ask(emulator, f"{PAGE}/v1.0/{mailbox.address}?Protocol=Ews")
    two = ask(emulator, f"{PAGE}?Email=x@moved.example&Protocol=Ews&RedirectCount=3")

    assert (one[0], two[0]) == (302, 302)
    assert one[2]["Location"] == f"https://a.example{PAGE}/v1.0/{mailbox.address}?Protocol=Ews&RedirectCount=1"
    assert two[2]["Location"] == f"https://b.example{PAGE}/v1.0/x@moved.example?Protocol=Ews&RedirectCount=4"


@pytest.mark.parametrize("settings", [{"version": "2010"}, {"autodiscover_v2": False}])
def test_an_older_server_has_no_such_page(
    emulator: ExchangeEmulator, mailbox: Mailbox, settings: dict[str, object]
) -> None:
    """Exchange 2010 does not know Autodiscover V2, nor may a build of 2013."""
    emulator.configure(**settings)

    assert ask(emulator, f"{PAGE}/v1.0/{mailbox.address}?Protocol=Ews")[0] == 404


def test_faults_hit_it_by_its_name_alone(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A fault for Autodiscover strikes the request it counts; one for every operation leaves it alone and uncounted."""
    target = f"{PAGE}/v1.0/{mailbox.address}?Protocol=Ews"
    emulator.add_fault(Fault(action="status", status=500, nth=1))
    emulator.add_fault(
        Fault(operation="Autodiscover", action="status", status=302, headers={"Location": "http://x.invalid/"}, nth=2)
    )
    emulator.add_fault(Fault(operation="Autodiscover", action="drop", nth=3))

    first, second = ask(emulator, target), ask(emulator, target)

    assert (first[0], second[0], second[2]["Location"]) == (200, 302, "http://x.invalid/")
    with pytest.raises(urllib3.exceptions.ProtocolError):
        ask(emulator, target)
    assert mailbox.send(envelope("<m:GetInboxRules/>")).data == b""
    assert ask(emulator, target)[0] == 200


def test_rfc_2782_names_have_srv_records() -> None:
    """SRV records are found by their name in any case, with a final dot or without, and no name is made up."""
    names = Names()
    names.add_srv("_autodiscover._tcp.Example.org", "mail.example.org.", priority=10, weight=5)
    names.add_srv("_autodiscover._tcp.example.org.", "old.example.org", port=444, priority=20)
    names.add_host("mail.example.org", "192.0.2.1", "2001:db8::1")

    assert sorted(names.srv("_AUTODISCOVER._tcp.example.org.")) == [
        Srv(10, 5, 443, "mail.example.org"),
        Srv(20, 0, 444, "old.example.org"),
    ]
    assert names.addresses("MAIL.example.org") == ["192.0.2.1", "2001:db8::1"]
    with pytest.raises(NoSuchNameError):
        names.srv("_autodiscover._tcp.example.com")
    with pytest.raises(NoSuchNameError):
        names.addresses("old.example.org")
    assert names.asked[0] == ("SRV", "_autodiscover._tcp.example.org")


def test_a_name_may_be_silent_and_a_service_be_none() -> None:
    """Nobody answers for a silenced name, and the target "." says that there is no such service (RFC 2782)."""
    names = Names()
    names.add_srv("_autodiscover._tcp.example.org", ".")
    names.silence("example.com")

    assert names.srv("_autodiscover._tcp.example.org") == [Srv(0, 0, 443, ".")]
    with pytest.raises(NoAnswerError):
        names.addresses("example.com")
