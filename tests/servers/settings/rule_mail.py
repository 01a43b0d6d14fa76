"""Mail that rules of `rule_seeds.py` are tried on: for each condition a message that meets it, and one that does not.

What stands in `[[…]]` is the owner of the mailbox that it is delivered to.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from tests.servers.settings.rule_seeds import BOB, FORMER, PREDICATES, WORDS, word

TO_OTHER = "To: Bob Other <bob@example.com>"
_REPORT = 'Content-Type: multipart/report; report-type={}; boundary="b"'


@dataclass(frozen=True)
class Made:
    """What a message is made of: headers that replace the usual ones of the same names, and its text."""

    headers: tuple[str, ...] = ()
    text: str = "Hello"


def _report(kind: str, about: str) -> Made:
    text = f"--b\r\n\r\nRead me\r\n--b\r\nContent-Type: message/{kind}\r\n\r\n{about}\r\n--b--"
    return Made((_REPORT.format(kind),), text)


def _calendar(method: str) -> Made:
    return Made((f"Content-Type: text/calendar; method={method}",), "BEGIN:VCALENDAR\r\nEND:VCALENDAR")


PLAIN = Made()
_ATTACHED = Made(
    ('Content-Type: multipart/mixed; boundary="b"',),
    "--b\r\nContent-Type: text/plain\r\n\r\nSee\r\n--b\r\nContent-Type: image/png\r\n"
    "Content-Disposition: attachment; filename=a.png\r\n\r\nxx\r\n--b--")
_ENCRYPTED = "Content-Type: application/pkcs7-mime; smime-type={}; name=smime.p7m"
# As PREDICATES are: what meets the condition, and what does not.
_MAIL: tuple[tuple[Made, Made], ...] = (
    (PLAIN, PLAIN),     # no message has categories when it arrives
    (Made(text="Please Buy Now!"), Made(text="Please buy. Now!")),
    (Made(("List-Id: <dev.example.org>",)), Made(text="list-id: <dev")),
    (Made((TO_OTHER,)), PLAIN),
    (Made(("From: Zoë <zoe@example.net>",)), PLAIN),
    (Made(text="A SALE"), PLAIN),
    (Made(("X-Message-Flag: Follow up",)), Made(("X-Message-Flag: Call",))),
    (Made(("X-Message-Flag: Something",)), PLAIN),
    (Made(("From: Zoë <zoe@example.net>",)), Made(("From: Zoë <zoe@example.com>",))),
    (_ATTACHED, PLAIN),
    (Made(("X-Priority: 1",)), Made(("X-Priority: 5",))),
    (PLAIN, Made(("Importance: low",))),        # no message of the kinds here asks for approval
    (Made(("Autoforwarded: TRUE",)), PLAIN),
    (Made(("Auto-Submitted: auto-replied",)), Made(("Auto-Submitted: no",))),
    (Made((_ENCRYPTED.format("enveloped-data"),)), Made((_ENCRYPTED.format("signed-data"),))),
    (_calendar("REQUEST"), _calendar("REPLY")),
    (_calendar("REPLY"), _calendar("REQUEST")),
    (_report("delivery-status", "Action: failed"), _report("delivery-status", "Action: delivered")),
    (Made(("Content-Class: rpmsg.message",)), PLAIN),
    (_report("disposition-notification", "Disposition: manual-action; displayed"), PLAIN),
    (Made(('Content-Type: multipart/signed; protocol="application/pkcs7-signature"; boundary=b',)), PLAIN),
    (Made(("Content-Class: voice",)), PLAIN),
    (Made((_ENCRYPTED.format("enveloped-data"),)), PLAIN),
    (Made((TO_OTHER,)), PLAIN),
    (Made((TO_OTHER, "Cc: [[me]]")), Made((TO_OTHER,))),
    (PLAIN, Made(("Cc: bob@example.com",))),
    (Made(("To: [[me]], list@example.net",)), PLAIN),
    (PLAIN, Made((TO_OTHER,))),
    (Made((TO_OTHER, "Cc: [[me]]")), Made((TO_OTHER,))),
    (Made(("Sensitivity: private",)), Made(("Sensitivity: personal",))),
    (PLAIN, Made(text="Long ago")),
    (Made(text="x" * 3000), PLAIN),
)
_PEOPLE = (Made((f"From: {BOB}",)), Made(("From: [[me]]",)))
# For the rule about the other address: at the new mailbox both are one.
_FORMER = (Made(("To: [[alias]]",)), Made((TO_OTHER,)))


@dataclass(frozen=True)
class Letter:
    """A message; its subject is no other one's."""

    subject: str
    made: Made

    def to(self, owner: Mapping[str, str]) -> bytes:
        """The message as it is delivered to an owner: `me`, their address, and `alias`, another one of theirs."""
        usual = {"From": "Ann Sender <ann@example.com>", "To": owner["me"],
                 "Content-Type": "text/plain; charset=utf-8"}
        given = [_filled(line, owner) for line in self.made.headers]
        names = {line.partition(":")[0] for line in given}
        lines = [f"{name}: {value}" for name, value in usual.items() if name not in names]
        lines += [*given, f"Subject: {self.subject}", "Date: Sun, 17 May 2020 08:29:00 +0000", "MIME-Version: 1.0",
                  f"Message-ID: <{self.subject.replace(' ', '.')}@x>"]
        return ("\r\n".join([*lines, "", self.made.text]) + "\r\n").encode()


def _filled(line: str, owner: Mapping[str, str]) -> str:
    for name, value in owner.items():
        line = line.replace(f"[[{name}]]", value)
    return line


def _pairs(words: Sequence[str]) -> Iterator[Letter]:
    """For each word what meets the condition of its number, and what does not; people, behind the conditions."""
    for number, one in enumerate(words):
        others = _FORMER if one == FORMER else (PLAIN, _ATTACHED, *_PEOPLE)
        for which, made in enumerate(_MAIL[number] if number < len(PREDICATES) else others):
            yield Letter(f"{one} {'abcd'[which]}", made)


def letters(many: int, seed: int) -> list[Letter]:
    """A number of messages: for each rule some, and others that are about several, drawn by a seed."""
    words = [word(number) for number in range(WORDS)]
    first, chance = list(_pairs(words)), random.Random(seed)
    several = [one for one in words if one != FORMER]
    drawn = [Letter(f"{' '.join(chance.sample(several, 3))} n{number}", chance.choice(_MAIL)[chance.randint(0, 1)])
             for number in range(max(0, many - len(first)))]
    return (first + drawn)[:many] if many >= len(first) else chance.sample(first, many)


assert len(_MAIL) == len(PREDICATES)
