"""The App Home, and answers to commands."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.ids import Action
from bot.views.answers import SUBCOMMANDS, did_you_mean, example_message, help_message, list_message
from bot.views.home import Home, home
from bot.views.message import Message
from engine.migration.content import Content
from engine.migration.record import Migration, Rollback, State
from engine.migration.request import MigrationRequest
from engine.systems import System
from tests.unit.bot.records import (
    MARK,
    NOW,
    account,
    active,
    complaints,
    migration,
    migrations,
    moving,
    pieces,
    read,
)

SECRET = "s3cret-Passw0rd"


def many(count: int) -> list[Migration]:
    """That many tasks, newest first."""
    return [replace(migration(step=moving()), task_id=f"AAAA-{n:04}") for n in range(count)]


def payload(message: Message) -> dict[str, object]:
    """As it is posted."""
    return {"text": message.text, "blocks": list(message.blocks)}


@settings(max_examples=20)
@given(st.lists(migrations, max_size=2, unique_by=lambda task: task.task_id))
def test_every_home_and_every_list_is_taken_by_slack(tasks: list[Migration]) -> None:
    """Whatever the tasks are called."""
    view, message = home(Home(tasks, NOW)), list_message(tasks, NOW)

    assert complaints(view, "home") == []
    assert complaints(payload(message), "message") == []
    assert not [text for text in [*active(view), *active(message.blocks), message.text] if MARK in text]


def test_a_home_has_the_twenty_newest_and_says_how_many_more() -> None:
    """Newest first, each with its state, below the button that begins a new one."""
    view = home(Home(many(20), NOW, older=3))

    words = read(view)
    button = next(piece for piece in pieces(view) if piece.get("type") == "button")
    assert [word for word in words.split() if word.startswith("AAAA-")] == [f"AAAA-{n:04}" for n in range(20)]
    assert words.count("Running · mail 62%") == 20
    assert "And 3 older migrations." in words
    assert (button["action_id"], button["style"]) == (Action.NEW, "primary")
    assert complaints(view, "home") == []


def test_many_tasks_of_the_longest_names_are_not_too_much() -> None:
    """A list stays within what one message may hold, a home within a view."""
    ends = MigrationRequest(account(login="<" * 4000), account(System.EXCHANGE, "👩" * 4000), tuple(Content))
    tasks = [replace(task, request=ends, steps={content: moving() for content in Content}) for task in many(40)]

    assert complaints(home(Home(tasks[:20], NOW, older=20)), "home") == []
    assert complaints(payload(list_message(tasks, NOW)), "message") == []


def test_a_home_without_tasks_says_how_to_begin() -> None:
    """Nobody looks at an empty page."""
    assert "/omm migrate" in read(home(Home([], NOW)))
    assert "/omm migrate" in list_message([], NOW).text


def test_a_rolled_back_migration_is_not_called_done() -> None:
    """A hundred per cent copied is no news of a mailbox from which all of it was removed."""
    gone = Rollback(NOW, found=3, removed=3)
    back = migration(State.ROLLED_BACK, moving(ended=NOW), started=NOW, ended=NOW, rollback=gone)

    words = read(list_message([back], NOW).blocks)

    assert "Rolled back" in words
    assert "%" not in words


def test_a_list_says_where_each_task_stands() -> None:
    """Its owner reads whole logins, and what can still be rolled back."""
    done = migration(State.COMPLETED, moving(ended=NOW), started=NOW, ended=NOW)
    message = list_message([done, *many(19)], NOW)

    words = read(message.blocks)
    assert "carol@example.org → carol@example.com" in words
    assert words.count("can be rolled back") == 1
    assert "And 5 older ones." in words
    assert message.text == "You have 20 migrations."
    assert complaints(payload(message), "message") == []


def test_help_names_every_command_with_an_example() -> None:
    """And says that passwords have no place there."""
    words = read(help_message().blocks)

    assert "7K2F-9QXD is an example of a task ID. Your migration's own stands on its card" in words
    assert all(f"/omm {word}" in words for word in SUBCOMMANDS)
    assert "/omm follow 7K2F-9QXD" in words
    assert "Never type a password" in words
    assert complaints(payload(help_message()), "message") == []


def test_whoever_types_no_task_id_is_told_where_it_stands() -> None:
    """What one looks like, and which command shows their own."""
    assert read(example_message("pause").blocks) == (
        "A task ID has eight letters and digits. Type it as `/omm pause 7K2F-9QXD`. "
        "`/omm list` shows the task IDs of your migrations."
    )


def test_whoever_follows_without_a_task_id_is_sent_to_the_owner_of_the_migration() -> None:
    """Their own list never holds it."""
    words = read(example_message("follow").blocks)

    assert "Ask the owner of the migration for its task ID." in words
    assert "/omm list" not in words


@pytest.mark.parametrize(("typed", "meant"), [
    ("migrat", "migrate"), ("FOLOW", "follow"), ("lst", "list"), ("hlep", "help"), (SECRET, None), ("", None),
])
def test_a_word_that_is_not_known_is_never_repeated(typed: str, meant: str | None) -> None:
    """The nearest command is named, what was typed is not; where it may be a password, that is said."""
    message = did_you_mean(typed)

    words = f"{message.text} {read(message.blocks)}"
    assert f"/omm {meant or 'help'}" in words
    assert SECRET not in words
    assert ("not kept" in words) is (typed == SECRET)
    assert complaints(payload(message), "message") == []
