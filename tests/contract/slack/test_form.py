"""The form, from /omm migrate to the task: what its owner sees, and what is never lost or done twice."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.ids import Action, Block, View
from bot.stored.drafts import DraftState
from emulators.slack import Fault
from emulators.slack.workspace import TEAM_NAME
from engine.contents import COMES_WITH, CONTENTS
from engine.errors import Side
from engine.migration.account import Account
from engine.migration.record import State
from engine.ports.looking_up import Found
from tests.servers.slack.world import CHANNEL, LOGIN, SOURCE_PASSWORD, TYPED, SlackWorld, words
from tests.servers.world import ADDRESS, PASSWORD

WRONG = {Block.DESTINATION_PASSWORD: "mistyped"}
ANOTHER = "exchange"        # an offer without an address of its own


def alerts(world: SlackWorld) -> list[str]:
    return [words(block) for block in world.view()["blocks"] if block["type"] == "alert"]


def above(world: SlackWorld, name: str) -> list[str]:
    """The names of the blocks from an alert to a field."""
    names = [block["block_id"] for block in world.view()["blocks"]]
    field = next(place for place, block_id in enumerate(names) if block_id.startswith(name))
    return names[field - 1 : field]


def go_on_button(world: SlackWorld) -> str:
    """The message with the button that opens the form again."""
    return world.letters()[-1]["ts"]


# The way it goes


def test_a_filled_form_becomes_a_task(world: SlackWorld) -> None:
    """Sent, the form says that it is being checked; then its place is taken by the task ID and where the card is."""
    world.open_form()

    ack = world.send()

    assert ack.outcome == "ok"
    assert alerts(world)[0].startswith("Signing in to both mailboxes")
    assert world.tasks() == []
    world.work("check")
    task = world.tasks()[0]
    assert task.task_id in words(world.view()["blocks"])
    assert f"<#{CHANNEL}>" in words(world.view()["blocks"])
    world.notify()
    assert task.task_id in world.card()["text"]
    world.work()
    assert world.record(task.task_id).state is State.COMPLETED
    assert len(world.exchange.messages(ADDRESS)) == 3


@pytest.mark.parametrize("way", ["dm", "shortcut", "home"])
def test_a_form_that_was_opened_nowhere_has_its_card_in_the_dm(world: SlackWorld, way: str) -> None:
    """Begun in the app's conversation, by the shortcut or from the home tab, the card is in that conversation."""
    if way == "dm":
        world.slash("migrate", channel="dm")
    elif way == "shortcut":
        world.slack.shortcut("owner", View.SHORTCUT)
    else:
        world.slack.open_home("owner")
        world.listeners.settle()
        world.press(Action.NEW, where=world.slack.home("owner")["id"])
    world.listeners.settle()
    world.send()
    world.work("check")
    world.notify()

    assert "in your direct messages with OMM" in words(world.view()["blocks"])
    assert "Waiting in the queue" in world.card(channel="dm")["text"]


def test_what_is_typed_after_the_command_goes_nowhere(world: SlackWorld) -> None:
    """/omm migrate with more behind it opens an empty form, and says that the rest was not kept."""
    ack = world.slash("migrate imaps://claire@imap.example.net hunter2-typed")

    assert ack.outcome == "ok"
    assert "was not kept" in world.told()[0]
    assert "hunter2-typed" not in world.told()[0]
    assert world.held(Block.SOURCE_SERVER) is None


# What is wrong in it


def test_a_field_that_cannot_be_right_is_said_at_once(mailing: SlackWorld) -> None:
    """What needs no server to be wrong stands under its field, and no server is asked."""
    mailing.open_form()

    ack = mailing.send(**{Block.SOURCE_SERVER: "not a server", Block.NOTIFY: "nobody"})

    assert set(ack.errors) == {Block.SOURCE_SERVER, Block.NOTIFY}
    assert mailing.orders.placed == []


def test_a_wrong_password_is_said_above_its_field(world: SlackWorld) -> None:
    """What was typed stays; the password that was not refused is kept, and the other one has to be typed again."""
    world.open_form()

    world.send(**WRONG)
    world.work("check")

    assert len(alerts(world)) == 1
    assert alerts(world)[0].startswith("The destination server refused the login")
    assert above(world, Block.DESTINATION_LOGIN) == ["verdict"]
    assert {name: world.held(name) for name in TYPED if "password" not in name} == {
        name: text for name, text in TYPED.items() if "password" not in name
    }
    assert world.held(Block.SOURCE_PASSWORD) is None
    assert world.held(Block.DESTINATION_PASSWORD) is None
    assert "saved; leave empty to keep it" in words(world.block(Block.SOURCE_PASSWORD))
    assert "kept" not in words(world.block(Block.DESTINATION_PASSWORD))
    assert not world.block(Block.DESTINATION_PASSWORD)["optional"]
    assert world.tasks() == []


def test_a_refused_password_is_not_sent_again_by_pressing_again(world: SlackWorld) -> None:
    """Pressed three times more as it is, the form asks for the password each time, and no server hears of it."""
    world.open_form()
    world.send(**WRONG)
    world.work("check")
    tried, draft_id = len(world.exchange.sign_ins), world.view()["private_metadata"]

    acks = [world.submit() for _ in range(3)]
    world.work("check")

    assert [ack.outcome for ack in acks] == ["not_sent"] * 3
    assert len(world.exchange.sign_ins) == tried
    assert not world.services.engine.vault.has(draft_id, Side.DESTINATION)


def test_a_corrected_password_starts_one_task(world: SlackWorld) -> None:
    """Only the wrong password is typed again, and one task starts with both."""
    world.open_form()
    world.send(**WRONG)
    world.work("check")

    world.submit(values={world.block(Block.DESTINATION_PASSWORD)["block_id"]: PASSWORD})
    world.work()

    assert [task.state for task in world.tasks()] == [State.COMPLETED]
    assert world.slack.messages("dm", "owner") == []


def test_a_corrected_login_needs_its_password_again(world: SlackWorld) -> None:
    """Nobody can tell whether the login or the password was wrong; the other account's password is kept."""
    world.open_form()
    world.send(**{Block.DESTINATION_LOGIN: "clair@example.org"})
    world.work("check")

    world.submit(values={
        Block.DESTINATION_LOGIN: ADDRESS, world.block(Block.DESTINATION_PASSWORD)["block_id"]: PASSWORD,
    })
    world.work()

    assert [task.state for task in world.tasks()] == [State.COMPLETED]


def test_a_password_that_was_never_typed_is_asked_for(world: SlackWorld) -> None:
    """A new form cannot be sent without its passwords."""
    view = world.open_form()

    ack = world.submit(values={k: v for k, v in world.typed(view).items() if not k.startswith(Block.SOURCE_PASSWORD)})

    assert ack.outcome == "not_sent"
    assert [name for name in ack.errors if name.startswith(Block.SOURCE_PASSWORD)] != []


def test_a_refused_source_is_said_above_the_source(world: SlackWorld) -> None:
    """The alert belongs to the side that is at fault."""
    world.open_form()

    world.send(**{Block.SOURCE_PASSWORD: "mistyped"})
    world.work("check")

    assert alerts(world)[0].startswith("Source:")
    assert above(world, Block.SOURCE_LOGIN) == ["verdict"]


# Sending it more than once


def test_a_form_sent_twice_starts_one_task(world: SlackWorld) -> None:
    """Two clicks on the button are one check and one task; so is the same password typed again meanwhile."""
    world.open_form()
    world.send()
    world.submit()
    world.submit(values={world.block(Block.SOURCE_PASSWORD)["block_id"]: SOURCE_PASSWORD})
    world.work()

    assert len(world.tasks()) == 1
    assert [kind for kind, *_ in set(world.orders.placed)].count("check") == 1
    assert [kind for kind, *_ in world.orders.placed].count("migrate") == 1
    assert len(world.sides.signed_in) == 1


def test_a_correction_while_it_is_checked_counts(world: SlackWorld) -> None:
    """What is sent while the former is being checked is what starts, and nothing of the former does."""
    world.open_form()
    world.send(**WRONG)
    corrected = world.block(Block.DESTINATION_PASSWORD)["block_id"]

    world.submit(values={corrected: PASSWORD})
    world.work()

    assert [task.state for task in world.tasks()] == [State.COMPLETED]
    assert len(world.exchange.messages(ADDRESS)) == 3


def test_a_form_that_has_become_a_task_starts_no_other(world: SlackWorld) -> None:
    """A form that is still on a screen after its task began is answered with that task, and changes nothing of it."""
    view = world.open_form()
    draft_id = view["private_metadata"]
    world.send()
    world.services.drafts.change(draft_id, lambda now: replace(now, view_id="V0GONE"))
    world.work("check")

    world.submit(values={world.block(Block.SOURCE_PASSWORD)["block_id"]: "something else"})

    assert draft_id in words(world.view()["blocks"])
    assert world.view()["callback_id"] == View.WORDS
    assert len(world.tasks()) == 1
    assert world.services.engine.vault.get(draft_id, Side.SOURCE) == SOURCE_PASSWORD


# Closing it


def test_a_form_closed_before_the_verdict_starts_nothing(world: SlackWorld) -> None:
    """Its owner gets one message with a button, which opens the form as it was; sent again, it starts."""
    world.open_form()
    world.send()
    world.close()

    world.work("check")
    world.notify()

    assert world.tasks() == []
    assert len(world.letters()) == 1
    world.press(Action.CONTINUE, where=go_on_button(world))
    assert world.held(Block.SOURCE_LOGIN) == LOGIN
    assert world.held(Block.DESTINATION_SERVER) == "ex.example.org"
    world.submit()
    world.work()
    world.notify()
    assert [task.state for task in world.tasks()] == [State.COMPLETED]


def test_a_form_closed_before_a_refusal_says_so_once(world: SlackWorld) -> None:
    """The message says what was wrong, and the form that comes back says it above its field."""
    world.open_form()
    world.send(**WRONG)
    world.close()

    world.work("check")
    world.notify()

    assert len(world.letters()) == 1
    assert "The destination server refused the login" in words(world.letters()[0])
    world.press(Action.CONTINUE, where=go_on_button(world))
    assert alerts(world)[0].startswith("The destination server refused the login")
    assert world.held(Block.SOURCE_SERVER) == "imap.example.net"


def test_a_form_closed_after_the_verdict_says_nothing(world: SlackWorld) -> None:
    """Who has read what was wrong and closes the form is not written to."""
    world.open_form()
    world.send(**WRONG)
    world.work("check")

    world.close()
    world.work()
    world.notify()

    assert world.letters() == []
    assert world.tasks() == []


def test_a_form_closed_unsent_says_nothing(world: SlackWorld) -> None:
    """Nothing comes of a form that was opened and closed."""
    world.open_form()

    world.close()
    world.notify()

    assert world.orders.placed == []
    assert world.letters() == []


def test_a_form_that_was_opened_again_is_not_closed_by_its_former_window(world: SlackWorld) -> None:
    """The window that is closed last is not always the one that counts."""
    world.open_form()
    world.send()
    draft_id = world.view()["private_metadata"]
    world.close()
    world.work("check")
    world.notify()
    world.press(Action.CONTINUE, where=go_on_button(world))
    world.submit()
    closed = world.slack.views("owner")[-1]

    world.services.drafts.change(draft_id, lambda now: replace(now, view_id="V0NEWER"))
    world.slack.close("owner", closed["id"])
    world.listeners.settle()

    draft = world.services.drafts.load(draft_id)
    assert draft is not None
    assert draft.state is DraftState.CHECKING


def test_nobody_else_can_continue_a_form(world: SlackWorld) -> None:
    """The button of a letter is its reader's; pressed by somebody else it opens nothing."""
    world.open_form()
    world.send()
    world.close()
    world.work("check")
    letter = world.services.outbox.waiting()[0]
    world.services.slack.chat_postMessage(channel=CHANNEL, text=letter.text, blocks=list(letter.blocks))
    shared = world.slack.messages("migrations")[-1]["ts"]

    world.press(Action.CONTINUE, "colleague", where=shared)

    assert world.slack.views("colleague") == []
    assert "Only the person who opened this form can continue it" in world.told("colleague")[0]


def test_a_form_that_was_forgotten_says_so(world: SlackWorld) -> None:
    """After a day a form is gone with all that was typed; whoever sends it then is told to start again."""
    view = world.open_form()
    world.redis.delete(f"omm:draft:{view['private_metadata']}")

    ack = world.send()

    assert ack.outcome == "ok"
    assert "This form has expired. Start again with /omm migrate." in words(world.view()["blocks"])


# Menus


def test_nobody_is_asked_for_where_no_email_can_be_sent(world: SlackWorld) -> None:
    """The form promises no e-mail, when it is opened and when it comes back with what is wrong."""
    first = world.open_form()
    world.send(**WRONG)
    world.work("check")

    assert not any(block["block_id"] == Block.NOTIFY for view in (first, world.view()) for block in view["blocks"])


def test_a_third_party_is_told_who_named_them_and_where(mailing: SlackWorld) -> None:
    """What the form was sent with and what Slack says of its owner is known to whoever writes the e-mail."""
    mailing.open_form()
    mailing.send(**WRONG, **{Block.NOTIFY: "it@example.org"})
    mailing.work("check")
    assert mailing.held(Block.NOTIFY) == "it@example.org"
    mailing.send(**{Block.DESTINATION_PASSWORD: PASSWORD})
    mailing.work("check")

    thread = mailing.services.threads.load(mailing.tasks()[0].task_id)
    assert thread is not None
    assert (thread.notify, thread.owner_name, thread.workspace) == ("it@example.org", "Claire Martin", TEAM_NAME)


@pytest.mark.parametrize("action", ["error", "drop"])
def test_a_slack_that_does_not_say_who_they_are_keeps_no_migration_back(mailing: SlackWorld, action: Any) -> None:
    """The e-mail then names nobody, and the migration starts all the same."""
    mailing.open_form()
    mailing.send(**{Block.NOTIFY: "it@example.org"})
    mailing.forget_people()
    for method in ("users.info", "auth.test"):
        mailing.slack.add_fault(Fault(method=method, action=action))
    mailing.work()

    task = mailing.tasks()[0]
    thread = mailing.services.threads.load(task.task_id)
    assert thread is not None
    assert (thread.notify, thread.owner_name, thread.workspace) == ("it@example.org", "", "")
    assert task.state is State.COMPLETED


def test_a_new_form_sends_nothing_to_a_server_that_nobody_typed(world: SlackWorld) -> None:
    """The example is grey and no value: where the login leads to no server, the form says so at its field."""
    world.open_form()
    empty = {Block.DESTINATION_SERVER: " ", Block.DESTINATION_LOGIN: "CORP\\claire"}

    world.send(**empty)

    assert world.held(Block.DESTINATION_SERVER) == " "
    assert "for example ex5.mail.ovh.net" in words(world.block(Block.DESTINATION_SERVER))
    assert world.view()["errors"] == {
        world.block(Block.DESTINATION_SERVER)["block_id"]:
            "Type the name of the destination server, such as ex5.mail.ovh.net."
    }
    assert world.orders.placed == []


def test_a_server_that_was_looked_up_is_confirmed_by_sending_the_form_again(world: SlackWorld) -> None:
    """It stands in the field, nobody has signed in yet, and nothing but the button is pressed for that."""
    def look_up(account: Account, side: Side) -> Found:
        return Found(replace(account, host="ex.hoster.example"), "Autodiscover at example.org")

    world.services = replace(world.services, look_up=look_up)
    world.open_form()
    world.send(**{Block.DESTINATION_SERVER: " "})
    world.work()

    assert world.held(Block.DESTINATION_SERVER) == "ex.hoster.example"
    asked = "Destination: The server is ex.hoster.example, according to Autodiscover at example.org. If that is right"
    assert asked in words(world.view()["blocks"])
    assert (world.sides.signed_in, world.exchange.sign_ins, world.tasks()) == ([], [], [])

    world.submit()
    world.work()

    assert world.tasks()[0].request.destination.host == "ex.hoster.example"
    assert world.tasks()[0].state is State.COMPLETED


def test_a_typed_address_survives_another_offer(world: SlackWorld) -> None:
    """Only the help at the field changes; everything that was typed stays, the passwords too."""
    view = world.open_form()
    world.slack.fill("owner", view["id"], world.typed(view, **{Block.DESTINATION_SERVER: "typed.example.org"}))

    world.press(Action.OFFER, where=view["id"], value="ovhcloud-email-pro")

    assert world.held(Block.DESTINATION_SERVER) == "typed.example.org"
    assert "pro1.mail.ovh.net" in words(world.block(Block.DESTINATION_SERVER))
    assert world.held(Block.SOURCE_SERVER) == "imap.example.net"
    assert world.held(Block.DESTINATION_LOGIN) == ADDRESS
    assert world.held(Block.SOURCE_PASSWORD) == SOURCE_PASSWORD


def test_an_address_of_an_operator_s_offer_goes_with_that_offer(corporate: SlackWorld) -> None:
    """What an offer filled in is replaced by the next one's, and taken away where that one has none."""
    view = corporate.open_form()
    first = corporate.held(Block.DESTINATION_SERVER)

    corporate.press(Action.OFFER, where=view["id"], value="elsewhere")
    second = corporate.held(Block.DESTINATION_SERVER)
    corporate.press(Action.OFFER, where=view["id"], value=ANOTHER)

    assert (first, second) == ("mail.corp.example", "mail.other.example")
    assert corporate.held(Block.DESTINATION_SERVER) is None


def test_a_password_typed_before_another_address_is_kept(corporate: SlackWorld) -> None:
    """Its field comes up empty and says that it is saved; the form can be sent as it is."""
    view = corporate.open_form()
    typed = corporate.typed(view, **{Block.DESTINATION_SERVER: "mail.corp.example"})
    corporate.slack.fill("owner", view["id"], typed)

    corporate.press(Action.OFFER, where=view["id"], value=ANOTHER)

    world = corporate
    assert world.held(Block.SOURCE_PASSWORD) is None
    assert "saved; leave empty to keep it" in words(world.block(Block.SOURCE_PASSWORD))
    world.submit(values={world.block(Block.DESTINATION_SERVER)["block_id"]: "ex.example.org"})
    world.work()
    assert [task.state for task in world.tasks()] == [State.COMPLETED]


def test_a_choice_while_it_is_checked_starts_nothing(world: SlackWorld) -> None:
    """Whoever changes the form while it is being checked has not agreed to what is then in it."""
    world.open_form()
    world.send()

    world.press(Action.OFFER, where=world.view()["id"], value=ANOTHER)
    world.work()

    assert world.tasks() == []
    assert alerts(world) == []
    assert world.letters() == []


def test_a_form_that_is_closed_while_it_is_drawn_anew_brings_no_scare(world: SlackWorld) -> None:
    """Two choices in a row, and Escape: nobody reads that Slack does not answer."""
    view = world.open_form()
    for number, error in enumerate(("hash_conflict", "not_found"), 1):
        world.slack.add_fault(Fault(method="views.update", nth=number, action="error", error=error))

    world.press(Action.OFFER, where=view["id"], value="ovhcloud-email-pro")

    assert [call.error for call in world.slack.requests if call.method == "views.update"] == [
        "hash_conflict", "not_found",
    ]
    assert world.told() == []


def test_two_quick_choices_both_count(world: SlackWorld) -> None:
    """Two menus set before the form was drawn anew: the later choice is drawn too, with everything that was typed."""
    view = world.open_form()
    world.slack.fill("owner", view["id"], {Block.SOURCE_SERVER: "imap.example.net"})
    for number, name in enumerate(("first", "second"), 1):
        world.slack.add_fault(Fault(method="views.update", nth=number, action="hold", name=name))
    world.slack.press("owner", view["id"], Action.SOURCE_KIND, "imap")
    assert world.slack.wait_held("first", 90)
    world.slack.press("owner", view["id"], Action.OFFER, "ovhcloud-email-pro")
    assert world.slack.wait_held("second", 90)

    world.slack.release("first")
    until_called(world, "views.update")
    world.slack.release("second")
    world.listeners.settle()

    assert [call.error for call in world.slack.requests if call.method == "views.update"] == ["", "hash_conflict", ""]
    assert "pro1.mail.ovh.net" in words(world.block(Block.DESTINATION_SERVER))
    assert world.held(Block.SOURCE_SERVER) == "imap.example.net"


def until_called(world: SlackWorld, method: str) -> None:
    """Until Slack has answered a call of that method."""
    while not any(call.method == method for call in world.slack.requests):
        world.slack.wait_changed(world.slack.version, 0.05)


def test_a_choice_in_a_form_that_is_closed_meanwhile_is_no_error(world: SlackWorld) -> None:
    """Nobody is told of a form that they have just closed themselves."""
    view = world.open_form()
    world.slack.add_fault(Fault(method="views.update", nth=1, action="hold", name="first"))
    world.slack.press("owner", view["id"], Action.OFFER, ANOTHER)
    world.slack.wait_held("first", 90)
    world.slack.close("owner", view["id"])
    world.slack.release("first")
    world.listeners.settle()
    world.notify()

    assert world.told() == []
    assert world.letters() == []


# Who may


@pytest.mark.parametrize("user", ["guest", "owner"])
def test_only_members_open_the_form(world: SlackWorld, user: str) -> None:
    """A guest is told whom to ask; a full member gets the form."""
    world.slash("migrate", user)

    assert [view["callback_id"] for view in world.slack.views(user)] == ([View.FORM] if user == "owner" else [])
    assert any("Guests cannot" in told for told in world.told(user)) is (user == "guest")


def test_people_of_other_workspaces_do_not_open_the_form(world: SlackWorld) -> None:
    """Somebody of another workspace who reaches the shortcut is told whom to ask, in a window."""
    world.slack.shortcut("stranger", View.SHORTCUT)
    world.listeners.settle()

    assert [view["callback_id"] for view in world.slack.views("stranger")] == [View.WORDS]
    assert "Only people of this workspace" in world.told("stranger")[0]


def test_whoever_became_a_guest_meanwhile_does_not_send_the_form(world: SlackWorld) -> None:
    """They are told why; nothing is checked or kept, and the form stays as they filled it in."""
    form = world.open_form()
    world.slack.change_user("owner", is_restricted=True)
    world.forget_people()

    world.send()

    assert "Guests cannot use this" in world.told()[-1]
    assert world.orders.placed == []
    assert world.slack.views("owner")[0]["id"] == form["id"]
    assert not world.redis.keys("omm:secret*")


# What is away


def test_a_window_that_came_too_late_is_said(world: SlackWorld) -> None:
    """When Slack lets us open no window any more, whoever waits for it is told."""
    world.slack.configure(trigger_seconds=-1.0)

    world.slash("migrate")

    assert "took too long" in world.told()[0]


def test_a_person_whom_slack_does_not_know_now_is_told(world: SlackWorld) -> None:
    """When Slack does not say who somebody is, nothing is allowed, and they are told to try again."""
    world.slack.add_fault(Fault(method="users.info", action="status", status=503))

    world.slash("migrate")

    assert world.slack.views("owner") == []
    assert "did not say who you are" in world.told()[0]


def test_from_exchange_all_that_moves_is_ticked_as_soon_as_it_is_chosen(world: SlackWorld) -> None:
    """What is left ticked is what the migration moves, notes with the tasks; what was typed before stays."""
    world.open_form()
    world.send(**WRONG)                     # so that something is typed
    world.work("check")
    world.press(Action.SOURCE_KIND, where=world.view()["id"], value="exchange")
    boxes = world.block(Block.CONTENTS)["element"]
    world.send(**{Block.SOURCE_SERVER: "mail.example.net"})
    world.work("check")

    assert [box["value"] for box in boxes["options"]] == [each for each in CONTENTS if each not in COMES_WITH]
    assert boxes["initial_options"] == boxes["options"]
    [task] = world.tasks()
    assert task.request.contents == tuple(CONTENTS)
    world.notify()
    lines = words(next(block for block in world.card()["blocks"] if block["block_id"] == "progress")).splitlines()
    assert [line.rpartition("  ")[2] for line in lines] == ["not started"] * len(CONTENTS)
    assert all(f"*{content.capitalize()}*" in line for content, line in zip(CONTENTS, lines, strict=True))
