"""What happens before SOAP: authentication, paths, sizes, versions and headers."""

import socket
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
import trustme
from requests_ntlm import HttpNtlmAuth

from emulators.exchange import ExchangeEmulator

from .conftest import PASSWORD
from .soap import M, Mailbox, basic, distinguished, envelope, local, names

GET = (
    "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
    "<m:FolderIds><t:DistinguishedFolderId Id='inbox'/></m:FolderIds></m:GetFolder>"
)
XML = {"Content-Type": "text/xml; charset=utf-8"}


def offers(answer) -> list[str]:  # type: ignore[no-untyped-def]  # Answer with urllib3's headers
    """The schemes that a 401 offers."""
    return [value.split()[0] for value in answer.headers.getlist("WWW-Authenticate")]


def test_nobody_is_let_in_without_signing_in(mailbox: Mailbox) -> None:
    """A request without credentials is 401 with the schemes on offer, before its body is looked at."""
    answer = mailbox.send(b"this is not even XML", headers=XML)

    assert answer.status == 401
    assert sorted(offers(answer)) == ["Basic", "NTLM"]
    assert any(value.startswith('Basic realm="') for value in answer.headers.getlist("WWW-Authenticate"))


@pytest.mark.parametrize(("schemes", "found"), [(("ntlm",), ["NTLM"]), (("basic",), ["Basic"])])
def test_only_the_schemes_switched_on_are_offered(
    emulator: ExchangeEmulator, mailbox: Mailbox, schemes: tuple[str, ...], found: list[str]
) -> None:
    """The server offers what it is configured for, as an administrator may switch Basic off."""
    emulator.configure(auth=schemes)

    assert offers(mailbox.send(envelope(GET), headers=XML)) == found


def test_basic_is_refused_where_it_is_switched_off(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """The right password by Basic is 401 where only NTLM is allowed."""
    emulator.configure(auth=("ntlm",))

    assert mailbox.send(envelope(GET)).status == 401


def test_basic_signs_in(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """The right password by Basic is let in, and the sign-in is remembered."""
    answer = mailbox.call(GET).ok()

    assert names(answer.one(".//t:Folder")) == ["FolderId"]
    assert [one.accepted for one in emulator.sign_ins if one.user == mailbox.address] == [True]


@pytest.mark.parametrize("credentials", [("{}", "wrong"), ("nobody@example.org", PASSWORD), ("{}", ""), ("", "")])
def test_a_wrong_password_is_refused(mailbox: Mailbox, credentials: tuple[str, str]) -> None:
    """A wrong password, an unknown user and empty credentials are all 401."""
    user, password = credentials

    answer = mailbox.send(envelope(GET), headers={**XML, **basic(user.format(mailbox.address), password)})

    assert answer.status == 401
    assert "Basic" in offers(answer)


@pytest.mark.parametrize("header", ["Basic", "Basic !!!", "Basic bm9jb2xvbg==", "Bearer x", "NTLM !!!", "x"])
def test_an_authorization_that_is_none_is_refused(mailbox: Mailbox, header: str) -> None:
    """An Authorization header that cannot be read is 401 and breaks nothing."""
    assert mailbox.send(envelope(GET), headers={**XML, "Authorization": header}).status == 401
    assert mailbox.call(GET).ok()


def test_a_changed_password_counts_at_once(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """After a change the old password is refused and the new one is let in."""
    emulator.change_password(mailbox.address, "another one")

    assert mailbox.send(envelope(GET)).status == 401
    assert mailbox.send(envelope(GET), headers={**XML, **basic(mailbox.address, "another one")}).ok()


@pytest.mark.parametrize("user", ["{}", "EXAMPLE\\{}"])
def test_ntlm_signs_in_the_connection(emulator: ExchangeEmulator, mailbox: Mailbox, user: str) -> None:
    """NTLM signs in once for all requests of a connection."""
    with requests.Session() as session:
        session.auth = HttpNtlmAuth(user.format(mailbox.address), PASSWORD)
        for _ in range(3):
            reply = session.post(emulator.url, data=envelope(GET), headers=XML, timeout=90)
            assert reply.status_code == 200
            assert b"NoError" in reply.content


def test_ntlm_refuses_a_wrong_password(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """NTLM with a wrong password ends in 401, and the sign-in that failed is remembered."""
    with requests.Session() as session:
        session.auth = HttpNtlmAuth(mailbox.address, "wrong")
        reply = session.post(emulator.url, data=envelope(GET), headers=XML, timeout=90)

    assert reply.status_code == 401
    assert [one.accepted for one in emulator.sign_ins if one.user == mailbox.address] == [False]


@pytest.mark.parametrize("path", ["/ews/exchange.asmx", "/EWS/EXCHANGE.ASMX", "/Ews/Exchange.Asmx"])
def test_the_path_is_the_same_in_any_case(emulator: ExchangeEmulator, mailbox: Mailbox, path: str) -> None:
    """The case of the path does not matter, with and without credentials."""
    url = urlsplit(emulator.url)._replace(path=path).geturl()

    refused = requests.post(url, data=envelope(GET), headers=XML, timeout=90)
    let_in = requests.post(url, data=envelope(GET), headers={**XML, **basic(mailbox.address, PASSWORD)}, timeout=90)

    assert refused.status_code == 401
    assert (let_in.status_code, b"NoError" in let_in.content) == (200, True)


def test_another_path_is_not_the_endpoint(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A path that is not there is 404 for whoever is signed in."""
    url = urlsplit(emulator.url)._replace(path="/EWS/Nothing.asmx").geturl()

    reply = requests.post(url, data=envelope(GET), headers={**XML, **basic(mailbox.address, PASSWORD)}, timeout=90)

    assert reply.status_code == 404


def test_a_get_is_no_operation(mailbox: Mailbox) -> None:
    """GET on the endpoint wants a sign-in too, and then runs nothing and answers no SOAP."""
    refused = mailbox.send(b"", headers={}, method="GET")
    seen = mailbox.send(b"", headers=basic(mailbox.address, PASSWORD), method="GET")

    assert refused.status == 401
    assert seen.status < 500
    assert b"ResponseMessages" not in seen.data


@pytest.mark.parametrize("status", [507, 413])
def test_a_request_too_large_is_refused_and_the_connection_closed(
    emulator: ExchangeEmulator, mailbox: Mailbox, status: int
) -> None:
    """A request over the limit is answered without a body, closes the connection and stores nothing."""
    emulator.configure(max_request_bytes=4000, oversize_status=status)

    answer = mailbox.send(
        envelope(
            f'<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>{distinguished("inbox")}'
            "</m:SavedItemFolderId>"
            f"<m:Items><t:Message><t:Subject>{'x' * 5000}</t:Subject></t:Message></m:Items></m:CreateItem>"
        )
    )

    assert answer.status == status
    assert (answer.headers["Content-Length"], answer.headers["Connection"].lower(), answer.data) == ("0", "close", b"")
    assert emulator.messages(mailbox.address) == []
    assert mailbox.call(GET).ok()


def test_a_body_that_is_not_xml_is_refused(mailbox: Mailbox) -> None:
    """A body that cannot be read as XML is an error of the whole request, and the next is answered."""
    for data in (b"", b"not xml", b"<a>", envelope(GET)[:-20]):
        assert mailbox.send(data).status in {400, 500}, data
    assert mailbox.call(GET).ok()


@pytest.mark.parametrize(
    ("body", "valid"),
    [
        pytest.param("<m:MakeCoffee/>", False, id="unknown"),
        pytest.param(
            "<m:GetRooms><m:RoomList><t:EmailAddress>rooms@example.org</t:EmailAddress></m:RoomList></m:GetRooms>",
            True,
            id="other",
        ),
    ],
)
def test_an_operation_that_is_not_there_is_a_fault(mailbox: Mailbox, body: str, valid: bool) -> None:
    """An unknown operation is a fault, and none of those that make a client try again with another version."""
    answer = mailbox.call(body, valid=valid)

    assert answer.status == 500
    assert local(answer.body) == "Fault"
    assert answer.fault not in {
        "ErrorInvalidRequest",
        "ErrorInvalidServerVersion",
        "ErrorIncorrectSchemaVersion",
        "ErrorInvalidSchemaVersionForMailboxVersion",
        "ErrorServerBusy",
    }


def test_a_request_that_breaks_the_schema_is_a_fault(mailbox: Mailbox) -> None:
    """A request that is not valid is ErrorSchemaValidation with the violation, as real servers send it."""
    answer = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
        "<m:FolderIds><t:DistinguishedFolderId Id='nowhere'/></m:FolderIds></m:GetFolder>",
        valid=False,
    )

    assert answer.status == 500
    assert answer.fault == "ErrorSchemaValidation"
    assert answer.text(".//e:Message") == "The request failed schema validation."
    assert names(answer.one("detail/t:MessageXml")) == ["LineNumber", "LinePosition", "Violation"]
    assert answer.tree is not None
    assert (
        answer.tree.find(".//t:ServerVersionInfo", {"t": "http://schemas.microsoft.com/exchange/services/2006/types"})
        is None
    )


@pytest.mark.parametrize(
    ("version", "build", "name", "iis"),
    [
        ("2010", ("14",), "Exchange2010_SP2", "Microsoft-IIS/7.5"),
        ("2013", ("15", "0"), "V2_23", "Microsoft-IIS/8.5"),
        ("2019", ("15", "2"), "V2017_07_11", "Microsoft-IIS/10.0"),
    ],
)
def test_each_version_of_the_server_says_so(
    emulator: ExchangeEmulator, mailbox: Mailbox, version: str, build: tuple[str, ...], name: str, iis: str
) -> None:
    """ServerVersionInfo and the Server header are those of the version that is emulated."""
    emulator.configure(version=version)

    answer = mailbox.call(GET, version="Exchange2010_SP2").ok()

    assert (answer.server["MajorVersion"], answer.server["MinorVersion"])[: len(build)] == build
    assert answer.server["Version"] == name
    assert answer.headers["Server"] == iis


@pytest.mark.parametrize(
    ("server", "wanted", "code"),
    [
        ("2019", "Exchange1999", "ErrorInvalidRequest"),
        ("2010", "Exchange1999", "ErrorInvalidServerVersion"),
        ("2010", "Exchange2013", "ErrorInvalidServerVersion"),
        ("2013", "V2017_07_11", "ErrorInvalidServerVersion"),
    ],
)
def test_a_version_that_the_server_does_not_know_is_refused(
    emulator: ExchangeEmulator, mailbox: Mailbox, server: str, wanted: str, code: str
) -> None:
    """A RequestServerVersion that is too new, or none at all, is refused with the code seen in the field."""
    emulator.configure(version=server)

    answer = mailbox.call(GET, version=wanted)

    assert answer.status == 500
    assert answer.fault == code


@pytest.mark.parametrize("version", [None, "Exchange2007_SP1", "Exchange2010", "Exchange2013_SP1", "Exchange2016"])
def test_an_older_version_or_none_is_understood(mailbox: Mailbox, version: str | None) -> None:
    """A server understands requests of every version before its own, and those that name none."""
    assert mailbox.call(GET, version=version).ok()


def test_answers_look_like_those_of_a_real_server(mailbox: Mailbox) -> None:
    """An answer is chunked and carries the headers of IIS and of Exchange under their own names."""
    answer = mailbox.call(GET).ok()

    assert answer.headers["Transfer-Encoding"] == "chunked"
    assert "Content-Length" not in answer.headers
    assert answer.headers["Content-Type"] == "text/xml; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private"
    assert answer.headers["x-EwsHandler"] == "GetFolder"
    assert answer.headers["X-Powered-By"] == "ASP.NET"
    assert answer.headers["Set-Cookie"].startswith("exchangecookie=")
    sent = {name for name, _ in answer.headers.items()}
    assert {
        "request-id",
        "X-CalculatedBETarget",
        "X-BackEndHttpStatus",
        "x-EwsHandler",
        "X-DiagInfo",
        "X-BEServer",
        "X-FEServer",
        "X-Powered-By",
    } <= sent


def connection(emulator: ExchangeEmulator) -> socket.socket:
    """A plain connection."""
    url = urlsplit(emulator.url)
    return socket.create_connection((str(url.hostname), int(url.port or 0)), timeout=90)


def head(mailbox: Mailbox, *lines: str) -> bytes:
    """The head of a POST."""
    return "\r\n".join(
        [
            "POST /EWS/Exchange.asmx HTTP/1.1",
            "Host: localhost",
            *(f"{name}: {value}" for name, value in {**XML, **basic(mailbox.address, PASSWORD)}.items()),
            *lines,
            "",
            "",
        ]
    ).encode()


def read_until(plain: socket.socket, end: bytes) -> bytes:
    """Everything up to and including these bytes."""
    data = b""
    while end not in data:
        more = plain.recv(65536)
        assert more, data
        data += more
    return data


def test_a_connection_is_kept_for_the_next_request(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Two requests one after the other on one connection are both answered."""
    data = envelope(GET)
    with connection(emulator) as plain:
        for _ in range(2):
            plain.sendall(head(mailbox, f"Content-Length: {len(data)}") + data)
            answer = read_until(plain, b"\r\n0\r\n\r\n")
            assert answer.startswith(b"HTTP/1.1 200 ")
            assert b"NoError" in answer


def test_without_keep_alive_every_answer_ends_its_connection(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """RFC 9112 9.6: the answer says so, and nothing comes after it."""
    emulator.configure(keep_alive=False)
    data = envelope(GET)
    with connection(emulator) as plain:
        plain.sendall(head(mailbox, f"Content-Length: {len(data)}") + data)
        answer = read_until(plain, b"\r\n0\r\n\r\n")
        rest = plain.recv(1)

    assert b"\r\nConnection: close\r\n" in answer
    assert rest == b""


def test_a_client_that_waits_to_be_asked_is_asked(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A client that expects 100-continue, as .NET does, gets it and then its answer."""
    data = envelope(GET)
    with connection(emulator) as plain:
        plain.sendall(head(mailbox, f"Content-Length: {len(data)}", "Expect: 100-continue"))
        assert read_until(plain, b"\r\n\r\n").startswith(b"HTTP/1.1 100 ")
        plain.sendall(data)
        assert b"NoError" in read_until(plain, b"\r\n0\r\n\r\n")


def test_a_chunked_request_is_understood(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A request may come in chunks of any size instead of announcing its length."""
    data = envelope(GET)
    chunks = b"".join(f"{len(part):x}\r\n".encode() + part + b"\r\n" for part in (data[:1], data[1:100], data[100:]))
    with connection(emulator) as plain:
        plain.sendall(head(mailbox, "Transfer-Encoding: chunked") + chunks + b"0\r\n\r\n")
        answer = read_until(plain, b"\r\n0\r\n\r\n")

    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"NoError" in answer


def test_MS_OXWSCORE_R3_the_soap_version_is_1_1(mailbox: Mailbox) -> None:
    """An envelope of SOAP 1.1 is answered by one of SOAP 1.1; one of SOAP 1.2 is no request."""
    later = envelope(GET).replace(
        b"http://schemas.xmlsoap.org/soap/envelope/", b"http://www.w3.org/2003/05/soap-envelope"
    )

    answer = mailbox.call(GET).ok()
    refused = mailbox.send(later)

    assert answer.tree is not None
    assert answer.tree.tag == "{http://schemas.xmlsoap.org/soap/envelope/}Envelope"
    assert refused.status in {400, 415, 500}


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(envelope(GET + GET), id="two-requests"),
        pytest.param(envelope(""), id="no-request"),
        pytest.param(
            envelope(GET).replace(
                b"<s:Envelope", b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]><s:Envelope', 1
            ),
            id="document-type",
        ),
    ],
)
def test_an_envelope_holds_one_request_and_no_document_type(mailbox: Mailbox, data: bytes) -> None:
    """Two requests, none, or a document type with entities are refused as a whole."""
    answer = mailbox.send(data)

    assert answer.status in {400, 500}
    assert b"NoError" not in answer.data


def test_prefixes_and_white_space_are_the_clients_own(mailbox: Mailbox) -> None:
    """The same request with other prefixes, a default namespace and line breaks is the same request."""
    data = envelope("BODY").replace(
        b"BODY",
        f'\n  <GetFolder xmlns="{M}" xmlns:y="http://schemas.microsoft.com/exchange/services/2006/types">\n'
        "<!-- a comment --><FolderShape><y:BaseShape>IdOnly</y:BaseShape></FolderShape>\n"
        '<FolderIds><y:DistinguishedFolderId Id="inbox"/></FolderIds></GetFolder>\n'.encode(),
    )

    assert mailbox.send(data).ok()


def test_MS_OXWSCORE_R1006_the_same_is_to_be_had_over_https(tmp_path: Path, schema_folder: Path) -> None:
    """With a certificate the server speaks HTTPS, by Basic and by NTLM, and nothing else."""
    authority = trustme.CA()
    authority.cert_pem.write_to_path(tmp_path / "ca.pem")
    certificate = authority.issue_cert("localhost")
    certificate.private_key_pem.write_to_path(tmp_path / "key.pem")
    certificate.cert_chain_pems[0].write_to_path(tmp_path / "cert.pem")
    with ExchangeEmulator(
        tmp_path / "exchange.sqlite", schema=schema_folder, tls=(tmp_path / "cert.pem", tmp_path / "key.pem")
    ) as running:
        running.add_mailbox("claire@example.org", password=PASSWORD)
        for auth in (("claire@example.org", PASSWORD), HttpNtlmAuth("claire@example.org", PASSWORD)):
            with requests.Session() as session:
                reply = session.post(
                    running.url, data=envelope(GET), headers=XML, auth=auth, verify=str(tmp_path / "ca.pem"), timeout=90
                )
                assert (reply.status_code, b"NoError" in reply.content) == (200, True)
        assert running.url.startswith("https://localhost:")
        assert running.schema_faults == []


def test_mailboxes_are_apart(
    emulator: ExchangeEmulator, mailbox: Mailbox, open_mailbox: Callable[..., Mailbox]
) -> None:
    """What one user stores no other user sees."""
    other = open_mailbox(emulator)
    mailbox.message("<t:Subject>Mine</t:Subject>", folder=distinguished("inbox"))

    assert other.subjects(distinguished("inbox")) == []
    assert len(emulator.messages(mailbox.address)) == 1
    assert emulator.messages(other.address) == []
