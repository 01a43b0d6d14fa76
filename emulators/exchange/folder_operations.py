"""GetFolder, CreateFolder, UpdateFolder, DeleteFolder and MoveFolder."""

from collections.abc import Callable

from lxml import etree

from emulators.exchange import extended, folder, folder_property, folder_shape, item
from emulators.exchange.calendar import occurrence
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.folder import Folder
from emulators.exchange.soap import failure, local, response, success, t

# The class a typed folder element is born with (MS-OXWSFOLD_R70, R585, R589). A plain Folder without a
# class has none, as recorded.
_CLASSES = {"CalendarFolder": "IPF.Appointment", "ContactsFolder": "IPF.Contact", "TasksFolder": "IPF.Task"}
_NAME_LIMIT = 255
_SETTABLE = ("DisplayName", "FolderClass", "ExtendedProperty", "PermissionSet")
_EMPTY = "<m:Folders/>"


def _each(call: Call, operation: str, elements: etree._Element | None,
          work: Callable[[etree._Element], str], empty: str = _EMPTY) -> str:
    """Answer for each element by itself (rule R15)."""
    answers = []
    for position, element in enumerate(elements if elements is not None else ()):
        try:
            call.injected(position)
            with call.undone_on_error():
                answers.append(success(operation, work(element)))
        except ItemError as error:
            answers.append(failure(operation, error.code, error.text, values=error.values, inner=empty))
    return response(operation, answers)


def _folders(call: Call, place: Folder) -> str:
    return f"<m:Folders>{folder_shape.id_only(call, place)}</m:Folders>"


def get_folder(call: Call) -> str:
    """Answer a GetFolder request."""
    def work(element: etree._Element) -> str:
        shape = folder_shape.read_shape(call, call.request[0])
        place = folder.find(call, element)
        return f"<m:Folders>{folder_shape.render(call, place, shape)}</m:Folders>"
    return _each(call, "GetFolder", call.request.find("{*}FolderIds"), work)


def create_folder(call: Call) -> str:
    """Answer a CreateFolder request; rules R5 and R6. The folder is told by the element of the request, as recorded."""
    def work(element: etree._Element) -> str:
        parent = folder.find(call, call.request[0][0], missing="ErrorParentFolderNotFound")
        made = _create(call, parent, element)._replace(element=local(element))
        return _folders(call, made)
    return _each(call, "CreateFolder", call.request.find("{*}Folders"), work)


def _create(call: Call, parent: Folder, element: etree._Element) -> Folder:
    kind = local(element)
    unknown = [local(child) for child in element if local(child) not in _SETTABLE]
    if unknown:     # MS-OXWSFOLD_R67, R6802, R73, R76, R80, R83: not settable
        raise ItemError("ErrorInvalidPropertySet")
    _check_parent(parent)
    if kind == "SearchFolder":
        raise ItemError("ErrorInvalidFolderTypeForOperation")
    name = _checked_name(element.findtext(t("DisplayName")))
    folder_class = element.findtext(t("FolderClass"))
    if folder_class is not None and kind in _CLASSES:
        raise ItemError("ErrorNoFolderClassOverride")
    properties = folder_property.read(element.findall(t("ExtendedProperty")))
    if folder.same_name(call, parent.id, name):
        raise ItemError("ErrorFolderExists")
    folder_class = folder_class or _CLASSES.get(kind)
    change = call.mailbox.change()
    cursor = call.db.execute(
        "INSERT INTO folder (mailbox, entry, parent, name, class, element, created, modified, born, change)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (call.mailbox.id, call.mailbox.entry(), parent.id, name, folder_class, _element(kind, folder_class),
         call.now, call.now, change, change))
    made = folder.by_id(call.db, cursor.lastrowid or 0)
    folder_property.write(call.db, made.id, properties)
    return made


def _check_parent(place: Folder) -> None:
    """Raise ItemError ErrorInvalidParentFolder for a search folder, which holds no folders (page of ResponseCode)."""
    if place.element == "SearchFolder":
        raise ItemError("ErrorInvalidParentFolder")


def _element(kind: str, folder_class: str | None) -> str:
    """A Folder with a typed class is answered as the typed element."""
    for element, typed in _CLASSES.items():
        if folder_class and folder_class.upper().startswith(typed.upper()):
            return element
    return kind


def _checked_name(name: str | None) -> str:
    """MS-OXWSFOLD_R71021: required. Assumption: white space alone is no name, and 255 characters the limit."""
    if name is None or not name.strip():
        raise ItemError("ErrorFolderSavePropertyError")
    if len(name.encode("utf-16-le", "surrogatepass")) > 2 * _NAME_LIMIT:
        raise ItemError("ErrorInvalidValueForProperty")
    return name


def update_folder(call: Call) -> str:
    """Answer an UpdateFolder request."""
    def work(change: etree._Element) -> str:
        place = folder.find(call, change[0])
        for update in change[1]:
            _update(call, place, update)
        folder.touch(call, place.id)
        return _folders(call, folder.by_id(call.db, place.id))
    return _each(call, "UpdateFolder", call.request.find("{*}FolderChanges"), work)


def _update(call: Call, place: Folder, update: etree._Element) -> None:
    kind, uri = local(update), update[0]
    if kind == "AppendToFolderField":       # MS-OXWSFOLD_R507
        raise ItemError("ErrorInvalidPropertyAppend")
    if kind == "DeleteFolderField":
        if uri.get("FieldURI") == "folder:PermissionSet":
            return      # taken and not kept, as setting them is; exchangelib sends it with each change
        if local(uri) != "ExtendedFieldURI":
            raise ItemError("ErrorInvalidPropertyDelete")
        folder_property.remove(call.db, place.id, extended.read_path(uri).path)
        return
    if len(update[1]) != 1:     # MS-OXWSCDATA_R335
        raise ItemError("ErrorIncorrectUpdatePropertyCount")
    if local(update[1]) not in ("Folder", place.element):       # page "EWS property-related errors"
        raise ItemError("ErrorUpdatePropertyMismatch")
    _set(call, place, uri, update[1][0])


def _set(call: Call, place: Folder, uri: etree._Element, value: etree._Element) -> None:
    name = local(value)
    if local(uri) == "ExtendedFieldURI":
        if name != "ExtendedProperty" or extended.read_path(uri).path != extended.read_path(value[0]).path:
            raise ItemError("ErrorUpdatePropertyMismatch")
        folder_property.write(call.db, place.id, folder_property.read([value]))
    elif uri.get("FieldURI", "").partition(":")[2] != name:
        raise ItemError("ErrorUpdatePropertyMismatch")
    elif name == "DisplayName":
        _rename(call, place, _checked_name(value.text))
    elif name == "FolderClass":
        _set_class(call, place, value.text or "")
    elif name != "PermissionSet":       # permissions are taken and not kept; the rest is computed
        raise ItemError("ErrorInvalidPropertySet")


def _set_class(call: Call, place: Folder, folder_class: str) -> None:
    """Assumption: a folder keeps its kind; within it, the class may change (exchangelib writes it each time)."""
    if _element("Folder", folder_class) != _element("Folder", place.folder_class):
        raise ItemError("ErrorObjectTypeChanged")
    call.db.execute("UPDATE folder SET class=? WHERE id=?", (folder_class, place.id))


def _rename(call: Call, place: Folder, name: str) -> None:
    if place.distinguished is not None:
        raise ItemError("ErrorFolderSavePropertyError")     # Assumption: default folders keep their names
    taken = [one for one in folder.children(call.db, place.parent or 0)
             if one.id != place.id and one.name.casefold() == name.casefold()]
    if taken:
        raise ItemError("ErrorFolderExists")
    call.db.execute("UPDATE folder SET name=? WHERE id=?", (name, place.id))


def delete_folder(call: Call) -> str:
    """Answer a DeleteFolder request; its messages carry no Folders, as recorded.

    MoveToDeletedItems moves; the others remove the folder, its subfolders and their items for good:
    folders are not kept in the dumpster ("Deleting items by using EWS in Exchange").
    """
    def work(element: etree._Element) -> str:
        place = folder.find(call, element)
        if place.distinguished is not None:
            raise ItemError("ErrorDeleteDistinguishedFolder")       # MS-OXWSFOLD_R308
        if call.request.get("DeleteType") == "MoveToDeletedItems":
            _place_under(call, place, folder.beside(call, place.id, "deleteditems"))
        else:
            _erase(call, place)
        return ""
    return _each(call, "DeleteFolder", call.request.find("{*}FolderIds"), work, empty="")


def _erase(call: Call, place: Folder) -> None:
    for child in folder.children(call.db, place.id):
        _erase(call, child)
    counts = not folder.in_dumpster(call.db, place.id)
    for stored in item.in_folder(call.db, place.id):
        call.mailbox.used -= occurrence.whole_size(call, stored) if counts else 0
    call.db.execute("UPDATE item SET gone=1 WHERE folder=?", (place.id,))
    call.db.execute("UPDATE folder SET gone=1 WHERE id=?", (place.id,))
    call.db.execute("INSERT INTO folder_tombstone (mailbox, folder, entry, born, change) VALUES (?, ?, ?, ?, ?)",
                    (call.mailbox.id, place.id, place.entry, place.born, call.mailbox.change()))


def move_folder(call: Call) -> str:
    """Answer a MoveFolder request: id and contents move along (MS-OXWSFOLD_R594 to R596, recorded)."""
    def work(element: etree._Element) -> str:
        target = folder.find(call, call.request[0][0], missing="ErrorToFolderNotFound")
        place = folder.find(call, element)
        _check_parent(target)
        if place.distinguished is not None:
            raise ItemError("ErrorMoveDistinguishedFolder")
        if folder.same_name(call, target.id, place.name) or _is_below(call, target, place):
            raise ItemError("ErrorMoveCopyFailed")
        _place_under(call, place, target)
        return _folders(call, folder.by_id(call.db, place.id))
    return _each(call, "MoveFolder", call.request.find("{*}FolderIds"), work)


def _is_below(call: Call, target: Folder, place: Folder) -> bool:
    return target.id == place.id or any(one.id == target.id for one in folder.below(call.db, place.id))


def _place_under(call: Call, place: Folder, target: Folder) -> None:
    """Move a folder; a name that is taken there gets a number, as Outlook shows deleted folders."""
    name, number = place.name, 1
    while folder.same_name(call, target.id, name):
        name, number = f"{place.name}{number}", number + 1
    call.db.execute("UPDATE folder SET parent=?, name=? WHERE id=?", (target.id, name, place.id))
    folder.touch(call, place.id)
