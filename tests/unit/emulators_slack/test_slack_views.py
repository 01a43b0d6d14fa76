"""Modals: triggers, the stack, hashes, external ids, what stays typed, and answers to a sent form."""

from __future__ import annotations

from typing import Any

import pytest

from emulators.slack import NotPossibleError, SlackEmulator, form
from tests.unit.emulators_slack.app import App, Clock
from tests.unit.emulators_slack.conftest import Call
from tests.unit.emulators_slack.payloads import actions, button, entry, field, home, modal, option, plain, section
from tests.unit.emulators_slack.test_slack_delivery import late, open_form


def trigger(slack: SlackEmulator, app: App) -> str:
    slack.slash("owner", "migrations", "migrate")
    return app.got[-1].form["trigger_id"]


def trigger_inside(slack: SlackEmulator, app: App) -> str:
    slack.press("owner", slack.views("owner")[-1]["id"], "go")
    return app.got[-1].payload["trigger_id"]


@pytest.mark.parametrize(("seconds", "error"), [(3.0, None), (3.1, "expired_trigger_id")])
def test_a_trigger_lives_three_seconds(slack: SlackEmulator, app: App, call: Call, clock: Clock, seconds: float,
                                       error: str | None) -> None:
    """A trigger may be exchanged for 3 seconds, not longer."""
    given = trigger(slack, app)
    clock.now += seconds

    assert call("views.open", trigger_id=given, view=modal()).get("error") == error


def test_a_trigger_is_used_once(slack: SlackEmulator, app: App, call: Call) -> None:
    """The second use, and one that was never given, are refused."""
    given = trigger(slack, app)
    assert call("views.open", trigger_id=given, view=modal())["ok"]

    assert call("views.open", trigger_id=given, view=modal())["error"] == "exchanged_trigger_id"
    assert call("views.open", trigger_id="1.2.a", view=modal())["error"] == "invalid_trigger_id"


def test_three_views_are_the_most(slack: SlackEmulator, app: App, call: Call) -> None:
    """A root and two pushes fit; the third push is refused."""
    view = modal(actions(button()))
    open_form(slack, app, call, view)
    for _ in range(2):
        assert call("views.push", trigger_id=trigger_inside(slack, app), view=view)["ok"]

    assert call("views.push", trigger_id=trigger_inside(slack, app), view=view)["error"] == "push_limit_reached"
    assert len({one["root_view_id"] for one in slack.views("owner")}) == 1


def test_a_push_needs_a_trigger_from_inside(slack: SlackEmulator, app: App, call: Call) -> None:
    """A command's trigger opens no view on top of another."""
    open_form(slack, app, call)

    assert call("views.push", trigger_id=trigger(slack, app), view=modal())["error"] == "invalid_trigger_id"


def test_a_stale_hash_conflicts(slack: SlackEmulator, app: App, call: Call) -> None:
    """The newest hash updates, an older one does not, and none is no condition."""
    first = open_form(slack, app, call)
    newer = call("views.update", view_id=first["id"], hash=first["hash"], view=modal())["view"]

    assert call("views.update", view_id=first["id"], hash=first["hash"], view=modal())["error"] == "hash_conflict"
    assert call("views.update", view_id=first["id"], hash=newer["hash"], view=modal())["ok"]
    assert call("views.update", view_id=first["id"], view=modal())["ok"]


def test_a_stale_hash_conflicts_on_a_home_too(slack: SlackEmulator, call: Call) -> None:
    """views.publish takes the same hash."""
    first = call("views.publish", user_id="U0OWNER001", view=home())["view"]
    call("views.publish", user_id="U0OWNER001", view=home())

    again = call("views.publish", user_id="U0OWNER001", view=home(), hash=first["hash"])
    assert again["error"] == "hash_conflict"


def test_an_external_id_names_one_view_for_ever(slack: SlackEmulator, app: App, call: Call) -> None:
    """It finds its view, and no other view may have it, even when the first is closed."""
    view = open_form(slack, app, call, modal(external_id="omm-1"))
    assert call("views.update", external_id="omm-1", view=modal(external_id="omm-1"))["ok"]
    slack.close("owner", view["id"])

    again = call("views.open", trigger_id=trigger(slack, app), view=modal(external_id="omm-1"))
    assert again["error"] == "duplicate_external_id"


def test_a_closed_view_is_not_found(slack: SlackEmulator, app: App, call: Call) -> None:
    """An update after the user has closed the form answers not_found."""
    view = open_form(slack, app, call)
    slack.close("owner", view["id"])

    assert call("views.update", view_id=view["id"], view=modal())["error"] == "not_found"


@pytest.mark.parametrize(("fresh", "kept"), [
    (entry("name", field(action_id="v")), "Claire"),
    (entry("name-2", field(action_id="v")), None),
    (entry("name", field(action_id="w")), None),
    (entry("name", field("email_text_input", action_id="v")), None),
    (entry("name", field(action_id="v", initial_value="Ignored")), "Claire"),
    (entry("name-2", field(action_id="v", initial_value="Forced")), "Forced"),
], ids=["same ids", "other block_id", "other action_id", "other type", "initial_value, same ids", "initial_value"])
def test_what_was_typed_stays_only_under_the_same_ids(slack: SlackEmulator, app: App, call: Call, fresh: Any,
                                                      kept: str | None) -> None:
    """An update keeps a value when block_id and action_id are the same; a new block_id clears or forces it."""
    view = open_form(slack, app, call)
    slack.fill("owner", view["id"], {"name": "Claire"})

    state = call("views.update", view_id=view["id"], view=modal(fresh))["view"]["state"]["values"]

    assert [one["value"] for fields in state.values() for one in fields.values()] == [kept]


def test_blocks_without_ids_lose_what_was_typed(slack: SlackEmulator, app: App, call: Call) -> None:
    """Slack makes up a new block_id each time none is given."""
    form = modal({name: held for name, held in entry().items() if name != "block_id"})
    view = open_form(slack, app, call, form)
    slack.fill("owner", view["id"], {view["blocks"][0]["block_id"]: "Claire"})

    state = call("views.update", view_id=view["id"], view=form)["view"]["state"]["values"]

    assert [one["value"] for fields in state.values() for one in fields.values()] == [None]


def test_a_form_sends_what_was_typed(slack: SlackEmulator, app: App, call: Call) -> None:
    """The state holds each field by block_id and action_id, in the form of its type."""
    view = open_form(slack, app, call, modal(
        entry(), entry("kind", field("static_select", "k", options=[option(0), option(1)])),
        entry("what", field("checkboxes", "c", options=[option(0), option(1)]), optional=True),
        private_metadata="draft-1"))

    slack.submit("owner", view["id"], {"name": "Claire", "kind": "o1"})

    sent = app.got[-1].payload
    assert (sent["type"], sent["view"]["callback_id"], sent["view"]["private_metadata"]) == (
        "view_submission", "form", "draft-1")
    assert sent["view"]["state"]["values"] == {
        "name": {"v": {"type": "plain_text_input", "value": "Claire"}},
        "kind": {"k": {"type": "static_select", "selected_option": option(1)}},
        "what": {"c": {"type": "checkboxes", "selected_options": []}}}
    assert slack.views("owner") == []


@pytest.mark.parametrize(("element", "value"), [
    (field(), None), (field(), ""), (field(min_length=3), "ab"), (field(max_length=3), "abcd"),
    (field("email_text_input"), "not an address"), (field("url_text_input"), "example.org"),
    (field("number_input", is_decimal_allowed=False), "1.5"), (field("number_input", is_decimal_allowed=True), "x"),
    (field("number_input", is_decimal_allowed=True, min_value="3"), "2"),
    (field("static_select", options=[option()]), None), (field("checkboxes", options=[option()]), []),
])
def test_the_client_refuses_by_itself(slack: SlackEmulator, app: App, call: Call, element: Any, value: Any) -> None:
    """Empty required fields and malformed values are shown at once and not sent."""
    view = open_form(slack, app, call, modal(entry("name", element)))

    ack = slack.submit("owner", view["id"], {"name": value})

    assert (ack.outcome, set(ack.errors)) == ("not_sent", {"name"})
    assert len(app.got) == 1


@pytest.mark.parametrize("said", [
    {"response_action": "errors", "errors": {"nothing": "x"}},
    {"response_action": "errors", "errors": {"text": "not an input block"}},
    {"response_action": "errors", "errors": {}},
    {"response_action": "errors", "errors": {"name": ""}},
    {"response_action": "update", "view": modal(title=plain("x" * 25))},
    {"response_action": "update"},
    {"response_action": "vanish"},
    {"text": "thanks"},
    b"OK",
    500,
], ids=str)
def test_a_wrong_answer_to_a_form_shows_trouble(slack: SlackEmulator, app: App, call: Call, said: Any) -> None:
    """What Slack does not take leaves the form open under "We had some trouble connecting"."""
    view = open_form(slack, app, call, modal(entry(), section(block_id="text")))
    app.respond = lambda _: said

    ack = slack.submit("owner", view["id"], {"name": "x"})

    assert ack.outcome in ("invalid_response", "dispatch_failed")
    assert slack.views("owner")[0]["trouble"] == "We had some trouble connecting. Try again?"


def test_a_late_answer_to_a_form_shows_trouble(slack: SlackEmulator, app: App, call: Call, clock: Clock) -> None:
    """After 3 seconds the answer counts for nothing, and what was typed is still there."""
    view = open_form(slack, app, call)
    app.respond = late(clock, 3.1, {"response_action": "clear"})

    ack = slack.submit("owner", view["id"], {"name": "Claire"})

    assert ack.outcome == "operation_timeout"
    assert slack.views("owner")[0]["state"]["values"]["name"]["v"]["value"] == "Claire"


def test_errors_stand_under_their_fields_until_the_next_update(slack: SlackEmulator, app: App, call: Call) -> None:
    """errors leaves the form open with a line under each field named."""
    view = open_form(slack, app, call)
    app.respond = lambda _: {"response_action": "errors", "errors": {"name": "No such server"}}

    slack.submit("owner", view["id"], {"name": "x"})

    assert slack.views("owner")[0]["errors"] == {"name": "No such server"}
    call("views.update", view_id=view["id"], view=modal())
    assert slack.views("owner")[0]["errors"] == {}


@pytest.mark.parametrize(("said", "titles"), [
    (None, []), ({"response_action": "clear"}, []),
    ({"response_action": "update", "view": modal(title=plain("Busy"))}, ["Busy"]),
    ({"response_action": "push", "view": modal(title=plain("More"))}, ["Migrate", "More"]),
], ids=["nothing", "clear", "update", "push"])
def test_an_answer_to_a_form_is_carried_out(slack: SlackEmulator, app: App, call: Call, said: Any,
                                            titles: list[str]) -> None:
    """An empty answer closes the form; response_action updates, pushes or clears."""
    view = open_form(slack, app, call)
    app.respond = lambda _: said

    slack.submit("owner", view["id"], {"name": "x"})

    assert [one["title"]["text"] for one in slack.views("owner")] == titles


def test_a_menu_of_a_form_sends_itself_only_when_it_dispatches(slack: SlackEmulator, app: App, call: Call) -> None:
    """dispatch_action on the input block makes a change a block_actions with the whole state."""
    menu = field("static_select", "k", options=[option(0), option(1)])
    view = open_form(slack, app, call, modal(entry(), entry("a", menu, dispatch_action=True), entry("b", {
        **menu, "action_id": "quiet"})))
    slack.fill("owner", view["id"], {"name": "Claire"})

    slack.press("owner", view["id"], "k", "o1")

    sent = app.got[-1].payload
    assert sent["actions"][0]["selected_option"] == option(1)
    assert sent["view"]["state"]["values"]["name"]["v"]["value"] == "Claire"
    assert sent["view"]["hash"] == view["hash"]
    with pytest.raises(NotPossibleError):
        slack.press("owner", view["id"], "quiet", "o1")


def test_only_its_user_and_only_the_top_can_be_used(slack: SlackEmulator, app: App, call: Call) -> None:
    """A modal is one person's; one under another is out of reach."""
    below = open_form(slack, app, call, modal(entry(), actions(button())))
    call("views.push", trigger_id=trigger_inside(slack, app), view=modal())

    with pytest.raises(NotPossibleError):
        slack.submit("owner", below["id"], {"name": "x"})
    with pytest.raises(NotPossibleError):
        slack.submit("colleague", slack.views("owner")[-1]["id"], {"name": "x"})


@pytest.mark.parametrize("method", ["views.open", "views.publish"])
def test_a_wrong_view_is_refused_with_a_pointer(slack: SlackEmulator, app: App, call: Call, method: str) -> None:
    """invalid_arguments says where; the trigger is not used up by it."""
    given = trigger(slack, app)
    wrong = section("x" * 3001)
    arguments = {"views.open": {"trigger_id": given, "view": modal(wrong)},
                 "views.publish": {"user_id": "U0OWNER001", "view": home(wrong)}}[method]

    answer = call(method, **arguments)

    assert answer["error"] == "invalid_arguments"
    assert answer["response_metadata"]["messages"] == [
        "[ERROR] must be less than 3001 characters [json-pointer:/view/blocks/0/text/text]"]
    assert call("views.open", trigger_id=given, view=modal())["ok"]


def test_a_chosen_file_can_be_fetched_with_the_token(slack: SlackEmulator, app: App, call: Call) -> None:
    """A file_input gives file ids; the bytes come from url_private_download, for the bot only."""
    view = open_form(slack, app, call, modal(entry("csv", field("file_input"))))
    slack.submit("owner", view["id"], {"csv": [slack.upload("owner", "moves.csv", b"a,b\n")]})
    file = app.got[-1].payload["view"]["state"]["values"]["csv"]["v"]["files"][0]

    assert call("files.info", file=file["id"])["file"]["name"] == "moves.csv"
    assert call.fetch(file["url_private_download"], call.token) == (200, b"a,b\n")
    assert call.fetch(file["url_private_download"], "xoxb-other")[0] == 403


def test_no_more_can_be_chosen_than_a_menu_takes() -> None:
    """The client says so below the field, and sends nothing (max_selected_items)."""
    menu = {"type": "multi_users_select", "action_id": "v", "max_selected_items": 1}
    block = {"type": "input", "block_id": "people", "element": menu}

    def chosen(*users: str) -> form.State:
        return {"people": {"v": form.filled(menu, list(users))}}

    assert form.refused([block], chosen("U1")) == {}
    assert form.refused([block], chosen("U1", "U2")) == {"people": "Please choose 1 items at most."}
