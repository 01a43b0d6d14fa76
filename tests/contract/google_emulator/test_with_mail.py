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

from emulators.google.scopes import IMAP_ADMIN, MAIL
from tests.contract.gmail_imap.world import few, trusting
from tests.contract.google_emulator.app import BACK, BOB, CALENDAR, CLAIRE
from tests.servers.google.world import GoogleWorld, google_world
from tests.servers.mail_servers import dovecot

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


def test_whoever_is_let_in_is_let_into_both(tmp_path: Path) -> None:
    """Consent and a service account's word open IMAP and the API, over TLS; what IMAP shows, the API counts."""
    with google_world(tmp_path, [CLAIRE, BOB], seeds={CLAIRE: few()}) as world:
        world.google.add_client("web", redirect_uris=[BACK])
        token = world.google.consent(CLAIRE, [MAIL])["access_token"]
        counts = existing(world, token, "[Gmail]/All Mail", "[Gmail]/Spam", "[Gmail]/Trash", "INBOX", "Work")
        assert told(world, token, "profile")["messagesTotal"] == sum(counts[:3]) == 6
        ids = {one["name"]: one["id"] for one in told(world, token, "labels")["labels"]}
        labels = [told(world, token, f"labels/{ids[name]}") for name in ("SPAM", "TRASH", "INBOX", "Work")]
        assert [one["messagesTotal"] for one in labels] == counts[1:]
        acting = service_account_token(world, IMAP_ADMIN)
        assert existing(world, acting, "[Gmail]/All Mail") == counts[:1]

        bob, narrow = (world.google.consent(who, [scope])["access_token"] for who, scope in (
            (BOB, MAIL), (CLAIRE, CALENDAR)))
        assert told(world, bob, "profile")["messagesTotal"] == 0
        world.google.revoke(CLAIRE)
        for dead in (token, narrow, bob):
            with pytest.raises(LoginError):
                existing(world, dead)
        assert told(world, token, "profile")["error"]["code"] == 401
        assert existing(world, acting, "[Gmail]/All Mail") == counts[:1]


def service_account_token(world: GoogleWorld, *scopes: str) -> str:
    """By google-auth, from the token endpoint."""
    world.google.add_service_account()
    world.google.delegate("example.org", scopes)
    made = service_account.Credentials.from_service_account_info(
        world.google.service_account_file(), scopes=scopes, subject=CLAIRE)
    with requests.Session() as session:
        session.verify, session.trust_env = str(world.ca_file), False       # else REQUESTS_CA_BUNDLE wins
        made.refresh(Request(session))
    return str(made.token)
