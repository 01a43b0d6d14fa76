"""The dictionaries of a contact entry by entry, and how its texts are cut in a search."""

from pathlib import Path

import pytest

from emulators.exchange import ExchangeEmulator

from .people import (
    ADDRESS_SET,
    contact,
    create,
    entries,
    extended,
    field,
    find,
    indexed,
    made,
    put,
    read_entries,
    update,
)
from .soap import Mailbox

LONG = "é" * 300
CITY = '<t:PhysicalAddresses><t:Entry Key="Home"><t:City>Bonn</t:City></t:Entry></t:PhysicalAddresses>'


def home(inside: str) -> str:
    """A change of the street of the home address."""
    value = f'<t:PhysicalAddresses><t:Entry Key="Home">{inside}</t:Entry></t:PhysicalAddresses>'
    return put("Contact", indexed("contacts:PhysicalAddress:Street", "Home"), value)


def test_the_page_response_code_a_path_to_one_part_of_an_address_changes_no_other(mailbox: Mailbox) -> None:
    """A street with a city beside it does not fit the path of a street (ErrorUpdatePropertyMismatch)."""
    item = contact(mailbox, CITY)

    refused = update(mailbox, item, home("<t:Street>Elm 1</t:Street><t:City>Cologne</t:City>"))

    assert refused.codes == ["ErrorUpdatePropertyMismatch"]
    assert "".join(mailbox.item(item).find("{*}PhysicalAddresses").itertext()) == "Bonn"  # type: ignore[union-attr]  # it was set
    update(mailbox, item, home("<t:Street>Elm 1</t:Street>")).ok()
    assert [one.text for one in mailbox.item(item).iterfind("{*}PhysicalAddresses/{*}Entry/*")] == ["Elm 1", "Bonn"]


@pytest.mark.parametrize("way", ["CreateItem", "UpdateItem"])
def test_MS_OXWSCONT_R155_a_key_holds_one_value(mailbox: Mailbox, way: str) -> None:
    """Of two entries with one key the last counts: each key is one property of MAPI (MS-OXOCNTC 2.2.1.4)."""
    both = (
        '<t:PhoneNumbers><t:Entry Key="HomePhone">1</t:Entry><t:Entry Key="Pager">2</t:Entry>'
        '<t:Entry Key="HomePhone">3</t:Entry></t:PhoneNumbers>'
    )
    item = contact(mailbox, both if way == "CreateItem" else "")
    if way == "UpdateItem":
        update(mailbox, item, put("Contact", field("contacts:PhoneNumbers"), both)).ok()

    found = mailbox.item(item)

    assert len(found.findall("{*}PhoneNumbers/{*}Entry")) == 2
    assert read_entries(found, "PhoneNumbers") == {"HomePhone": "3", "Pager": "2"}


def test_a_name_without_an_address_is_no_entry(mailbox: Mailbox) -> None:
    """PidLidEmail1DisplayName alone makes no entry among the e-mail addresses."""
    item = contact(mailbox, extended(f'{ADDRESS_SET} PropertyId="32896"', "Jane"))

    assert mailbox.item(item).find("{*}EmailAddresses") is None


def test_R11_a_search_cuts_the_texts_of_contacts_and_tasks(mailbox: Mailbox) -> None:
    """FindItem cuts to 255 characters what GetItem tells whole: fields, entries and the parts of the name."""
    phone = entries("PhoneNumbers", {"Pager": LONG})
    item = contact(mailbox, f"<t:GivenName>{LONG}</t:GivenName>{phone}<t:JobTitle>{LONG}</t:JobTitle>")
    made(mailbox, "Task", f"<t:Mileage>{LONG}</t:Mileage>", folder="tasks")
    asked = ("contacts:JobTitle", "contacts:CompleteName", "contacts:PhoneNumbers")

    found = mailbox.call(find("contacts", names=asked)).ok()

    assert [found.text(f".//t:{name}") for name in ("JobTitle", "FirstName", "Entry")] == [LONG[:255]] * 3
    assert mailbox.call(find("tasks", names=("task:Mileage",))).ok().text(".//t:Mileage") == LONG[:255]
    assert mailbox.item(item).findtext("{*}JobTitle") == LONG


def seen(mailbox: Mailbox, item: str, version: str) -> list[str]:
    """What a request of a version sees of a contact: its novelties, by element or by key."""
    found = mailbox.call(
        "<m:GetItem><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>"
        f"<m:ItemIds>{item}</m:ItemIds></m:GetItem>",
        version=version,
    ).ok()
    return [one.text or "" for one in found.all(".//t:Gender") + found.all(".//t:PhoneNumbers/t:Entry")]


def test_MS_OXWSCONT_R1275014_R1275106_a_contact_has_what_the_version_knows(
    emulator: ExchangeEmulator, mailbox: Mailbox, schema_folder: Path
) -> None:
    """Elements and keys of 2016 are refused from an older request and hidden from it; a schema of 2013 has none."""
    novelties = entries("PhoneNumbers", {"BusinessMobile": "1", "Pager": "2"}) + "<t:Gender>x</t:Gender>"
    body = create("Contact", novelties, folder="contacts")
    if b'name="Gender"' not in (schema_folder / "types.xsd").read_bytes():
        assert mailbox.call(body, valid=False).fault == "ErrorSchemaValidation"
        return
    refused = mailbox.call(body, version="Exchange2013_SP1")
    mailbox.version = "Exchange2016"
    item = contact(mailbox, novelties)
    path = indexed("contacts:PhoneNumber", "BusinessMobile")
    change = (
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange>'
        f"{item}<t:Updates><t:DeleteItemField>{path}</t:DeleteItemField></t:Updates></t:ItemChange></m:ItemChanges>"
        "</m:UpdateItem>"
    )

    assert refused.fault == "ErrorIncorrectSchemaVersion"
    assert mailbox.call(change, version="Exchange2013_SP1").fault == "ErrorIncorrectSchemaVersion"
    assert seen(mailbox, item, "Exchange2016") == ["x", "1", "2"]
    assert seen(mailbox, item, "Exchange2013_SP1") == ["2"]
    emulator.configure(version="2013")
    assert mailbox.call(body, version="Exchange2013").fault == "ErrorSchemaValidation"
