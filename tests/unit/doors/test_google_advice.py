"""What is said of wrong settings of Google's can be done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from engine.errors import InputError
from wiring.google import DESKTOP, WEB, google_settings

CLIENT = {
    "client_id": "a", "client_secret": "b", "auth_uri": "https://accounts.google.com/o/oauth2/auth",
    "token_uri": "https://oauth2.googleapis.com/token", "redirect_uris": ["https://omm.example.org/oauth/google/callback"],
}


def test_a_home_that_nobody_has_is_a_wrong_setting() -> None:
    """Every command says which setting, and not that something went wrong in OMM itself."""
    with pytest.raises(InputError, match=DESKTOP):
        google_settings({DESKTOP: "~nobody-of-that-name/client.json"})


def test_what_to_do_about_a_redirect_uri_can_be_done(tmp_path: Path) -> None:
    """Google shows a client's secret once: a file that is downloaded again lacks it, and so is no advice."""
    file = tmp_path / "client.json"
    file.write_text(json.dumps({"web": CLIENT}))
    with pytest.raises(InputError, match="redirect URI") as caught:
        google_settings({WEB: str(file), "OMM_PUBLIC_URL": "https://omm.example.net"})
    assert "download the file again" not in str(caught.value)
