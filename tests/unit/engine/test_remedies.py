"""What an owner can do about each reason that the engine gives."""

from __future__ import annotations

import re
from datetime import UTC, datetime

import pytest

from engine.connectors.exchange import colours, out_of_office
from engine.connectors.exchange.errors import WORDS, words_for
from engine.connectors.exchange.reading.content import PROTECTED
from engine.connectors.exchange.reading.folders import ALONE, AT_THE_TOP, IN_THE_ARCHIVE, JOURNAL
from engine.connectors.exchange.reading.rebuilt import REBUILT, WITHOUT_FILES, WITHOUT_TEXT
from engine.connectors.exchange.rules import assistant, updating
from engine.connectors.exchange.rules import reading as rules_reading
from engine.connectors.exchange.typed.contact import addresses as contact_addresses
from engine.connectors.exchange.typed.contact import made as contact_made
from engine.connectors.exchange.typed.group import members as source_members
from engine.connectors.exchange.typed.tasks import assigned
from engine.connectors.exchange.typed.tasks import made as task
from engine.connectors.exchange.typed.tasks import series as tasks_series
from engine.connectors.exchange.writing import answers, apart, detaching, meetings, members, series
from engine.connectors.google import vacation
from engine.connectors.google.filters import looseness
from engine.connectors.google.filters import reading as filters
from engine.connectors.imap import reader
from engine.connectors.pop3 import failures
from engine.contents import inbox_rules as rules
from engine.contents.contact_groups import STAYING
from engine.contents.mail import COMES_AGAIN, KIND
from engine.contents.out_of_office import OWN
from engine.errors import Side
from engine.items import copying
from engine.items.back.removal import Stays
from engine.items.folders import emptied
from engine.items.moving import doubts, transfer
from engine.items.report.lines import (
    CHANGED,
    GONE_SINCE,
    NOT_COMPARED,
    NOT_MOVED,
    OF_ANOTHER_KIND,
    RELABELLED,
    REPLIES,
    foreign,
    taken_away,
    warning,
)
from engine.items.source import fetching, relisting
from engine.migration.content import Content
from engine.migration.record import Failure, Reason
from engine.migration.remedies import OF_ENTRIES, OTHERWISE, REMEDIES, remedy
from engine.migration.request import Choice
from engine.ports.facts import Retention
from engine.settings import copying as settings_copying
from engine.settings.agreement import STAYS, UNAGREED

FAILED = [
    transfer.TOO_LARGE, transfer.PUT_OFF.format("busy"), doubts.NOT_SURE.format("reset"), fetching.EMPTY,
    relisting.RENUMBERING, failures.LOCKED, *(words_for(code, "") for code in WORDS),
    words_for("ErrorNobodyKnows", "what it says"),
    "its folder could not be made: too many folders have its name",
    "imap.example.org counts 3 messages here, but shows only 2 of them.",
    "imap.example.org lists this message, but does not give it out.",
    "imap.example.org breaks off each time it is asked for this message.",
    "imap.example.org does not say where this message ends.", "pop.example.org sends more of this message than can be.",
    "It is locked. It did so each time, while it gave other messages.",
    "The source does not let this account read the folder.",
    "The source can give out nothing of this message: it says that it is damaged.",
]
LEFT_OUT = [
    relisting.GONE, copying.SHOWN_AGAIN, "marked as deleted", IN_THE_ARCHIVE, JOURNAL, OF_ANOTHER_KIND, AT_THE_TOP,
    taken_away(Retention(365)), taken_away(Retention(365, archives=True)),
]
TIME = datetime(2026, 3, 2, 9, tzinfo=UTC)
UNTOLD = "the source does not tell who received it and who else"
MISSED = [
    (IN_THE_ARCHIVE, Reason.LEFT_OUT), (JOURNAL, Reason.LEFT_OUT), (OF_ANOTHER_KIND, Reason.LEFT_OUT),
    (PROTECTED, Reason.NOTED), (f"{UNTOLD} and {PROTECTED}", Reason.NOTED),
    (f"{REBUILT}; {WITHOUT_TEXT}", Reason.NOTED), (f"{REBUILT}; {WITHOUT_FILES}", Reason.NOTED),
    ("The source does not let this account read the folder.", Reason.FAILED),
]
NOTED = [
    COMES_AGAIN, REBUILT, f"{REBUILT}; {WITHOUT_TEXT}", f"{REBUILT}; {WITHOUT_TEXT}; {WITHOUT_FILES}", PROTECTED,
    foreign(KIND, ["Ann"]).reason, reader.SHORTER, "the source does not tell marks, such as read,",
    "moved here from \u201cWork\u201d at the source since it was copied",
    "was copied into this mailbox before from another folder, by a task",
    ALONE.format("appointments"), ALONE.format("contacts"), NOT_MOVED.format("contact groups"),
    contact_addresses.UNKNOWN.format("Ann"), contact_made.CUT, contact_made.NEW_PHONE.format("1", "Mms"),
    members.BY_ADDRESS.format(1, "Ann"), members.UNFOLDED.format("Choir"), members.REFUSED,
    members.OTHER.format("Ann", "a@example.net"), members.SPLIT.format(2, "a", "b"),
    source_members.UNKNOWN.format("Ann"), source_members.WITHOUT_ADDRESS.format("Ann"), source_members.GONE.format("A"),
    assigned.GIVEN.format("Bob"), assigned.TAKEN.format("Ann"), task.WHEN_UNKNOWN, task.NOT_YET, task.PART_DONE,
    tasks_series.MOVED.format("2044-03-07", "2044-03-13"),
    CHANGED, RELABELLED, GONE_SINCE, f"{NOT_COMPARED}: the source is away",
    apart.APART.format(TIME, "crossing"), apart.AS_SERIES.format(TIME, words_for("ErrorItemSave", "")),
    answers.NOT_KEPT.format(TIME), detaching.STAYS.format(TIME, "plan.txt"), detaching.BACK,
    apart.LOST.format(TIME, "no"), apart.TWICE.format(TIME, "no"),
    series.UNKNOWN.format(TIME), series.STAYS.format(TIME, "no"),
    meetings.ORGANIZER, meetings.ANSWERS, meetings.NOT_SENT, meetings.NOT_SENT_ALONE.format(TIME),
    REPLIES, warning(KIND, Retention(365)).reason, warning(KIND, Retention(365, archives=True)).reason,
]
KEPT = [*Stays, f"{Stays.CHANGED}; {STAYING}", emptied.NOT_EMPTY, emptied.FILLED, emptied.REFUSED,
        "the destination does not remove it: no"]
GIVEN = [(Reason.FAILED, FAILED), (Reason.LEFT_OUT, LEFT_OUT), (Reason.NOTED, NOTED), (Reason.KEPT, KEPT)]


@pytest.mark.parametrize(("outcome", "reasons"), GIVEN, ids=[outcome for outcome, _ in GIVEN])
def test_every_reason_has_a_remedy_of_its_own(outcome: Reason, reasons: list[str]) -> None:
    """None of the engine's own words falls back on what is said of any other."""
    own = {words for _, words in REMEDIES}

    for reason in reasons:
        assert remedy(Failure(Content.MAIL, "", "", reason, outcome)) in own, reason


@pytest.mark.parametrize(("reason", "outcome"), MISSED)
def test_whoever_would_miss_something_reads_what_to_do(reason: str, outcome: Reason) -> None:
    """Mail that stays behind, text or attachments that are lacking: that is not nothing to do."""
    words = remedy(Failure(Content.MAIL, "Work", "3 messages", reason, outcome))

    assert not words.startswith("Nothing to do.")
    assert "open the message" not in words.lower()


def test_no_remedy_is_for_nothing_and_none_is_a_riddle() -> None:
    """Each is found by some reason, and is made of sentences of at most 160 characters."""
    given = [reason for _, reasons in GIVEN for reason in reasons]

    for pattern, words in REMEDIES:
        assert any(re.search(pattern, reason) for reason in given), pattern
        assert words.endswith(".")
        assert max(map(len, re.split(r"(?<=\\.) ", words))) <= 160


@pytest.mark.parametrize("outcome", Reason)
def test_an_unknown_reason_has_a_remedy_too(outcome: Reason) -> None:
    """Whatever a server says, somebody is told what they can do, or that it is nothing."""
    assert remedy(Failure(Content.MAIL, "", "", "words of some server", outcome)) == OTHERWISE[outcome]


# What is said of settings, and how the remedy of each begins.
OF_SETTINGS = (
    (rules.SENDS, "Start another migration"), (f"{rules_reading.UNSUPPORTED}; {rules.SENDS}", "Make it by hand"),
    (f"{rules.NO_FOLDER.format('Lists')}; {rules.SENDS}{rules.UNREPLACED}", "Make it by hand"),
    (UNAGREED[Choice.OUTLOOK_RULES], "Start another migration"),
    (STAYS[Choice.OUTLOOK_RULES], "Remove it by hand"), (rules.GONE_FOLDER, "Make it by hand"),
    (rules.NO_FOLDER.format("Lists"), "Make it by hand"), (rules_reading.REPLIES, "Make it by hand"),
    (rules_reading.UNSUPPORTED, "Make it by hand"), (assistant.MADE_ANEW, "Make it by hand"),
    (updating.NO_ROOM, "Remove rules"), (settings_copying.CHANGED, "Change it in the new mailbox"),
    (out_of_office.NOT_OWNED.format(side=Side.SOURCE), "Start another migration"),
    (out_of_office.NO_ADDRESS.format(side=Side.DESTINATION, owner="CORP\\ann"), "Start another migration"),
    (colours.UNREADABLE.format("old"), "Open the categories"),
    (filters.MAKE_ANEW.format(filters.LOOSE_DELETION.format("a size", "larger mail")), "Make it by hand"),
    (f"{filters.NO_DEED}; it stars the mail", "Nothing to do. What it did"),
    (filters.BEYOND.format("it stars the mail"), "Nothing to do. What it did"),
    *((words.format("“win”"), "Nothing to do. If the rule") for words in looseness.TOLD.values()),
    (vacation.SUBJECT.format("Away"), "Nothing to do. Change the text"), (vacation.CONTACTS, "Change the reply"),
    (vacation.NO_END.format(TIME), "Set its last day"),
)


def test_what_to_do_about_a_setting_is_said_as_its_reason_says_it() -> None:
    """No remedy is for nothing, and what is only good to know asks for nothing."""
    found = {reason: remedy(Failure(Content.INBOX_RULES, "", "", reason, Reason.LEFT_OUT)) for reason, _ in OF_SETTINGS}
    own = remedy(Failure(Content.OUT_OF_OFFICE, "", "", OWN.reason, Reason.LEFT_OUT))

    assert {reason: words for reason, words in OF_SETTINGS if not found[reason].startswith(words)} == {}
    assert set(found.values()) == {words for _, words in OF_ENTRIES}
    assert own.startswith("Nothing to do.")


@pytest.mark.parametrize("outcome", Reason)
def test_nobody_is_told_to_forward_a_setting(outcome: Reason) -> None:
    """What is said of messages helps nobody with a rule or a reply."""
    words = remedy(Failure(Content.OUT_OF_OFFICE, "", "Reply", "the destination refused it (ErrorOdd)", outcome))

    assert "message" not in words
    assert "Nothing to do" in words or "by hand" in words
