"""Rules, categories and out-of-office settings put into a mailbox of the Exchange emulator, without a client."""

from __future__ import annotations

import re
import sqlite3
from base64 import b64decode, b64encode
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from lxml import etree

from emulators.exchange import folder, ids, mailbox, out_of_office
from emulators.exchange.mailbox import Mailbox
from emulators.exchange.people import directory
from emulators.exchange.rules import rule
from emulators.exchange.soap import TYPES
from emulators.exchange.store import Store
from tests.servers.settings.rule_seeds import GONE, Rule

BORN = "2022-02-03T04:05:06Z"
_TOKEN = re.compile(r"\[\[(\w[\w-]*):([^\]]*)\]\]")
_GONE = 1_000_000       # added to the number of what has been deleted: no folder has it


@dataclass(frozen=True)
class Called:
    """How a mailbox calls what rules are about. `paths` are folders that are called otherwise here.

    `keeps_ex`: people are called by the EX addresses of its directory.
    """

    me: str
    alias: str
    keeps_ex: bool = False
    paths: Mapping[str, str] | None = None

    def person(self, kind: str, name: str) -> str:
        """The address of somebody."""
        if kind == "alias":
            return self.alias
        whom = name if kind == "ex" else self.me
        return directory.ex_of(whom) if self.keeps_ex and kind in ("ex", "me-ex") else whom

    def path(self, path: str) -> tuple[str, ...]:
        """Where the folder of a path is, below Top of Information Store."""
        first, slash, rest = path.partition("/")
        named = (self.paths or {}).get(first, first)
        return tuple(f"{named}{slash}{rest}".split("/"))


@dataclass
class Planting:
    """A mailbox, inside a transaction."""

    db: sqlite3.Connection
    owner: Mailbox
    called: Called

    def put(self, seeds: Sequence[Rule]) -> None:
        """Adds rules behind those that are there, and makes the folders that they name."""
        there = rule.load(self.db, self.owner)
        rule.save(self.db, self.owner, there + [self._rule(one) for one in seeds])

    def edit(self, name: str, find: str, instead: str) -> None:
        """Its owner changes the rule of a name."""
        there = rule.load(self.db, self.owner)
        [one] = [each for each in there if each.element.findtext(f"{{{TYPES}}}DisplayName") == name]
        given = one.text()
        assert given.count(find) == 1, given
        one.element = etree.fromstring(given.replace(find, instead).replace("<t:Rule>", f'<t:Rule xmlns:t="{TYPES}">'))
        rule.save(self.db, self.owner, there)

    def drop(self, names: Collection[str]) -> None:
        """Its owner deletes rules that are on, by their names."""
        there = rule.load(self.db, self.owner)
        name = f"{{{TYPES}}}DisplayName"
        rule.save(self.db, self.owner, [
            one for one in there if not one.enabled or one.element.findtext(name) not in names])

    def _rule(self, one: Rule) -> rule.Rule:
        parts = {"Conditions": one.conditions, "Exceptions": one.exceptions, "Actions": one.actions}
        inner = "".join(f"<t:{name}>{self._filled(part)}</t:{name}>" for name, part in parts.items())
        given = (f'<t:Rule xmlns:t="{TYPES}"><t:DisplayName>{escape(one.name)}</t:DisplayName>'
                 f"<t:Priority>1</t:Priority><t:IsEnabled>{'true' if one.enabled else 'false'}</t:IsEnabled>"
                 f"{'<t:IsNotSupported>true</t:IsNotSupported>' if one.unsupported else ''}{inner}</t:Rule>")
        return rule.Rule(0, 0, one.in_error, etree.fromstring(given))

    def _filled(self, part: str) -> str:
        filled = _TOKEN.sub(lambda found: self._token(found[1], found[2]), part)
        return filled if self.called.keeps_ex else filled.replace(">EX<", ">SMTP<")

    def _token(self, kind: str, name: str) -> str:
        if kind == "folder":
            entry = self.owner.entries + _GONE if name == GONE else self.folder(self.called.path(name)).entry
            return ids.folder_id(self.owner.guid, entry)
        if kind == "template":
            return ids.item_id(self.owner.guid, *self.db.execute(
                "SELECT folder, entry FROM item WHERE mailbox=? AND gone=0", (self.owner.id,)).fetchone())
        return self.called.person(kind, name)

    def folder(self, path: Sequence[str]) -> folder.Folder:
        """The folder of a path, which is made if it is not there."""
        (above,) = self.db.execute(
            "SELECT id FROM folder WHERE mailbox=? AND distinguished='msgfolderroot'", (self.owner.id,)).fetchone()
        for name in path:
            row = self.db.execute("SELECT id FROM folder WHERE parent=? AND name=? AND gone=0",
                                  (above, name)).fetchone()
            above = self._made(above, name) if row is None else row[0]
        return folder.by_id(self.db, above)

    def _made(self, parent: int, name: str) -> int:
        change = self.owner.change()
        made = self.db.execute(
            "INSERT INTO folder (mailbox, entry, parent, name, class, element, created, modified, born, change)"
            " VALUES (?, ?, ?, ?, 'IPF.Note', 'Folder', ?, ?, ?, ?)",
            (self.owner.id, self.owner.entry(), parent, name, BORN, BORN, change, change))
        return int(made.lastrowid or 0)

    def categories(self, xml: str) -> None:
        """Has this list of categories, CategoryList of the calendar ([MS-OXOCFG] 2.2.5.2)."""
        place = self.db.execute("SELECT id FROM folder WHERE mailbox=? AND distinguished='calendar'",
                                (self.owner.id,)).fetchone()[0]
        self.db.execute("DELETE FROM user_configuration WHERE folder=? AND name='CategoryList'", (place,))
        change = self.owner.change()
        self.db.execute(
            "INSERT INTO user_configuration (mailbox, folder, entry, name, dictionary, xml, binary, created, modified,"
            " born, change, gone) VALUES (?, ?, ?, 'CategoryList', NULL, ?, NULL, ?, ?, ?, ?, 0)",
            (self.owner.id, place, self.owner.entry(), b64encode(xml.encode()).decode(), BORN, BORN, change, change))

    def arm(self, names: Collection[str]) -> None:
        """Rules that are on, by their names, delete whatever they meet."""
        there = rule.load(self.db, self.owner)
        for one in there:
            if one.enabled and one.element.findtext(f"{{{TYPES}}}DisplayName") in names:
                [actions] = one.element.iterfind(f"{{{TYPES}}}Actions")
                actions[:] = [etree.fromstring(f'<t:PermanentDelete xmlns:t="{TYPES}">true</t:PermanentDelete>')]
        rule.save(self.db, self.owner, there)

    def recolour(self, name: str, color: int) -> None:
        """Its owner gives a category another colour."""
        self._mark(name, {"color": str(color)})

    def use(self, name: str) -> None:
        """Outlook counts that a category was used."""
        self._mark(name, {"usageCount": "42", "lastTimeUsed": "2026-01-01T00:00:00.000", "lastSessionUsed": "9"})

    def _mark(self, name: str, values: Mapping[str, str]) -> None:
        where = "WHERE mailbox=? AND name='CategoryList' AND gone=0"
        (xml,) = self.db.execute(f"SELECT xml FROM user_configuration {where}", (self.owner.id,)).fetchone()
        root = etree.fromstring(b64decode(xml))
        [one] = [each for each in root if each.get("name") == name]
        one.attrib.update(values)
        self.db.execute(f"UPDATE user_configuration SET xml=? {where}",
                        (b64encode(etree.tostring(root)).decode(), self.owner.id))

    def away(self, xml: str) -> None:
        """Has these out-of-office settings: what is inside of UserOofSettings."""
        given = etree.fromstring(f'<t:UserOofSettings xmlns:t="{TYPES}">{xml}</t:UserOofSettings>')
        out_of_office.keep(self.db, self.owner, given)


def planted(database: Path, called: Called, do: Callable[[Planting], object]) -> None:
    """Does something to a mailbox, in one transaction."""
    with closing(Store(database)) as store, store.transaction() as db:
        owner = mailbox.load(db, called.me)
        assert owner is not None, called.me
        do(Planting(db, owner, called))
        owner.save(db)
