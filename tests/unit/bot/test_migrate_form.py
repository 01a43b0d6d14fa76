"""The form that starts a migration."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import offers, sources
from bot.ids import Action
from bot.stored.drafts import Draft, DraftState, Fields, Verdict
from bot.views import forms, migrate_form
from bot.views.advice import ADVICE, in_the_form
from emulators.slack import form
from engine.contents import COMES_WITH, CONTENTS, called
from engine.errors import Cause, Side
from engine.migration.content import Content
from engine.migration.record import Migration
from engine.systems import System
from engine.words import listed
from tests.unit.bot.records import (
    MARK,
    NOW,
    OWNER,
    TASK,
    active,
    complaints,
    drafts,
    migration,
    migrations,
    read,
)

OFFERS = offers.read()
CHOSEN = tuple(content for content in CONTENTS if content not in COMES_WITH)
MORE = listed([content.value for content in CHOSEN if content is not Content.MAIL]).capitalize()
SECRET = "s3cret-Passw0rd"
DRAFT = Draft(TASK, "T0", OWNER, "", NOW, edition=3)
RIDDLES = r"begin anew|whoever|forgotten|mend|made out for|let .* in\b|alone|type to replace|what moves|this app"
AT_SERVER = (
    Cause.HOST_UNKNOWN, Cause.HOST_NOT_ALLOWED, Cause.UNREACHABLE, Cause.TIMEOUT, Cause.TLS, Cause.WRONG_PROTOCOL,
    Cause.NO_EWS, Cause.TOO_OLD, Cause.BUSY, Cause.REFUSALS, Cause.UNCONFIRMED,
)
AT_LOGIN = (Cause.SIGN_IN, Cause.SIGN_IN_LIMIT, Cause.FORBIDDEN, Cause.MAILBOX_FULL, Cause.MAILBOX_GONE,
            Cause.SAME_MAILBOX)


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


def texts(piece: Any) -> list[str]:
    """Every text that can be read in a view."""
    if isinstance(piece, dict):
        own = [piece["text"]] if isinstance(piece.get("text"), str) else []
        return own + [text for part in piece.values() for text in texts(part)]
    return [text for part in piece for text in texts(part)] if isinstance(piece, list) else []


def sentences(said: list[str]) -> list[str]:
    """The same, cut behind each full stop, question mark and ellipsis."""
    return [sentence for text in said for sentence in re.split(r"(?<=[.?!…]) ", text)]


# The form


@settings(max_examples=80)
@given(drafts)
def test_every_form_is_taken_by_slack(draft: Draft) -> None:
    """Whatever was typed, whatever went wrong, in every state."""
    assert right(migrate_form.migration_form(draft, OFFERS, sends_email=True))


def test_a_third_party_is_asked_for_only_where_email_can_be_sent() -> None:
    """Without a mail server there is no field; with one it says what the e-mail gives away."""
    without = fields(migrate_form.migration_form(DRAFT, OFFERS))
    field = fields(migrate_form.migration_form(DRAFT, OFFERS, sends_email=True))["notify"]

    assert "notify" not in without
    assert field["optional"]
    assert "The e-mail names you and this workspace." in field["hint"]["text"]


def test_a_form_says_only_which_draft_it_is() -> None:
    """private_metadata is its id, and its owner's closing of it is told."""
    view = migrate_form.migration_form(DRAFT, OFFERS)

    assert view["private_metadata"] == TASK
    assert view["notify_on_close"] is True


@settings(max_examples=40)
@given(drafts, st.sampled_from(DraftState), st.booleans())
def test_what_was_typed_stays_when_a_form_is_drawn_anew(
    draft: Draft, state: DraftState, blame: bool
) -> None:
    """With a verdict, while checking, after a choice: same ids, so Slack keeps what stands in the fields."""
    draft = replace(draft, verdict=None, state=DraftState.OPEN)
    typed = form.initial(migrate_form.migration_form(draft, OFFERS)["blocks"])
    for block in typed.values():
        for element in block.values():
            if element["type"] == "plain_text_input":
                element["value"] = "half ty"

    verdict = Verdict("No.", Cause.SIGN_IN.value, Side.SOURCE) if blame else None
    again = migrate_form.migration_form(replace(draft, state=state, verdict=verdict), OFFERS)

    assert form.carried(typed, again["blocks"]) == typed


def test_a_form_that_is_opened_again_has_what_was_typed() -> None:
    """A new window shows the draft's fields, in fields of the same names."""
    draft = replace(DRAFT, fields=Fields(
        source_server="imap.example.org", source_login="carol", offer="exchange", destination_server="ex.example.com",
        destination_login="carol@example.com", contents=(), notify="it@example.org",
    ))

    state = form.initial(migrate_form.migration_form(draft, OFFERS, sends_email=True)["blocks"])

    assert forms.read_fields(state, DRAFT) == draft.fields


def test_passwords_never_come_back() -> None:
    """Another edition has other password fields, and no view ever holds what was typed into them."""
    view = migrate_form.migration_form(DRAFT, OFFERS)
    typed = form.initial(view["blocks"])
    for name in ("source_password_3", "destination_password_3"):
        typed[name]["v"]["value"] = SECRET

    again = migrate_form.migration_form(replace(DRAFT, edition=4), OFFERS)

    assert SECRET not in json.dumps(form.carried(typed, again["blocks"]))
    assert not any("initial_value" in block["element"] for name, block in fields(view).items() if "password" in name)


def test_a_kept_password_may_stay() -> None:
    """Its field is optional and says that it is saved; the other one is needed, and warns."""
    view = fields(migrate_form.migration_form(replace(DRAFT, kept=frozenset({Side.SOURCE})), OFFERS))

    assert view["source_password_3"]["optional"]
    assert view["source_password_3"]["label"]["text"] == "Source password — saved; leave empty to keep it"
    assert not view["destination_password_3"]["optional"]
    assert view["destination_password_3"]["label"]["text"] == "Destination password"
    assert "passes through Slack" in read(view["destination_password_3"])


@pytest.mark.parametrize("offer", OFFERS.every)
def test_a_new_form_names_no_server_as_a_value(offer: offers.Offer) -> None:
    """The example is grey, so nobody who overlooks the field sends a password to a stranger."""
    draft = replace(DRAFT, fields=replace(DRAFT.fields, offer=offer.key))
    server = fields(migrate_form.migration_form(draft, OFFERS))["destination_server_3"]

    assert "initial_value" not in server["element"]
    assert server["element"]["placeholder"]["text"] == f"for example {offer.example}"
    assert server["hint"]["text"].startswith(offer.hint)
    assert server["hint"]["text"].endswith("OMM looks the server up by the login, if that is a whole e-mail address.")


def test_only_what_both_ends_can_do_is_offered() -> None:
    """From IMAP, mail alone, and it is ticked; below stands why nothing else can be."""
    field = fields(migrate_form.migration_form(DRAFT, OFFERS))["contents"]
    boxes = field["element"]

    assert [option["value"] for option in boxes["options"]] == ["mail"]
    assert boxes["initial_options"] == boxes["options"]
    assert field["hint"]["text"] == f"IMAP gives only mail. {MORE} can be moved from Gmail and Exchange."


def test_all_that_can_move_is_offered_between_two_exchanges() -> None:
    """In the order of the steps; those that the draft has are ticked. What comes with another one has no box."""
    view = fields(migrate_form.migration_form(exchange(), OFFERS))
    (block_id,) = [block_id for block_id in view if block_id.startswith("contents")]
    boxes = view[block_id]["element"]

    named = [called(each, System.EXCHANGE, System.EXCHANGE) for each in CHOSEN]
    assert [option["text"]["text"] for option in boxes["options"]] == named
    assert [option["text"]["text"] for option in boxes["options"]][:2] == ["Mail, with category colours", "Contacts"]
    assert [option["text"]["text"] for option in boxes["options"]][-3:] == [
        "Tasks, with notes", "Inbox rules", "Out-of-office"
    ]
    assert [option["value"] for option in boxes["initial_options"]] == ["mail"]
    assert "hint" not in view[block_id]
    assert block_id != "contents"       # so that Slack shows these boxes as we send them, and not as they were left


def exchange(*contents: Content) -> Draft:
    """A form for an Exchange source."""
    return replace(DRAFT, fields=replace(DRAFT.fields, source_kind="exchange", contents=contents or (Content.MAIL,)))


@pytest.mark.parametrize(("before", "chosen", "ticked"), [
    (DRAFT, "exchange", CHOSEN),
    (exchange(Content.MAIL, Content.CALENDARS), "imap", (Content.MAIL,)),
    (exchange(Content.MAIL), "exchange", (Content.MAIL,)),
    (exchange(Content.CALENDARS), "imap", ()),
])
def test_another_kind_of_source_ticks_what_it_has_more(
    before: Draft, chosen: str, ticked: tuple[Content, ...]
) -> None:
    """What somebody has ticked, or not, of what both have stays as it is."""
    boxes = [block for block in fields(migrate_form.migration_form(before, OFFERS)) if block.startswith("contents")]
    values = {
        "source_kind": {"v": {"type": "static_select", "selected_option": {"value": chosen}}},
        boxes[0]: {"v": {"type": "checkboxes", "selected_options": [{"value": c} for c in before.fields.contents]}},
    }
    after = forms.chosen_anew(values, before, OFFERS)

    assert after.fields.contents == ticked
    assert after.edition == before.edition      # so that no password has to be typed again


def test_pop3_says_what_its_owner_must_know() -> None:
    """It gives only the inbox, and the provider's own rules about POP3 access apply."""
    chosen = replace(DRAFT, fields=replace(DRAFT.fields, source_kind="pop3"))
    view = fields(migrate_form.migration_form(chosen, OFFERS))

    assert "The help pages of your present provider name it." in view["source_server"]["hint"]["text"]
    assert "POP3 gives only the mail in the inbox." in view["source_server"]["hint"]["text"]
    assert "Some providers mark or delete mail after POP3 access" in view["source_server"]["hint"]["text"]
    assert view["source_server"]["element"]["placeholder"]["text"] == "pop.example.org"
    assert [option["value"] for option in view["contents"]["element"]["options"]] == ["mail"]


def test_menus_tell_at_once() -> None:
    """Choosing a source or an offer reaches the app without sending the form."""
    view = fields(migrate_form.migration_form(DRAFT, OFFERS))

    for block, action in (("source_kind", Action.SOURCE_KIND), ("offer", Action.OFFER)):
        assert view[block]["dispatch_action"]
        assert view[block]["element"]["action_id"] == action


def test_a_form_that_is_being_checked_says_so() -> None:
    """The same fields below a friendly box, and no former verdict."""
    draft = replace(DRAFT, state=DraftState.CHECKING, verdict=Verdict("No.", "busy", Side.SOURCE))
    view = migrate_form.migration_form(draft, OFFERS)

    assert ids_of(view)[0] == "checking"
    assert "Signing in to both mailboxes…" in read(view["blocks"][0])
    assert list(fields(view)) == list(fields(migrate_form.migration_form(DRAFT, OFFERS)))
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

    view = migrate_form.migration_form(draft, OFFERS)

    blocks = view["blocks"]
    place = ids_of(view).index("verdict")
    said = blocks[place]["text"]["text"]
    assert blocks[place]["level"] == "error"
    assert blocks[place + 1]["block_id"].startswith(f"{side}_{field}")
    assert said.startswith(f"{side.capitalize()}: It does not answer.")
    assert said.endswith(in_the_form(cause, side))


@pytest.mark.parametrize(("cause", "side"), [
    (Cause.STORE, None), (Cause.OTHER, None), (Cause.OTHER, Side.SOURCE), (Cause.SIGN_IN, None),
])
def test_a_verdict_on_no_field_stands_on_top(cause: Cause, side: Side | None) -> None:
    """What no field can mend is said before everything else."""
    view = migrate_form.migration_form(replace(DRAFT, verdict=Verdict("It broke.", cause.value, side)), OFFERS)

    assert ids_of(view)[0] == "verdict"


@pytest.mark.parametrize(("state", "verdict", "button"), [
    (DraftState.OPEN, None, "Start migration"),
    (DraftState.CHECKING, None, "Signing in…"),
    (DraftState.OPEN, Verdict("No.", Cause.SIGN_IN.value, Side.SOURCE), "Try again"),
])
def test_the_button_says_how_far_the_form_is(state: DraftState, verdict: Verdict | None, button: str) -> None:
    """It is in sight when a box at the other end of the form is not."""
    view = migrate_form.migration_form(replace(DRAFT, state=state, verdict=verdict), OFFERS)

    assert view["submit"]["text"] == button


@pytest.mark.parametrize(("words", "said"), [
    ("The destination server refused the login.", "The destination server refused the login."),
    ("ex.example.org cannot be reached on port 443.", "Destination: ex.example.org cannot be reached on port 443."),
])
def test_a_verdict_names_its_side_once(words: str, said: str) -> None:
    """The side stands before the words where these leave it open."""
    verdict = Verdict(words, Cause.UNREACHABLE.value, Side.DESTINATION)
    view = migrate_form.migration_form(replace(DRAFT, verdict=verdict), OFFERS)

    shown = next(block for block in view["blocks"] if block["block_id"] == "verdict")["text"]["text"]
    assert shown == f"{said} {ADVICE[Cause.UNREACHABLE].form}"


@pytest.mark.parametrize("kind", sources.SOURCES)
@pytest.mark.parametrize("offer", OFFERS.every)
@pytest.mark.parametrize("state", [DraftState.OPEN, DraftState.CHECKING])
def test_no_sentence_of_the_form_is_long_or_a_riddle(kind: str, offer: offers.Offer, state: DraftState) -> None:
    """Whatever is chosen: at most 160 characters from one full stop to the next, and one name for each thing."""
    draft = replace(DRAFT, state=state, kept=frozenset(Side), fields=Fields(source_kind=kind, offer=offer.key))
    views = [migrate_form.migration_form(draft, OFFERS, sends_email=True), migrate_form.started(migration())]
    said = texts(views)

    assert [sentence for sentence in sentences(said) if len(sentence) > 160] == []
    assert [text for text in said if re.search(RIDDLES, text, re.IGNORECASE)] == []


@pytest.mark.parametrize(("cause", "nonsense"), [
    (Cause.TOO_OLD, "Choose a server"), (Cause.MAILBOX_GONE, "create the mailbox first"),
])
def test_nothing_is_advised_that_cannot_be_done_about_a_source(cause: Cause, nonsense: str) -> None:
    """The old mailbox is where it is: nobody chooses another server for it, or has it made."""
    said = {
        side: " ".join(texts(migrate_form.migration_form(replace(DRAFT, verdict=Verdict("No.", cause, side)), OFFERS)))
        for side in Side
    }

    assert [nonsense in said[side] for side in Side] == [side is Side.DESTINATION for side in Side]
    assert in_the_form(cause, Side.SOURCE) in said[Side.SOURCE]


@pytest.mark.parametrize("cause", Cause)
def test_no_advice_is_long_or_a_riddle(cause: Cause) -> None:
    """In the form and on the card, in plain words."""
    said = [*(in_the_form(cause, side) for side in Side), f"{ADVICE[cause].stopped}, then press Resume."]

    assert [sentence for sentence in sentences(said) if len(sentence) > 160] == []
    assert [text for text in said if re.search(RIDDLES, text, re.IGNORECASE)] == []


def test_the_form_says_what_to_do_while_the_address_is_with_another_provider() -> None:
    """Make the address first, and know when new mail arrives there."""
    view = migrate_form.migration_form(DRAFT, OFFERS)

    assert ids_of(view).index("to") + 1 == ids_of(view).index("elsewhere")
    help_text = read(view["blocks"][ids_of(view).index("elsewhere")])
    assert "Create the same address at the destination first." in help_text
    assert "New mail arrives at your old provider until your administrator redirects it" in help_text


@pytest.mark.parametrize("cause", Cause)
@pytest.mark.parametrize("words", ["x" * 3000, f"imap.{'y' * 200}.example did not accept this. It said: “{'z' * 200}”"])
def test_a_long_foreign_verdict_leaves_room_for_what_to_do(cause: Cause, words: str) -> None:
    """However much a server says, the advice is whole, and there is some of its word too."""
    view = migrate_form.migration_form(replace(DRAFT, verdict=Verdict(words, cause.value, Side.DESTINATION)), OFFERS)

    said = next(block for block in view["blocks"] if block["block_id"] == "verdict")["text"]["text"]

    assert said.endswith(ADVICE[cause].form)
    assert len(said) - len(ADVICE[cause].form) > 80
    assert complaints(view, "modal") == []


def test_what_a_server_said_is_repeated_where_it_helps() -> None:
    """Why it refused a login is worth reading; our own long advice to operators is not."""
    def said(words: str, cause: Cause) -> str:
        draft = replace(DRAFT, verdict=Verdict(words, cause.value, Side.SOURCE))
        return read(next(b for b in migrate_form.migration_form(draft, OFFERS)["blocks"] if b["block_id"] == "verdict"))

    assert "It said: “Use an app password”" in said("It refused. It said: “Use an app password”", Cause.SIGN_IN)
    assert "OMM_" not in said("It is not public. Add it to OMM_ALLOWED_HOSTS.", Cause.HOST_NOT_ALLOWED)


@pytest.mark.parametrize(("login", "advised"), [
    ("ann", True), ("ann@example.org", False), ("EXAMPLE\\ann", False),
])
@pytest.mark.parametrize("side", Side)
def test_whoever_typed_half_a_login_is_told_to_type_all_of_it(side: Side, login: str, *, advised: bool) -> None:
    """A refused login without its domain is the likely mistake; the login of a Windows domain is whole."""
    verdict = Verdict(f"The {side} server refused the login {login} or its password.", Cause.SIGN_IN.value, side)
    draft = replace(DRAFT, verdict=verdict, fields=Fields(**{f"{side}_login": login}))

    view = migrate_form.migration_form(draft, OFFERS)

    said = next(block for block in view["blocks"] if block["block_id"] == "verdict")["text"]["text"]
    assert said.startswith(verdict.words)
    assert ("The login is usually the whole e-mail address." in said) is advised
    assert said.endswith(ADVICE[Cause.SIGN_IN].form) is not advised


def test_every_cause_has_advice() -> None:
    """Nobody is left with an error alone, in a form or on a card."""
    assert set(ADVICE) == set(Cause)
    assert all(0 < len(advice.form) <= 100 and advice.form.endswith(".") for advice in ADVICE.values())
    assert all(advice.stopped and not advice.stopped.endswith(".") for advice in ADVICE.values())


def test_after_too_many_tries_the_wait_is_said() -> None:
    """All of it fits above the field, with its side."""
    words = ("The destination server refused the password 3 times in ten minutes. To keep the server from locking "
             "the account, wait 10 minutes, then try again.")
    view = migrate_form.migration_form(
        replace(DRAFT, verdict=Verdict(words, Cause.SIGN_IN_LIMIT.value, Side.DESTINATION)), OFFERS)

    said = next(block for block in view["blocks"] if block["block_id"] == "verdict")["text"]["text"]
    assert said == f"{words} {ADVICE[Cause.SIGN_IN_LIMIT].form}"


@settings(max_examples=20)
@given(migrations)
def test_what_stands_in_its_place_is_taken_by_slack(record: Migration) -> None:
    """For any record that has begun."""
    assert right(migrate_form.started(record))


def test_a_migration_that_has_started_names_its_task_id() -> None:
    """What to note down, where the card is, and how somebody else follows it."""
    here, there = migrate_form.started(migration()), migrate_form.started(migration(), channel="C0WORK")

    assert "Please write it down" in read(here)
    assert f"/omm follow {TASK}" in read(here)
    assert "your direct messages with OMM" in read(here)
    assert "<#C0WORK>" in read(there)
