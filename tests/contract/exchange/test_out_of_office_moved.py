"""An out-of-office moves from one Exchange to another, stays off where a person asked for that, and is switched on."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from io import StringIO
from itertools import product
from pathlib import Path

import fakeredis
import pytest
from lxml import etree

from emulators.exchange import Fault
from emulators.exchange.settings import VersionName
from engine.connectors.exchange.out_of_office import NOT_OWNED
from engine.connectors.exchange.soap import MESSAGES, TYPES
from engine.connectors.network.pinning import Network
from engine.contents import CONTENTS, contents
from engine.errors import InputError, Side
from engine.migration.account import Access, Account
from engine.migration.content import Content
from engine.migration.record import Counts, Migration, State
from engine.migration.request import Choice
from engine.migration.steering import cancel, retry
from engine.settings.switching_on import offered, switch_on
from engine.store.reports import Report
from terminal.records import brief
from terminal.switching_on import run_switch_on
from terminal.words import summary
from tests.contract.exchange.conftest import account
from tests.contract.exchange_emulator.rules import letter
from tests.servers.exchange.pair import OLD, Mailbox, Pair, pair_of
from tests.servers.processes.mortal import as_of, moments_of
from tests.servers.terminal_session import session
from tests.servers.world import PASSWORD, World
from wiring.connectors import Connectors

DAY = timedelta(days=1)
NOW = datetime.now(UTC).replace(microsecond=0)
INSIDE = (
    '<t:InternalReply xml:lang="de"><t:Message>&lt;p&gt;Bin &lt;b&gt;weg&lt;/b&gt; &amp;amp; bald da&lt;/p&gt;'
    "</t:Message></t:InternalReply>"
)
OUTSIDE = '<t:ExternalReply xml:lang="en"><t:Message>&lt;p&gt;Away&lt;/p&gt;</t:Message></t:ExternalReply>'
OWN = "the new mailbox has an out-of-office already, which stays as it is"
CHANGED = "changed since the migration, so it stays"
OOF = Content.OUT_OF_OFFICE
ONE = Counts(found=1, copied=1)


def schedule(start: datetime, end: datetime) -> str:
    first, last = (one.strftime("%Y-%m-%dT%H:%M:%SZ") for one in (start, end))
    return f"<t:Duration><t:StartTime>{first}</t:StartTime><t:EndTime>{last}</t:EndTime></t:Duration>"


SOON, PASSED = schedule(NOW + DAY, NOW + 5 * DAY), schedule(NOW - 5 * DAY, NOW - DAY)


def away(state: str, when: str = SOON, audience: str = "Known", replies: str = INSIDE + OUTSIDE) -> str:
    return f"<t:OofState>{state}</t:OofState><t:ExternalAudience>{audience}</t:ExternalAudience>{when}{replies}"


BLANK = away("Disabled", schedule(NOW + 9 * DAY, NOW + 10 * DAY), "None", "")


@dataclass
class Desk:
    """Both mailboxes, and what their owner does to the out-of-office of each."""

    pair: Pair

    @property
    def left(self) -> Account:
        """The old mailbox's."""
        return account(self.pair.left.url, OLD)

    @property
    def at(self) -> World:
        return self.pair.at

    def sets(self, box: Mailbox, settings: str) -> None:
        answer = box.asked(
            f"<m:SetUserOofSettingsRequest>{_owner(box)}<t:UserOofSettings>{settings}</t:UserOofSettings>"
            "</m:SetUserOofSettingsRequest>"
        )
        assert answer.findtext(f".//{MESSAGES}ResponseCode") == "NoError"

    def has(self, box: Mailbox) -> str:
        """What is set, as it was sent; a reply that is empty is left out."""
        answer = box.asked(f"<m:GetUserOofSettingsRequest>{_owner(box)}</m:GetUserOofSettingsRequest>")
        found = answer.find(f"{TYPES}OofSettings")
        return "".join(_raw(one) for one in found if len(one) or one.text)

    def migrates(self, *choices: Choice) -> Migration:
        """A new task, to its end."""
        begun = self.at.begin_with(replace(self.at.request(), choices=choices))
        return self.at.run(begun.task_id)

    def told(self, task: Migration) -> list[tuple[str, str, str]]:
        lines = self.at.engine.store.reported(task.task_id).failures
        return [(line.item, line.outcome.value, line.reason) for line in lines]

    def record(self, task: Migration) -> Migration:
        return self.at.engine.store.load(task.task_id)

    def offered(self, task: Migration, later: timedelta = timedelta()) -> bool:
        return offered(self.record(task), self.at.engine.clock() + later)


def _owner(box: Mailbox) -> str:
    return f"<t:Mailbox><t:Address>{box.sessions.owner}</t:Address></t:Mailbox>"


def _raw(one: etree._Element) -> str:
    inner = "".join(map(_raw, one)) or (one.text or "").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    language = one.get("{http://www.w3.org/XML/1998/namespace}lang")
    name, beside = f"t:{etree.QName(one).localname}", "" if language is None else f' xml:lang="{language}"'
    return f"<{name}{beside}>{inner}</{name}>"


@pytest.fixture(params=["2010", "2019"])
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Desk]:
    """A mailbox on a server of that version, and one on a new server."""
    yield from _opened(tmp_path, request.param)


@pytest.fixture
def newest(tmp_path: Path) -> Iterator[Desk]:
    """The same, on the newest version."""
    yield from _opened(tmp_path, "2019")


def _opened(directory: Path, version: VersionName) -> Iterator[Desk]:
    with pair_of(directory, version, contents=contents(CONTENTS[OOF])) as made:
        yield Desk(made)


def test_it_comes_as_it_is_and_goes_back_to_what_was_there(desk: Desk) -> None:
    """State, audience, schedule, HTML and languages; a second task finds it; a rollback leaves what was before."""
    old, new = desk.pair.old, desk.pair.new
    desk.sets(old, away("Scheduled"))
    desk.sets(new, BLANK)

    first = desk.migrates()
    came = desk.has(new)
    second = desk.migrates()
    back = desk.at.roll_back(first.task_id)

    assert came == away("Scheduled")
    assert first.step(OOF).counts == ONE
    assert second.step(OOF).counts == Counts(found=1, already_there=1)
    assert (back.state, desk.has(new)) == (State.ROLLED_BACK, BLANK)
    assert "OMM." not in desk.at.emulator.dump(desk.at.address)
    assert first.left_off is None


@pytest.mark.parametrize("own", [
    away("Enabled", audience="None"),
    away("Disabled", replies="<t:ExternalReply><t:Message>&lt;i&gt;x&lt;/i&gt;</t:Message></t:ExternalReply>"),
    away("Disabled", replies='<t:InternalReply><t:Message>&lt;img src="cid:1"&gt;</t:Message></t:InternalReply>'),
])
def test_the_mailboxs_own_wins(newest: Desk, own: str) -> None:
    """One that is on, or has anything to read, stays; the source's is named."""
    newest.sets(newest.pair.old, away("Enabled"))
    newest.sets(newest.pair.new, own)

    done = newest.migrates(Choice.LEAVE_OFF)

    assert newest.has(newest.pair.new) == own
    assert done.step(OOF).counts == Counts(found=1, left_out=1)
    assert newest.told(done) == [("Out-of-office", "left out", OWN)]
    assert done.left_off is None


def test_neither_a_lost_store_nor_another_rendering_makes_it_another_one(newest: Desk) -> None:
    """It is found again by what a reader sees of it, and taken back by what the mailbox itself has kept."""
    newest.at.emulator.configure(renders_replies=True)
    newest.sets(newest.pair.old, away("Enabled"))
    newest.sets(newest.pair.new, BLANK)
    first = newest.migrates()
    came = newest.has(newest.pair.new)
    newest.at.engine.store.images.drop(first.task_id)

    second = newest.migrates()
    back = newest.at.roll_back(first.task_id)

    assert "&lt;body&gt;" in came
    assert second.step(OOF).counts == Counts(found=1, already_there=1)
    assert (back.state, newest.has(newest.pair.new)) == (State.ROLLED_BACK, BLANK)


def test_what_there_is_nothing_of_is_not_counted(newest: Desk) -> None:
    """Off, and its HTML has no words in it."""
    html = "&lt;html&gt;&lt;style&gt;p {}&lt;/style&gt;&lt;body&gt;&amp;nbsp;&lt;/body&gt;&lt;/html&gt;"
    nothing = f"<t:InternalReply><t:Message>{html}</t:Message></t:InternalReply>"
    newest.sets(newest.pair.old, away("Disabled", replies=nothing))
    newest.sets(newest.pair.new, BLANK)

    done = newest.migrates()

    assert done.step(OOF).counts == Counts()
    assert newest.has(newest.pair.new) == BLANK


def test_a_schedule_that_has_passed_comes_off_with_its_texts(desk: Desk) -> None:
    """There is nothing to be switched on later."""
    plant(desk, away("Scheduled", PASSED))

    done = desk.migrates(Choice.LEAVE_OFF)

    assert desk.has(desk.pair.new) == away("Disabled", PASSED)
    assert done.step(OOF).counts == ONE
    assert (done.left_off, desk.offered(done)) == (None, False)


def test_an_empty_reply_does_not_keep_the_other_from_being_sent(desk: Desk) -> None:
    """Exchange takes none that is on and lacks a reply, so that one comes with a blank."""
    plant(desk, away("Enabled", audience="None", replies=INSIDE))

    done = desk.migrates()

    assert desk.has(desk.pair.new) == away(
        "Enabled", audience="None", replies=f"{INSIDE}<t:ExternalReply><t:Message> </t:Message></t:ExternalReply>"
    )
    assert desk.told(done) == []


def plant(desk: Desk, settings: str) -> None:
    """Has the old mailbox keep settings that Exchange takes from nobody today."""
    desk.sets(desk.pair.old, away("Enabled"))
    kept = f'<t:UserOofSettings xmlns:t="{TYPES[1:-1]}">{settings}</t:UserOofSettings>'
    with closing(sqlite3.connect(desk.pair.directory / "old.sqlite")) as db, db:
        db.execute("UPDATE mailbox_setting SET value=? WHERE name='out of office'", (kept,))


def test_left_off_and_switched_on(newest: Desk) -> None:
    """It is switched on as the source had it, once; the rollback still knows it as ours."""
    old, new = newest.pair.old, newest.pair.new
    newest.sets(old, away("Scheduled"))
    newest.sets(new, BLANK)
    done = newest.migrates(Choice.LEAVE_OFF)
    off, could = newest.has(new), newest.offered(done)
    newest.at.emulator.deliver(newest.at.address, letter(newest.at.address))
    answered = newest.at.emulator.outgoing()

    switch_on(newest.at.engine, done.task_id)
    on, sent = newest.has(new), sends(newest)
    switch_on(newest.at.engine, done.task_id)
    still, again = newest.offered(done), sends(newest)
    seen = newest.record(done).left_off
    back = newest.at.roll_back(done.task_id)

    assert (off, could, answered) == (away("Disabled"), True, [])
    assert (on, still) == (away("Scheduled"), False)
    assert again == sent > 0
    assert seen is not None
    assert seen.switched_on is not None
    assert (back.state, newest.has(new)) == (State.ROLLED_BACK, BLANK)


def test_it_is_switched_on_at_the_terminal(newest: Desk) -> None:
    """The report says how; the command says what it did, programs read when, and a second one changes nothing."""
    newest.sets(newest.pair.old, away("Enabled"))
    done = newest.migrates(Choice.LEAVE_OFF)
    hint = "\n".join(summary(done, newest.at.engine.store.reported(done.task_id)))
    said, redis = StringIO(), fakeredis.FakeRedis(server=newest.at.server)

    status = [run_switch_on(session(newest.at.engine, said, redis=redis), done.task_id) for _ in range(2)]

    assert f"omm switch-on {done.task_id}" in hint
    assert status == [0, 0]
    assert said.getvalue().splitlines() == [
        f"The out-of-office of migration {done.task_id} is switched on in the new mailbox.",
        f"The out-of-office of migration {done.task_id} was switched on already. Nothing was changed.",
    ]
    assert newest.has(newest.pair.new) == away("Enabled")
    assert brief(newest.record(done), held=False)["left_off"]["switched_on"] is not None
    assert "omm switch-on" not in "\n".join(summary(newest.record(done), Report()))


def sends(desk: Desk) -> int:
    return [request.operation for request in desk.at.emulator.requests].count("SetUserOofSettingsRequest")


def test_a_later_run_does_not_forget_that_it_was_left_off(newest: Desk) -> None:
    """Its owner switches the old one off, has the rest copied, and then switches the new one on."""
    newest.sets(newest.pair.old, away("Enabled"))
    done = newest.migrates(Choice.LEAVE_OFF)
    newest.sets(newest.pair.old, away("Disabled"))
    retry(newest.at.engine, done.task_id, {Side.SOURCE: PASSWORD})
    again = newest.at.run(done.task_id)

    switch_on(newest.at.engine, done.task_id)

    assert again.step(OOF).counts == ONE
    assert newest.has(newest.pair.new) == away("Enabled")


def test_why_it_stays_off(newest: Desk) -> None:
    """Changed since, the window over, rolled back, never left off: each is refused with words of its own."""
    old, new = newest.pair.old, newest.pair.new
    newest.sets(old, away("Scheduled"))
    on = newest.migrates()
    newest.sets(new, BLANK)
    done = newest.migrates(Choice.LEAVE_OFF)
    late = [newest.offered(done, 3 * DAY), newest.offered(done, 6 * DAY)]
    theirs = away("Disabled", replies=INSIDE)
    newest.sets(new, theirs)

    changed = refused(newest, done)
    kept = newest.at.roll_back(done.task_id)
    gone = refused(newest, done)

    assert "has left no out-of-office off" in refused(newest, on)
    assert late == [False, False]
    assert "was changed since" in changed
    assert newest.has(new) == theirs
    assert ("Out-of-office", "kept", CHANGED) in newest.told(kept)
    assert "was rolled back" in gone


def refused(desk: Desk, task: Migration) -> str:
    with pytest.raises(InputError) as error:
        switch_on(desk.at.engine, task.task_id)
    return str(error.value)


def test_the_window_and_the_schedule_are_heeded(newest: Desk) -> None:
    """Whoever is late reads what they can do themselves."""
    newest.sets(newest.pair.old, away("Enabled"))
    done = newest.migrates(Choice.LEAVE_OFF)
    engine = newest.at.engine
    newest.at.engine = replace(engine, clock=lambda: engine.clock() + 3 * DAY)

    assert "more than 48 hours ago" in refused(newest, done)
    assert newest.has(newest.pair.new) == away("Disabled")


@pytest.mark.parametrize("work", ["migrates", "switches on", "rolls back"])
def test_whoever_dies_at_a_request_loses_nothing(newest: Desk, work: str) -> None:
    """At every request of the new mailbox: the next process goes on, or rolls back; that leaves what was there.

    What went on is taken back where the mailbox is not as at the death before: it would meet the same again.
    """
    new, at = newest.pair.new, newest.at
    newest.sets(newest.pair.old, away("Scheduled"))
    newest.sets(new, BLANK)
    at.emulator.configure(renders_replies=True)
    at.connectors.shortest_deadline = 2.0       # which a rollback waits for
    task = at.begin_with(replace(at.request(), choices=(Choice.LEAVE_OFF,))).task_id
    if work != "migrates":
        at.run(task)
    done = {
        "migrates": lambda world: world.run(task),
        "switches on": lambda world: switch_on(world.engine, task),
        "rolls back": lambda world: world.roll_back(task),
    }[work]

    ways, tried = [False] if work == "rolls back" else [True, False], b""
    for moment, goes_on in product(moments_of(at, done, held, at.emulator), ways):
        newest.pair.at = after = as_of(at, moment)
        if goes_on:
            done(after)
            assert f"<t:OofState>{'Disabled' if work == 'migrates' else 'Scheduled'}</t:OofState>" in newest.has(new)
            assert after.engine.store.load(task).step(OOF).counts == ONE
            earlier, tried = tried, moment.mailboxes.serialize()
            if tried == earlier:
                continue
        if after.engine.store.load(task).started is not None:       # else nothing was written
            after.roll_back(task)
        assert newest.has(new) == BLANK


def held(number: int) -> Fault:
    return Fault(operation="*", nth=number, when="after", action="hold", name=f"request {number}")


def test_days_that_a_new_mailbox_names_by_the_hour_are_no_change(newest: Desk) -> None:
    """Nobody has ever set its out-of-office, of which it names other days each hour: it is blank all the same.

    Whoever died at a request goes on, or rolls back, an hour later.
    """
    new, at = newest.pair.new, newest.at
    newest.sets(newest.pair.old, away("Scheduled"))
    task = at.begin().task_id
    moments = moments_of(at, lambda world: world.run(task), held, at.emulator)
    for moment, goes_on in product(moments, (True, False)):
        newest.pair.at = after = as_of(at, moment)
        at.emulator.configure(mailbox_ahead_s=timedelta(hours=1).total_seconds())
        if goes_on:
            assert after.run(task).step(OOF).counts == ONE
            assert newest.has(new) == away("Scheduled")
        if after.engine.store.load(task).started is not None:
            assert after.roll_back(task).rollback.kept == 0
        assert newest.has(new).startswith(away("Disabled", "", "All", ""))
        assert "<t:Message>" not in newest.has(new)
        at.emulator.configure(mailbox_ahead_s=0)


def test_a_look_tells_whether_replies_go_out(newest: Desk) -> None:
    """At both ends, for whoever begins a migration that moves it; another one sends no request about it."""
    request, connectors = newest.at.request(), Connectors(Network(trusts_person=True))
    seen = []
    for settings in (away("Scheduled"), away("Disabled"), away("Enabled")):
        newest.sets(newest.pair.old, settings)
        newest.sets(newest.pair.new, settings)
        there = connectors.check_destination(request.destination, PASSWORD, tries=2, live=True)
        here = connectors.check_source(newest.left, PASSWORD)
        seen += [[each.live is not None and each.live.answers for each in (here, there)]]
    before = len(newest.at.emulator.requests)
    other = connectors.check_destination(request.destination, PASSWORD, tries=2)

    assert seen == [[True, True], [False, False], [True, True]]
    assert other.live is None
    assert "GetUserOofSettingsRequest" not in [one.operation for one in newest.at.emulator.requests[before:]]


@pytest.mark.parametrize("login", ["CORP\\claire.s", "claire.s@corp.local"])
def test_a_login_need_not_be_the_address(newest: Desk, login: str) -> None:
    """The directory tells the address under which the new mailbox has it."""
    emulator = newest.at.emulator
    emulator.add_mailbox("claire.s@example.org", password=PASSWORD, user=login)
    emulator.add_mailbox("claire.smith@example.org", password=PASSWORD)
    newest.sets(newest.pair.old, away("Enabled"))
    wanted = replace(newest.at.request(), destination=account(emulator.url, login))

    done = newest.at.run(newest.at.begin_with(wanted).task_id)

    assert (done.state, done.step(OOF).counts) == (State.COMPLETED, ONE)


def test_who_is_not_its_owner_is_told(newest: Desk) -> None:
    """By full access to somebody else's mailbox it is left out, and the login's own stays as it is."""
    emulator = newest.at.emulator
    emulator.add_mailbox("mover@example.org", password=PASSWORD)
    emulator.configure(full_access={"mover@example.org": (newest.at.address,)})
    newest.sets(newest.pair.old, away("Enabled"))
    theirs = replace(account(emulator.url, "mover@example.org"), mailbox=newest.at.address, access=Access.FULL_ACCESS)

    done = newest.at.run(newest.at.begin_with(replace(newest.at.request(), destination=theirs)).task_id)
    back = newest.at.roll_back(done.task_id)

    assert (done.state, done.step(OOF).counts) == (State.COMPLETED, Counts(found=1, left_out=1))
    assert newest.told(done) == [("Out-of-office", "left out", NOT_OWNED.format(side="destination"))]
    assert "SetUserOofSettingsRequest" not in [one.operation for one in emulator.requests]
    assert back.state is State.ROLLED_BACK


def test_what_a_server_does_not_tell_is_left_out(newest: Desk) -> None:
    """Once it has been asked for more than once, and answers all else: the migration comes to its end."""
    newest.sets(newest.pair.old, away("Enabled"))
    newest.pair.left.add_fault(Fault(
        operation="GetUserOofSettingsRequest", action="fault", code="ErrorUnableToGetUserOofSettings"
    ))

    done = newest.migrates()

    newest.pair.left.clear_faults()
    ((name, words),) = [(name, words) for name, outcome, words in newest.told(done) if outcome == "left out"]
    assert (done.state, done.step(OOF).counts) == (State.COMPLETED, Counts(found=1, left_out=1))
    assert name == "Out-of-office"
    assert words.startswith("the source server does not tell it (")


def test_words_of_what_cannot_be_switched_on(newest: Desk) -> None:
    """It was switched on by hand, or here and then rolled back."""
    newest.sets(newest.pair.old, away("Enabled"))
    newest.sets(newest.pair.new, BLANK)
    done = newest.migrates(Choice.LEAVE_OFF)
    newest.sets(newest.pair.new, away("Enabled"))
    by_hand = refused(newest, done)
    newest.sets(newest.pair.new, away("Disabled"))
    switch_on(newest.at.engine, done.task_id)
    newest.at.roll_back(done.task_id)

    assert "was switched on there since migration" in by_hand
    assert "was rolled back" in refused(newest, done)


def test_what_was_left_off_can_be_switched_on_where_the_migration_was_then_cancelled(newest: Desk) -> None:
    """The new mailbox has the texts, switched off; the server was unwell before anybody could look."""
    at = newest.at
    at.engine = replace(at.engine, patience=0.3)
    newest.sets(newest.pair.old, away("Enabled"))
    newest.sets(newest.pair.new, BLANK)
    for nth in range(2, 40):
        at.emulator.add_fault(Fault(operation="GetUserOofSettingsRequest", nth=nth, action="status", status=503))
    stopped = newest.migrates(Choice.LEAVE_OFF)
    at.emulator.clear_faults()

    cancel(at.engine, stopped.task_id)

    assert newest.has(newest.pair.new) == away("Disabled")
    assert newest.offered(stopped)


def test_what_was_left_off_can_be_switched_on_after_the_store_was_lost(newest: Desk) -> None:
    """The same person asks for the same once more: it is there, off. A rollback leaves it there, off again."""
    newest.sets(newest.pair.old, away("Enabled"))
    newest.sets(newest.pair.new, BLANK)
    newest.migrates(Choice.LEAVE_OFF)
    fakeredis.FakeRedis(server=newest.at.server).flushall()

    second = newest.migrates(Choice.LEAVE_OFF)
    was, is_offered = newest.has(newest.pair.new), newest.offered(second)
    switch_on(newest.at.engine, second.task_id)
    on = newest.has(newest.pair.new)
    back = newest.at.roll_back(second.task_id)

    assert second.step(OOF).counts == Counts(found=1, already_there=1)
    assert (was, is_offered, on) == (away("Disabled"), True, away("Enabled"))
    assert (back.state, newest.has(newest.pair.new)) == (State.ROLLED_BACK, away("Disabled"))
