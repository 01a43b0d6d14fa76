"""Pages that are only looked at make nothing secret visible."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from bot.consent import consents
from engine.connectors.google.access.clients import ClientKind, client_in
from engine.connectors.network.pinning import Network
from engine.store.masks import Masks
from wiring.google import GoogleSettings, consenting

OMM = "https://omm.example.org"
CLIENT = {"web": {
    "client_id": "1.apps.googleusercontent.com", "client_secret": "GOCSPX-the-secret-of-the-client",
    "auth_uri": "https://accounts.google.com/o/oauth2/auth", "token_uri": "https://oauth2.googleapis.com/token",
    "redirect_uris": [f"{OMM}{consents.CALLBACK}"],
}}


def test_whoever_looks_at_the_page_often_drives_no_secret_out_of_the_masks(tmp_path: Path) -> None:
    """The page before Google's needs Google's origin, and no verifier; each look took the place of a real secret."""
    file = tmp_path / "client.json"
    file.write_text(json.dumps(CLIENT))
    client, masks = client_in(file, ClientKind.WEB, "SETTING"), Masks()
    masks.hide(client.secret)       # as every program does at its start
    settings = GoogleSettings(web_client=client, callback=f"{OMM}{consents.CALLBACK}")
    asking = consenting(settings, Network(trusts_person=True), hide=masks.hide)
    services = cast("Any", SimpleNamespace(consenting=asking, consents_at=OMM))

    for _ in range(1000):
        assert consents.asks_at(services) == "https://accounts.google.com"

    assert client.secret not in masks.masked(f"Google says: {client.secret} is wrong")
