"""OAuth, the Gmail API and Gmail's IMAP together: one token opens both, and both tell of the same mail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import requests
from google.auth.transport.requests import Request
from google.oauth2 import service_account
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from emulators.google.imap.labels import System
from emulators.google.scopes import IMAP_ADMIN, MAIL
from tests.contract.gmail_imap.world import few, trusting
from tests.contract.google_emulator.app import BACK, BOB, CALENDAR, CLAIRE
from tests.servers import dovecot
from tests.servers.google_world import GoogleWorld, google_world

pytestmark = pytest.mark.skipif(not dovecot.installed(), reason=dovecot.MISSING)


def told(world: GoogleWorld, token: str, path: str) -> Any:
    """What the Gmail API says."""
    return requests.get(f"{world.google.url}gmail/v1/users/me/{path}", timeout=60, verify=str(world.ca_file),
                        headers={"Authorization": f"Bearer {token}"}).json()


def existing(world: GoogleWorld, token: str, *folders: str) -> list[int]:
    """How many messages folders show over IMAP; raises LoginError."""
    tls = trusting(world.ca_file)
    with IMAPClient(world.gmail.host, world.gmail.port, ssl_context=tls, timeout=60) as client:
        client.oauth2_login(CLAIRE, token)
        return [client.select_folder(one, readonly=True)[b"EXISTS"] for one in folders]


def test_one_token_opens_both_and_they_agree(tmp_path: Path) -> None:
    """The profile counts what IMAP shows, labels their folders; a revoked token, or one of less, opens neither."""
    with google_world(tmp_path, [CLAIRE, BOB], seeds={CLAIRE: few()}) as world:
        world.google.add_client("web", redirect_uris=[BACK])
        token = world.google.consent(CLAIRE, [MAIL])["access_token"]
        counts = existing(world, token, "[Gmail]/All Mail", "[Gmail]/Spam", "[Gmail]/Trash", "INBOX", "Work")
        assert told(world, token, "profile")["messagesTotal"] == sum(counts[:3]) == 6

        ids = {one["name"]: one["id"] for one in told(world, token, "labels")["labels"]}
        labels = {name: told(world, token, f"labels/{number}") for name, number in ids.items()}
        seen = [labels[name]["messagesTotal"] for name in ("SPAM", "TRASH", "INBOX", "Work")]
        assert seen == counts[1:]
        assert (labels["Empty"]["messagesTotal"], labels["UNREAD"]["messagesTotal"]) == (0, counts[0])
        world.gmail.mailbox(CLAIRE).deliver(b"Subject: new\r\n\r\nx\r\n", [System.INBOX, "Work"], flags=["\\Seen"])
        work = told(world, token, f"labels/{ids['Work']}")
        assert (work["messagesTotal"], work["messagesUnread"]) == (counts[4] + 1, counts[4])
        bob = world.google.consent(BOB, [MAIL])["access_token"]
        assert told(world, bob, "profile")["messagesTotal"] == 0

        for narrow in (world.google.consent(CLAIRE, [CALENDAR])["access_token"], bob):
            with pytest.raises(LoginError):
                existing(world, narrow)
        world.google.revoke(CLAIRE)
        with pytest.raises(LoginError):
            existing(world, token)
        assert told(world, token, "profile")["error"]["code"] == 401


def test_a_service_account_signs_in_for_a_person(tmp_path: Path) -> None:
    """Its token of gmail.imap_admin opens that person's IMAP, over a token endpoint with TLS."""
    with google_world(tmp_path, [CLAIRE], seeds={CLAIRE: few()}) as world:
        world.google.add_service_account()
        world.google.delegate("example.org", [IMAP_ADMIN])
        made = service_account.Credentials.from_service_account_info(
            world.google.service_account_file(), scopes=[IMAP_ADMIN], subject=CLAIRE)
        session = requests.Session()
        session.verify, session.trust_env = str(world.ca_file), False       # else REQUESTS_CA_BUNDLE wins
        made.refresh(Request(session))
        assert existing(world, made.token, "[Gmail]/All Mail") == [4]
        session.close()
