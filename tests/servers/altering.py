"""A server in front of another one that changes what is asked on its way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from emulators.listening import Listening

Alteration = Callable[[bytes], bytes]
_OWN = {"host", "content-length", "connection", "transfer-encoding"}       # of each connection by itself


@contextmanager
def altering(upstream: int, alteration: Alteration) -> Iterator[int]:
    """Passes requests by HTTP on to a port of this machine, each body changed; gives its own port."""

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = alteration(self.rfile.read(int(self.headers.get("Content-Length", "0"))))
            kept = {name: value for name, value in self.headers.items() if name.lower() not in _OWN}
            with closing(HTTPConnection("127.0.0.1", upstream, timeout=60)) as there:
                there.request("POST", self.path, body, kept)
                answer = there.getresponse()
                content = answer.read()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in _OWN:
                        self.send_header(name, value)
                self.send_header("Content-Length", str(len(content)))
                self.end_headers()
                self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        server.daemon_threads = True
        listening = Listening(server, "altering")
        yield server.server_address[1]
        listening.stop()
