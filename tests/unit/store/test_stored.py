"""What is stored, between two releases: a field more is carried along, a higher version is left alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest

from bot.consent.secrets import Sealed as SealedConsent
from bot.people import Admins, Person
from bot.stored.approvals import Approval, Decision, Subject
from bot.stored.attempts import Attempt
from bot.stored.audit import Shown
from bot.stored.audit_entries import Entry as AuditEntry
from bot.stored.audit_entries import Sealed
from bot.stored.consents import Consent, Status
from bot.stored.deletions import Deletion, Progress
from bot.stored.drafts import Draft, Fields, Verdict
from bot.stored.guesses import Guess
from bot.stored.one_time import For, Link
from bot.stored.orders import Attempts, Kind, Order
from bot.stored.outbox import Letter
from bot.stored.policies import Policy, Who
from bot.stored.room import Wanting
from bot.stored.threads import Act, Card, Pressed, Thread
from bot.stored.web_sessions import Session
from bot.work.keeper import Watched
from bot.work.programs import Program
from engine.connectors.google.access.grants import KeptAccess, Way
from engine.errors import Side, UnreadableError
from engine.migration.account import Access, parse_account
from engine.migration.content import Content
from engine.migration.questions import Question
from engine.migration.record import Attention, Counts, Failure, Migration, Rollback, State, Step
from engine.migration.request import Choice, MigrationRequest
from engine.ports.settings import Entry
from engine.settings.image import Change, Image
from engine.settings.stash import Stash
from engine.store import stored
from engine.store.open_tags import OpenTag
from engine.store.store import Store
from engine.store.stored import Stored
from engine.store.valkey import Marker
from engine.store.vault import Kept
from tests.unit.store.accounts import request_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
REQUEST = MigrationRequest(
    parse_account("imaps://ann%40example.org@mail.example.org"),
    parse_account("ews+https://ann%40example.net@ex.example.net"), (Content.MAIL,),
)
# One of every shape, with something in each of its inner shapes.
SHAPES: dict[type[Stored], Stored] = {type(shape): shape for shape in (
    Migration(
        "7K2F-9QXD", REQUEST, NOW, NOW, State.ROLLING_BACK, steps=MappingProxyType({Content.MAIL: Step(Counts(7, 7))}),
        attention=Attention("Words.", "other", None), rollback=Rollback(NOW, found=7),
        counts_on=MappingProxyType({"3MNP-4RST": 2}),
    ),
    Failure(Content.MAIL, "Inbox", "Hello", "It is too large."),
    OpenTag("AAA", NOW, 2),
    Change(Entry("reply", "Reply", "Back soon"), before=Entry("reply", "Reply", "")),
    Image("7K2F-9QXD", Content.OUT_OF_OFFICE),
    Stash("7K2F-9QXD", Content.OUT_OF_OFFICE, record="{}", facts=MappingProxyType({"window start": "then"})),
    Marker("valkey", "9.1", "unix:///tmp/socket"),
    Kept("7K2F-9QXD", Side.SOURCE, "hunter2"),
    KeptAccess(Way.GRANT, "ann@gmail.com", "1-a.apps.googleusercontent.com", ("openid",), "1//refresh", "ya29.a", NOW),
    Thread("7K2F-9QXD", "T1", "U1", "C1", "dave@example.org"),
    Card("C1", "1.2", buttons=True, masked=False, drawn="abc"),
    Pressed(NOW, "U1", Act.PAUSE),
    Order(Kind.MIGRATE, ("7K2F-9QXD",), {"task_id": "7K2F-9QXD"}, 12.5, "abcd"),
    Attempts(2, 1, 40),
    Deletion(12.5, Progress.DONE, 2, ("7K2F-9QXD",)),
    Watched(1.0, 2.0, 3),
    Draft("7K2F-9QXD", "T1", "U1", "", NOW, Fields(source_login="ann", choices=(Choice.FORWARDING,)),
          kept=frozenset({Side.SOURCE}), verdict=Verdict("No.", "other", Side.SOURCE),
          asked=(Question(Choice.FORWARDING, 2), Question(Choice.LEAVE_OFF, is_open=False)), off=(Content.TASKS,),
          drawn_for="0a1b"),
    Person("U1", "T1", ("T1", "T2"), is_admin=True),
    Letter("key", "U1", "Hello", ({"type": "section"},)),
    Attempt("abc", 1.0, 2.0, sends=1),
    Program("checks", "0.1.0", "one", 7, ("0a1b2c3d",)),
    AuditEntry(NOW, "U1", "pause", "7K2F-9QXD", "card", "refused", words="No.", sealed="abc"),
    Sealed("ann on mail.example.org", "ann on ex.example.net", "No."),
    Guess(NOW, "U1", "7K2F-9QXD", right=False),
    Policy(Who.CHOSEN, ("S1",), ("U1",), ("*.example.org",), most=3, retention_days=7, changed_by="U1", changed=NOW),
    Wanting("T1", "U1", ("mail.example.org", "ex.example.net"), NOW, began=True),
    Shown("C1", "12-0", "13-1", 12.5),
    Approval(Subject.ROLLBACK, "7K2F-9QXD", "T1", "U1", NOW, NOW, {"items": 3}, Decision.DENIED, decider="U2"),
    Session("T1", "U1", NOW),
    Admins((Person("U1", "T1", ("T1",), is_admin=True),)),
    Consent("0a1b", "7K2F-9QXD", "T1", "U1", NOW, "2c3d", (Content.MAIL,), "resume", "ann@gmail.com", Status.GRANTED,
            came=NOW, address="a***@gmail.com", missing=(Content.CALENDARS,), back=True, why="No.", change="4e"),
    SealedConsent("verifier", "4/code", ("4/stray",), "granted", "ann@gmail.com", (Content.CALENDARS,)),
    Link(For.TASK, "7K2F-9QXD", "T1", "U1", NOW, "retry", used=True, view="V1", sides=(Side.SOURCE,)),
)}


def kinds(of: type[Stored] = Stored) -> Iterator[type[Stored]]:
    for kind in of.__subclasses__():
        yield from (kind, *kinds(kind))


def objects(plain: Any, *, within: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], dict[str, Any]]]:
    """The dataclasses in a stored value, each with its path; not what a caller keeps in one as it likes."""
    if not within or within[-1] != "steps":
        yield within, plain
    for key, value in plain.items():
        if isinstance(value, dict) and key not in ("arguments", "counts_on"):
            yield from objects(value, within=(*within, key))


def test_every_stored_shape_is_in_the_table() -> None:
    """Whoever adds a shape adds it here, so that all below holds for it."""
    names = {f"{kind.__module__}.{kind.__name__}" for kind in kinds()}

    assert names == {f"{kind.__module__}.{kind.__name__}" for kind in SHAPES}


@pytest.mark.parametrize("shape", SHAPES.values(), ids=lambda shape: type(shape).__name__)
def test_what_is_stored_is_read_back(shape: Stored) -> None:
    """Every field of every shape, and the version beside them."""
    written = stored.write(shape)

    assert json.loads(written)["v"] == shape.needs
    assert stored.read(type(shape), written, name="It") == shape


@pytest.mark.parametrize("shape", SHAPES.values(), ids=lambda shape: type(shape).__name__)
def test_a_field_more_survives_a_save_by_this_release(shape: Stored) -> None:
    """A later release has added a field to the shape and to each shape in it."""
    plain = json.loads(stored.write(shape))
    for path, each in list(objects(plain)):
        each["added"] = f"by a later release at {path}"

    changed = replace(stored.read(type(shape), json.dumps(plain), name="It"))

    assert json.loads(stored.write(changed)) == plain


@pytest.mark.parametrize("shape", SHAPES.values(), ids=lambda shape: type(shape).__name__)
def test_a_higher_version_is_refused_as_newer(shape: Stored) -> None:
    """The words say whose it is and what to do."""
    newer = json.dumps(json.loads(stored.write(shape)) | {"v": shape.v + 1})

    with pytest.raises(UnreadableError, match=r"Task 7K2F-9QXD was stored by a newer release of OMM\."):
        stored.read(type(shape), newer, name="Task 7K2F-9QXD")


@pytest.mark.parametrize("shape", SHAPES.values(), ids=lambda shape: type(shape).__name__)
@pytest.mark.parametrize("spoilt", ["no version", "no JSON", "a list", "nothing in it"])
def test_what_is_no_such_shape_is_refused_as_damaged(shape: Stored, spoilt: str) -> None:
    """Never read in part, and never an error that only a programmer understands."""
    plain = json.loads(stored.write(shape))
    damaged = {
        "no version": json.dumps({key: value for key, value in plain.items() if key != "v"}),
        "no JSON": stored.write(shape)[:-1],
        "a list": "[1]",
        "nothing in it": json.dumps({"v": "1"}),
    }

    with pytest.raises(UnreadableError, match=r"It cannot be read"):
        stored.read(type(shape), damaged[spoilt], name="It")


def test_an_inner_field_goes_with_what_it_was_part_of() -> None:
    """An attention that is over takes a later release's field in it along; the next one does not inherit it."""
    plain = json.loads(stored.write(SHAPES[Migration]))
    plain["attention"]["added"] = "about that one"
    read = stored.read(Migration, json.dumps(plain), name="It")

    assert "added" not in stored.write(replace(read, attention=None))
    assert "added" not in stored.write(replace(read, attention=Attention("Other words.", "other", None, visit=2)))


def test_a_verdict_s_field_goes_with_the_verdict() -> None:
    """What a later release says of one verdict on a form is not said of the next."""
    plain = json.loads(stored.write(SHAPES[Draft]))
    plain["verdict"]["added"] = "about that one"
    read = stored.read(Draft, json.dumps(plain), name="It")

    assert "added" in stored.write(replace(read, edition=7))
    assert "added" not in stored.write(replace(read, verdict=Verdict("Neither.", "other", Side.SOURCE)))


def test_a_form_with_settings_is_left_to_releases_that_move_them() -> None:
    """An older release would start it without them; any other form it reads, and this one reads what that wrote."""
    form = Draft("7K2F-9QXD", "T1", "U1", "", NOW, Fields(contents=(Content.MAIL, Content.TASKS)))
    lively = replace(form, fields=Fields(contents=(Content.MAIL, Content.INBOX_RULES)))

    assert [json.loads(stored.write(each))["v"] for each in (form, lively)] == [1, 2]
    assert "asked" not in stored.write(form)
    assert stored.read(Draft, stored.write(form), name="It").asked == ()


@pytest.mark.parametrize("shape", SHAPES.values(), ids=lambda shape: type(shape).__name__)
def test_what_is_stored_small_is_the_same(shape: Stored) -> None:
    """It is read like anything else that is stored."""
    assert stored.read(type(shape), stored.write_small(shape), name="It") == shape


def test_what_is_small_stays_readable() -> None:
    """The dictionary that it was compressed with never changes: this was written by the first release that had one."""
    kept = '~1!z>M)4dJDMo)OVSL1I#}QY`='

    assert stored.read(Card, kept, name="It") == SHAPES[Card]


def test_what_is_small_in_a_way_of_a_newer_release_is_left_to_it() -> None:
    """Its number is another one."""
    newer = stored.write_small(SHAPES[Card]).replace("~1", "~2", 1)

    with pytest.raises(UnreadableError, match="newer release"):
        stored.read(Card, newer, name="It")


@pytest.mark.parametrize(("mailbox", "version"), [("", 1), ("bob@example.net", 2)])
def test_a_service_accounts_task_is_left_alone_by_releases_that_know_of_none(mailbox: str, version: int) -> None:
    """They would open the login's own mailbox; every other task is theirs as before."""
    destination = replace(REQUEST.destination, mailbox=mailbox, access=Access.FULL_ACCESS if mailbox else Access.OWN)
    migration = replace(SHAPES[Migration], request=replace(REQUEST, destination=destination))  # type: ignore[type-var]  # of that shape

    written = stored.write(migration)

    assert json.loads(written)["v"] == version
    assert ("mailbox" in json.loads(written)["request"]["destination"]) is bool(mailbox)
    assert stored.read(Migration, written, name="It") == migration


@pytest.mark.parametrize(("content", "versions"), [(Content.TASKS, (1, 1)), (Content.NOTES, (3, 2))])
def test_a_task_with_notes_is_left_alone_by_releases_that_know_of_none(
    content: Content, versions: tuple[int, int]
) -> None:
    """They would take it for damaged; a report's line about a note likewise."""
    migration = replace(SHAPES[Migration], request=replace(REQUEST, contents=(content,)))  # type: ignore[type-var]  # of that shape
    line = replace(SHAPES[Failure], content=content)        # type: ignore[type-var]  # as above

    written = [stored.write(each) for each in (migration, line)]

    assert tuple(json.loads(each)["v"] for each in written) == versions
    assert stored.read(Migration, written[0], name="It") == migration
    assert stored.read(Failure, written[1], name="It") == line


def later(store: Store, redis, task_id: str, **changes: object) -> None:
    """Has another release write a record."""
    record = json.loads(redis.hget(f"omm:task:{task_id}", "record"))
    redis.hset(f"omm:task:{task_id}", "record", json.dumps(record | changes))


def test_a_count_that_is_nothing_is_not_written_and_one_of_an_earlier_release_reads_as_nothing() -> None:
    """What changed at the source is a count that releases before did not keep: the version stays."""
    before = replace(SHAPES[Migration], steps=MappingProxyType({Content.CALENDARS: Step(Counts(7, 0, 7))}))
    written = stored.write(before)
    after = stored.read(Migration, written.replace('"found":7', '"found":7,"changed":2'), name="It")

    assert "changed" not in written
    assert json.loads(written)["v"] == 1
    assert (before.step(Content.CALENDARS).counts.changed, after.step(Content.CALENDARS).counts.changed) == (0, 2)


def test_a_saved_record_keeps_a_later_releases_fields(store, redis) -> None:
    """It is loaded, changed and saved by this release."""
    task_id = store.create(request_of()).task_id
    later(store, redis, task_id, added=[1, 2])

    store.save(replace(store.load(task_id), stage="moving mail"))

    assert json.loads(redis.hget(f"omm:task:{task_id}", "record"))["added"] == [1, 2]
    assert store.load(task_id).stage == "moving mail"


@pytest.mark.parametrize("change", [{"v": Migration.v + 1}, {"state": "hibernating"}])
def test_an_unreadable_record_takes_no_other_along(store, redis, change) -> None:
    """The list shows the others, says which is left out, and leaves it as it is."""
    ours, theirs = (store.create(request_of()).task_id for _ in range(2))
    later(store, redis, theirs, **change)
    before, left_out = redis.hgetall(f"omm:task:{theirs}"), []

    assert [migration.task_id for migration in store.all(unreadable=left_out.append)] == [ours]
    assert left_out == [theirs]
    with pytest.raises(UnreadableError):
        store.load(theirs)
    assert redis.hgetall(f"omm:task:{theirs}") == before


def test_nothing_starts_beside_an_unreadable_migration_of_the_same_accounts(store, redis) -> None:
    """It may be under way: a newer release says when it is over."""
    request = request_of()
    later(store, redis, store.create(request).task_id, v=Migration.v + 1)

    with pytest.raises(UnreadableError):
        store.open_for(request.source, request.destination)


def test_an_unknown_ask_is_left_to_whoever_knows_it(store, redis) -> None:
    """This release acts on nothing that it does not understand."""
    task_id = store.create(request_of()).task_id
    redis.set(f"omm:task:{task_id}:ask", "hibernate 0123")

    with pytest.raises(UnreadableError):
        store.asked(task_id)
    assert redis.get(f"omm:task:{task_id}:ask") in (b"hibernate 0123", "hibernate 0123")


def test_an_open_tag_keeps_a_later_releases_field_when_it_is_sent_again(store, redis) -> None:
    """Both releases write into the same migration, one after the other."""
    task_id = store.create(request_of()).task_id
    store.open_tags(task_id, "AAA", ["tag"])
    tag = json.loads(redis.hget(f"omm:task:{task_id}:open", "tag"))
    redis.hset(f"omm:task:{task_id}:open", "tag", json.dumps(tag | {"added": "x"}))

    store.open_tags(task_id, "BBB", ["tag"])

    again = json.loads(redis.hget(f"omm:task:{task_id}:open", "tag"))
    assert (again["added"], again["folder_id"], again["sends"]) == ("x", "BBB", 2)
