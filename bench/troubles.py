"""Four bad things at once: a channel that refuses, a mail server that crawls, a record that cannot be read, and forms
whose sign-in takes a minute.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from bench.crowd import REFUSES, Part, Task
from bench.slack_side import SlackSide
from bot.ids import Block
from emulators.slack.faults import Fault
from tests.servers.certificates import Certificate

FORMS, SIGN_IN = 3, 60.0        # seconds that the server takes over each
CRAWLS = 8.0                    # seconds for each answer of the mail server; one that takes 10 is given up
LINE = 5.0                      # seconds between two lines of the server that people sign in to
FORM = 10.0                     # seconds for a form to open


@contextmanager
def troubles(side: SlackSide, tasks: list[Task]) -> Iterator[None]:
    """All four from now on."""
    with _slow_sign_in(side.tls) as port:
        unreadable = next(task for task in tasks if task.part is Part.PAUSED and not task.channel)
        side.redis.hset(f"omm:task:{unreadable.task_id}", "record", "{this is no record")
        side.control.add_fault(Fault(channel=REFUSES, action="error", error="internal_error"))
        side.mail.seconds = CRAWLS
        people = [task.user for task in tasks if task.part is Part.PAUSED and task is not unreadable][:FORMS]
        for user in people:
            _send_form(side, user, port)
        yield
        side.mail.seconds = 0.0
        side.control.clear_faults()


def _send_form(side: SlackSide, user: str, port: int) -> None:
    """Somebody fills in the form and sends it; the sign-in to their old server takes a minute."""
    side.control.slash(user, "dm", "migrate")
    over = time.monotonic() + FORM
    while not (views := side.control.views(user)) and time.monotonic() < over:
        time.sleep(0.2)
    typed = {
        Block.SOURCE_SERVER: f"localhost:{port}", Block.SOURCE_LOGIN: "claire", Block.SOURCE_PASSWORD: "the old one",
        Block.DESTINATION_SERVER: f"localhost:{port}", Block.DESTINATION_LOGIN: "claire@example.org",
        Block.DESTINATION_PASSWORD: "the new one",
    }
    names = [block["block_id"] for block in views[-1]["blocks"]]
    values = {next(name for name in names if name.startswith(field)): value for field, value in typed.items()}
    side.control.submit(user, views[-1]["id"], values)


@contextmanager
def _slow_sign_in(tls: Certificate) -> Iterator[int]:
    """The port of an IMAP server over TLS that takes a minute to say no to a password."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.chain, tls.key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_listen, args=(listener, context), daemon=True).start()
        yield int(listener.getsockname()[1])


def _listen(listener: socket.socket, context: ssl.SSLContext) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_serve, args=(client, context), daemon=True).start()


def _serve(plain: socket.socket, context: ssl.SSLContext) -> None:
    """RFC 3501: untagged answers may come at any time, so LOGIN is not given up while they do."""
    with suppress(OSError), context.wrap_socket(plain, server_side=True) as client:
        client.sendall(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
        for line in client.makefile("rb"):
            tag, _, words = line.strip().partition(b" ")
            if words.upper().startswith(b"LOGIN"):
                for _ in range(round(SIGN_IN / LINE)):
                    time.sleep(LINE)
                    client.sendall(b"* OK still looking\r\n")
                client.sendall(tag + b" NO [AUTHENTICATIONFAILED] wrong\r\n")
            elif words.upper() == b"CAPABILITY":
                client.sendall(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n")
            else:
                client.sendall(tag + b" OK done\r\n")
