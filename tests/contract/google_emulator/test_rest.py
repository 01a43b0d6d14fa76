"""What all REST methods share: parameters, bodies, scopes, quotas, pages, faults, by raw HTTP and in process."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
import requests

from emulators.google import Fault, GoogleEmulator, NotPossibleError
from emulators.google.control import Control
from emulators.google.errors import ApiError
from emulators.google.people import Person
from emulators.google.rest.documents import APIS, methods, routed
from emulators.google.rest.paging import PAGES, sentence
from emulators.google.rest.partial import partial
from emulators.google.rest.room import Request
from tests.contract.google_emulator.app import BACK, CALENDAR, CLAIRE, Clock

TASKS = "https://www.googleapis.com/auth/tasks"
PEOPLE = "https://www.googleapis.com/auth/contacts"
LISTS = "tasks/v1/users/@me/lists"


@dataclass
class Rest:
    """Claire's app, and the emulator with a method of the test's own."""

    google: GoogleEmulator
    clock: Clock
    token: str

    def get(self, path: str, *, token: str | None = None, **query: Any) -> requests.Response:
        return self.send("GET", path, token=token, params=query)

    def send(self, verb: str, path: str, *, token: str | None = None, **sent: Any) -> requests.Response:
        held = {"Authorization": f"Bearer {self.token if token is None else token}"}
        return requests.request(verb, f"{self.google.url}{path}", headers=held, timeout=60, **sent)


def numbered(request: Request) -> dict[str, Any]:
    """An own tasklists.list, over as many lists as `many` has."""
    shown, token = request.page(many, str)
    return {"items": [{"id": f"l{one}"} for one in shown], **({} if token is None else {"nextPageToken": token})}


many: list[int] = []


@pytest.fixture
def rest() -> Iterator[Rest]:
    many[:] = range(7)
    clock = Clock()
    with GoogleEmulator(clock=clock) as google:
        google.add_person(CLAIRE, "Claire")
        google.add_client("web", redirect_uris=[BACK])
        room = google._served.room
        room.register("tasks.tasklists.list", numbered)
        room.register("tasks.tasklists.insert", lambda request: request.given)
        room.register("tasks.tasklists.delete", lambda request: None)
        room.register("calendar.events.list", lambda request: {"timeZone": str(request.parameters)})
        room.register("people.contactGroups.list", lambda request: {"totalItems": 0})
        yield Rest(google, clock, google.consent(CLAIRE, [TASKS, PEOPLE, CALENDAR])["access_token"])


def refused(answer: requests.Response) -> tuple[int, str, str]:
    """Status, name of the status ("" without one) and reason ("" without `errors`)."""
    error = answer.json()["error"]
    assert error["code"] == answer.status_code
    return error["code"], error.get("status", ""), error["errors"][0]["reason"] if "errors" in error else ""


@pytest.mark.parametrize("method", PAGES)
def test_the_sentences_on_page_sizes_still_stand(method: str) -> None:
    """Default and maximum of every listing are those of the sentence in Google's document."""
    stated = PAGES[method]
    assert stated.sentence in sentence(method)
    assert str(stated.default) in stated.sentence
    assert str(stated.maximum) in stated.sentence
    assert stated.default == int(methods()[method].parameters[stated.parameter].get("default", stated.default))


def test_every_listing_that_has_pages_has_its_sentence(rest: Rest) -> None:
    """No method is answered that takes a page token and has no row in the table."""
    answered = rest.google._served.room._works
    assert [one for one in answered if "pageToken" in methods()[one].parameters and one not in PAGES] == []
    assert len(answered) > 50


def test_every_path_of_the_documents_leads_to_its_method() -> None:
    """All methods of four documents, ids with a slash, an @ and a colon in them; a path of none is none."""
    assert {one.api for one in methods().values()} == APIS.keys()
    for one in methods().values():
        path = one.path.replace("{+resourceName}", str(one.parameters.get("resourceName", {}).get("pattern", ""))
                                .strip("^$").replace("[^/]+", "c1"))
        path = path.replace("{+parent}", "people/c1")
        for name in one.places:
            path = path.replace("{" + name + "}", "%40me%2F1")
        found = routed(one.verb, path)
        assert found is not None, path
        assert found[0].id == one.id
    assert routed("GET", "/calendar/v3/calendars/a%23b%40group.v.calendar.google.com/events") == (
        methods()["calendar.events.list"], {"calendarId": "a#b@group.v.calendar.google.com"})
    assert routed("GET", "/v1/people/c1:deleteContact") is None


@pytest.mark.parametrize(("path", "query", "reason"), [
    (LISTS, {"maxresults": "3"}, "badRequest"), (LISTS, {"maxResults": "x"}, "invalidParameter"),
    (LISTS, {"maxResults": str(2**31)}, "invalidParameter"), (LISTS, {"maxResults": ["3", "4"]}, "badRequest"),
    (LISTS, {"maxResults": "0"}, "badRequest"), (LISTS, {"maxResults": "1001"}, "badRequest"),
    (LISTS, {"pageToken": "made-up"}, "invalid"), (LISTS, {"access_token": "x"}, "badRequest"),
    (LISTS, {"alt": "media"}, "badRequest"), (LISTS, {"fields": "items("}, "invalidParameter"),
    ("calendar/v3/calendars/c/events", {"singleEvents": "yes"}, "invalidParameter"),
    ("calendar/v3/calendars/c/events", {"orderBy": "title"}, "invalidParameter"),
    ("calendar/v3/calendars/c/events", {"maxResults": "0"}, "invalidParameter"),
    ("calendar/v3/calendars/c/events", {"timeMin": "2026-01-01T00:00:00"}, "invalidParameter"),
    ("calendar/v3/calendars/c/events", {"eventTypes": ["default", "odd"]}, "invalidParameter"),
    ("v1/contactGroups", {"groupFields": "name;"}, ""),
])
def test_a_wrong_parameter_is_refused(rest: Rest, path: str, query: dict[str, Any], reason: str) -> None:
    """Unknown, of a wrong type, out of its range, not among its values, twice: 400, in the form of the API."""
    status = "" if path.startswith("calendar") else "INVALID_ARGUMENT"
    assert refused(rest.get(path, **query)) == (400, status, reason)


def test_parameters_have_their_type_and_the_documents_default(rest: Rest) -> None:
    """Of events.list: a repeated one as a list, a boolean, the default page of 250."""
    answer = rest.get("calendar/v3/calendars/c%231/events", eventTypes=["default", "birthday"], showDeleted="true")
    assert answer.json()["timeZone"] == str({
        "calendarId": "c#1", "eventTypes": ["default", "birthday"], "showDeleted": True, "maxResults": 250})


def test_a_body_is_held_against_its_schema(rest: Rest) -> None:
    """Unknown fields, wrong types, no JSON, none at all: 400. Output-only fields are ignored."""
    for sent in ({"json": {"name": "x"}}, {"json": {"title": 3}}, {"json": ["title"]}, {"json": None}, {"data": b"{"},
                 {"data": b"{", "headers": {}}):
        sent.pop("headers", None)
        assert rest.send("POST", LISTS, **sent).status_code == 400
    assert rest.send("POST", LISTS, json={"title": "A", "kind": "odd", "updated": "never"}).json() == {"title": "A"}
    deleted = rest.send("DELETE", f"{LISTS}/l1")
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert rest.send("DELETE", f"{LISTS}/l1", json={}).status_code == 400
    assert rest.send("POST", f"{LISTS}/l1").status_code == 404
    unknown = rest.get("v1/people:searchContacts", query="a", readMask="names")
    assert refused(unknown) == (501, "UNIMPLEMENTED", "")


def test_who_may_not(rest: Rest) -> None:
    """No token, a dead one, one for something else, an API that nobody has enabled: each in Google's words."""
    assert refused(rest.get(LISTS, token="")) == (401, "UNAUTHENTICATED", "authError")
    other = rest.google.consent(CLAIRE, [CALENDAR])["access_token"]
    found = rest.get(LISTS, token=other)
    assert refused(found) == (403, "PERMISSION_DENIED", "insufficientPermissions")
    assert found.json()["error"]["details"][0]["metadata"]["method"] == "tasks.tasklists.list"
    readonly = rest.google.consent(CLAIRE, [f"{TASKS}.readonly"])["access_token"]
    assert rest.get(LISTS, token=readonly).status_code == 200
    assert rest.send("POST", LISTS, token=readonly, json={}).status_code == 403
    rest.google.configure(disabled_apis=("tasks", "people"))
    found = rest.get(LISTS)
    assert refused(found) == (403, "PERMISSION_DENIED", "accessNotConfigured")
    assert found.json()["error"]["details"][0]["reason"] == "SERVICE_DISABLED"
    assert refused(rest.get("v1/contactGroups")) == (403, "PERMISSION_DENIED", "")
    rest.clock.now += 4000
    assert refused(rest.get(LISTS)) == (401, "UNAUTHENTICATED", "authError")


def pages(rest: Rest, **query: Any) -> list[list[str]]:
    found: list[list[str]] = []
    while not found or "pageToken" in query:
        answer = rest.get(LISTS, **query).json()
        found.append([one["id"] for one in answer["items"]])
        query = query | {"pageToken": answer["nextPageToken"]} if "nextPageToken" in answer else {}
    return found


def test_pages_lead_through_a_listing(rest: Rest) -> None:
    """Each entry once; what is made meanwhile is on none, what goes is missing; a token has a query and a time."""
    assert pages(rest, maxResults=3) == [["l0", "l1", "l2"], ["l3", "l4", "l5"], ["l6"]]
    token = rest.get(LISTS, maxResults=3).json()["nextPageToken"]
    many.remove(4)
    many.append(9)
    assert [one["id"] for one in rest.get(LISTS, maxResults=3, pageToken=token).json()["items"]] == ["l3", "l5"]
    assert refused(rest.get(LISTS, maxResults=2, pageToken=token)) == (400, "INVALID_ARGUMENT", "invalid")
    rest.clock.now += rest.google.settings.page_token_seconds
    rest.token = rest.google.consent(CLAIRE, [TASKS])["access_token"]
    assert refused(rest.get(LISTS, maxResults=3, pageToken=token)) == (400, "INVALID_ARGUMENT", "invalid")
    rest.google.configure(largest_page=4)
    assert [len(one) for one in pages(rest, maxResults=100)] == [4, 3]


@pytest.mark.parametrize(("path", "limits", "expected"), [
    (LISTS, {"user_minute": {"tasks": 2}}, (429, "RESOURCE_EXHAUSTED", "rateLimitExceeded")),
    (LISTS, {"project_day": {"tasks": 2}}, (403, "PERMISSION_DENIED", "dailyLimitExceeded")),
    ("v1/contactGroups", {"user_minute": {"people": 2}}, (429, "RESOURCE_EXHAUSTED", "")),
    ("calendar/v3/calendars/c/events", {"user_minute": {"calendar": 2}}, (403, "", "userRateLimitExceeded")),
    ("calendar/v3/calendars/c/events", {"user_minute": {"calendar": 2}, "limits_as_429": True},
     (429, "", "rateLimitExceeded")),
])
def test_a_quota_is_a_sliding_window(rest: Rest, path: str, limits: Any, expected: tuple[int, str, str]) -> None:
    """What is over it is refused, as that API does it and without Retry-After, until the first calls are old enough."""
    rest.google.configure(**limits)
    assert rest.get(path).status_code == 200
    rest.clock.now += 30
    assert rest.get(path).status_code == 200
    over = rest.get(path)
    assert refused(over) == expected
    assert "Retry-After" not in over.headers
    if "dailyLimitExceeded" in expected:
        return
    rest.clock.now += 31
    assert [rest.get(path).status_code for _ in range(2)] == [200, expected[0]]


def test_faults_hit_one_method_and_calls_are_known_by_it(rest: Rest) -> None:
    """A fault of a method leaves the others alone; one of an API hits them all; `requests` says which method it was."""
    rest.google.add_fault(Fault(endpoint="tasks.tasklists.list", action="status", status=500))
    rest.google.add_fault(Fault(endpoint="people", action="error", status=403, error="x"))
    rest.google.add_fault(Fault(endpoint="tasks.tasklists.list", skip=1, action="garbage", status=200))
    assert rest.send("POST", LISTS, json={}).status_code == 200
    assert rest.get(LISTS).status_code == 500
    assert "kind" not in rest.get(LISTS).text
    assert rest.get(LISTS).json()["items"]
    assert refused(rest.get("v1/contactGroups")) == (403, "PERMISSION_DENIED", "")
    assert [(one.endpoint, one.method, one.status) for one in rest.google.requests[-5:]] == [
        ("tasks", "tasks.tasklists.insert", 200), ("tasks", "tasks.tasklists.list", 500),
        ("tasks", "tasks.tasklists.list", 200), ("tasks", "tasks.tasklists.list", 200),
        ("people", "people.contactGroups.list", 403)]
    with pytest.raises(ValueError, match="no endpoint"):
        rest.google.add_fault(Fault(endpoint="tasks.tasklists.lists", action="drop"))


def test_answers_can_be_partial() -> None:
    """`fields` keeps what it names, below lists too."""
    answer = {"kind": "k", "items": [{"id": "1", "a": {"b": 1, "c": 2}}, {"id": "2"}], "etag": "e"}
    assert partial(answer, "items(id,a/b)") == {"items": [{"id": "1", "a": {"b": 1}}, {"id": "2"}]}
    assert partial(answer, "kind,items/*/b") == {"kind": "k", "items": [{"id": "1", "a": {"b": 1}}, {"id": "2"}]}


def test_seeding_goes_through_the_same_checks(rest: Rest) -> None:
    """In process and from another one: a method by its id, its parameters and its body, with Google's refusals."""
    assert rest.google.call("tasks.tasklists.insert", CLAIRE, body={"title": "A"}) == {"title": "A"}
    assert rest.google.call("tasks.tasklists.delete", CLAIRE, tasklist="l1") == {}
    with pytest.raises(ApiError, match="titel"):
        rest.google.call("tasks.tasklists.insert", CLAIRE, body={"titel": "A"})
    control = Control(rest.google.control_url)
    listed = control.call("call", method_id="tasks.tasklists.list", address=CLAIRE, maxResults=1)
    assert listed["items"] == [{"id": "l0"}]
    with pytest.raises(NotPossibleError, match="maxResults"):
        control.call("call", method_id="tasks.tasklists.list", address=CLAIRE, maxResults=True)
    rest.google._served.room.register_act("test.greet", lambda person, word: f"{word} {_name(person)}")
    assert control.call("act", name="test.greet", address=CLAIRE, word="Hello") == "Hello Claire"
    with pytest.raises(LookupError):
        rest.google.act("test.leave", CLAIRE)


def _name(person: Person) -> str:
    return person.name


def test_a_page_may_be_empty_though_more_follow(rest: Rest) -> None:
    """Of events.list alone the document says so; there the first page is empty, if the setting wants it."""
    rest.google._served.room.register("calendar.events.list", numbered)
    rest.google.configure(sparse_pages=True)
    first = rest.get("calendar/v3/calendars/c/events").json()
    assert first["items"] == []
    rest_of_it = rest.get("calendar/v3/calendars/c/events", pageToken=first["nextPageToken"]).json()
    assert len(rest_of_it["items"]) == 7
    assert len(rest.get(LISTS).json()["items"]) == 7
    assert [name for name, one in PAGES.items() if one.sparse] == ["calendar.events.list"]
