"""The judge of contacts, groups, tasks and notes: it sees each kind of field, and its seeds hold each of the schema."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field, replace
from itertools import count
from pathlib import Path

import pytest
from lxml import etree

from emulators.exchange import ExchangeEmulator, Settings
from emulators.exchange.schema import find_schema
from engine.connectors.exchange.session import Sessions
from engine.connectors.network.pinning import Network
from tests.contract.exchange.conftest import account
from tests.servers.exchange.pair import Mailbox
from tests.servers.items import group_seeds, note_seeds, people_seeds, task_seeds
from tests.servers.items.judge import Judge, differences
from tests.servers.items.planting import plant
from tests.servers.items.seeds import File, Member, Seed, body, named, told, users_field
from tests.servers.items.task_seeds import elements_of, repeated
from tests.servers.world import PASSWORD

UNKNOWN = "/o=Gone/ou=Exchange/cn=Recipients/cn=dave"
TYPES = {"Contact": "ContactItemType", "Task": "TaskType"}


def everything(known: str = UNKNOWN) -> list[Seed]:
    """All seeds."""
    return [
        *people_seeds.contacts(known, UNKNOWN),
        *group_seeds.groups(known, UNKNOWN),
        *task_seeds.tasks(),
        *note_seeds.notes(),
    ]


@dataclass
class Server:
    """An emulator, and the file of its store."""

    emulator: ExchangeEmulator
    database: Path
    numbers: Iterator[int] = field(default_factory=count)

    @contextmanager
    def judged(self, one: Sequence[Seed], other: Sequence[Seed]) -> Iterator[tuple[Judge, Judge]]:
        """Two new mailboxes, each with its seeds, and a judge of each."""
        with ExitStack() as stack:
            found, names = [], []
            for seeds in (one, other):
                names.append(f"o{next(self.numbers)}@example.org")
                self.emulator.add_mailbox(names[-1], password=PASSWORD)
                plant(self.database, names[-1], seeds)
                there = account(self.emulator.url, names[-1])
                found.append(stack.enter_context(closing(Sessions(there, PASSWORD, Network(trusts_person=True)))))
            renamed = {f"<t:Owner>{names[0].partition('@')[0]}<": f"<t:Owner>{names[1].partition('@')[0]}<"}
            yield Judge(Mailbox(found[0]), [*one, *other], renamed), Judge(Mailbox(found[1]), [*one, *other])


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    with ExchangeEmulator(tmp_path / "x.sqlite", settings=Settings(auth=("basic",))) as emulator:
        yield Server(emulator, tmp_path / "x.sqlite")
        assert emulator.schema_faults == []


def test_two_mailboxes_with_the_same_in_them_are_equal(server: Server) -> None:
    """All kinds, each field: ids, dates and sizes apart; each group reaches the same people."""
    seeds = [
        *people_seeds.sample(UNKNOWN, UNKNOWN),
        *group_seeds.sample(UNKNOWN, UNKNOWN),
        *task_seeds.sample(),
        *note_seeds.notes(),
    ]
    with server.judged(seeds, seeds) as (there, here):
        found = there.all()

        assert differences(found, here.all()) == []
        assert sum(map(len, found.values())) == len(seeds)
        assert there.expanded() == here.expanded()
        assert there.expanded()["a top"] == {"top@example.net", "p1@example.net", "p0@example.net", "leaf@example.net"}
        assert there.expanded()["circle two"] == {"one@example.net", "two@example.net", "three@example.net"}


CONTACT = people_seeds.newest(8)
TASK = task_seeds.full(1)
GROUP = group_seeds.group("group", Member("Ann", "ann@example.net"), Member("Bob", "bob@example.net"))
NOTE = note_seeds.note("note\nwords")
CARD = Seed("card", "Contact", told(DisplayName="card", GivenName="card"))


def _set(**elements: str) -> Callable[[Seed], Seed]:
    return lambda seed: replace(seed, elements={**seed.elements, **told(**elements)})


def _cut(name: str, old: str, new: str) -> Callable[[Seed], Seed]:
    def cut(seed: Seed) -> Seed:
        assert old in seed.elements[name], seed.elements[name]
        return replace(seed, elements={**seed.elements, name: seed.elements[name].replace(old, new, 1)})

    return cut


def _without(name: str) -> Callable[[Seed], Seed]:
    return lambda seed: replace(seed, elements={key: value for key, value in seed.elements.items() if key != name})


def _property(path: str, kind: str, value: str) -> Callable[[Seed], Seed]:
    return lambda seed: replace(seed, properties={**seed.properties, path: (kind, value)})


# One change of each kind of field, the seed that it is made to, and the field that has to be seen.
CHANGES: dict[str, tuple[Seed, Callable[[Seed], Seed], str]] = {
    "a text": (CONTACT, _set(JobTitle="another"), "JobTitle"),
    "a text that is missing": (CONTACT, _without("Profession"), "Profession"),
    "what it is filed under": (CONTACT, _set(FileAs="another"), "FileAs"),
    "how it is filed": (CARD, _set(FileAsMapping="FirstSpaceLast"), "FileAsMapping"),
    "a date": (CONTACT, _set(Birthday="1971-06-04T23:00:00Z"), "Birthday"),
    "an e-mail address": (CONTACT, _cut("EmailAddresses", "two8", "too8"), "EmailAddresses"),
    "the name of an e-mail address": (CONTACT, _cut("EmailAddresses", 'Name="Home"', 'Name="House"'), "EmailAddresses"),
    "the key of an e-mail address": (
        CARD,
        lambda seed: replace(seed, elements={**seed.elements, **people_seeds.mails(("a@b.example", "a"))}),
        "EmailAddresses",
    ),
    "a phone": (CONTACT, _cut("PhoneNumbers", ">+1 3<", ">+1 33<"), "PhoneNumbers"),
    "a part of an address": (CONTACT, _cut("PhysicalAddresses", "yard", "garden"), "PhysicalAddresses"),
    "which address is the one for mail": (CONTACT, _set(PostalAddressIndex="None"), "PostalAddressIndex"),
    "one of several texts": (CONTACT, _cut("Children", "Młodszy", "Mlodszy"), "Children"),
    "whose language": (CONTACT, _set(Culture="de-DE"), "Culture"),
    "a title": (CONTACT, _property("tag:0x3a45", "String", "Prof."), "CompleteName"),
    "a reading": (CONTACT, _property(named(people_seeds.ADDRESS, 0x802C), "String", "-"), "CompleteName"),
    "a property with a number": (CONTACT, _property(named(people_seeds.ADDRESS, 0x8050), "String", "-"), "0x8050"),
    "a property with a tag": (CONTACT, _property("tag:0x3a43", "String", "-"), "0x3a43"),
    "a user's field": (TASK, _property(users_field("Customer number"), "String", "-"), "Customer number"),
    "categories": (CONTACT, lambda seed: replace(seed, categories=("Red",)), "Categories"),
    "their order": (CONTACT, lambda seed: replace(seed, categories=tuple(reversed(seed.categories))), "Categories"),
    "importance": (CONTACT, lambda seed: replace(seed, importance="Low"), "Importance"),
    "sensitivity": (CONTACT, lambda seed: replace(seed, sensitivity="Normal"), "Sensitivity"),
    "the notes": (CONTACT, _cut("Body", "&lt;b&gt;", "&lt;i&gt;"), "Body"),
    "whether the notes are formatted": (CONTACT, _cut("Body", '"HTML"', '"Text"'), "Body"),
    "its form": (CONTACT, lambda seed: replace(seed, item_class="IPM.Contact.X"), "ItemClass"),
    "a flag": (CONTACT, lambda seed: replace(seed, flag={"FlagStatus": "Flagged"}), "Flag"),
    "a photo": (CONTACT, lambda seed: replace(seed, files=(people_seeds.PICTURE,)), "files"),
    "whether a file is the photo": (
        CONTACT,
        lambda seed: replace(seed, files=(replace(seed.files[0], photo=False),)),
        "files",
    ),
    "the name of a file": (TASK, lambda seed: replace(seed, files=(replace(seed.files[0], name="l.bin"),)), "files"),
    "the type of a file": (
        TASK,
        lambda seed: replace(seed, files=(replace(seed.files[0], kind="text/plain"),)),
        "files",
    ),
    "a byte of a file": (
        TASK,
        lambda seed: replace(seed, files=(replace(seed.files[0], content=seed.files[0].content[:-1] + b"!"),)),
        "files",
    ),
    "a file in the text": (TASK, lambda seed: replace(seed, files=(replace(seed.files[0], inline=True),)), "files"),
    "an attached item": (
        TASK,
        lambda seed: replace(seed, files=(*seed.files, File("x", item=("<t:Task><t:Subject>x</t:Subject></t:Task>")))),
        "files",
    ),
    "its folder": (CONTACT, lambda seed: replace(seed, place=("Contacts", "Elsewhere")), "place"),
    "a member": (GROUP, lambda seed: replace(seed, members=seed.members[:1]), "Members"),
    "the name of a member": (
        GROUP,
        lambda seed: replace(seed, members=(replace(seed.members[0], name="Anne"), seed.members[1])),
        "Members",
    ),
    "a member that was a contact": (
        GROUP,
        lambda seed: replace(seed, members=(*seed.members, Member("card", "c@example.net", kind="Contact", of="card"))),
        "Members",
    ),
    "the notes of a group": (GROUP, lambda seed: replace(seed, elements={**seed.elements, **body("x")}), "Body"),
    "when it is due": (TASK, _set(DueDate="2029-05-10T22:00:00Z"), "DueDate"),
    "how far it is": (TASK, _set(Status="InProgress", PercentComplete="1"), "PercentComplete"),
    "when it was done": (
        TASK,
        _set(Status="Completed", PercentComplete="100", CompleteDate="2020-01-01T00:00:00Z"),
        "CompleteDate",
    ),
    "when it rings": (TASK, _set(ReminderDueBy="2029-05-08T08:00:00Z"), "ReminderDueBy"),
    "whether it rings": (TASK, _set(ReminderIsSet="false"), "ReminderIsSet"),
    "how it recurs": (
        TASK,
        lambda seed: replace(seed, elements={**seed.elements, **repeated("daily", "ten times", "2030-01-15")}),
        "Recurrence",
    ),
    "work": (TASK, _set(ActualWork="1"), "ActualWork"),
    "a colour": (NOTE, _property(named(note_seeds.NOTE, 0x8B00), "Integer", "1"), "0x8b00"),
    "an icon": (NOTE, _property(note_seeds.ICON, "Integer", "769"), "0x1080"),
    "the words of a note": (NOTE, lambda seed: replace(seed, elements=body("note\nother words")), "Body"),
}


def _case(seed: Seed, name: str) -> Seed:
    """The same by another name."""
    display = {} if seed.kind in ("Task", "Message") else told(DisplayName=name)
    return replace(seed, name=name, elements={**seed.elements, **display})


def test_a_field_of_each_kind_that_differs_is_seen(server: Server) -> None:
    """Each change of one item, and nothing else."""
    there = [CARD, *(_case(seed, kind) for kind, (seed, _, _) in CHANGES.items())]
    here = [CARD, *(change(_case(seed, kind)) for kind, (seed, change, _) in CHANGES.items())]
    with server.judged(there, here) as (old, new):
        seen = {(name.partition(": ")[2], field) for name, field, _, _ in differences(old.all(), new.all())}

    assert {(kind, field) for kind, (_, _, field) in CHANGES.items()} - seen == set()
    assert {name for name, _ in seen} == set(CHANGES)


def test_an_item_that_is_missing_or_there_twice_is_seen(server: Server) -> None:
    """By its kind and its subject."""
    with server.judged([CARD, TASK], [CARD, replace(CARD, name="card ")]) as (old, new):
        found = differences(old.all(), new.all())

        assert {(name, field) for name, field, _, _ in found} == {("Contact: card", ""), (f"Task: {TASK.name}", "")}


# What no client can write: read-only in MS-OXWSCORE, MS-OXWSCONT and MS-OXWSTASK, or told by a directory or another
# service (PhoneticFullName and what follows it in the schema), or described nowhere.
def _elements(schema: Path, name: str) -> set[str]:
    tree = etree.parse(str(schema / "types.xsd"))
    [found] = tree.iterfind(f".//{{*}}complexType[@name='{name}']")
    return {one.get("name", "") for one in found.iter("{*}element")}


@pytest.mark.parametrize("kind", ["Contact", "DistributionList", "Task"])
def test_each_field_that_a_client_can_write_is_in_two_seeds_at_least(kind: str) -> None:
    """By the schema; so a field that is lost is one that some seed has."""
    from emulators.exchange.explicit import is_read_only

    schema = find_schema()
    fields = {
        one
        for one in _elements(schema, {**TYPES, "DistributionList": "DistributionListType"}[kind])
        if not is_read_only(kind, one)
    }
    held = Counter(
        name
        for seed in everything()
        if seed.kind == kind
        for name in (*seed.elements, *(["Members"] if seed.members else []))
    )

    assert {name for name in fields if held[name] < 2} == set()
    entries = Counter(
        (etree.QName(holder).localname, one.get("Key"))
        for seed in everything()
        for holder in elements_of(seed)
        for one in holder
        if one.get("Key")
    )
    assert not [key for key, number in entries.items() if number < 2]


def test_there_are_as_many_as_promised() -> None:
    """300 contacts with twenty vCards, twenty groups and one with their people, a hundred tasks, twenty notes."""
    kinds = Counter(seed.kind for seed in everything())
    names = Counter((seed.kind, seed.name, seed.path) for seed in everything())

    assert kinds == {"Contact": 301 + len(group_seeds.PEOPLE), "DistributionList": 21, "Task": 100, "Message": 20}
    assert [name for name, number in names.items() if number > 1] == []
    assert len([seed for seed in people_seeds.contacts("", "") if seed.name.startswith("vCard")]) == 20
