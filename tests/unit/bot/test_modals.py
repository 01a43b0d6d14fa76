"""What people fill in, confirm and read."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import forms, modals, offers
from bot.advice import ADVICE
from bot.drafts import Draft, DraftState, Fields, Verdict
from bot.ids import Action
from emulators.slack import form
from engine.errors import Cause, Side
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
    drafts,
    foreign,
    migration,
    migrations,
    moving,
    pieces,
    read,
    request,
)

OFFERS = offers.read()
SECRET = "s3cret-Passw0rd"
DRAFT = Draft(TASK, "T0", OWNER, "", NOW, edition=3)
STARTED = NOW - timedelta(hours=2)
AT_SERVER = (
    Cause.HOST_UNKNOWN, Cause.HOST_NOT_ALLOWED, Cause.UNREACHABLE, Cause.TIMEOUT, Cause.TLS, Cause.WRONG_PROTOCOL,
    Cause.NO_EWS, Cause.TOO_OLD, Cause.BUSY, Cause.REFUSALS,
)
AT_LOGIN = (Cause.SIGN_IN, Cause.SIGN_IN_LIMIT, Cause.FORBIDDEN, Cause.MAILBOX_FULL, Cause.MAILBOX_GONE)

previews = st.builds(
    Preview, items=st.integers(0, 10**7), kept=st.integers(0, 10**7), folders=st.integers(0, 10**4),
    counting_on_it=st.lists(st.sampled_from([TASK, OTHER_TASK]), max_size=200).map(tuple),
)


def ids_of(view: dict[str, Any]) -> list[str]:
    """Its blocks, from the top."""
    return [block["block_id"] for block in view["blocks"]]


def fields(view: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Its input blocks by id."""
    return {block["block_id"]: block for block in view["blocks"] if block["type"] == "input"}


def right(view: dict[str, Any]) -> bool:
    """Whether Slack takes it, every block has a name, and nothing from elsewhere is marked up."""
    assert complaints(view, "modal") == []
    assert all(block.get("block_id") for block in view["blocks"])
    assert not [text for text in active(view) if MARK in text]
    return True


# The form


@settings(max_examples=80)
@given(drafts)
def test_every_form_is_taken_by_slack(draft: Draft) -> None:
    """Whatever was typed, whatever went wrong, in every state."""
    assert right(modals.migration_form(draft, OFFERS))


def test_a_form_says_only_which_draft_it_is() -> None:
    """private_metadata is its id, and its owner's closing of it is told."""
    view = modals.migration_form(DRAFT, OFFERS)

    assert view["private_metadata"] == TASK
    assert view["notify_on_close"] is True


@settings(max_examples=40)
@given(drafts, st.sampled_from(DraftState), st.booleans())
def test_what_was_typed_stays_when_a_form_is_drawn_anew(
    draft: Draft, state: DraftState, blame: bool
) -> None:
    """With a verdict, while checking, after a choice: same ids, so Slack keeps what stands in the fields."""
    draft = replace(draft, verdict=None, state=DraftState.OPEN)
    typed = form.initial(modals.migration_form(draft, OFFERS)["blocks"])
    for block in typed.values():
        for element in block.values():
            if element["type"] == "plain_text_input":
                element["value"] = "half ty"

    verdict = Verdict("No.", Cause.SIGN_IN.value, Side.SOURCE) if blame else None
    again = modals.migration_form(replace(draft, state=state, verdict=verdict), OFFERS)

    assert form.carried(typed, again["blocks"]) == typed


def test_a_form_that_is_opened_again_has_what_was_typed() -> None:
    """A new window shows the draft's fields, in fields of the same names."""
    draft = replace(DRAFT, fields=Fields(
        source_server="imap.example.org", source_login="carol", offer="exchange", destination_server="ex.example.com",
        destination_login="carol@example.com", contents=(), notify="it@example.org",
    ))

    state = form.initial(modals.migration_form(draft, OFFERS)["blocks"])

    assert forms.read_fields(state, DRAFT) == draft.fields


def test_passwords_never_come_back() -> None:
    """Another edition has other password fields, and no view ever holds what was typed into them."""
    view = modals.migration_form(DRAFT, OFFERS)
    typed = form.initial(view["blocks"])
    for name in ("source_password_3", "destination_password_3"):
        typed[name]["v"]["value"] = SECRET

    again = modals.migration_form(replace(DRAFT, edition=4), OFFERS)

    assert SECRET not in json.dumps(form.carried(typed, again["blocks"]))
    assert not any("initial_value" in block["element"] for name, block in fields(view).items() if "password" in name)


def test_a_kept_password_may_stay() -> None:
    """Its field is optional and says that it is kept; the other one is needed, and warns."""
    view = fields(modals.migration_form(replace(DRAFT, kept=frozenset({Side.SOURCE})), OFFERS))

    assert view["source_password_3"]["optional"]
    assert "kept; type to replace" in read(view["source_password_3"])
    assert not view["destination_password_3"]["optional"]
    assert "passes through Slack" in read(view["destination_password_3"])


def test_another_offer_shows_another_address() -> None:
    """The address field is filled in, can be changed, and says where to look it up."""
    hosted = fields(modals.migration_form(DRAFT, OFFERS))["destination_server_3"]
    private = replace(DRAFT, edition=4, fields=replace(DRAFT.fields, offer="ovhcloud-private-exchange"))
    own = fields(modals.migration_form(private, OFFERS))["destination_server_4"]

    assert hosted["element"]["initial_value"] == "ex5.mail.ovh.net"
    assert "initial_value" not in own["element"]
    assert "Control Panel" in read(own)


def test_only_what_both_ends_can_do_is_offered() -> None:
    """From IMAP, mail alone, and it is ticked."""
    boxes = fields(modals.migration_form(DRAFT, OFFERS))["contents"]["element"]

    assert [option["value"] for option in boxes["options"]] == ["mail"]
    assert boxes["initial_options"] == boxes["options"]


def test_pop3_says_what_its_owner_must_know() -> None:
    """Only mail can move, and the provider's own rules about POP access apply."""
    chosen = replace(DRAFT, fields=replace(DRAFT.fields, source_kind="pop3"))
    view = fields(modals.migration_form(chosen, OFFERS))

    assert "Only mail can move." in view["source_server"]["hint"]["text"]
    assert "mark as read, delete after a while" in view["source_server"]["hint"]["text"]
    assert view["source_server"]["element"]["placeholder"]["text"] == "pop.example.org"
    assert [option["value"] for option in view["contents"]["element"]["options"]] == ["mail"]


def test_menus_tell_at_once() -> None:
    """Choosing a source or an offer reaches the app without sending the form."""
    view = fields(modals.migration_form(DRAFT, OFFERS))

    for block, action in (("source_kind", Action.SOURCE_KIND), ("offer", Action.OFFER)):
        assert view[block]["dispatch_action"]
        assert view[block]["element"]["action_id"] == action


def test_a_form_that_is_being_checked_says_so() -> None:
    """The same fields below a friendly box, and no former verdict."""
    draft = replace(DRAFT, state=DraftState.CHECKING, verdict=Verdict("No.", "busy", Side.SOURCE))
    view = modals.migration_form(draft, OFFERS)

    assert ids_of(view)[0] == "checking"
    assert "Signing in to both sides…" in read(view["blocks"][0])
    assert list(fields(view)) == list(fields(modals.migration_form(DRAFT, OFFERS)))
    assert "verdict" not in ids_of(view)


# The verdict


@pytest.mark.parametrize("side", Side)
@pytest.mark.parametrize(("cause", "field"), [
    *((cause, "server") for cause in AT_SERVER), *((cause, "login") for cause in AT_LOGIN),
    (Cause.NOT_KEPT, "password"),
])
def test_a_verdict_stands_right_above_the_field_at_fault(side: Side, cause: Cause, field: str) -> None:
    """It names the side, what is wrong, and what to do, in what an alert can hold."""
    draft = replace(DRAFT, verdict=Verdict("It does not answer. It said: “no”", cause.value, side))

    view = modals.migration_form(draft, OFFERS)

    blocks = view["blocks"]
    place = ids_of(view).index("verdict")
    said = blocks[place]["text"]["text"]
    assert blocks[place]["level"] == "error"
    assert blocks[place + 1]["block_id"].startswith(f"{side}_{field}")
    assert said.startswith(f"{side.capitalize()}: It does not answer.")
    assert said.endswith(ADVICE[cause].form)


@pytest.mark.parametrize(("cause", "side"), [
    (Cause.STORE, None), (Cause.OTHER, None), (Cause.OTHER, Side.SOURCE), (Cause.SIGN_IN, None),
])
def test_a_verdict_on_no_field_stands_on_top(cause: Cause, side: Side | None) -> None:
    """What no field can mend is said before everything else."""
    view = modals.migration_form(replace(DRAFT, verdict=Verdict("It broke.", cause.value, side)), OFFERS)

    assert ids_of(view)[0] == "verdict"


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("words", ["x" * 3000, f"imap.{'y' * 200}.example did not accept this. It said: “{'z' * 200}”"])
def test_a_long_foreign_verdict_leaves_room_for_what_to_do(cause: Cause, words: str) -> None:
    """However much a server says, the advice is whole, and there is some of its word too."""
    view = modals.migration_form(replace(DRAFT, verdict=Verdict(words, cause.value, Side.DESTINATION)), OFFERS)

    said = next(block for block in view["blocks"] if block["block_id"] == "verdict")["text"]["text"]

    assert said.endswith(ADVICE[cause].form)
    assert len(said) - len(ADVICE[cause].form) > 80
    assert complaints(view, "modal") == []


def test_what_a_server_said_is_repeated_where_it_helps() -> None:
    """Why it refused a login is worth reading; our own long advice to operators is not."""
    def said(words: str, cause: Cause) -> str:
        draft = replace(DRAFT, verdict=Verdict(words, cause.value, Side.SOURCE))
        return read(next(b for b in modals.migration_form(draft, OFFERS)["blocks"] if b["block_id"] == "verdict"))

    assert "It said: “Use an app password”" in said("It refused. It said: “Use an app password”", Cause.SIGN_IN)
    assert "OMM_" not in said("It is not public. Add it to OMM_ALLOWED_HOSTS.", Cause.HOST_NOT_ALLOWED)


def test_every_cause_has_advice() -> None:
    """Nobody is left with an error alone, in a form or on a card."""
    assert set(ADVICE) == set(Cause)
    assert all(0 < len(advice.form) <= 100 and advice.form.endswith(".") for advice in ADVICE.values())
    assert all(advice.stopped and not advice.stopped.endswith(".") for advice in ADVICE.values())


def test_after_too_many_tries_the_time_of_the_next_one_is_said() -> None:
    """It is the one thing worth knowing, however long the login."""
    words = (f"imap.example.org refused the password of {'c' * 200}@example.org 3 times within ten minutes. So that it "
             "does not lock the account, the next try is possible at 14:05 UTC.")
    view = modals.migration_form(
        replace(DRAFT, verdict=Verdict(words, Cause.SIGN_IN_LIMIT.value, Side.SOURCE)), OFFERS)

    assert "14:05 UTC" in read(next(block for block in view["blocks"] if block["block_id"] == "verdict"))


def test_a_migration_that_has_started_names_its_task_id() -> None:
    """What to note down, where the card is, and how somebody else follows it."""
    here, there = modals.started(migration()), modals.started(migration(), channel="C0WORK")

    assert right(here)
    assert "Please note it down" in read(here)
    assert f"/omm follow {TASK}" in read(here)
    assert "your conversation with this app" in read(here)
    assert "<#C0WORK>" in read(there)


# Cancel


@settings(max_examples=60)
@given(migrations, previews, anything, foreign)
def test_every_dialog_is_taken_by_slack(record: Migration, preview: Preview, words: str, title: str) -> None:
    """Cancel, rollback, password, follow and plain words, for any record."""
    for view in (
        modals.started(record), modals.cancel_dialog(record, NOW), modals.rollback_counting(record),
        modals.rollback_confirm(record, preview, NOW), modals.rollback_refused(record, words),
        modals.password_form(record, list(Side), words, "resume", edition=7), modals.follow_form(TASK),
        modals.follow_form(TASK, words), modals.words(title, words), modals.words(title, words, mentions=True),
    ):
        assert right(view)


def test_a_cancel_says_what_it_still_finishes_and_what_it_skips() -> None:
    """Items left, the time they take, what is skipped, and that Pause stops at once."""
    record = migration(step=moving(), request=request(Content.MAIL, Content.CALENDARS, Content.CONTACTS))

    view = modals.cancel_dialog(record, NOW)

    words = read(view)
    assert "*Mail* is being moved and is finished first: 7,605 messages left, which takes about 26 minutes." in words
    assert "Skipped: calendars and contacts." in words
    assert "*Pause*" in words
    assert (view["private_metadata"], view["submit"]["text"]) == (TASK, "Cancel migration")


def test_a_cancel_of_the_last_content_says_that_nothing_is_skipped() -> None:
    """Then it changes nothing, and Pause is what they want."""
    assert "nothing is skipped" in read(modals.cancel_dialog(migration(step=moving()), NOW))


@pytest.mark.parametrize(("record", "said"), [
    (migration(State.WAITING), "ends at once. Nothing has been copied"),
    (migration(State.WAITING, waits_for=OTHER_TASK), "ends as soon as its turn comes"),
    (migration(State.PAUSED, moving()), "ends at once. What was copied so far (12,380 items) stays"),
    (migration(State.RUNNING), "ends before it begins"),
])
def test_a_cancel_of_what_is_not_under_way_ends_it(record: Migration, said: str) -> None:
    """Nothing is finished first; what is there stays, and until when it can be rolled back is said."""
    words = read(modals.cancel_dialog(record, NOW))

    assert said in words
    assert ("24 Nov 2026, 13:48 UTC" in words) == ("stays" in words)


# Rollback


def test_a_rollback_is_confirmed_with_its_numbers() -> None:
    """Removed, kept with a box to tick, folders, later tasks, until when; the numbers travel with it."""
    record = migration(State.COMPLETED, started=STARTED, ended=NOW)
    view = modals.rollback_confirm(record, Preview(1234, 5, 12, (OTHER_TASK,)), NOW)

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

    words = read(modals.rollback_confirm(record, Preview(7, 0, 0, ()), NOW))

    assert "is over" not in words
    assert "can be finished at any time" in words


def test_nothing_to_remove_is_said() -> None:
    """Whether it is gone, or changed and therefore kept."""
    gone = modals.rollback_confirm(migration(), Preview(0, 0, 0, ()), NOW)
    kept = modals.rollback_confirm(migration(), Preview(0, 3, 0, ()), NOW)

    assert "There is nothing to remove" in read(gone)
    assert fields(gone) == {}
    assert "Also remove the 3 I changed" in read(kept)


def test_a_rollback_that_cannot_be_has_nothing_to_send() -> None:
    """While it counts, and when it is refused, there is no button."""
    for view in (modals.rollback_counting(migration()), modals.rollback_refused(migration(), "Too late.")):
        assert "submit" not in view
        assert right(view)


# Passwords and words


def test_passwords_are_asked_for_the_sides_that_need_them() -> None:
    """Each with its account, and what the form is for."""
    both = modals.password_form(migration(), list(Side), "They are no longer kept.", "resume")
    one = modals.password_form(migration(), {Side.DESTINATION}, "It was refused.", "rollback", edition=2)

    assert list(fields(both)) == ["source_password_0", "destination_password_0"]
    assert list(fields(one)) == ["destination_password_2"]
    assert "carol@example.com" in read(one)
    assert "carol@example.org" not in read(one)
    assert forms.asked(both["private_metadata"]) == forms.Asked(TASK, "resume")


def test_people_in_words_are_people_only_when_they_are_ours() -> None:
    """Our own sentences name people; somebody else's words never do."""
    text = f"Only <@{OWNER}> and the admins can do that."

    ours, theirs = modals.words("Not allowed", text, mentions=True), modals.words("Not allowed", text)

    assert [piece["user_id"] for piece in pieces(ours) if piece.get("type") == "user"] == [OWNER]
    assert read(ours) == "Not allowed Done Only   and the admins can do that."
    assert not [piece for piece in pieces(theirs) if piece.get("type") == "user"]
