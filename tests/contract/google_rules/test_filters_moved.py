"""Filters moved: mail that arrives in the new mailbox ends where Gmail's filters have put it."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from emulators.exchange.records import StoredMessage
from engine.connectors.google.filters.places import Places
from engine.connectors.google.labels import category
from engine.migration.record import Counts, State
from tests.contract.google_rules.account import filter_, moving_from
from tests.servers.google_truth import filters as truth
from tests.servers.google_truth.filters import Filter, Outcome

WORK, FAMILY, DEEP = "Work", "Family", "Work/Deep"


def told(one: Filter) -> dict[str, object]:
    """A filter of the seed as the Gmail API tells it."""
    more = [*(["STARRED"] if one.star else []), *(["TRASH"] if one.trash else []), *one.said]
    less = ["SPAM"] if one.never_spam else []
    return filter_(one.name, one.ask, labels=one.labels, archive=one.archive, read=one.read, more=more, less=less,
                   forward=one.forward)


def stayed(one: Filter, lines: dict[str, str]) -> bool:
    """True: the report has a line with its own text, and says that it is to be made anew or cannot be."""
    words = [str(each) for each in one.ask.values() if isinstance(each, str)]
    return any(all(word in name for word in words) and "→" in name and name in lines and is_named(lines[name])
               for name in lines if not name.startswith("Gmail: "))


def is_named(reason: str) -> bool:
    return "make it anew" in reason or "nothing that a rule" in reason


def ends_there(expected: Outcome, message: StoredMessage, places: Places) -> bool:
    """Whether a message lies where mail of these labels is moved to, and shows all of them."""
    labels, categories = set(map(category, expected.labels)), set(message.categories)
    if message.is_read != expected.read:
        return False
    if expected.trashed or expected.inbox:
        return message.folder == (("Deleted Items",) if expected.trashed else ("Inbox",)) and categories == labels
    meaning = places.of(sorted(expected.labels))
    path = tuple(places.named(meaning.folder).split("/"))
    return message.folder == path and set(meaning.categories) <= categories <= labels


def test_letters_end_where_all_filters_have_put_them(tmp_path: Path) -> None:
    """Two hundred, of which many meet two filters. What stays is named, with its text and the reason."""
    filters = truth.filters()
    labels = sorted({label for one in filters for label in one.labels})
    places = Places(labels)
    letters = truth.letters(random.Random(20), 200, filters)
    with moving_from(tmp_path, labels) as moving:
        moving.gmail.has(*map(told, filters))
        done = moving.migrate()
        arrived, lines = moving.rules.told(), moving.lines(done)
        again = moving.migrate()
        for number, letter in enumerate(letters):
            moving.at.emulator.deliver(moving.at.address, truth.mime(letter, number))
        found = {message.subject: message for message in moving.at.messages()}
        rolled = moving.at.roll_back(done.task_id)
        after = moving.rules.told()

    stays = {one.name for one in filters if stayed(one, lines)}
    assert stays == {
        "copied to", "two words", "words anywhere", "a phrase anywhere", "but not", "a kind of file", "nested",
        "starred", "a category of Gmail",
    }
    assert len(found) == len(letters)
    counts = moving.counts(done)
    assert counts == Counts(found=len(arrived) + len(stays) + 1, copied=len(arrived), left_out=len(stays) + 1)
    assert moving.counts(again) == replace(counts, copied=0, already_there=counts.copied)
    assert (rolled.state, after) == (State.ROLLED_BACK, [])
    carried = [one for one in filters if one.name not in stays]
    assert [
        (letter, message.folder, message.categories) for number, letter in enumerate(letters)
        for message in [found[truth.subject(letter, number)]]
        if not ends_there(truth.outcome(letter, carried), message, places)
    ] == []
