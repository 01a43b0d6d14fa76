"""What people confirm and read."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.views import dialogs, forms
from bot.views.asked_forms import Asked, asked
from emulators.slack import form
from engine.errors import Side
from engine.migration.back import ContentBack, Preview
from engine.migration.content import Content
from engine.migration.record import Counts, Migration, State
from engine.migration.request import Choice
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


@settings(max_examples=25)
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


def test_a_cancel_offers_two_ways_and_says_in_a_sentence_what_each_does() -> None:
    """Stop now; or finish the step, with the items left and their time, and skip the rest. Pause is named too."""
    record = migration(step=moving(), request=request(Content.MAIL, Content.CALENDARS, Content.CONTACTS))

    view = dialogs.cancel_dialog(record, NOW)

    words = read(view)
    assert "*Stop now* ends the migration as soon as the messages that are on their way have arrived." in words
    assert ("*Finish this step first* copies the 7,605 messages that are left (about 26 minutes) and skips calendars "
            "and contacts.") in words
    assert "*Pause*" in words
    assert "Either way, what was copied stays, and you can roll it back for 48 hours." in words
    assert (view["private_metadata"], view["submit"]["text"]) == (f"{TASK} mail", "Finish this step first")
    assert [p["text"]["text"] for p in pieces(view) if p.get("type") == "button"] == ["Stop now"]


def test_to_finish_the_only_content_is_to_finish_everything() -> None:
    """Nobody presses it in the belief that it stops something."""
    words = read(dialogs.cancel_dialog(migration(step=moving()), NOW))

    assert "copies the 7,605 messages that are left (about 26 minutes), then ends. Nothing else is left" in words


def test_a_cancel_that_was_asked_for_can_only_be_stopped() -> None:
    """It says what is still finished; nobody is offered the same twice, nor a pause that comes second to it."""
    record = migration(step=moving(), request=request(Content.MAIL, Content.CALENDARS))

    view = dialogs.cancel_dialog(record, NOW, asked=True)

    assert "Otherwise it copies the 7,605 messages that are left (about 26 minutes) and skips calendars." in read(view)
    assert "Pause" not in read(view)
    assert "submit" not in view
    assert [p["text"]["text"] for p in pieces(view) if p.get("type") == "button"] == ["Stop now"]
    assert complaints(view, "modal") == []


def test_a_step_with_nothing_left_is_only_checked() -> None:
    """Everything has been sent: nobody reads of 0 messages that are left."""
    record = migration(step=moving(counts=Counts(found=9, copied=9)))

    words = read(dialogs.cancel_dialog(record, NOW))

    assert "*Finish this step first* checks that all messages have arrived, then ends. " in words
    assert "0 messages" not in words


@pytest.mark.parametrize(("record", "said"), [
    (migration(State.WAITING), "ends at once. Nothing has been copied."),
    (migration(State.WAITING, waits_for=OTHER_TASK), "ends at once. Nothing has been copied."),
    (migration(State.PAUSED, moving()), "ends at once. 12,380 messages have been copied and stay."),
    (migration(State.PAUSED, moving(counts=Counts(2, 1))), "ends at once. 1 message has been copied and stays."),
    (migration(State.RUNNING), "ends at once. Nothing has been copied."),
])
def test_a_cancel_of_what_is_not_under_way_ends_it(record: Migration, said: str) -> None:
    """Nothing is finished first, so there is one button; until when it can be rolled back is said."""
    view = dialogs.cancel_dialog(record, NOW)

    assert said in read(view)
    assert view["submit"]["text"] == "Cancel migration"
    assert ("24 Nov 2026, 13:48 UTC" in read(view)) == ("stay" in said)


# Rollback


def test_a_rollback_is_confirmed_with_its_numbers() -> None:
    """Removed, kept with a box to tick, folders, later tasks, until when; the numbers travel with it."""
    record = migration(State.COMPLETED, started=STARTED, ended=NOW)
    view = dialogs.rollback_confirm(record, Preview(1234, 5, 12, (OTHER_TASK,)), NOW)

    words = read(view)
    assert "1,234 messages" in words
    assert "carol@example.com" in words
    assert "12 folders" in words
    assert "The old mailbox stays as it is." in words
    assert "5 messages were changed after the migration and will be kept." in words
    assert "Remove these 5 messages too" in words
    assert f"These are, the newest first: *{OTHER_TASK}*." in words
    assert "roll back the later ones first" in words
    assert "24 Nov 2026, 13:48 UTC" in words
    assert view["submit"]["text"] == "Roll back"
    assert forms.confirmed(view["private_metadata"]) == forms.Confirmed(TASK, 1234, 5, (OTHER_TASK,))
    assert not forms.discard(form.initial(view["blocks"]))
    assert form.refused(view["blocks"], form.initial(view["blocks"])) == {}


def test_a_rollback_tells_settings_from_items() -> None:
    """A setting is not removed, but put back; and one of which nobody knows what it was stays."""
    record = migration(State.COMPLETED, started=STARTED, ended=NOW)

    words = read(dialogs.rollback_confirm(record, Preview(9, 0, 0, (), settings=2, lost=1), NOW))

    assert "2 of them are settings: what the migration added goes, and what it changed is as before." in words
    assert "is not known any more, so they stay as they are." in words


def test_a_rollback_says_of_each_content_what_becomes_of_it() -> None:
    """A line each; and a box for what would be lost for good, which nobody has ticked for them."""
    record = migration(State.COMPLETED, started=STARTED, ended=NOW, request=request(*Content))
    asks = frozenset({Choice.OUTLOOK_RULES})
    contents = (
        ContentBack(Content.COLOURS, 2, setting=True), ContentBack(Content.MAIL, 1200, kept=2), ContentBack(
            Content.CONTACTS), ContentBack(Content.CONTACT_GROUPS, 1), ContentBack(Content.CALENDARS, 40, apart=1),
        ContentBack(Content.TASKS, 7), ContentBack(Content.NOTES, 3),
        ContentBack(Content.INBOX_RULES, setting=True, lost=True, asks=asks),
        ContentBack(Content.OUT_OF_OFFICE, 1, setting=True),
    )

    view = dialogs.rollback_confirm(
        record, Preview(1254, 2, 0, (), 1, settings=3, lost=1, asks=asks, contents=contents), NOW)
    values = form.initial(view["blocks"])
    [listed] = [block for block in view["blocks"] if block["block_id"] == "contents"]

    assert [read(line) for line in listed["elements"][0]["elements"]] == [
        "Category colours: 2 categories, put back", "Mail: 1,200 messages, 2 kept that were changed since",
        "Contacts: no contacts", "Contact groups: 1 contact group", "Calendars: 40 events, 1 kept that may be a copy",
        "Tasks: 7 tasks", "Notes: 3 notes",
        "Inbox rules: stay as they are, because Outlook keeps rules of its own in the mailbox now",
        "Out-of-office: as it was before",
    ]
    assert "nothing brings them back" in read(view)
    assert forms.agreed(values) == ()
    values["outlook_rules_0"]["v"]["selected_options"] = [{"value": "outlook rules"}]
    assert forms.agreed(values) == (Choice.OUTLOOK_RULES,)
    assert right(view)


def test_a_rollback_of_nothing_but_what_is_asked_can_be_sent() -> None:
    """Whoever agrees has something removed."""
    asks = frozenset({Choice.OUTLOOK_RULES})
    rules = ContentBack(Content.INBOX_RULES, setting=True, lost=True, asks=asks)

    view = dialogs.rollback_confirm(
        migration(State.COMPLETED, ended=NOW), Preview(0, 0, 0, (), lost=1, asks=asks, contents=(rules,)), NOW)

    assert view["submit"]["text"] == "Roll back"
    assert "of its own" in read(view)
    assert "Nothing is put back unless you agree to what is asked." in read(view)
    assert not re.search("No rule of migration|left to remove", read(view))
    assert right(view)


def test_a_rollback_of_settings_alone_removes_nothing_for_good() -> None:
    """They are put back; where that cannot be, nobody reads that there are none."""
    record = migration(State.COMPLETED, ended=NOW, request=request(Content.OUT_OF_OFFICE))
    back = ContentBack(Content.OUT_OF_OFFICE, 1, setting=True)
    lost = replace(back, items=0, lost=True)
    dialog = dialogs.rollback_confirm(record, Preview(1, 0, 0, (), settings=1, contents=(back,)), NOW)
    stays = dialogs.rollback_confirm(record, Preview(0, 0, 0, (), lost=1, contents=(lost,)), NOW)

    assert "for good" not in read(dialog)
    assert "will be put back to what they were before, in the mailbox of" in read(dialog)
    assert right(dialog)
    assert "Nothing can be put back." in read(stays)
    assert "left to remove" not in read(stays)
    assert "submit" not in stays


def test_a_rollback_that_has_begun_has_no_end_of_time() -> None:
    """It can be finished whenever somebody presses, so no dialog says that its time is over."""
    record = migration(State.ROLLBACK_STOPPED, started=STARTED, ended=NOW - timedelta(hours=50))

    words = read(dialogs.rollback_confirm(record, Preview(7, 0, 0, ()), NOW))

    assert "is over" not in words
    assert "can be finished at any time" in words


def test_a_rollback_that_would_do_nothing_cannot_be_sent() -> None:
    """Where nothing is there any more there is no button; what was changed since can still be removed."""
    gone = dialogs.rollback_confirm(migration(State.COMPLETED, ended=NOW), Preview(0, 0, 0, ()), NOW)
    kept = dialogs.rollback_confirm(migration(State.COMPLETED, ended=NOW), Preview(0, 3, 0, ()), NOW)
    begun = dialogs.rollback_confirm(migration(State.ROLLBACK_STOPPED), Preview(0, 0, 0, ()), NOW)

    assert "Nothing is left to remove. " in read(gone)
    assert fields(gone) == {}
    assert "submit" not in gone
    assert "Remove these 3 messages too" in read(kept)
    assert [view["submit"]["text"] for view in (kept, begun)] == ["Roll back", "Roll back"]


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
    assert list(fields(one)) == ["destination_login", "destination_password_2"]
    assert fields(one)["destination_login"]["element"]["initial_value"] == "carol@example.com"
    assert "carol@example.com" in read(one)
    assert "carol@example.org" not in read(one)
    assert asked(both["private_metadata"]) == Asked(TASK, "resume", tuple(Side))


def test_a_login_that_is_left_out_is_asked_for_at_its_field() -> None:
    """Before a rollback the login is asked for; before a resume it is not."""
    one = dialogs.password_form(migration(), {Side.DESTINATION}, "It was refused.", "rollback")
    both = dialogs.password_form(migration(), list(Side), "They are no longer kept.", "resume")
    typed = form.initial(one["blocks"])

    typed["destination_login"]["v"]["value"] = "  "
    empty = forms.parse_new_login(typed)

    assert isinstance(empty, forms.Errors)
    assert list(empty.by_block) == ["destination_login"]
    assert forms.parse_new_login(form.initial(one["blocks"])) == "carol@example.com"
    assert forms.parse_new_login(form.initial(both["blocks"])) == ""


def test_people_in_words_are_people_only_when_they_are_ours() -> None:
    """Our own sentences name people; somebody else's words never do."""
    text = f"Only <@{OWNER}> and the admins can do that."

    ours, theirs = dialogs.words("Not allowed", text, mentions=True), dialogs.words("Not allowed", text)

    assert [piece["user_id"] for piece in pieces(ours) if piece.get("type") == "user"] == [OWNER]
    assert read(ours) == "Not allowed Done Only   and the admins can do that."
    assert not [piece for piece in pieces(theirs) if piece.get("type") == "user"]


def test_a_rollback_that_hundreds_count_on_has_a_way_on() -> None:
    """Their IDs do not fit into the dialog, so it names the command that does the same and cannot be sent."""
    later = tuple(f"{number:04}-9QXD" for number in range(300))

    view = dialogs.rollback_confirm(migration(State.COMPLETED, ended=NOW), Preview(9, 0, 0, later), NOW)

    assert right(view)
    assert "submit" not in view
    assert f"omm rollback {TASK}" in read(view)
    assert "295 more" in read(view)
