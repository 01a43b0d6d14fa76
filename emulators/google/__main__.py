"""The command: `python -m emulators.google --redirect-uri http://127.0.0.1:3000/oauth/google/callback --person …`.

Prints one JSON line with its addresses and the contents of the client files when it listens, and runs until SIGTERM or
SIGINT. With --mail, the first person's Gmail is there over IMAP, too, with the sample mailbox in it.
"""

import argparse
import json
import signal
import sys
import threading
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from emulators.google.clients import NotPossibleError
from emulators.google.emulator import GoogleEmulator
from emulators.google.imap.accounts import Person
from emulators.google.imap.mailboxes import ImapMailboxes
from emulators.google.imap.sample import sample_gmail


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m emulators.google", description=__doc__)
    parser.add_argument("--person", action="append", default=[], metavar="ADDRESS[=NAME]",
                        help="somebody with an account")
    parser.add_argument("--redirect-uri", action="append", default=[], help="where the web client may lead back to")
    parser.add_argument("--mail", type=Path, metavar="DIRECTORY", help="serve IMAP; its files are made there")
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one")
    parser.add_argument("--tls-cert", type=Path)
    parser.add_argument("--tls-key", type=Path)
    given = parser.parse_args()
    if (given.tls_cert is None) != (given.tls_key is None):
        parser.error("--tls-cert and --tls-key go together")
    if given.mail and not given.person:
        parser.error("--mail needs a --person, whose mail it is")
    return given


def _run(given: argparse.Namespace) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    tls = (given.tls_cert, given.tls_key) if given.tls_cert else None
    with ExitStack() as running:
        emulator = running.enter_context(GoogleEmulator(port=given.port, tls=tls))
        people = [emulator.add_person(address, name) for address, _, name in (
            one.partition("=") for one in given.person)]
        emulator.add_client("web", redirect_uris=given.redirect_uri)
        emulator.add_client("installed")
        line = {"url": emulator.url, "control": emulator.control_url, "web": emulator.client_secrets("web"),
                "installed": emulator.client_secrets("installed")}
        if given.mail:
            line["imap"] = _mail(running, given.mail, people[0].address, emulator)
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        stop.wait()


def _mail(running: ExitStack, directory: Path, address: str, emulator: GoogleEmulator) -> dict[str, Any]:
    """Serve somebody's mail until the stack is left; where it is, and the file that vouches for it."""
    mail = running.enter_context(sample_gmail(directory, Person(address), emulator.introspect))
    emulator.serve(ImapMailboxes(mail.control))
    return {"host": mail.host, "port": mail.port, "ca": str(mail.ca_file)}


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
