"""A line that takes its time: a proxy that hands on bytes later than it got them. `python -m bench.slow_line`.

It is a process of its own, so that neither side of what is measured pays for it.
"""

from __future__ import annotations

import argparse
import json
import socket
import sys
import threading
import time
from contextlib import suppress

PIECE = 65_536      # bytes


def main() -> int:
    """Prints the port it listens on as JSON, and runs until it is ended."""
    given = _arguments()
    with socket.create_server(("127.0.0.1", 0), backlog=200) as listener:
        sys.stdout.write(json.dumps({"port": listener.getsockname()[1]}) + "\n")
        sys.stdout.flush()
        while True:
            client, _ = listener.accept()
            _join(client, _dialed(given.to), given.ms / 2000)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.slow_line", description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("to", help="a TCP port on this machine, or the path of a unix socket")
    parser.add_argument("--ms", type=float, default=2.0, help="milliseconds there and back, half of them each way (2)")
    return parser.parse_args()


def _dialed(to: str) -> socket.socket:
    if to.isdecimal():
        return socket.create_connection(("127.0.0.1", int(to)))
    server = socket.socket(socket.AF_UNIX)
    server.connect(to)
    return server


def _join(client: socket.socket, server: socket.socket, seconds: float) -> None:
    """Hands on what either says, so many seconds later."""
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    for source, sink in ((client, server), (server, client)):
        threading.Thread(target=_hand_on, args=(source, sink, seconds), daemon=True).start()


def _hand_on(source: socket.socket, sink: socket.socket, seconds: float) -> None:
    with suppress(OSError):
        while data := source.recv(PIECE):
            time.sleep(seconds)
            sink.sendall(data)
    for each in (source, sink):
        with suppress(OSError):
            each.shutdown(socket.SHUT_RDWR)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        sys.exit(main())
