"""Approvals that nobody may give: of their own, twice, too late, for something else, when no admin any more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from bot.approvals import approving
from bot.buttons import NoLongerError
from bot.ids import Action, Block, View
from bot.stored.approvals import Approval, Decision, Subject
from bot.stored.drafts import DraftState
from bot.stored.policies import Policy
from bot.views import openings
from engine.errors import Side
from engine.migration.record import State
from tests.servers.slack import hostile
from tests.servers.slack.abuses import NOT_THEIRS, Owned, abused, amiss, given
from tests.servers.slack.hostile import Came, Hostile
from tests.servers.slack.workspace import ADMIN, COLLEAGUE, OWNER, TEAM
from tests.servers.slack.world import TYPED

BOSS = "U00000BOSS"


@pytest.fixture(scope="module")
def enemy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hostile]:
    """With a second admin."""
    with abused(tmp_path_factory.mktemp("approvals")) as enemy:
        enemy.world.slack.add_user("boss")
        enemy.world.slack.change_user("boss", is_admin=True)
        yield enemy


@pytest.fixture
def owned(enemy: Hostile) -> Iterator[Owned]:
    """What an admin has, whose rollback waits for a second person. Afterwards all admins are admins."""
    yield given(enemy.world, ADMIN)
    for admin in ("admin", "boss"):
        enemy.world.slack.change_user(admin, is_admin=True)
    enemy.world.forget_people()


def decided(enemy: Hostile, user: str, request: str, action: Action = Action.APPROVE) -> Came:
    return enemy.sends(user, hostile.clicked(user, action, request))


def found(enemy: Hostile, owned: Owned) -> Approval:
    """The request as it is now."""
    approval = enemy.world.services.approvals.find(Subject.ROLLBACK, owned.asked)
    assert approval is not None
    return approval


def rollbacks(enemy: Hostile, owned: Owned) -> int:
    """How often its rollback was ordered."""
    return enemy.world.orders.placed.count(("roll_back", owned.asked))


def test_nobody_approves_their_own(enemy: Hostile, owned: Owned) -> None:
    """Neither by the button, nor by a body that names another admin beside them; denying it is not theirs either."""
    claims: tuple[dict[str, Any], ...] = (
        {}, {"user_id": BOSS}, {"message": {"user": BOSS, "team": TEAM}}, {"enterprise_user": {"id": BOSS}},
    )
    for more in claims:
        for action in (Action.APPROVE, Action.DENY):
            came = enemy.sends(ADMIN, hostile.clicked(ADMIN, action, owned.request, **more))

            assert (came.nothing, came.refused) == (True, [ADMIN]), more
            assert came.told.startswith("You have asked for this yourself.")
    assert found(enemy, owned).is_waiting


def test_it_is_decided_once(enemy: Hostile, owned: Owned) -> None:
    """The same click again, another click, and another decision change nothing; one rollback is ordered."""
    click = hostile.clicked(BOSS, Action.APPROVE, owned.request)
    first, replayed = enemy.sends(BOSS, click), enemy.sends(BOSS, click)
    later = [decided(enemy, BOSS, owned.request, action) for action in (Action.APPROVE, Action.DENY)]

    assert [(each.who, each.what, each.result) for each in first.entries][:1] == [(BOSS, "approve", "done")]
    assert (replayed.nothing, replayed.entries) == (True, ())
    assert [(came.nothing, came.refused) for came in later] == [(True, [BOSS])] * 2
    assert all("has approved this already" in came.told for came in later)
    assert rollbacks(enemy, owned) == 1


def test_what_was_denied_stays_denied(enemy: Hostile, owned: Owned) -> None:
    """Nobody approves it afterwards, or takes it back, and nothing is rolled back."""
    decided(enemy, BOSS, owned.request, Action.DENY)
    taken_back = hostile.clicked(ADMIN, Action.WITHDRAW, owned.asked)
    afterwards = [decided(enemy, BOSS, owned.request), enemy.sends(ADMIN, taken_back)]

    assert [came.nothing for came in afterwards] == [True] * 2
    assert [came.refused for came in afterwards] == [[BOSS], [ADMIN]]
    assert (found(enemy, owned).decision, rollbacks(enemy, owned)) == (Decision.DENIED, 0)


def test_after_three_days_it_is_too_late(enemy: Hostile, owned: Owned) -> None:
    """Also before anything has noted that the time is over."""
    past = enemy.world.services.clock() - timedelta(hours=73)
    enemy.world.services.approvals.change(Subject.ROLLBACK, owned.asked, lambda now: now and replace(
        now, asked=past, until=past + timedelta(hours=72)
    ))

    came = decided(enemy, BOSS, f"rollback:{owned.asked}:{found(enemy, owned).edition}")

    assert came.refused == [BOSS]
    assert rollbacks(enemy, owned) == 0
    assert enemy.world.record(owned.asked).state is State.COMPLETED


def test_another_request_is_not_meant(enemy: Hostile, owned: Owned) -> None:
    """An earlier or later request, another task's, a form's, and what is no request are none that can be decided."""
    other = given(enemy.world, ADMIN)
    edition = int(found(enemy, owned).edition)
    values = {
        f"rollback:{owned.asked}:{edition - 1}", f"rollback:{owned.asked}:{edition}0", f"rollback:{owned.asked}:",
        f"rollback:{owned.ended}:{edition}", f"service_account:{owned.asked}:{edition}",
        f"rollback:{owned.draft}:{edition}", f"rollback::{edition}", f"rollback:{owned.asked.lower()}:{edition}",
        f"rollback:{owned.asked}:{edition}:x",
        f"ROLLBACK:{owned.asked}:{edition}", f"rollback:{other.asked}:{edition}", f"rollback:{owned.asked}:\u0661",
    }
    for value in values:
        came = decided(enemy, BOSS, value)

        assert came.nothing, value
        assert came.told.startswith("There is nothing to decide any more."), value
    assert found(enemy, owned).is_waiting


def test_who_is_no_admin_any_more_decides_nothing(enemy: Hostile, owned: Owned) -> None:
    """The buttons in their letter are still there; the press is refused, and in the audit."""
    enemy.world.slack.change_user("boss", is_admin=False)
    enemy.world.forget_people()

    for action in (Action.APPROVE, Action.DENY):
        came = decided(enemy, BOSS, owned.request, action)
        assert (came.nothing, came.refused) == (True, [BOSS])
        assert came.told.startswith("Only the admins and owners of this workspace can do that.")
    assert found(enemy, owned).is_waiting


def test_only_the_asker_takes_it_back(enemy: Hostile, owned: Owned) -> None:
    """Not another admin, and not who owns nothing of it."""
    bodies = {user: hostile.clicked(user, Action.WITHDRAW, owned.asked) for user in (BOSS, OWNER, COLLEAGUE)}

    for user, body in bodies.items():
        assert amiss(enemy, {"withdraw": body}, user, *NOT_THEIRS) == {}
    assert found(enemy, owned).is_waiting


def test_what_was_asked_for_cannot_be_changed_by_asking_again(enemy: Hostile, owned: Owned) -> None:
    """A window that is sent again, with other numbers, neither replaces the request nor orders the rollback."""
    enemy.world.services.policies.change(TEAM, lambda _now: Policy(second_person=True))
    before = found(enemy, owned)
    body = f'{{"task": "{owned.asked}", "items": 9999, "kept": 0}}'

    for user in (ADMIN, BOSS):
        came = enemy.sends(user, hostile.submitted(user, hostile.view(View.ROLLBACK, body)))

        assert (came.nothing, came.refused) == (True, [user])
        assert "waited for already" in came.told
    assert (found(enemy, owned), rollbacks(enemy, owned)) == (before, 0)


def test_where_a_second_person_is_wanted_no_window_orders_it(enemy: Hostile) -> None:
    """Whatever the window brings back, it is asked for and not ordered."""
    enemy.world.services.policies.change(TEAM, lambda _now: Policy(second_person=True))
    owned = given(enemy.world, ADMIN)
    for more in ('"approved": true', '"decider": "U00000BOSS"', '"discard": true'):
        body = f'{{"task": "{owned.ended}", "items": 8, "kept": 0, {more}}}'
        enemy.sends(ADMIN, hostile.submitted(ADMIN, hostile.view(View.ROLLBACK, body)))

    assert ("roll_back", owned.ended) not in enemy.world.orders.placed
    approval = enemy.world.services.approvals.find(Subject.ROLLBACK, owned.ended)
    assert approval is not None
    assert (approval.is_waiting, approval.asker, approval.decider) == (True, ADMIN, "")
    assert "decider" not in approval.arguments


# Service accounts


SERVICE: Mapping[Block, Any] = {
    Block.SOURCE_ACCESS: {"v": {"selected_option": {"value": "own"}}},
    Block.DESTINATION_ACCESS: {"v": {"selected_option": {"value": "impersonation"}}},
    Block.DESTINATION_MAILBOX: "chief@example.org",
    Block.CONTENTS: {"v": {"selected_options": [{"value": "mail"}]}},
}


@pytest.mark.parametrize("user", [COLLEAGUE, ADMIN])
@pytest.mark.parametrize("access", ["impersonation", "full access"])
def test_fields_that_a_form_does_not_offer_open_no_mailbox(enemy: Hostile, user: str, access: str) -> None:
    """In the payload of a plain member, or of an admin who is not named, they are refused, and nothing begins."""
    enemy.world.services.policies.change(TEAM, lambda _now: Policy(service_accounts=(BOSS,)))
    own = given(enemy.world, user)
    for side in Side:
        enemy.world.services.engine.vault.put(
            own.draft, side, "-", expires=enemy.world.services.clock() + timedelta(hours=1)
        )
    blocks = {f"{name}0" if name.endswith("_") else name: value for name, value in {**TYPED, **SERVICE}.items()}
    blocks[Block.DESTINATION_ACCESS] = {"v": {"selected_option": {"value": access}}}
    window = hostile.view(View.FORM, own.draft, blocks)
    bodies = {
        "sent": hostile.submitted(user, window),
        "check first": hostile.clicked(user, Action.CHECK_FIRST, "", window),
        "menu": hostile.clicked(user, Action.DESTINATION_ACCESS, access, window, menu=True),
        "other menu": hostile.clicked(user, Action.SOURCE_ACCESS, access, window, menu=True),
    }
    placed = list(enemy.world.orders.placed)

    assert amiss(enemy, bodies, user, "Only admins whom this workspace names for service accounts") == {}
    assert enemy.world.orders.placed == placed
    assert enemy.world.services.approvals.find(Subject.SERVICE_ACCOUNT, own.draft) is None


def test_an_access_that_there_is_not_is_none(enemy: Hostile) -> None:
    """A right that no server knows opens nothing else than the login's own mailbox."""
    own = given(enemy.world, COLLEAGUE)
    blocks = {f"{name}0" if name.endswith("_") else name: value for name, value in {**TYPED, **SERVICE}.items()}
    blocks[Block.DESTINATION_ACCESS] = {"v": {"selected_option": {"value": "god mode"}}}
    enemy.sends(COLLEAGUE, hostile.submitted(COLLEAGUE, hostile.view(View.FORM, own.draft, blocks)))

    draft = enemy.world.services.drafts.load(own.draft)
    assert draft is not None
    assert draft.fields.destination_access == "own"


def test_of_many_decisions_at_once_one_counts(enemy: Hostile, owned: Owned) -> None:
    """Two admins press both buttons again and again in the same moment: one is done, and the rest come too late."""
    services, boss = enemy.world.services, enemy.world.services.people.look(BOSS)
    enemy.world.slack.change_user("colleague", is_admin=True)
    enemy.world.forget_people()
    other = services.people.look(COLLEAGUE)

    def decides(number: int) -> str:
        do, person = (approving.approve, approving.deny)[number % 2], (boss, other)[number // 2 % 2]
        try:
            return do(services, person, Subject.ROLLBACK, owned.asked).decision
        except NoLongerError:
            return ""

    with ThreadPoolExecutor(8) as people:
        came = [each for each in people.map(decides, range(16)) if each]
    enemy.world.slack.change_user("colleague", is_admin=False)

    assert len(came) == 1
    assert came == [found(enemy, owned).decision]
    assert rollbacks(enemy, owned) == (came == [Decision.APPROVED])


# What was approved is bound to it


@pytest.fixture
def approved(enemy: Hostile) -> Iterator[tuple[str, dict[str, Any]]]:
    """A named admin's form with a service account, which another one has approved; and what was typed into it."""
    world = enemy.world
    world.services.policies.change(TEAM, lambda _now: Policy(service_accounts=(ADMIN, BOSS)))
    own = given(world, ADMIN)
    blocks = {f"{name}0" if name.endswith("_") else name: value for name, value in {**TYPED, **SERVICE}.items()}
    enemy.post(hostile.submitted(ADMIN, hostile.view(View.FORM, own.draft, blocks)))
    draft = world.services.drafts.load(own.draft)
    assert draft is not None
    ticked = {"v": {"selected_options": [{"value": openings.mark(draft.asks_about)}]}}
    blocks = {
        (f"{name[:-1]}{draft.edition}" if name.endswith("_0") else name): value for name, value in blocks.items()
    } | {f"{Block.SOMEBODY_ELSES}{draft.edition}": ticked}
    enemy.post(hostile.submitted(ADMIN, hostile.view(View.FORM, own.draft, blocks)))
    yield own.draft, blocks
    world.work("tell_approvers")


def request_of(enemy: Hostile, draft_id: str) -> Approval:
    approval = enemy.world.services.approvals.find(Subject.SERVICE_ACCOUNT, draft_id)
    assert approval is not None
    return approval


def test_a_service_account_is_approved_by_another_named_admin_alone(
    enemy: Hostile, approved: tuple[str, dict[str, Any]]
) -> None:
    """Not by whoever asks, by an admin who is not named, a plain member, or who is no admin any more."""
    draft_id, _ = approved
    request, world = request_of(enemy, draft_id), enemy.world
    value = f"{request.key}:{request.edition}"
    world.slack.change_user("colleague", is_admin=True)
    world.forget_people()
    wrong = {user: decided(enemy, user, value) for user in (ADMIN, COLLEAGUE, OWNER)}
    world.slack.change_user("colleague", is_admin=False)
    world.slack.change_user("boss", is_admin=False)
    world.forget_people()
    wrong |= {BOSS: decided(enemy, BOSS, value)}
    world.slack.change_user("boss", is_admin=True)
    world.forget_people()

    assert request.is_waiting
    assert {user: (came.nothing, came.refused) for user, came in wrong.items()} == {
        user: (True, [user]) for user in wrong
    }
    assert checks(enemy, draft_id) == 0
    decided(enemy, BOSS, value)
    assert checks(enemy, draft_id) == 1


CHANGED: tuple[dict[Block, Any], ...] = (
    {}, {Block.DESTINATION_MAILBOX: "another@example.org"}, {Block.DESTINATION_LOGIN: "other@example.org"},
    {Block.SOURCE_SERVER: "imap.evil.example"}, {Block.SOURCE_LOGIN: "another@example.net"},
    {Block.DESTINATION_ACCESS: {"v": {"selected_option": {"value": "full access"}}}},
)


@pytest.mark.parametrize("changed", CHANGED, ids=str)
def test_what_was_approved_is_nothing_else(
    enemy: Hostile, approved: tuple[str, dict[str, Any]], changed: dict[Block, Any]
) -> None:
    """A form that names another mailbox, server, login or right afterwards is not checked, but to be approved anew."""
    (draft_id, blocks), drafts = approved, enemy.world.services.drafts
    request = request_of(enemy, draft_id)
    decided(enemy, BOSS, f"{request.key}:{request.edition}")
    drafts.change(draft_id, lambda now: replace(now, state=DraftState.OPEN, verdict=None))

    enemy.post(hostile.submitted(ADMIN, hostile.view(View.FORM, draft_id, {**blocks, **changed})))

    after = drafts.load(draft_id)
    assert after is not None
    assert (after.state is DraftState.CHECKING) == (not changed)
    assert checks(enemy, draft_id) == (1 if changed else 2)


def checks(enemy: Hostile, draft_id: str) -> int:
    """How often a check of that form was ordered."""
    return [order[:2] for order in enemy.world.orders.placed].count(("check", draft_id))
