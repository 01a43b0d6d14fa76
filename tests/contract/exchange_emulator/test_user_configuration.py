"""The four operations on user configurations, after the examples on their pages, and the associated items they are."""

import base64

import pytest

from emulators.exchange import ExchangeEmulator

from .soap import Answer, Mailbox, distinguished, names

XSI = 'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
DRAFTS = distinguished("drafts")
XML = base64.b64encode(b'<?xml version="1.0"?><categories default="Red"/>').decode()


def named(name: str, folder: str = DRAFTS, prefix: str = "m") -> str:
    """A UserConfigurationName element."""
    return f'<{prefix}:UserConfigurationName Name="{name}">{folder}</{prefix}:UserConfigurationName>'


def entry(kind: str, *values: str, key: str = "PhoneNumber") -> str:
    """A DictionaryEntry whose key is a string."""
    inner = "".join(f"<t:Value>{one}</t:Value>" for one in values)
    return (
        f"<t:DictionaryEntry><t:DictionaryKey><t:Type>String</t:Type><t:Value>{key}</t:Value></t:DictionaryKey>"
        f"<t:DictionaryValue><t:Type>{kind}</t:Type>{inner}</t:DictionaryValue></t:DictionaryEntry>"
    )


def dictionary(*entries: str) -> str:
    """A Dictionary element."""
    return f"<t:Dictionary>{''.join(entries)}</t:Dictionary>"


PHONE = dictionary(entry("String", "555-555-1111"))


def write(mailbox: Mailbox, verb: str, inside: str, name: str = "TestConfig", folder: str = DRAFTS) -> Answer:
    """Sends a CreateUserConfiguration or UpdateUserConfiguration request."""
    return mailbox.call(
        f"<m:{verb}UserConfiguration><m:UserConfiguration>{named(name, folder, 't')}{inside}</m:UserConfiguration>"
        f"</m:{verb}UserConfiguration>"
    )


def get(mailbox: Mailbox, wanted: str = "All", name: str = "TestConfig", folder: str = DRAFTS) -> Answer:
    """Sends a GetUserConfiguration request."""
    return mailbox.call(
        f"<m:GetUserConfiguration>{named(name, folder)}<m:UserConfigurationProperties>{wanted}"
        "</m:UserConfigurationProperties></m:GetUserConfiguration>"
    )


def delete(mailbox: Mailbox, name: str = "TestConfig") -> Answer:
    """Sends a DeleteUserConfiguration request."""
    return mailbox.call(f"<m:DeleteUserConfiguration>{named(name)}</m:DeleteUserConfiguration>")


def hidden(mailbox: Mailbox, folder: str = DRAFTS, more: str = "") -> Answer:
    """Finds the associated items of a folder."""
    return mailbox.call(
        '<m:FindItem Traversal="Associated"><m:ItemShape><t:BaseShape>AllProperties</t:BaseShape></m:ItemShape>'
        f"{more}<m:ParentFolderIds>{folder}</m:ParentFolderIds></m:FindItem>"
    ).ok()


def synced(mailbox: Mailbox, scope: str, state: str = "") -> Answer:
    """Synchronizes the drafts."""
    known = f"<m:SyncState>{state}</m:SyncState>" if state else ""
    return mailbox.call(
        "<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
        f"<m:SyncFolderId>{DRAFTS}</m:SyncFolderId>{known}<m:MaxChangesReturned>2</m:MaxChangesReturned>"
        f"<m:SyncScope>{scope}</m:SyncScope></m:SyncFolderItems>"
    ).ok()


def test_the_examples_of_the_pages(mailbox: Mailbox) -> None:
    """A created configuration is told as the page of GetUserConfiguration shows it."""
    assert names(write(mailbox, "Create", PHONE).ok().messages[0]) == ["ResponseCode"]

    told = get(mailbox, "Dictionary").ok()

    assert names(told.one(".//m:UserConfiguration")) == ["UserConfigurationName", "Dictionary"]
    assert told.one(".//t:UserConfigurationName").get("Name") == "TestConfig"
    assert told.one(".//t:UserConfigurationName/t:DistinguishedFolderId").get("Id") == "drafts"
    assert told.texts(".//t:DictionaryEntry//t:Value") == ["PhoneNumber", "555-555-1111"]


def test_every_type_of_value_comes_back(mailbox: Mailbox) -> None:
    """Each type of the dictionary is kept, arrays with all of their values, and nil as nil."""
    values = {
        "DateTime": ["2020-01-02T03:04:05Z"], "Boolean": ["true"], "Byte": ["255"], "String": ["a &amp; b"],
        "Integer32": ["-2147483648"], "UnsignedInteger32": ["4294967295"], "Integer64": ["-9223372036854775808"],
        "UnsignedInteger64": ["18446744073709551615"], "StringArray": ["one", "two"], "ByteArray": ["AAEC"],
    }  # fmt: skip
    nil = (
        "<t:DictionaryEntry><t:DictionaryKey><t:Type>Integer32</t:Type><t:Value>7</t:Value></t:DictionaryKey>"
        f'<t:DictionaryValue {XSI} xsi:nil="true"/></t:DictionaryEntry>'
    )
    entries = [entry(kind, *given, key=kind) for kind, given in values.items()]
    write(mailbox, "Create", dictionary(*entries, nil)).ok()

    told = get(mailbox, "Dictionary").ok()

    found = told.all(".//t:DictionaryValue")
    kinds = [one.findtext("{*}Type") for one in found]
    assert kinds == [*values, None]
    assert [[each.text for each in one.findall("{*}Value")] for one in found[:-1]] == [
        [text.replace("&amp;", "&") for text in given] for given in values.values()
    ]
    assert found[-1].get("{http://www.w3.org/2001/XMLSchema-instance}nil") == "true"


@pytest.mark.parametrize(
    "inside",
    [
        dictionary(entry("Byte", "256")),
        dictionary(entry("Integer32", "x")),
        dictionary(entry("Integer32", "1_000")),
        dictionary(entry("Integer64", "\u0664")),
        dictionary(entry("UnsignedInteger64", "-1")),
        dictionary(entry("Boolean", "maybe")),
        dictionary(entry("DateTime", "yesterday")),
        dictionary(entry("ByteArray", "!!!")),
        dictionary(entry("String", "one", "two")),
        dictionary(entry("String", "one"), entry("String", "two")),
        "<t:XmlData>!!!</t:XmlData>",
    ],
)
def test_values_that_do_not_fit_are_refused(mailbox: Mailbox, inside: str) -> None:
    """A value outside its type, a key that comes twice and data that is no base64 are refused."""
    assert write(mailbox, "Create", inside).codes == ["ErrorInvalidValueForProperty"]
    assert get(mailbox).codes == ["ErrorItemNotFound"]


def test_the_properties_asked_for_are_told(mailbox: Mailbox) -> None:
    """UserConfigurationProperties is a list: Id, Dictionary, XmlData, BinaryData or All, in the order of the schema."""
    write(mailbox, "Create", f"{PHONE}<t:XmlData>{XML}</t:XmlData><t:BinaryData>AAEC</t:BinaryData>").ok()

    assert names(get(mailbox, "BinaryData Id").one(".//m:UserConfiguration"))[1:] == ["ItemId", "BinaryData"]
    assert names(get(mailbox).one(".//m:UserConfiguration"))[1:] == ["ItemId", "Dictionary", "XmlData", "BinaryData"]
    assert get(mailbox).text(".//t:XmlData") == XML


def test_an_update_replaces_the_parts_it_names(mailbox: Mailbox) -> None:
    """UpdateUserConfiguration sets what it holds, keeps the rest, and changes the ChangeKey."""
    write(mailbox, "Create", f"{PHONE}<t:XmlData>{XML}</t:XmlData>").ok()
    before = get(mailbox, "Id").one(".//t:ItemId")

    write(mailbox, "Update", dictionary(entry("Integer32", "5"))).ok()

    after = get(mailbox)
    assert after.text(".//t:XmlData") == XML
    assert after.texts(".//t:DictionaryValue/t:Value") == ["5"]
    assert after.one(".//t:ItemId").get("Id") == before.get("Id")
    assert after.one(".//t:ItemId").get("ChangeKey") != before.get("ChangeKey")


def test_what_is_there_or_not_there(mailbox: Mailbox) -> None:
    """A name is created once a folder, and found, changed and deleted only where it is."""
    write(mailbox, "Create", "").ok()

    assert write(mailbox, "Create", PHONE).codes == ["ErrorItemSave"]
    write(mailbox, "Create", PHONE, folder=distinguished("inbox")).ok()
    assert get(mailbox, name="Other").codes == ["ErrorItemNotFound"]
    assert write(mailbox, "Update", PHONE, name="Other").codes == ["ErrorItemNotFound"]
    delete(mailbox).ok()
    assert delete(mailbox).codes == ["ErrorItemNotFound"]
    assert get(mailbox, folder=distinguished("inbox")).codes == ["NoError"]
    assert write(mailbox, "Create", "", name="no spaces").codes == ["ErrorInvalidArgument"]
    assert get(mailbox, folder='<t:FolderId Id="x"/>').codes == ["ErrorInvalidIdMalformed"]


def test_the_category_list_of_the_calendar(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """The master category list is the XML of CategoryList in the calendar; a new mailbox has none."""
    calendar = distinguished("calendar")
    assert get(mailbox, "XmlData", "CategoryList", calendar).codes == ["ErrorItemNotFound"]

    write(mailbox, "Create", f"<t:XmlData>{XML}</t:XmlData>", "CategoryList", calendar).ok()

    assert get(mailbox, "XmlData", "categorylist", calendar).text(".//t:XmlData") == XML
    assert hidden(mailbox, calendar).texts(".//t:ItemClass") == ["IPM.Configuration.CategoryList"]
    assert f"configuration CategoryList None {XML}" in emulator.dump(mailbox.address)


def test_associated_items_lie_beside_the_others(mailbox: Mailbox) -> None:
    """A configuration is found by the Associated traversal and GetItem only, says so, and is not counted."""
    write(mailbox, "Create", PHONE).ok()
    mailbox.message("<t:Subject>Normal</t:Subject>", folder=DRAFTS)

    found = hidden(mailbox)
    assert found.texts(".//t:ItemClass") == ["IPM.Configuration.TestConfig"]
    assert found.text(".//t:IsAssociated") == "true"
    item = f'<t:ItemId Id="{found.one(".//t:ItemId").get("Id")}"/>'
    assert mailbox.item(item).findtext("{*}IsAssociated") == "true"
    assert mailbox.subjects(DRAFTS) == ["Normal"]
    restriction = (
        '<m:Restriction><t:IsEqualTo><t:FieldURI FieldURI="item:ItemClass"/><t:FieldURIOrConstant>'
        '<t:Constant Value="IPM.Other"/></t:FieldURIOrConstant></t:IsEqualTo></m:Restriction>'
    )
    assert hidden(mailbox, more=restriction).all(".//t:ItemId") == []
    mailbox.call(f'<m:DeleteItem DeleteType="HardDelete"><m:ItemIds>{item}</m:ItemIds></m:DeleteItem>').ok()
    assert get(mailbox).codes == ["ErrorItemNotFound"]


@pytest.mark.parametrize(
    "request_",
    [
        '<m:DeleteItem DeleteType="SoftDelete">{}</m:DeleteItem>',
        '<m:DeleteItem DeleteType="MoveToDeletedItems">{}</m:DeleteItem>',
        f"<m:MoveItem><m:ToFolderId>{distinguished('inbox')}</m:ToFolderId>{{}}</m:MoveItem>",
        f"<m:CopyItem><m:ToFolderId>{distinguished('inbox')}</m:ToFolderId>{{}}</m:CopyItem>",
    ],
)
def test_the_page_response_code_associated_items_are_only_deleted_hard(mailbox: Mailbox, request_: str) -> None:
    """A configuration is neither moved nor copied, nor deleted in any way from which it could come back."""
    write(mailbox, "Create", PHONE).ok()
    item = f'<m:ItemIds><t:ItemId Id="{hidden(mailbox).one(".//t:ItemId").get("Id")}"/></m:ItemIds>'

    assert mailbox.call(request_.format(item)).codes == ["ErrorInvalidOperation"]
    get(mailbox).ok()


def test_synchronization_tells_associated_items_in_their_scope(mailbox: Mailbox) -> None:
    """NormalAndAssociatedItems reports configurations as created, changed and deleted; NormalItems never does."""
    for name in ("A", "B", "C"):
        write(mailbox, "Create", "", name).ok()
    both = "NormalAndAssociatedItems"
    first = synced(mailbox, both)
    assert first.text(".//m:IncludesLastItemInRange") == "false"
    second = synced(mailbox, both, first.text(".//m:SyncState"))
    assert len(first.all(".//t:Create") + second.all(".//t:Create")) == 3
    state = second.text(".//m:SyncState")

    write(mailbox, "Update", PHONE, "A").ok()
    delete(mailbox, "B").ok()

    third = synced(mailbox, both, state)
    assert names(third.one(".//m:Changes")) == ["Update", "Delete"]
    normal = synced(mailbox, "NormalItems")
    assert normal.all(".//t:ItemId") == []


def test_retention_tags_are_those_of_the_settings(emulator: ExchangeEmulator, mailbox: Mailbox) -> None:
    """GetUserRetentionPolicyTags tells the tags of the mailbox; 2010 does not know the operation."""
    request = "<m:GetUserRetentionPolicyTags/>"
    assert mailbox.call(request).all(".//t:RetentionPolicyTag") == []

    emulator.configure(retention_tags=[{"DisplayName": "Old & gone", "Type": "All", "RetentionPeriod": "30"}])

    answer = mailbox.call(request)
    assert answer.body.attrib["ResponseClass"] == "Success"
    assert names(answer.one(".//t:RetentionPolicyTag")) == [
        *("DisplayName", "RetentionId", "RetentionPeriod", "Type", "RetentionAction"),
        *("IsVisible", "OptedInto", "IsArchive"),
    ]
    assert answer.text(".//t:DisplayName") == "Old & gone"
    assert mailbox.call(request, version="Exchange2010_SP2").fault == "ErrorIncorrectSchemaVersion"
    emulator.configure(version="2010")
    assert mailbox.call(request, version="Exchange2010_SP2").fault == "ErrorSchemaValidation"


def test_a_client_of_2007_changes_no_configuration(mailbox: Mailbox) -> None:
    """The operations came with 2010: in an older schema an update and a deletion are refused, and nothing changes."""
    write(mailbox, "Create", PHONE).ok()

    mailbox.version = "Exchange2007_SP1"
    assert write(mailbox, "Update", dictionary(entry("Integer32", "5"))).fault == "ErrorIncorrectSchemaVersion"
    assert delete(mailbox).fault == "ErrorIncorrectSchemaVersion"

    mailbox.version = "Exchange2013"
    assert get(mailbox).texts(".//t:DictionaryValue/t:Value") == ["555-555-1111"]


def test_a_configuration_is_named_by_its_folder_too(mailbox: Mailbox) -> None:
    """The same name in another folder is another configuration: updated and deleted where it is, and nowhere else."""
    other = distinguished("inbox")
    write(mailbox, "Create", PHONE).ok()

    assert write(mailbox, "Update", PHONE, folder=other).classes == ["Error"]
    write(mailbox, "Create", PHONE, folder=other).ok()
    delete(mailbox).ok()
    assert get(mailbox).classes == ["Error"]
    assert get(mailbox, folder=other).classes == ["Success"]


def test_a_deleted_configuration_makes_room_for_a_new_one(mailbox: Mailbox) -> None:
    """After a deletion the name is free, and what takes it has an id of its own."""
    write(mailbox, "Create", PHONE).ok()
    before = get(mailbox, "Id").ok().one(".//t:ItemId").get("Id")
    delete(mailbox).ok()

    write(mailbox, "Create", PHONE).ok()

    assert get(mailbox, "Id").ok().one(".//t:ItemId").get("Id") != before
