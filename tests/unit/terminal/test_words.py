"""What people read: sums that balance, reasons, and what to do now."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from types import MappingProxyType

import pytest
from click.testing import CliRunner

import cli
from engine.contents.inbox_rules import SENDS
from engine.errors import Cause, FatalError, InputError, Side
from engine.items.foreseen import Foreseen
from engine.migration.account import parse_account
from engine.migration.ahead_words import sums as ahead_sums
from engine.migration.back import ContentBack, Preview
from engine.migration.back_words import line
from engine.migration.content import Content
from engine.migration.record import Attention, Counts, Failure, LeftOff, Migration, Reason, Rollback, State, Step
from engine.migration.request import Choice, MigrationRequest
from engine.migration.states import Act, check
from engine.settings.agreement import UNAGREED
from engine.store.store import Report
from engine.words import meanwhile, outcome, sums
from terminal.moving import account_of
from terminal.output import Output, Steady, clean
from terminal.progress import EVERY, Lines, Pace
from terminal.usage import UsageError
from terminal.words import details, failure, full_report, previewed, stands, summary, table, taken_away, waits

NOW = datetime(2026, 3, 4, 5, 6, tzinfo=UTC)
REQUEST = MigrationRequest(
    parse_account("imaps://claire%40old.example@imap.old.example"),
    parse_account("ews+https://claire%40new.example@mail.new.example"),
    (Content.MAIL,),
)


def record(state: State = State.COMPLETED, counts: Counts = Counts(found=3, copied=3), **changes: object) -> Migration:  # noqa: B008 - frozen
    at = Migration("7K2F-9QXD", REQUEST, NOW, NOW, state=state, started=NOW, ended=NOW)
    step = Step(counts=counts, started=NOW, bytes_found=counts.found * 100, bytes_done=counts.settled * 100)
    return replace(at.with_step(Content.MAIL, step), **changes)  # type: ignore[arg-type]


def failures(count: int, outcome: Reason = Reason.FAILED) -> Report:
    return Report(tuple(Failure(Content.MAIL, "Inbox", f"letter {n}", "too large", outcome) for n in range(count)))


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        (Counts(found=1234, copied=1000, already_there=200, failed=30, left_out=4),
         "1,234 found = 1,000 copied + 200 already there + 30 failed + 4 left out"),
        (Counts(found=10, copied=4), "10 found = 4 copied + 6 still to go"),
        (Counts(), "0 found"),
    ],
)
def test_sums_balance(counts: Counts, said: str) -> None:
    """Both sides of the equation are equal, finished or not."""
    assert sums(counts, State.RUNNING) == said


def test_the_owner_s_own_changes_are_said() -> None:
    """What was moved or removed meanwhile explains a difference that somebody may count."""
    lines = "\n".join(summary(record(counts=Counts(found=5, copied=5, moved=1, removed=2)), Report()))

    assert "The owner has since moved 1 of the copied messages." in lines
    assert "The owner has since removed 2 of the copied messages." in lines


def test_several_categories_are_no_categorys() -> None:
    """The plural is that of the noun, whatever is said of them."""
    of, sums_ = Content.COLOURS, Counts(found=2, copied=2, moved=2, removed=2)
    request = replace(REQUEST, contents=(of,))
    at = {state: replace(record(state), request=request).with_step(of, Step(started=NOW, ended=ended))
          for state, ended in ((State.COMPLETED, NOW), (State.RUNNING, None), (State.CANCELLED, None))}

    said = [outcome(one, of) for one in at.values()]
    previewing = "\n".join(previewed(at[State.COMPLETED], Preview(2, 0, 0, ("AAAA-AAAA",))))

    assert said == ["no categories found", "counting the categories", "no categories copied"]
    assert [line.partition("copied ")[2] for line in meanwhile(of, sums_)] == ["categories."] * 2
    assert "found categories of this one" in previewing
    assert "takes those categories from them" in previewing
    assert list(ahead_sums(of, Foreseen())) == ["no categories found."]


def test_the_report_names_the_option_that_a_remedy_needs() -> None:
    """Whoever reads it at a terminal has no form in which to agree."""
    entries = [Failure(Content.INBOX_RULES, "", "One", reason, Reason.LEFT_OUT)
               for reason in (SENDS, UNAGREED[Choice.OUTLOOK_RULES])]

    lines = full_report(record(), Report(tuple(entries)))[-2:]

    assert [line.rpartition("migrate with ")[2] for line in lines] == ["--forwarding-rules.", "--remove-outlook-rules."]


def test_the_first_twenty_failures_are_named_in_a_summary() -> None:
    """Then comes where all of them are."""
    lines = summary(record(counts=Counts(found=25, failed=25)), failures(25))

    assert sum("letter" in line for line in lines) == 20
    assert "  and 5 more; all of them: omm report 7K2F-9QXD" in lines
    assert sum("letter" in line for line in full_report(record(), failures(25))) == 25


def test_the_report_has_sums_that_balance() -> None:
    """Whoever counts finds every message in it."""
    counts = Counts(found=9, copied=5, already_there=2, failed=1, left_out=1)

    assert "  Mail: 9 found = 5 copied + 2 already there + 1 failed + 1 left out." in full_report(
        record(counts=counts), failures(1))


def test_a_report_of_nothing_has_its_sums_too() -> None:
    """Whoever asks is told how many were copied, and whether more may come."""
    done = full_report(record(), Report())
    paused = full_report(record(State.PAUSED, Counts(10, 4), ended=None), Report())

    assert done[1:] == ["  Mail: 3 found = 3 copied.", "Nothing failed and nothing was left out."]
    assert paused[1:] == ["  Mail: 10 found = 4 copied + 6 still to go.",
                          "Nothing failed and nothing was left out, so far."]


def test_what_was_already_there_has_arrived() -> None:
    """A completed migration that had nothing to copy does not look as if it had failed."""
    heads, row = table([(record(counts=Counts(200, 1, 199)), False)])

    assert "ARRIVED" in heads
    assert "200 of 200" in row


def test_a_run_that_was_stopped_is_interrupted_not_running() -> None:
    """Its summary says how to continue, so it cannot say that it runs."""
    lines = summary(record(State.RUNNING, Counts(10, 4), ended=None), Report())

    assert lines[0] == "Migration 7K2F-9QXD: interrupted."
    assert "Continue with:     omm resume 7K2F-9QXD" in lines


@pytest.mark.parametrize(("cause", "side", "said"), [
    (Cause.TLS, Side.SOURCE, "OMM_CA_FILE"),
    (Cause.SIGN_IN, Side.DESTINATION, "app password"),
    (Cause.HOST_UNKNOWN, Side.SOURCE, "spelling"),
    (Cause.WRONG_PROTOCOL, Side.SOURCE, "imap+starttls://"),
])
def test_a_refused_account_is_followed_by_what_can_be_done(cause: Cause, side: Side, said: str) -> None:
    """On the line below the error, where a person reads; programs get the error alone."""
    out, err = StringIO(), StringIO()
    door = cli.Door(cli.Output(out, err, as_json=True))

    cli._refused(door, FatalError("It is like that.", cause=cause, side=side), 2)

    first, second = err.getvalue().splitlines()
    assert first == f"{side.capitalize()}: It is like that."
    assert said in second
    assert said not in out.getvalue()


@pytest.mark.parametrize(("side", "example"), [
    (Side.SOURCE, "imaps://user%40example.org@mail.example.org"),
    (Side.DESTINATION, "ews+https://user%40example.org@mail.example.org"),
])
def test_an_account_that_cannot_be_read_is_shown_as_its_side_is_written(side: Side, example: str) -> None:
    """Nobody is sent to IMAP for an Exchange account."""
    with pytest.raises(UsageError) as error:
        account_of("ann@example.org", side, allow_plaintext=False)

    assert str(error.value).endswith(f"Write it as {example}")


def test_a_scheme_without_encryption_names_those_with_it() -> None:
    """What to write instead stands there."""
    with pytest.raises(UsageError, match=r"Write imaps:// or imap\+starttls:// instead"):
        account_of("imap://ann@mail.example.org", Side.SOURCE, allow_plaintext=False)


def test_a_rolled_back_migration_is_not_retried_and_what_to_do_is_said() -> None:
    """A new migration copies the mailbox again."""
    with pytest.raises(InputError, match="To copy the mailbox again, start a new migration"):
        check(record(State.ROLLED_BACK), Act.RETRY, NOW)


def test_the_list_of_commands_cuts_no_sentence_off() -> None:
    """Each fits into its line of `omm --help`, of which click fills 78 columns."""
    listed = CliRunner().invoke(cli.omm, ["--help"], terminal_width=78).output.partition("Commands:")[2]

    assert len(listed.split("\n")) > 10
    assert "..." not in listed


def test_what_is_only_counted_is_said_to_be() -> None:
    """No silent loss, even past ten thousand names."""
    assert "  7 more were counted and not named." in full_report(record(), replace(failures(1), counted=7))


@pytest.mark.parametrize(
    ("state", "advice"),
    [
        (State.PAUSED, "omm resume 7K2F-9QXD"), (State.WAITING, "omm resume 7K2F-9QXD"),
        (State.NEEDS_ATTENTION, "omm resume 7K2F-9QXD"), (State.COMPLETED, "omm rollback 7K2F-9QXD"),
        (State.CANCELLED, "omm rollback 7K2F-9QXD"), (State.ROLLING_BACK, "omm rollback 7K2F-9QXD"),
    ],
)
def test_every_state_says_what_can_be_done(state: State, advice: str) -> None:
    """Nobody is left with a state and no way on."""
    assert advice in "\n".join(summary(record(state), Report()))


@pytest.mark.parametrize(("until", "hours", "named"), [
    (None, 1, ["switch-on", "rollback"]), (2, 1, ["switch-on", "rollback"]), (2, 3, ["rollback"]), (None, 60, []),
])
def test_the_status_names_no_command_that_is_refused(until: int | None, hours: int, named: list[str]) -> None:
    """What was left off is switched on within 48 hours and its schedule; a rollback is begun within 48 hours."""
    left = LeftOff(until=until and NOW + timedelta(hours=until))
    said = details(record(left_off=left), held=False, now=NOW + timedelta(hours=hours))

    assert [word for word in ("switch-on", "rollback") if f"omm {word} 7K2F-9QXD" in "\n".join(said)] == named


def test_the_end_of_the_rollback_window_is_named() -> None:
    """48 hours after the end, with the zone."""
    until = f"{(NOW + timedelta(hours=48)).astimezone():%A %-d %B %Y, %H:%M (%Z)}"

    assert summary(record(), Report())[-1].endswith(f"until {until}")


def test_a_reason_to_stop_names_its_side() -> None:
    """The person knows whom to ask."""
    stopped = record(State.NEEDS_ATTENTION, attention=Attention("The mailbox is full.", "mailbox full", "destination"))

    assert "  It stopped. Destination: The mailbox is full." in summary(stopped, Report())


def test_what_nobody_works_on_is_interrupted() -> None:
    """Running and rolling back need somebody who does it; every other state stands by itself."""
    assert stands(record(State.RUNNING), held=False) == "interrupted"
    assert stands(record(State.ROLLING_BACK), held=False) == "interrupted"
    assert stands(record(State.RUNNING), held=True) == "running"
    assert stands(record(State.PAUSED), held=False) == "paused"
    assert "interrupted" in table([(record(State.RUNNING), False)])[1]
    assert "State:       interrupted" in details(record(State.RUNNING), held=False, now=NOW)


def test_a_preview_counts_what_goes_what_stays_and_who_counts_on_it() -> None:
    """A person decides on numbers."""
    lines = "\n".join(previewed(record(), Preview(1234, 2, 3, ("AAAA-AAAA", "BBBB-BBBB"))))

    for words in ("1,234 messages", "2 messages that were changed", "3 folders", "AAAA-AAAA, BBBB-BBBB"):
        assert words in lines


def test_a_preview_tells_settings_from_items() -> None:
    """A setting is not removed, but put back; and one of which nobody knows what it was stays."""
    lines = "\n".join(previewed(record(), Preview(9, 0, 0, (), settings=2, lost=1)))
    one = previewed(record(), Preview(9, 0, 0, (), settings=1))

    assert "2 of them are settings: what the migration added goes, and what it changed is as before." in lines
    assert "1 of them is a setting" in "\n".join(one)
    assert "is not known any more, so they stay as they are." in lines


def test_a_preview_of_settings_alone_removes_nothing_for_good() -> None:
    """They are put back; where that cannot be, or needs an agreement, this is said."""
    asks = frozenset({Choice.OUTLOOK_RULES})
    said = [" ".join(previewed(record(), found)) for found in (
        Preview(1, 0, 0, (), settings=1, contents=(ContentBack(Content.OUT_OF_OFFICE, 1, setting=True),)),
        Preview(0, 0, 0, (), lost=1),
        Preview(0, 0, 0, (), lost=1, asks=asks),
    )]

    assert not any("removes " in words.partition(".")[0] for words in said)
    assert "puts the settings that it changed back to what they were" in said[0]
    assert "for good" not in said[0]
    assert said[1].startswith("Nothing can be put back in the mailbox of")
    assert said[2].startswith("Nothing is put back unless you agree")


def test_a_preview_has_a_line_for_each_content() -> None:
    """Each says what becomes of it; what stays is told from what was changed, and from what needs an agreement."""
    contents = (
        ContentBack(Content.COLOURS, 3, setting=True), ContentBack(Content.MAIL, 1200, kept=1, apart=2),
        ContentBack(Content.CONTACTS), ContentBack(Content.CALENDARS, kept=4),
        ContentBack(Content.INBOX_RULES, setting=True, lost=True, asks=frozenset({Choice.OUTLOOK_RULES})),
        ContentBack(Content.OUT_OF_OFFICE, 1, setting=True),
    )

    lines = previewed(record(), Preview(1204, 5, 0, (), contents=contents, lost=1, asks=contents[4].asks))

    assert lines[1:7] == [
        "  Category colours: 3 categories, put back",
        "  Mail: 1,200 messages, 1 kept that was changed since, 2 kept that may be copies",
        "  Contacts: no contacts",
        "  Calendars: 4 kept that were changed since",
        "  Inbox rules: stay as they are, because Outlook keeps rules of its own in the mailbox now",
        "  Out-of-office: as it was before",
    ]
    assert any("--remove-outlook-rules" in line for line in lines[7:])


@pytest.mark.parametrize(("back", "said"), [
    (ContentBack(Content.OUT_OF_OFFICE, kept=1, setting=True), "changed since the migration, so it stays"),
    (ContentBack(Content.OUT_OF_OFFICE, setting=True), "nothing to put back"),
    (ContentBack(Content.OUT_OF_OFFICE, setting=True, lost=True),
     "stays as it is; nobody knows any more what was there before"),
    (ContentBack(Content.OUT_OF_OFFICE, setting=True, lost=True, closed=True),
     "stays as it is, because the mailbox does not let this login see or change what is there"),
])
def test_an_out_of_office_reply_is_not_counted(back: ContentBack, said: str) -> None:
    """A mailbox has one."""
    assert line(back) == f"Out-of-office: {said}"


def test_a_preview_with_changes_discarded_counts_them_as_removed() -> None:
    """For each content as for all of them."""
    found = Preview(5, 2, 0, (), contents=(ContentBack(Content.MAIL, 5, 2), ContentBack(Content.TASKS, kept=1)))

    assert [line(content) for content in found.discarding().contents] == ["Mail: 7 messages", "Tasks: 1 task"]


def test_a_finished_rollback_says_what_it_did() -> None:
    """Also in the status, ever after."""
    done = record(State.ROLLED_BACK, rollback=Rollback(NOW, NOW, found=9, removed=7, kept=2, folders_removed=1))

    lines = "\n".join(details(done, held=False, now=NOW))

    assert "Rollback: 7 of 9 messages removed, 2 kept, 1 empty folder removed." in lines
    assert "omm rollback" not in lines


@pytest.mark.parametrize(
    ("hostile", "shown"),
    [
        ("\x1b[31mred\x1b[0m", "[31mred[0m"), ("a\r\nb", "a  b"), ("\x9b2J", "2J"), ("\u202egpj.exe", "gpj.exe"),
        ("\u2066x\u2069", "x"), ("\udc80x", "x"), ("\0\x07\x7f", ""),
        ("नि\u200dया 👩\u200d🔬", "नि\u200dया 👩\u200d🔬"),
        ("\U000e0041x", "x"), ("Été – 密码", "Été – 密码"),
    ],
)
def test_nothing_is_printed_that_a_terminal_would_obey(hostile: str, shown: str) -> None:
    """Whatever a stranger has put into a subject."""
    assert clean(hostile) == shown


def test_everything_said_is_cleaned() -> None:
    """The one way to the screen does it, so nobody can forget it."""
    screen = StringIO()

    Output(screen, screen, as_json=False).say(failure(Failure(Content.MAIL, "In\x1bbox", "x", "y")))

    assert screen.getvalue() == "Inbox: x: y\n"


class Clock:
    """Time that a test moves."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def test_the_pace_counts_this_run_only() -> None:
    """What was there before a resume makes no run faster; the slower of messages and bytes decides the time left."""
    clock = Clock()
    pace = Pace(clock)
    first = record(State.RUNNING, Counts(found=1000, copied=400)).step(Content.MAIL)
    pace.words(first)
    clock.now += 10

    said = pace.words(replace(first, counts=Counts(found=1000, copied=500), bytes_done=first.bytes_done + 2_000))

    assert said == "10/s, 5 min left"


def test_plain_lines_come_at_a_stage_s_begin_and_then_every_few_seconds() -> None:
    """A log of an hour has hundreds of lines and not a hundred thousand."""
    clock, screen = Clock(), StringIO()
    lines = Lines(Steady(screen), clock)
    moving = record(State.RUNNING, Counts(found=1000, copied=1), stage="moving mail")

    for second in range(11):
        clock.now = 100.0 + second
        lines.tell(moving)
    lines.tell(replace(moving, stage="waiting for task AAAA-AAAA"))

    shown = screen.getvalue().splitlines()
    assert [line.partition(":")[0] for line in shown] == ["moving mail"] * 3 + ["waiting for task AAAA-AAAA"]
    assert shown[0] == "moving mail: 1 of 1,000 messages"
    assert EVERY == 5.0


def test_plain_lines_count_the_items_of_the_content_that_is_moved() -> None:
    """Events are no messages, and nothing is counted while a task that has ended is looked at."""
    screen = StringIO()
    lines = Lines(Steady(screen), Clock())
    mail, events = Step(Counts(found=3, copied=3), NOW, NOW), Step(Counts(found=2, copied=1), NOW)
    asked = replace(REQUEST, contents=(Content.MAIL, Content.CALENDARS))
    moving = replace(
        record(State.RUNNING, stage="moving calendars"), request=asked,
        steps=MappingProxyType({Content.MAIL: mail, Content.CALENDARS: events}),
    )

    lines.tell(moving)
    lines.tell(replace(moving, state=State.COMPLETED, ended=NOW, stage="counting once more"))

    assert screen.getvalue().splitlines() == ["moving calendars: 1 of 2 events", "counting once more"]


def test_where_nothing_of_earlier_copies_is_seen_the_switch_is_named() -> None:
    """Whoever emptied the mailbox on purpose is told how everything is copied once more; nobody else is."""
    nothing = record(State.NEEDS_ATTENTION, attention=Attention("Nothing is there.", "nothing found", "destination"))
    other = record(State.NEEDS_ATTENTION, attention=Attention("It is full.", "mailbox full", "destination"))

    assert any("omm resume 7K2F-9QXD --copy-again" in line for line in summary(nothing, Report()))
    assert not any("--copy-again" in line for line in summary(other, Report()))


def test_a_task_that_had_ended_did_not_stop() -> None:
    """What could not begin was its rollback."""
    refused = Attention("The login was refused.", "sign in", "destination")

    said = summary(record(State.COMPLETED, attention=refused), Report())

    assert "  A rollback could not begin. Destination: The login was refused." in said


def test_a_preview_of_one_of_each_is_a_sentence() -> None:
    """One message was changed, one is a copy, one folder goes."""
    said = previewed(record(), Preview(items=1, kept=1, folders=1, counting_on_it=(), apart=1))

    assert "The folder that it created is removed too, if it is empty by then." in said
    assert "It keeps 1 message that was changed since (--discard-changes removes it too)." in said
    assert "1 message that looks like this migration's stays: it is a copy, or somebody else created it." in said


def test_one_message_that_was_taken_away_is_copied_as_it() -> None:
    """The command that does it is named."""
    (line,) = taken_away(record(taken_away={"3MNP-4RST": 1}))

    assert line.endswith(f"To copy it again, type omm retry {record().task_id}.")


def test_a_source_that_gives_only_so_much_a_day_is_waited_for_until_a_time_that_is_said() -> None:
    """With the day when all of it may be there, and with the command that goes on if nobody waits."""
    waiting = record(State.WAITING, ended=None, not_before=NOW, expected_end=NOW + timedelta(days=4))

    for said in ("\n".join(summary(waiting, Report())), "\n".join(details(waiting, held=False, now=NOW))):
        assert "IMAP gives only so much in a day. It gives more from Wednesday 4 March 2026" in said
        assert "If the migration goes on then, it ends about Sunday 8 March 2026." in said
        assert "omm resume 7K2F-9QXD" in said
    assert "gives more from" not in "\n".join(summary(replace(waiting, state=State.RUNNING), Report()))
    assert "It goes on at Wednesday 4 March 2026" in "\n".join(waits(waiting))
