"""Two hundred letters end where another author's table of forty filters says that they end."""

from __future__ import annotations

import random

import pytest

from emulators.google import GoogleEmulator, NotPossibleError
from tests.servers.google.truth import filters as truth

UNDECIDED = "two words"     # a subject of two words: a phrase, or both in any order


def planted(google: GoogleEmulator) -> None:
    """The filters, by Google's own methods."""
    google.add_person(truth.ME, "Ann", aliases=["ann+shop@example.org", "team7@example.org"])
    google.act("gmail.verify_forwarding", truth.ME, address=truth.FORWARDED)
    shown, ids = {"labelListVisibility": "labelShow", "messageListVisibility": "show"}, {}
    for one in truth.filters():
        for name in one.labels:
            if name not in ids:
                made = google.call("gmail.users.labels.create", truth.ME, body={"name": name, **shown})
                ids[name] = made["id"]
        marks = {"STARRED": one.star, "TRASH": one.trash, **dict.fromkeys(one.said, True)}
        away = {"INBOX": one.archive, "UNREAD": one.read, "SPAM": one.never_spam}
        google.call("gmail.users.settings.filters.create", truth.ME, body={"criteria": dict(one.ask), "action": {
            "addLabelIds": [*(ids[name] for name in one.labels), *(name for name, so in marks.items() if so)],
            "removeLabelIds": [name for name, so in away.items() if so], "forward": one.forward}})


def test_letters_end_where_the_table_says() -> None:
    """Labels, inbox, star, trash, read, sent on: all the same; only what documents leave open is not answered."""
    filters, google = truth.filters(), GoogleEmulator()
    with google:
        planted(google)
        letters = truth.letters(random.Random(20), 200, filters)
        wrong, open_ = [], []
        for number, letter in enumerate(letters):
            try:
                found = google.deliver(truth.ME, truth.mime(letter, number))
            except NotPossibleError:
                open_.append(letter)
                continue
            ended = truth.Outcome(
                frozenset(found.names), "INBOX" in found.labels, found.read, found.starred, found.trashed,
                frozenset(found.forwarded_to))
            if ended != truth.outcome(letter, filters):
                wrong.append((letter, found))
        turned = {"from": truth.STRANGER, "to": truth.ME, "subject": "Reporteleven, quarterly"}
        with pytest.raises(NotPossibleError, match="quarterly"):
            google.deliver(truth.ME, turned)
        read = []
        for reading in ("document", "window"):
            google.configure(filter_reading=reading)
            read.append(google.deliver(truth.ME, turned).names)

    assert wrong == []
    assert read == [(), ("Reports",)]
    assert all(UNDECIDED in one.meets for one in open_)
    assert len(open_) < 20
