"""ConvertId.

The numbered requirements have no section on ConvertId itself. Those here are about what its answer is made
of: the response message, the version header that clients read from it, and the form of the ids
(MS-OXWSITEMID). Tests without a number follow Microsoft's page "ConvertId operation".
"""

import base64
import struct

import pytest
from lxml import etree

from emulators.exchange import ExchangeEmulator

from .soap import NS, Mailbox, distinguished, identity, local, names

XSI = "http://www.w3.org/2001/XMLSchema-instance"


def convert(mailbox: Mailbox, value: str, source: str, target: str) -> etree._Element:
    """The AlternateId that an id is converted to."""
    return (
        mailbox.call(
            f'<m:ConvertId DestinationFormat="{target}"><m:SourceIds>'
            f'<t:AlternateId Format="{source}" Id="{value}" Mailbox="{mailbox.address}"/></m:SourceIds>'
            "</m:ConvertId>"
        )
        .ok()
        .one(".//m:AlternateId")
    )


def store_id(value: str) -> tuple[bytes, bytes]:
    """The mailbox GUID and the store id in an id, read as MS-OXWSITEMID section 2.1.3 tells."""
    raw = base64.b64decode(value, validate=True)
    assert raw[0] == 0, "compressed"
    assert raw[1] == 3, "MailboxItemMailboxGuidBased"
    (moniker,) = struct.unpack_from("<H", raw, 2)
    guid = raw[4 : 4 + moniker]
    (length,) = struct.unpack_from("<H", raw, 5 + moniker)
    store = raw[7 + moniker :]
    assert raw[4 + moniker] == 0, "IdProcessingInstruction Normal"
    assert len(store) == length
    return guid, store


def test_MS_OXWSCDATA_R1094_several_ids_make_one_response_message_each(mailbox: Mailbox) -> None:
    """There is one ResponseMessages element, with one message for each id in order."""
    one, two = mailbox.messages("<t:Subject>One</t:Subject>", "<t:Subject>Two</t:Subject>")

    answer = mailbox.call(
        '<m:ConvertId DestinationFormat="EwsId"><m:SourceIds>'
        f'<t:AlternateId Format="EwsId" Id="{identity(two)}" Mailbox="{mailbox.address}"/>'
        f'<t:AlternateId Format="EwsId" Id="DUMMY" Mailbox="{mailbox.address}"/>'
        f'<t:AlternateId Format="EwsId" Id="{identity(one)}" Mailbox="{mailbox.address}" IsArchive="false"/>'
        "</m:SourceIds></m:ConvertId>"
    )

    assert names(answer.body) == ["ResponseMessages"]
    assert {local(message) for message in answer.messages} == {"ConvertIdResponseMessage"}
    assert answer.codes == ["NoError", "ErrorInvalidIdMalformed", "NoError"]
    assert [found.get("Id") for found in answer.all(".//m:AlternateId")] == [identity(two), identity(one)]


def test_MS_OXWSCDATA_R1284_R1436_each_message_says_how_it_went(mailbox: Mailbox) -> None:
    """ResponseClass is present in each message and says Success or Error."""
    item = mailbox.message()

    answer = mailbox.call(
        '<m:ConvertId DestinationFormat="EntryId"><m:SourceIds>'
        f'<t:AlternateId Format="EwsId" Id="" Mailbox="{mailbox.address}"/>'
        f'<t:AlternateId Format="EwsId" Id="{identity(item)}" Mailbox="{mailbox.address}"/>'
        "</m:SourceIds></m:ConvertId>"
    )

    assert answer.classes == ["Error", "Success"]
    assert answer.codes[0] in {"ErrorInvalidIdEmpty", "ErrorInvalidIdMalformed"}


@pytest.mark.parametrize(
    ("version", "target", "major", "minor"),
    [
        ("2010", "Exchange2010_SP2", "14", "3"),
        ("2013", "Exchange2013_SP1", "15", "0"),
        ("2019", "V2017_07_11", "15", "2"),
    ],
)
def test_MS_OXWSCDATA_R368006_R368008_R368010_R368012_the_version_is_read_from_a_conversion_that_fails(
    own_emulator: ExchangeEmulator,
    open_mailbox,
    version: str,
    target: str,
    major: str,
    minor: str,  # type: ignore[no-untyped-def]  # fixture
) -> None:
    """A client that converts a dummy id learns the version of the server from the header."""
    own_emulator.configure(version=version)
    mailbox = open_mailbox(own_emulator)

    answer = mailbox.call(
        '<m:ConvertId DestinationFormat="EwsId"><m:SourceIds>'
        f'<t:AlternateId Format="EwsId" Id="DUMMY" Mailbox="{mailbox.address}"/></m:SourceIds></m:ConvertId>',
        version=target,
    )

    assert answer.codes == ["ErrorInvalidIdMalformed"]
    assert (answer.server["MajorVersion"], answer.server["MinorVersion"]) == (major, minor)
    assert int(answer.server["MajorBuildNumber"]) > 0
    assert int(answer.server["MinorBuildNumber"]) >= 0


def test_MS_OXWSITEMID_R37_an_id_names_its_mailbox_by_guid(mailbox: Mailbox) -> None:
    """Every id of a mailbox holds the same GUID of the mailbox, after its length."""
    ids = [identity(mailbox.message()), identity(mailbox.folder("Any"))]

    converted = [str(convert(mailbox, value, "EwsId", "EwsId").get("Id")) for value in ids]

    guids = {store_id(value)[0] for value in converted}
    assert len(guids) == 1
    assert len(guids.pop()) == 36


def test_MS_OXWSITEMID_R38_R39_the_store_id_in_an_id_is_the_entry_id(mailbox: Mailbox) -> None:
    """After the mailbox an id holds the processing instruction and the store id, which is the MAPI entry id."""
    item = identity(mailbox.message())

    entry = str(convert(mailbox, item, "EwsId", "EntryId").get("Id"))

    assert base64.b64decode(entry) == store_id(item)[1]


@pytest.mark.parametrize("target", ["EntryId", "HexEntryId"])
@pytest.mark.parametrize("kind", ["item", "folder"])
def test_an_id_converted_and_back_is_the_same_id(mailbox: Mailbox, target: str, kind: str) -> None:
    """Every format names the same item or folder: converted back it is the id that it was."""
    value = identity(mailbox.message() if kind == "item" else mailbox.folder("Any"))

    there = convert(mailbox, value, "EwsId", target)
    back = convert(mailbox, str(there.get("Id")), target, "EwsId")

    assert there.get("Format") == target
    assert back.get("Id") == value


def test_a_hex_entry_id_is_the_entry_id_in_hexadecimal(mailbox: Mailbox) -> None:
    """HexEntryId is the entry id in hexadecimal, EntryId in base64."""
    value = identity(mailbox.message())

    entry, hexadecimal = (
        str(convert(mailbox, value, "EwsId", target).get("Id")) for target in ("EntryId", "HexEntryId")
    )

    assert bytes.fromhex(hexadecimal) == base64.b64decode(entry)


def test_an_alternate_id_echoes_format_and_mailbox_and_says_its_type(mailbox: Mailbox) -> None:
    """AlternateId is typed by xsi:type and carries the destination format and the mailbox asked for."""
    found = convert(mailbox, identity(mailbox.message()), "EwsId", "EwsId")

    prefix, _, name = str(found.get(f"{{{XSI}}}type")).partition(":")
    assert (found.nsmap[prefix], name) == (NS["t"], "AlternateIdType")
    assert found.get("Mailbox") == mailbox.address


@pytest.mark.parametrize("kind", ["item", "folder"])
def test_the_answer_names_the_mailbox_that_the_id_is_from(mailbox: Mailbox, kind: str) -> None:
    """The address asked with need be nobody's: the answer carries the primary address of the id's own mailbox."""
    value = identity(mailbox.message() if kind == "item" else mailbox.folder("Any"))

    found = mailbox.call(convert_request(value, "nobody@example.net")).ok().one(".//m:AlternateId")

    assert found.get("Mailbox") == mailbox.address


@pytest.mark.parametrize("address", ["nobody", "no body@example.org", "@", "nobody@"])
def test_an_address_of_no_valid_format_is_refused(mailbox: Mailbox, address: str) -> None:
    """The operation validates the format of the SMTP address."""
    answer = mailbox.call(convert_request(identity(mailbox.message()), address))

    assert answer.codes == ["ErrorInvalidSmtpAddress"]


def test_an_id_of_a_mailbox_that_is_not_here_is_refused(mailbox: Mailbox) -> None:
    """The GUID in an id belongs to no mailbox of this server."""
    raw = bytearray(base64.b64decode(identity(mailbox.message())))
    raw[4:40] = b"00000000-0000-4000-8000-000000000000"

    answer = mailbox.call(convert_request(base64.b64encode(raw).decode(), mailbox.address))

    assert answer.codes == ["ErrorNonExistentMailbox"]
    assert answer.texts(".//m:MessageText") == ["No mailbox with such guid."]


def convert_request(value: str, address: str) -> str:
    """A ConvertId of one EWS id under that address."""
    return (
        '<m:ConvertId DestinationFormat="EwsId"><m:SourceIds>'
        f'<t:AlternateId Format="EwsId" Id="{value}" Mailbox="{address}"/></m:SourceIds></m:ConvertId>'
    )


def test_the_id_of_an_inbox_is_good_after_conversion(mailbox: Mailbox) -> None:
    """An id that went through the entry id gets the folder that it named."""
    got = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape></m:FolderShape>"
        f"<m:FolderIds>{distinguished('inbox')}</m:FolderIds></m:GetFolder>"
    ).ok()
    entry = convert(mailbox, str(got.one(".//t:FolderId").get("Id")), "EwsId", "HexEntryId")
    back = convert(mailbox, str(entry.get("Id")), "HexEntryId", "EwsId")

    folder = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
        f'<m:FolderIds><t:FolderId Id="{back.get("Id")}"/></m:FolderIds></m:GetFolder>'
    ).ok()

    assert folder.text(".//t:DisplayName") == "Inbox"
