"""Four bad things at once: a channel that refuses, a mail server that crawls, a record that cannot be read, and forms
whose sign-in takes a minute.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from bench.crowd import REFUSES, Part, Task
from bench.slack_side import SlackSide
from bot.ids import Block
from bot.stored.threads import DUE
from emulators.slack import ApiCall
from emulators.slack.faults import Fault
from tests.servers.certificates import Certificate

ERROR = "internal_error"        # docs.slack.dev/reference/methods/chat.update: the server could not complete it
FORMS, SIGN_IN = 3, 60.0        # seconds that the server takes over each
CRAWLS = 8.0                    # seconds for each answer of the mail server; one that takes 10 is given up
LINE = 5.0                      # seconds between two lines of the server that people sign in to
FORM = 10.0                     # seconds for a form to open


@dataclass(slots=True)
class Met:
    """That the bad things were met: sign-ins that took their minute, and the task whose record cannot be read."""

    sign_ins: int = 0
    unreadable: str = ""

    def said(self, side: SlackSide, calls: Sequence[ApiCall]) -> str:
        """A line that tells it. A record is named in the log once, however often it is met."""
        refused = sum(call.error == ERROR for call in calls)
        met = f"left alone: task={self.unreadable}" in side.notifier.log.read_text(errors="replace")
        record = "met and left alone" if met else "not met"
        return (
            f"Meanwhile the channel refused {refused} calls, {side.mail.begun} letters were begun and "
            f"{side.mail.letters} taken, the record that cannot be read was {record}, and {self.sign_ins} sign-ins "
            f"took {SIGN_IN:.0f} s."
        )


@contextmanager
def troubles(side: SlackSide, tasks: list[Task], settle: float) -> Iterator[Met]:
    """All four from now on; the forms are sent after `settle` seconds, when the others have begun to tell."""
    met = Met()
    with _slow_sign_in(side.tls, met) as port:
        unreadable = next(task for task in tasks if task.part is Part.PAUSED and not task.channel)
        met.unreadable = unreadable.task_id
        side.redis.hset(f"omm:task:{unreadable.task_id}", "record", "{this is no record")
        side.redis.zadd(DUE, {unreadable.task_id: 0})      # a task that is paused is looked at seldom
        side.control.add_fault(Fault(channel=REFUSES, action="error", error=ERROR))
        side.mail.seconds = CRAWLS
        time.sleep(settle)
        people = [task.user for task in tasks if task.part is Part.PAUSED and task is not unreadable][:FORMS]
        for user in people:
            _send_form(side, user, port)
        yield met
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
def _slow_sign_in(tls: Certificate, met: Met) -> Iterator[int]:
    """The port of an IMAP server over TLS that takes a minute to say no to a password."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tls.chain, tls.key)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=_listen, args=(listener, context, met), daemon=True).start()
        yield int(listener.getsockname()[1])


def _listen(listener: socket.socket, context: ssl.SSLContext, met: Met) -> None:
    with suppress(OSError):
        while True:
            client, _ = listener.accept()
            threading.Thread(target=_serve, args=(client, context, met), daemon=True).start()


def _serve(plain: socket.socket, context: ssl.SSLContext, met: Met) -> None:
    """RFC 3501: untagged answers may come at any time, so LOGIN is not given up while they do."""
    with suppress(OSError), context.wrap_socket(plain, server_side=True) as client:
        client.sendall(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
        for line in client.makefile("rb"):
            tag, _, words = line.strip().partition(b" ")
            if words.upper().startswith(b"LOGIN"):
                for _ in range(round(SIGN_IN / LINE)):
                    time.sleep(LINE)
                    client.sendall(b"* OK still looking\r\n")
                met.sign_ins += 1
                client.sendall(tag + b" NO [AUTHENTICATIONFAILED] wrong\r\n")
            elif words.upper() == b"CAPABILITY":
                client.sendall(b"* CAPABILITY IMAP4rev1\r\n" + tag + b" OK done\r\n")
            else:
                client.sendall(tag + b" OK done\r\n")
