"""Requests about contacts, contact groups and tasks."""

from collections.abc import Iterable

from lxml import etree

from .soap import Answer, Mailbox, distinguished, reference

ADDRESS_SET = 'DistinguishedPropertySetId="Address"'


def create(kind: str, *insides: str, folder: str) -> str:
    """A CreateItem of items of one kind."""
    items = "".join(f"<t:{kind}>{inside}</t:{kind}>" for inside in insides)
    return (
        f"<m:CreateItem><m:SavedItemFolderId>{distinguished(folder)}</m:SavedItemFolderId>"
        f"<m:Items>{items}</m:Items></m:CreateItem>"
    )


def made(mailbox: Mailbox, kind: str, inside: str, folder: str = "contacts") -> str:
    """Creates one item and returns its id without a change key."""
    return reference(mailbox.call(create(kind, inside, folder=folder)).ok().one(".//t:ItemId"), key=False)


def contact(mailbox: Mailbox, inside: str) -> str:
    """Creates a contact and returns its id."""
    return made(mailbox, "Contact", inside)


def update(mailbox: Mailbox, item: str, *updates: str) -> Answer:
    """Sends an UpdateItem of one item."""
    return mailbox.call(
        '<m:UpdateItem ConflictResolution="AlwaysOverwrite"><m:ItemChanges><t:ItemChange>'
        f"{item}<t:Updates>{''.join(updates)}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
    )


def field(uri: str) -> str:
    """A FieldURI."""
    return f'<t:FieldURI FieldURI="{uri}"/>'


def indexed(name: str, key: str) -> str:
    """An IndexedFieldURI."""
    return f'<t:IndexedFieldURI FieldURI="{name}" FieldIndex="{key}"/>'


def put(kind: str, uri: str, inside: str) -> str:
    """A SetItemField."""
    return f"<t:SetItemField>{uri}<t:{kind}>{inside}</t:{kind}></t:SetItemField>"


def drop(uri: str) -> str:
    """A DeleteItemField."""
    return f"<t:DeleteItemField>{uri}</t:DeleteItemField>"


def add(kind: str, uri: str, inside: str) -> str:
    """An AppendToItemField."""
    return f"<t:AppendToItemField>{uri}<t:{kind}>{inside}</t:{kind}></t:AppendToItemField>"


def entries(holder: str, values: dict[str, str]) -> str:
    """A dictionary."""
    inside = "".join(f'<t:Entry Key="{key}">{value}</t:Entry>' for key, value in values.items())
    return f"<t:{holder}>{inside}</t:{holder}>"


def read_entries(item: etree._Element, holder: str) -> dict[str, str]:
    """A dictionary as read back."""
    return {str(one.get("Key")): one.text or "" for one in item.iterfind(f"{{*}}{holder}/{{*}}Entry")}


def uri(attributes: str, kind: str = "String") -> str:
    """An ExtendedFieldURI."""
    return f'<t:ExtendedFieldURI {attributes} PropertyType="{kind}"/>'


def extended(attributes: str, value: str, kind: str = "String") -> str:
    """An ExtendedProperty."""
    return f"<t:ExtendedProperty>{uri(attributes, kind)}<t:Value>{value}</t:Value></t:ExtendedProperty>"


def asking(*uris: str) -> str:
    """A shape of these properties alone."""
    wanted = "".join(uris)
    return f"<t:BaseShape>IdOnly</t:BaseShape><t:AdditionalProperties>{wanted}</t:AdditionalProperties>"


def values(mailbox: Mailbox, item: str, *uris: str) -> list[str]:
    """The values of extended properties, in the order that the server has them."""
    found = mailbox.item(item, shape=asking(*uris))
    return [one.text or "" for one in found.iterfind("{*}ExtendedProperty/{*}Value")]


def find(folder: str, restriction: str = "", order: str = "", names: Iterable[str] = ("item:Subject",)) -> str:
    """A FindItem of a distinguished folder."""
    narrowed = f"<m:Restriction>{restriction}</m:Restriction>" if restriction else ""
    sorted_ = f'<m:SortOrder><t:FieldOrder Order="Ascending">{order}</t:FieldOrder></m:SortOrder>' if order else ""
    return (
        f'<m:FindItem Traversal="Shallow"><m:ItemShape>{asking(*map(field, names))}</m:ItemShape>{narrowed}{sorted_}'
        f"<m:ParentFolderIds>{distinguished(folder)}</m:ParentFolderIds></m:FindItem>"
    )


def equal(path: str, constant: str) -> str:
    """An IsEqualTo."""
    other = f'<t:FieldURIOrConstant><t:Constant Value="{constant}"/></t:FieldURIOrConstant>'
    return f"<t:IsEqualTo>{path}{other}</t:IsEqualTo>"


def compared(operator: str, path: str, constant: str) -> str:
    """A comparison with a constant."""
    return equal(path, constant).replace("IsEqualTo>", f"{operator}>")
