"""A workspace in which many people do everything that the audit knows of, each act kept as it was done."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any, NamedTuple, cast

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
)
from bot.approvals import approving
from bot.buttons import NoLongerError
from bot.consent import consents
from bot.following import Following
from bot.ids import Action
from bot.pages import private_page
from bot.people import People, Person
from bot.permissions import NotAllowedError, Operator
from bot.services import Services, Try
from bot.steering import ConsentNeeded, PasswordsNeeded
from bot.stored.approvals import Approval, Subject
from bot.stored.audit_entries import Result, Surface, What
from bot.stored.deletions import Agreed
from bot.stored.drafts import Fields
from bot.stored.lists import Wanted
from bot.stored.orders import Kind
from bot.stored.policies import Passwords, Policy, Who
from bot.work import approvals, beside
from engine.contents import contents
from engine.errors import Cause, FatalError, InputError, OmmError, Side
from engine.items.run import Run
from engine.migration.account import Access
from engine.migration.back import Expected
from engine.migration.content import Content
from engine.migration.record import Counts, LeftOff, State
from engine.pace.halt import Halt
from engine.store.key_file import SETTING
from engine.store.vault import Secret
from jobs import Queues, WorkerContext, carry_out
from terminal.output import Output
from terminal.pausing_all import Holding
from terminal.rotating import run_rotate_key
from terminal.session import Session, tasks_of
from tests.servers.consent.asked import AskedConsent
from tests.servers.slack.signed_world import services_on
from tests.servers.slack.workspace import TEAM
from tests.servers.terminal_session import OnEngine
from tests.unit.life.world import KEY, Life, Walked, copied
from tests.unit.listeners.door import Screen, WebDoor, pressed

ELSEWHERE = "T0ELSEWHER"
OLD_KEY = "b2xkLW9sZC1vbGQtb2xkLW9sZC1vbGQtb2xkLW9sZCE="
ANN, BEN = Person("U0ANN00001", TEAM, (TEAM,)), Person("U0BEN00001", TEAM, (TEAM,))
ADMIN = Person("U0ADMIN001", TEAM, (TEAM,), is_admin=True)
SECOND = Person("U0ADMIN002", TEAM, (TEAM,), is_admin=True)
GUEST = Person("U0GUEST001", TEAM, (TEAM,), is_guest=True)
STRANGER = Person("U0BOSS0001", ELSEWHERE, (ELSEWHERE,), is_admin=True)
PEOPLE = (ANN, BEN, ADMIN, SECOND, GUEST)
ANYBODY = (ANN, BEN, *3 * (ADMIN,), *2 * (SECOND,), GUEST, STRANGER)
FIELDS = Fields(
    source_server="imap.example.net", source_login="old", offer="exchange", destination_server="ex.example.org",
    destination_login="new",
)
BY_SERVICE = replace(
    FIELDS, source_kind="exchange", source_login="service", source_access=Access.FULL_ACCESS,
    source_mailbox="a@b.example", source_server="old.example.net", destination_login="service",
    destination_access=Access.IMPERSONATION, destination_mailbox="a@b.example",
)
IN_MAILBOXES = (Kind.LOOK, Kind.COUNT, Kind.SWITCH_ON)      # orders that need more of a mailbox than there is here
TYPED = {Side.SOURCE: Secret("one"), Side.DESTINATION: Secret("two")}
SURFACES = (Surface.CARD, Surface.DIALOG, Surface.COMMAND)
ONLY_REFUSED = frozenset({
    What.FORM, What.LIST, What.STATUS, What.REPORT, What.AUDIT, What.EVERYBODY, What.WORKERS,
})      # what only looks: where it is allowed, nobody has to read of it

SECOND_PERSON = "a second person approves rollbacks"
# What a setting is called in the audit, its field, and what may stand there: the words, and the value. The first is
# what holds without one.
SETTINGS: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
    ("who may migrate", "who", {"everyone": Who.EVERYONE, "admins only": Who.ADMINS}),
    ("where passwords are typed", "passwords", {
        "in forms in Slack": Passwords.FORM, "only on the private page": Passwords.PAGE,
    }),
    (SECOND_PERSON, "second_person", {"no": False, "yes": True}),
    ("migrations are kept", "retention_days", {"as the operator has set": None, "90 days": 90}),
    ("migrations at work at once", "most", {"no limit": None, "1,000": 1000}),
    ("the owner of such a mailbox is told", "tells_owner", {"yes": True, "no": False}),
    ("source servers", "source_hosts", {"any": (), "*.example.net": ("*.example.net",)}),
    ("admins who may use service accounts", "service_accounts", {
        "none": (), f"<@{ADMIN.id}>, <@{SECOND.id}>": (ADMIN.id, SECOND.id),
    }),
)

Doing = Callable[[Any, Any, str], object]
Act = tuple[What, Doing]
IN_SLACK: tuple[Act, ...] = (
    (What.PAUSE, steering.pause),
    (What.CANCEL, steering.cancel),
    (What.STOP, steering.stop),
    (What.RESUME, lambda *who: steering.resume(*who, typed=TYPED)),
    (What.RESUME, steering.resume),
    (What.COPY_AGAIN, steering.copy_again),
    (What.RETRY, lambda *who: steering.retry(*who, typed=TYPED)),
    (What.RETRY, steering.retry),
    (What.ACCESS, lambda *who: rolling_back.give_access(*who, TYPED)),
    (What.FOLLOW, following.follow),
    (What.FOLLOW, lambda *who: following.prove(*who, "old")),
    (What.FOLLOW, lambda *who: following.prove(*who, "another")),
    (What.FORGET, forgetting.forget),
    (What.SWITCH_ON, switching_on.switch_on),
    (What.STATUS, looking.status),
    (What.REPORT, looking.report),
    (What.AUDIT_FILE, admin.audit_file),
)
AT_THE_TERMINAL: tuple[Act, ...] = (
    (What.PAUSE, steering.pause),
    (What.CANCEL, steering.cancel),
    (What.STOP, steering.stop),
    (What.RESUME, lambda *who: steering.go_on(*who, TYPED)),
    (What.RETRY, lambda *who: steering.begin_retry(*who, TYPED)),
    (What.FORGET, forgetting.forget_here),
)
OF_NO_TASK: tuple[tuple[What, Callable[[Any, Any], object]], ...] = (
    (What.FORM, lambda at, who: starting.new_form(at, who, "")),
    (What.LIST, looking.own),
    (What.EVERYBODY, lambda at, who: overseeing.everybodys(at, who, Wanted())),
    (What.WORKERS, overseeing.working),
    (What.AUDIT, admin.read_audit),
    (What.AUDIT_FILE, admin.audit_file),
    (What.PAUSE_ALL, pausing_all.pause_all),
    *3 * ((What.GO_ON, pausing_all.let_all_go_on),),
)


class Did(NamedTuple):
    """Who has done what, when, from where, about which task, and with which result."""

    at: datetime
    who: str
    surface: str
    what: str
    task: str
    result: str


class Changed(NamedTuple):
    """A setting that somebody has changed in a workspace, from what to what."""

    at: datetime
    who: str
    name: str
    before: str
    after: str


class Directory(Screen):
    """Slack, which says who everybody is."""

    def api_call(self, api_method: str, **given: Any) -> Any:
        """As the library's."""
        if api_method == "users.info":
            return {"ok": True, "user": next(user(each) for each in PEOPLE if each.id == given["params"]["user"])}
        if api_method == "users.list":
            return SimpleNamespace(data={"ok": True, "members": [user(each) for each in PEOPLE]})
        return super().api_call(api_method, **given)


def user(person: Person) -> dict[str, Any]:
    return {"id": person.id, "team_id": TEAM, "is_admin": person.is_admin, "is_restricted": person.is_guest}


def came_to(do: Callable[[], object]) -> Result | None:
    """What whoever does it is told; None: to do something else first."""
    try:
        came = do()
    except (NotAllowedError, NoLongerError, InputError):
        return Result.REFUSED
    except OmmError:
        return Result.FAILED
    if came is Following.LOGIN_NEEDED or isinstance(came, PasswordsNeeded | ConsentNeeded):
        return None
    return Result.REFUSED if came in (Following.WRONG, Following.TOO_MANY) else Result.DONE


@dataclass
class Known:
    """What was done, kept beside it. `settings` are those of each workspace by name, in words."""

    acts: list[Did] = field(default_factory=list)
    changes: dict[str, list[Changed]] = field(default_factory=lambda: {TEAM: [], ELSEWHERE: []})
    settings: dict[str, dict[str, str]] = field(default_factory=lambda: {
        team: {name: next(iter(values)) for name, _field, values in SETTINGS} for team in (TEAM, ELSEWHERE)
    })
    holds: dict[str, tuple[str, datetime] | None] = field(default_factory=lambda: {TEAM: None, ELSEWHERE: None})


@dataclass
class House:
    """A workspace at work, with a terminal beside it and a second workspace on the same store.

    `asked` are what a second person may be asked about, `links` those to private pages: token, owner, form.
    """

    life: Life
    chance: random.Random
    known: Known = field(default_factory=Known)
    tasks: list[str] = field(default_factory=list)
    asked: list[tuple[Subject, str, Person]] = field(default_factory=list)
    links: list[tuple[str, Person, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        ways = contents(*(Walked(content, self._copied) for content in Content))
        engine = replace(self.life.engine, contents=ways)
        self.life.engine = engine.with_hooks(beside.recording(self.life.redis, self.life.clock))
        self.door = WebDoor(self.life, Directory())
        people = People(self.life.redis, self.door.screen, team=TEAM)
        self.services = replace(
            self.door.services, people=people, public_url="https://omm.example.org", consenting=AskedConsent(),
        )
        self.opened = wiring.Doors(self.life.engine, self.life.redis, "")
        self.elsewhere = services_on(self.opened, team=ELSEWHERE)
        self.terminal = tasks_of(self.opened)
        self.worker = WorkerContext(self.services, self.door.orders, Queues(self.life.redis))
        for name in (*(name for name, *_ in SETTINGS), *(name for name, *_ in SETTINGS[:2])):      # those narrow it
            self.life.clock.move(seconds=1)
            self._changes_a_setting(ADMIN, name)
        for what in (What.PAUSE_ALL, What.GO_ON):
            self.life.clock.move(seconds=1)
            self._holds_up(what)

    def _copied(self, given: Run) -> Counts:
        """Now and then nothing of what was copied earlier is there any more."""
        if self.chance.random() < 0.3:
            raise FatalError("Nothing is there any more.", cause=Cause.NOTHING_FOUND, side=Side.DESTINATION)
        return copied(given)

    def goes_on(self, most: int, wanted: frozenset[tuple[What, Result]]) -> None:
        """So many acts, and more until everything `wanted` has occurred, at most four times as many."""
        while len(self.known.acts) < most or (wanted - self.had and len(self.known.acts) < 4 * most):
            self.somebody_acts()
            if self.chance.random() < 0.3:
                self.workers_work()

    @property
    def had(self) -> set[tuple[What, Result]]:
        """What was done and what was refused."""
        return {(What(act.what), Result(act.result)) for act in self.known.acts}

    # Who acts

    def somebody_acts(self) -> None:
        """One act of somebody, on a task of anybody, or on none that there is."""
        self.life.clock.move(seconds=self.chance.choice((1, 40, 5000)))
        (do,) = self.chance.choices(
            [self._on_a_task, self._of_no_task, self._sends_a_form, self._decides, self._at_the_terminal,
             self._at_the_page, self._asks_for_a_rollback, self._settles, self._deletes, self._sends_rubbish],
            [40, 13, 14, 15, 10, 8, 10, 4, 1, 1],
        )
        if self.tasks:
            do()
        else:
            self._sends_a_form()

    def _a_task(self) -> str:
        return self.chance.choice([*self.tasks, *8 * self.tasks[-4:], "0000-0000"])

    def _on_a_task(self) -> None:
        what, do = self.chance.choice(IN_SLACK)
        person, task_id = self.chance.choice(ANYBODY), self._a_task()
        if what is What.SWITCH_ON:
            self._left_off(task_id)
        if what is What.COPY_AGAIN:
            task_id = next((one.task_id for one in self.life.engine.store.all() if one.attention), task_id)
        if what is not What.FORGET or self.chance.random() < 0.2:
            self._in_slack(person, what, task_id, lambda at, who: do(at, who, task_id))

    def _left_off(self, task_id: str) -> None:
        """A worker has left the out-of-office of a migration off, if that has ended."""
        with suppress(InputError):
            record = self.life.engine.store.load(task_id)
            if record.state is State.COMPLETED and record.left_off is None:
                self.life.engine.store.save(replace(record, left_off=LeftOff()))

    def _of_no_task(self) -> None:
        what, do = self.chance.choice(OF_NO_TASK)
        person = self.chance.choice((*3 * (GUEST,), *ANYBODY))
        result = self._in_slack(person, what, "", do)
        if result is Result.DONE and what in (What.PAUSE_ALL, What.GO_ON):
            self.known.holds[person.team] = (person.id, self.life.clock()) if what is What.PAUSE_ALL else None

    def _sends_a_form(self) -> None:
        person, by = self.chance.choice(((ANN, FIELDS), (BEN, FIELDS), (ADMIN, BY_SERVICE), (SECOND, BY_SERVICE)))
        fields = BY_SERVICE if person is ANN and self.chance.random() < 0.1 else by
        draft = self.services.drafts.new(team=TEAM, owner=person.id, channel="")
        what, send = self.chance.choice((
            (What.SEND, starting.send_form), (What.SEND, starting.send_form), (What.SEND, starting.send_form),
            (What.CHECK_FIRST, starting.check_first),
        ))
        result = self._in_slack(
            person, what, draft.id, lambda at, who: send(at, who, draft.id, fields, TYPED, view_id="V1")
        )
        if result is Result.DONE and fields is BY_SERVICE:
            before = self.known.acts[-1]
            self.known.acts.append(before._replace(what=What.ASK))
            self.asked.append((Subject.SERVICE_ACCOUNT, draft.id, person))
        if result is Result.DONE and what is What.SEND:
            self.tasks.append(draft.id)

    def _asks_for_a_rollback(self) -> None:
        person, task_id = self.chance.choice(ANYBODY), self._a_task()
        what = What.ASK if self.known.settings[person.team][SECOND_PERSON] == "yes" else What.ROLLBACK

        def asks(at: Services, who: Person) -> Approval | None:
            came = rolling_back.roll_back(at, who, task_id, Expected(0, 0), at.trail.this)
            assert (came is None) == (what is What.ROLLBACK)
            return came

        if self._in_slack(person, what, task_id, asks) is Result.DONE and what is What.ASK:
            self.asked.append((Subject.ROLLBACK, task_id, person))

    def _decides(self) -> None:
        """Somebody decides what was asked, or takes it back; mostly what was asked last."""
        subject, about, asker = self.chance.choice(
            [*self.asked, *9 * self.asked[-3:], (Subject.ROLLBACK, self._a_task(), ANN)]
        )
        what, do = self.chance.choice((
            (What.APPROVE, approving.approve), (What.APPROVE, approving.approve), (What.DENY, approving.deny),
            (What.WITHDRAW, approving.withdraw),
        ))
        person = self.chance.choice((*(4 * (asker,) if what is What.WITHDRAW else ()), *ANYBODY))
        self._in_slack(person, what, about, lambda at, who: do(at, who, subject, about, at.trail.this))

    def _deletes(self) -> None:
        shown = Agreed(self.life.clock().timestamp())
        self._in_slack(
            self.chance.choice((BEN, GUEST)), What.DELETE_DATA, "",
            lambda at, who: forgetting.delete_data(at, who, shown),
        )

    def _sends_rubbish(self) -> None:
        """A button sends what no button of ours does; the door refuses it, whoever they are."""
        person = self.chance.choice(PEOPLE)
        self.door.deliver(pressed(Action.ALL_AT, "x", person.id))
        self._did(person.id, Surface.CARD, What.NOT_DRAWN, "", Result.REFUSED)

    # Settings

    def _settles(self) -> None:
        """Mostly what keeps people from migrating is taken back soon."""
        now = self.known.settings[TEAM]
        narrow = [name for name, where, values in SETTINGS[:2] if now[name] != next(iter(values))]
        asked = narrow[0] if narrow and self.chance.random() < 0.8 else self.chance.choice(("", SECOND_PERSON))
        self._changes_a_setting(self.chance.choice((*4 * (ADMIN,), SECOND, STRANGER, STRANGER, BEN)), asked)

    def _changes_a_setting(self, person: Person, asked: str) -> None:
        """That one, '' for any; now and then it was changed by somebody else since it was shown."""
        name, where, values = next(
            one for one in [self.chance.choice(SETTINGS), *SETTINGS] if asked in ("", one[0])
        )
        before, stale = self.known.settings[person.team][name], not asked and self.chance.random() < 0.3
        after = next(words for words in values if words != before)
        now = self._at(person).policies.load(person.team)
        seen, wanted = Policy().digest[::-1] if stale else now.digest, replace(now, **{where: values[after]})
        result = self._in_slack(
            person, What.SETTINGS, "", lambda at, who: admin.change_settings(at, who, seen, wanted)
        )
        if result is Result.DONE:
            self.known.settings[person.team][name] = after
            self.known.changes[person.team].append(Changed(self.life.clock(), person.id, name, before, after))

    # The private page

    def _at_the_page(self) -> None:
        if self.chance.random() < 0.5 or not self.links:
            owner, other = self.chance.choice((ANN, ANN, BEN)), self.chance.choice((ANN, BEN, ADMIN, GUEST))
            self._asks_for_a_page(owner, other)
            self._asks_for_consent(owner, other)
        token, owner, about = self.chance.choice([*self.links, *5 * self.links[-2:]]) if self.links else ("", ANN, "")
        self._uses_a_page(self.chance.choice((*4 * (owner,), *ANYBODY)), token, about)

    def _asks_for_consent(self, owner: Person, other: Person) -> None:
        draft = self.services.drafts.new(team=TEAM, owner=owner.id, channel="")
        self.services.drafts.change(draft.id, lambda now: replace(now, fields=Fields(source_kind="google")))
        for person in (other, owner):
            self._in_slack(
                person, What.CONSENT_LINK, draft.id, lambda at, who: consents.link(at, who, draft.id)
            )

    def _asks_for_a_page(self, owner: Person, other: Person) -> None:
        draft = self.services.drafts.new(team=TEAM, owner=owner.id, channel="")
        self.services.drafts.change(draft.id, lambda now: replace(now, fields=FIELDS, view_id="V2"))
        got: list[str] = []
        for person in (other, owner):
            self._in_slack(person, What.PAGE_LINK, draft.id, lambda at, who: got.append(
                private_page.link_to_form(at, who, draft.id).rpartition("/")[2]
            ))
        self.links.append((got[-1], owner, draft.id))

    def _uses_a_page(self, person: Person, token: str, about: str) -> None:
        """Looks at it, then types the passwords; the form goes on by itself, or is refused that."""
        if person in (GUEST, STRANGER) or self.services.one_time.find(token) is None:
            about = ""
        at, shown = self._at(person).at(Surface.PAGE, Try(self.life.clock()), "192.0.2.7"), []
        result = came_to(lambda: shown.append(private_page.look(at, person, token)))
        if result is Result.DONE:
            sent = came_to(lambda: private_page.use(at, person, token, TYPED, shown[0].shown, starts=True))
            self._did(person.id, Surface.PAGE, What.SEND, about, sent)
            self.tasks.append(about)
        self._did(person.id, Surface.PAGE, What.PAGE, about, result)

    # The terminal

    def _at_the_terminal(self) -> None:
        task_id, (what, do) = self._a_task(), self.chance.choice(AT_THE_TERMINAL)
        turn = self.chance.random()
        if turn < 0.6:
            self._does(self.terminal, Operator(), self.terminal.trail.operator, what, task_id, do)
        elif turn < 0.8:
            self._holds_up(self.chance.choice((What.PAUSE_ALL, What.GO_ON, What.GO_ON)))
        else:
            self._replaces_the_key()

    def _holds_up(self, what: What) -> None:
        """The operator pauses everybody, or lets them go on."""
        do = pausing_all.pause_all if what is What.PAUSE_ALL else pausing_all.let_all_go_on
        holding = Holding(
            replace(self.terminal, team=TEAM), TEAM, self.services.policies, self.services.lists, self.services.homes
        )
        who = self.terminal.trail.operator
        if self._does(holding, Operator(), who, what, "", lambda at, me, _task: do(at, me)) is Result.DONE:
            self.known.holds[TEAM] = ("", self.life.clock()) if what is What.PAUSE_ALL else None

    def _replaces_the_key(self) -> None:
        """The setting has the key of now, or an older one beside it; or both are in the file."""
        keys, in_file, what = self.chance.choice((
            (KEY, False, What.ROTATE_KEY), (f"{KEY},{OLD_KEY}", False, What.ROTATE_KEY),
            (f"{KEY},{OLD_KEY}", False, What.REMOVE_KEY), ("", True, What.REMOVE_KEY),
        ))
        settings = wiring.settings({"HOME": str(self.life.directory), SETTING: keys})
        if in_file:
            self._keys_in_files(settings.config_dir)
        out = Output(StringIO(), StringIO(), as_json=True)
        session = AtTheTerminal(self.life.engine, out, self.life.redis, settings)
        result = came_to(lambda: run_rotate_key(
            cast(Session, session), check=False, remove_old=what is What.REMOVE_KEY, setting_file=None, yes=True,
        ))
        self._did(self.terminal.trail.operator, Surface.TERMINAL, what, "", result)

    def _keys_in_files(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        for name, key in (("secret.key", KEY), ("secret.key.old", OLD_KEY)):
            (directory / name).write_text(f"{key}\n")
            (directory / name).chmod(0o600)

    # How it is kept

    def _at(self, person: Person) -> Services:
        return self.elsewhere if person is STRANGER else self.services

    def _in_slack(
        self, person: Person, what: What, task_id: str, do: Callable[[Services, Person], object]
    ) -> Result | None:
        at = self._at(person).at(self.chance.choice(SURFACES), Try(self.life.clock()))
        return self._does(at, person, person.id, what, task_id, lambda at, who, _task: do(at, who))

    def _does(
        self, at: Any, person: Person | Operator, who: str, what: What, task_id: str, do: Doing
    ) -> Result | None:
        result = came_to(lambda: do(at, person, task_id))
        if result is not Result.DONE or what not in ONLY_REFUSED:
            self._did(who, at.trail.surface, what, task_id, result)
        return result

    def _did(self, who: str, surface: Surface, what: What, task_id: str, result: Result | None) -> None:
        if result is not None:
            self.known.acts.append(Did(self.life.clock(), who, surface, what, task_id, result))

    def workers_work(self) -> None:
        """Some of what was ordered is carried out, and what nobody has decided in time expires."""
        for order in self.door.orders.all():
            if order.kind not in IN_MAILBOXES and self.chance.random() < 0.5:
                with suppress(OmmError):
                    carry_out(self.worker, order.key, Halt())
        approvals.look(self.services.approvals, lambda _team: self.services)


@dataclass
class AtTheTerminal(OnEngine):
    """A session with settings of its own."""

    settings: Any = None
