"""What people confirm and read."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import dialogs, forms
from emulators.slack import form
from engine.errors import Side
from engine.migration import Content, Migration, State
from engine.rollback import Preview
from tests.unit.bot.records import (
    MARK,
    NOW,
    OTHER_TASK,
    OWNER,
    TASK,
    active,
    anything,
    complaints,
    foreign,
    migration,
    migrations,
    moving,
    pieces,
    read,
    request,
)

STARTED = NOW - timedelta(hours=2)
previews = st.builds(
    Preview, items=st.integers(0, 10**7), kept=st.integers(0, 10**7), folders=st.integers(0, 10**4),
    counting_on_it=st.lists(st.sampled_from([TASK, OTHER_TASK]), max_size=200).map(tuple),
)


def fields(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Its input blocks by id."""
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


def right(view: dict[str, Any]) -> bool:
    """Whether Slack takes it, every block has a name, and nothing from elsewhere is marked up."""
    assert complaints(view, "modal") == []
    assert all(block.get("block_id") for block in view["blocks"])
    assert not [text for text in active(view) if MARK in text]
    return True


# Cancel


@settings(max_examples=60)
@given(migrations, previews, anything, foreign)
def test_every_dialog_is_taken_by_slack(record: Migration, preview: Preview, words: str, title: str) -> None:
    """Cancel, rollback, password, follow and plain words, for any record."""
    for view in (
        dialogs.cancel_dialog(record, NOW), dialogs.rollback_counting(record),
        dialogs.rollback_confirm(record, preview, NOW), dialogs.rollback_refused(record, words),
        dialogs.password_form(record, list(Side), words, "resume", edition=7), dialogs.follow_form(TASK),
        dialogs.follow_form(TASK, words), dialogs.words(title, words), dialogs.words(title, words, mentions=True),
    ):
        assert right(view)


def test_a_cancel_says_what_it_still_finishes_and_what_it_skips() -> None:
    """Items left, the time they take, what is skipped, and that Pause stops at once."""
    record = migration(step=moving(), request=request(Content.MAIL, Content.CALENDARS, Content.CONTACTS))

    view = dialogs.cancel_dialog(record, NOW)

    words = read(view)
    assert "*Mail* is being moved and is finished first: 7,605 messages left, which takes about 26 minutes." in words
    assert "Skipped: calendars and contacts." in words
    assert "*Pause*" in words
    assert (view["private_metadata"], view["submit"]["text"]) == (TASK, "Cancel migration")


def test_a_cancel_of_the_last_content_says_that_nothing_is_skipped() -> None:
    """Then it changes nothing, and Pause is what they want."""
    assert "nothing is skipped" in read(dialogs.cancel_dialog(migration(step=moving()), NOW))


@pytest.mark.parametrize(("record", "said"), [
    (migration(State.WAITING), "ends at once. Nothing has been copied"),
    (migration(State.WAITING, waits_for=OTHER_TASK), "ends as soon as its turn comes"),
    (migration(State.PAUSED, moving()), "ends at once. What was copied so far (12,380 items) stays"),
    (migration(State.RUNNING), "ends before it begins"),
])
def test_a_cancel_of_what_is_not_under_way_ends_it(record: Migration, said: str) -> None:
    """Nothing is finished first; what is there stays, and until when it can be rolled back is said."""
    words = read(dialogs.cancel_dialog(record, NOW))

    assert said in words
    assert ("24 Nov 2026, 13:48 UTC" in words) == ("stays" in words)


# Rollback


def test_a_rollback_is_confirmed_with_its_numbers() -> None:
    """Removed, kept with a box to tick, folders, later tasks, until when; the numbers travel with it."""
    record = migration(State.COMPLETED, started=STARTED, ended=NOW)
    view = dialogs.rollback_confirm(record, Preview(1234, 5, 12, (OTHER_TASK,)), NOW)

    words = read(view)
    assert "1,234 items" in words
    assert "carol@example.com" in words
    assert "12 folders" in words
    assert "5 items changed since the migration will be kept." in words
    assert "Also remove the 5 I changed" in words
    assert f"*{OTHER_TASK}*" in words
    assert "24 Nov 2026, 13:48 UTC" in words
    assert view["submit"]["text"] == "Roll back"
    assert forms.confirmed(view["private_metadata"]) == forms.Confirmed(TASK, 1234, 5, (OTHER_TASK,))
    assert not forms.discard(form.initial(view["blocks"]))
    assert form.refused(view["blocks"], form.initial(view["blocks"])) == {}


def test_a_rollback_that_has_begun_has_no_end_of_time() -> None:
    """It can be finished whenever somebody presses, so no dialog says that its time is over."""
    record = migration(State.ROLLBACK_STOPPED, started=STARTED, ended=NOW - timedelta(hours=50))

    words = read(dialogs.rollback_confirm(record, Preview(7, 0, 0, ()), NOW))

    assert "is over" not in words
    assert "can be finished at any time" in words


def test_nothing_to_remove_is_said() -> None:
    """Whether it is gone, or changed and therefore kept."""
    gone = dialogs.rollback_confirm(migration(), Preview(0, 0, 0, ()), NOW)
    kept = dialogs.rollback_confirm(migration(), Preview(0, 3, 0, ()), NOW)

    assert "There is nothing to remove" in read(gone)
    assert fields(gone) == {}
    assert "Also remove the 3 I changed" in read(kept)


def test_a_rollback_that_cannot_be_has_nothing_to_send() -> None:
    """While it counts, and when it is refused, there is no button."""
    for view in (dialogs.rollback_counting(migration()), dialogs.rollback_refused(migration(), "Too late.")):
        assert "submit" not in view
        assert right(view)


# Passwords and words


def test_passwords_are_asked_for_the_sides_that_need_them() -> None:
    """Each with its account, and what the form is for."""
    both = dialogs.password_form(migration(), list(Side), "They are no longer kept.", "resume")
    one = dialogs.password_form(migration(), {Side.DESTINATION}, "It was refused.", "rollback", edition=2)

    assert list(fields(both)) == ["source_password_0", "destination_password_0"]
    assert list(fields(one)) == ["destination_password_2"]
    assert "carol@example.com" in read(one)
    assert "carol@example.org" not in read(one)
    assert forms.asked(both["private_metadata"]) == forms.Asked(TASK, "resume")


def test_people_in_words_are_people_only_when_they_are_ours() -> None:
    """Our own sentences name people; somebody else's words never do."""
    text = f"Only <@{OWNER}> and the admins can do that."

    ours, theirs = dialogs.words("Not allowed", text, mentions=True), dialogs.words("Not allowed", text)

    assert [piece["user_id"] for piece in pieces(ours) if piece.get("type") == "user"] == [OWNER]
    assert read(ours) == "Not allowed Done Only   and the admins can do that."
    assert not [piece for piece in pieces(theirs) if piece.get("type") == "user"]
