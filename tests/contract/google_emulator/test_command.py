"""The emulator in a process of its own, with TLS, and driven from outside."""

from __future__ import annotations

import json
import socket
import ssl
import subprocess
import sys
from pathlib import Path

import pytest
import requests
from imapclient import IMAPClient

from emulators.google import GoogleEmulator, NotPossibleError
from emulators.google.control import Control
from emulators.google.scopes import IMAP_ADMIN, MAIL
from tests.contract.google_emulator.app import BACK, CLAIRE, App, Clock, parameters
from tests.servers.certificates import certificate
from tests.servers.google.browser import GoogleBrowser

ROOT = Path(__file__).parents[3]


def test_the_command_says_where_it_is_and_what_the_apps_files_are(tmp_path: Path) -> None:
    """One line of JSON: addresses and both client files, over TLS; people consent, have mail, and can be controlled."""
    files = certificate(tmp_path)
    process = subprocess.Popen(
        [sys.executable, "-m", "emulators.google", "--person", f"{CLAIRE}=Claire Martin", "--redirect-uri", BACK,
         "--tls-cert", str(files.chain), "--tls-key", str(files.key), "--mail", str(tmp_path / "mail")],
        cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout is not None
        line = json.loads(process.stdout.readline())
        control = Control(line["control"], files.ca)
        told = control.call("consent", address=CLAIRE, scopes=[MAIL])
        profile = requests.get(f"{line['url']}gmail/v1/users/me/profile", timeout=60, verify=str(files.ca),
                               headers={"Authorization": f"Bearer {told['access_token']}"})
        tls = ssl.create_default_context(cafile=line["imap"]["ca"])
        with IMAPClient(line["imap"]["host"], line["imap"]["port"], ssl_context=tls, timeout=60) as client:
            client.oauth2_login(CLAIRE, told["access_token"])
            shown = [client.select_folder(f"[Gmail]/{one}", readonly=True)[b"EXISTS"] for one in (
                "All Mail", "Spam", "Trash")]
        with pytest.raises(NotPossibleError, match="nobody has the address"):
            control.call("revoke", address="nobody@example.org")
        control.call("revoke", address=CLAIRE)
        seen = control.call("introspect", token=told["access_token"])
        mover = control.call("add_service_account")
        control.call("delegate", domain="example.org", scopes=[IMAP_ADMIN])
        key = control.call("service_account_file")
        asked = [one["endpoint"] for one in control.call("requests")]
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()

    assert line.keys() == {"url", "control", "web", "installed", "imap"}
    assert profile.json()["messagesTotal"] == sum(shown) > 0
    assert line["web"]["web"]["token_uri"] == f"{line['url']}token"
    assert line["url"].startswith("https://127.0.0.1:")
    assert profile.json()["emailAddress"] == CLAIRE
    assert seen == {"active": False}
    assert mover == {"email": key["client_email"], "client_id": key["client_id"]}
    assert asked == ["gmail"]


def test_a_browser_goes_through_it_over_tls(tmp_path: Path) -> None:
    """The same pages behind a certificate; a client that hangs in its handshake keeps nobody waiting."""
    files = certificate(tmp_path)
    with GoogleEmulator(clock=Clock(), tls=(files.chain, files.key)) as google:
        google.add_person(CLAIRE)
        google.add_client("web", redirect_uris=[BACK])
        app = App(google, Clock())
        with socket.create_connection(("127.0.0.1", int(google.url.rpartition(":")[2].strip("/")))):
            back = GoogleBrowser(google, CLAIRE, verify=files.ca).back_from(app.url())
        assert parameters(back)["state"] == "a state"


def test_a_console_takes_good_addresses_alone(app: App) -> None:
    """https, or http on the loopback; no bare address, fragment, user or wildcard. A desktop client has none."""
    google = app.google
    for good in ("https://omm.example.org/oauth/google/callback", "http://localhost:3000/x", "http://127.0.0.1/x"):
        google.add_client("web", redirect_uris=[good])
    for bad in ("http://omm.example.org/x", "https://192.0.2.1/x", "https://omm/x", "https://omm.example.org/x#y",
                "https://u@omm.example.org/x", "https://*.example.org/x", "https://omm.example.org/../x", "omm:/x"):
        with pytest.raises(NotPossibleError):
            google.add_client("web", redirect_uris=[bad])
    with pytest.raises(NotPossibleError):
        google.add_client("installed", redirect_uris=["http://localhost"])
    secrets = google.client_secrets("web")["web"]
    assert secrets.keys() == {"client_id", "project_id", "auth_uri", "token_uri", "auth_provider_x509_cert_url",
                              "client_secret", "redirect_uris"}
    with pytest.raises(NotPossibleError, match="no installed client"):
        google.client_secrets("installed")


def test_an_address_is_one_persons() -> None:
    """Nobody is added twice, nor under the second address of another; what does not exist cannot be changed."""
    with GoogleEmulator() as google:
        google.add_person(CLAIRE, aliases=["second@example.org"])
        with pytest.raises(NotPossibleError, match="somebody's address already"):
            google.add_person("SECOND@example.org")
        google.add_person("zoe.doe@gmail.com")
        for same in ("zoedoe@gmail.com", "Z.oe.Doe@googlemail.com"):
            with pytest.raises(NotPossibleError, match="somebody's address already"):
                google.add_person(same)
        google.add_person("cl.aire@example.org")
        with pytest.raises(NotPossibleError, match="cannot be changed"):
            google.change_person(CLAIRE, sub="1")
