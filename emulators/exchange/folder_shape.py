"""How a folder looks in an answer."""

import base64
from collections.abc import Callable
from dataclasses import dataclass

from lxml import etree

from emulators.exchange import computed, extended, folder, ids
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.extended import PropertyPath
from emulators.exchange.folder import Folder
from emulators.exchange.folder_property import read_all
from emulators.exchange.soap import t, text

# As recorded: Default answers of Inbox and Calendar, AllProperties answers of FindFolder and GetFolder.
_DEFAULT = frozenset({"FolderId", "DisplayName", "TotalCount", "ChildFolderCount", "UnreadCount"})
_ALL = _DEFAULT | {"ParentFolderId", "FolderClass", "EffectiveRights"}
_HIDDEN = 0x10F4        # PidTagAttributeHidden
_WITHOUT_UNREAD = ("CalendarFolder", "ContactsFolder")      # their types have no UnreadCount


@dataclass(frozen=True, slots=True)
class Shape:
    """What a FolderShape asks for."""

    names: frozenset[str]
    extended: tuple[PropertyPath, ...]
    permissions: bool = False       # PermissionSet is asked for by name


def read_shape(call: Call, element: etree._Element, *, search: bool = False) -> Shape:
    """Read a FolderShape; raises ItemError for extended properties that cannot be."""
    additional = element.find(t("AdditionalProperties"))
    named = element.findtext(t("BaseShape"), "IdOnly")
    computed.check_shape(named)
    base = {"IdOnly": frozenset({"FolderId"}), "Default": _DEFAULT, "AllProperties": _ALL}[named]
    if base is _ALL and not search:
        base |= {"PermissionSet"}
    uris = {uri.get("FieldURI", "").partition(":")[2]
            for uri in (additional.iterchildren(t("FieldURI")) if additional is not None else ())}
    if search and "PermissionSet" in uris:
        raise ItemError("ErrorInvalidPropertyRequest")
    return Shape(base | uris | {"FolderId"}, tuple(extended.paths(additional)), "PermissionSet" in uris)


def id_only(call: Call, place: Folder) -> str:
    """The element of a folder with nothing but its id."""
    identifier, change_key = folder.key(call, place)
    return (f'<t:{place.element}><t:FolderId Id="{identifier}" ChangeKey="{change_key}"/>'
            f"</t:{place.element}>")


def render(call: Call, place: Folder, shape: Shape) -> str:
    """The element of one folder.

    Raises ItemError ErrorAccessDenied for the PermissionSet of another's folder (exchangelib#676, #702).
    """
    if shape.permissions and call.caller != call.mailbox.address and not call.settings.reads_others_permissions:
        raise ItemError("ErrorAccessDenied")
    parts = []
    for name in call.schema.order(f"{place.element}Type"):
        if name == "ExtendedProperty":
            parts.append(_extended(call, place, shape))
        elif name in shape.names and name in _RENDERERS:
            parts.append(_RENDERERS[name](call, place))
    return f"<t:{place.element}>{''.join(parts)}</t:{place.element}>"


def _extended(call: Call, place: Folder, shape: Shape) -> str:
    if not shape.extended:
        return ""
    found = ((path, property_value(call, place, path)) for path in shape.extended)
    return "".join(extended.element(path, value) for path, value in found if value is not None)


def property_value(call: Call, place: Folder, path: PropertyPath) -> str | list[str] | None:
    """The value of an extended property of a folder, or None."""
    if path.tag in _TAGS:
        kind, read = _TAGS[path.tag]
        return read(call, place) if kind == path.kind else None
    kind, value = read_all(call.db, place.id).get(path.path, ("", ""))
    if path.tag == _HIDDEN and path.kind == "Boolean":
        return value or "false"         # [MS-OXCFOLD] 2.2.2.2.2.1: settable, and false where nobody set it
    return value if kind == path.kind else None


def _id(call: Call, place: Folder) -> str:
    identifier, change_key = folder.key(call, place)
    return f'<t:FolderId Id="{identifier}" ChangeKey="{change_key}"/>'


def _parent(call: Call, place: Folder) -> str:
    if place.parent is None:
        return ""
    (entry,) = call.db.execute("SELECT entry FROM folder WHERE id=?", (place.parent,)).fetchone()
    return f'<t:ParentFolderId Id="{ids.folder_id(call.mailbox.guid, entry)}" ChangeKey="AQAAAA=="/>'


def count(call: Call, place: Folder) -> int:
    """How many items the folder holds."""
    row = call.db.execute("SELECT count(*) FROM item WHERE folder=? AND gone=0", (place.id,))
    return int(row.fetchone()[0])


def _subfolders(call: Call, place: Folder) -> int:
    row = call.db.execute("SELECT count(*) FROM folder WHERE parent=? AND gone=0", (place.id,))
    return int(row.fetchone()[0])


def _unread(call: Call, place: Folder) -> str:
    """MS-OXWSFOLD_R10011: messages and posts that are not read."""
    if place.element in _WITHOUT_UNREAD:
        return ""
    row = call.db.execute("SELECT count(*) FROM item WHERE folder=? AND gone=0 AND flags & 1 = 0"
                          " AND kind IN ('Message', 'PostItem')", (place.id,))
    return f"<t:UnreadCount>{row.fetchone()[0]}</t:UnreadCount>"


_RIGHTS = ("<t:EffectiveRights><t:CreateAssociated>true</t:CreateAssociated>"
           "<t:CreateContents>true</t:CreateContents><t:CreateHierarchy>true</t:CreateHierarchy>"
           "<t:Delete>true</t:Delete><t:Modify>true</t:Modify><t:Read>true</t:Read></t:EffectiveRights>")


def _permissions(_call: Call, place: Folder) -> str:
    """As recorded: Default and Anonymous may do nothing."""
    calendar = place.element == "CalendarFolder"
    level = "CalendarPermissionLevel" if calendar else "PermissionLevel"
    rows = "".join(
        f"<t:{'CalendarPermission' if calendar else 'Permission'}><t:UserId><t:DistinguishedUser>{user}"
        "</t:DistinguishedUser></t:UserId><t:CanCreateItems>false</t:CanCreateItems>"
        "<t:CanCreateSubFolders>false</t:CanCreateSubFolders><t:IsFolderOwner>false</t:IsFolderOwner>"
        "<t:IsFolderVisible>false</t:IsFolderVisible><t:IsFolderContact>false</t:IsFolderContact>"
        "<t:EditItems>None</t:EditItems><t:DeleteItems>None</t:DeleteItems><t:ReadItems>None</t:ReadItems>"
        f"<t:{level}>None</t:{level}></t:{'CalendarPermission' if calendar else 'Permission'}>"
        for user in ("Default", "Anonymous"))
    outer = "CalendarPermissions" if calendar else "Permissions"
    return f"<t:PermissionSet><t:{outer}>{rows}</t:{outer}></t:PermissionSet>"


_RENDERERS: dict[str, Callable[[Call, Folder], str]] = {
    "FolderId": _id,
    "ParentFolderId": _parent,
    "FolderClass": lambda _c, f: f"<t:FolderClass>{text(f.folder_class)}</t:FolderClass>" if f.folder_class else "",
    "DisplayName": lambda _c, f: f"<t:DisplayName>{text(f.name)}</t:DisplayName>",
    "TotalCount": lambda c, f: f"<t:TotalCount>{count(c, f)}</t:TotalCount>",
    "ChildFolderCount": lambda c, f: f"<t:ChildFolderCount>{_subfolders(c, f)}</t:ChildFolderCount>",
    "EffectiveRights": lambda _c, _f: _RIGHTS,
    "DistinguishedFolderId": lambda c, f: f"<t:DistinguishedFolderId>{f.distinguished}</t:DistinguishedFolderId>"
    if f.distinguished in c.schema.folder_ids else "",      # that of 2013 lacks some
    "PermissionSet": _permissions,
    "UnreadCount": _unread,
}
_NOTED = ("conflicts", "syncissues", "localfailures", "serverfailures", "junkemail")


def _entry(call: Call, place: Folder) -> str:
    """PidTagEntryId, in the form that ConvertId takes."""
    return base64.b64encode(ids.entry_id(ids.folder_id(call.mailbox.guid, place.entry))).decode()


def _noted(call: Call, place: Folder) -> list[str] | None:
    """PidTagAdditionalRenEntryIds: folders known by their places in it; the Inbox has it ([MS-OXOSFLD] 2.2.4).

    Assumption: it tells them from the first day on, as if Outlook had been there.
    """
    if place.distinguished != "inbox":
        return None
    return [_entry(call, folder.distinguished(call, name)) for name in _NOTED]


_TAGS: dict[int | None, tuple[str, Callable[[Call, Folder], str | list[str] | None]]] = {
    0x0E08: ("Integer", lambda c, f: str(min(_size(c, f), 2**31 - 1))),
    0x3001: ("String", lambda _c, f: f.name),
    0x3007: ("SystemTime", lambda _c, f: f.created),
    0x3008: ("SystemTime", lambda _c, f: f.modified),
    0x3613: ("String", lambda _c, f: f.folder_class),
    0x3602: ("Integer", lambda c, f: str(count(c, f))),
    0x0FFF: ("Binary", _entry),
    0x36D8: ("BinaryArray", _noted),
    0x360A: ("Boolean", lambda c, f: "true" if _subfolders(c, f) else "false"),
}


def _size(call: Call, place: Folder) -> int:
    row = call.db.execute("SELECT coalesce(sum(size), 0) FROM item WHERE folder=? AND gone=0", (place.id,))
    return int(row.fetchone()[0])
