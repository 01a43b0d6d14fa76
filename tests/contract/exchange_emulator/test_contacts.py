"""Contacts: MS-OXWSCONT, the MAPI properties of MS-OXOCNTC, and what recorded servers compute."""

import base64

import pytest

from .attachments import attach, attached, detach, file, get
from .people import (
    ADDRESS_SET,
    asking,
    contact,
    create,
    drop,
    entries,
    equal,
    extended,
    field,
    find,
    indexed,
    put,
    read_entries,
    update,
    uri,
    values,
)
from .soap import Mailbox, names, reference

NAMES = (
    "<t:GivenName>Jane</t:GivenName><t:MiddleName>Q.</t:MiddleName><t:CompanyName>Acme</t:CompanyName>"
    "<t:Generation>Jr.</t:Generation><t:Surname>Doe</t:Surname>"
)
MAPPINGS = {
    "LastCommaFirst": "Doe, Jane Q.",
    "FirstSpaceLast": "Jane Q. Doe Jr.",
    "Company": "Acme",
    "LastCommaFirstCompany": "Doe, Jane Q.\r\nAcme",
    "CompanyLastFirst": "Acme\r\nDoeJane Q.",
    "LastFirst": "DoeJane Q.",
    "LastFirstCompany": "DoeJane Q.\r\nAcme",
    "CompanyLastCommaFirst": "Acme\r\nDoe, Jane Q.",
    "LastFirstSuffix": "DoeJane Q. Jr.",
    "LastSpaceFirstCompany": "Doe Jane Q.\r\nAcme",
    "CompanyLastSpaceFirst": "Acme\r\nDoe Jane Q.",
    "LastSpaceFirst": "Doe Jane Q.",
    "DisplayName": "Jane Q. Doe Jr.",
    "FirstName": "Jane",
    "LastFirstMiddleSuffix": "Doe Jane Q. Jr.",
    "LastName": "Doe",
    "Empty": "",
    "None": "",
}
# Every writable text of ContactItemType, in the schema's order.
TEXTS = (
    *("DisplayName", "GivenName", "Initials", "MiddleName", "Nickname", "CompanyName", "AssistantName"),
    *("BusinessHomePage", "Department", "Generation", "JobTitle", "Manager", "Mileage", "OfficeLocation"),
    *("Profession", "SpouseName", "Surname"),
)
PHONES = (
    *("AssistantPhone", "BusinessFax", "BusinessPhone", "BusinessPhone2", "Callback", "CarPhone", "CompanyMainPhone"),
    *("HomeFax", "HomePhone", "HomePhone2", "Isdn", "MobilePhone", "OtherFax", "OtherTelephone", "Pager"),
    *("PrimaryPhone", "RadioPhone", "Telex", "TtyTddPhone"),
)


def test_MS_OXWSCONT_R128_each_mapping_makes_file_as(mailbox: Mailbox) -> None:
    """FileAs is made of the names as each value of FileAsMapping says."""
    for mapping, expected in MAPPINGS.items():
        inside = f"<t:FileAsMapping>{mapping}</t:FileAsMapping>{NAMES}"

        found = mailbox.item(contact(mailbox, inside))

        assert (found.findtext("{*}FileAs") or "") == expected, mapping
        assert found.findtext("{*}FileAsMapping") == mapping


def test_MS_OXWSCONT_R130_without_a_mapping_file_as_is_kept_as_it_is(mailbox: Mailbox) -> None:
    """With FileAsMapping None, or none at all, FileAs is what was set, and empty where nothing was."""
    own = mailbox.item(contact(mailbox, f"<t:FileAs>The boss</t:FileAs>{NAMES}"))
    none = mailbox.item(contact(mailbox, NAMES))

    assert own.findtext("{*}FileAs") == "The boss"
    assert [one.findtext("{*}FileAsMapping") for one in (own, none)] == ["None", "None"]
    assert none.findtext("{*}FileAs") == ""


def test_the_page_pidtagurlcomponentname_each_contact_has_a_name_of_its_own(mailbox: Mailbox) -> None:
    """After what it is filed as, unique within its folder, escaped as in a URL, and found by."""
    name = uri('PropertyTag="0x10F3"')
    inside = f"<t:FileAs>A &amp; B; C/D</t:FileAs>{NAMES}"
    twins = [contact(mailbox, inside), contact(mailbox, inside)]

    told = [values(mailbox, one, name) for one in twins]

    assert all(one.startswith("A %26 B%3B C\uf8ffD") and one.endswith(".EML") for [one] in told)
    assert told[0] != told[1]
    for own, [one] in zip(twins, told, strict=True):
        found = mailbox.call(find("contacts", equal(name, one))).ok()
        assert [reference(each, key=False) for each in found.all(".//t:ItemId")] == [own]


def test_file_as_follows_the_names(mailbox: Mailbox) -> None:
    """A name that changes changes FileAs by its mapping; a FileAs of one's own ends the mapping."""
    item = contact(mailbox, f"<t:FileAsMapping>LastCommaFirst</t:FileAsMapping>{NAMES}")

    update(mailbox, item, put("Contact", field("contacts:Surname"), "<t:Surname>Roe</t:Surname>")).ok()
    assert mailbox.item(item).findtext("{*}FileAs") == "Roe, Jane Q."

    update(mailbox, item, put("Contact", field("contacts:FileAs"), "<t:FileAs>Me</t:FileAs>")).ok()
    found = mailbox.item(item)
    assert (found.findtext("{*}FileAs"), found.findtext("{*}FileAsMapping")) == ("Me", "None")


def test_MS_OXWSCONT_R355_R356_R357_complete_name_is_made_of_the_names(mailbox: Mailbox) -> None:
    """CompleteName repeats given name, surname and generation, and tells title and phonetic names of MAPI."""
    inside = (
        extended('PropertyTag="0x3A45"', "Dr.")
        + extended(f'{ADDRESS_SET} PropertyId="32812"', "ジェーン")
        + "<t:GivenName>Jane</t:GivenName><t:Initials>J.D.</t:Initials><t:Nickname>Janey</t:Nickname>"
        "<t:Generation>Jr.</t:Generation><t:Surname>Doe</t:Surname>"
    )

    found = mailbox.item(contact(mailbox, inside)).find("{*}CompleteName")

    assert found is not None
    assert {name: found.findtext(f"{{*}}{name}") for name in names(found)} == {
        "Title": "Dr.", "FirstName": "Jane", "LastName": "Doe", "Suffix": "Jr.", "Initials": "J.D.",
        "FullName": "Jane Doe Jr.", "Nickname": "Janey", "YomiFirstName": "ジェーン",
    }  # fmt: skip


def test_complete_name_is_the_server_s(mailbox: Mailbox) -> None:
    """CompleteName, and what the directory or the picture decides, are refused in CreateItem and UpdateItem."""
    refused = (
        "<t:CompleteName><t:FirstName>X</t:FirstName></t:CompleteName>",
        "<t:ContactSource>Store</t:ContactSource>",
        "<t:HasPicture>true</t:HasPicture>",
        "<t:PhoneticFullName>x</t:PhoneticFullName>",
        "<t:Alias>x</t:Alias>",
        "<t:Photo>AAAA</t:Photo>",
    )

    assert mailbox.call(create("Contact", *refused, folder="contacts")).codes == ["ErrorInvalidPropertySet"] * 6
    change = put("Contact", field("contacts:CompleteName"), refused[0])
    assert update(mailbox, contact(mailbox, NAMES), change).codes == ["ErrorInvalidPropertySet"]


def test_MS_OXWSCONT_R25_the_display_name_is_made_of_the_names(mailbox: Mailbox) -> None:
    """DisplayName and Subject follow the names until a client sets them."""
    item = contact(mailbox, NAMES)
    made_of = mailbox.item(item)
    assert made_of.findtext("{*}DisplayName") == made_of.findtext("{*}Subject") == "Jane Q. Doe Jr."

    update(mailbox, item, drop(field("contacts:GivenName")), drop(field("contacts:MiddleName"))).ok()
    assert mailbox.item(item).findtext("{*}Subject") == "Doe Jr."

    update(mailbox, item, put("Contact", field("contacts:DisplayName"), "<t:DisplayName>JD</t:DisplayName>")).ok()
    found = mailbox.item(item)
    assert found.findtext("{*}Subject") == found.findtext("{*}DisplayName") == "JD"
    assert found.findtext("{*}CompleteName/{*}FullName") == "JD"


def test_a_subject_of_its_own_stays(mailbox: Mailbox) -> None:
    """A Subject that a client gave a contact is kept beside its names."""
    found = mailbox.item(contact(mailbox, f"<t:Subject>Neighbour</t:Subject>{NAMES}"))

    assert found.findtext("{*}Subject") == "Neighbour"
    assert found.findtext("{*}DisplayName") == "Jane Q. Doe Jr."


def test_MS_OXWSCONT_R29_R37_R57_R63_every_text_comes_back(mailbox: Mailbox) -> None:
    """Every writable text of the schema is stored, returned, and goes when it is deleted."""
    item = contact(mailbox, "".join(f"<t:{name}>The {name} &amp; more</t:{name}>" for name in TEXTS))

    found = mailbox.item(item)
    assert {name: found.findtext(f"{{*}}{name}") for name in TEXTS} == {name: f"The {name} & more" for name in TEXTS}

    update(mailbox, item, *(drop(field(f"contacts:{name}")) for name in TEXTS)).ok()
    found = mailbox.item(item)
    assert [name for name in TEXTS if found.find(f"{{*}}{name}") is not None] == []


def test_MS_OXWSCONT_R51_R53_R71_lists_and_the_mailing_address(mailbox: Mailbox) -> None:
    """Children, Companies, PostalAddressIndex and categories come back as they were set."""
    item = contact(
        mailbox,
        "<t:Categories><t:String>Friends</t:String></t:Categories>"
        "<t:Children><t:String>Al</t:String><t:String>Bo</t:String></t:Children>"
        "<t:Companies><t:String>Acme</t:String></t:Companies><t:PostalAddressIndex>Home</t:PostalAddressIndex>",
    )

    found = mailbox.item(item)

    assert [one.text for one in found.iterfind("{*}Children/{*}String")] == ["Al", "Bo"]
    assert [one.text for one in found.iterfind("{*}Companies/{*}String")] == ["Acme"]
    assert [one.text for one in found.iterfind("{*}Categories/{*}String")] == ["Friends"]
    assert found.findtext("{*}PostalAddressIndex") == "Home"
    assert values(mailbox, item, uri(f'{ADDRESS_SET} PropertyId="32802"', "Integer")) == ["1"]


def test_MS_OXWSCONT_R47_R79_birthdays_are_told_in_utc(mailbox: Mailbox) -> None:
    """Birthday and WeddingAnniversary are times in UTC, by element and by MAPI alike."""
    item = contact(
        mailbox,
        "<t:Birthday>1980-05-06T01:30:00+02:00</t:Birthday>"
        "<t:WeddingAnniversary>2008-08-08T11:59:00Z</t:WeddingAnniversary>",
    )

    found = mailbox.item(item)

    assert found.findtext("{*}Birthday") == "1980-05-05T23:30:00Z"
    assert found.findtext("{*}WeddingAnniversary") == "2008-08-08T11:59:00Z"
    assert values(mailbox, item, uri('PropertyTag="0x3A42"', "SystemTime")) == ["1980-05-05T23:30:00Z"]


def test_MS_OXWSCONT_R124_R125_R126_three_addresses_with_names(mailbox: Mailbox) -> None:
    """Each address has a name (its own by default) and a routing type; a search tells the address alone."""
    item = contact(
        mailbox,
        '<t:EmailAddresses><t:Entry Key="EmailAddress1" Name="Jane at home">jane@home.example</t:Entry>'
        '<t:Entry Key="EmailAddress2">jane@work.example</t:Entry>'
        '<t:Entry Key="EmailAddress3" Name="Old" RoutingType="EX">/o=Acme/cn=jane</t:Entry></t:EmailAddresses>',
    )

    told = [dict(one.attrib) | {"": one.text} for one in mailbox.item(item).iterfind("{*}EmailAddresses/{*}Entry")]

    assert [(one["Name"], one["RoutingType"], one[""]) for one in told] == [
        ("Jane at home", "SMTP", "jane@home.example"),
        ("jane@work.example", "SMTP", "jane@work.example"),
        ("Old", "EX", "/o=Acme/cn=jane"),
    ]
    found = mailbox.call(find("contacts", names=["contacts:EmailAddresses"])).ok()
    assert [sorted(one.attrib) for one in found.all(".//t:Entry")] == [["Key"]] * 3


@pytest.mark.parametrize("place", [0, 1, 2])
def test_the_three_addresses_have_twins_in_mapi(mailbox: Mailbox, place: int) -> None:
    """PidLidEmail1EmailAddress and its kin say what the entries say, both ways (MS-OXOCNTC 2.2.1.2)."""
    key, base_id = f"EmailAddress{place + 1}", 0x8080 + 16 * place
    name, routing, address = (f'{ADDRESS_SET} PropertyId="{base_id + offset}"' for offset in (0, 2, 3))
    by_element = contact(mailbox, entries("EmailAddresses", {key: "jane@example.org"}))
    by_mapi = contact(mailbox, extended(address, "joe@example.org") + extended(name, "Joe"))

    assert values(mailbox, by_element, uri(name), uri(routing), uri(address)) == [
        "jane@example.org", "SMTP", "jane@example.org",
    ]  # fmt: skip
    found = mailbox.item(by_mapi).find("{*}EmailAddresses/{*}Entry")
    assert found is not None
    assert (found.get("Key"), found.get("Name"), found.text) == (key, "Joe", "joe@example.org")


def test_MS_OXWSCONT_R155_R157_R175_every_phone_is_kept_and_changed_alone(mailbox: Mailbox) -> None:
    """Each number is stored under its key; setting or deleting one leaves the others."""
    numbers = {key: f"+49 {place}" for place, key in enumerate(PHONES)}
    item = contact(mailbox, entries("PhoneNumbers", numbers))
    assert read_entries(mailbox.item(item), "PhoneNumbers") == numbers

    update(
        mailbox,
        item,
        put("Contact", indexed("contacts:PhoneNumber", "Pager"), entries("PhoneNumbers", {"Pager": "1"})),
        drop(indexed("contacts:PhoneNumber", "Telex")),
    ).ok()

    del numbers["Telex"]
    assert read_entries(mailbox.item(item), "PhoneNumbers") == numbers | {"Pager": "1"}


def test_a_phone_has_a_twin_in_mapi(mailbox: Mailbox) -> None:
    """PidTagMobileTelephoneNumber and PidTagBusinessTelephoneNumber are entries of PhoneNumbers."""
    item = contact(mailbox, extended('PropertyTag="0x3A1C"', "0151") + entries("PhoneNumbers", {"BusinessPhone": "7"}))

    assert read_entries(mailbox.item(item), "PhoneNumbers") == {"BusinessPhone": "7"}, "the element comes later"
    assert values(mailbox, item, uri('PropertyTag="0x3A08"')) == ["7"]
    update(mailbox, item, put("Contact", uri('PropertyTag="0x3A1C"'), extended('PropertyTag="0x3A1C"', "0151"))).ok()
    assert read_entries(mailbox.item(item), "PhoneNumbers") == {"BusinessPhone": "7", "MobilePhone": "0151"}


def test_MS_OXWSCONT_R151_R152_R153_instant_messaging_addresses(mailbox: Mailbox) -> None:
    """Three IM addresses are kept by key, the first one as PidLidInstantMessagingAddress too."""
    wanted = {f"ImAddress{place}": f"im{place}@example.org" for place in (1, 2, 3)}
    item = contact(mailbox, entries("ImAddresses", wanted))

    update(mailbox, item, drop(indexed("contacts:ImAddress", "ImAddress2"))).ok()

    del wanted["ImAddress2"]
    assert read_entries(mailbox.item(item), "ImAddresses") == wanted
    assert values(mailbox, item, uri(f'{ADDRESS_SET} PropertyId="32866"')) == ["im1@example.org"]


@pytest.mark.parametrize("key", ["Home", "Business", "Other"])
def test_MS_OXWSCONT_R258_R260_R262_R264_R266_postal_addresses_change_by_part(mailbox: Mailbox, key: str) -> None:
    """One part of a postal address is set, made or deleted without the others, whatever came first."""
    parts = ["Street", "City", "State", "CountryOrRegion", "PostalCode"]
    item = contact(mailbox, entries("PhysicalAddresses", {key: "<t:City>Ulm</t:City>"}))

    for part in ("PostalCode", "Street", "CountryOrRegion", "State"):
        path = indexed(f"contacts:PhysicalAddress:{part}", key)
        inside = entries("PhysicalAddresses", {key: f"<t:{part}>A {part}</t:{part}>"})
        update(mailbox, item, put("Contact", path, inside)).ok()
    entry = mailbox.item(item).find("{*}PhysicalAddresses/{*}Entry")
    assert names(entry) == parts

    update(mailbox, item, drop(indexed("contacts:PhysicalAddress:Street", key))).ok()
    assert names(mailbox.item(item).find("{*}PhysicalAddresses/{*}Entry")) == parts[1:]


def test_the_parts_of_an_address_have_twins_in_mapi(mailbox: Mailbox) -> None:
    """The work address lies in the Address set, the home address in tags (MS-OXOCNTC 2.2.1.3)."""
    item = contact(
        mailbox,
        extended('PropertyTag="0x3A5D"', "1 Elm Street")
        + extended('PropertyTag="0x3A59"', "Springwood")
        + extended(f'{ADDRESS_SET} PropertyId="32837"', "2 Oak Street")
        + extended(f'{ADDRESS_SET} PropertyId="32838"', "Ulm")
        + extended(f'{ADDRESS_SET} PropertyId="32840"', "89073"),
    )

    found = mailbox.item(item)

    assert found.findtext("{*}PhysicalAddresses/{*}Entry[@Key='Home']/{*}Street") == "1 Elm Street"
    assert found.findtext("{*}PhysicalAddresses/{*}Entry[@Key='Home']/{*}City") == "Springwood"
    work = found.find("{*}PhysicalAddresses/{*}Entry[@Key='Business']")
    assert work is not None
    assert [one.text for one in work if one.text] == ["2 Oak Street", "Ulm", "89073"]


def test_entries_are_asked_for_one_by_one(mailbox: Mailbox) -> None:
    """GetItem and FindItem with an IndexedFieldURI return that entry, or that part of an address, and no other."""
    both = {"HomePhone": "1", "MobilePhone": "2"}
    place = {"Home": "<t:Street>1 Elm Street</t:Street><t:City>Ulm</t:City>", "Other": "<t:City>Bonn</t:City>"}
    mail = {"EmailAddress1": "a@example.org", "EmailAddress2": "b@example.org"}
    inside = entries("EmailAddresses", mail) + entries("PhysicalAddresses", place) + entries("PhoneNumbers", both)
    item = contact(mailbox, inside)
    paths = (
        indexed("contacts:PhoneNumber", "MobilePhone"),
        indexed("contacts:PhoneNumber", "Pager"),
        indexed("contacts:PhysicalAddress:City", "Home"),
        indexed("contacts:EmailAddress", "EmailAddress2"),
        indexed("contacts:ImAddress", "ImAddress1"),
    )

    by_id = mailbox.item(item, shape=asking(*paths))
    by_search = mailbox.call(find("contacts").replace(field("item:Subject"), "".join(paths))).ok().one(".//t:Contact")

    for found in (by_id, by_search):
        assert names(found) == ["ItemId", "EmailAddresses", "PhysicalAddresses", "PhoneNumbers"]
        assert read_entries(found, "PhoneNumbers") == {"MobilePhone": "2"}
        assert read_entries(found, "EmailAddresses") == {"EmailAddress2": "b@example.org"}
        address = found.find("{*}PhysicalAddresses/{*}Entry")
        assert (address.get("Key"), names(address)) == ("Home", ["City"])  # type: ignore[union-attr]  # names() found it above


def test_an_entry_for_another_key_is_refused(mailbox: Mailbox) -> None:
    """A path that names one entry and a value for another do not match."""
    change = put("Contact", indexed("contacts:PhoneNumber", "Pager"), entries("PhoneNumbers", {"Telex": "1"}))

    assert update(mailbox, contact(mailbox, NAMES), change).codes == ["ErrorUpdatePropertyMismatch"]


def test_MS_OXWSCONT_R81001_R1275002_a_picture_makes_has_picture(mailbox: Mailbox) -> None:
    """A photo in CreateItem or by CreateAttachment makes HasPicture true; without it the contact has none."""
    photo = file("ContactPicture.jpg", b"\xff\xd8\xff", "").replace(
        "<t:Content>", "<t:IsContactPhoto>true</t:IsContactPhoto><t:Content>"
    )
    first = contact(mailbox, f"<t:Attachments>{photo}</t:Attachments>{NAMES}")
    second = contact(mailbox, NAMES)
    assert mailbox.item(second).find("{*}HasPicture") is None
    picture = attached(mailbox, second, photo)

    for item in (first, second):
        assert mailbox.item(item).findtext("{*}HasPicture") == "true"
        assert values(mailbox, item, uri(f'{ADDRESS_SET} PropertyId="32789"', "Boolean")) == ["true"]
    told = get(mailbox, picture).ok()
    assert told.text(".//t:IsContactPhoto") == "true"
    assert base64.b64decode(told.text(".//t:Content")) == b"\xff\xd8\xff"

    detach(mailbox, picture).ok()
    assert mailbox.item(second).find("{*}HasPicture") is None


def test_a_file_is_no_picture(mailbox: Mailbox) -> None:
    """An attachment that is no photo makes HasAttachments true, adds to Size, and is no picture (R81001)."""
    item = contact(mailbox, f"<t:Attachments>{file()}</t:Attachments>{NAMES}")
    bare = contact(mailbox, NAMES)

    assert int(mailbox.item(item).findtext("{*}Size", "")) > int(mailbox.item(bare).findtext("{*}Size", ""))
    assert mailbox.item(item).findtext("{*}HasAttachments") == "true"
    assert mailbox.item(item).find("{*}HasPicture") is None


def test_only_contacts_have_pictures(mailbox: Mailbox) -> None:
    """IsContactPhoto on a message's attachment is refused."""
    photo = file().replace("<t:Content>", "<t:IsContactPhoto>true</t:IsContactPhoto><t:Content>")

    assert attach(mailbox, mailbox.message(), photo).codes == ["ErrorInvalidPropertySet"]


def test_user_fields_are_kept(mailbox: Mailbox) -> None:
    """Properties of the public strings, as forms define them, come back with the contact."""
    mine = 'DistinguishedPropertySetId="PublicStrings" PropertyName="Customer number"'
    item = contact(mailbox, extended(mine, "4711") + NAMES)

    assert values(mailbox, item, uri(mine)) == ["4711"]


def test_contacts_have_no_answers_and_no_reminders(mailbox: Mailbox) -> None:
    """AllProperties of a contact has neither ResponseObjects nor Reminder elements, as recorded."""
    told = names(mailbox.item(contact(mailbox, NAMES)))

    assert [one for one in told if one == "ResponseObjects" or one.startswith("Reminder")] == []
    assert {"Subject", "FileAs", "FileAsMapping", "CompleteName", "DisplayName"} <= set(told)


def test_the_default_shape_of_a_contact(mailbox: Mailbox) -> None:
    """Default returns what Microsoft's table of response shapes lists for contacts."""
    item = contact(mailbox, NAMES)

    assert names(mailbox.item(item, shape="<t:BaseShape>Default</t:BaseShape>")) == [
        "ItemId", "HasAttachments", "FileAs", "CompleteName", "CompanyName",
    ]  # fmt: skip


def test_MS_OXWSCONT_R301001_a_contact_belongs_into_a_contacts_folder(mailbox: Mailbox) -> None:
    """A contact in another folder is refused; without a folder it goes to Contacts."""
    answer = mailbox.call(create("Contact", NAMES, folder="inbox"))
    assert answer.codes == ["ErrorCannotCreateContactInNonContactFolder"]
    mailbox.call(f"<m:CreateItem><m:Items><t:Contact>{NAMES}</t:Contact></m:Items></m:CreateItem>").ok()

    assert mailbox.call(find("contacts")).ok().texts(".//t:Subject") == ["Jane Q. Doe Jr."]


def test_contacts_are_found_and_sorted_by_their_fields(mailbox: Mailbox) -> None:
    """FileAs, CompanyName, an e-mail address and a phone number filter; Surname sorts."""
    for given, last in (("Cy", "Adams"), ("Al", "Young"), ("Bo", "Moss")):
        contact(
            mailbox,
            f"<t:FileAsMapping>LastCommaFirst</t:FileAsMapping><t:GivenName>{given}</t:GivenName>"
            f"<t:CompanyName>{given} Ltd</t:CompanyName>"
            + entries("EmailAddresses", {"EmailAddress1": f"{given}@example.org".lower()})
            + entries("PhoneNumbers", {"HomePhone": f"1-{given}"})
            + f"<t:Surname>{last}</t:Surname>",
        )
    wanted = {
        field("contacts:FileAs"): "Young, Al",
        field("contacts:CompanyName"): "Al Ltd",
        indexed("contacts:EmailAddress", "EmailAddress1"): "al@example.org",
        indexed("contacts:PhoneNumber", "HomePhone"): "1-Al",
    }

    for path, constant in wanted.items():
        assert mailbox.call(find("contacts", equal(path, constant))).ok().texts(".//t:Subject") == ["Al Young"], path
    sorted_ = mailbox.call(find("contacts", order=field("contacts:Surname"))).ok()
    assert sorted_.texts(".//t:Subject") == ["Cy Adams", "Bo Moss", "Al Young"]


def test_a_copy_of_a_contact_is_one(mailbox: Mailbox) -> None:
    """CopyItem into a folder of contacts keeps names and addresses."""
    place = mailbox.folder("Friends", kind="ContactsFolder")
    item = contact(mailbox, NAMES)

    answer = mailbox.call(
        f"<m:CopyItem><m:ToFolderId>{place}</m:ToFolderId><m:ItemIds>{item}</m:ItemIds></m:CopyItem>"
    ).ok()

    copied = mailbox.item(reference(answer.one(".//t:ItemId")))
    assert copied.findtext("{*}CompleteName/{*}FullName") == "Jane Q. Doe Jr."


def test_an_attached_contact_is_computed(mailbox: Mailbox) -> None:
    """A contact attached to a message tells its complete name like one in a folder."""
    inside = f"<t:ItemAttachment><t:Name>card</t:Name><t:Contact>{NAMES}</t:Contact></t:ItemAttachment>"

    answer = get(mailbox, attached(mailbox, mailbox.message(), inside)).ok()

    assert answer.text(".//t:Contact/t:CompleteName/t:FullName") == "Jane Q. Doe Jr."


def test_a_private_contact(mailbox: Mailbox) -> None:
    """Sensitivity and body of a contact are those of every item."""
    private = '<t:Sensitivity>Private</t:Sensitivity><t:Body BodyType="Text">Notes</t:Body>'
    item = contact(mailbox, private + NAMES)

    found = mailbox.item(item)
    assert (found.findtext("{*}Sensitivity"), found.findtext("{*}Body")) == ("Private", "Notes")
