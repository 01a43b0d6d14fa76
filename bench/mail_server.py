"""A mail server that takes whatever it is given, as slowly as it is told to."""

from __future__ import annotations

import socketserver
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast


class MailServer(socketserver.ThreadingTCPServer):
    """Speaks as much of SMTP (RFC 5321) as handing over a letter needs. `seconds` is what each answer takes."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self) -> None:
        self.seconds = 0.0
        self.begun = 0          # connections so far, one for each letter
        self.letters = 0        # of them, taken
        super().__init__(("127.0.0.1", 0), _Session)

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.server_address[1])


class _Session(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self._server.begun += 1
        self._say("220 mail.example.org")
        for line in self.rfile:
            word = line.strip().upper()
            if word == b"DATA":
                self._say("354 go on")
                self._take()
            elif word == b"QUIT":
                self._say("221 goodbye")
                return
            else:
                self._say("250 OK")

    def _take(self) -> None:
        while self.rfile.readline() not in (b".\r\n", b""):
            pass
        self._server.letters += 1
        self._say("250 OK")

    def _say(self, words: str) -> None:
        time.sleep(self._server.seconds)
        self.wfile.write(f"{words}\r\n".encode())

    @property
    def _server(self) -> MailServer:
        return cast("MailServer", self.server)


@contextmanager
def mail_server() -> Iterator[MailServer]:
    """Runs one."""
    with MailServer() as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.1}, daemon=True).start()
        yield server
        server.shutdown()
