"""SyncFolderItems and SyncFolderHierarchy.

A SyncState is opaque base64 around numbers: `base`, the change the client is known to have; and, while a
round of several pages lasts, `upto`, the change the round goes to, and a cursor. A round reports what was
born since `base` first, in the order of birth, then changes, then deletions. What changes while it lasts is
reported by the next one. `turn` counts rounds: a state is never the one that was sent, even when nothing is new (seen
in recorded answers).
"""

import base64
import binascii
import hashlib
import json
from dataclasses import dataclass

from emulators.exchange import associated, folder, folder_shape, ids, item, item_shape
from emulators.exchange.call import Call
from emulators.exchange.errors import ItemError
from emulators.exchange.item import Item
from emulators.exchange.soap import children, failure, flag, response, success

_PHASES = ("born", "changed", "deleted")


@dataclass(frozen=True, slots=True)
class _State:
    kind: str
    place: str
    base: int = 0
    upto: int = 0
    phase: int = 0
    cursor: int = 0
    turn: int = 0

    def token(self) -> str:
        values = [self.kind, self.place, self.base, self.upto, self.phase, self.cursor, self.turn]
        body = json.dumps(values).encode()
        return base64.b64encode(hashlib.sha256(body).digest()[:8] + body).decode()


def _state(text: str | None, kind: str, place: str) -> _State:
    """Read a SyncState; raises ItemError ErrorInvalidSyncStateData (rule R13, MS-OXWSCDATA_R518)."""
    if not text:
        return _State(kind, place)
    try:
        raw = base64.b64decode(text, validate=True)
        values = json.loads(raw[8:])
        found = _State(*values)
    except (ValueError, binascii.Error, TypeError) as error:
        raise ItemError("ErrorInvalidSyncStateData") from error
    if hashlib.sha256(raw[8:]).digest()[:8] != raw[:8] or (found.kind, found.place) != (kind, place):
        raise ItemError("ErrorInvalidSyncStateData")
    return found


def _name(call: Call, place: folder.Folder) -> str:
    """What a state is good for: one folder of one mailbox, until the states expire."""
    return f"{call.mailbox.guid}/{place.entry}/{call.settings.sync_states}"


def sync_folder_items(call: Call) -> str:
    """Answer a SyncFolderItems request."""
    request = call.request
    try:
        shape = item_shape.read_shape(call, request[0], sync=True)
        place = folder.find(call, request[1][0], missing="ErrorSyncFolderNotFound")
        state = _state(request.findtext("{*}SyncState"), "items", _name(call, place))
        call.injected(0)
        limit = int(request.findtext("{*}MaxChangesReturned") or 0)
        ignored = {one.get("Id") for one in children(request, "Ignore")}
        hidden = request.findtext("{*}SyncScope") == "NormalAndAssociatedItems"     # MS-OXWSSYNC_R347, R348
        inner = _ItemRound(call, shape, place.id, ignored, hidden=hidden).page(state, limit)
        return response("SyncFolderItems", [success("SyncFolderItems", inner)])
    except ItemError as error:
        return response("SyncFolderItems", [failure(
            "SyncFolderItems", error.code, error.text, values=error.values,
            inner="<m:SyncState/><m:IncludesLastItemInRange>true</m:IncludesLastItemInRange>")])


class _ItemRound:
    def __init__(self, call: Call, shape: item_shape.Shape, place: int, ignored: set[str | None], *,
                 hidden: bool) -> None:
        self._call, self._shape, self._place, self._ignored = call, shape, place, ignored
        found = associated.of_folder(call.db, place) if hidden else []
        self._hidden = [associated.as_item(one) for one in found]
        self._buried = associated.buried(call, place) if hidden else []

    def page(self, state: _State, limit: int) -> str:
        """SyncState, IncludesLastItemInRange and Changes of one page."""
        upto = state.upto or self._call.mailbox.clock
        changes: list[str] = []
        phase, cursor = state.phase, state.cursor or state.base
        while phase < len(_PHASES):
            found = self._fetch(_PHASES[phase], state.base, upto, cursor, limit - len(changes) + 1)
            room = limit - len(changes)
            changes += [element for _, element in found[:room] if element]
            if len(found) > room:
                cursor = found[room - 1][0] if room else cursor
                after = _State("items", state.place, state.base, upto, phase, cursor, state.turn)
                return self._answer(after, changes, last=False)
            phase, cursor = phase + 1, state.base
        return self._answer(_State("items", state.place, upto, turn=state.turn + 1), changes, last=True)

    def _answer(self, state: _State, changes: list[str], *, last: bool) -> str:
        inner = f"<m:Changes>{''.join(changes)}</m:Changes>" if changes else "<m:Changes/>"
        return (f"<m:SyncState>{state.token()}</m:SyncState><m:IncludesLastItemInRange>{flag(last)}"
                f"</m:IncludesLastItemInRange>{inner}")

    def _fetch(self, phase: str, base: int, upto: int, cursor: int, limit: int) -> list[tuple[int, str]]:
        if phase == "deleted":
            return self._deleted(base, upto, cursor, limit)
        if phase == "born":
            found = item.in_folder(self._call.db, self._place, "born>? AND born<=? ORDER BY born LIMIT ?",
                                   cursor, upto, limit)
            found = self._with_hidden(found, "born", cursor, upto, limit, 2**62)
            return [(one.born, self._element("Create", one)) for one in self._prepared(found)]
        found = item.in_folder(self._call.db, self._place,
                               "change>? AND change<=? AND born<=? ORDER BY change LIMIT ?",
                               cursor, upto, base, limit)
        found = self._with_hidden(found, "change", cursor, upto, limit, base)
        return [(one.change, self._changed(one, base)) for one in self._prepared(found)]

    def _with_hidden(self, found: list[Item], order: str, cursor: int, upto: int, limit: int,
                     newest: int) -> list[Item]:
        """The items of a page together with the associated ones that belong between them."""
        hidden = [one for one in self._hidden if cursor < getattr(one, order) <= upto and one.born <= newest]
        return sorted(found + hidden, key=lambda one: int(getattr(one, order)))[:limit] if hidden else found

    def _prepared(self, found: list[Item]) -> list[Item]:
        if self._shape.extended:
            item.read_properties(self._call.db, [one for one in found if not one.associated])
        return found

    def _deleted(self, base: int, upto: int, cursor: int, limit: int) -> list[tuple[int, str]]:
        rows = self._call.db.execute(
            "SELECT entry, change FROM item_tombstone WHERE folder=? AND change>? AND change<=? AND born<=?"
            " ORDER BY change LIMIT ?", (self._place, cursor, upto, base, limit)).fetchall()
        hidden = [(one.entry, one.gone) for one in self._buried if cursor < one.gone <= upto and one.born <= base]
        gone = sorted([(entry, change) for entry, change in rows] + hidden, key=lambda pair: pair[1])[:limit]
        guid, place = self._call.mailbox.guid, self._place
        return [(change, f'<t:Delete><t:ItemId Id="{ids.item_id(guid, place, entry)}" '
                         f'ChangeKey="{ids.change_key(bytes([9]), guid, change)}"/></t:Delete>')
                for entry, change in gone]

    def _changed(self, stored: Item, base: int) -> str:
        if stored.content > base:
            return self._element("Update", stored)
        if item.item_id(self._call, stored) in self._ignored:
            return ""
        return (f"<t:ReadFlagChange>{item.id_element(self._call, stored)}"
                f"<t:IsRead>{flag(stored.is_read)}</t:IsRead></t:ReadFlagChange>")

    def _element(self, name: str, stored: Item) -> str:
        if self._ignored and item.item_id(self._call, stored) in self._ignored:      # MS-OXWSSYNC_R3851
            return ""
        return f"<t:{name}>{item_shape.render(self._call, stored, self._shape)}</t:{name}>"


def sync_folder_hierarchy(call: Call) -> str:
    """Answer a SyncFolderHierarchy request; without SyncFolderId the whole visible tree (MS-OXWSSYNC_R2602)."""
    try:
        shape = folder_shape.read_shape(call, call.request[0])
        named = call.request.find("{*}SyncFolderId")
        place = folder.distinguished(call, "msgfolderroot") if named is None else \
            folder.find(call, named[0], missing="ErrorSyncFolderNotFound")
        state = _state(call.request.findtext("{*}SyncState"), "folders", _name(call, place))
        inner = _hierarchy(call, shape, place, state)
        return response("SyncFolderHierarchy", [success("SyncFolderHierarchy", inner)])
    except ItemError as error:
        return response("SyncFolderHierarchy", [failure(
            "SyncFolderHierarchy", error.code, error.text, values=error.values,
            inner="<m:SyncState/><m:IncludesLastFolderInRange>true</m:IncludesLastFolderInRange>")])


def _hierarchy(call: Call, shape: folder_shape.Shape, place: folder.Folder, state: _State) -> str:
    changes = []
    for one in folder.below(call.db, place.id):
        if one.change > state.base:
            kind = "Create" if one.born > state.base else "Update"
            changes.append(f"<t:{kind}>{folder_shape.render(call, one, shape)}</t:{kind}>")
    rows = call.db.execute("SELECT folder, entry FROM folder_tombstone WHERE mailbox=? AND change>? AND born<=?"
                           " ORDER BY change", (call.mailbox.id, state.base, state.base)).fetchall()
    changes += [f'<t:Delete><t:FolderId Id="{ids.folder_id(call.mailbox.guid, entry)}"/></t:Delete>'
                for row, entry in rows if folder.is_below(call.db, row, place.id)]
    token = _State("folders", state.place, call.mailbox.clock, turn=state.turn + 1).token()
    inner = f"<m:Changes>{''.join(changes)}</m:Changes>" if changes else "<m:Changes/>"
    return (f"<m:SyncState>{token}</m:SyncState>"
            f"<m:IncludesLastFolderInRange>true</m:IncludesLastFolderInRange>{inner}")
