"""The list of categories with their colours moves from one Exchange to another, into the list that is there."""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from lxml import etree

from emulators.exchange import Fault
from emulators.exchange.settings import VersionName
from engine.connectors.exchange.colours import UNREADABLE, ColourSettings
from engine.connectors.exchange.soap import MESSAGES, TYPES
from engine.contents import CONTENTS, contents
from engine.migration.ahead_words import sums
from engine.migration.content import Content
from engine.migration.looking_ahead import look_ahead
from engine.migration.record import Counts, Migration, State
from engine.pace.halt import Halt
from engine.ports.items import Outcome
from engine.ports.settings import Entry
from engine.store.vault import Secret
from tests.contract.exchange.conftest import account
from tests.servers.altering import altering
from tests.servers.exchange.between_exchanges import write
from tests.servers.exchange.pair import SENT, Mailbox, Pair, pair_of
from tests.servers.processes.mortal import as_of, moments_of
from tests.servers.world import ADDRESS, PASSWORD, interpose

NAME = (
    '<%s:UserConfigurationName Name="CategoryList"><t:DistinguishedFolderId Id="calendar"/></%s:UserConfigurationName>'
)
HEAD = (
    '<?xml version="1.0"?><categories default="{}" lastSavedSession="5" lastSavedTime="2020-01-02T03:04:05.678"'
    ' xmlns="CategoryList.xsd">'
)
OLD = HEAD.format("Rot") + (
    '<category name="Rot" color="0" keyboardShortcut="1" usageCount="7" lastTimeUsed="2020-01-02T03:04:05.000"'
    ' lastSessionUsed="3" guid="{11111111-0000-0000-0000-000000000001}" renameOnFirstUse="0" invented="x"/>'
    '<category name="Grün &amp; &lt;so&gt;" color="4" keyboardShortcut="2"'
    ' guid="{11111111-0000-0000-0000-000000000002}"/>'
    '<category name="Both" color="5" keyboardShortcut="0" guid="{11111111-0000-0000-0000-000000000003}"/>'
    '<category name="Differs" color="6" keyboardShortcut="0" guid="{11111111-0000-0000-0000-000000000004}"/>'
    "</categories>"
)
NEW = HEAD.format("Mine") + (
    '<category name="Mine" color="9" keyboardShortcut="2" usageCount="3" lastTimeUsed="2021-01-02T03:04:05.000"'
    ' lastSessionUsed="1" guid="{11111111-0000-0000-0000-000000000001}" strange="kept"/>'
    '<category name="both" color="5" keyboardShortcut="0" guid="{22222222-0000-0000-0000-000000000003}"/>'
    '<category name="Differs" color="7" keyboardShortcut="0" guid="{22222222-0000-0000-0000-000000000004}"/>'
    "<unknown/></categories>"
)
COLOURS, MAIL = Content.COLOURS, Content.MAIL
OWN = "the new mailbox has a category of this name with another colour or keyboard shortcut, which stays as it is"


@dataclass
class Desk:
    """Both mailboxes, and the lists as their owner's programs keep them."""

    pair: Pair

    def keeps(self, box: Mailbox, xml: str, verb: str = "Create") -> None:
        told = b64encode(xml.encode()).decode()
        answer = box.asked(
            f"<m:{verb}UserConfiguration><m:UserConfiguration>{NAME % ('t', 't')}<t:XmlData>{told}</t:XmlData>"
            f"</m:UserConfiguration></m:{verb}UserConfiguration>"
        )
        assert answer.findtext(f".//{MESSAGES}ResponseCode") == "NoError"

    def xml(self, box: Mailbox) -> bytes | None:
        answer = box.asked(
            f"<m:GetUserConfiguration>{NAME % ('m', 'm')}<m:UserConfigurationProperties>XmlData"
            "</m:UserConfigurationProperties></m:GetUserConfiguration>"
        )
        data = answer.findtext(f".//{TYPES}XmlData")
        return None if data is None else b64decode(data)

    def has(self, box: Mailbox) -> dict[str, tuple[str | None, str | None]]:
        """Colour and shortcut by name."""
        root = etree.fromstring(self.xml(box) or b"<none/>")
        return {one.get("name") or "": (one.get("color"), one.get("keyboardShortcut"))
                for one in root.iter("{CategoryList.xsd}category")}

    def told(self, task: Migration) -> list[tuple[str, str, str]]:
        lines = self.pair.at.engine.store.reported(task.task_id).failures
        return [(line.item, line.outcome.value, line.reason) for line in lines]


@pytest.fixture(params=["2010", "2019"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """A mailbox on a server of that version, and one on a new server."""
    yield from _opened(tmp_path, request.param)


@pytest.fixture
def newest(tmp_path: Path) -> Iterator[Desk]:
    """The same, on the newest version."""
    yield from _opened(tmp_path, "2019")


@pytest.fixture
def alone(tmp_path: Path) -> Iterator[Desk]:
    """The same, for what moves without mail."""
    yield from _opened(tmp_path, "2019", COLOURS)


def _opened(directory: Path, version: VersionName, *moved: Content) -> Iterator[Desk]:
    with pair_of(directory, version, contents=contents(*(CONTENTS[each] for each in moved or (COLOURS, MAIL)))) as made:
        yield Desk(made)


def test_what_is_missing_is_added_and_nothing_else_changes(desk: Desk) -> None:
    """Colours are there before the first message; a second task finds all; a rollback leaves the list as it was."""
    pair = desk.pair
    desk.keeps(pair.old, OLD)
    desk.keeps(pair.new, NEW)
    pair.old.create("red", "Message", "<t:Categories><t:String>Rot</t:String></t:Categories>", SENT, "")

    first = pair.at.migrate()
    came, operations = desk.xml(pair.new) or b"", [one.operation for one in pair.at.emulator.requests]
    second = pair.at.migrate()
    still = desk.xml(pair.new)
    back = pair.at.roll_back(first.task_id)

    assert first.step(COLOURS).counts == Counts(found=4, copied=2, already_there=1, left_out=1)
    assert desk.told(first) == [("Differs", "left out", OWN)]
    assert operations.index("CreateItem") > operations.index("UpdateUserConfiguration")
    was, now = etree.fromstring(NEW.encode()), etree.fromstring(came)
    rot, green = (dict(one.attrib) for one in now[len(was):])
    assert parts(came)[: len(was)] == parts(NEW.encode())
    assert dict(now.attrib) == dict(was.attrib)
    assert (rot["color"], rot["keyboardShortcut"], rot["usageCount"], rot["invented"]) == ("0", "1", "0", "x")
    assert rot["guid"] not in OLD
    assert (green["name"], green["color"], green["keyboardShortcut"]) == ("Grün & <so>", "4", "0")
    assert green["guid"] in OLD
    assert second.step(COLOURS).counts == Counts(found=4, already_there=3, left_out=1)
    assert still == came
    assert back.state is State.ROLLED_BACK
    assert parts(desk.xml(pair.new) or b"") == parts(NEW.encode())
    assert pair.at.messages() == []


def parts(xml: bytes) -> list[bytes]:
    return [etree.tostring(one) for one in etree.fromstring(xml)]


def test_a_list_is_made_where_there_is_none(newest: Desk) -> None:
    """The rollback takes it away, but for what the owner has changed or added since."""
    pair = newest.pair
    newest.keeps(pair.old, OLD)
    first = pair.at.migrate()
    came = newest.has(pair.new)
    pair.at.engine.store.images.drop(first.task_id)     # the mailbox has its own copy
    pair.at.roll_back(first.task_id)
    gone = newest.xml(pair.new)
    second = pair.at.migrate()
    xml = (newest.xml(pair.new) or b"").decode()
    changed = xml.replace('color="4"', 'color="8"').replace('usageCount="0"', 'usageCount="5"')
    newest.keeps(pair.new, changed, "Update")

    kept = pair.at.roll_back(second.task_id)

    assert came == {"Rot": ("0", "1"), "Grün & <so>": ("4", "2"), "Both": ("5", "0"), "Differs": ("6", "0")}
    assert gone is None
    assert newest.has(pair.new) == {"Grün & <so>": ("8", "2")}
    assert newest.told(kept) == [("Grün & <so>", "kept", "changed since the migration, so it stays")]


@dataclass(frozen=True)
class Crossed(ColourSettings):
    """The list of a mailbox in which another program writes, right before each change or right behind it."""

    before: list[Callable[[], None]]
    behind: list[Callable[[], None]]

    def apply(self, add: Sequence[Entry]) -> list[Outcome]:
        _next(self.before)
        return ColourSettings.apply(self, add)

    def _send(self, request: str) -> None:
        ColourSettings._send(self, request)
        _next(self.behind)


def _next(what: list[Callable[[], None]]) -> None:
    if what:
        what.pop()()


def test_what_another_program_writes_meanwhile_stays(newest: Desk) -> None:
    """Between our look and our change; and behind our change, which it does not know and so takes away again."""
    pair = newest.pair
    newest.keeps(pair.old, OLD)
    newest.keeps(pair.new, NEW)
    late = '<category name="Late {}" color="1" keyboardShortcut="0" guid="{{3}}"/>'
    both = [NEW.replace("<unknown/>", late.format(1)), NEW.replace("<unknown/>", late.format(1) + late.format(2))]
    before, behind = ([lambda xml=xml: newest.keeps(pair.new, xml, "Update")] for xml in both)
    interpose(pair.at, settings=lambda inner, _content: Crossed(inner._sessions, before, behind))

    done = pair.at.migrate()

    assert newest.has(pair.new) == {
        "Mine": ("9", "2"), "both": ("5", "0"), "Differs": ("7", "0"), "Late 1": ("1", "0"), "Late 2": ("1", "0"),
        "Rot": ("0", "1"), "Grün & <so>": ("4", "0"),
    }
    assert done.step(COLOURS).counts == Counts(found=4, copied=2, already_there=1, left_out=1)


def test_check_first_counts_them(newest: Desk) -> None:
    """Their number, without size and folders; none, and a list that cannot be read, are said as well."""
    pair = newest.pair

    def said() -> list[str]:
        seen = look_ahead(pair.at.engine, pair.at.request(), source_password=Secret("-"),
                          destination_password=Secret(PASSWORD), halt=Halt())
        return list(sums(COLOURS, seen.contents[COLOURS]))

    none = said()
    newest.keeps(pair.old, OLD)
    some = said()
    newest.keeps(pair.old, "no XML", "Update")

    assert none == ["no categories found."]
    assert some == ["4 categories."]
    assert said()[-1] == "1 item will be left out; the report will say why."
    assert newest.xml(pair.new) is None


def test_what_cannot_be_read_is_left_as_it_is(newest: Desk) -> None:
    """Nothing is written over a list that is no list; mail comes all the same."""
    pair = newest.pair
    newest.keeps(pair.old, OLD)
    newest.keeps(pair.new, "<categories")
    write(pair.old, "one")
    unknown = pair.at.migrate()
    newest.keeps(pair.old, "no XML", "Update")

    unread = pair.at.migrate()

    assert unknown.step(COLOURS).counts == Counts(found=4, left_out=4)
    assert {reason for _, _, reason in newest.told(unknown)} == {UNREADABLE.format("new")}
    assert newest.xml(pair.new) == b"<categories"
    assert unread.step(COLOURS).counts == Counts(found=1, left_out=1)
    assert newest.told(unread) == [("(the list of categories)", "left out", UNREADABLE.format("old"))]
    assert [one.step(MAIL).counts.settled for one in (unknown, unread)] == [1, 1]


def test_what_a_server_does_not_give_keeps_no_mail_back(newest: Desk) -> None:
    """A list may be damaged. It is asked for once more first, for a lost answer is no refusal."""
    pair = newest.pair
    fails: Any = {"operation": "GetUserConfiguration", "action": "fault", "code": "ErrorInternalServerError"}
    newest.keeps(pair.old, OLD)
    write(pair.old, "one")
    pair.left.add_fault(Fault(nth=1, **fails))
    once = pair.at.migrate()
    pair.left.add_fault(Fault(**fails))

    always = pair.at.migrate()

    pair.left.clear_faults()
    assert (once.step(COLOURS).counts, newest.told(once)) == (Counts(found=4, copied=4), [])
    assert (always.state, always.step(MAIL).counts.settled) == (State.COMPLETED, 1)
    assert newest.told(always) == [("(the list of categories)", "left out", UNREADABLE.format("old"))]


@pytest.mark.parametrize("there", [NEW, ""])
def test_whoever_dies_at_a_request_loses_nothing(alone: Desk, there: str) -> None:
    """At every request of the new mailbox: the next process adds what is missing, and a rollback takes ours away.

    It is tried where the mailbox is not as at the death before: else it would meet the same again.
    """
    pair, at = alone.pair, alone.pair.at
    alone.keeps(pair.old, OLD)
    if there:
        alone.keeps(pair.new, there)
    at.connectors.shortest_deadline = 2.0
    task = at.begin().task_id
    was, tried = alone.has(pair.new), b""

    for moment in moments_of(at, lambda world: world.run(task), held, at.emulator):
        after = as_of(at, moment)
        after.run(task)
        assert set(alone.has(pair.new)) == {*was, "Rot", "Grün & <so>"} | (set() if there else {"Both", "Differs"})
        earlier, tried = tried, moment.mailboxes.serialize()
        if tried == earlier:
            continue
        after.roll_back(task)
        assert alone.has(pair.new) == was


def held(number: int) -> Fault:
    return Fault(operation="*", nth=number, when="after", action="hold", name=f"request {number}")


def listed(*names: str) -> str:
    return HEAD.format("") + "".join(
        f'<category name="{name}" color="{n}" keyboardShortcut="0" guid="{{11111111-0000-0000-0000-00000000000{n}}}"/>'
        for n, name in enumerate(names, 1)) + "</categories>"


def test_categories_that_differ_by_a_letter_both_come(alone: Desk) -> None:
    """Maße (measures) and Masse (mass) are two words; the old mailbox has both."""
    alone.keeps(alone.pair.old, listed("Maße", "Masse"))

    done = alone.pair.at.migrate()

    assert set(alone.has(alone.pair.new)) == {"Maße", "Masse"}, (done.step(COLOURS).counts, alone.told(done))


def test_a_rollback_leaves_the_owners_category(alone: Desk) -> None:
    """The owner makes a category in the new mailbox, whose name is another word."""
    alone.keeps(alone.pair.new, listed("Mine"))
    alone.keeps(alone.pair.old, listed("Maße"))
    done = alone.pair.at.migrate()
    alone.keeps(alone.pair.new, (alone.xml(alone.pair.new) or b"").decode().replace(
        "</categories>", '<category name="Masse" color="9" keyboardShortcut="0" guid="{9}"/></categories>'), "Update")

    alone.pair.at.roll_back(done.task_id)

    assert set(alone.has(alone.pair.new)) == {"Mine", "Masse"}


def test_a_category_without_a_colour_comes(alone: Desk) -> None:
    """[MS-OXOCFG] 2.2.5.2.2 has a number for no colour, and it arrives with that."""
    alone.keeps(alone.pair.old, listed("A").replace(' color="1"', ""))

    done = alone.pair.at.migrate()

    assert done.step(COLOURS).counts == Counts(found=1, copied=1)
    assert alone.has(alone.pair.new) == {"A": ("-1", "0")}


def test_a_category_that_is_there_without_a_colour_is_not_there_twice(alone: Desk) -> None:
    alone.keeps(alone.pair.old, listed("A"))
    alone.keeps(alone.pair.new, listed("A").replace(' color="1"', ""))

    alone.pair.at.migrate()

    assert (alone.xml(alone.pair.new) or b"").count(b'name="A"') == 1


@pytest.mark.parametrize("root", ['<categories default="x">', '<c:categories xmlns:c="CategoryList.xsd">'])
def test_lists_in_other_namespaces(alone: Desk, root: str) -> None:
    """What is added is seen by whoever reads the list as the others of it are."""
    there = root + ('<c:category' if "c:" in root else '<category') + ' name="Mine" color="1" guid="{1}"/>' + (
        "</c:categories>" if "c:" in root else "</categories>")
    alone.keeps(alone.pair.new, there)
    alone.keeps(alone.pair.old, listed("A"))

    alone.pair.at.migrate()

    found = etree.fromstring(alone.xml(alone.pair.new) or b"")
    assert [one.get("name") for one in found] == ["Mine", "A"]
    assert len({one.tag for one in found}) == 1


@pytest.mark.parametrize("silent", [1, 2, 3])
def test_a_list_that_an_answer_lacks_is_not_written_over(alone: Desk, silent: int) -> None:
    """NoError, and no XmlData: the owner's own categories stay."""
    alone.keeps(alone.pair.old, OLD)
    alone.keeps(alone.pair.new, NEW)
    seen = [0]

    def alteration(body: bytes) -> bytes:
        if b"GetUserConfiguration" in body and b"CategoryList" in body:
            seen[0] += 1
            if seen[0] == silent:
                return body.replace(b">XmlData<", b">Dictionary<")
        return body

    at = alone.pair.at
    with altering(urlsplit(at.emulator.url).port or 0, alteration) as port:
        url = f"http://127.0.0.1:{port}{urlsplit(at.emulator.url).path}"
        done = at.run(at.begin_with(replace(at.request(), destination=account(url, ADDRESS))).task_id)
        at.roll_back(done.task_id)

    assert alone.has(alone.pair.new) == {"Mine": ("9", "2"), "both": ("5", "0"), "Differs": ("7", "0")}
