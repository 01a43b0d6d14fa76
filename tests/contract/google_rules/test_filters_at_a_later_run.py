"""Filters at a later run: what is new comes whole and in its place, what is there no more is named."""

from __future__ import annotations

from pathlib import Path

from engine.migration.record import Counts
from tests.contract.google_rules.account import ME, Json, Moving, filter_, moving_from

SENDER = "a@x.example"


def arrives(moving: Moving, subject: str, *, sender: str = SENDER, cc: str = "") -> tuple[tuple[str, ...], list[str]]:
    """The folder and the categories of a letter that arrives now."""
    raw = f"From: {sender}\r\nTo: {ME}\r\nCc: {cc}\r\nSubject: {subject}\r\n\r\nHello\r\n"
    moving.at.emulator.deliver(moving.at.address, raw.encode())
    [message] = [one for one in moving.at.messages() if one.subject == subject]
    return message.folder, list(message.categories)


def test_filters_that_come_later_stand_where_they_belong(tmp_path: Path) -> None:
    """What marks comes before what moves, by a later task too. A filter that changed at Gmail is named, not doubled."""
    first = filter_("1", {"from": "a@x.example"}, labels=["Work"], archive=True)
    with moving_from(tmp_path, ["Work", "Fun"]) as moving:
        moving.gmail.has(first)
        moving.migrate()
        alone = moving.rules.names()
        changed = filter_("1", {"from": "a@x.example"}, labels=["Work"], archive=True, read=True)
        moving.gmail.has(changed, filter_("2", {"subject": "cinema"}, labels=["Fun"]))
        done = moving.migrate()
        names, lines = moving.rules.names(), moving.lines(done)
        for subject, sender in (("both cinema", "a"), ("one", "a"), ("other cinema", "b")):
            raw = f"From: {sender}@x.example\r\nTo: {ME}\r\nSubject: {subject}\r\n\r\nHello\r\n"
            moving.at.emulator.deliver(moving.at.address, raw.encode())
        found = {message.subject: (message.folder, list(message.categories)) for message in moving.at.messages()}

    assert alone == ["Gmail: from a@x.example → Work"]
    assert names == [
        "Gmail: from a@x.example → category Work, mark as read", "Gmail: subject cinema → category Fun",
        "Gmail: from a@x.example and subject cinema → Fun", *alone,
    ]
    assert "changed at the source" in lines["Gmail: from a@x.example → Work"]
    assert moving.counts(done) == Counts(found=4, copied=3, already_there=1, changed=1)
    assert found == {
        "both cinema": (("Fun",), ["Work", "Fun"]), "one": (("Work",), ["Work"]), "other cinema": (("Inbox",), ["Fun"]),
    }


def test_a_filter_that_was_edited_acts_and_its_former_rule_is_named(tmp_path: Path) -> None:
    """Gmail's interface knows no update: an edited filter has another id (gmail.v1, users.settings.filters).

    Its rule stands before the former one, which deletes and is not the migration's to remove.
    """
    with moving_from(tmp_path, ["Work"]) as moving:
        moving.gmail.has(filter_("1", {"from": SENDER}, more=["TRASH"]))
        moving.migrate()
        moving.gmail.has(filter_("2", {"from": SENDER}, labels=["Work"], archive=True))
        done = moving.migrate()
        names, lines, found = moving.rules.names(), moving.lines(done), arrives(moving, "hi")
        again = moving.migrate()
        moving.gmail.has()
        empty = moving.migrate()
    former = f"Gmail: from {SENDER} → delete"
    assert names == [f"Gmail: from {SENDER} → Work", former]
    assert found == (("Work",), [])
    assert "remove it there if it is not wanted" in lines[former]
    assert moving.counts(done) == Counts(found=1, copied=1, removed_at_source=1)
    assert moving.counts(again) == Counts(found=1, already_there=1, removed_at_source=1)
    assert (moving.counts(empty), set(moving.lines(empty))) == (Counts(removed_at_source=2), set(names))


def test_one_that_comes_later_brings_all_of_its_rules(tmp_path: Path) -> None:
    """Those for mail that two filters meet as well: mail lies where it would, had all filters been there before."""
    archives = filter_("1", {"to": "t@o.example"}, archive=True)
    first, later = (filter_("2", {"to": "t@o.example"}, labels=["Zed/Q"]),
                    filter_("3", {"subject": "beta"}, labels=["B/C"]))
    assert _twice(tmp_path, [archives, first], [archives, first, later], "beta", cc="t@o.example") == ("B", "C")


def test_the_label_of_one_that_comes_later_is_given(tmp_path: Path) -> None:
    """Before mail is moved by a rule that was there and stops."""
    first = filter_("1", {"from": SENDER, "subject": "beta"}, labels=["Work/Deep"])
    later = filter_("2", {"from": SENDER}, labels=["B/C"])
    archives = filter_("3", {"subject": "alpha"}, labels=["Fun"], archive=True)
    assert _twice(tmp_path, [first, archives], [first, later, archives], "alpha") == ("B", "C")


def _twice(directory: Path, first: list[Json], then: list[Json], subject: str, *, cc: str = "") -> tuple[str, ...]:
    """The folder of a letter that arrives once filters have moved, and others later."""
    with moving_from(directory, ["Zed", "Zed/Q", "B", "B/C", "Work", "Work/Deep", "Fun"]) as moving:
        moving.gmail.has(*first)
        moving.migrate()
        moving.gmail.has(*then)
        moving.migrate()
        return arrives(moving, subject, cc=cc)[0]
