"""Folders that servers and clients add to a mailbox in time, most of them out of sight."""

import pytest

from emulators.exchange import ExchangeEmulator
from emulators.exchange.control import Control, ControlError, ControlServer

from .soap import NS, Answer, Mailbox, distinguished

HIDDEN = '<t:ExtendedFieldURI PropertyTag="0x10f4" PropertyType="Boolean"/>'


def found(mailbox: Mailbox, top: str, restriction: str = "") -> Answer:
    """A deep FindFolder for names, classes and PidTagAttributeHidden."""
    return mailbox.call(
        '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>'
        '<t:FieldURI FieldURI="folder:DisplayName"/><t:FieldURI FieldURI="folder:FolderClass"/>'
        f"{HIDDEN}</t:AdditionalProperties></m:FolderShape>{restriction}<m:ParentFolderIds>{distinguished(top)}"
        "</m:ParentFolderIds></m:FindFolder>"
    ).ok()


def classes(answer: Answer) -> dict[str, str]:
    """The class of each folder by its name."""
    return {
        one.findtext("t:DisplayName", "", NS): one.findtext("t:FolderClass", "", NS)
        for one in answer.one(".//t:Folders")
    }


def test_the_page_hidden_folders_they_are_found_by_their_property(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """A search for PidTagAttributeHidden tells what clients keep out of sight, as the page's answer shows."""
    emulator.add_system_folders(mailbox.address)
    restriction = (
        f"<m:Restriction><t:IsEqualTo>{HIDDEN}<t:FieldURIOrConstant>"
        '<t:Constant Value="true"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>'
    )

    hidden = classes(found(mailbox, "msgfolderroot", restriction))

    assert {
        "{06967759-274D-40B2-A3EB-D7F9E73727D7}": "IPF.Contact.MOC.QuickContacts",
        "{A9E2BC46-B3A0-4243-B315-60D991004455}": "IPF.Contact.MOC.ImContactList",
        "GAL Contacts": "IPF.Contact.GalContacts",
        "Recipient Cache": "IPF.Contact.RecipientCache",
        "Conversation Action Settings": "IPF.Configuration",
    }.items() <= hidden.items()
    assert {"Inbox", "Archive", "Suggested Contacts", "Birthdays"} & set(hidden) == set()


def test_recorded_folders_have_their_classes_and_elements(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """Folders below Contacts, Calendar and root are those that a recorded server told."""
    emulator.add_system_folders(mailbox.address)
    emulator.add_system_folders(mailbox.address)

    contacts, calendar = classes(found(mailbox, "contacts")), classes(found(mailbox, "calendar"))
    root = found(mailbox, "root")

    assert len(contacts) == 7
    assert contacts["Companies"] == "IPF.Contact.Company"
    assert calendar == {"Birthdays": "IPF.Appointment.Birthday", "United States holidays": "IPF.Appointment"}
    assert {"AllItems", "AllContacts", "Favorites", "My Contacts"} <= set(root.texts(".//t:SearchFolder/t:DisplayName"))


def test_the_page_distinguishedfolderid_those_with_a_name_are_reached_by_it(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """Distinguished ids of folders that came in time name them, and nothing in a mailbox that has not got them."""
    named = {
        "recipientcache": "Recipient Cache",
        "conversationhistory": "Conversation History",
        "favorites": "Favorites",
        "peopleconnect": "PeopleConnect",
    }
    request = (
        "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
        f"<m:FolderIds>{''.join(distinguished(one) for one in named)}</m:FolderIds></m:GetFolder>"
    )

    assert set(mailbox.call(request).codes) == {"ErrorFolderNotFound"}
    emulator.add_system_folders(mailbox.address)
    assert mailbox.call(request).ok().texts(".//t:DisplayName") == list(named.values())


def test_the_page_distinguishedfolderid_folders_tell_the_ids_that_the_schema_has(
    emulator: ExchangeEmulator, mailbox: Mailbox
) -> None:
    """A folder that came after 2013 tells its distinguished id where the schema has a name for it, and else none."""
    emulator.add_system_folders(mailbox.address)

    answer = mailbox.call(
        '<m:FindFolder Traversal="Deep"><m:FolderShape><t:BaseShape>Default</t:BaseShape><t:AdditionalProperties>'
        '<t:FieldURI FieldURI="folder:DistinguishedFolderId"/></t:AdditionalProperties></m:FolderShape>'
        f"<m:ParentFolderIds>{distinguished('msgfolderroot')}</m:ParentFolderIds></m:FindFolder>"
    ).ok()
    told = {
        one.findtext("t:DisplayName", "", NS): one.findtext("t:DistinguishedFolderId", "", NS)
        for one in answer.one(".//t:Folders")
    }

    known = emulator._service.schema.folder_ids
    assert (told["Recipient Cache"], told["Companies"]) == ("recipientcache", "")
    assert told["PersonMetadata"] == ("personmetadata" if "personmetadata" in known else "")
    assert told["Outbound"] == ("yammeroutbound" if "yammeroutbound" in known else "")


def test_default_folders_have_the_names_of_their_owners_language(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """An administrator gives them; distinguished ids still find the folders, and one that is not there has no name."""
    server = ControlServer(emulator, 0)
    try:
        Control(server.url).name_folders(mailbox.address, {"inbox": "Boîte de réception", "drafts": "Brouillons"})
        with pytest.raises(ControlError, match="no folder archiveinbox"):
            Control(server.url).name_folders(mailbox.address, {"archiveinbox": "Archives"})
    finally:
        server.stop()

    inbox = mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>Default</t:BaseShape></m:FolderShape>"
        f"<m:FolderIds>{distinguished('inbox')}</m:FolderIds></m:GetFolder>"
    )
    assert inbox.ok().texts(".//t:DisplayName") == ["Boîte de réception"]
    named = classes(found(mailbox, "msgfolderroot"))
    assert {"Boîte de réception", "Brouillons", "Sent Items"} <= set(named)
    assert {"Inbox", "Drafts"} & set(named) == set()


ENTRY = '<t:ExtendedFieldURI PropertyTag="0x0FFF" PropertyType="Binary"/>'
NOTED = '<t:ExtendedFieldURI PropertyTag="0x36D8" PropertyType="BinaryArray"/>'


def told(mailbox: Mailbox, properties: str, *names: str) -> Answer:
    """What folders say of some extended properties."""
    return mailbox.call(
        "<m:GetFolder><m:FolderShape><t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>"
        f"{properties}</t:AdditionalProperties></m:FolderShape>"
        f"<m:FolderIds>{''.join(map(distinguished, names))}</m:FolderIds></m:GetFolder>"
    ).ok()


def test_MS_OXOSFLD_2_2_4_the_inbox_tells_some_folders_by_their_places_in_a_property(mailbox: Mailbox) -> None:
    """PidTagAdditionalRenEntryIds holds the entry ids of Conflicts, Sync Issues, the failures and Junk, in order."""
    names = ("conflicts", "syncissues", "localfailures", "serverfailures", "junkemail")

    noted = told(mailbox, NOTED, "inbox", "sentitems").texts(".//t:Values/t:Value")

    assert noted == told(mailbox, ENTRY, *names).texts(".//t:Value")
    assert len(set(noted)) == len(names)


def test_a_tag_is_answered_without_leading_zeros(mailbox: Mailbox) -> None:
    """Whoever asks for 0x0FFF is told of 0xfff."""
    answer = told(mailbox, ENTRY, "inbox")

    assert answer.one(".//t:ExtendedFieldURI").attrib["PropertyTag"] == "0xfff"
