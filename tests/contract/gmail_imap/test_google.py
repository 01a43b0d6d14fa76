"""Gmail's IMAP beside the rest of the Google emulator: the same tokens, the same mail."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from imapclient.exceptions import IMAPClientAbortError, LoginError

from emulators.google import GoogleEmulator
from tests.contract.gmail_imap.world import World, few
from tests.servers.gmail.account import MAIL, Gmail, ImapMailboxes, Person, Settings, gmail

WHO = "ann@gmail.example"
READ = "https://www.googleapis.com/auth/gmail.readonly"


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[GoogleEmulator, Gmail]]:
    """The emulator whose tokens open the mail, and the mail."""

    def introspected(token: str) -> dict[str, Any]:
        return google.introspect(token)

    with gmail(tmp_path_factory.mktemp("google"), [Person(WHO)], introspected, seeds={WHO: few()},
               settings=Settings(recheck_tokens=True)) as mail:
        google = GoogleEmulator(mailboxes=ImapMailboxes(mail.control))
        with google:
            google.add_person(WHO, test_user=True)
            google.add_client("web", redirect_uris=["http://127.0.0.1:9/back"])
            yield google, mail


def test_one_grant_opens_the_mail_and_counts_it(both: tuple[GoogleEmulator, Gmail]) -> None:
    """What was consented to opens IMAP, and the Gmail API tells of the same labels; revoked, it opens nothing more."""
    google, mail = both
    token = google.consent(WHO, [MAIL])["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    world = World(mail, {}, few(), [0.0])
    mail.mailbox(WHO).deliver(b"Subject: new\r\n\r\nnew\r\n", ["Work"])
    with world.client(WHO, token) as client:
        assert client.select_folder("Work", readonly=True)[b"EXISTS"] == 3
        profile = requests.get(f"{google.url}gmail/v1/users/me/profile", headers=headers, timeout=60).json()
        labels = requests.get(f"{google.url}gmail/v1/users/me/labels", headers=headers, timeout=60).json()["labels"]
        ids = {one["name"]: one["id"] for one in labels}
        work = requests.get(f"{google.url}gmail/v1/users/me/labels/{ids['Work']}", headers=headers, timeout=60).json()
        assert profile["messagesTotal"] == 7
        assert {"Work", "Empty"} == {one["name"] for one in labels if one["type"] == "user"}
        assert (work["messagesTotal"], work["messagesUnread"]) == (3, 3)

        google.revoke(WHO)
        with pytest.raises(IMAPClientAbortError, match="Session expired"):
            client.list_folders()
    with pytest.raises(LoginError, match="AUTHENTICATIONFAILED"), world.client(WHO, token):
        pass


def test_a_label_made_by_the_api_is_a_folder_and_filters_take_it(both: tuple[GoogleEmulator, Gmail]) -> None:
    """Over IMAP it is there at once, under the id that a filter has."""
    google, mail = both
    made = google.call("gmail.users.labels.create", WHO, body={
        "name": "Work/Résumés", "labelListVisibility": "labelShow", "messageListVisibility": "show"})
    google.call("gmail.users.settings.filters.create", WHO, body={
        "criteria": {"from": "jobs@example.org"}, "action": {"addLabelIds": [made["id"]]}})
    assert "Work/Résumés" in mail.mailbox(WHO).labels
    assert google.deliver(WHO, {"from": "jobs@example.org", "to": WHO, "subject": "Hi"}).names == ("Work/Résumés",)


def test_a_grant_that_is_not_for_mail_opens_none(both: tuple[GoogleEmulator, Gmail]) -> None:
    """Reading by the API alone is too narrow for IMAP."""
    google, mail = both
    token = google.consent(WHO, [READ])["access_token"]
    with pytest.raises(LoginError, match="AUTHENTICATIONFAILED"), World(mail, {}, few(), [0.0]).client(WHO, token):
        pass
