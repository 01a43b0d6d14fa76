"""What is kept of a message: its bytes for the tests, its meaning for the clients."""

import base64
import email
import email.policy
import hashlib
import threading

import pytest

from emulators.exchange import ExchangeEmulator

from .soap import NS, Mailbox, distinguished, identity, keyless, mime

INBOX = distinguished("inbox")
FLAGS = '<t:ExtendedFieldURI PropertyTag="0x0E07" PropertyType="Integer"/>'
RECEIVED = '<t:ExtendedFieldURI PropertyTag="0x0E06" PropertyType="SystemTime"/>'
FLAG_STATUS = '<t:ExtendedFieldURI PropertyTag="0x1090" PropertyType="Integer"/>'
URL_NAME = '<t:ExtendedFieldURI PropertyTag="0x10F3" PropertyType="String"/>'
WHOLE = "<t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>"
LETTER = (
    b"Return-Path: <ann@example.com>\r\nReceived: from a by b;\r\n\tTue, 5 Mar 2019 10:20:30 +0000\r\n"
    b"From: =?iso-8859-1?Q?J=F6rg?= <joerg@example.com>\r\nTo: Claire <claire@example.org>,\r\n Bob "
    b"<bob@example.org>\r\n"
    b"Cc: Cyd <cyd@example.org>\r\nSubject: =?utf-8?B?R3LDvMOfZSDwn5iA?=\r\nDate: Tue, 5 Mar 2019 11:20:30 +0100\r\n"
    b"Message-ID: <letter@example.com>\r\nIn-Reply-To: <before@example.com>\r\nReferences: <first@example.com>\r\n"
    b" <before@example.com>\r\nImportance: high\r\nSensitivity: Private\r\nDisposition-Notification-To: "
    b"<joerg@example.com>\r\n"
    b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b1"\r\n\r\nPreamble\r\n--b1\r\n'
    b'Content-Type: multipart/alternative; boundary="b2"\r\n\r\n--b2\r\nContent-Type: text/plain; '
    b"charset=iso-8859-1\r\n"
    b"Content-Transfer-Encoding: 8bit\r\n\r\nGr\xfc\xdfe\r\n--b2\r\nContent-Type: text/html; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>Gr=C3=BC=C3=9Fe</p>\r\n--b2--\r\n--b1\r\n"
    b"Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n"
    b"Content-Disposition: attachment; filename*=utf-8''%C3%9Cbersicht.bin\r\n\r\nAAECAwQFBgcICQ==\r\n--b1\r\n"
    b"Content-Type: message/rfc822\r\n\r\nFrom: inner@example.com\r\nSubject: Inner\r\n\r\nInside\r\n--b1--\r\n"
)


def imported(mailbox: Mailbox, source: bytes, inside: str = "") -> str:
    """Saves a message by its MIME; its id."""
    return keyless(
        mailbox.message(f"<t:MimeContent>{base64.b64encode(source).decode()}</t:MimeContent>{inside}", folder=INBOX)
    )


def extended(path: str, value: str) -> str:
    """An extended property with its value."""
    return f"<t:ExtendedProperty>{path}<t:Value>{value}</t:Value></t:ExtendedProperty>"


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(LETTER, id="letter"),
        pytest.param(b"Subject: bare\n\nunix\n", id="line-feeds"),
        pytest.param(b"Subject: \xff\xfe 8-bit\r\n\r\n\x00\x01\x0b\xff\r\n", id="binary"),
        pytest.param(b"no header at all", id="no-header"),
        pytest.param(b"Subject: a\r\n b\r\n\tc\r\n\r\n" + b"x" * 200_000, id="long"),
        pytest.param(b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nnever closed", id="open-boundary"),
        pytest.param(
            b"From: a@b\r\nFrom: c@d\r\nDate: nonsense\r\nSubject: twice\r\nSubject: again\r\n\r\n", id="twice"
        ),
    ],
)
def test_the_bytes_received_are_kept_as_they_were(emulator: ExchangeEmulator, mailbox: Mailbox, source: bytes) -> None:
    """Whatever MIME is taken is in the store byte for byte, and its item can be read with every property."""
    item = imported(mailbox, source)

    (stored,) = emulator.messages(mailbox.address)

    assert stored.mime == source
    assert stored.folder == ("Inbox",)
    assert stored.item_id == identity(item)
    assert mailbox.item(item) is not None


def test_the_mime_made_anew_says_the_same(mailbox: Mailbox) -> None:
    """The MIME that is returned has the same headers, texts and attachments, whatever its bytes are."""
    item = imported(mailbox, LETTER)

    content = base64.b64decode(str(mailbox.item(item, shape=WHOLE).findtext("t:MimeContent", namespaces=NS)))

    before, after = (email.message_from_bytes(one, policy=email.policy.default) for one in (LETTER, content))
    for name in ("From", "To", "Cc", "Subject", "Message-ID", "In-Reply-To", "References", "Importance"):
        assert str(after[name]).split() == str(before[name]).split(), name
    assert after["Date"].datetime == before["Date"].datetime
    texts = [
        [
            part.get_content().split()
            for part in one.walk()
            if part.get_content_maintype() == "text" and not part.get_filename()
        ]
        for one in (before, after)
    ]
    assert texts[0] == texts[1]
    files = [
        {
            part.get_filename(): hashlib.sha256(part.get_content()).hexdigest()
            for part in one.iter_attachments()
            if part.get_filename()
        }
        for one in (before, after)
    ]
    assert files[0] == files[1] != {}
    assert content != LETTER


def test_the_properties_of_a_message_come_from_its_mime(mailbox: Mailbox) -> None:
    """Subject, sender, recipients, importance and the like are those of the MIME where nothing else is said."""
    found = mailbox.item(imported(mailbox, LETTER))

    told = {
        path: found.findtext(path, namespaces=NS)
        for path in (
            "t:Subject",
            "t:From/t:Mailbox/t:Name",
            "t:From/t:Mailbox/t:EmailAddress",
            "t:Importance",
            "t:Sensitivity",
            "t:InReplyTo",
            "t:InternetMessageId",
            "t:IsReadReceiptRequested",
            "t:DateTimeSent",
            "t:DisplayTo",
            "t:DisplayCc",
        )
    }
    assert told == {
        "t:Subject": "Grüße 😀",
        "t:From/t:Mailbox/t:Name": "Jörg",
        "t:From/t:Mailbox/t:EmailAddress": "joerg@example.com",
        "t:Importance": "High",
        "t:Sensitivity": "Private",
        "t:InReplyTo": "<before@example.com>",
        "t:InternetMessageId": "<letter@example.com>",
        "t:IsReadReceiptRequested": "true",
        "t:DateTimeSent": "2019-03-05T10:20:30Z",
        "t:DisplayTo": "Claire; Bob",
        "t:DisplayCc": "Cyd",
    }


def test_explicit_properties_win_over_the_mime(mailbox: Mailbox) -> None:
    """A property that the request names is that of the request, whatever the MIME says."""
    item = imported(
        mailbox,
        LETTER,
        "<t:Subject>Mine</t:Subject><t:Sensitivity>Normal</t:Sensitivity><t:Importance>Normal</t:Importance>"
        "<t:IsReadReceiptRequested>false</t:IsReadReceiptRequested><t:IsRead>false</t:IsRead>",
    )

    found = mailbox.item(item)
    names = ("Subject", "Sensitivity", "Importance", "IsReadReceiptRequested", "IsRead")
    assert [found.findtext(f"t:{name}", namespaces=NS) for name in names] == [
        "Mine",
        "Normal",
        "Normal",
        "false",
        "false",
    ]


def test_a_message_is_imported_as_an_imap_gateway_does_it(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """The request that DavMail sends for an APPEND keeps date, flags and name, and the item is no draft."""
    item = imported(
        mailbox,
        LETTER,
        extended(RECEIVED, "2015-06-07T08:09:10Z")
        + extended(FLAG_STATUS, "2")
        + extended(FLAGS, "1")
        + extended(URL_NAME, "0b0e6dc1-1f5e-4d5e-8f0a-111111111111.EML"),
    )

    (stored,) = emulator.messages(mailbox.address)
    assert (stored.received, stored.is_read, stored.is_draft) == ("2015-06-07T08:09:10Z", True, False)
    assert stored.flag_status == "Flagged"
    shape = f"<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{URL_NAME}{FLAG_STATUS}</t:AdditionalProperties>"
    values = [one.text for one in mailbox.item(item, shape=shape).findall("t:ExtendedProperty/t:Value", NS)]
    assert values == ["0b0e6dc1-1f5e-4d5e-8f0a-111111111111.EML", "2"]


@pytest.mark.parametrize(
    ("tag", "kind"),
    [
        pytest.param("0x0E23", "Integer", id="article-number"),
        pytest.param("0x0E07", "Integer", id="flags"),
        pytest.param("0x0E08", "Integer", id="size"),
        pytest.param("0x0E06", "SystemTime", id="received"),
        pytest.param("0x3008", "SystemTime", id="modified"),
        pytest.param("0x10F3", "String", id="url-name"),
        pytest.param("0x0037", "String", id="subject"),
        pytest.param("0x1035", "String", id="message-id"),
    ],
)
def test_computed_mapi_properties_are_found_and_got_alike(mailbox: Mailbox, tag: str, kind: str) -> None:
    """Properties that the server keeps by itself are returned by FindItem and GetItem with the same value."""
    item = imported(mailbox, LETTER)
    path = f'<t:ExtendedFieldURI PropertyTag="{tag}" PropertyType="{kind}"/>'
    shape = f"<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{path}</t:AdditionalProperties>"

    found = mailbox.call(
        f'<m:FindItem Traversal="Shallow"><m:ItemShape>{shape}</m:ItemShape>'
        f"<m:ParentFolderIds>{INBOX}</m:ParentFolderIds></m:FindItem>"
    ).ok()

    value = found.text(".//t:ExtendedProperty/t:Value")
    assert value
    assert mailbox.item(item, shape=shape).findtext("t:ExtendedProperty/t:Value", namespaces=NS) == value


def test_article_numbers_grow_and_are_never_given_twice(mailbox: Mailbox) -> None:
    """The number that an IMAP gateway takes for its UID grows with each message, deleted ones included."""
    path = '<t:ExtendedFieldURI PropertyTag="0x0E23" PropertyType="Integer"/>'
    shape = f"<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{path}</t:AdditionalProperties>"
    numbers = []
    for subject in "abc":
        item = imported(mailbox, base64.b64decode(mime(subject)))
        numbers.append(int(str(mailbox.item(item, shape=shape).findtext("t:ExtendedProperty/t:Value", namespaces=NS))))
        mailbox.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{item}</m:ItemIds></m:DeleteItem>').ok()

    assert sorted(set(numbers)) == numbers


@pytest.mark.parametrize(("status", "value"), [("Flagged", "2"), ("Complete", "1")])
def test_a_flag_is_the_same_as_element_and_as_mapi_property(mailbox: Mailbox, status: str, value: str) -> None:
    """The flag of a message is one thing, whether it is set and read as Flag or as PidTagFlagStatus."""
    by_element, by_property = mailbox.messages(
        f"<t:Subject>x</t:Subject><t:Flag><t:FlagStatus>{status}</t:FlagStatus></t:Flag>",
        f"<t:Subject>x</t:Subject>{extended(FLAG_STATUS, value)}",
    )
    shape = (
        "<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        f'<t:FieldURI FieldURI="item:Flag"/>{FLAG_STATUS}</t:AdditionalProperties>'
    )

    for item in (by_element, by_property):
        found = mailbox.item(item, shape=shape)
        assert found.findtext("t:Flag/t:FlagStatus", namespaces=NS) == status
        assert found.findtext("t:ExtendedProperty/t:Value", namespaces=NS) == value


@pytest.mark.parametrize("subject", ["\x01\x02 bell \x07", "\x0b", "a\ufffeb", "tab\tand\x1funit"])
def test_characters_that_xml_cannot_hold_do_not_break_an_answer(mailbox: Mailbox, subject: str) -> None:
    """A message with control characters in its subject can be found and got."""
    item = imported(mailbox, f"Subject: {subject}\r\n\r\nx\r\n".encode())

    answer = mailbox.call(
        '<m:FindItem Traversal="Shallow"><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>'
        f"<m:ParentFolderIds>{INBOX}</m:ParentFolderIds></m:FindItem>"
    ).ok()
    assert mailbox.item(item) is not None
    assert len(answer.all(".//t:ItemId")) == 1


@pytest.mark.parametrize("reference", ["&#xFFFF;", "&#0;", "&#x1;", "&#xD800;"])
def test_characters_that_xml_cannot_hold_are_refused_in_a_request(mailbox: Mailbox, reference: str) -> None:
    """A request with a character that XML does not have is an error of the whole request."""
    answer = mailbox.send(
        (
            '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
            f'xmlns:m="{NS["m"]}" xmlns:t="{NS["t"]}"><s:Body><m:CreateItem MessageDisposition="SaveOnly"><m:Items>'
            f"<t:Message><t:Subject>a{reference}b</t:Subject></t:Message></m:Items></m:CreateItem></s:Body>"
            "</s:Envelope>"
        ).encode()
    )

    assert answer.status in {400, 500}
    assert mailbox.subjects(distinguished("drafts")) == []


def test_parallel_creations_are_all_stored_under_ids_of_their_own(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Creations at the same time do not get into each other's way."""
    made: list[str] = []

    def work(worker: int) -> None:
        for number in range(5):
            made.extend(mailbox.messages(*(f"<t:Subject>{worker}-{number}-{one}</t:Subject>" for one in range(4))))

    threads = [threading.Thread(target=work, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len({identity(one) for one in made}) == 80
    assert len({one.subject for one in emulator.messages(mailbox.address)}) == 80


def test_the_dump_tells_what_has_changed_and_only_that(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Reading leaves the dump as it was, so does what is created and deleted for good; any other change shows."""
    folder = keyless(mailbox.folder("Kept"))
    item = keyless(mailbox.message("<t:Subject>Kept</t:Subject><t:IsRead>false</t:IsRead>", folder=folder))
    before = emulator.dump()

    mailbox.item(item, shape=WHOLE)
    mailbox.subjects(folder)
    gone = mailbox.message(folder=folder)
    mailbox.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{gone}</m:ItemIds></m:DeleteItem>').ok()
    assert emulator.dump() == before

    mailbox.call(
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite" MessageDisposition="SaveOnly"><m:ItemChanges><t:ItemChange>'
        f'{item}<t:Updates><t:SetItemField><t:FieldURI FieldURI="message:IsRead"/><t:Message><t:IsRead>true</t:IsRead>'
        "</t:Message></t:SetItemField></t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
    ).ok()
    assert emulator.dump() != before
