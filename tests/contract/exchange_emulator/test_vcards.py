"""vCards in mail: attached contacts, or files where the server is set so ([MS-OXCMAIL] 2.2.3.4.4)."""

import base64
import email

import pytest
from lxml import etree

from emulators.exchange import ExchangeEmulator

from .attachments import attach, attached_item, get
from .calendars import shown
from .soap import NS, Mailbox, identity, keyless, local, reference

# As in MS-OXVCARD 3.2, with what a vCard of version 3.0 may have besides.
CARD = (
    "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Dan Fennell\r\nN:Fennell;Dan;Lee;Dr.;Jr.\r\nNICKNAME:Danny\r\n"
    "ORG:Contoso\\, Ltd.;Sales\r\nTITLE:Buyer\r\nROLE:Trader\r\nBDAY:1970-02-03\r\n"
    "URL;TYPE=work:http://contoso.com/\r\n"
    "NOTE:One\\nTwo\r\nCATEGORIES:Red,Blue\r\nCLASS:PRIVATE\r\n"
    "ADR;TYPE=work,pref:;;7890 Elm Street;Boulder;CO;33041;U.S.\r\nADR;TYPE=home:;;345 Aspen\r\n  Street;Boulder;;;\r\n"
    "EMAIL;TYPE=internet,pref:dan.fennell@contoso.com\r\nitem1.EMAIL;TYPE=internet:dfennell@fabrikam.com\r\n"
    "TEL;TYPE=work,pref:+1-206-555-0102\r\nTEL;TYPE=work:+1-206-555-0103\r\nTEL;TYPE=cell:+1-425-555-0199\r\n"
    "TEL;TYPE=home,fax:+1-206-555-0104\r\nTEL:+1-206-555-0105\r\nTEL;TYPE=voice:+1-206-555-0106\r\n"
    "X-MS-TEL;TYPE=COMPANY:+1-206-555-0100\r\nX-MS-ASSISTANT;TYPE=N:Jeff Price\r\nEND:VCARD\r\n"
)
OLD = (
    "BEGIN:VCARD\r\nVERSION:2.1\r\nN;ENCODING=QUOTED-PRINTABLE;CHARSET=ISO-8859-1:M=FCller;J=\r\n=F6rg\r\n"
    "TEL;HOME;VOICE:+49 30 1\r\nEND:VCARD\r\n"
)
DIRECTORY, OLD_TYPE = 'text/directory; charset=utf-8; profile="vCard"', "text/x-vcard"


def part(content_type: str, card: str, *, more: str = "") -> str:
    """A vCard with its headers."""
    return f"Content-Type: {content_type}\r\n{more}\r\n{card}"


def multipart(kind: str, one: str) -> str:
    """A message with a text and a vCard."""
    return (
        f'Subject: Card\r\nMIME-Version: 1.0\r\nContent-Type: multipart/{kind}; boundary="=v"\r\n\r\n'
        f"--=v\r\nContent-Type: text/plain\r\n\r\nMy card\r\n--=v\r\n{one}\r\n--=v--\r\n"
    )


def kept(mailbox: Mailbox, raw: str) -> etree._Element:
    """Stores a message, and returns it as GetItem shows it."""
    return mailbox.item(
        mailbox.message(f"<t:MimeContent>{base64.b64encode(raw.encode()).decode()}</t:MimeContent>"))


def listed(item: etree._Element) -> list[str]:
    """The kinds of an item's attachments."""
    return [local(one) for one in item.iterfind("t:Attachments/*", NS)]


def contact(mailbox: Mailbox, item: etree._Element) -> etree._Element:
    """The contact that is attached to an item."""
    one = item.find("t:Attachments/t:ItemAttachment/t:AttachmentId", NS)
    assert one is not None
    return get(mailbox, identity(reference(one))).ok().one(".//t:ItemAttachment/t:Contact")


def entries(element: etree._Element, name: str) -> dict[str | None, str]:
    """The entries of one of a contact's dictionaries."""
    return {one.get("Key"): "|".join(str(words) for words in one.itertext())
            for one in element.iterfind(f"t:{name}/t:Entry", NS)}


@pytest.mark.parametrize(
    ("raw", "body"),
    [
        ("Subject: Card\r\nMIME-Version: 1.0\r\n" + part(DIRECTORY, CARD), None),
        (multipart("alternative", part(DIRECTORY, CARD)), "My card"),
        (multipart("mixed", part(OLD_TYPE, CARD, more="Content-Disposition: attachment; filename=dan.vcf\r\n")),
         "My card"),
    ],
    ids=["root", "alternative", "mixed"],
)
def test_the_page_vcard_a_card_is_an_attached_contact_and_never_a_body(
    mailbox: Mailbox, raw: str, body: str | None
) -> None:
    """Wherever it stands in the MIME, a vCard is promoted as a contact attachment."""
    item = kept(mailbox, raw)

    assert listed(item) == ["ItemAttachment"]
    assert (item.findtext("t:Body", namespaces=NS) or "").strip() == (body or "")
    assert shown(item, "HasAttachments") == ["true"]
    assert shown(contact(mailbox, item), "DisplayName") == ["Dan Fennell"]


def test_the_page_importing_each_property_becomes_its_element(mailbox: Mailbox) -> None:
    """MS-OXVCARD 2.1.3: names, company, addresses and numbers by their types; further numbers of a type are ignored."""
    found = contact(mailbox, kept(mailbox, multipart("mixed", part(DIRECTORY, CARD))))

    assert shown(
        found, "Surname", "GivenName", "MiddleName", "Generation", "Nickname", "CompanyName", "Department", "JobTitle",
        "Profession", "AssistantName", "BusinessHomePage", "Birthday", "Sensitivity", "Body",
    ) == [
        "Fennell", "Dan", "Lee", "Jr.", "Danny", "Contoso, Ltd.", "Sales", "Buyer", "Trader", "Jeff Price",
        "http://contoso.com/", "1970-02-03T00:00:00Z", "Private", "One\nTwo",
    ]  # fmt: skip
    assert found.findtext("t:CompleteName/t:Title", namespaces=NS) == "Dr."
    assert [one.text for one in found.iterfind("t:Categories/t:String", NS)] == ["Red", "Blue"]
    assert entries(found, "EmailAddresses") == {
        "EmailAddress1": "dan.fennell@contoso.com", "EmailAddress2": "dfennell@fabrikam.com",
    }  # fmt: skip
    assert entries(found, "PhoneNumbers") == {
        "BusinessPhone": "+1-206-555-0102", "BusinessPhone2": "+1-206-555-0103", "MobilePhone": "+1-425-555-0199",
        "HomeFax": "+1-206-555-0104", "OtherTelephone": "+1-206-555-0105", "CompanyMainPhone": "+1-206-555-0100",
    }  # fmt: skip
    assert entries(found, "PhysicalAddresses") == {
        "Business": "7890 Elm Street|Boulder|CO|U.S.|33041", "Home": "345 Aspen Street|Boulder",
    }  # fmt: skip


def test_a_card_of_version_21_is_read_with_its_encoding(mailbox: Mailbox) -> None:
    """Bare types, quoted-printable over two lines, and a character set of its own."""
    found = contact(mailbox, kept(mailbox, multipart("mixed", part(OLD_TYPE, OLD))))

    assert shown(found, "Surname", "GivenName") == ["Müller", "Jörg"]
    assert entries(found, "PhoneNumbers") == {"HomePhone": "+49 30 1"}


@pytest.mark.parametrize("card", ["BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "nothing\r\n"])
def test_what_is_no_card_inside_stays_a_file(mailbox: Mailbox, card: str) -> None:
    """The type alone makes no contact."""
    assert listed(kept(mailbox, multipart("mixed", part(OLD_TYPE, card)))) == ["FileAttachment"]


def test_where_the_server_is_set_so_a_card_is_a_file(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """With vcards_become_contacts off, the same MIME has a file with the bytes of the card."""
    emulator.configure(vcards_become_contacts=False)
    item = kept(mailbox, multipart("mixed", part(OLD_TYPE, CARD)))
    one = item.find("t:Attachments/t:FileAttachment/t:AttachmentId", NS)
    assert one is not None

    content = get(mailbox, identity(reference(one))).ok().text(".//t:Content")

    assert base64.b64decode(content).decode().rstrip() == CARD.rstrip()


def test_the_page_vcard_generation_an_attached_contact_is_a_card_in_mime(mailbox: Mailbox) -> None:
    """A contact that is attached by element leaves as text/directory, and comes in again as the same contact."""
    item = mailbox.message("<t:Subject>Card</t:Subject>")
    inside = (
        "<t:DisplayName>Dan; Fennell</t:DisplayName><t:GivenName>Dan</t:GivenName>"
        "<t:CompanyName>Contoso</t:CompanyName>"
        '<t:EmailAddresses><t:Entry Key="EmailAddress1">dan@contoso.com</t:Entry></t:EmailAddresses>'
        '<t:PhysicalAddresses><t:Entry Key="Home"><t:City>Łódź</t:City></t:Entry></t:PhysicalAddresses>'
        '<t:PhoneNumbers><t:Entry Key="HomePhone2">2</t:Entry></t:PhoneNumbers><t:Surname>Fennell</t:Surname>'
    )
    attach(mailbox, item, attached_item(inside, "Contact", "dan.vcf")).ok()
    shape = "<t:BaseShape>IdOnly</t:BaseShape><t:IncludeMimeContent>true</t:IncludeMimeContent>"
    raw = base64.b64decode(str(mailbox.item(keyless(item), shape=shape).findtext("t:MimeContent", namespaces=NS)))

    found = next(one for one in email.message_from_bytes(raw).walk() if one.get_content_type() == "text/directory")
    again = contact(mailbox, kept(mailbox, raw.decode()))

    assert (found.get_param("profile"), found["Content-Transfer-Encoding"]) == ("vCard", "quoted-printable")
    assert shown(again, "DisplayName", "GivenName", "Surname", "CompanyName") == [
        "Dan; Fennell", "Dan", "Fennell", "Contoso",
    ]  # fmt: skip
    assert entries(again, "EmailAddresses") == {"EmailAddress1": "dan@contoso.com"}
    assert entries(again, "PhysicalAddresses") == {"Home": "Łódź"}
    assert entries(again, "PhoneNumbers") == {"HomePhone": "2"}


@pytest.mark.parametrize("line", ["BDAY:0001-01-01", "FN;CHARSET=undefined:X", "FN;CHARSET=UTF-8\0:X"])
def test_a_line_that_says_nothing_is_left_out(mailbox: Mailbox, line: str) -> None:
    """A birthday that no server can hold and a character set that is none leave the rest of the card as it is."""
    card = f"BEGIN:VCARD\r\nVERSION:3.0\r\nN:Fennell;Dan\r\n{line}\r\nEND:VCARD\r\n"

    found = contact(mailbox, kept(mailbox, multipart("mixed", part(OLD_TYPE, card))))

    assert shown(found, "Surname", "Birthday") == ["Fennell", None]
