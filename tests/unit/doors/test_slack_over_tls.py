"""Slack behind an authority of our own: a proxy that opens TLS, as companies have it."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import fakeredis
import pytest
from slack_bolt.adapter.socket_mode import SocketModeHandler

import wiring
from bot.listeners.bolt import build
from bot.listeners.deliveries import Deliveries
from bot.services import Services
from bot.workspace import Workspace
from tests.servers.certificates import Certificate, certificate

RIGHT = {"SLACK_BOT_TOKEN": "xoxb-12-34-of-a-test", "SLACK_SIGNING_SECRET": "8f742231b10e8888abcd99yyyzzz85a5"}


class Slack(BaseHTTPRequestHandler):
    """Answers every call with the workspace."""

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        body = json.dumps({"ok": True, "team_id": "T0EXAMPLE1"}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's own name
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Whoever does not trust us hangs up."""


@pytest.fixture
def made(tmp_path: Path) -> Certificate:
    return certificate(tmp_path)


@pytest.fixture
def slack_url(made: Certificate) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(made.chain, made.key)
    server = Server(("127.0.0.1", 0), Slack)
    server.daemon_threads = True
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"https://localhost:{server.server_address[1]}/api/"
    server.shutdown()
    thread.join()
    server.server_close()


def workspace(environ: dict[str, str]) -> str:
    """What a door learns of Slack with those settings."""
    redis = fakeredis.FakeRedis(server=fakeredis.FakeServer())
    return Workspace(redis, wiring.slack_client(wiring.slack_settings(environ))).id()


def test_slack_is_reached_by_our_own_authority(made: Certificate, slack_url: str) -> None:
    """With OMM_CA_FILE Slack's calls go through; without it the certificate is refused."""
    environ = RIGHT | {"SLACK_API_URL": slack_url}

    assert workspace(environ | {"OMM_CA_FILE": str(made.ca)}) == "T0EXAMPLE1"
    assert workspace(environ) == ""


def test_socket_mode_trusts_the_same(made: Certificate, services: Services) -> None:
    """The connection that Slack is heard by is opened with the same authorities."""
    client = wiring.slack_client(wiring.slack_settings(RIGHT | {"OMM_CA_FILE": str(made.ca)}))
    with ThreadPoolExecutor(1) as executor:
        bolt = build(replace(services, slack=client), Deliveries(fakeredis.FakeRedis()), executor, signing_secret="s")
        handler = SocketModeHandler(bolt, "xapp-1")
        handler.close()

    assert handler.client.web_client.ssl is client.ssl
    assert client.ssl is not None
    assert len(client.ssl.get_ca_certs()) == 1
