"""The demo plays each of its acts, and notices when something at either end is not as it should be.

How it compares one message is in tests/unit/demo.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from io import StringIO
from types import MappingProxyType

import pytest

from demo import second_act, third_act
from demo.google import ADDRESS
from demo.servers import LOGIN, OLD_LOGIN
from demo.story import Story, stage
from demo.terminal import Terminal, migrate
from emulators.google.scopes import MAIL
from terminal.output import Output

CORRUPTIONS = {
    "subject is": "UPDATE item SET subject = subject || '!' WHERE subject = 'Planning 2025'",
    "text differs": (
        "UPDATE mime SET bytes = CAST(replace(CAST(bytes AS TEXT), 'Rien ne bloque', 'Tout est perdu') AS BLOB)"
        " WHERE id = (SELECT mime FROM item WHERE subject = 'Atlas, point n° 1')"
    ),
    "received is": "UPDATE item SET received = '2001-01-01T00:00:00Z' WHERE subject = 'Dimanche midi'",
    "read is": "UPDATE item SET flags = flags & ~1 WHERE subject = 'Harbour guide: scope'",
    "categories is": "UPDATE item SET categories = '[]' WHERE subject = 'mémoire de traduction à jour'",
    "missing: Projects/2025/Atlas": "DELETE FROM item WHERE subject = 'Atlas : lancement'",
}


def test_the_demo_notices_what_was_altered() -> None:
    """Every alteration at the destination is named by its kind, and the exit status is 1; no terminal, no waiting."""
    told = StringIO()

    with stage(Output(told, told, as_json=False)) as story:
        migrate(Terminal(story))
        alter(story)
        story.verify()
        status, stays_up = story.verdict(), story.stays_up()

    assert (status, stays_up) == (1, False)
    assert [said for said in CORRUPTIONS if said not in told.getvalue()] == []
    assert "Everything was as it should be" not in told.getvalue()


def alter(story: Story, corruptions: Mapping[str, str] = MappingProxyType(CORRUPTIONS)) -> None:
    """Changes one row for each kind of difference, behind the emulator's back."""
    with closing(sqlite3.connect(story.servers.destination.database, timeout=10)) as database:
        changed = [database.execute(statement).rowcount for statement in corruptions.values()]
        database.commit()
    assert changed == [1] * len(corruptions)


ANOTHER = "claire.again@exchange.example"
OF_THE_NEW = f"AND mailbox = (SELECT id FROM mailbox WHERE address = '{LOGIN}')"
FROM_EXCHANGE = {
    "otherwise: inbox: The cover: class is": (
        f"SET class = 'IPM.Note' WHERE subject = 'The cover' AND kind <> 'CalendarItem' {OF_THE_NEW}"
    ),
    "otherwise: inbox: Call me by Friday: flag is": (
        f"SET flag = replace(flag, '03-14', '03-15') WHERE subject = 'Call me by Friday' {OF_THE_NEW}"
    ),
    "otherwise: inbox: Categories of my own: categories is": (
        f"SET categories = '[]' WHERE subject = 'Categories of my own' {OF_THE_NEW}"
    ),
    "otherwise: inbox: Answered: verb is": f"SET verb = NULL WHERE subject = 'Answered' {OF_THE_NEW}",
    "otherwise: sentitems: To hidden readers: extra is": (
        f"SET extra = '{{}}' WHERE subject = 'To hidden readers' {OF_THE_NEW}"
    ),
    "otherwise: drafts: Half a sentence: flags is": f"SET flags = 1 WHERE subject = 'Half a sentence' {OF_THE_NEW}",
    "missing: inbox: Done long ago": (
        "SET folder = (SELECT o.folder FROM item AS o WHERE o.subject = 'Half a sentence' AND o.mailbox = item.mailbox)"
        f" WHERE subject = 'Done long ago' {OF_THE_NEW}"
    ),
    "not in the calendar: Dentiste": f"SET subject = 'Dentist' WHERE subject = 'Dentiste' {OF_THE_NEW}",
    "booked: Forwarded": f"SET kind = 'CalendarItem' WHERE subject = 'Forwarded' {OF_THE_NEW}",
    "the old mailbox was changed": (
        "SET importance = 'Low' WHERE subject = 'Urgent' AND mailbox ="
        f" (SELECT id FROM mailbox WHERE address = '{OLD_LOGIN}')"
    ),
}


@pytest.fixture(scope="module")
def set_up() -> Iterator[Story]:
    """The servers, for acts each of which moves into a mailbox of its own."""
    with stage(Output(StringIO(), StringIO(), as_json=False), others=[ANOTHER]) as story:
        yield story


def performance(story: Story, login: str = LOGIN) -> tuple[Story, StringIO]:
    """Another one with the same servers, into that mailbox, and what it tells."""
    told = StringIO()
    new = replace(story.servers, destination=replace(story.servers.destination, login=login))
    return replace(story, servers=new, out=Output(told, told, as_json=False), faults=[]), told


def test_the_second_act_notices_what_was_altered(set_up: Story) -> None:
    """Every alteration of what MIME does not hold is named, at either end; so is what a rollback leaves behind."""
    story, told = performance(set_up)

    act = second_act.begin(story)
    migrate(Terminal(story, act.source))
    alter(story, {said: f"UPDATE item {change}" for said, change in FROM_EXCHANGE.items()})
    act.verify()
    act.verify_left()

    assert story.verdict() == 1
    assert [said for said in FROM_EXCHANGE if said not in told.getvalue()] == []
    assert told.getvalue().count("too much: ") > len(FROM_EXCHANGE)       # which ones are named first is chance
    assert "the new mailbox has other folders than before" in told.getvalue()
    assert "the out-of-office of the new mailbox is on" in told.getvalue()      # nobody has asked for it to be left off
    assert "the new mailbox does by itself what it did not before" in told.getvalue()


FROM_GMAIL = {
    "otherwise: Projects/2025: Planning 2025: categories is": "SET categories = '[]' WHERE subject = 'Planning 2025'",
    "otherwise: Later: Titre pour l'atelier: folder is ('Archive',)": (
        "SET folder = (SELECT folder FROM item WHERE subject = 'Demenagement samedi')"
        " WHERE subject = 'Titre pour l''atelier'"
    ),
    "otherwise: Ideas 💡: Idée : glossaire vivant: flagged is False": (
        "SET flag = '{}' WHERE subject = 'Idée : glossaire vivant'"
    ),
}


def test_the_third_act_notices_what_was_altered(set_up: Story) -> None:
    """A label, a folder and a star that are not as they were are named; so are access that is kept and what is left."""
    story, told = performance(set_up, ANOTHER)

    act = third_act.begin(story)
    act.verify_given_back(patience=0)
    was_well = not story.faults
    story.google.control.call("consent", address=ADDRESS, scopes=[MAIL], kind="installed")
    act.verify_given_back(patience=0)
    migrate(Terminal(story, story.google))
    alter(story, {said: f"UPDATE item {change}" for said, change in FROM_GMAIL.items()})
    act.verify()
    act.verify_second({"found": 200, "copied": 1, "already_there": 199})
    act.verify_left()

    assert (was_well, story.verdict()) == (True, 1)
    assert [said for said in FROM_GMAIL if said not in told.getvalue()] == []
    assert "copied is 1 and not 0" in told.getvalue()
    assert f"OMM still has access to the Google account {ADDRESS}" in told.getvalue()
    assert "the new mailbox has other folders than before the third act" in told.getvalue()
    assert len([fault for fault in story.faults if fault.startswith("too much: ")]) == 200
