"""Service accounts in the form: who may ask, who approves, what is signed in to and when, and who is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.approvals.approved import finish
from bot.ids import Action, Block, View
from bot.stored.approvals import Decision, Subject
from bot.stored.audit_entries import What
from bot.stored.drafts import DraftState
from bot.work import approvals
from emulators.slack import Fault
from emulators.slack.settings import SCOPES
from engine.errors import Side
from engine.migration.account import Access
from engine.migration.record import State
from engine.store import stored
from tests.contract.slack.test_steering import COMPLETED
from tests.servers.browser.browsers import paged
from tests.servers.browser.private_pages import link, page_only, send, text
from tests.servers.shifted import Shifted
from tests.servers.slack import hostile
from tests.servers.slack.hostile import Hostile
from tests.servers.slack.signed_world import words
from tests.servers.slack.workspace import ADMIN, COLLEAGUE, OWNER
from tests.servers.slack.world import LOGIN, SOURCE_PASSWORD, SlackWorld, slack_world
from tests.servers.world import ADDRESS, PASSWORD

SERVICE, KEY = "mover@exchange.example", "the key to all mailboxes"
NAMED = "names for service accounts"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[SlackWorld]:
    """Two admins are named for service accounts, and the Exchange server lets one impersonate the owner."""
    with slack_world(tmp_path, clock=Shifted()) as world:
        furnish(world)
        yield world


def furnish(world: SlackWorld) -> None:
    world.slack.change_user("colleague", is_admin=True)
    world.slack.configure(scopes=(*SCOPES, "users:read.email"))
    world.slack.configure(rate_limits=False)
    world.exchange.add_account(SERVICE, password=KEY)
    world.exchange.configure(impersonation={SERVICE: [ADDRESS]})
    name(world, ADMIN, COLLEAGUE)


def name(world: SlackWorld, *admins: str) -> None:
    """The workspace's policy names those for service accounts."""
    world.services.policies.change(world.team, lambda policy: replace(policy, service_accounts=admins))


def choose(world: SlackWorld, access: Access = Access.IMPERSONATION, user: str = "admin") -> None:
    """Opens the form, and chooses how the destination is opened."""
    view = world.open_form(user)
    world.press(Action.DESTINATION_ACCESS, user, where=view["id"], value=access.value)


def fill(world: SlackWorld, user: str = "admin", **others: str) -> None:
    """Fills in the form on top, and sends it: the service account opens the owner's mailbox."""
    world.send(user, **{
        Block.DESTINATION_LOGIN: SERVICE, Block.DESTINATION_PASSWORD: KEY, Block.DESTINATION_MAILBOX: ADDRESS, **others,
    })


def tick(world: SlackWorld, user: str = "admin") -> None:
    """Ticks that the destination is somebody else's, and sends the form."""
    block = world.block(Block.SOMEBODY_ELSES, user)
    world.submit(user, {block["block_id"]: [block["element"]["options"][0]["value"]]})


def ask(world: SlackWorld) -> str:
    """The whole way to the question to another admin; the form's id."""
    choose(world)
    fill(world)
    tick(world)
    return str(world.view("admin")["private_metadata"])


def request(world: SlackWorld, user: str = "colleague") -> dict[str, Any]:
    """The newest message in which somebody is asked to approve, or reads what came of it."""
    return [one for one in world.letters(user) if "Your approval is needed" in words(one["blocks"])][-1]


def request_after(world: SlackWorld) -> dict[str, Any]:
    """The same, once whoever may approve is told."""
    world.work("tell_approvers")
    hear(world)
    return request(world)


def decide(world: SlackWorld, action: Action = Action.APPROVE, user: str = "colleague") -> None:
    """Another admin is told, and presses one of the buttons."""
    request_after(world)
    world.press(action, user, where=request(world, user)["ts"])


def begin(world: SlackWorld) -> str:
    """An approved migration in line; its task ID."""
    draft_id = ask(world)
    decide(world)
    world.work("check")
    hear(world)
    return draft_id


def hear(world: SlackWorld) -> None:
    """The notifier sends what there is, and the seconds pass that Slack wants between two messages."""
    for _ in range(4):
        world.clock.by += timedelta(seconds=4)
        world.notifier.tick()


def letters(world: SlackWorld, user: str = "owner") -> list[str]:
    """What OMM has written to somebody in their own conversation."""
    return [str(letter["text"]) for letter in world.letters(user)]


def seen(world: SlackWorld, user: str = "admin") -> str:
    return words(world.view(user)["blocks"])


def signed_in(world: SlackWorld) -> list[str]:
    """Who has tried to sign in anywhere."""
    return [*world.sides.signed_in, *(each.user for each in world.exchange.sign_ins)]


def kept(world: SlackWorld, draft_id: str) -> list[bool]:
    """Whether the password of either side is in the vault."""
    return [world.services.engine.vault.has(draft_id, side) for side in Side]


def entries(world: SlackWorld, *kinds: What) -> list[tuple[str, str, str]]:
    """Who did what with which result, the oldest first."""
    found = [placed.entry for placed in world.services.trail.audit.entries(world.team)]
    return [(e.who, e.what, e.result) for e in reversed(found) if e is not None and e.what in kinds]


def test_two_admins_move_somebody_elses_mailbox(house: SlackWorld) -> None:
    """Asked for, ticked, approved, moved, taken back; the mailbox's owner is told, and every step is in the audit."""
    draft_id = ask(house)
    assert "Another admin has to approve" in seen(house)
    house.work()
    assert (signed_in(house), house.tasks()) == ([], [])

    decide(house)
    house.work("check")
    hear(house)
    [task] = house.tasks()
    assert (task.task_id, task.request.destination.mailbox, task.request.destination.login) == (
        draft_id, ADDRESS, SERVICE
    )
    assert [f"opens your mailbox {ADDRESS} by a service account" in text for text in letters(house)] == [True]

    house.work()
    hear(house)
    assert house.record(draft_id).state is State.COMPLETED
    assert len(house.exchange.messages(ADDRESS)) == 3
    assert [f"Migration {draft_id} is completed" in text for text in letters(house)] == [False, True]
    assert {*signed_in(house)} == {LOGIN, SERVICE}

    card = house.card("admin")
    assert "service account" not in words(card["blocks"])       # everybody in the channel can read it
    house.press(Action.ROLLBACK, "admin", where=card["ts"])
    house.work()
    house.submit("admin")
    house.work()
    hear(house)
    assert house.record(draft_id).state is State.ROLLED_BACK
    assert house.exchange.messages(ADDRESS) == []
    assert ["was rolled back" in text for text in letters(house)] == [False, False, True]
    assert entries(house, What.START, What.OPEN_DESTINATION, What.OPEN_SOURCE) == [
        (ADMIN, What.START, "done"), (ADMIN, What.OPEN_DESTINATION, "done"),
    ]


def test_who_is_not_named_never_sees_it_and_cannot_forge_it(house: SlackWorld) -> None:
    """Members, and admins who are not named: their form has no such menu, and a forged one is refused and audited."""
    name(house, COLLEAGUE)
    enemy = Hostile(house)
    for user, key in ((OWNER, "owner"), (ADMIN, "admin")):
        form = house.open_form(key)
        assert [b["block_id"] for b in form["blocks"] if "access" in b["block_id"] or "mailbox" in b["block_id"]] == []
        fields = {
            **house.typed(form), Block.DESTINATION_MAILBOX: ADDRESS, Block.DESTINATION_ACCESS: {
                Action.DESTINATION_ACCESS: {"selected_option": {"value": Access.IMPERSONATION.value}},
            },
        }
        forged = hostile.view(View.FORM, form["private_metadata"], fields)
        bodies = {
            "sent": hostile.submitted(user, forged),
            "a menu": hostile.clicked(user, Action.DESTINATION_ACCESS, "impersonation", forged, menu=True),
            "check first": hostile.clicked(user, Action.CHECK_FIRST, "", forged),
        }

        came = {what: enemy.sends(user, body) for what, body in bodies.items()}
        assert [(what, one.told) for what, one in came.items() if NAMED not in one.told] == []
        assert [what for what, one in came.items() if one.refused != [user] or one.changed] == []
    house.work()
    assert (signed_in(house), house.tasks(), house.services.approvals.all()) == ([], [], [])


def test_the_form_asks_what_a_service_account_needs(house: SlackWorld) -> None:
    """A server and an address; chosen back, the field is gone; one's own mailbox needs no tick."""
    choose(house, Access.FULL_ACCESS)
    fill(house, **{Block.DESTINATION_SERVER: "", Block.DESTINATION_MAILBOX: "nobody"})
    assert "not an e-mail address" in str(house.slack.acks[-1])
    fill(house, **{Block.DESTINATION_SERVER: ""})
    assert "another admin approves where OMM signs in" in str(house.slack.acks[-1])

    house.press(Action.DESTINATION_ACCESS, "admin", where=house.view("admin")["id"], value=Access.OWN.value)
    assert not [b for b in house.view("admin")["blocks"] if b["block_id"] == Block.DESTINATION_MAILBOX]
    house.press(Action.DESTINATION_ACCESS, "admin", where=house.view("admin")["id"], value=Access.FULL_ACCESS.value)
    fill(house, **{Block.DESTINATION_MAILBOX: "Aisha@example.org"})
    assert "Another admin has to approve" in seen(house)
    assert house.services.approvals.all()[0].arguments["says"] == [
        f"Source: {LOGIN} on imap.example.net, by its own login.",
        f"Destination: the service account {SERVICE} opens Aisha@example.org on ex.example.org, by full access.",
    ]


def test_a_tick_is_for_one_address(house: SlackWorld) -> None:
    """Without it nothing goes on; with another address in the form it is asked anew."""
    choose(house)
    fill(house)
    assert "This is somebody else's mailbox" in seen(house)
    house.submit("admin")
    assert "This is somebody else's mailbox" in seen(house)
    assert house.services.approvals.all() == []

    block = house.block(Block.SOMEBODY_ELSES, "admin")
    ticked = {block["block_id"]: [block["element"]["options"][0]["value"]]}
    house.submit("admin", {**ticked, Block.DESTINATION_MAILBOX: "bruno@example.org"})
    assert "bruno@example.org is not the address of the source's owner" in seen(house)
    assert (house.services.approvals.all(), signed_in(house)) == ([], [])


def test_who_may_approve(house: SlackWorld) -> None:
    """Not the asker, not an admin whom nobody names, not one who was demoted meanwhile; each is told and audited."""
    draft_id = ask(house)
    house.slack.add_user("third")
    house.slack.change_user("third", is_admin=True)
    house.work("tell_approvers")
    hear(house)
    assert [letter for letter in letters(house, "admin") if "approval is needed" in letter] == []
    value = next(
        element["value"] for block in request(house)["blocks"] for element in block.get("elements", ())
        if element.get("action_id") == Action.APPROVE
    )
    enemy = Hostile(house)

    third = "U0000THIRD"
    for user, why in ((ADMIN, "asked for this yourself"), (third, "who are named"), (OWNER, "Only the admins")):
        came = enemy.sends(user, hostile.clicked(user, Action.APPROVE, value))
        assert why in came.told
        assert (came.refused, came.changed) == ([user], ())
    name(house, ADMIN)
    came = enemy.sends(COLLEAGUE, hostile.clicked(COLLEAGUE, Action.APPROVE, value))
    assert ("who are named" in came.told, came.refused) == (True, [COLLEAGUE])
    name(house, ADMIN, COLLEAGUE)
    house.slack.change_user("colleague", is_admin=False)
    house.forget_people()
    came = enemy.sends(COLLEAGUE, hostile.clicked(COLLEAGUE, Action.APPROVE, value))
    assert ("Only the admins" in came.told, came.refused) == (True, [COLLEAGUE])

    house.work()
    assert (signed_in(house), house.tasks()) == ([], [])
    assert kept(house, draft_id) == [True, True]


def test_denied_and_asked_again(house: SlackWorld) -> None:
    """The asker is told, and the passwords are gone at once; from the letter they ask anew, and it is approved."""
    draft_id = ask(house)
    says = words(request_after(house)["blocks"])
    assert f"the service account {SERVICE} opens {ADDRESS} on ex.example.org, by impersonation" in says
    assert f"<@{ADMIN}>" in says

    decide(house, Action.DENY)
    assert kept(house, draft_id) == [False, False]
    hear(house)
    letter = house.letters("admin")[-1]
    assert "has denied the migration by a service account" in letter["text"]
    assert "passwords that you have typed are deleted" in letter["text"]

    house.close("admin")
    house.press(Action.CONTINUE, "admin", where=letter["ts"])
    assert house.held(Block.DESTINATION_MAILBOX, "admin") == ADDRESS
    fill(house)
    decide(house)
    house.work()
    assert [task.state for task in house.tasks()] == [State.COMPLETED]


def test_nobody_else_is_named(house: SlackWorld) -> None:
    """The asker is told who has to name somebody; the passwords are gone, and the next time they are told at once."""
    name(house, ADMIN)
    draft_id = ask(house)
    house.work("tell_approvers")
    hear(house)
    assert "An admin can name somebody" in letters(house, "admin")[-1]
    assert kept(house, draft_id) == [False, False]

    fill(house)
    assert any("An admin can name somebody" in told for told in house.told("admin"))
    draft = house.services.drafts.load(draft_id)
    assert (draft and draft.state) is DraftState.OPEN
    house.work()
    assert (signed_in(house), house.tasks()) == ([], [])


def test_nobody_decides(house: SlackWorld) -> None:
    """After 72 hours it has expired: the asker is told, the passwords are gone, and nothing was signed in to."""
    draft_id = ask(house)
    assert timedelta(milliseconds=house.redis.pttl(f"omm:draft:{draft_id}")) > timedelta(hours=72)
    house.work("tell_approvers")
    house.clock.by += timedelta(hours=71)
    approvals.look(house.services.approvals, lambda _team: house.services)
    assert kept(house, draft_id) == [True, True]

    house.clock.by += timedelta(hours=1, minutes=1)
    approvals.look(house.services.approvals, lambda _team: house.services)
    hear(house)
    assert kept(house, draft_id) == [False, False]
    assert "Nobody has decided about the migration by a service account" in letters(house, "admin")[-1]
    house.work()
    assert (signed_in(house), house.tasks()) == ([], [])


def test_what_was_approved_is_bound_to_those_accounts(house: SlackWorld) -> None:
    """Changed before, the old request is over; changed after, another admin is asked anew; nothing else signs in."""
    ask(house)
    house.work("tell_approvers")
    hear(house)
    old = request(house)
    fill(house, **{Block.DESTINATION_MAILBOX: "bruno@example.org"})
    tick(house)
    house.press(Action.APPROVE, "colleague", where=old["ts"])
    assert house.orders.placed[-1][0] == "tell_approvers"

    decide(house)
    house.exchange.configure(impersonation={})
    house.work("check")
    assert "may not impersonate bruno@example.org" in seen(house)
    before = signed_in(house)
    fill(house, **{Block.DESTINATION_MAILBOX: ADDRESS})
    tick(house)
    assert "Another admin has to approve" in seen(house)
    house.work()
    assert (signed_in(house), house.tasks()) == (before, [])

    house.exchange.configure(impersonation={SERVICE: [ADDRESS]})
    decide(house)
    house.work("check")
    assert [task.request.destination.mailbox for task in house.tasks()] == [ADDRESS]


def test_the_asker_is_demoted_meanwhile(house: SlackWorld) -> None:
    """Before the approval, it cannot be given; after it, nothing signs in; later, they cannot resume or retry."""
    draft_id = ask(house)
    name(house, COLLEAGUE)
    decide(house)
    assert "not named for service accounts any more" in " ".join(house.told("colleague"))
    assert kept(house, draft_id) == [False, False]

    name(house, ADMIN, COLLEAGUE)
    fill(house)
    decide(house)
    name(house, COLLEAGUE)
    house.work()
    assert NAMED in seen(house)
    assert (signed_in(house), house.tasks()) == ([], [])

    name(house, ADMIN, COLLEAGUE)
    fill(house)
    house.work("check")
    before = signed_in(house)
    name(house, COLLEAGUE)
    house.work()
    assert (house.record(draft_id).state, signed_in(house)) == (State.NEEDS_ATTENTION, before)
    hear(house)
    card = house.card("admin")["ts"]
    assert "not named for service accounts any more" in words(house.card("admin")["blocks"])
    house.press(Action.RESUME, "admin", where=card)
    assert any(NAMED in told for told in house.told("admin"))
    assert house.record(draft_id).state is State.NEEDS_ATTENTION
    house.press(Action.RESUME, "colleague", where=card)
    house.work()
    hear(house)
    assert house.record(draft_id).state is State.COMPLETED
    house.slash(f"retry {draft_id}", "admin")
    assert sum(NAMED in told for told in house.told("admin")) == 2


def test_check_first_waits_for_the_approval_too(house: SlackWorld) -> None:
    """It signs in, so it is refused before; once these accounts are approved, it looks."""
    choose(house)
    view = house.view("admin")
    typed = house.typed(view, **{
        Block.DESTINATION_LOGIN: SERVICE, Block.DESTINATION_PASSWORD: KEY, Block.DESTINATION_MAILBOX: ADDRESS,
    })
    house.slack.fill("admin", view["id"], typed)
    house.press(Action.CHECK_FIRST, "admin", where=view["id"])
    assert "Check first signs in" in house.told("admin")[-1]
    house.work()
    assert signed_in(house) == []
    house.close("admin")

    house.exchange.configure(impersonation={})
    house.submit("admin")
    tick(house)
    decide(house)
    house.work("check")
    assert "may not impersonate" in seen(house)
    house.exchange.configure(impersonation={SERVICE: [ADDRESS]})
    house.press(Action.CHECK_FIRST, "admin", where=house.view("admin")["id"])
    house.work("look")
    assert "Nothing was written or changed." in seen(house)


@pytest.mark.parametrize(("lacks", "why"), [
    ("scope", "scope users:read.email"), ("person", "nobody in this workspace has this address"),
    ("answer", "Slack did not say"), ("leave", "the settings of this workspace say"),
])
def test_nobody_can_be_told(house: SlackWorld, lacks: str, why: str) -> None:
    """Without the scope, such a person, Slack's answer or the policy's leave: the form and the audit say so."""
    if lacks == "scope":
        house.slack.configure(scopes=SCOPES)
    elif lacks == "person":
        house.slack.change_user("owner", name="somebody.else")
    elif lacks == "answer":
        house.slack.add_fault(Fault(method="users.lookupByEmail", action="error", error="no_permission"))
    else:
        house.services.policies.change(house.team, lambda policy: replace(policy, tells_owner=False))
    begin(house)

    assert why in seen(house)
    house.work()
    hear(house)
    assert [text for text in letters(house) if "your mailbox" in text] == []
    [opened] = [
        placed.entry for placed in house.services.trail.audit.entries(house.team)
        if placed.entry is not None and placed.entry.what == What.OPEN_DESTINATION
    ]
    assert (f"approved by <@{COLLEAGUE}>" in opened.words, why in opened.words) == (True, True)
    assert ADDRESS not in opened.words
    while house.slack.views("admin"):
        house.close("admin")
    house.slash("admin audit", "admin")
    assert f"approved by <@{COLLEAGUE}>" in seen(house)


def test_both_mailboxes_by_service_accounts(house: SlackWorld) -> None:
    """An audit line for each mailbox, with the names under the task's key; both owners are told; cards say by whom."""
    house.exchange.add_mailbox("bruno@example.org", password=PASSWORD)
    house.sides.sources[SERVICE] = house.sides.sources[LOGIN]
    house.sides.source_password = KEY
    view = house.open_form("admin", "dm")
    for action, value in (
        (Action.SOURCE_KIND, "exchange"), (Action.SOURCE_ACCESS, "full access"),
        (Action.DESTINATION_ACCESS, "impersonation"),
    ):
        house.press(action, "admin", where=view["id"], value=value)
    fill(house, **{
        Block.SOURCE_SERVER: "old.example.org", Block.SOURCE_LOGIN: SERVICE, Block.SOURCE_PASSWORD: KEY,
        Block.SOURCE_MAILBOX: "bruno@example.org",
    })
    tick(house)
    decide(house)
    house.work("check")
    hear(house)
    [task] = house.tasks()

    assert [(e[1], e[2]) for e in entries(house, What.OPEN_SOURCE, What.OPEN_DESTINATION)] == [
        (What.OPEN_SOURCE, "done"), (What.OPEN_DESTINATION, "done"),
    ]
    house.slash(f"admin audit {task.task_id}", "admin")
    read = " ".join(seen(house).split())
    assert f"{SERVICE} opens bruno@example.org on old.example.org by full access" in read
    assert f"{SERVICE} opens {ADDRESS} on ex.example.org by impersonation" in read
    stream = str(house.redis.xrange(f"omm:audit:{house.team}"))
    assert [named for named in (SERVICE, ADDRESS, "bruno@example.org") if named in stream] == []
    assert f"opens your mailbox {ADDRESS}" in letters(house)[-1]
    assert any("opens your mailbox bruno@example.org" in text for text in letters(house, "colleague"))
    card = house.card("admin", "dm")
    assert words(card["blocks"]).count(f"by the service account {SERVICE}") == 2
    house.save(task, **COMPLETED)
    house.slash(f"report {task.task_id}", "admin")
    assert f"bruno@example.org on old.example.org, by the service account {SERVICE}" in seen(house)


def test_whatever_dies_it_is_told_and_written_once(house: SlackWorld) -> None:
    """A checker that dies after any of its steps does them again: one line, one message, one migration."""
    draft_id = begin(house)
    draft = house.services.drafts.load(draft_id)
    assert draft is not None
    house.services.jobs.check(draft.id, draft.generation)
    house.work("check")
    for _ in range(2):
        for thread in house.services.approvals.all():
            finish(house.services, thread)
    house.work()
    hear(house)

    assert entries(house, What.START, What.OPEN_DESTINATION) == [
        (ADMIN, What.START, "done"), (ADMIN, What.OPEN_DESTINATION, "done"),
    ]
    assert ["opens your mailbox" in text for text in letters(house)] == [True, False]
    assert len(house.tasks()) == 1
    assert house.services.threads.pressed(draft_id) == ()


def test_a_waiting_form_can_be_closed(house: SlackWorld) -> None:
    """It begins all the same when it is approved, also if its owner has another form before them; a letter is none."""
    draft_id = ask(house)
    house.close("admin")
    house.open_form("admin")
    decide(house)
    house.work()

    assert [(task.task_id, task.state) for task in house.tasks()] == [(draft_id, State.COMPLETED)]


def test_a_waiting_form_that_is_changed(house: SlackWorld) -> None:
    """By a menu, it is open again: what was asked cannot be approved, and is asked anew when the form is sent."""
    ask(house)
    message = request_after(house)
    house.press(Action.DESTINATION_ACCESS, "admin", where=house.view("admin")["id"], value=Access.FULL_ACCESS.value)
    assert "Another admin has to approve" not in seen(house)

    house.press(Action.APPROVE, "colleague", where=message["ts"])
    assert "changed or deleted meanwhile" in " ".join(house.told("colleague"))
    hear(house)
    assert "was not begun" in letters(house, "admin")[-1]
    house.work()
    assert (signed_in(house), house.tasks()) == ([], [])
    house.exchange.configure(impersonation={}, full_access={SERVICE: [ADDRESS]})
    tick(house)
    decide(house)
    house.work()
    assert [(task.request.destination.access, task.state) for task in house.tasks()] == [
        (Access.FULL_ACCESS, State.COMPLETED),
    ]


def test_it_can_be_taken_back(house: SlackWorld) -> None:
    """From the window, or later from the letter that says that others are asked: the passwords are gone."""
    draft_id = ask(house)
    message = request_after(house)
    house.close("admin")
    letter = house.letters("admin")[-1]
    assert "has asked other admins to approve" in letter["text"]

    house.press(Action.CONTINUE, "admin", where=letter["ts"])
    house.press(Action.TAKE_BACK, "admin", where=house.view("admin")["id"])
    assert kept(house, draft_id) == [False, False]
    assert "Another admin has to approve" not in seen(house)
    house.press(Action.APPROVE, "colleague", where=message["ts"])
    assert "has taken this back" in " ".join(house.told("colleague"))
    house.work()
    assert (signed_in(house), house.tasks()) == ([], [])


def test_a_form_of_somebody_who_is_no_longer_named_is_an_ordinary_one(house: SlackWorld) -> None:
    """Opened again, it has no service account in it, and starts as everybody's does."""
    ask(house)
    decide(house, Action.DENY)
    hear(house)
    name(house, COLLEAGUE)
    house.close("admin")
    house.press(Action.CONTINUE, "admin", where=house.letters("admin")[-1]["ts"])

    assert "Sign in to the destination as" not in words(house.view("admin")["blocks"])
    house.send("admin", **{Block.DESTINATION_LOGIN: ADDRESS})
    house.work("check")
    assert [task.request.destination.mailbox for task in house.tasks()] == [""]


def test_an_approval_of_ones_own_in_the_store_counts_for_nothing(house: SlackWorld) -> None:
    """Whoever wrote it there: the checker signs in to nothing."""
    draft_id = ask(house)
    house.services.approvals.change(Subject.SERVICE_ACCOUNT, draft_id, lambda now: now and replace(
        now, decision=Decision.APPROVED, decider=ADMIN, decided=house.clock()
    ))
    draft = house.services.drafts.change(draft_id, lambda now: replace(now, state=DraftState.CHECKING))
    assert draft is not None
    house.services.jobs.check(draft_id, draft.generation)
    house.work("check")

    assert "No other admin has approved" in seen(house)
    assert (signed_in(house), house.tasks()) == ([], [])


def test_an_earlier_release_leaves_such_a_form_alone(house: SlackWorld) -> None:
    """It knows no service accounts, and would open the account's own mailbox: the form has a version of its own."""
    draft = house.services.drafts.load(ask(house))
    assert draft is not None

    plain = replace(draft, fields=replace(draft.fields, destination_access=Access.OWN, destination_mailbox=""))
    assert json.loads(stored.write(draft))["v"] == 3
    assert json.loads(stored.write(replace(plain, state=DraftState.OPEN)))["v"] == 1


def test_passwords_of_the_private_page_wait_for_the_approval_too(house: SlackWorld) -> None:
    """The page's passwords start nothing by themselves: the form says what it waits for."""
    with paged(house) as pages:
        house.exchange.add_mailbox("aisha@example.org", password=PASSWORD)
        house.exchange.configure(impersonation={SERVICE: ["aisha@example.org"]})
        page_only(house)
        name(house, ADMIN, COLLEAGUE)
        choose(house)
        view = house.view("admin")
        names = [block["block_id"] for block in view["blocks"]]
        typed = {Block.SOURCE_SERVER: "imap.example.net", Block.SOURCE_LOGIN: LOGIN,
                 Block.DESTINATION_SERVER: "ex.example.org", Block.DESTINATION_LOGIN: SERVICE,
                 Block.DESTINATION_MAILBOX: "aisha@example.org"}
        house.submit("admin", {next(n for n in names if n.startswith(field)): typed[field] for field in typed})
        browser, url = pages.browser("admin"), link(house, "admin")
        shown = browser.open(url)
        assert "aisha@example.org" in text(shown)
        send(browser, shown, source=SOURCE_PASSWORD, destination=KEY)
        assert "Another admin has to approve" in text(browser.open(f"{url}/done"))
        house.work()

        assert "Another admin has to approve" in seen(house)
        assert (signed_in(house), house.tasks()) == ([], [])
        decide(house)
        house.work()
        assert [task.state for task in house.tasks()] == [State.COMPLETED]
