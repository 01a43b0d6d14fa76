"""Who may do what: every function that people's acts come to, called directly by each kind of person."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import MappingProxyType, SimpleNamespace
from typing import Any

import fakeredis
import pytest

import wiring
from bot import (
    admin,
    following,
    forgetting,
    looking,
    overseeing,
    pausing_all,
    rolling_back,
    starting,
    steering,
    switching_on,
    waiting,
)
from bot.approvals import approving
from bot.following import Following
from bot.pages import private_page
from bot.people import Person
from bot.permissions import NotAllowedError, Operator
from bot.services import Services
from bot.stored.approvals import LASTS, Approval, Subject
from bot.stored.audit_entries import Result
from bot.stored.deletions import Agreed
from bot.stored.drafts import KEPT, DraftState, Fields, Waits
from bot.stored.lists import Wanted
from bot.stored.one_time import For
from bot.stored.policies import Policy
from bot.stored.threads import Act, Thread
from engine.errors import Cause, InputError, Side
from engine.migration.back import Expected
from engine.migration.content import Content
from engine.migration.record import Attention, Counts, LeftOff, State, Step
from engine.pace.halt import Halt
from engine.store.vault import Secret
from tests.servers.slack.signed_world import services_on
from tests.servers.slack.workspace import CHANNEL, TEAM
from tests.unit.life.world import NOW, Life

MODULES = (
    starting, steering, rolling_back, switching_on, forgetting, following, looking, admin, approving, overseeing,
    pausing_all, private_page, waiting,
)
ELSEWHERE = "T0ELSEWHER"

# Whoever starts a migration owns it, so there is one person for both.
OWNER = Person("U0OWNER001", TEAM, (TEAM,))
PEOPLE: Mapping[str, Person] = MappingProxyType({
    "owner": OWNER,
    "admin": Person("U0ADMIN001", TEAM, (TEAM,), is_admin=True),
    "follower": Person("U0FOLLOW01", TEAM, (TEAM,)),
    "colleague": Person("U0COLLEAG1", TEAM, (TEAM,)),
    "owner who is a guest now": replace(OWNER, is_guest=True),
    "owner who has left": replace(OWNER, deleted=True),
    "owner in another workspace": replace(OWNER, team=ELSEWHERE, teams=(ELSEWHERE,)),
    "admin who is a guest": Person("U0ADMIN002", TEAM, (TEAM,), is_admin=True, is_guest=True),
    "admin of another workspace": Person("U0BOSS0001", ELSEWHERE, (ELSEWHERE,), is_admin=True),
    "app": Person("U0APP00001", TEAM, (TEAM,), is_bot=True),
    "stranger": Person("U0STRANGER", ELSEWHERE, (ELSEWHERE,)),
})
STEERS = frozenset({"owner", "admin"})
SEES = STEERS | {"follower"}
MEMBERS = SEES | {"colleague"}

ACCOUNTS = {Side.SOURCE: ("imap", "", ""), Side.DESTINATION: ("", "", "")}
TYPED = {Side.SOURCE: Secret("one"), Side.DESTINATION: Secret("two")}
COPIED = {"started": NOW, "ended": NOW, "steps": {Content.MAIL: Step(Counts(found=9, copied=8, failed=1), NOW, NOW)}}
ENDED = {"started": NOW, "ended": NOW}
PAUSED = {"started": NOW}
NOTHING_FOUND = Attention("Nothing is there.", Cause.NOTHING_FOUND, Side.DESTINATION)


def with_page(services: Services) -> Services:
    """The same services, of an OMM that has pages."""
    return replace(services, public_url="https://omm.example.org")


class Unasked:
    """Slack, which nobody asks."""

    def __getattr__(self, name: str) -> Any:
        pytest.fail(f"Slack was asked: {name}")


@dataclass(frozen=True)
class Doing:
    """One thing that people can do: to a task in `state`, or to a form. `may` are those who can."""

    do: Callable[[Services, Person, str], object]
    may: Collection[str]
    state: State | DraftState = State.WAITING
    changes: Mapping[str, Any] = field(default_factory=dict)
    before: Callable[[Services, str], object] = lambda _services, _about: None


def asked(services: Services, task_id: str) -> object:
    """The owner has asked a second person to allow the rollback."""
    what = {"items": 8, "kept": 0, "discard": False}
    request = Approval(Subject.ROLLBACK, task_id, TEAM, OWNER.id, NOW, NOW + LASTS, what)
    return services.approvals.change(Subject.ROLLBACK, task_id, lambda _before: request)


def approval_asked(services: Services, draft_id: str) -> object:
    """Another admin is asked about the owner's form."""
    request = Approval(Subject.SERVICE_ACCOUNT, draft_id, TEAM, OWNER.id, NOW, NOW + LASTS)
    return services.approvals.change(Subject.SERVICE_ACCOUNT, draft_id, lambda _before: request)


def unknown(services: Services) -> Services:
    """The same, where nobody has listed the admins yet."""
    return replace(services, people=SimpleNamespace(known_admins=lambda: None))     # type: ignore[arg-type]  # no more


def knowing_the_owner(services: Services) -> Services:
    """The same, where Slack says who has asked: the task's owner."""
    return replace(services, people=SimpleNamespace(look={OWNER.id: OWNER}.__getitem__))    # type: ignore[arg-type]  # no more


def paused(services: Services, _task: str) -> object:
    """An admin has paused everybody's migrations."""
    return services.policies.change(services.team, lambda policy: replace(policy, is_paused=True))


OF_ALL = frozenset({"pause_all", "let_all_go_on"})      # what is done to everybody's migrations, and to none by name


DOINGS: Mapping[str, Doing] = MappingProxyType({
    "pause": Doing(steering.pause, STEERS),
    "check_cancel": Doing(steering.check_cancel, STEERS),
    "cancel": Doing(steering.cancel, STEERS),
    "stop": Doing(steering.stop, STEERS),
    "resume": Doing(steering.resume, STEERS, State.PAUSED, PAUSED),
    "copy_again": Doing(
        steering.copy_again, STEERS, State.NEEDS_ATTENTION, {"started": NOW, "attention": NOTHING_FOUND}
    ),
    "retry": Doing(steering.retry, STEERS, State.COMPLETED, COPIED),
    "go_on": Doing(lambda *who: steering.go_on(*who, TYPED), STEERS, State.PAUSED, PAUSED),
    "begin_retry": Doing(lambda *who: steering.begin_retry(*who, TYPED), STEERS, State.COMPLETED, COPIED),
    "check_dialog": Doing(rolling_back.check_dialog, STEERS, State.COMPLETED, COPIED),
    "ask": Doing(
        lambda services, person, task_id: approving.ask(
            unknown(services), person, Subject.ROLLBACK, task_id, {"items": 8, "kept": 0, "discard": False}
        ),
        STEERS, State.COMPLETED, COPIED,
    ),
    "approve": Doing(
        lambda services, person, task_id: approving.approve(
            knowing_the_owner(services), person, Subject.ROLLBACK, task_id
        ),
        {"admin"}, State.COMPLETED, COPIED, asked,
    ),
    "deny": Doing(
        lambda services, person, task_id: approving.deny(services, person, Subject.ROLLBACK, task_id), {"admin"},
        State.COMPLETED, COPIED, asked,
    ),
    "withdraw": Doing(
        lambda services, person, task_id: approving.withdraw(services, person, Subject.ROLLBACK, task_id), {"owner"},
        State.COMPLETED, COPIED, asked,
    ),
    "check_rollback": Doing(rolling_back.check_rollback, STEERS, State.COMPLETED, COPIED),
    "count": Doing(lambda *who: rolling_back.count(*who, "V1"), STEERS, State.COMPLETED, COPIED),
    "give_access": Doing(
        lambda *who: rolling_back.give_access(*who, TYPED, login="new"), STEERS, State.COMPLETED, COPIED
    ),
    "roll_back": Doing(lambda *who: rolling_back.roll_back(*who, Expected(8, 0)), STEERS, State.COMPLETED, COPIED),
    "roll_back_here": Doing(
        lambda *who: rolling_back.roll_back_here(
            *who, Expected(0, 0), discard=False, agreed=NOW, halt=Halt(), hook=lambda _event: None
        ),
        STEERS, State.COMPLETED, ENDED,
    ),
    "switch_on": Doing(switching_on.switch_on, STEERS, State.COMPLETED, {**COPIED, "left_off": LeftOff()}),
    "check_forget": Doing(forgetting.check_forget, STEERS, State.COMPLETED, COPIED),
    "forget": Doing(forgetting.forget, STEERS, State.COMPLETED, COPIED),
    "forget_here": Doing(forgetting.forget_here, STEERS, State.COMPLETED, COPIED),
    "report": Doing(looking.report, STEERS, State.COMPLETED, COPIED),
    "page": Doing(looking.page, STEERS, State.COMPLETED, COPIED),
    "status": Doing(looking.status, SEES),
    "read_audit": Doing(admin.read_audit, {"admin"}),
    "audit_file": Doing(admin.audit_file, {"admin"}),
    "everybodys": Doing(lambda services, person, _task: overseeing.everybodys(services, person, Wanted()), {"admin"}),
    "working": Doing(lambda services, person, _task: overseeing.working(services, person), {"admin"}),
    "pause_all": Doing(lambda services, person, _task: pausing_all.pause_all(services, person), {"admin"}),
    "let_all_go_on": Doing(
        lambda services, person, _task: pausing_all.let_all_go_on(services, person), {"admin"}, before=paused
    ),
    "settings": Doing(lambda services, person, _task: admin.settings(services, person), {"admin"}),
    "change_settings": Doing(
        lambda services, person, _task: admin.change_settings(services, person, Policy().digest, Policy(most=3)),
        {"admin"},
    ),
    "own": Doing(lambda services, person, _task: looking.own(services, person), MEMBERS),
    "newest": Doing(lambda services, person, _task: looking.newest(services, person, 20), MEMBERS),
    "own_data": Doing(lambda services, person, _task: forgetting.own_data(services, person), MEMBERS),
    "delete_data": Doing(
        lambda services, person, _task: forgetting.delete_data(services, person, Agreed(NOW.timestamp())), MEMBERS
    ),
    "follow": Doing(following.follow, MEMBERS),
    "follows": Doing(following.follows, MEMBERS),
    "prove": Doing(lambda *who: following.prove(*who, "old"), MEMBERS),
    "new_form": Doing(lambda services, person, _: starting.new_form(services, person, CHANNEL), MEMBERS),
    "own_form": Doing(starting.own_form, {"owner"}, DraftState.OPEN),
    "continue_form": Doing(starting.continue_form, {"owner"}, DraftState.CLOSED),
    "form_is_open": Doing(lambda *who: starting.form_is_open(*who, "V1"), {"owner"}, DraftState.OPEN),
    "change_form": Doing(
        lambda *who: starting.change_form(*who, lambda draft: replace(draft, edition=draft.edition + 1), TYPED),
        {"owner"}, DraftState.OPEN,
    ),
    "check_first": Doing(
        lambda *who: starting.check_first(*who, Fields(source_login="old"), TYPED, view_id="V1"), {"owner"},
        DraftState.OPEN,
    ),
    "wait_for_passwords": Doing(
        lambda *who: waiting.wait_for_passwords(*who, Fields(source_login="old"), {}, view_id="V1"), {"owner"},
        DraftState.OPEN,
    ),
    "keep_from_page": Doing(
        lambda *who: waiting.keep_from_page(*who, ACCOUNTS, TYPED), {"owner"}, DraftState.OPEN,
    ),
    "passwords_came": Doing(
        lambda *who: waiting.passwords_came(*who, Waits.START), {"owner"}, DraftState.OPEN,
    ),
    "ask_in_form": Doing(
        lambda services, *who: private_page.ask_in_form(
            with_page(services), *who, Fields(source_login="old"), {}, view_id="V1"
        ), {"owner"}, DraftState.OPEN,
    ),
    "link_to_form": Doing(
        lambda services, *who: private_page.link_to_form(with_page(services), *who), {"owner"}, DraftState.OPEN
    ),
    "link_to_task": Doing(
        lambda services, *who: private_page.link_to_task(
            with_page(services), *who, "resume", [Side.SOURCE], view_id="V1"
        ), STEERS, State.PAUSED, PAUSED,
    ),
    "check_form": Doing(
        lambda *who: starting.check_form(*who, Fields(source_login="old")), {"owner"}, DraftState.OPEN
    ),
    "check_press": Doing(private_page.check_press, {"owner"}, DraftState.OPEN),
    "take_back": Doing(starting.take_back, {"owner"}, DraftState.APPROVAL, before=approval_asked),
    "send_form": Doing(
        lambda *who: starting.send_form(*who, Fields(source_login="old"), TYPED, view_id="V1"), {"owner"},
        DraftState.OPEN,
    ),
})
# Asks nobody who they are; for jobs; change nothing; for those above, which have asked.
NO_PERSON = {
    "close_form", "check_no_rollback", "is_asked", "is_needed", "check_not_asked", "named", "begin", "decide",
    "count_try", "has_signed_in", "changed", "check_policy",
}
BY_LINK = {"look", "use", "go_on_again", "came_of", "refuse"}       # for whose link it is


@pytest.fixture
def life(tmp_path: Path) -> Life:
    return Life(fakeredis.FakeServer(), tmp_path)


@pytest.fixture
def services(life: Life) -> Services:
    real = services_on(wiring.Doors(life.engine, life.redis, ""))
    return replace(real, slack=Unasked(), people=Unasked())     # type: ignore[arg-type]  # neither is asked


def begun(life: Life, services: Services, doing: Doing) -> str:
    """The owner's task or form, and its ID."""
    if isinstance(doing.state, DraftState):
        draft, state = services.drafts.new(team=TEAM, owner=OWNER.id, channel=CHANNEL), doing.state
        services.drafts.change(draft.id, lambda now: replace(now, state=state))
        doing.before(services, draft.id)
        return draft.id
    task_id = life.put(doing.state, **doing.changes)
    services.threads.open(Thread(task_id, TEAM, OWNER.id, CHANNEL))
    services.threads.press(task_id, PEOPLE["follower"].id, Act.FOLLOW)
    doing.before(services, task_id)
    return task_id


def stored(life: Life) -> dict[bytes, bytes]:
    """Everything that is in the store but the audit."""
    return {key: life.redis.dump(key) for key in life.redis.keys("*") if not key.startswith(b"omm:audit:")}


def refusals(services: Services) -> list[tuple[str, str]]:
    """Who was refused something, and the task or form, in the audit of the workspace, newest first."""
    found = [placed.entry for placed in services.trail.audit.entries(TEAM)]
    return [(entry.who, entry.task) for entry in found if entry is not None and entry.result == Result.REFUSED]


@pytest.mark.parametrize("name", DOINGS)
def test_each_act_is_for_those_who_may_and_leaves_no_trace_of_others(
    life: Life, services: Services, name: str
) -> None:
    """Whoever may do it gets it done. All others are told that they may not, and of them the audit alone knows."""
    doing, allowed = DOINGS[name], set()
    about, before = begun(life, services, doing), stored(life)
    for who, person in PEOPLE.items():
        refused = refusals(services)
        try:
            doing.do(services, person, about)
        except NotAllowedError:
            assert stored(life) == before, who
            assert refusals(services) in ([(person.id, about), *refused], [(person.id, ""), *refused]), who
        else:       # whoever comes next finds another one
            allowed.add(who)
            about, before = begun(life, services, doing), stored(life)

    assert allowed == set(doing.may)


def test_no_act_is_missing_in_the_table() -> None:
    """A function that people's acts may come to has a row above, or takes no person."""
    found = {
        name for module in MODULES for name, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and not name.startswith("_")
        and "services" in inspect.signature(function).parameters
    }

    assert found - NO_PERSON - BY_LINK == set(DOINGS)


@pytest.mark.parametrize("of", [For.FORM, For.TASK])
def test_a_private_page_is_for_whoever_asked_for_it(life: Life, services: Services, of: For) -> None:
    """Their own link can be looked at, used and looked after; everybody else's attempt is refused, and uses nothing."""
    do: Mapping[str, Callable[[Person, str], object]] = {
        "look": lambda person, token: private_page.look(services, person, token),
        "go_on_again": lambda person, token: private_page.go_on_again(services, person, token),
        "came_of": lambda person, token: private_page.came_of(services, person, token),
        "use": lambda person, token: private_page.use(
            services, person, token, TYPED, private_page.look(services, OWNER, token).shown
        ),
    }
    assert {*do, "refuse"} == BY_LINK
    about = begun(life, services, DOINGS["own_form" if of is For.FORM else "resume"])
    token = services.one_time.new(
        of, about, team=TEAM, person=OWNER.id, then="" if of is For.FORM else "resume", sides=tuple(Side)
    )

    for who, person in PEOPLE.items():
        for name in do if who != "owner" else ():
            with pytest.raises(NotAllowedError):
                do[name](person, token)
            assert refusals(services)[0] in ((person.id, about), (person.id, "")), (who, name)
    do["use"](OWNER, token)

    assert services.engine.vault.get(about, Side.SOURCE) == "one"
    with pytest.raises(NotAllowedError, match="used before"):
        do["look"](OWNER, token)


ON_TASKS = [name for name, doing in DOINGS.items() if set(doing.may) == STEERS]


@pytest.mark.parametrize("name", ON_TASKS)
def test_a_task_of_the_terminal_is_for_admins_alone(life: Life, services: Services, name: str) -> None:
    """Nobody else learns anything of it: its owner is refused in the words that an unknown ID gets."""
    doing = DOINGS[name]
    task_id = life.put(doing.state, **doing.changes)      # type: ignore[arg-type]  # of a task, not of a form

    refused = {who: refusal(doing, services, person, task_id) for who, person in PEOPLE.items() if who != "admin"}
    assert None not in refused.values()
    assert refused["owner"] == refusal(doing, services, OWNER, "0000-0000")
    doing.do(services, PEOPLE["admin"], task_id)
    with pytest.raises(InputError):
        doing.do(services, PEOPLE["admin"], "0000-0000")


def of_the_operator() -> list[str]:
    """What the operator can do as well: each act that says so, and names who does it."""
    found = {name: function for module in MODULES for name, function in inspect.getmembers(module, inspect.isfunction)}
    asked = {name: inspect.signature(found[name]).parameters["person"] for name in DOINGS}
    return [name for name, person in asked.items() if person.annotation == "Actor"]


@pytest.mark.parametrize("name", sorted(set(of_the_operator()) - OF_ALL))
@pytest.mark.parametrize("team", [TEAM, ELSEWHERE, None])
def test_the_operator_steers_the_tasks_of_every_workspace(
    life: Life, services: Services, name: str, team: str | None
) -> None:
    """And those of the terminal. They are told what does not apply in the words of the table, as of no such task."""
    doing = DOINGS[name]
    task_id = life.put(doing.state, **doing.changes)      # type: ignore[arg-type]  # of a task, not of a form
    if team is not None:
        services.threads.open(Thread(task_id, team, OWNER.id, CHANNEL))

    doing.do(services, Operator(), task_id)     # type: ignore[arg-type]  # whoever does it

    with pytest.raises(InputError, match="no migration"):
        doing.do(services, Operator(), "0000-0000")     # type: ignore[arg-type]  # as above


def test_the_operator_can_do_what_the_terminal_offers() -> None:
    """Pausing, ending, going on and back, and forgetting."""
    assert set(of_the_operator()) == {
        "pause", "check_cancel", "cancel", "stop", "go_on", "begin_retry", "check_rollback", "give_access",
        "roll_back_here", "check_forget", "forget_here", *OF_ALL,
    }


def refusal(doing: Doing, services: Services, person: Person, about: str) -> str | None:
    """What somebody is told who may not do that; None: they may."""
    try:
        doing.do(services, person, about)
    except NotAllowedError as error:
        return str(error)
    return None


@pytest.mark.parametrize("name", [*ON_TASKS, "status"])
def test_a_task_of_another_workspace_is_not_for_our_admins(life: Life, services: Services, name: str) -> None:
    """Two workspaces may keep their tasks in one store."""
    task_id = life.put(DOINGS[name].state, **DOINGS[name].changes)      # type: ignore[arg-type]  # as above
    services.threads.open(Thread(task_id, ELSEWHERE, OWNER.id, CHANNEL))

    assert refusal(DOINGS[name], services, PEOPLE["admin"], task_id) is not None


def test_who_does_not_steer_a_task_follows_it_by_its_login_alone(life: Life, services: Services) -> None:
    """Its owner and an admin of its workspace need none; a task of another workspace is nothing to our admin either."""
    ours, theirs = begun(life, services, DOINGS["follow"]), life.put(State.WAITING)
    services.threads.open(Thread(theirs, ELSEWHERE, "U0BOSS0001", CHANNEL))

    came = {who: following.follow(services, PEOPLE[who], ours) for who in ("owner", "admin", "colleague")}
    assert came == {"owner": Following.NOW, "admin": Following.NOW, "colleague": Following.LOGIN_NEEDED}
    assert following.prove(services, PEOPLE["colleague"], ours, "another") is Following.WRONG
    assert following.follow(services, PEOPLE["admin"], theirs) is Following.LOGIN_NEEDED


def test_a_form_is_closed_by_its_owner_alone(services: Services) -> None:
    """Another person's closing leaves the form and its password as they are; its owner's takes both away."""
    draft = services.drafts.new(team=TEAM, owner=OWNER.id, channel=CHANNEL)
    starting.form_is_open(services, OWNER, draft.id, "V1")
    services.engine.vault.put(draft.id, Side.SOURCE, "one", expires=NOW + KEPT)

    starting.close_form(services, PEOPLE["admin"].id, draft.id, "V1")
    kept = services.engine.vault.has(draft.id, Side.SOURCE)
    starting.close_form(services, OWNER.id, draft.id, "V1")

    assert kept
    assert not services.engine.vault.has(draft.id, Side.SOURCE)
