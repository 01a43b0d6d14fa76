"""The command: `python -m emulators.exchange --database FILE --mailbox claire@example.org`.

Prints one JSON line with its url and control url when it listens, and runs until SIGTERM or SIGINT. The
password of the mailboxes comes from OMM_EMULATOR_PASSWORD or --password-file.
"""

import argparse
import gc
import json
import os
import signal
import sys
import threading
from pathlib import Path

from emulators.exchange.control import ControlServer
from emulators.exchange.emulator import ExchangeEmulator
from emulators.exchange.schema import SchemaMissingError
from emulators.exchange.settings import VERSIONS, Settings

# Requests make many objects and hardly a cycle: the collector need not look at them every 700.
COLLECT_EVERY = (100_000, 50, 50)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m emulators.exchange", description=__doc__)
    parser.add_argument("--database", type=Path, required=True)
    parser.add_argument("--mailbox", action="append", required=True, metavar="ADDRESS[=USER]",
                        help="a mailbox, and what its owner signs in with when that is not the address")
    parser.add_argument("--password-file", type=Path)
    parser.add_argument("--port", type=int, default=0, help="0 takes any free one")
    parser.add_argument("--control-port", type=int, help="serve the control interface; 0 takes any free port")
    parser.add_argument("--tls-cert", type=Path)
    parser.add_argument("--tls-key", type=Path)
    parser.add_argument("--schema", type=Path, help="directory of messages.xsd, types.xsd and xml.xsd")
    parser.add_argument("--version", choices=sorted(VERSIONS), default="2019")
    parser.add_argument("--auth", nargs="+", choices=("basic", "ntlm", "negotiate"), default=["basic", "ntlm"])
    given = parser.parse_args()
    if (given.tls_cert is None) != (given.tls_key is None):
        parser.error("--tls-cert and --tls-key go together")
    return given


def _password(given: argparse.Namespace) -> str:
    if given.password_file is not None:
        return str(given.password_file.read_text(encoding="utf-8").rstrip("\r\n"))
    return os.environ.get("OMM_EMULATOR_PASSWORD", "")


def _run(given: argparse.Namespace, password: str) -> None:
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    emulator = ExchangeEmulator(
        given.database, settings=Settings(version=given.version, auth=tuple(given.auth)), schema=given.schema,
        port=given.port, tls=(given.tls_cert, given.tls_key) if given.tls_cert else None)
    for one in given.mailbox:
        address, _, user = one.partition("=")
        emulator.add_mailbox(address, password=password, user=user or None)
    with emulator:
        control = None if given.control_port is None else ControlServer(emulator, given.control_port)
        line = {"url": emulator.url, "control": None if control is None else control.url}
        sys.stdout.write(json.dumps(line) + "\n")
        sys.stdout.flush()
        stop.wait()
        if control is not None:
            control.stop()


def main() -> int:
    """Run; the exit status is 2 when it cannot start, with one line on standard error that says why."""
    given = _arguments()
    password = _password(given)
    if not password:
        sys.stderr.write("no password: set OMM_EMULATOR_PASSWORD or give --password-file\n")
        return 2
    gc.set_threshold(*COLLECT_EVERY)
    try:
        _run(given, password)
    except (SchemaMissingError, OSError) as error:
        sys.stderr.write(f"{error}\n")
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
