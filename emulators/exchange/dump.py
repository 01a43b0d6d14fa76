"""What the store holds, told to tests: a canonical dump, the messages, what would have been sent."""

import hashlib
import json
import sqlite3
import uuid
from collections.abc import Iterator

from emulators.exchange import associated, attached, folder, ids, item, mailbox
from emulators.exchange.folder import Folder
from emulators.exchange.folder_property import read_all
from emulators.exchange.item import Item
from emulators.exchange.records import Outgoing, StoredMessage
from emulators.exchange.rules import hidden, rule
from emulators.exchange.rules.rule import Rule

_TOP = "Top of Information Store"


def _folders(db: sqlite3.Connection, mailbox: int) -> Iterator[tuple[tuple[str, ...], Folder]]:
    """Every folder outside the dumpster with its path, sorted by path."""
    roots = db.execute("SELECT id FROM folder WHERE mailbox=? AND parent IS NULL", (mailbox,)).fetchall()
    found = []
    waiting = [folder.by_id(db, root) for (root,) in roots]
    while waiting:
        place = waiting.pop()
        if place.distinguished not in folder.DUMPSTERS:
            found.append((folder.path(db, place), place))
            waiting += folder.children(db, place.id)
    return iter(sorted(found, key=lambda pair: pair[0]))


def _mailboxes(db: sqlite3.Connection, address: str | None = None) -> list[sqlite3.Row]:
    where = "1" if address is None else "address=?"
    values = () if address is None else (address.lower(),)
    return db.execute(f"SELECT * FROM mailbox WHERE {where} ORDER BY address", values).fetchall()  # noqa: S608


def dump(db: sqlite3.Connection, address: str | None = None) -> str:
    """Every table and column, without ids, change keys, change numbers, passwords and the dumpster.

    Of one mailbox, or of all. Equal dumps mean equal mailboxes.
    """
    lines = []
    for row in _mailboxes(db, address):
        lines.append(f"mailbox {row['address']} user={row['user']} used={row['used']}")
        for path, place in _folders(db, row["id"]):
            lines.append(_folder_line(db, path, place))
            found = _items(db, place.id)
            lines += sorted(_item_line(db, one) for one in [*found, *_exceptions(db, found)])
            lines += sorted(f"  configuration {one.name} {one.dictionary} {one.xml} {one.binary}"
                            for one in associated.of_folder(db, place.id))
        lines += [f"rule {one.priority} in_error={one.in_error} {one.text()}" for one in _rules(db, row["address"])]
        lines += [f"rule message {one.item_class} {one.name} {one.provider} {one.state}"
                  for one in _rule_messages(db, row["address"])]
        lines += [f"setting {name}={value}" for name, value in db.execute(
            "SELECT name, value FROM mailbox_setting WHERE mailbox=? ORDER BY name", (row["id"],))]
        lines += [f"outgoing {one}" for one in outgoing(db) if one.mailbox == row["address"]]
    return "\n".join(lines) + "\n"


def _rules(db: sqlite3.Connection, address: str) -> list[Rule]:
    owner = mailbox.load(db, address)
    return [] if owner is None else rule.load(db, owner)


def _rule_messages(db: sqlite3.Connection, address: str) -> list[hidden.RuleMessage]:
    owner = mailbox.load(db, address)
    return [] if owner is None else hidden.kept(db, owner)


def _items(db: sqlite3.Connection, place: int) -> list[Item]:
    found = item.in_folder(db, place, "1 ORDER BY row")
    item.read_properties(db, found)
    return found


def _exceptions(db: sqlite3.Connection, items: list[Item]) -> list[Item]:
    """The exceptions of series, which no folder shows."""
    return [item.by_row(db, row) for one in items for row, _, _ in one.appointment.get("modified", {}).values()]


def _folder_line(db: sqlite3.Connection, path: tuple[str, ...], place: Folder) -> str:
    return "folder " + json.dumps({
        "path": path, "class": place.folder_class, "element": place.element,
        "distinguished": place.distinguished, "created": place.created, "modified": place.modified,
        "properties": read_all(db, place.id)}, sort_keys=True, ensure_ascii=False)


_HIDDEN = ("mailbox", "folder", "entry", "row", "mime", "born", "change", "content", "root")


def _item_line(db: sqlite3.Connection, one: Item) -> str:
    values = {name: getattr(one, name) for name in one.__slots__ if name not in _HIDDEN}
    raw = item.received_bytes(db, one)
    # Rows and entries are numbers of this store.
    values["appointment"] = {name: value for name, value in one.appointment.items() if name not in ("of", "entry")} | {
        "modified": {day: times for day, (_, *times) in one.appointment.get("modified", {}).items()}}
    values["search_key"] = one.search_key.hex()
    values["mime"] = None if raw is None else hashlib.sha256(raw).hexdigest()
    values["attached"] = [
        (each.path, each.gone, each.form, each.name, each.content_type, each.content_id, each.location, each.modified,
         each.inline, hashlib.sha256(each.content).hexdigest()) for each in attached.of(db, one.row)]
    return "  item " + json.dumps(values, sort_keys=True, ensure_ascii=False)


def outgoing(db: sqlite3.Connection) -> list[Outgoing]:
    """What a real server would have sent, in order."""
    rows = db.execute("SELECT time, address, kind, recipients, subject, cause FROM outgoing"
                      " JOIN mailbox ON mailbox.id = outgoing.mailbox ORDER BY outgoing.id")
    return [Outgoing(time, address, kind, tuple(json.loads(recipients)), subject, cause)
            for time, address, kind, recipients, subject, cause in rows]


def messages(db: sqlite3.Connection, address: str) -> list[StoredMessage]:
    """The items of a mailbox outside the dumpster, folder by folder, in the order they were created."""
    found = []
    for row in _mailboxes(db, address):
        for path, place in _folders(db, row["id"]):
            guid = uuid.UUID(row["guid"])
            found += [_message(db, guid, path, one) for one in _items(db, place.id)]
    return found


def _below_top(path: tuple[str, ...]) -> tuple[str, ...]:
    """A path without Top of Information Store, of the mailbox or of its archive."""
    within = path[1:] if path[:1] == (folder.ARCHIVE,) else path
    return path[:len(path) - len(within)] + (within[1:] if within[:1] == (_TOP,) else within)


def _message(db: sqlite3.Connection, guid: uuid.UUID, path: tuple[str, ...], one: Item) -> StoredMessage:
    return StoredMessage(
        folder=_below_top(path), mime=item.received_bytes(db, one) or b"",
        item_id=ids.item_id(guid, one.folder, one.entry),
        subject=one.subject, received=one.received, sent=one.sent, is_read=one.is_read, is_draft=one.is_draft,
        flag_status=one.flag_status, categories=tuple(one.categories), importance=one.importance,
        extended={path_: value for path_, (_, value) in one.properties.items()}, created=one.created,
        modified=one.modified)
