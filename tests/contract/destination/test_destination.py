"""What the engine relies on at a destination, whichever it is."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest

from engine.errors import GoneError, RefusedError, RetryableError
from engine.items.tags import folder_tag
from engine.ports.items import Verdict
from tests.contract.destination.conftest import CODE, TASK, Side, a_folder, new, state_of, tagged
from tests.servers.memory.destination import Fate

MANY = 20


def test_answers_stand_at_the_places_of_their_messages(side: Side) -> None:
    """Each of many messages is created with its tag, and its id is that of the message at its place."""
    folder = a_folder(side.destination)
    messages = [new(f"letter {number}") for number in range(MANY)]

    outcomes = side.destination.create(folder, messages)

    assert [outcome.verdict for outcome in outcomes] == [Verdict.DONE] * MANY
    there = tagged(side.destination, folder)
    assert [there[outcome.id or ""].tag for outcome in outcomes] == [message.tag for message in messages]
    assert side.destination.names([outcomes[3].id or ""]) == {outcomes[3].id: "letter 3"}


def test_a_message_is_dated_by_the_servers_own_time(side: Side) -> None:
    """Created and modified are the same whole second or the next, close to the time that the destination says."""
    folder = a_folder(side.destination)
    before = side.destination.now()

    side.destination.create(folder, [new("dated")])

    (item,) = tagged(side.destination, folder).values()
    assert item.created is not None
    assert item.modified is not None
    assert before - timedelta(seconds=2) <= item.created <= side.destination.now() + timedelta(seconds=2)
    assert timedelta() <= item.modified - item.created <= timedelta(seconds=2)


def test_a_draft_is_known_as_one(side: Side) -> None:
    """What was written as a draft is listed as one, and nothing else is."""
    folder = a_folder(side.destination)

    side.destination.create(folder, [new("draft", draft=True), new("letter", read=True)])

    assert sorted(item.draft for item in tagged(side.destination, folder).values()) == [False, True]


def test_a_folder_that_is_gone_refuses_its_messages(side: Side) -> None:
    """Each message is refused at its place; nothing else follows from it."""
    folder = a_folder(side.destination)
    side.destination.delete_folder(folder)

    outcomes = side.destination.create(folder, [new("one"), new("other")])

    assert {outcome.verdict for outcome in outcomes} <= {Verdict.REFUSED, Verdict.SPLIT, Verdict.GONE}
    assert all(outcome.error is not None for outcome in outcomes)


def test_a_request_that_is_too_large_is_refused_whole(side: Side) -> None:
    """Two messages that are too large together are to be sent apart; one that is too large alone is refused."""
    folder = a_folder(side.destination)

    together = side.destination.create(folder, [new("one", size=90_000), new("other", size=90_000)])
    alone = side.destination.create(folder, [new("large", size=160_000)])

    assert [outcome.verdict for outcome in together] == [Verdict.SPLIT] * 2
    assert [outcome.verdict for outcome in alone] == [Verdict.REFUSED]
    assert tagged(side.destination, folder) == {}


@pytest.mark.parametrize(("fate", "verdict", "there"), [
    (Fate.BEFORE, Verdict.UNKNOWN, 0), (Fate.AFTER, Verdict.UNKNOWN, 3), (Fate.BUSY, Verdict.BUSY, 0),
    (Fate.FULL, Verdict.FATAL, 0),
])
def test_a_request_that_goes_wrong_is_judged_item_by_item(
    side: Side, fate: Fate, verdict: Verdict, there: int
) -> None:
    """Lost, put off or turned away: every message has the verdict, and what is there is what was carried out."""
    folder = a_folder(side.destination)
    side.next_meets(fate, "CreateItem")

    outcomes = side.destination.create(folder, [new("a"), new("b"), new("c")])

    assert [outcome.verdict for outcome in outcomes] == [verdict] * 3
    assert all(outcome.error is not None for outcome in outcomes)
    assert len(tagged(side.destination, folder)) == there


def test_some_are_put_off_at_their_places(side: Side) -> None:
    """Busy for the second and the fourth of four: the others are created."""
    folder = a_folder(side.destination)
    side.next_meets(Fate.SOME_BUSY, "CreateItem")

    outcomes = side.destination.create(folder, [new("a"), new("b"), new("c"), new("d")])

    assert [outcome.verdict for outcome in outcomes] == [Verdict.DONE, Verdict.BUSY, Verdict.DONE, Verdict.BUSY]
    assert len(tagged(side.destination, folder)) == 2


def test_a_look_that_goes_wrong_can_be_repeated(side: Side) -> None:
    """A page of tags that the destination is too busy for raises RetryableError; asked again, it comes."""
    folder = a_folder(side.destination)
    side.destination.create(folder, [new("there")])
    side.next_meets(Fate.BUSY, "SyncFolderItems")

    with pytest.raises(RetryableError):
        side.destination.tags(folder, "")

    assert len(side.destination.tags(folder, "").items) == 1


def test_a_look_whose_connection_ends_can_be_repeated(side: Side) -> None:
    """It comes at once where the destination asks again by itself, or raises RetryableError and comes the next time."""
    folder = a_folder(side.destination)
    side.destination.create(folder, [new("there")])
    side.next_meets(Fate.BEFORE, "SyncFolderItems")

    with suppress(RetryableError):
        side.destination.tags(folder, "")

    assert len(side.destination.tags(folder, "").items) == 1


def test_tags_come_page_by_page(side: Side) -> None:
    """Every tagged message is shown once, and the last page says that it is the last."""
    folder = a_folder(side.destination)
    wanted = []
    for _ in range(11):
        messages = [new("one of many") for _ in range(50)]
        side.destination.create(folder, messages)
        wanted += [message.tag for message in messages]

    shown, pages, state, last = [], 0, "", False
    while not last:
        page = side.destination.tags(folder, state)
        shown += [item.tag for item in page.items]
        pages, state, last = pages + 1, page.state, page.last

    assert pages > 1
    assert sorted(shown) == sorted(wanted)


def test_a_state_brings_what_changed_since(side: Side) -> None:
    """What came, what was changed and what went since; nothing else, and nothing when nothing changed."""
    folder = a_folder(side.destination)
    old, changed, stays = (o.id or "" for o in side.destination.create(folder, [new("old"), new("draft"), new("s")]))
    state = state_of(side.destination, folder)
    (came,) = side.destination.create(folder, [new("new")])
    side.removes(old)
    side.edits(changed, "another subject")

    page = side.destination.tags(folder, state)

    assert {item.id for item in page.items} == {came.id, changed}
    assert page.removed == (old,)
    assert stays not in {item.id for item in page.items}
    assert side.destination.tags(folder, page.state).items == ()


def test_a_move_keeps_tag_and_time_of_creation(side: Side) -> None:
    """The message has a new id where it went and is gone from where it was."""
    folder, other = a_folder(side.destination), a_folder(side.destination)
    message = new("moved")
    (made,) = side.destination.create(folder, [message])
    before = tagged(side.destination, folder)[made.id or ""]

    moved = side.moves(made.id or "", other)

    assert tagged(side.destination, folder) == {}
    found = tagged(side.destination, other)[moved]
    assert (found.tag, found.created) == (message.tag, before.created)
    assert side.destination.delete([made.id or ""])[0].verdict is Verdict.GONE


def test_a_copy_has_the_same_tag_and_another_id(side: Side) -> None:
    """A copy that the owner makes carries the named property, and is not created before its original."""
    folder, other = a_folder(side.destination), a_folder(side.destination)
    message = new("copied")
    (made,) = side.destination.create(folder, [message])

    copy = side.copies(made.id or "", other)

    original, found = tagged(side.destination, folder)[made.id or ""], tagged(side.destination, other)[copy]
    assert found.tag == message.tag
    assert found.id != original.id
    assert found.created is not None
    assert original.created is not None
    assert found.created >= original.created


def test_deletions_are_answered_one_by_one(side: Side) -> None:
    """What is gone among what is there is said at its place, and a second deletion says gone."""
    folder = a_folder(side.destination)
    first, second = (o.id or "" for o in side.destination.create(folder, [new("a"), new("b")]))
    side.removes(first)

    outcomes = side.destination.delete([first, second])

    assert [outcome.verdict for outcome in outcomes] == [Verdict.GONE, Verdict.DONE]
    assert tagged(side.destination, folder) == {}
    assert side.destination.delete([second])[0].verdict is Verdict.GONE


@pytest.mark.parametrize(("fate", "left"), [(Fate.BEFORE, 1), (Fate.AFTER, 0)])
def test_a_deletion_without_an_answer_is_unknown(side: Side, fate: Fate, left: int) -> None:
    """It may have been carried out or not; asked again, it is done or gone."""
    folder = a_folder(side.destination)
    (made,) = side.destination.create(folder, [new("a")])
    side.next_meets(fate, "DeleteItem")

    (outcome,) = side.destination.delete([made.id or ""])

    assert outcome.verdict is Verdict.UNKNOWN
    assert len(tagged(side.destination, folder)) == left
    assert side.destination.delete([made.id or ""])[0].verdict is (Verdict.DONE if left else Verdict.GONE)


def test_the_usual_folders_have_roles(side: Side) -> None:
    """Inbox, sent, drafts, deleted items, junk and the calendar are listed once each, below the top.

    So are those of other contents that the mailbox has.
    """
    found = [folder for folder in side.destination.folders() if folder.role is not None]
    mail = [str(folder.role) for folder in found if folder.holds_mail]
    others = [str(folder.role) for folder in found if not folder.holds_mail]

    assert sorted(mail) == ["deleted", "drafts", "inbox", "junk", "sent"]
    assert "calendar" in others
    assert len(others) == len(set(others))
    assert set(others) <= {"calendar", "contacts", "notes", "tasks"}
    assert {folder.parent_id for folder in found} == {side.destination.top}


def test_a_folder_is_made_with_its_tag(side: Side) -> None:
    """It is listed below its parent with name, tag and what it holds."""
    parent = a_folder(side.destination)
    made = side.destination.create_folder(parent, "Letters / 2020", folder_tag(TASK, CODE))
    side.destination.create(made.id, [new("a"), new("b")])

    found = next(folder for folder in side.destination.folders() if folder.id == made.id)

    assert (found.parent_id, found.name, found.tag) == (parent, "Letters / 2020", folder_tag(TASK, CODE))
    assert (found.items, found.children) == (2, 0)
    assert next(f for f in side.destination.folders() if f.id == parent).children == 1


def test_a_name_that_is_taken_is_refused(side: Side) -> None:
    """In any case of letters, alone or among others, which are made."""
    parent = a_folder(side.destination)
    side.destination.create_folder(parent, "Taken", folder_tag(TASK, CODE))

    with pytest.raises(RefusedError):
        side.destination.create_folder(parent, "taken", folder_tag(TASK, CODE))
    outcomes = side.destination.create_folders(parent, [("Taken", "t:1"), ("Free", "t:2")])

    assert [outcome.verdict for outcome in outcomes] == [Verdict.REFUSED, Verdict.DONE]
    assert {f.name: f.id for f in side.destination.folders() if f.parent_id == parent}["Free"] == outcomes[1].id


@pytest.mark.parametrize(("fate", "there"), [(Fate.BEFORE, False), (Fate.AFTER, True)])
def test_a_folder_whose_answer_is_lost_may_be_there(side: Side, fate: Fate, there: bool) -> None:
    """RetryableError either way; the list of folders tells."""
    parent = a_folder(side.destination)
    side.next_meets(fate, "CreateFolder")

    with pytest.raises(RetryableError):
        side.destination.create_folder(parent, "Perhaps", folder_tag(TASK, CODE))

    assert any(f.parent_id == parent for f in side.destination.folders()) is there


def test_only_an_empty_folder_goes(side: Side) -> None:
    """One with a message or a folder in it stays; emptied, it goes, and going twice is going."""
    parent = a_folder(side.destination)
    child = side.destination.create_folder(parent, "Child", folder_tag(TASK, CODE))
    (made,) = side.destination.create(child.id, [new("a")])

    assert not side.destination.delete_folder(parent)
    assert not side.destination.delete_folder(child.id)
    side.destination.delete([made.id or ""])
    assert side.destination.delete_folder(child.id)
    assert side.destination.delete_folder(parent)
    assert side.destination.delete_folder(parent)


def test_two_sign_ins_see_the_same_mailbox(side: Side) -> None:
    """Its key is the same for both, and what one has made the other sees."""
    other = side.another()
    folder = a_folder(side.destination)

    side.destination.create(folder, [new("seen by both")])

    assert other.mailbox() == side.destination.mailbox()
    assert len(tagged(other, folder)) == 1
    other.close()


def test_a_write_is_given_time_by_its_size(side: Side) -> None:
    """A large request may take longer than a small one, and even the smallest some seconds."""
    assert 1 < side.destination.deadline(0) <= side.destination.deadline(50_000_000)


def test_a_folder_is_set_aside_and_put_back(side: Side) -> None:
    """It keeps its id, with what is in it, wherever it lies; a second time changes nothing."""
    folder = a_folder(side.destination)
    name = side.destination.folder(folder).name
    side.destination.create(folder, [new("one")])

    side.destination.set_aside(folder)
    side.destination.set_aside(folder)
    aside = side.destination.folder(folder)
    side.destination.put_back(folder, side.destination.top, name)
    back = side.destination.folder(folder)

    assert (aside.parent_id != side.destination.top, aside.items) == (True, 1)
    assert (back.parent_id, back.name, back.items) == (side.destination.top, name, 1)


def test_a_folder_that_is_gone_says_so(side: Side) -> None:
    """Nobody takes it for an empty one."""
    folder = a_folder(side.destination)
    side.destination.delete_folder(folder)

    with pytest.raises(GoneError):
        side.destination.folder(folder)
