"""Contacts, their groups and other contacts of the Google emulator, by Google's own client and by raw HTTP."""

from __future__ import annotations

from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from emulators.google import GoogleEmulator
from emulators.google.contacts.fields import FIELDS
from emulators.google.errors import ApiError
from tests.contract.google_emulator.app import BACK, CLAIRE, Clock

CONTACTS = "https://www.googleapis.com/auth/contacts"
OTHERS = "https://www.googleapis.com/auth/contacts.other.readonly"
PNG = b"\x89PNG\r\n\x1a\n and more"
ANNA = {
    "names": [{"honorificPrefix": "Dr.", "givenName": "Anna", "middleName": "M.", "familyName": "Lind",
               "honorificSuffix": "Jr.", "phoneticGivenName": "Ah-na", "phoneticFamilyName": "Lint"}],
    "emailAddresses": [{"value": "anna@example.org", "type": "work"}, {"value": "a@home.example", "type": "Attic"}],
    "phoneNumbers": [{"value": "+49 (30) 1234-567", "type": "workFax"}, {"value": "030 1", "type": "home"}],
    "addresses": [
        {"streetAddress": "1 Way", "city": "Oslo", "postalCode": "0150", "country": "Norway", "type": "home"}],
    "birthdays": [{"date": {"month": 2, "day": 29}}],
    "events": [{"date": {"year": 2001, "month": 5, "day": 1}, "type": "anniversary"}],
    "biographies": [{"value": "Met in Oslo."}],
    "userDefined": [{"key": "Shoe size", "value": "38"}],
    "relations": [{"person": "Bo", "type": "spouse"}], "nicknames": [{"value": "Annie"}],
    "organizations": [{"name": "Example", "title": "Head", "department": "Ships", "type": "work"}],
    "imClients": [{"username": "anna", "protocol": "icq", "type": "home"}],
    "urls": [{"value": "https://example.org", "type": "homePage"}],
}


@dataclass
class World:
    """Claire's contacts."""

    google: GoogleEmulator
    clock: Clock

    def call(self, method: str, **given: Any) -> dict[str, Any]:
        return self.google.call(f"people.{method}", CLAIRE, **given)

    def contact(self, **fields: Any) -> dict[str, Any]:
        return self.call("people.createContact", body=fields)

    def listed(self, mask: str = "names", **given: Any) -> dict[str, Any]:
        return self.call("people.connections.list", resourceName="people/me", personFields=mask, **given)


@pytest.fixture
def world() -> Iterator[World]:
    clock = Clock()
    with GoogleEmulator(clock=clock) as google:
        google.add_person(CLAIRE, "Claire Martin")
        google.add_client("web", redirect_uris=[BACK])
        yield World(google, clock)


def refused(world: World, method: str, **given: Any) -> tuple[int, str]:
    with pytest.raises(ApiError) as error:
        world.call(method, **given)
    return error.value.code, error.value.reason


def test_googles_own_client_makes_reads_changes_and_deletes_a_contact(world: World) -> None:
    """All that was said comes back, with what the server adds; an old etag, two names and no source are refused."""
    token = world.google.consent(CLAIRE, [CONTACTS])["access_token"]
    with build("people", "v1", credentials=Credentials(token), static_discovery=True,
               client_options={"api_endpoint": world.google.url}) as service:
        people = service.people()
        made = people.createContact(body=ANNA).execute()
        name = made["resourceName"]
        everything = ",".join((*(set(FIELDS) - {"fileAses"}), "metadata", "photos"))
        read = people.get(resourceName=name, personFields=everything).execute()
        changed = people.updateContact(resourceName=name, updatePersonFields="nicknames,emailAddresses", body={
            "metadata": read["metadata"], "emailAddresses": [{"value": "new@example.org"}]}).execute()
        for body in ({"metadata": read["metadata"]}, {}, {"metadata": changed["metadata"], "names": [{}, {}]}):
            with pytest.raises(HttpError) as wrong:
                people.updateContact(resourceName=name, updatePersonFields="names", body=body).execute()
            assert wrong.value.status_code == 400
        people.deleteContact(resourceName=name).execute()
        with pytest.raises(HttpError) as gone:
            people.get(resourceName=name, personFields="names").execute()

    assert made == read
    for field, entries in ANNA.items():
        assert [{**one, **entry} for one, entry in zip(read[field], entries, strict=True)] == read[field], field
    assert read["names"][0]["displayName"] == "Dr. Anna M. Lind, Jr."
    assert read["names"][0]["displayNameLastFirst"] == "Lind, Anna M."
    assert [one["formattedType"] for one in read["emailAddresses"]] == ["Work", "Attic"]
    assert [one["metadata"].get("primary") for one in read["emailAddresses"]] == [True, None]
    assert [one.get("canonicalForm") for one in read["phoneNumbers"]] == ["+49301234567", None]
    assert read["addresses"][0]["formattedValue"] == "1 Way\nOslo 0150\nNorway"
    assert read["photos"][0]["default"] is True
    assert read["memberships"][0]["contactGroupMembership"]["contactGroupResourceName"] == "contactGroups/myContacts"
    assert changed["etag"] != read["etag"]
    assert "nicknames" not in changed
    assert [one["value"] for one in changed["emailAddresses"]] == ["new@example.org"]
    assert changed["phoneNumbers"] == read["phoneNumbers"]
    assert gone.value.status_code == 404


def test_what_a_contact_may_not_have(world: World) -> None:
    """No mask, unknown fields of one, days that no month has, a group that takes nobody in."""
    name = world.contact(names=[{"givenName": "A"}])["resourceName"]
    assert refused(world, "people.get", resourceName=name) == (400, "badRequest")
    assert refused(world, "people.get", resourceName=name, personFields="names,shoes") == (400, "badRequest")
    assert refused(world, "people.connections.list", resourceName=name, personFields="names") == (400, "badRequest")
    for body in ({"birthdays": [{"date": {"month": 4, "day": 31}}]}, {"events": [{"date": {"day": 3}}]},
                 {"memberships": [{"contactGroupMembership": {"contactGroupResourceName": "contactGroups/friends"}}]},
                 {"memberships": [{"contactGroupMembership": {"contactGroupResourceName": "contactGroups/none"}}]},
                 {"biographies": [{"value": "a"}, {"value": "b"}]}):
        assert refused(world, "people.createContact", body=body) == (400, "badRequest")
    assert refused(world, "people.createContact", body={"names": [{"unstructuredName": "Ada of Lund"}]})[0] == 501


def test_contacts_come_a_hundred_at_a_time_and_then_as_changes(world: World) -> None:
    """The default page has 100 of 120; a sync token brings what changed and what is gone, and expires after a week."""
    names = [world.contact(names=[{"givenName": f"C{one:03}"}])["resourceName"] for one in range(120)]
    first = world.listed(requestSyncToken=True)
    assert (len(first["connections"]), first["totalItems"], "nextSyncToken" in first) == (100, 120, False)
    late = world.contact(names=[{"givenName": "Late"}])["resourceName"]
    last = world.listed(requestSyncToken=True, pageToken=first["nextPageToken"])
    assert [one["resourceName"] for one in first["connections"] + last["connections"]] == names
    assert refused(world, "people.connections.list", resourceName="people/me", personFields="names,metadata",
                   requestSyncToken=True, pageToken=first["nextPageToken"]) == (400, "invalid")
    token = last["nextSyncToken"]
    assert [one["resourceName"] for one in world.listed(syncToken=token)["connections"]] == [late]
    world.call("people.deleteContact", resourceName=names[7])
    changed = world.listed(syncToken=token)
    assert {one["resourceName"]: one.get("metadata", {}).get("deleted") for one in changed["connections"]} == {
        late: None, names[7]: True}
    assert world.listed(syncToken=changed["nextSyncToken"]).get("connections") is None
    assert refused(world, "people.connections.list", resourceName="people/me", personFields="photos",
                   syncToken=token) == (400, "badRequest")
    world.clock.now += world.google.settings.sync_token_seconds + 1
    with pytest.raises(ApiError) as expired:
        world.listed(syncToken=changed["nextSyncToken"])
    assert expired.value.body["error"]["details"][0]["reason"] == "EXPIRED_SYNC_TOKEN"
    ordered = world.listed(sortOrder="FIRST_NAME_ASCENDING", pageSize=1000)["connections"]
    assert ordered[0]["names"][0]["givenName"] == "C000"
    assert len(ordered) == 120
    assert refused(world, "people.connections.list", resourceName="people/me", personFields="names",
                   pageSize=1001) == (400, "badRequest")


def test_a_full_listing_may_not_begin_too_often(world: World) -> None:
    """The first page has a quota of its own; later pages and changes since a sync have not."""
    world.google.configure(full_listings_a_minute=1, largest_page=1)
    for name in "AB":
        world.contact(names=[{"givenName": name}])
    first = world.listed(requestSyncToken=True)
    last = world.listed(requestSyncToken=True, pageToken=first["nextPageToken"])
    world.listed(syncToken=last["nextSyncToken"])
    given = {"resourceName": "people/me", "personFields": "names"}
    assert refused(world, "people.connections.list", **given) == (429, "rateLimitExceeded")
    world.clock.now += 61
    assert len(world.listed()["connections"]) == 1


def test_photos_are_at_addresses_of_their_own(world: World) -> None:
    """A drawn one is marked as such, a given one is not and has another address; both need no token."""
    name = world.contact(names=[{"givenName": "A"}])["resourceName"]
    drawn = world.listed("photos")["connections"][0]["photos"][0]
    assert requests.get(drawn["url"], timeout=60).content.startswith(b"\x89PNG")
    given = world.call("people.updateContactPhoto", resourceName=name, body={
        "photoBytes": urlsafe_b64encode(PNG).decode(), "personFields": "photos"})["person"]["photos"][0]
    assert "default" not in given
    assert given["url"] != drawn["url"]
    answer = requests.get(given["url"], timeout=60)
    assert (answer.content, answer.headers["Content-Type"]) == (PNG, "image/png")
    assert refused(world, "people.updateContactPhoto", resourceName=name, body={"photoBytes": "eA=="})[0] == 400
    assert world.call("people.deleteContactPhoto", resourceName=name) == {}
    assert world.listed("photos")["connections"][0]["photos"] == [drawn]


def test_the_profile_of_a_contact_is_beside_what_its_owner_wrote(world: World) -> None:
    """Two names from two sources; the owner's is the primary one, and alone when only contacts are asked for."""
    name = world.contact(names=[{"givenName": "Mum"}])["resourceName"]
    world.google.act("people.link_profile", CLAIRE, contact=name, name="Maria Martin")
    names = world.listed()["connections"][0]["names"]
    assert [(one["displayName"], one["metadata"]["source"]["type"], one["metadata"].get("primary"))
            for one in names] == [("Mum", "CONTACT", True), ("Maria Martin", "PROFILE", None)]
    alone = world.listed(sources=["READ_SOURCE_TYPE_CONTACT"])["connections"][0]["names"]
    assert [one["displayName"] for one in alone] == ["Mum"]


def test_groups_are_thirty_a_page_and_have_no_members_unless_asked(world: World) -> None:
    """Of 8 of the system's and 25 of hers the first page has 30; maxMembers of 0, the default, gives no member."""
    made = [world.call("contactGroups.create", body={"contactGroup": {"name": f"Crew {one}"}}) for one in range(25)]
    first = world.call("contactGroups.list")
    rest = world.call("contactGroups.list", pageToken=first["nextPageToken"])
    assert (len(first["contactGroups"]), len(rest["contactGroups"]), first["totalItems"]) == (30, 3, 33)
    assert "nextSyncToken" in rest
    system = {one["name"]: one for one in first["contactGroups"] if one["groupType"] == "SYSTEM_CONTACT_GROUP"}
    assert {"myContacts", "starred", "friends", "chatBuddies"} <= system.keys()
    assert system["myContacts"]["formattedName"] == "My Contacts"
    crew, membership = made[0]["resourceName"], {"contactGroupMembership": {"contactGroupResourceName": ""}}
    membership["contactGroupMembership"]["contactGroupResourceName"] = crew
    members = [world.contact(names=[{"givenName": str(one)}], memberships=[membership])["resourceName"]
               for one in range(3)]
    assert "memberResourceNames" not in world.call("contactGroups.get", resourceName=crew)
    assert world.call("contactGroups.get", resourceName=crew, maxMembers=2)["memberResourceNames"] == members[:2]
    got = world.call("contactGroups.batchGet", resourceNames=[crew, "contactGroups/none"])["responses"]
    assert got[0]["contactGroup"]["memberCount"] == 3
    assert "memberResourceNames" not in got[0]["contactGroup"]
    assert got[1]["status"]["code"] == 5
    assert refused(world, "contactGroups.create", body={"contactGroup": {"name": "crew 3"}}) == (409, "alreadyExists")
    assert refused(world, "contactGroups.delete", resourceName="contactGroups/starred")[0] == 400
    assert refused(world, "contactGroups.get", resourceName="contactGroups/none")[0] == 404


def test_a_contact_is_always_in_a_group(world: World) -> None:
    """It cannot leave its last one; when that is deleted it is in My Contacts, or deleted with it."""
    anna, bo = (world.contact(names=[{"givenName": name}])["resourceName"] for name in ("Anna", "Bo"))
    crew = world.call("contactGroups.create", body={"contactGroup": {"name": "Crew"}})["resourceName"]
    modify = {"resourceName": crew, "body": {"resourceNamesToAdd": [anna, bo, "people/c0"]}}
    assert world.call("contactGroups.members.modify", **modify) == {"notFoundResourceNames": ["people/c0"]}
    mine = {"resourceName": "contactGroups/myContacts", "body": {"resourceNamesToRemove": [anna]}}
    assert world.call("contactGroups.members.modify", **mine) == {}
    again = world.call("contactGroups.members.modify", resourceName=crew, body={"resourceNamesToRemove": [anna, bo]})
    assert again == {"canNotRemoveLastContactGroupResourceNames": [anna]}
    assert refused(world, "contactGroups.members.modify", resourceName="contactGroups/family",
                   body={"resourceNamesToAdd": [bo]})[0] == 400
    world.call("contactGroups.delete", resourceName=crew)
    groups = [one["memberships"][0]["contactGroupMembership"]["contactGroupId"]
              for one in world.listed("memberships")["connections"]]
    assert groups == ["myContacts", "myContacts"]


def test_other_contacts_need_a_scope_of_their_own(world: World) -> None:
    """They are no connections, and their fields are few."""
    world.google.act("people.correspond", CLAIRE, email="shop@example.org", name="Shop")
    scopes = {one: world.google.consent(CLAIRE, [one])["access_token"] for one in (f"{CONTACTS}.readonly", OTHERS)}
    answers = [requests.get(f"{world.google.url}v1/otherContacts", {"readMask": "names,emailAddresses"}, timeout=60,
                            headers={"Authorization": f"Bearer {token}"}) for token in scopes.values()]
    assert [one.status_code for one in answers] == [403, 200]
    found = answers[1].json()["otherContacts"]
    assert [(one["names"][0]["displayName"], one["emailAddresses"][0]["value"]) for one in found] == [
        ("Shop", "shop@example.org")]
    assert "connections" not in world.listed()
    assert refused(world, "otherContacts.list", readMask="names,biographies") == (400, "badRequest")
