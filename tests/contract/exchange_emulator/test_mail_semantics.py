"""What a message's MIME makes of it, what searches see of it, and what recorded servers answered differently."""

import base64

import pytest
import urllib3
from lxml import etree

from emulators.exchange import ExchangeEmulator

from .soap import NS, M, Mailbox, T, basic, distinguished, envelope, mime, names

INBOX = distinguished("inbox")
WSDL = {"w": "http://schemas.xmlsoap.org/wsdl/", "soap": "http://schemas.xmlsoap.org/wsdl/soap/"}
INDEX = base64.b64encode(bytes(range(1, 28))).decode()


def fields(*uris: str) -> str:
    """A shape of these properties."""
    inner = "".join(f'<t:FieldURI FieldURI="{uri}"/>' for uri in uris)
    return f"<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{inner}</t:AdditionalProperties>"


def knows(mailbox: Mailbox, uri: str) -> bool:
    """Whether this edition of the schema knows a property."""
    return not mailbox._schema.faults(etree.fromstring(f'<t:FieldURI xmlns:t="{T}" FieldURI="{uri}"/>'))


def imported(mailbox: Mailbox, *headers: str, body: str = "Hello", more: str = "") -> str:
    """Saves a message from MIME in the Inbox."""
    text = "\r\n".join(headers)
    raw = base64.b64encode(f"{text}\r\n\r\n{body}\r\n".encode()).decode()
    return mailbox.message(f"<t:MimeContent>{raw}</t:MimeContent>{more}", folder=INBOX)


def report(kind: str, field: str) -> tuple[str, str]:
    """The Content-Type header and the body of a report."""
    body = f"--b\r\n\r\nSee\r\n--b\r\nContent-Type: message/{kind}\r\n\r\nReporting-MTA: dns; x\r\n{field}\r\n--b--"
    return f'Content-Type: multipart/report; report-type={kind}; boundary="b"', body


@pytest.mark.parametrize(
    ("header", "body", "expected"),
    [
        ("Content-Type: text/plain", "", "IPM.Note"),
        ("Content-Type: application/pkcs7-mime; smime-type=enveloped-data", "", "IPM.Note.SMIME"),
        ("Content-Type: application/x-pkcs7-mime; name=smime.p7m", "", "IPM.Note.SMIME"),
        ('Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=b', "",
         "IPM.Note.SMIME.MultipartSigned"),
        ('Content-Type: multipart/signed; protocol="application/pgp-signature"; boundary=b', "", "IPM.Note"),
        (*report("delivery-status", "Action: failed"), "REPORT.IPM.Note.NDR"),
        (*report("delivery-status", "Action: delivered"), "REPORT.IPM.Note.DR"),
        (*report("disposition-notification", "Disposition: manual-action/x; displayed"), "REPORT.IPM.Note.IPNRN"),
        (*report("disposition-notification", "Disposition: automatic-action/x; deleted"), "REPORT.IPM.Note.IPNNRN"),
    ],
)  # fmt: skip
def test_mime_says_the_class_of_a_message(mailbox: Mailbox, header: str, body: str, expected: str) -> None:
    """S/MIME and reports have classes of their own (MS-OXCMAIL 2.1.3.2.1)."""
    item = imported(mailbox, "Subject: x", header, body=body)

    assert mailbox.item(item).findtext("{*}ItemClass") == expected


def test_an_explicit_class_wins_over_mime(mailbox: Mailbox) -> None:
    """ItemClass that is set beside the MIME is the class of the message."""
    header, body = report("delivery-status", "Action: failed")
    item = imported(mailbox, header, body=body, more="<t:ItemClass>IPM.Note.Custom</t:ItemClass>")

    assert mailbox.item(item).findtext("{*}ItemClass") == "IPM.Note.Custom"


@pytest.mark.parametrize(("wins", "subject", "importance"), [(False, "Beside", "High"), (True, "Inside", "High")])
def test_which_of_mime_and_properties_wins_is_a_setting(
    emulator: ExchangeEmulator, mailbox: Mailbox, wins: bool, subject: str, importance: str
) -> None:
    """Properties win over MIME, or MIME over them where it says the same; what MIME leaves open is set either way."""
    emulator.configure(mime_wins=wins)

    more = "<t:Subject>Beside</t:Subject><t:Importance>High</t:Importance>"
    item = mailbox.item(imported(mailbox, "Subject: Inside", more=more))

    assert (item.findtext("{*}Subject"), item.findtext("{*}Importance")) == (subject, importance)


def test_thread_headers_are_the_conversation(mailbox: Mailbox) -> None:
    """Thread-Index and Thread-Topic are told as ConversationIndex and ConversationTopic."""
    shape = fields("message:ConversationIndex", "message:ConversationTopic", "item:ConversationId")
    first = mailbox.item(
        imported(mailbox, "Subject: RE: Plan", f"Thread-Index: {INDEX}", "Thread-Topic: The plan"), shape=shape
    )
    second = mailbox.item(imported(mailbox, "Subject: Other", f"Thread-Index: {INDEX}"), shape=shape)

    assert first.findtext("t:ConversationIndex", namespaces=NS) == INDEX
    assert first.findtext("t:ConversationTopic", namespaces=NS) == "The plan"
    assert second.findtext("t:ConversationTopic", namespaces=NS) == "Other"
    identifiers = [one.find("t:ConversationId", NS).get("Id") for one in (first, second)]  # type: ignore[union-attr]  # asked for
    assert identifiers[0] == identifiers[1]


@pytest.mark.parametrize("header", ["", "Thread-Index: !!!", f"Thread-Index: {base64.b64encode(b'x' * 23).decode()}"])
def test_a_bad_thread_index_is_replaced(mailbox: Mailbox, header: str) -> None:
    """Without a Thread-Index of 22 bytes and five for each answer the message gets a new index of 22 bytes."""
    item = imported(mailbox, "Subject: x", *([header] if header else []))

    index = mailbox.item(item, shape=fields("message:ConversationIndex")).findtext("t:ConversationIndex", "", NS)
    assert len(base64.b64decode(index)) == 22
    assert base64.b64decode(index)[0] == 1


def test_MS_OXWSCORE_R97_recipients_are_displayed_by_name(mailbox: Mailbox) -> None:
    """DisplayTo and DisplayCc join names, and addresses of those who have none; DisplayBcc does where it is known."""
    item = imported(
        mailbox, "To: Ann <a@x.org>, b@x.org", "Cc: =?utf-8?q?J=C3=BCrgen?= <j@x.org>", "Bcc: Hidden <h@x.org>"
    )
    wanted = {"DisplayTo": "Ann; b@x.org", "DisplayCc": "Jürgen", "DisplayBcc": "Hidden"}
    asked = [name for name in wanted if knows(mailbox, f"item:{name}")]     # DisplayBcc came after 2013 RTM

    found = mailbox.item(item, shape=fields(*(f"item:{name}" for name in asked)))

    assert {name: found.findtext(f"t:{name}", namespaces=NS) for name in asked} == {
        name: shown for name, shown in wanted.items() if name in asked
    }
    assert asked[:2] == ["DisplayTo", "DisplayCc"]


def test_a_created_folder_is_told_by_the_element_of_the_request(mailbox: Mailbox) -> None:
    """A Folder with the class IPF.Appointment is answered as a Folder, and found as a CalendarFolder (recorded)."""
    root = distinguished("msgfolderroot")
    made = mailbox.call(
        f"<m:CreateFolder><m:ParentFolderId>{root}</m:ParentFolderId><m:Folders><t:Folder><t:FolderClass>"
        "IPF.Appointment</t:FolderClass><t:DisplayName>Shifts</t:DisplayName></t:Folder></m:Folders></m:CreateFolder>"
    ).ok()
    found = mailbox.call(
        '<m:FindFolder Traversal="Shallow"><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>'
        f"<m:ParentFolderIds>{root}</m:ParentFolderIds></m:FindFolder>"
    ).ok()

    assert names(made.one(".//m:Folders")) == ["Folder"]
    assert "Shifts" in found.texts(".//t:CalendarFolder/t:DisplayName")


@pytest.mark.parametrize("scope", ["Items", "Hierarchy"])
def test_a_sync_state_is_never_the_one_that_was_sent(mailbox: Mailbox, scope: str) -> None:
    """With nothing new the state differs from the one sent, and both go on from the same point (recorded)."""
    shape = "Item" if scope == "Items" else "Folder"
    rest = "<m:MaxChangesReturned>10</m:MaxChangesReturned>" if scope == "Items" else ""

    def sync(state: str) -> tuple[str, int]:
        known = f"<m:SyncState>{state}</m:SyncState>" if state else ""
        answer = mailbox.call(
            f"<m:SyncFolder{scope}><m:{shape}Shape><t:BaseShape>IdOnly</t:BaseShape></m:{shape}Shape>"
            f"<m:SyncFolderId>{INBOX}</m:SyncFolderId>{known}{rest}</m:SyncFolder{scope}>"
        ).ok()
        return answer.text(".//m:SyncState"), len(answer.all(".//t:Create"))

    first, _ = sync("")
    second, nothing = sync(first)
    mailbox.message(folder=INBOX) if scope == "Items" else mailbox.folder("Sub", parent=INBOX)

    assert (second != first, nothing) == (True, 0)
    assert sync(first)[1] == sync(second)[1] == 1


def test_size_is_never_zero(mailbox: Mailbox) -> None:
    """An item without anything in it takes space."""
    found = mailbox.item(mailbox.message("<t:IsRead>false</t:IsRead>"), shape=fields("item:Size"))

    assert int(found.findtext("t:Size", "0", NS)) > 0


def condition(kind: str, uri: str, value: str) -> str:
    """A restriction by one property."""
    path = f'<t:FieldURI FieldURI="{uri}"/>'
    if kind == "Contains":
        inner = (
            '<t:Contains ContainmentMode="Substring" ContainmentComparison="IgnoreCase">'
            f'{path}<t:Constant Value="{value}"/></t:Contains>'
        )
    else:
        inner = (
            f"<t:{kind}>{path}<t:FieldURIOrConstant>"
            f'<t:Constant Value="{value}"/></t:FieldURIOrConstant></t:{kind}>'
        )
    return f"<m:Restriction>{inner}</m:Restriction>"


def order(uri: str) -> str:
    """A sort order by one property."""
    return f'<m:SortOrder><t:FieldOrder Order="Ascending"><t:FieldURI FieldURI="{uri}"/></t:FieldOrder></m:SortOrder>'


def found(mailbox: Mailbox, more: str) -> list[str]:
    """The subjects that a search finds, in its order."""
    answer = mailbox.call(
        f'<m:FindItem Traversal="Shallow"><m:ItemShape>{fields("item:Subject")}</m:ItemShape>{more}'
        f"<m:ParentFolderIds>{INBOX}</m:ParentFolderIds></m:FindItem>"
    )
    return answer.texts(".//t:Subject") if answer.codes == ["NoError"] else answer.codes


@pytest.fixture
def three(mailbox: Mailbox) -> Mailbox:
    """A mailbox with three messages: two from MIME, one set by elements."""
    imported(mailbox, "Subject: one", "From: Zoe <zoe@x.org>", "To: Ann <ann@x.org>", body="A red house")
    imported(
        mailbox,
        *("Subject: two", "From: Bob <bob@x.org>", "Sender: Carl <carl@x.org>", "To: Mia <mia@x.org>"),
        body="blue",
    )
    mailbox.message(
        '<t:Subject>three</t:Subject><t:Body BodyType="HTML">&lt;b&gt;red&lt;/b&gt;</t:Body>'
        "<t:ToRecipients><t:Mailbox><t:Name>Lea</t:Name><t:EmailAddress>lea@x.org</t:EmailAddress></t:Mailbox>"
        "</t:ToRecipients><t:From><t:Mailbox><t:Name>Mo</t:Name><t:EmailAddress>mo@x.org</t:EmailAddress></t:Mailbox>"
        "</t:From>",
        folder=INBOX,
    )
    return mailbox


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        (condition("IsEqualTo", "message:From", "Zoe"), ["one"]),
        (condition("Contains", "message:From", "BOB@"), ["two"]),
        (condition("Contains", "message:Sender", "carl"), ["two"]),
        (condition("Contains", "message:Sender", "zoe"), ["one"]),
        (condition("Contains", "item:DisplayTo", "lea"), ["three"]),
        (condition("IsEqualTo", "item:DisplayTo", "Mia"), ["two"]),
        (condition("Contains", "item:Body", "RED"), ["three", "one"]),
        (condition("Contains", "item:Body", "green"), []),
        (order("message:From"), ["two", "three", "one"]),
        (order("message:Sender"), ["two", "three", "one"]),
        (order("item:DisplayTo"), ["one", "three", "two"]),
        (order("item:Body"), ["ErrorUnsupportedPathForSortGroup"]),
    ],
)
def test_searches_by_people_and_by_body(three: Mailbox, more: str, expected: list[str]) -> None:
    """From, Sender and DisplayTo can be filtered and sorted by, Body can be filtered by."""
    assert found(three, more) == expected


def fetched(
    emulator: ExchangeEmulator, mailbox: Mailbox, name: str, *, signed: bool = True
) -> urllib3.BaseHTTPResponse:
    """What lies beside the endpoint."""
    headers = basic(mailbox.address, mailbox.password) if signed else {}
    return urllib3.request("GET", emulator.url.replace("Exchange.asmx", name), headers=headers, retries=False)


def test_the_description_of_the_service(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Services.wsdl names every operation with its request, response and action, and has no service, as on a server."""
    assert fetched(emulator, mailbox, "Services.wsdl", signed=False).status == 401

    tree = etree.fromstring(fetched(emulator, mailbox, "Services.wsdl").data)

    operations = [one.get("name") for one in tree.iterfind("w:portType/w:operation", WSDL)]
    assert {"CreateItem", "GetInboxRules", "GetUserOofSettings", "SyncFolderItems"} <= set(operations)
    actions = [str(one.get("soapAction")) for one in tree.iterfind(".//soap:operation", WSDL)]
    assert [one.rpartition("/messages/")[2] for one in actions] == operations
    parts = [str(one.get("element")) for one in tree.iterfind("w:message/w:part", WSDL)]
    assert {"tns:GetUserOofSettingsRequest", "tns:GetUserOofSettingsResponse"} <= set(parts)
    assert tree.findall("w:service", WSDL) == []


def test_the_page_get_user_retention_policy_tags_an_older_server_does_not_describe_it(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """Services.wsdl of 2010 knows no operation that came with 2013."""
    emulator.configure(version="2010")

    described = fetched(emulator, mailbox, "Services.wsdl").data

    assert b'"GetInboxRules"' in described
    assert b"GetUserRetentionPolicyTags" not in described


def test_the_schema_lies_beside_the_service(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """The files that the WSDL imports are served, in any case of letters, and nothing else beside them."""
    found = {name: fetched(emulator, mailbox, name) for name in ("messages.xsd", "Types.xsd", "other.xsd")}

    assert {name: reply.status for name, reply in found.items()} == {
        **dict.fromkeys(("messages.xsd", "Types.xsd"), 200),
        "other.xsd": 404,
    }
    assert etree.fromstring(found["messages.xsd"].data.removeprefix(b"\xef\xbb\xbf")).get("targetNamespace") == M


@pytest.mark.parametrize("uri", ["item:Size", "message:IsRead", "item:DateTimeReceived"])
def test_contains_is_for_text(mailbox: Mailbox, uri: str) -> None:
    """Contains on a number, a boolean or a time is refused, rows or no rows."""
    assert found(mailbox, condition("Contains", uri, "1")) == ["ErrorContainsFilterWrongType"]


@pytest.mark.parametrize("holder", ["ToRecipients", "CcRecipients", "BccRecipients", "ReplyTo"])
def test_recipients_have_addresses(mailbox: Mailbox, holder: str) -> None:
    """A recipient with a name alone is refused, and nothing is stored."""
    answer = mailbox.call(
        f'<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:{holder}><t:Mailbox><t:Name>Ann</t:Name>'
        f"</t:Mailbox></t:{holder}></t:Message></m:Items></m:CreateItem>"
    )

    assert answer.codes == ["ErrorMissingInformationEmailAddress"]
    assert mailbox.subjects(distinguished("drafts")) == []


def test_display_properties_are_computed(mailbox: Mailbox) -> None:
    """PidTagDisplayTo and its kin are read from the recipients, whatever the shape, and cannot be set."""
    tags = {"0x0E04": "Ann", "0x0E03": "Bob", "0x0E09": None, "0x65E2": None}
    uris = "".join(f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="String"/>' for tag in tags)
    item = imported(mailbox, "To: Ann <a@x.org>", "Cc: Bob <b@x.org>")
    shape = f"<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{uris}</t:AdditionalProperties>"
    assert [one.text for one in mailbox.item(item, shape=shape).iterfind(".//t:Value", NS)] == ["Ann", "Bob"]

    for tag in tags:
        answer = mailbox.call(
            '<m:CreateItem MessageDisposition="SaveOnly"><m:Items><t:Message><t:ExtendedProperty>'
            f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="String"/><t:Value>x</t:Value>'
            "</t:ExtendedProperty></t:Message></m:Items></m:CreateItem>"
        )
        assert answer.codes == ["ErrorInvalidPropertySet"], tag


@pytest.mark.parametrize(("demand", "status"), [("1", 500), ("0", 200)])
def test_a_header_that_must_be_understood(
    emulator: ExchangeEmulator, mailbox: Mailbox, demand: str, status: int
) -> None:
    """An unknown header with mustUnderstand is the fault of SOAP 1.1, without a detail; without it, it is ignored."""
    request = envelope(
        f'<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape><m:FolderIds>{INBOX}'
        "</m:FolderIds></m:GetFolder>",
        header=f'<x:Odd xmlns:x="urn:odd" s:mustUnderstand="{demand}"/>',
    )
    sent = {"Content-Type": "text/xml; charset=utf-8", **basic(mailbox.address, mailbox.password)}
    reply = urllib3.request("POST", emulator.url, body=request, headers=sent, retries=False)

    assert reply.status == status
    fault = etree.fromstring(reply.data).find("s:Body/s:Fault", NS)
    assert (fault is None) == (status == 200)
    if fault is not None:
        assert names(fault) == ["faultcode", "faultstring"]
        assert fault.findtext("faultcode") == "s:MustUnderstand"


def test_mime_of_the_helper_still_is_a_note(mailbox: Mailbox) -> None:
    """An ordinary message from MIME is a Message of the class IPM.Note."""
    item = mailbox.item(mailbox.message(f"<t:MimeContent>{mime()}</t:MimeContent>"))

    assert item.findtext("{*}ItemClass") == "IPM.Note"
