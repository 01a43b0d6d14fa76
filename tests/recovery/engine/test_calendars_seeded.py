"""Calendars that no client has written move from Exchange 2010 to 2019; raw XML and dateutil judge what arrives."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine.migration.record import State
from tests.contract.exchange.calendar_box import Box, occurrence
from tests.contract.exchange.test_calendars_unproven import HARSHEST, KINDEST
from tests.contract.exchange_emulator.series_matrix import drawn
from tests.recovery.engine.test_calendars_moved import Moving, moving_from
from tests.servers.calendars.attachments import holding
from tests.servers.calendars.judge import Facts, Judge, differences, expected
from tests.servers.calendars.planting import plant, written
from tests.servers.calendars.seeds import (
    ANN,
    ATTENDEE,
    HOUR,
    Own,
    Seed,
    clock,
    doubles,
    fewer_files,
    lacking,
    meetings,
    odd,
    of_row,
    people,
    rules,
    singles,
)
from tests.servers.exchange.pair import OLD, Mailbox
from tests.servers.world import ADDRESS

BOTH = pytest.mark.parametrize("behaviour", [KINDEST, HARSHEST], ids=["kindest", "harshest"])
# A reminder of what is past is silent (34051 is PidLidReminderSet); an own meeting that was never sent is told so.
SILENT = {"ReminderIsSet", "34051"}
UNSENT = {"MeetingRequestWasSent", "33321"}
# What a server may keep for itself: who the organizer is, with what follows from that, and what attendees answered.
ORGANIZER = {
    "Organizer", "MyResponseType", "AppointmentState", "IsCancelled", "ResponseObjects", "33303", "33304",
    "AllowNewTimeProposal"}
ANSWERS = {"RequiredAttendees", "OptionalAttendees", "Resources"}
NOT_INVITED = "alone were never invited"        # a day of a series that is with nobody else
ORGANIZER_LOST, ANSWERS_LOST = "and not who invited them", "does not keep what its people have answered"
NOT_SENT = "its invitations were never sent"
OWN, OTHERS = ("own meeting", "unsent meeting", "own series"), (
    "invited", "invited series", "cancelled", "their series",
    *(f"their occurrence of the {day}th" for day in (3, 6, 9)))


@dataclass
class Planted:
    """Seeds at the source, and a judge of each side."""

    moving: Moving
    seeds: list[Seed]
    old: Judge
    new: Judge
    before: str

    def past(self) -> set[str]:
        """The subjects of what is over."""
        return {seed.subject for seed in self.seeds if seed.is_past(datetime.now(UTC))}


def otherwise(there: dict[str, list[Facts]], here: dict[str, list[Facts]]) -> list[tuple[str, str, str]]:
    """(subject, field, words) of what the new mailbox says otherwise than it should."""
    found = (line.split(": ", 2) for line in differences(there, here))
    return [(subject.rpartition(" ")[0], name, words) for subject, name, words in found]


def reminded(here: dict[str, list[Facts]], subjects: set[str]) -> set[str]:
    """Those of the subjects of which something has a reminder."""
    return {each for each in subjects for facts in here[each] if "true<" in facts["ReminderIsSet"][0]}


@contextmanager
def planted(directory: Path, behaviour: Mapping[str, object], seeds: list[Seed]) -> Iterator[Planted]:
    """Everything is where it belongs, and the new calendar has entries of its owner's. Something is written then."""
    with moving_from(directory, "2010") as moving:
        moving.new.emulator.configure(**behaviour)
        plant(moving.old.database, OLD, seeds)
        theirs = [*singles()[:1], *rules()[:1]]
        plant(moving.new.database, ADDRESS, [
            replace(one, subject=f"my {one.subject}", zone="Sydney") for one in theirs])
        names = {OLD: ADDRESS, "<t:Name>old<": "<t:Name>claire<"}
        yield Planted(moving, seeds, Judge(Mailbox(moving.old.sessions), names), Judge(Mailbox(moving.new.sessions)),
                      moving.new.emulator.dump(ADDRESS))
        assert any(one.tells for one in moving.new.emulator.requests)


def sample() -> list[Seed]:
    """One of each kind."""
    series = [of_row(row) for row in drawn(6)]
    return [*singles(), *rules(), *lacking(), fewer_files(), *holding(), *doubles(), *meetings(OLD), *series]


def kept_back(subject: str, behaviour: Mapping[str, object]) -> set[str]:
    """The fields that such a server keeps for itself."""
    answers = ANSWERS if subject in (*OWN, *OTHERS) and not behaviour["attendee_responses_kept"] else set()
    return answers | (ORGANIZER if subject in OTHERS and not behaviour["organizer_by_property"] else set())


def not_kept(subject: str, behaviour: Mapping[str, object]) -> set[str]:
    """What the report has to say of a meeting at such a server."""
    lost = set()
    if subject in OTHERS and not behaviour["organizer_by_property"]:
        lost.add(ORGANIZER_LOST)
    if subject in (*OWN, *OTHERS) and not behaviour["attendee_responses_kept"]:
        lost.add(ANSWERS_LOST)
    return lost | ({NOT_SENT} if subject == "unsent meeting" else set())


def named_of(said: list[str], subject: str) -> set[str]:
    """Which of these the report says of it."""
    return {words for line in said if f": {subject} (" in line
            for words in (ORGANIZER_LOST, ANSWERS_LOST, NOT_SENT) if words in line}


def differing(
    at: Planted, there: dict[str, list[Facts]], here: dict[str, list[Facts]], behaviour: Mapping[str, object]
) -> set[str]:
    """The subjects of what is otherwise as far as such a server has it so, reminders of what is past apart."""
    past, found = at.past(), set()
    assert reminded(here, past & here.keys()) == set()
    for subject, name, words in otherwise(there, here):
        silent = name in SILENT and subject in past and "false<" in words.partition(" -> ")[2]
        of_one_day = "Recurrence, " in subject and ">true<" in words.partition(" -> ")[2]      # for its guests
        unsent = name in UNSENT and (subject == "unsent meeting" or of_one_day)
        assert silent or unsent or name in kept_back(subject, behaviour), (subject, name, words)
        found |= set() if silent else {subject}
    return found


def alike(
    at: Planted, there: dict[str, list[Facts]], here: dict[str, list[Facts]], behaviour: Mapping[str, object]
) -> bool:
    """True: nothing is otherwise but what `differing` allows, and that the guests of one day count as invited."""
    return {subject for subject in differing(at, there, here, behaviour) if "Recurrence, " not in subject} == set()


def judged(at: Planted, behaviour: Mapping[str, object]) -> None:
    """Moves the seeds, judges what arrived, moves again, and takes all of it back."""
    there, moving = at.old.all(at.seeds), at.moving
    assert at.old.shown() == expected(at.seeds)
    mine = at.new.shown()
    done, again = moving.migrate(), moving.migrate()

    assert at.new.shown() - mine == expected(at.seeds)
    counts = [moving.counts(each) for each in (done, again)]
    assert [(each.copied, each.already_there, each.failed) for each in counts] == [
        (len(at.seeds), 0, 0), (0, len(at.seeds), 0)]
    said, differ = moving.said(done), differing(at, there, at.new.all(at.seeds), behaviour)
    assert {line.split(": ")[1].partition(" (")[0] for line in said} == differ
    for subject in differ:
        assert named_of(said, subject) == not_kept(subject, behaviour), subject
    back = moving.at.roll_back(done.task_id)
    assert (back.state, back.rollback.kept) == (State.ROLLED_BACK, 0)
    assert moving.new.emulator.dump(ADDRESS) == at.before


def test_all_that_no_server_computes_is_the_same_at_the_times_that_dateutil_has(tmp_path: Path) -> None:
    """A second run copies nothing, a rollback leaves what was there, and nobody hears of it.

    On a server that does the worst of what nobody has proved; tests/load has one that does the best of it.
    """
    with planted(tmp_path, HARSHEST, sample()) as at:
        judged(at, HARSHEST)


def invitation(
    method: str, uid: str, start: datetime, *, people: str, original: datetime | None = None, sequence: int = 9
) -> bytes:
    """A message about a meeting, or about one occurrence of it."""
    which = "" if original is None else f"RECURRENCE-ID:{_stamp(original)}\r\n"
    return (
        f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nUID:{uid}\r\n{which}"
        f"SEQUENCE:{sequence}\r\nDTSTAMP:20261101T000000Z\r\nDTSTART:{_stamp(start)}\r\n"
        f"DTEND:{_stamp(start + HOUR)}\r\nSUMMARY:invited\r\n{people}END:VEVENT\r\nEND:VCALENDAR\r\n"
    ).encode()


def _stamp(moment: datetime) -> str:
    return written(moment).replace("-", "").replace(":", "")


BOSS = f"ORGANIZER:mailto:boss@example.net\r\nATTENDEE:mailto:{ADDRESS}\r\n"
ANSWER = f"ORGANIZER:mailto:{ADDRESS}\r\nATTENDEE;PARTSTAT=DECLINED:mailto:ann@example.net\r\n"


@BOTH
def test_meetings_go_on_where_they_were(tmp_path: Path, behaviour: Mapping[str, object]) -> None:
    """Updates, cancellations and answers meet what moved; where a server keeps no other's meeting, none is doubled.

    What an organizer has changed since stays when the rest is taken back.
    """
    seeds = [*meetings(OLD), *odd(OLD, "")[1:3]]
    by_name = {seed.subject: seed for seed in seeds}
    with planted(tmp_path, behaviour, seeds) as at:
        done = at.moving.migrate()
        box, shown = at.moving.new, at.new.ids()

        def arrive(method: str, name: str, people: str, *, later: int, index: int = 0, alone: bool = False) -> str:
            seed = by_name[name]
            original = seed.utc(seed.wall(index or 1)) if index or alone else None
            start = (original or seed.utc(seed.start)) + later * HOUR
            raw = invitation(method, seed.kept["uid"], start, people=people, original=original)
            return box.emulator.receive_meeting(ADDRESS, raw)

        met, off = ("ignored", "ignored") if behaviour is HARSHEST else ("updated", "cancelled")
        assert arrive("REPLY", "own meeting", ANSWER, later=0) == "answered"
        assert arrive("REPLY", "own series", ANSWER, later=0, index=2) == "answered"
        assert arrive("REQUEST", "invited series", BOSS, later=1, index=5) == met
        assert arrive("REQUEST", "invited", BOSS, later=2) == met
        assert arrive("CANCEL", "invited", BOSS, later=2) == off

        assert arrive("CANCEL", "occurrence of the 14th", BOSS, later=0, alone=True) == off

        assert {name: len(ids) for name, ids in at.new.ids().items()} == {name: len(ids) for name, ids in shown.items()}
        [ours], [theirs] = shown["own meeting"], shown["invited"]
        assert answers(box, f'<t:ItemId Id="{ours}"/>')["ann@example.net"] == "Decline"
        assert answers(box, occurrence(shown["own series"][0], 2))["ann@example.net"] == "Decline"
        assert answers(box, occurrence(shown["own series"][0], 4))["ann@example.net"] != "Decline"
        if behaviour is KINDEST:
            item = box.shown(f'<t:ItemId Id="{theirs}"/>')
            start = by_name["invited"].utc(by_name["invited"].start) + 2 * HOUR
            assert item.findtext("{*}Start") == written(start)
            assert item.findtext("{*}IsCancelled") == "true"
            [thirteenth], [fourteenth] = (shown[f"occurrence of the {day}th"] for day in (13, 14))
            assert cancelled(box, thirteenth, fourteenth) == ["false", "true"]
        back = at.moving.at.roll_back(done.task_id)
        stays = LIVED_ON if behaviour is KINDEST else set()
        assert {one for one in at.new.ids() if not one.startswith("my ")} == stays
        assert back.rollback.kept == len(stays)
        assert {line for line in at.moving.said(back) if line.endswith("it stays")} == {
            f"Calendar: {name}: changed since the migration, so it stays" for name in stays}


# What an organizer has changed since; an answer is no change of the owner's.
LIVED_ON = {"invited", "invited series", "occurrence of the 14th"}


def cancelled(box: Box, *ids: str) -> list[str | None]:
    """Whether each item is cancelled."""
    return [box.shown(f'<t:ItemId Id="{one}"/>').findtext("{*}IsCancelled") for one in ids]


def answers(box: Box, target: str) -> dict[str, str]:
    """What each attendee has answered."""
    return {one.findtext("{*}Mailbox/{*}EmailAddress", ""): one.findtext("{*}ResponseType", "")
            for one in box.shown(target).iter("{*}Attendee")}


def test_a_series_of_which_one_occurrence_was_edited_stays_and_is_named(tmp_path: Path) -> None:
    """All else goes; a series whose occurrence was edited in the old mailbox afterwards goes, too."""
    seeds = [*singles()[:2], *(of_row(row) for row in drawn(6)[:2])]
    with planted(tmp_path, HARSHEST, seeds) as at:
        moving, edited = at.moving, seeds[-1]
        done = moving.migrate()
        [master] = at.new.ids()[edited.subject]
        moving.new.update(occurrence(master, 1), ("calendar:Location", "<t:Location>Elsewhere</t:Location>"))
        [old] = at.old.ids()[seeds[-2].subject]
        moving.old.update(occurrence(old, 1), ("calendar:Location", "<t:Location>Elsewhere</t:Location>"))
        back = moving.at.roll_back(done.task_id)

        assert (back.rollback.removed, back.rollback.kept) == (len(seeds) - 1, 1)
        assert {one for one in at.new.ids() if not one.startswith("my ")} == {edited.subject}
        assert any(edited.subject in line for line in moving.said(back)), moving.said(back)
        moving.new.delete(f'<t:ItemId Id="{master}"/>')
        assert moving.new.emulator.dump(ADDRESS) == at.before


@BOTH
def test_what_no_client_could_have_made_is_there_or_named(tmp_path: Path, behaviour: Mapping[str, object]) -> None:
    """Times that cannot be are a minute long, people without an address are named, and no occurrence is missing."""
    seeds = odd(OLD, "/o=Gone/ou=Exchange/cn=Recipients/cn=dave")
    with planted(tmp_path, behaviour, seeds) as at:
        mine, before = at.new.shown(), at.old.shown()
        done, again = at.moving.migrate(), at.moving.migrate()
        said = at.moving.said(done)

        assert {(subject, start) for subject, start, _ in at.new.shown() - mine} == {
            (subject, start) for subject, start, _ in before} | {
            (one.subject, one.utc(one.start)) for one in seeds if one.span <= timedelta()}
        assert (at.moving.counts(done).copied, at.moving.counts(again).copied) == (len(seeds), 0)
        assert at.moving.counts(again).already_there == len(seeds)
        for subject in ("swapped", "people without an address", "ends before it begins", "ends as it begins"):
            assert any(f": {subject} (" in line for line in said), (subject, said)
        people = next(line for line in said if "people without an address" in line)
        assert "Carol of Sales" in people + str(said)
        assert "Dave" in people + str(said)
        back = at.moving.at.roll_back(done.task_id)
        assert (back.state, back.rollback.kept) == (State.ROLLED_BACK, 0)
        assert at.moving.new.emulator.dump(ADDRESS) == at.before


def test_people_of_the_old_directory_have_their_addresses(tmp_path: Path) -> None:
    """In a meeting, and in one occurrence of a series; nobody is left out, so that nothing is said."""
    with planted(tmp_path, KINDEST, []) as at:
        old = at.moving.old
        old.emulator.add_mailbox("bob@example.org", password="-")
        [address] = old.emulator.ex_addresses("bob@example.org")
        bob = people(ANN, ATTENDEE.format("Bob", address, "EX", "Accept"))
        [series] = [one for one in meetings(OLD) if one.subject == "own series"]
        plant(old.database, OLD, [
            Seed("a meeting", clock(2025, 1, 6, 9), elements=bob, kept={"sent": True}),
            replace(series, own={3: Own(elements=bob)}, elements=people(ANN)),
        ])
        done = at.moving.migrate()

        [[meeting], [made]] = (at.new.ids()[name] for name in ("a meeting", "own series"))
        wanted = {"ann@example.net": "Unknown", "bob@example.org": "Accept"}
        assert answers(at.moving.new, f'<t:ItemId Id="{meeting}"/>') == wanted
        assert answers(at.moving.new, occurrence(made, 3)) == wanted
        assert at.moving.said(done) == []


def test_a_seed_that_differs_is_seen_by_the_judge() -> None:
    """An occurrence an hour off, or with other words, is no equal."""
    [seed] = [one for one in rules() if one.subject == "second Monday"]
    moved = Seed(seed.subject, seed.start, seed.zone, series=seed.series, own={2: Own(seed.wall(2) + HOUR)})

    assert expected([seed]) != expected([moved])
    assert differences({"a": [{"Subject": ["x"]}]}, {"a": [{}]}) == ["a 0: Subject: ['x'] -> None"]
