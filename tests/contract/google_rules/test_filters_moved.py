"""Filters moved: mail that arrives in the new mailbox ends where Gmail's filters have put it."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

from emulators.exchange.records import StoredMessage
from engine.connectors.google.filters.places import Places
from engine.connectors.google.mail.labels import category
from engine.migration.content import Content
from engine.migration.record import Counts, State
from engine.migration.request import Choice
from tests.contract.google_rules.account import ME, filter_, moving_from
from tests.servers.exchange.rules import DELETE, strings
from tests.servers.google.truth import filters as truth
from tests.servers.google.truth.filters import Filter, Outcome


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


def test_what_stays_and_what_is_said_of_the_rest(tmp_path: Path) -> None:
    """Forwarding without a tick, a folder that is missing, deeds that no rule does, twins, and the owner's own rule."""
    with moving_from(tmp_path, ["Work", "Work/Deep"]) as moving:
        moving.rules.add("Owner's own", DELETE, strings("ContainsSubjectStrings", "casino"))
        moving.gmail.has(
            filter_("1", {"from": "a@x.example"}, labels=["Work"], forward="c@x.example", read=True),
            filter_("2", {"from": "b@x.example"}, forward=moving.at.address),
            filter_("3", {"from": "d@x.example"}, labels=["Work/Deep"], archive=True, more=["STARRED"]),
            filter_("4", {"from": "d@x.example"}, labels=["Work/Deep"], archive=True, more=["STARRED"]),
            filter_("5", {"subject": "win"}, more=["TRASH"]),
            filter_("6", {"from": "e@x.example"}, more=["TRASH"], less=["SPAM"]),
            filter_("7", {"from": "f@x.example"}, labels=["Gone"]),
        )
        alone = moving.migrate(contents=(Content.INBOX_RULES,))
        without_folders = moving.rules.names()
        done = moving.migrate()
        names, lines = moving.rules.names(), moving.lines(done)
        ticked = moving.migrate(Choice.FORWARDING)
        [sending] = [one for one in moving.rules.told() if "forward" in one.name]

    work = "Gmail: from a@x.example → category Work, mark as read"
    sent = "Gmail: from a@x.example → forward to c@x.example"
    deep, thrown = "Gmail: from d@x.example → Work/Deep", "Gmail: from e@x.example → delete"
    assert without_folders == ["Owner's own", work, thrown]
    assert "has no counterpart" in moving.lines(alone)[deep]
    assert names == ["Owner's own", work, thrown, deep, f"{deep} (2)"]
    assert "was not asked for" in lines[sent]
    assert "go round there" in lines[f"Gmail: from b@x.example → forward to {moving.at.address}"]
    assert "would delete other mail" in lines["subject:(win) → delete it"]
    assert "a label that is there no more" in lines["from:(f@x.example) → a label that is there no more"]
    assert lines["from:(d@x.example) → label “Work/Deep”, star it, skip the inbox"] == (
        "it stars the mail, which no rule of Exchange does")
    assert lines["from:(e@x.example) → delete it, never send it to spam"] == (
        "it keeps the mail out of spam, which no rule of Exchange does")
    assert moving.counts(ticked) == Counts(found=8, copied=1, already_there=4, left_out=3)
    assert "RedirectToRecipients" in sending.parts["Actions"]


def test_a_name_with_a_dot_may_be_a_part_of_an_address(tmp_path: Path) -> None:
    """It is found where it stands before the @ as well; that Gmail looks for it in more places is said."""
    with moving_from(tmp_path, ["John"]) as moving:
        moving.gmail.has(filter_("1", {"from": "john.doe"}, labels=["John"]))
        lines = moving.lines(moving.migrate())
        for sender in ("john.doe@x.example", "a@john.doe", "john@doe.example"):
            raw = f"From: {sender}\r\nTo: {ME}\r\nSubject: {sender}\r\n\r\nHello\r\n"
            moving.at.emulator.deliver(moving.at.address, raw.encode())
        found = {message.subject for message in moving.at.messages() if list(message.categories) == ["John"]}
    assert found == {"john.doe@x.example", "a@john.doe"}
    assert "in names, too" in lines["from:(john.doe) → label “John”"]


def test_a_label_called_as_a_folder_of_the_mailbox_files_nothing_into_that(tmp_path: Path) -> None:
    """New mail would be thrown away, or be junk. Once its mail has moved, the label has a folder of its own."""
    names = ["Deleted Items", "Junk Email"]
    with moving_from(tmp_path, names) as moving:
        moving.gmail.has(*(filter_(_word(name), {"from": f"{_word(name)}@x.example"}, labels=[name], archive=True)
                           for name in names))
        lines = moving.lines(moving.migrate(contents=(Content.INBOX_RULES,)))
        without = moving.rules.names()
        moving.migrate()
        moving.at.emulator.deliver(moving.at.address, f"From: deleted@x.example\r\nTo: {ME}\r\n\r\nHello\r\n".encode())
        [message] = moving.at.messages()
    assert without == []
    assert all("has no counterpart" in lines[f"Gmail: from {_word(name)}@x.example → {name}"] for name in names)
    assert message.folder == ("Deleted Items (2)",)


def _word(name: str) -> str:
    return name.split(maxsplit=1)[0].lower()


def test_that_gmail_sends_all_mail_on_is_said(tmp_path: Path) -> None:
    """It is no filter (gmail.v1, users.settings.getAutoForwarding); nothing sends mail on because of it."""
    with moving_from(tmp_path, []) as moving:
        moving.gmail.tell("/users/me/settings/autoForwarding", {"enabled": True, "emailAddress": "boss@example.net"})
        on = moving.migrate(Choice.FORWARDING)
        moving.gmail.tell("/users/me/settings/autoForwarding", {"enabled": False, "emailAddress": "boss@example.net"})
        off = moving.migrate()
        lines = [moving.lines(done) for done in (on, off)]
        assert moving.rules.names() == []
    assert "all new mail on to boss@example.net" in lines[0]["Forwarding"]
    assert lines[1] == {}
