"""The Gmail API, by google-api-python-client, which is Google's own, and by raw HTTP."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
import requests
from google.oauth2.credentials import Credentials
from googleapiclient.discovery import build
from googleapiclient.errors import HttpError

from emulators.google import GoogleEmulator, Label
from emulators.google.mailboxes import system_labels
from emulators.google.scopes import MAIL
from emulators.google.shapes import ShapeError, checked
from tests.contract.google_emulator.app import BACK, BOB, CALENDAR, CLAIRE, App, Clock

WORK = Label(id="Label_1", name="Work/Résumés", messages_total=7, messages_unread=2, threads_total=5, threads_unread=1,
             label_list_visibility="labelShowIfUnread", message_list_visibility="show")
BARE = Label(id="Label_2", name="bare")


class Filled:
    """What a mail server would tell."""

    def messages_total(self, address: str) -> int:
        return {CLAIRE: 3000}.get(address, 0)

    def threads_total(self, address: str) -> int:
        return self.messages_total(address) // 2

    def labels(self, address: str) -> Sequence[Label]:
        return [*system_labels(), WORK, BARE]


@pytest.fixture
def app() -> App:
    """Two people with mail."""
    google = GoogleEmulator(clock=(clock := Clock()), mailboxes=Filled())
    google.add_person(CLAIRE, aliases=["c.martin@example.org"])
    google.add_person(BOB)
    google.add_client("web", redirect_uris=[BACK])
    return App(google, clock)


def token(app: App, *scopes: str) -> str:
    found: str = app.google.consent(CLAIRE, scopes or [MAIL])["access_token"]
    return found


def refused(answer: requests.Response) -> tuple[int, str, str]:
    """Of an error in the form of Google's APIs."""
    error = answer.json()["error"]
    assert answer.status_code == error["code"]
    assert error["errors"][0]["domain"] == "global"
    return error["code"], error["status"], error["errors"][0]["reason"]


def test_googles_own_client_reads_profile_and_labels(app: App) -> None:
    """getProfile, labels.list without counts, labels.get with them; visibilities where somebody has set one."""
    with app.google as google, build("gmail", "v1", credentials=Credentials(token(app)), static_discovery=True,
                                     client_options={"api_endpoint": google.url}) as gmail:
        profile = gmail.users().getProfile(userId="me").execute()
        labels = {one["id"]: one for one in gmail.users().labels().list(userId=CLAIRE).execute()["labels"]}
        work = gmail.users().labels().get(userId="me", id="Label_1").execute()
        with pytest.raises(HttpError) as missing:
            gmail.users().labels().get(userId="me", id="Label_9").execute()

    assert profile == {"emailAddress": CLAIRE, "messagesTotal": 3000, "threadsTotal": 1500, "historyId": "1"}
    assert labels["Label_1"] == {"id": "Label_1", "name": "Work/Résumés", "type": "user",
                                 "labelListVisibility": "labelShowIfUnread", "messageListVisibility": "show"}
    assert labels["Label_2"] == {"id": "Label_2", "name": "bare", "type": "user"}
    assert {"INBOX", "SENT", "SPAM", "TRASH", "DRAFT", "STARRED", "CHAT", "CATEGORY_SOCIAL"} <= labels.keys()
    assert work == labels["Label_1"] | {"messagesTotal": 7, "messagesUnread": 2, "threadsTotal": 5, "threadsUnread": 1}
    assert missing.value.status_code == 404


def test_what_it_refuses(app: App) -> None:
    """No token, a token for something else, somebody else's mailbox, an alias, no Gmail, an unknown parameter."""
    with app.google as google:
        mail = token(app)
        assert refused(app.api("gmail/v1/users/me/profile", "")) == (401, "UNAUTHENTICATED", "authError")
        other = app.api("gmail/v1/users/me/labels", token(app, CALENDAR))
        assert refused(other) == (403, "PERMISSION_DENIED", "insufficientPermissions")
        assert other.json()["error"]["details"][0]["reason"] == "ACCESS_TOKEN_SCOPE_INSUFFICIENT"
        for user in (BOB, "c.martin@example.org"):
            assert refused(app.api(f"gmail/v1/users/{user}/labels", mail)) == (403, "PERMISSION_DENIED", "forbidden")
        for query in ({"userId": "me"}, {"alt": "media"}, {"access_token": mail}):
            found = refused(app.api("gmail/v1/users/me/labels", mail, **query))
            assert found == (400, "INVALID_ARGUMENT", "badRequest")
        google.change_person(CLAIRE, gmail=False)
        assert refused(app.api("gmail/v1/users/me/profile", mail)) == (400, "FAILED_PRECONDITION", "failedPrecondition")


@pytest.mark.parametrize(("name", "path", "enough"), [
    ("gmail.labels", "labels", True), ("gmail.labels", "profile", False), ("gmail.readonly", "profile", True),
    ("gmail.metadata", "labels/INBOX", True), ("gmail.send", "labels", False),
    ("gmail.settings.basic", "labels", False),
])
def test_each_method_has_the_scopes_of_the_discovery_document(app: App, name: str, path: str, enough: bool) -> None:
    """Some are enough for labels and not for the profile, and the other way round."""
    with app.google:
        answer = app.api(f"gmail/v1/users/me/{path}", token(app, f"https://www.googleapis.com/auth/{name}"))
        assert (answer.status_code == 200) is enough


def test_an_answer_of_another_shape_fails_loudly(app: App) -> None:
    """A count that is no number, a label with an unknown visibility: the call fails, and so does the test."""
    wrong = replace(WORK, label_list_visibility="labelSometimes", messages_total="7")   # type: ignore[arg-type]
    app.google._state.mailboxes.labels = lambda _: [wrong]      # type: ignore[method-assign]
    with pytest.raises(AssertionError, match="labelSometimes"), app.google:
        assert app.api("gmail/v1/users/me/labels", token(app)).status_code == 500


@pytest.mark.parametrize("answer", [
    {"messagesTotal": "7"}, {"messagesTotal": 2**31}, {"messagesTotal": True}, {"historyId": 1}, {"historyId": "-1"},
    {"emailAddress": None}, {"address": CLAIRE},
])
def test_shapes_are_those_of_the_discovery_document(answer: dict[str, object]) -> None:
    """A wrong type, a number out of its range, an unknown field: none is answered."""
    with pytest.raises(ShapeError):
        checked("gmail.v1", "Profile", answer)
    assert checked("gmail.v1", "Profile", {"messagesTotal": 7, "historyId": "1"})
