"""Several contents in one migration: whatever happens in one of them, nothing of another is lost, twice, or half."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

import pytest

from engine.errors import RefusedError
from engine.migration.record import Reason, State
from engine.migration.steering import cancel, pause, stop
from engine.migration.visit import Engine
from engine.ports.source import Role
from tests.contract.contents.together import ALL, CARDS, GRACE, LETTERS, MERGED, OWNERS, Together, together
from tests.examples.toy_content import TOYS, MemoryToys
from tests.histories import lives
from tests.histories.deeds import OWNER
from tests.histories.lives import Life
from tests.servers.memory.destination import Fate

BACK_OFF = 90.0     # seconds


@pytest.fixture
def at() -> Iterator[Together]:
    with together() as made:
        yield made


def test_each_content_is_copied_and_taken_back(at: Together) -> None:
    """Folders of the same path are two at the destination, one a content."""
    done = at.ends()

    assert done.state is State.COMPLETED
    assert at.there() == ALL
    assert at.settings == MERGED
    at.roll_back()
    assert at.record.state is State.ROLLED_BACK
    assert not at.there()
    assert at.settings == OWNERS


@pytest.mark.parametrize(("removal", "left"), [(Fate.GOOD, 0), (Fate.BEFORE, len(CARDS))])
def test_a_card_half_written_when_the_mailbox_is_full_goes(at: Together, removal: Fate, left: int) -> None:
    """At once, or when the task is resumed: its tag stays open, so that the next visit knows it for its own."""
    at.meets["update"] = [Fate.FULL]
    at.meets["delete"] = [removal]
    at.migrate()
    assert at.record.state is State.NEEDS_ATTENTION
    assert at.there().total() == len(LETTERS) + left

    done = at.ends()

    assert done.state is State.COMPLETED
    assert at.there() == ALL


def test_a_card_half_written_in_a_task_that_is_cancelled_goes_at_the_retry(at: Together) -> None:
    """The retry begins with the mail, whose end says nothing of the cards."""
    at.meets["update"] = [Fate.FULL]
    at.migrate()
    at.asks(cancel)
    at.retries()

    done = at.ends()

    assert done.state is State.COMPLETED
    assert at.there() == ALL


@pytest.mark.parametrize("operation", ["create attachment", "update"])
def test_a_card_half_written_by_a_killed_process_goes_at_the_retry(at: Together, operation: str) -> None:
    """The same, whichever request was its last."""
    at.happens[operation] = lives.killed
    assert at.migrate().killed
    at.asks(cancel)
    at.retries()

    done = at.ends()

    assert done.state is State.COMPLETED
    assert at.there() == ALL


def test_files_that_are_refused_all_at_once_cost_one_card(at: Together) -> None:
    """The others of its request were written: they are not sent once more."""
    at.meets["create attachment"] = [Fate.ODD]

    done = at.ends()

    assert done.step(TOYS).counts.failed == 1
    assert at.there() == ALL - Counter(["c1"])
    assert [(line.content, line.outcome) for line in at.report if line.item.startswith("c1")] == [(TOYS, Reason.FAILED)]


def test_a_full_mailbox_is_asked_to_finish_one_card_and_no_other(at: Together) -> None:
    """What is said of the whole mailbox, a password perhaps, is not tried again with each card of a request."""
    at.meets["create attachment"] = [Fate.FULL] * 9
    at.migrate()

    assert len(at.meets["create attachment"]) == 8


def test_cards_that_are_all_refused_are_named_and_the_setting_follows(at: Together) -> None:
    """The mailbox takes other things, so the cards are why; nothing half-written stays."""
    at.meets["create attachment"] = [Fate.ODD] * 40

    done = at.ends()

    assert done.state is State.COMPLETED
    assert done.step(TOYS).counts.failed == len(CARDS)
    assert at.there() == Counter(LETTERS)
    assert at.settings == MERGED


def test_a_busy_mailbox_is_waited_for_between_the_cards_of_one_request(at: Together) -> None:
    """It is asked for nothing before its back-off is over, and each card is there once, and whole."""
    at.happens["update"] = lambda life: setattr(life, "back_off", lambda: BACK_OFF)
    at.meets["update"] = [Fate.BUSY]
    at.meets["delete"] = [Fate.BUSY]

    done = at.ends()

    busy = next(number for number, (operation, _) in enumerate(at.sent_at) if operation == "update")
    (_, began), (_, following) = at.sent_at[busy : busy + 2]
    assert following - began >= BACK_OFF
    assert done.state is State.COMPLETED
    assert at.there() == ALL


def test_a_mailbox_that_puts_every_card_off_for_long_names_what_it_did_not_take(at: Together) -> None:
    """Nothing half-written stays, and nothing is there twice."""
    at.meets["update"] = [Fate.BUSY] * 8
    at.meets["delete"] = [Fate.BUSY, Fate.AFTER]

    done = at.ends()

    named = Counter(card for card in CARDS for line in at.report if line.item.startswith(f"{card} "))
    assert done.state is State.COMPLETED
    assert at.there() + named == ALL


def test_a_card_that_its_owner_moves_while_it_is_refused_leaves_nothing_half_written(at: Together) -> None:
    """It is not found where it was created: that does not say that it is gone."""
    deleted = at.at.box.standard(Role.DELETED)
    at.meets["update"] = [Fate.BUSY]
    at.happens["delete"] = lambda _life: at.at.box.move(at.item("c1").id, deleted, by=OWNER)

    at.ends()

    assert at.there() == ALL


def test_a_half_written_card_that_its_owner_moves_or_removes_is_copied_whole(at: Together) -> None:
    """Nobody knows which of the two they did, so it is looked for, and made anew."""
    deleted = at.at.box.standard(Role.DELETED)
    at.happens["create attachment"] = lambda _life: at.at.box.move(at.item("c1").id, deleted, by=OWNER)

    done = at.ends()

    assert done.step(TOYS).counts.failed == 0
    assert at.there() == ALL


def test_the_sums_of_a_rollback_say_what_somebody_else_removed_first(at: Together) -> None:
    """Of one content while it was removed, also when another one follows."""
    at.ends()
    at.happens["delete"] = lambda _life: at.at.box.remove(at.item("c2").id, by=OWNER)

    at.roll_back()

    sums = at.record.rollback
    assert sums is not None
    assert (sums.found, sums.removed, sums.gone) == (9, 8, 1)
    assert not at.there()


def test_a_late_finish_does_not_outlive_the_rollback(at: Together) -> None:
    """The rollback waits for what was sent last."""
    at.meets["update"] = [Fate.LATE]
    at.at.on_send = at.sent
    at.happens["update"] = lives.killed
    at.migrate()
    at.roll_back()
    at.at.at.pass_time(10 * GRACE)

    assert at.record.state is State.ROLLED_BACK
    assert not at.there()


@dataclass(frozen=True)
class Telling(MemoryToys):
    """A destination that tells digests as the test has it. `asked` are the ids of each request."""

    tell: Callable[[Sequence[str]], Sequence[str]] = lambda ids: ids
    asked: list[Sequence[str]] = field(default_factory=list)

    def digests(self, ids: Sequence[str]) -> dict[str, str]:
        self.asked.append(ids)
        return super().digests(self.tell(ids))


def test_digests_are_asked_for_in_portions() -> None:
    """No server answers for ten thousand whole items in one request."""
    asked: list[Sequence[str]] = []
    with together((), tuple(f"c{number}" for number in range(60))) as at:
        at.at.writers = {TOYS: lambda destination: Telling(destination, asked=asked)}
        at.ends()
        at.roll_back()

        assert not at.there()
    assert len(set(chain(*asked))) == 60
    assert max(map(len, asked)) == 50


def test_a_card_whose_digest_is_not_told_stays_and_is_named(at: Together) -> None:
    """It is there, and its owner may have changed it: nobody can say. Where it is refused, it costs no other."""
    at.ends()
    hidden, refused = at.item("c1").id, at.item("c2").id
    at.at.box.edit(hidden, "c1, my own words", by=OWNER)

    def tell(ids: Sequence[str]) -> list[str]:
        if refused in ids:
            raise RefusedError("the destination could not read the request")
        return [item_id for item_id in ids if item_id != hidden]

    at.at.writers = {TOYS: lambda destination: Telling(destination, tell=tell)}
    at.roll_back()

    assert at.record.state is State.ROLLED_BACK
    assert at.there() == Counter(["c1, my own words", "c2"])
    kept = {line.item for line in at.report if line.outcome is Reason.KEPT and line.content is TOYS}
    assert kept == {"c1, my own words", "c2", "(the folder itself)"}


@pytest.mark.parametrize("how", [pause, stop])
def test_a_stop_leaves_nothing_half_written(at: Together, how: Callable[[Engine, str], object]) -> None:
    """Cards of a request that was under way are finished or removed: a stopped task may never be resumed."""
    at.happens["create attachment"] = lambda _life: at.pressed(how)
    at.migrate()
    there = at.there()

    assert at.record.state in (State.PAUSED, State.CANCELLED)
    assert there < ALL
    (at.retries if at.record.state is State.CANCELLED else lambda: None)()
    at.ends()
    assert at.there() == ALL


def test_a_draft_that_its_owner_goes_on_with_while_cards_are_removed_stays(at: Together) -> None:
    """Each content is looked at when its turn comes, however long the one before it took."""
    at.ends()
    at.at.at.pass_time(60)

    def goes_on(_life: Life) -> None:
        draft = at.at.box.amend(at.item("l1").id, by=OWNER, draft=True)
        at.at.box.edit(draft.id, "l1, my own words", by=OWNER)

    at.happens["delete"] = goes_on
    at.roll_back()

    assert at.record.rollback is not None
    assert (at.record.rollback.removed, at.record.rollback.kept) == (8, 1)
    assert at.there() == Counter(["l1, my own words"])


def test_a_source_that_shows_no_cards_any_more_stops_by_their_name(at: Together) -> None:
    """It has mail, so it is not empty."""
    at.ends()
    at.source.cards.folders.clear()
    at.retries()
    at.migrate()

    assert at.record.attention is not None
    assert "The source has no cards any more, although this migration copied 4 cards" in at.record.attention.words
    assert at.there() == ALL
