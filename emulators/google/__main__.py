"""The command: `python -m emulators.google --redirect-uri http://127.0.0.1:3000/oauth/google/callback --person …`.

Prints one JSON line with its addresses and the contents of the client files when it listens, and runs until SIGTERM or
SIGINT.
"""

import argparse
import json
import signal
import sys
import threading
from pathlib import Path

from emulators.google.clients import NotPossibleError
from emulators.google.emulator import GoogleEmulator


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m emulators.google", description=__doc__)
    parser.add_argument("--person", action="append", default=[], metavar="ADDRESS[=NAME]",
                        help="somebody with an account")
    parser.add_argument("--redirect-uri", action="append", default=[], help="where the web client may lead back to")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one")
    parser.add_argument("--tls-cert", type=Path)
    parser.add_argument("--tls-key", type=Path)
    given = parser.parse_args()
    if (given.tls_cert is None) != (given.tls_key is None):
        parser.error("--tls-cert and --tls-key go together")
    return given


def _run(given: argparse.Namespace) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    tls = (given.tls_cert, given.tls_key) if given.tls_cert else None
    with GoogleEmulator(port=given.port, tls=tls) as emulator:
        for one in given.person:
            address, _, name = one.partition("=")
            emulator.add_person(address, name)
        emulator.add_client("web", redirect_uris=given.redirect_uri)
        emulator.add_client("installed")
        line = {"url": emulator.url, "control": emulator.control_url, "web": emulator.client_secrets("web"),
                "installed": emulator.client_secrets("installed")}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        stop.wait()


def main() -> int:
    """Run; the exit status is 2 when it cannot start, with one line on standard error that says why."""
    try:
        _run(_arguments())
    except (NotPossibleError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
