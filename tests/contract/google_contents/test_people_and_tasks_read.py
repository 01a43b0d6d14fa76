"""Contacts, labels and tasks, read of the Google emulator: whatever an interface leaves out by default is there."""

from __future__ import annotations

import threading
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from emulators.google import GoogleEmulator
from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.exchange.writing.fields import parsed
from engine.connectors.google.access.scopes import CONTACTS, SCOPES
from engine.connectors.google.contents import READINGS
from engine.connectors.google.reading.items import GoogleItems
from engine.connectors.google.reading.shelved import Shelves
from engine.connectors.google.rest.asking import Asking
from engine.connectors.google.rest.web import session
from engine.connectors.network.pinning import Network
from engine.credentials import PasswordCredential
from engine.migration.content import Content
from engine.ports.source import Role
from engine.ports.typed import TypedItem
from engine.store.vault import Secret
from tests.servers.google.people import JPEG

CLAIRE, BACK = "claire@example.org", "http://127.0.0.1:9/oauth/google/callback"


@dataclass
class Reading:
    """Claire's account, and what OMM reads of it with nothing but the permissions that it asks for."""

    google: GoogleEmulator

    def call(self, method: str, **given: Any) -> dict[str, Any]:
        """Claire does something."""
        return self.google.call(method, CLAIRE, **given)

    def contact(self, **fields: Any) -> str:
        """Claire makes a contact; its resource name."""
        return str(self.call("people.people.createContact", body=fields)["resourceName"])

    def label(self, name: str, *members: str) -> None:
        """Claire makes a label, and gives it to those."""
        made = self.call("people.contactGroups.create", body={"contactGroup": {"name": name}})["resourceName"]
        if members:
            self.call("people.contactGroups.members.modify", resourceName=made, body={
                "resourceNamesToAdd": list(members)})

    def task(self, title: str, tasklist: str = "@default", **given: Any) -> str:
        """Claire makes a task; its id."""
        more = {"parent": given.pop("parent")} if "parent" in given else {}
        return str(self.call("tasks.tasks.insert", tasklist=tasklist, body={"title": title, **given}, **more)["id"])

    def reader(self, content: Content) -> GoogleItems:
        """A reader of that content."""
        token = self.google.consent(CLAIRE, list(SCOPES[content]))["access_token"]
        asking = Asking(
            self.google.url.rstrip("/"), lambda: session(Network(trusts_person=True)),
            PasswordCredential(Secret(f"Bearer {token}")), stop=threading.Event(), waits=(0.0,),
        )
        return GoogleItems(READINGS[content](), asking, Shelves(), Directory(lambda _address: (), owner=CLAIRE))

    def items(self, content: Content) -> list[TypedItem]:
        """All items of the mailbox's own folder."""
        reader = self.reader(content)
        folder = next(one for one in reader.folders().folders if one.role is not None)
        return list(reader.read(folder, [one.uid for one in reader.listing(folder)]))


@pytest.fixture
def claire() -> Iterator[Reading]:
    with GoogleEmulator() as google:
        google.add_person(CLAIRE, "Claire Martin")
        google.add_client("web", redirect_uris=[BACK])
        yield Reading(google)


def words(item: TypedItem, name: str) -> str:
    """A field of an item; "" where it has none."""
    return parsed(item.element).findtext(f"{TYPES}{name}") or ""


def test_more_contacts_and_labels_than_google_tells_by_default(claire: Reading) -> None:
    """A hundred contacts and thirty groups; members of a label are told only to who asks for them."""
    people = [claire.contact(names=[{"givenName": f"P{at}"}], emailAddresses=[{"value": f"p{at}@x.example"}])
              for at in range(103)]
    for number in range(31):
        claire.label(f"Label {number}", *people[number : number + 3])

    contacts, groups = claire.items(Content.CONTACTS), claire.items(Content.CONTACT_GROUPS)

    assert {words(one, "DisplayName") for one in contacts} == {f"P{at}" for at in range(103)}
    assert {words(one, "DisplayName"): [member.name for member in one.members] for one in groups} == {
        f"Label {at}": sorted(f"P{at + more}" for more in range(3)) for at in range(31)
    }
    assert {link.key for one in groups for link in one.links} <= {one.key for one in contacts}
    assert [one.untold for one in (*contacts, *groups) if one.untold] == []


def test_a_photo_is_fetched_where_google_names_it_and_a_drawn_one_is_not(claire: Reading) -> None:
    """A contact that is linked to a profile stays the same one, and what Google shows of that is named."""
    ann, bo = (claire.contact(names=[{"givenName": name}]) for name in ("Ann", "Bo"))
    claire.call("people.people.updateContactPhoto", resourceName=ann, body={"photoBytes": b64encode(JPEG).decode()})
    before = {words(one, "DisplayName"): one for one in claire.items(Content.CONTACTS)}
    claire.google.act("people.link_profile", CLAIRE, contact=bo, name="Robert B.")
    after = {words(one, "DisplayName"): one for one in claire.items(Content.CONTACTS)}

    pictures = [[parsed(each).findtext(f"{TYPES}Content") for each in after[name].attachments] for name in after]
    assert sorted(pictures) == [[], [b64encode(JPEG).decode()]]
    assert (after["Bo"].key, after["Bo"].theirs) == (before["Bo"].key, before["Bo"].theirs)
    assert "own profile is not carried: photo" in after["Bo"].untold


def test_tasks_that_google_s_own_programs_hide_and_sub_tasks_of_other_pages(claire: Reading) -> None:
    """More than a page of them; what was completed on a phone, what was assigned, and no deleted one."""
    for number in range(105):
        claire.task(f"t{number}")
    trip = claire.task("Trip", due="2026-10-25T00:00:00.000Z")
    claire.task("Pack", parent=trip)
    done, gone = claire.task("Done on a phone"), claire.task("Deleted")
    claire.google.act("tasks.complete", CLAIRE, tasklist="@default", task=done)
    claire.google.act("tasks.assign", CLAIRE, title="Assigned")
    claire.call("tasks.tasks.delete", tasklist="@default", task=gone)
    claire.call("tasks.tasklists.insert", body={"title": "Shopping"})

    found = {words(one, "Subject"): one for one in claire.items(Content.TASKS)}
    folders = claire.reader(Content.TASKS).folders().folders

    assert set(found) == {*(f"t{at}" for at in range(105)), "Trip", "Trip › Pack", "Done on a phone", "Assigned"}
    assert words(found["Trip"], "DueDate") == "2026-10-25T00:00:00Z"
    assert words(found["Done on a phone"], "CompleteDate") != ""
    assert "assigned in a document" in found["Assigned"].untold
    assert sorted((one.path, one.role) for one in folders) == [(("My Tasks",), Role.TASKS), (("Shopping",), None)]


def test_contacts_are_read_with_no_other_permission_than_theirs(claire: Reading) -> None:
    """Labels as well; “Other contacts” would need a further one, and are mentioned."""
    assert SCOPES[Content.CONTACTS] == SCOPES[Content.CONTACT_GROUPS] == (CONTACTS,)
    found = claire.reader(Content.CONTACTS).folders()

    assert [(one.path, one.items, one.counted) for one in found.left] == [(("Other contacts",), None, False)]
