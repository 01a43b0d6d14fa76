"""The audit's channel: what is handed to the outbox for it, and when, through anything."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import fakeredis
import pytest

from bot.notices.audit_channel import AGAIN, EVERY, MOST, AuditChannel
from bot.people import Person, UnknownPersonError
from bot.stored.audit import Audit
from bot.stored.audit_entries import Entry, What
from bot.stored.outbox import AUDIT, Outbox
from bot.stored.policies import POLICIES, Policies
from engine.errors import Cause, FatalError
from engine.store.patience import Patient
from tests.servers.slack.signed_world import Clock, words
from tests.servers.slack.workspace import ADMIN, CHANNEL, TEAM


class Named:
    """Admins whose names Slack says; but for U2, of whom it says nothing."""

    def look(self, user: str) -> Person:
        if user == "U0SILENT01":
            raise UnknownPersonError
        return Person(user, TEAM, (TEAM,), is_admin=True, name=f"Name of {user}")


@dataclass
class Channel:
    """A workspace with its audit, and what posts it."""

    redis: Any = field(default_factory=fakeredis.FakeRedis)
    clock: Clock = field(default_factory=Clock)
    tries: int = 0
    posted: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.audit, self.outbox = Audit(Patient(self.redis)), Outbox(self.redis, team=TEAM)
        self.policies = Policies(self.redis)

    def choose(self, channel: str) -> None:
        """An admin chooses it."""
        newest = self.audit.newest(TEAM)
        self.policies.change(TEAM, lambda policy: replace(
            policy, audit_channel=channel, audit_from=newest, changed_by=ADMIN
        ))

    def write(self, *what: str, who: str = "U0OWNER001") -> None:
        for each in what:
            self.audit.append(TEAM, Entry(self.clock(), who, What.LIST.value, surface="command", words=each))

    def look(self) -> None:
        self.posts.look()

    @property
    def posts(self) -> AuditChannel:
        people: Any = Named()
        return AuditChannel(self.audit, self.policies, self.outbox, people, team=TEAM, clock=self.clock)

    def slack_says(self, *, refused: bool) -> None:
        """What becomes of the messages that wait for the channel."""
        for each in self.outbox.line():
            if each.letter is not None and each.letter.key.startswith(AUDIT):
                self.tries += 1
                self.posts.came(each.letter, refused=refused)
                self.posted += [] if refused else [words([dict(block) for block in each.letter.blocks])]
                self.outbox.sent(each)

    def handed_over(self) -> list[tuple[str, str]]:
        """Each message that waits: where to, and what it says."""
        return [(each.to, words([dict(block) for block in each.blocks])) for each in self.outbox.waiting()]

    def sent(self) -> None:
        """Slack takes everything."""
        for each in self.outbox.line():
            self.outbox.sent(each)


@pytest.fixture
def at() -> Channel:
    return Channel()


def test_several_entries_are_one_message(at: Channel) -> None:
    """The oldest first; what comes soon after it is in the next one, seconds later."""
    at.choose(CHANNEL)
    at.write("one", "two", who="U0SILENT01")

    at.look()
    at.write("three")
    at.look()
    before = at.handed_over()
    at.clock.move(EVERY)
    at.look()

    assert [to for to, _ in before] == [CHANNEL]
    assert before[0][1].index("one") < before[0][1].index("two")
    assert "U0SILENT01 listed their migrations (command) one" in before[0][1]
    assert len(at.handed_over()) == 2
    assert "Name of U0OWNER001 listed their migrations (command) three" in at.handed_over()[1][1]


def test_many_entries_are_several_messages(at: Channel) -> None:
    """Each of them once."""
    at.choose(CHANNEL)
    at.write(*(f"number {n}." for n in range(2 * MOST + 1)))

    for _ in range(5):
        at.look()
        at.clock.move(EVERY)

    said = " ".join(text for _, text in at.handed_over())
    assert len(at.handed_over()) == 3
    assert [said.count(f"number {n}.") for n in range(2 * MOST + 1)] == [1] * (2 * MOST + 1)


@pytest.mark.parametrize("dies_at", [1, 2, 3])
def test_whoever_is_killed_over_it_posts_each_entry_once(
    at: Channel, dies_at: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before the message was handed over, or after that; more may have been written meanwhile."""
    at.choose(CHANNEL)
    at.write("one")
    steps = 0

    def dying(do: Any) -> Any:
        def step(*given: Any) -> Any:
            nonlocal steps
            steps += 1
            if steps == dies_at:
                raise FatalError("Killed.", cause=Cause.STORE)
            return do(*given)

        return step

    with monkeypatch.context() as patched:
        patched.setattr(at.audit, "note_shown", dying(at.audit.note_shown))
        patched.setattr(at.outbox, "put", dying(at.outbox.put))
        with pytest.raises(FatalError):
            at.look()
    at.write("two")
    at.look()
    for _ in range(3):
        at.clock.move(EVERY)
        at.look()

    said = " ".join(text for _, text in at.handed_over())
    assert (said.count("(command) one"), said.count("(command) two")) == (1, 1)


def test_a_channel_that_takes_nothing_gets_all_of_it_later(at: Channel) -> None:
    """Whoever chose it is told once, it is tried every ten minutes, and what was refused comes first."""
    at.choose(CHANNEL)
    for number in range(MOST + 5):
        at.write(f"number {number}.")
    at.look()
    at.clock.move(EVERY)
    at.look()
    at.slack_says(refused=True)
    at.write("later.")
    assert [(to, "cannot post the audit" in words) for to, words in at.handed_over()] == [(ADMIN, True)]
    at.sent()
    for _ in range(int(2 * AGAIN / EVERY)):
        at.clock.move(EVERY)
        at.look()
        at.slack_says(refused=True)
    assert (at.tries, at.handed_over()) == (4, [])

    at.clock.move(AGAIN)
    for _ in range(4):
        at.look()
        at.slack_says(refused=False)
        at.clock.move(EVERY)

    said = [word for word in " ".join(at.posted).split() if word[:-1].isdigit() or word == "later."]
    assert said == [*(f"{number}." for number in range(MOST + 5)), "later."]


def test_another_channel_is_not_held_up_by_the_one_before(at: Channel) -> None:
    """What that one has refused stays where it belongs: nobody had it in the new one."""
    at.choose(CHANNEL)
    at.write("one")
    at.look()
    at.choose("C0ANOTHER1")
    at.slack_says(refused=True)
    at.write("two")
    at.look()

    assert [to for to, _ in at.handed_over()][-1] == "C0ANOTHER1"


def test_what_was_sent_does_not_come_again(at: Channel) -> None:
    """However often somebody looks."""
    at.choose(CHANNEL)
    at.write("one")
    at.look()
    at.sent()

    for _ in range(3):
        at.clock.move(EVERY)
        at.look()

    assert at.handed_over() == []


def test_a_channel_begins_with_what_was_done_when_it_was_chosen(at: Channel) -> None:
    """Not with what was done before; without a channel nothing is posted, and another one begins anew."""
    at.write("early")
    at.choose(CHANNEL)
    at.look()
    assert at.handed_over() == []

    at.choose("")
    at.look()
    assert at.redis.keys("omm:audit:shown:*") == []
    at.choose("C0ANOTHER1")
    at.write("late")
    at.look()

    assert [to for to, _ in at.handed_over()] == ["C0ANOTHER1"]


def test_nothing_is_posted_while_the_settings_cannot_be_read(at: Channel) -> None:
    """It goes on behind the last entry that was."""
    at.choose(CHANNEL)
    at.write("one")
    kept = at.redis.hget(POLICIES, TEAM)
    at.redis.hset(POLICIES, TEAM, "no JSON")
    at.look()
    assert at.handed_over() == []

    at.redis.hset(POLICIES, TEAM, kept)
    at.look()

    assert len(at.handed_over()) == 1


def test_a_task_that_is_forgotten_leaves_what_the_audit_keeps(at: Channel) -> None:
    """Its entries stay, so the message that waits does too."""
    at.choose(CHANNEL)
    at.audit.append(TEAM, Entry(at.clock(), "U0OWNER001", What.PAUSE.value, "7K2F-9QXD"))
    at.look()

    at.outbox.forget("7K2F-9QXD")

    assert len(at.handed_over()) == 1
