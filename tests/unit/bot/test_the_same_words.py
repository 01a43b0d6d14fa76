"""Every state, cause and count: the card, its one line, the message, the e-mail and the terminal say the same."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from types import MappingProxyType
from typing import Any

from bot.ids import Action
from bot.notices.milestones import milestones
from bot.notices.third_party import email_of
from bot.stored.threads import Act
from bot.views import dialogs
from bot.views.advice import cause_of, said
from bot.views.cards import button_gone, card
from bot.views.report import Bookmark, report_view
from bot.views.words import why
from engine.errors import Cause
from engine.migration.back import Preview
from engine.migration.content import Content
from engine.migration.record import Attention, Counts, Migration, Rollback, State, Step
from engine.migration.states import ENDED, GOING_BACK
from engine.store.reports import Report
from terminal import records
from terminal.words import details, full_report, previewed, summary
from tests.unit.bot.records import NOW, OTHER_TASK, TASK, complaints, migration, pieces, press, shown

LONGEST = 160       # characters of a sentence
STARTED = NOW - timedelta(hours=2)
WORDS = "It is like that. Nobody knows why."
COUNTS = (
    (Counts(200, 200), "200 of 200 messages copied"),
    (Counts(1, 1), "1 of 1 message copied"),
    (Counts(200, 196, 0, 3, 1), "196 of 200 messages copied, 3 failed, 1 was left out"),
    (Counts(200, 0, 199, 1), "0 of 200 messages copied, 1 failed, 199 were already there"),
    (Counts(12_345, 12_044, 1, 0, 300, moved=2, removed=1),
     "12,044 of 12,345 messages copied, 1 was already there, 300 were left out"),
    (Counts(), ""),
)
STOPPED = (State.NEEDS_ATTENTION, State.FAILED, State.ROLLBACK_STOPPED, State.COMPLETED, State.PAUSED)
BEHIND = r"(?:failed|w(?:as|ere) (?:already there|left out|not reached))"
NUMBERS = re.compile(rf"[\d,]+ of [\d,]+ messages? copied(?:, [\d,]+ {BEHIND})*")
PRESSED = {
    State.PAUSED: Act.PAUSE, State.CANCELLED: Act.STOP, State.RUNNING: Act.CANCEL, State.ROLLED_BACK: Act.ROLLBACK
}
RIDDLES = (     # with what is said instead
    "nothing I know",                   # I don't know that command.
    "was forgotten, as every form",     # This form has expired. Start again with /omm migrate.
    "Only whoever began",               # Only the person who opened this form can continue it.
    "So that it does not lock",         # To keep the server from locking the account, wait 9 minutes, then try again.
    "of its making",                    # 12 folders it had created were empty and were removed too.
    "Of the copied", "of the copied, you",      # The owner has since moved 3 of the copied messages.
    "to come",                          # Mail: not started
    "In line",                          # Next in the queue
    "Go on",                            # Continue
    "What moves",                       # What to migrate
    "Destination: The destination",     # The destination server refused the login X or its password.
    "kept; type",                       # saved; leave empty to keep it
    "comes into our conversation",      # I'll post its card in our direct message
    "Migrate once more", "migrate once more",       # press Copy what is missing; type omm retry 7K2F-9QXD
    "'s mark",                          # 3 messages that look like this migration's
    "because of:", "None", "Traceback", "Error(",
)


@dataclass(frozen=True)
class Said:
    """What is read of one record. `ends` are the message and the e-mail of its end, where there is one."""

    card: str
    text: str
    terminal: str
    status: str
    notices: tuple[str, ...]
    mails: tuple[str, ...]

    def __iter__(self) -> Iterator[str]:
        return iter((self.card, self.text, self.terminal, self.status, *self.notices, *self.mails))


def record(state: State, counts: Counts, cause: Cause | None = None) -> Migration:
    """As it stands there; what has not begun has no step, and what was refused has written nothing."""
    begun = state is not State.FAILED
    over = state in ENDED or state in GOING_BACK
    step = Step(counts, STARTED, NOW if counts.settled == counts.found and over else None)
    back = Rollback(STARTED, found=200, removed=198, kept=2, folders_removed=12) if "roll" in state.lower() else None
    return migration(
        state, step if begun else None, started=STARTED if begun else None, ended=NOW if over else None,
        attention=Attention(WORDS, cause.value, "destination") if cause else None, rollback=back,
    )


def read(of: Migration) -> Said:
    """All that people read of it."""
    notices = milestones(of, ())
    return Said(
        card=_lines(card(shown(of, masked=False)).blocks), text=card(shown(of)).text,
        terminal="\n".join(summary(of, Report())), status="\n".join(details(of, held=False, now=NOW)),
        notices=tuple(_lines(notice.message().blocks) for notice in notices),
        mails=tuple("\n".join(email_of(of, notice)) for notice in notices if notice.by_email),
    )


def _lines(blocks: Iterable[Any]) -> str:
    """What is drawn, a line for each section."""
    lines = []
    for piece in pieces(list(blocks)):
        if piece.get("type") in ("rich_text_section", "rich_text_quote"):
            lines.append("".join(part.get("text", "") for part in piece["elements"] if isinstance(part, dict)))
        elif piece.get("type") in ("mrkdwn", "plain_text"):
            lines.append(piece["text"])
    return "\n".join(lines)


@cache
def every() -> tuple[tuple[Migration, Said, str], ...]:
    """Each record, what is said of it, and what is to be said of its counts."""
    return tuple((of, read(of), words) for of, words in _records())


def _records() -> Iterator[tuple[Migration, str]]:
    for counts, words in COUNTS:
        for state in State:
            for cause in Cause if state in STOPPED else (None,):
                yield record(state, counts, cause), words
            if state is State.COMPLETED:
                yield record(state, counts), words


def sentences(text: str) -> list[str]:
    """What stands between two full stops, or on a line of its own."""
    plain = re.sub(r"<!date[^|]*\|([^>]*)>", r"\1", text)
    return [part.strip() for part in re.split(r"(?<=[.?!…]) |\n| · ", plain) if part.strip()]


def test_everybody_is_told_the_same_counts() -> None:
    """Wherever a number of messages is said, it is this one, and nowhere is a zero said behind it."""
    for of, told, expected in every():
        numbers = {found for text in told for found in NUMBERS.findall(text)}

        assert numbers <= {expected}, (of.state, numbers)
        if expected and of.steps:
            assert all(expected in text for text in (told.card, told.text, told.terminal, told.status))
            assert records.brief(of, held=False)["contents"]["mail"]["copied"] == of.step(Content.MAIL).counts.copied
        if expected and of.state in (State.COMPLETED, State.CANCELLED):
            assert expected in told.mails[-1]
        assert not [text for text in told if re.search(r"[,+·] 0 (?!of )", text)]


def test_what_was_not_reached_is_said_of_an_end_alone() -> None:
    """A cancelled migration says what is missing; one that still runs, or can go on, has a bar for it."""
    counts = Counts(200, 120, failed=2)
    cancelled, paused = (read(migration(state, Step(counts, STARTED), started=STARTED, ended=ended))
                         for state, ended in ((State.CANCELLED, NOW), (State.PAUSED, None)))

    assert all("120 of 200 messages copied, 2 failed, 78 were not reached" in text
               for text in (cancelled.card, cancelled.text, cancelled.terminal, cancelled.notices[-1]))
    assert not any("not reached" in text for text in paused)


def test_everybody_is_told_the_same_state() -> None:
    """One word for it, wherever it is read."""
    for of, told, _ in every():
        word = told.card.split("\n")[0].split(": ", 1)[1].split(" · ")[0]

        assert word in told.text
        if of.state not in (State.WAITING, State.RUNNING, State.ROLLING_BACK):
            assert f"Migration {TASK}: {word.lower()}." in told.terminal
            assert re.search(rf"^State: +{word.lower()}$", told.status, re.MULTILINE)
        if of.state in (State.COMPLETED, State.CANCELLED, State.ROLLED_BACK, State.FAILED):
            ends = [text for text in (*told.notices, *told.mails) if word.split(",")[0].lower() in text]
            assert len(ends) >= 2
            assert ("could not be copied" in ends[0]) == ("with failures" in word)


def test_everybody_is_told_the_same_reason() -> None:
    """The side once, the words of the error, and in the one line our own words for it."""
    for of, told, _ in every():
        if of.attention is None:
            continue
        reason = f"Destination: {said(WORDS, cause_of(of.attention.cause), 700)}"

        assert reason in told.card
        assert reason in told.terminal
        assert sum(reason in text for text in told.notices) == 1
        assert f": {why(of.attention)}." in told.text
        assert of.state is not State.FAILED or reason in told.mails[-1]


def test_a_rollback_is_told_in_the_same_words() -> None:
    """What it removed and kept, on the card, in the message, in the e-mail and at the terminal."""
    told = read(record(State.ROLLED_BACK, Counts(200, 200)))
    expected = "198 of 200 messages removed, 2 kept, 12 empty folders removed"

    assert all(expected in text for text in (told.card, told.text, told.status, told.notices[-1], told.mails[-1]))


def test_nobody_reads_a_riddle_or_a_sentence_without_an_end() -> None:
    """Plain words, at most so many characters a sentence, in everything that is said of a migration."""
    for text in everything():
        assert not [riddle for riddle in RIDDLES if riddle in text], text
        assert not [sentence for sentence in sentences(text) if len(sentence) > LONGEST], text


def everything() -> Iterator[str]:
    """Every card, message, e-mail, dialog and answer."""
    for _, told, _ in every():
        yield from told
    for state in State:
        of, pressed = record(state, Counts(200, 150, 20, 3)), (press(PRESSED.get(state, Act.RESUME), minutes=1),)
        for action in (Action.PAUSE, Action.RESUME, Action.CANCEL, Action.ROLLBACK, Action.REPORT):
            yield button_gone(action, of, pressed)
        lost = replace(of, taken_away=MappingProxyType({OTHER_TASK: 12}), waits_for=OTHER_TASK)
        yield from read(lost)
        yield _lines(card(shown(of, *pressed, position=4)).blocks)
        for preview in (Preview(7, 2, 3, (OTHER_TASK,) * 30, 1), Preview(0, 0, 0, ()), Preview(0, 1, 1, (), 4)):
            yield _lines(dialogs.rollback_confirm(of, preview, NOW)["blocks"])
            yield "\n".join(previewed(of, preview))
        for view in (dialogs.cancel_dialog(of, NOW), dialogs.stopping(of), dialogs.rollback_counting(of)):
            assert complaints(view, "modal") == []
            yield _lines([view["title"], view["blocks"], view.get("submit", {})])
        yield "\n".join(full_report(of, Report()))
        moved = replace(of.step(Content.MAIL), counts=Counts(200, 200, moved=3, removed=1))
        yield _lines(report_view(of.with_step(Content.MAIL, moved), Report(), Bookmark(TASK))["blocks"])
