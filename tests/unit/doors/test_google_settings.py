"""Google's settings: files of the right kind, an address to come back to, and no secret in what is said."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import wiring
from engine.connectors.network.pinning import Network
from engine.errors import InputError
from terminal.deployment.google import files, is_set_up
from wiring.google import consenting, consenting_here, google_settings

SECRET = "GOCSPX-hunter2hunter2"
CALLBACK = "https://omm.example.org/oauth/google/callback"
CLIENT = {
    "client_id": "1-a.apps.googleusercontent.com", "client_secret": SECRET, "redirect_uris": [CALLBACK],
    "auth_uri": "https://accounts.google.com/o/oauth2/auth", "token_uri": "https://oauth2.googleapis.com/token",
}
KEY = {
    "type": "service_account", "client_email": "m@p.iam.gserviceaccount.com", "client_id": "1", "private_key": SECRET,
    "token_uri": "https://oauth2.googleapis.com/token",
}
WEB, DESKTOP, SERVICE = (
    "GOOGLE_CLIENT_SECRETS_FILE", "GOOGLE_DESKTOP_CLIENT_SECRETS_FILE", "GOOGLE_SERVICE_ACCOUNT_FILE",
)


def refusal(tmp_path: Path, name: str, held: Any, **environ: str) -> str:
    """What whoever starts a program reads whose setting names a file that holds that."""
    path = tmp_path / "file.json"
    path.write_text(held if isinstance(held, str) else json.dumps(held))
    with pytest.raises(InputError) as caught:
        wiring.check(wiring.settings({"HOME": str(tmp_path), name: str(path), **environ}))
    said = str(caught.value)
    assert name in said
    assert SECRET not in said
    assert "\n" not in said
    return said


@pytest.mark.parametrize("name", [WEB, DESKTOP, SERVICE])
def test_a_file_that_is_none_is_refused(tmp_path: Path, name: str) -> None:
    """One that is not there, is no JSON, or is something else."""
    with pytest.raises(InputError, match=f"{name} names a file that cannot be read"):
        wiring.check(wiring.settings({"HOME": str(tmp_path), name: str(tmp_path / "no such\nfile")}))
    assert "is not JSON" in refusal(tmp_path, name, SECRET)
    assert "is not JSON" in refusal(tmp_path, name, [SECRET])
    assert "needs" in refusal(tmp_path, name, {"other": CLIENT})


def test_a_client_of_the_other_kind_is_named(tmp_path: Path) -> None:
    """A client for web pages cannot come back to a terminal, nor the other way round."""
    assert "needs the file of a web application" in refusal(tmp_path, WEB, {"installed": CLIENT})
    assert "needs the file of a desktop app" in refusal(tmp_path, DESKTOP, {"web": CLIENT})


@pytest.mark.parametrize(("changed", "said"), [
    ({"client_id": ""}, "lacks client_id"), ({"client_secret": None}, "lacks client_secret"),
    ({"redirect_uris": "x"}, "redirect_uris"), ({"token_uri": "http://127.0.0.1:80/token"}, "token_uri"),
    ({"auth_uri": "http://accounts.example.org/"}, "auth_uri"), ({"token_uri": "https://[x"}, "token_uri"),
])
def test_a_client_that_lacks_something_is_refused(tmp_path: Path, changed: Mapping[str, Any], said: str) -> None:
    """The field is named. Tokens go nowhere without TLS."""
    assert said in refusal(tmp_path, WEB, {"web": {**CLIENT, **changed}})


def test_a_key_that_lacks_something_is_refused(tmp_path: Path) -> None:
    """The field is named."""
    assert "lacks private_key" in refusal(tmp_path, SERVICE, {**KEY, "private_key": ""})


def test_the_redirect_address_must_be_ours(tmp_path: Path) -> None:
    """It is that of OMM_PUBLIC_URL, letter by letter; without OMM_PUBLIC_URL nobody comes back."""
    said = refusal(tmp_path, WEB, {"web": CLIENT}, OMM_PUBLIC_URL="https://other.example.org/")

    assert "https://other.example.org/oauth/google/callback" in said
    path = tmp_path / "right.json"
    path.write_text(json.dumps({"web": CLIENT}))
    right = google_settings({WEB: str(path), "OMM_PUBLIC_URL": "https://omm.example.org"})
    assert (right.callback, right.clients) == (CALLBACK, (right.web_client,))
    assert google_settings({WEB: str(path)}).callback == ""
    assert SECRET not in repr(right)


@pytest.mark.parametrize(("name", "value"), [
    ("GOOGLE_API_URL", "http://www.googleapis.com"), ("GOOGLE_API_URL", "www.googleapis.com"),
    ("GOOGLE_API_URL", "https://["), ("GOOGLE_IMAP_HOST", "imaps://imap.gmail.com"),
    ("GOOGLE_IMAP_HOST", "imap.gmail.com:0"), ("GOOGLE_IMAP_HOST", "imap.gmail.com:99999"),
    ("GOOGLE_IMAP_HOST", "imap gmail com"), ("OMM_GMAIL_LARGE_BY_API", "yes"),
])
def test_an_address_that_is_none_is_named(tmp_path: Path, name: str, value: str) -> None:
    """In one sentence."""
    with pytest.raises(InputError, match=f"^{name} is"):
        wiring.check(wiring.settings({"HOME": str(tmp_path), name: value}))


def test_addresses_are_taken() -> None:
    """Google's own where nothing is said."""
    found = google_settings({"GOOGLE_API_URL": "http://127.0.0.1:8080/", "GOOGLE_IMAP_HOST": "[::1]:1993"})

    assert (found.api_url, found.imap_server) == ("http://127.0.0.1:8080", ("::1", 1993))
    usual = google_settings({})
    assert (usual.large_by_api, google_settings({"OMM_GMAIL_LARGE_BY_API": "On"}).large_by_api) == (False, True)
    assert (usual.api_url, usual.imap_server) == ("https://www.googleapis.com", ("imap.gmail.com", 993))
    assert (usual.clients, usual.service_account) == ((), None)


def test_who_asks_for_consent(tmp_path: Path) -> None:
    """The web client in people's browsers, if they can come back; the desktop client in the terminal's."""
    web, desktop = tmp_path / "web.json", tmp_path / "desktop.json"
    web.write_text(json.dumps({"web": CLIENT}))
    desktop.write_text(json.dumps({"installed": {**CLIENT, "redirect_uris": ["http://localhost"]}}))
    both = {WEB: str(web), DESKTOP: str(desktop)}
    public = google_settings({**both, "OMM_PUBLIC_URL": "https://omm.example.org"})
    back = "http://127.0.0.1:1/"

    assert consenting(google_settings({}), Network()) is None
    assert consenting(google_settings(both), Network()) is None
    assert repr(consenting(public, Network())) == f"GoogleConsent(web, {CALLBACK})"
    assert consenting_here(google_settings({WEB: str(web)}), Network(), back) is None
    assert repr(consenting_here(google_settings(both), Network(), back)) == f"GoogleConsent(installed, {back})"


def test_the_doctor_says_of_each_file_what_is_wrong_with_it(tmp_path: Path) -> None:
    """Not set, of the wrong kind, for others to read, without a way back, right."""
    web, key = tmp_path / "web.json", tmp_path / "key.json"
    web.write_text(json.dumps({"web": CLIENT}))
    key.write_text(json.dumps(KEY))
    web.chmod(0o600)
    key.chmod(0o644)
    environ = {WEB: str(web), DESKTOP: str(web), SERVICE: str(key)}

    def found(**more: str) -> list[tuple[str, str]]:
        return [(line.verdict.value, line.words) for line in files({**environ, **more})]

    (no_way, _), (other_kind, why), (open_to_all, _) = found()
    assert (no_way, other_kind, open_to_all) == ("warning", "wrong", "warning")
    assert "needs the file of a desktop app" in why
    (right, words), *_ = found(OMM_PUBLIC_URL="https://omm.example.org")
    assert (right, CALLBACK in words) == ("right", True)
    assert [line.verdict.value for line in files({})] == ["untried"] * 3
    assert (is_set_up({}), is_set_up(environ)) == (False, True)
    assert SECRET not in f"{found()}"
