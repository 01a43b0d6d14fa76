"""Two messages of Gmail with one Message-ID: each belongs into the folder of its own label, at whatever visit."""

from __future__ import annotations

from collections import Counter

from emulators.exchange import Fault
from tests.contract.gmail.owner import message
from tests.servers.gmail.account import System
from tests.servers.processes.mortal import as_of, moments_of

TWIN = "<twin@gmail.example>"


class Opened(dict):
    """Opens the owner's mailbox anew for each process."""

    def __init__(self, owner) -> None:
        self._owner = owner

    def __missing__(self, _login: str):
        return self._owner.source()


def test_a_second_message_of_the_same_message_id_goes_into_its_own_label(moving) -> None:
    """The one in Work was copied; its twin in Family comes later: it is new, and goes into Family."""
    owner, there = moving
    first = message(1, ["Work"], name=TWIN)
    owner.has([first])
    there.migrate()
    owner.mailbox.deliver(first.raw, ["Family"])

    again = there.migrate()

    assert Counter(each.folder for each in there.messages()) == Counter({("Work",): 1, ("Family",): 1})
    assert there.counts(again).changed == 0


def test_twins_of_two_labels_after_a_death(moving) -> None:
    """Killed at each request, each of two with one Message-ID is in its own folder in the end."""
    owner, there = moving
    there.connectors.sources = Opened(owner)
    del there.connectors.source
    one = message(1, ["Work"], name=TWIN)
    owner.has([one, message(3, ["Alpha"]), message(4, ["Zulu"])])
    owner.mailbox.deliver(one.raw, ["Alpha"])
    owner.mailbox.deliver(one.raw, [System.INBOX])
    task = there.begin().task_id
    moments = moments_of(there, lambda process: process.run(task), lambda number: Fault(
        operation="*", nth=number, when="after", action="hold", name=f"request {number}"), there.emulator)
    wrong = {}
    for number, moment in enumerate(moments):
        left = as_of(there, moment)
        left.run(task)
        found = Counter(each.folder for each in left.messages())
        if found != Counter({("Work",): 1, ("Alpha",): 2, ("Zulu",): 1, ("Inbox",): 1}):
            wrong[number] = found
    assert not wrong


def test_one_of_two_that_changes_its_labels_to_those_of_the_other_is_named(moving) -> None:
    """What has other labels than when it was copied is counted and named, though a twin was copied with these."""
    owner, there = moving
    first = message(1, ["Work"], name=TWIN)
    owner.has([first])
    owner.mailbox.deliver(first.raw, ["Family"])
    there.migrate()
    owner.mailbox.relabel(1, add=["Family"], remove=["Work"])

    again = there.migrate()

    assert there.counts(again).changed == 1


def test_one_of_two_that_is_thrown_away_does_not_come_again(moving) -> None:
    """Both were copied. One of them is in the bin now: its copy is there already, and stays where it is."""
    owner, there = moving
    first = message(1, ["Work"], name=TWIN)
    owner.has([first])
    owner.mailbox.deliver(first.raw, ["Family"])
    there.migrate()
    owner.mailbox.trash(1)

    again = there.migrate()

    assert there.counts(again).copied == 0
    assert Counter(each.folder for each in there.messages()) == Counter({("Work",): 1, ("Family",): 1})
