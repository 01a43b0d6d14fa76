"""Contacts, labels and tasks of a Google account move into an Exchange mailbox, and back."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from engine.connectors.exchange.session import Sessions
from engine.connectors.exchange.soap import TYPES
from engine.connectors.google.contacts.listed import NOTED_BY_GOOGLE
from engine.connectors.network.pinning import Network
from engine.contents import CONTENTS, contents
from engine.migration.content import Content
from engine.migration.record import Counts, Migration, State
from tests.contract.exchange.conftest import account
from tests.servers.exchange.contacts import Cards
from tests.servers.exchange.pair import Mailbox
from tests.servers.exchange.people import Member, People
from tests.servers.exchange.tasks import Desk
from tests.servers.google.people import JPEG, full, label, named, system
from tests.servers.google.told import Account, Told
from tests.servers.world import PASSWORD, World, world

MOVED = (Content.CONTACTS, Content.CONTACT_GROUPS, Content.TASKS)
ANN = named(
    1, "Ann Ames", "ann@example.net", "ann@home.example", "ann@club.example", "ann@old.example", labels=("choir",),
    photos=[{"url": "https://photos.example/1"}], biographies=[{"value": "Met in Łódź", "contentType": "TEXT_PLAIN"}],
    birthdays=[{"date": {"year": 1975, "month": 6, "day": 1}}],
    phoneNumbers=[{"value": "+33 1", "type": "mobile"}, {"value": "+33 2", "type": "mobile"}],
    organizations=[{"name": "Contoso & Co", "title": "Chief"}],
)
BO = named(2, "Bo Beck", labels=("choir",))
FULL = full(4)
CY = named(3, "Cy Cole", "cy@example.net", labels=("starred",))
GROUPS = (label("choir", "Choir", 3), label("none", "Nobody"), system("myContacts", "My Contacts"),
          system("starred", "Starred"))
LIST = {"id": "L1", "title": "My Tasks"}
TASKS = (
    {"id": "t1", "title": "Trip", "status": "needsAction", "position": "1", "updated": "2026-04-01T10:00:00.000Z",
     "due": "2026-10-25T00:00:00.000Z"},
    {"id": "t2", "title": "Tickets", "status": "completed", "position": "1", "parent": "t1", "hidden": True,
     "updated": "2026-04-01T10:00:00.000Z", "completed": "2026-03-29T01:30:00.000Z"},
)


@dataclass
class Moving:
    """The account, and the mailbox that it moves to."""

    at: World
    left: Account
    new: Mailbox
    before: str

    def migrate(self) -> Migration:
        """Moves all of it, by a new task."""
        done = self.at.migrate()
        assert done.state is State.COMPLETED, self.said(done)
        return done

    def said(self, done: Migration) -> dict[str, str]:
        """What the report says, by items."""
        lines = self.at.engine.store.reported(done.task_id).failures
        return {line.item.partition(" (")[0]: line.reason for line in lines}

    def counts(self, done: Migration) -> list[Counts]:
        """The sums of each content."""
        return [done.step(one).counts for one in MOVED]


@pytest.fixture
def moving(tmp_path: Path) -> Iterator[Moving]:
    told = Told(
        {"/people/me/connections": [ANN, BO, CY, FULL], "/contactGroups": GROUPS, "/users/@me/lists": [LIST, LIST | {
            "id": "L2", "title": "Shopping"}], "/lists/L1/tasks": TASKS, "/lists/L2/tasks": ()},
        {"/users/@me/lists/@default": LIST, "/contactGroups:batchGet": {"responses": [
            {"contactGroup": GROUPS[0] | {"memberResourceNames": ["people/c2", "people/c4"]}},
            {"contactGroup": GROUPS[1]},
        ]}},
        {"https://photos.example/1": JPEG, "https://photos.example/4": JPEG},
    )
    left = Account(told)
    with world(tmp_path, {"old": left}, grace=0.02, contents=contents(*(CONTENTS[one] for one in MOVED))) as at:
        there = account(at.emulator.url, at.address)
        with closing(Sessions(there, PASSWORD, Network(trusts_person=True))) as new:
            yield Moving(at, left, Mailbox(new), at.emulator.dump())


def test_contacts_labels_and_tasks_move_once_and_back(moving: Moving) -> None:
    """Each where it belongs; nothing the second time, and after a rollback the mailbox is as it was."""
    first, again = moving.migrate(), moving.migrate()

    assert moving.counts(first) == [Counts(4, 4), Counts(2, 2), Counts(2, 2)]
    assert moving.counts(again) == [
        Counts(found, 0, found, changed=0, removed_at_source=0) for found in (4, 2, 2)
    ]
    assert moving.said(first) == {
        "Ann Ames": "in its notes, for there is no field for it: E-mail address: ann@old.example, "
                    "Phone (mobile): +33 2",
        "Choir": "its member “Bo Beck” has no address, and is left out",
        "an unknown number of items": NOTED_BY_GOOGLE,
    }
    _are_there(moving)
    for task in (again, first):
        assert moving.at.roll_back(task.task_id).state is State.ROLLED_BACK
    assert moving.at.emulator.dump() == moving.before


def _are_there(moving: Moving) -> None:
    cards, people, desk = Cards(moving.new), People(moving.new), Desk(moving.new)
    ids = people.ids()
    ann = cards.shown(ids["Ann Ames"])
    assert ids.keys() == {"Ann Ames", "Bo Beck", "Cy Cole", "Dr. Özlem M. Muster III", "Choir", "Nobody"}
    assert ann.findtext(f"{TYPES}Body") == "Met in Łódź\n\nE-mail address: ann@old.example\nPhone (mobile): +33 2"
    assert [one.text for one in ann.iterfind(f"{TYPES}EmailAddresses/*")] == [
        "ann@example.net", "ann@home.example", "ann@club.example",
    ]
    assert [one.text for one in ann.iterfind(f"{TYPES}Categories/*")] == ["Choir"]
    assert [one.text for one in cards.shown(ids["Cy Cole"]).iterfind(f"{TYPES}Categories/*")] == ["Starred"]
    assert ann.findtext(f"{TYPES}Birthday") == "1975-06-01T11:59:00Z"
    assert (ann.findtext(f"{TYPES}HasPicture"), ann.findtext(f"{TYPES}FileAs")) == ("true", "Ann Ames")
    assert people.members(ids["Choir"]) == [
        Member("Ann Ames", "ann@example.net", "Contact", ids["Ann Ames"]),
        Member("Dr. Özlem M. Muster III", "o@example.net", "Contact", ids["Dr. Özlem M. Muster III"]),
    ]
    assert people.members(ids["Nobody"]) == []
    assert desk.subjects() == ["Trip", "Trip › Tickets"]
    assert desk.shown(desk.id_of("Trip › Tickets")).findtext(f"{TYPES}CompleteDate") == "2026-03-29T01:30:00Z"
    assert "Shopping" in cards.folders()


def test_what_changed_at_google_is_counted_and_stays_as_it_was_copied(moving: Moving) -> None:
    """A contact that got another address; what Google lists in another order, or under another name, is the same."""
    moving.migrate()
    later = "2026-12-01T10:00:00Z"
    told = moving.left.told
    changed = named(3, "Cy Cole", "cy@new.example", labels=("starred",))
    shuffled = ANN | {name: list(reversed(value)) for name, value in ANN.items() if isinstance(value, list)}
    for one in (changed, shuffled):
        one["metadata"] = {**one["metadata"], "sources": [{**one["metadata"]["sources"][0], "updateTime": later}]}
    told.lists = {**told.lists, "/people/me/connections": [shuffled | {"resourceName": "people/g1"}, BO, changed, FULL]}
    again = moving.migrate()

    assert moving.counts(again)[0] == Counts(4, 0, 4, changed=1, removed_at_source=0)
    assert [item for item in moving.said(again) if item.startswith(("Ann", "Cy"))] == ["Cy Cole"]


def test_a_label_whose_contacts_do_not_move_has_their_addresses(moving: Moving) -> None:
    """The report counts them."""
    request = replace(moving.at.request(), contents=(Content.CONTACT_GROUPS,))
    done = moving.at.run(moving.at.begin_with(request).task_id)

    people = People(moving.new)
    assert people.members(people.ids()["Choir"]) == [
        Member("Ann Ames", "ann@example.net", "OneOff"), Member("Dr. Özlem M. Muster III", "o@example.net", "OneOff"),
    ]
    assert "there by their addresses alone" in moving.said(done)["Choir"]
