"""Filters drawn by chance, of which many meet one message: whatever they are, both sides do the same with mail."""

from __future__ import annotations

import random
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from emulators.google.errors import ApiError
from engine.connectors.google.filters.places import Places
from engine.migration.content import Content
from tests.contract.google_rules.account import ME, moving_from
from tests.contract.google_rules.test_filters_at_google import SHOWN, asking, google_of_mine, is_same

LABELS = ["Work", "Fun", "A", "Work/Deep", "Long name"]
WORDS = ["alpha", "beta", "gamma", "delta"]
MANY = 120
ATTACHED = (
    '--b\r\nContent-Type: text/plain\r\n\r\n{}\r\n--b\r\nContent-Type: image/png; name="a.png"\r\n'
    'Content-Disposition: attachment; filename="a.png"\r\n\r\nxx\r\n--b--\r\n'
)


def somebody(chance: random.Random) -> str:
    return f"s{chance.randrange(6)}@dom{chance.randrange(3)}.example"


def criteria(chance: random.Random) -> dict[str, Any]:
    """What a filter asks: one or several things, and perhaps something that must not be."""
    one, other, word, another = somebody(chance), somebody(chance), chance.choice(WORDS), chance.choice(WORDS)
    asked: dict[str, Any] = dict(chance.choice([
        {"from": one}, {"from": f"{one} OR {other}"}, {"from": f"@dom{chance.randrange(3)}.example"},
        {"subject": word}, {"subject": f"{word} OR {another}"}, {"to": f"team{chance.randrange(2)}@example.org"},
        {"query": "list:dev.example.org"}, {"from": one, "subject": word}, {"query": f"{{from:{one} subject:{word}}}"},
    ]))
    if chance.random() < 0.25:
        asked["negatedQuery"] = chance.choice([f"subject:{another}", f"from:{other}", "has:attachment"])
    if chance.random() < 0.15:
        asked["hasAttachment"] = True
    if chance.random() < 0.15:
        asked |= {"size": 3000, "sizeComparison": chance.choice(["larger", "smaller"])}
    return asked


def action(chance: random.Random, ids: dict[str, str]) -> dict[str, Any]:
    added = [ids[chance.choice(LABELS)]] if chance.random() < 0.8 else []
    added += ["TRASH"] if chance.random() < 0.07 else []
    return {"addLabelIds": added, "removeLabelIds": [one for one in ("INBOX", "UNREAD") if chance.random() < 0.5]}


def letter(chance: random.Random, number: int) -> bytes:
    words = " ".join(chance.sample(WORDS, chance.randrange(4)))
    head = [f"From: {somebody(chance)}", f"To: {chance.choice([ME, 'team0@example.org', 'team1@example.org'])}",
            f"Subject: n{number} {words}", "MIME-Version: 1.0"]
    head += ["List-ID: <dev.example.org>"] if chance.random() < 0.3 else []
    text = "hello\r\n" + ("x" * 70 + "\r\n") * chance.choice([0, 0, 60])
    if chance.random() < 0.3:
        head.append('Content-Type: multipart/mixed; boundary="b"')
        text = ATTACHED.format(text)
    return ("\r\n".join(head) + "\r\n\r\n" + text).encode()


@pytest.mark.parametrize("seed", [103, 113])
def test_both_do_the_same_with_all_mail(tmp_path: Path, seed: int) -> None:
    """Mail is there once, deleted, archived, read as at Gmail, with all labels; of two filters in the very folder."""
    chance = random.Random(seed)
    letters = [letter(chance, number) for number in range(MANY)]
    with google_of_mine() as google, moving_from(tmp_path, LABELS) as moving:
        ids = {name: str(google.call("gmail.users.labels.create", ME, body={"name": name, **SHOWN})["id"])
               for name in LABELS}
        for _ in range(12):
            with suppress(ApiError):        # one that does nothing, or is there already
                google.call("gmail.users.settings.filters.create", ME,
                            body={"criteria": criteria(chance), "action": action(chance, ids)})
        moving.gmail.told = asking(google)  # type: ignore[assignment]  # instead of what is told in memory
        moving.migrate()
        stays = {one.id for one in moving.gmail.settings(Content.INBOX_RULES).read() if one.stays}
        for one in stays:
            google.call("gmail.users.settings.filters.delete", ME, id=one)
        there = [google.deliver(ME, each) for each in letters]
        for each in letters:
            moving.at.emulator.deliver(moving.at.address, each)
        arrived = moving.at.messages()

    here, places = {message.mime: message for message in arrived}, Places(LABELS)
    assert len(arrived) == len(here) == MANY
    assert sum(len(found.filters) > 1 for found in there) > MANY / 10
    for each, found in zip(letters, there, strict=True):
        message = here[each]
        assert message.is_read == found.read
        assert (message.folder == ("Inbox",)) == (not found.archived and not found.trashed)
        assert (message.folder == ("Deleted Items",)) == found.trashed
        assert {*found.names} - {"/".join(message.folder)} <= {*message.categories} <= {*found.names}
        assert is_same(found, message, places) or len(found.filters) > 2
