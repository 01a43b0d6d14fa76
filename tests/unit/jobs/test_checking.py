"""Checking: the verdict on a form that was sent, and the task that it becomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from bot.ids import Action
from bot.services import Services
from bot.stored.drafts import Draft, DraftState, Fields
from bot.stored.orders import GivenUp, Orders
from bot.views import forms, migrate_form
from bot.work import checking
from emulators.slack import Fault, SlackEmulator
from emulators.slack.blocks import check as slack_refuses
from engine.errors import Cause, FatalError, InputError, OmmError, Side, SignInError
from engine.migration.account import Account, parse_account
from engine.migration.forwards import keep_secrets
from engine.migration.record import State
from engine.pace.halt import Halt, HaltedError
from engine.ports.looking_up import Found, finds_nothing
from engine.store.vault import Vault
from tests.servers.slack.open_form import OWNER, Desktop
from tests.unit.jobs.conftest import PASSWORDS, Sides

REFUSED = "imap.example.org refused the login or the password of carol@example.org."


def written(services: Services) -> list[tuple[str, str]]:
    """What the audit has, and with what result."""
    found = [placed.entry for placed in services.trail.audit.entries(services.team)]
    return [(entry.what, entry.result) for entry in found if entry is not None]


def run(services: Services, draft: Draft) -> bool:
    return checking.check(services, Halt(), draft_id=draft.id, generation=draft.generation)


def state_of(services: Services, draft: Draft) -> State | None:
    try:
        return services.engine.store.load(draft.id).state
    except InputError:
        return None


def wrong(sides: Sides, side: Side = Side.SOURCE) -> None:
    sides.wrong[side] = SignInError(REFUSED)


# Both sides let us in


def test_a_form_that_is_right_becomes_its_task(
    services: Services, sent: Draft, sides: Sides, desktop: Desktop, orders: Orders
) -> None:
    """Both passwords are tried, and the task has the form's id; its owner sees the id, and a worker hears of it."""
    assert run(services, sent)

    assert sides.signed_in == [("carol@example.org", "the old one"), ("carol@example.net", "the new one")]
    migration = services.engine.store.load(sent.id)
    assert migration.state is State.WAITING
    assert migration.request.source == parse_account("imaps://carol%40example.org@imap.example.org")
    assert migration.request.destination == parse_account("ews+https://carol%40example.net@ex.example.net")
    thread = services.threads.load(sent.id)
    assert thread is not None
    assert (thread.owner, thread.team, thread.channel) == (OWNER, sent.team, "")
    assert orders.find(f"migrate:{sent.id}") is not None
    assert "Migration started" in desktop.seen()
    assert sent.id in desktop.seen()


def test_checked_twice_it_is_one_task(services: Services, sent: Draft, sides: Sides) -> None:
    """A form that Slack delivers twice signs in once and makes one task."""
    run(services, sent)
    run(services, sent)

    assert len(sides.signed_in) == 2
    assert [migration.task_id for migration in services.engine.store.all()] == [sent.id]


# Something is wrong


@pytest.mark.parametrize("side", Side)
def test_a_refused_password_is_said_in_the_form(
    services: Services, sent: Draft, sides: Sides, desktop: Desktop, side: Side
) -> None:
    """The form says which side refused and asks for its password anew; the refused one is kept nowhere."""
    wrong(sides, side)

    run(services, sent)

    draft = desktop.now(sent)
    assert draft.state is DraftState.OPEN
    assert draft.edition == sent.edition + 1
    assert draft.kept == frozenset(Side) - {side}
    assert {each for each in Side if services.engine.vault.has(sent.id, each)} == frozenset(Side) - {side}
    assert draft.verdict is not None
    assert (draft.verdict.cause, draft.verdict.side) == (Cause.SIGN_IN, side)
    assert side.capitalize() in desktop.seen()
    assert "refused" in desktop.seen()
    assert state_of(services, sent) is None
    assert services.outbox.waiting() == []


def test_other_errors_keep_both_passwords(services: Services, sent: Draft, sides: Sides, desktop: Desktop) -> None:
    """A server that cannot be found is no reason to type passwords again."""
    sides.wrong[Side.DESTINATION] = FatalError("ex.example.net was not found.", cause=Cause.HOST_UNKNOWN)

    run(services, sent)

    assert desktop.now(sent).kept == frozenset(Side)
    assert "ex.example.net was not found" in desktop.seen()


def test_a_password_that_is_not_kept_is_asked_for(
    services: Services, sent: Draft, sides: Sides, desktop: Desktop
) -> None:
    """Without a password nobody is signed in to, and the form asks for that one alone."""
    services.engine.vault.drop(sent.id, Side.DESTINATION)

    run(services, sent)

    verdict = desktop.now(sent).verdict
    assert verdict is not None
    assert (verdict.cause, verdict.side) == (Cause.NOT_KEPT, Side.DESTINATION)
    assert desktop.now(sent).kept == {Side.SOURCE}
    assert sides.signed_in == []


def test_a_right_form_after_a_wrong_one_starts(services: Services, sent: Draft, sides: Sides, desktop: Desktop) -> None:
    """Mended and sent again, the same form becomes a task."""
    wrong(sides)
    run(services, sent)
    sides.wrong.clear()
    keep_secrets(services.engine, sent.id, {Side.SOURCE: "the right one"})

    again = desktop.send(desktop.now(sent))
    run(services, again)

    assert state_of(services, sent) is State.WAITING
    assert desktop.now(sent).verdict is None


def test_a_password_that_was_typed_since_stays(services: Services, sent: Draft, sides: Sides, desktop: Desktop) -> None:
    """The check is done once more, as its process died at the end: what its owner has typed meanwhile stays."""
    wrong(sides)
    run(services, sent)
    keep_secrets(services.engine, sent.id, {Side.SOURCE: "another one"})
    desktop.change(sent, kept=frozenset(Side))

    run(services, sent)

    assert services.engine.vault.get(sent.id, Side.SOURCE) == "another one"


# Whom it concerns no more


def test_a_verdict_on_what_was_sent_before_counts_no_more(
    services: Services, sent: Draft, sides: Sides, desktop: Desktop
) -> None:
    """Who sends the form again while it is being checked gets the newer verdict only."""
    newer = desktop.change(sent, generation=sent.generation + 1)

    run(services, sent)

    assert sides.signed_in == []
    assert desktop.now(sent) == newer


def test_sent_again_during_the_check_the_older_verdict_is_dropped(
    services: Services, sent: Draft, sides: Sides, desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check that is overtaken while it signs in neither starts anything nor writes into the form."""
    look = sides.check_destination

    def overtaken(account: Any, password: str, *, tries: int, live: bool = False) -> Any:
        desktop.change(sent, generation=sent.generation + 1)
        return look(account, password, tries=tries)

    monkeypatch.setattr(sides, "check_destination", overtaken)

    run(services, sent)

    assert state_of(services, sent) is None
    assert desktop.now(sent).state is DraftState.CHECKING


def test_a_form_that_is_forgotten_is_left_alone(services: Services, sides: Sides) -> None:
    """A check of a draft that is too old does nothing."""
    assert checking.check(services, Halt(), draft_id="0000-0000", generation=1)

    assert sides.signed_in == []


# The form was closed


def letter_to_the_owner(services: Services) -> Any:
    (letter,) = services.outbox.waiting()
    assert letter.to == OWNER
    assert slack_refuses({"blocks": list(letter.blocks)}, surface="message") == []
    return letter


def button_of(letter: Any) -> tuple[str, str]:
    (button,) = letter.blocks[-1]["elements"]
    return button["action_id"], button["value"]


def test_who_closed_the_form_is_asked_before_anything_starts(services: Services, sent: Draft, desktop: Desktop) -> None:
    """Closed before the verdict, a right form starts nothing: its owner gets a letter with a button to go on."""
    desktop.close(sent)

    run(services, sent)

    assert state_of(services, sent) is None
    assert services.threads.load(sent.id) is None
    letter = letter_to_the_owner(services)
    assert "nothing has started" in letter.text
    assert button_of(letter) == (Action.CONTINUE, sent.id)


def test_who_closes_the_form_during_the_check_is_asked(
    services: Services, sent: Draft, sides: Sides, desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last moment counts: closed while the second side was being signed in to, nothing starts."""
    look = sides.check_destination

    def closed(account: Any, password: str, *, tries: int, live: bool = False) -> Any:
        desktop.close(sent)
        return look(account, password, tries=tries)

    monkeypatch.setattr(sides, "check_destination", closed)

    run(services, sent)

    assert state_of(services, sent) is None
    assert button_of(letter_to_the_owner(services)) == (Action.CONTINUE, sent.id)


def test_who_closed_the_form_reads_what_was_wrong(
    services: Services, sent: Draft, sides: Sides, desktop: Desktop
) -> None:
    """The verdict goes into a letter, and into the form for when it is opened again."""
    wrong(sides)
    desktop.close(sent)

    run(services, sent)

    letter = letter_to_the_owner(services)
    assert REFUSED in letter.text
    assert button_of(letter) == (Action.CONTINUE, sent.id)
    assert desktop.now(sent).verdict is not None
    assert desktop.now(sent).state is DraftState.CLOSED


def test_a_form_that_slack_has_closed_gets_a_letter(
    services: Services, sent: Draft, sides: Sides, slack: SlackEmulator
) -> None:
    """Slack did not tell us that the form is gone: its answer to the verdict does."""
    wrong(sides)
    slack.close("owner", sent.view_id)

    run(services, sent)

    assert REFUSED in letter_to_the_owner(services).text
    assert len([call for call in slack.requests if call.method == "views.update"]) == 1


def test_a_started_task_needs_no_form(services: Services, sent: Draft, slack: SlackEmulator) -> None:
    """The form goes away after the last moment: the task runs, and its card tells of it."""
    slack.close("owner", sent.view_id)

    run(services, sent)

    assert state_of(services, sent) is State.WAITING
    assert services.outbox.waiting() == []


# Slack is away


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits in these tests."""
    monkeypatch.setattr(Halt, "wait", lambda halt, _seconds: halt.check())


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize("fault", [
    Fault(method="views.update", action="drop"),
    Fault(method="views.update", action="status", status=503),
    Fault(method="views.update", action="ratelimited"),
])
def test_slack_being_away_hides_no_verdict(
    services: Services, sent: Draft, sides: Sides, desktop: Desktop, slack: SlackEmulator, fault: Fault
) -> None:
    """The verdict is in the form for later, and a letter waits for Slack to be back."""
    slack.add_fault(fault)
    wrong(sides)

    assert run(services, sent)

    assert desktop.now(sent).verdict is not None
    assert REFUSED in letter_to_the_owner(services).text


@pytest.mark.usefixtures("hurried")
def test_slack_being_away_stops_no_task(services: Services, sent: Draft, slack: SlackEmulator, orders: Orders) -> None:
    """A form that is right starts although nobody can be told."""
    slack.add_fault(Fault(action="status"))

    assert run(services, sent)

    assert state_of(services, sent) is State.WAITING
    assert orders.find(f"migrate:{sent.id}") is not None


@pytest.mark.usefixtures("hurried")
def test_a_busy_slack_is_asked_again(
    services: Services, sent: Draft, sides: Sides, desktop: Desktop, slack: SlackEmulator
) -> None:
    """One refusal for want of quota, one answer that is lost: the verdict still reaches the screen."""
    slack.add_fault(Fault(method="views.update", nth=1, action="ratelimited"))
    slack.add_fault(Fault(method="views.update", nth=2, action="drop"))
    wrong(sides)

    run(services, sent)

    assert "refused" in desktop.seen()
    assert services.outbox.waiting() == []


# Redis is away; we are at fault


def test_a_store_that_is_away_is_no_verdict(
    services: Services, sent: Draft, desktop: Desktop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is for the job to be done again; nobody is told that their password was wrong."""

    def away(*_: Any) -> Any:
        raise FatalError("The store (Redis) does not answer.", cause=Cause.STORE)

    monkeypatch.setattr(Vault, "get", away)

    with pytest.raises(FatalError):
        run(services, sent)

    assert desktop.now(sent).state is DraftState.CHECKING


def test_a_fault_of_ours_is_said_in_the_form(services: Services, sent: Draft, desktop: Desktop) -> None:
    """Given up, a check does not leave its owner waiting, and says that nothing was started."""
    checking.give_up(services, draft_id=sent.id, generation=sent.generation, why=GivenUp.BROKEN)
    assert written(services) == [("start", "failed")]

    assert desktop.now(sent).state is DraftState.OPEN
    assert desktop.now(sent).kept == frozenset(Side)
    assert "OMM could not check your accounts because of an error of its own" in desktop.seen()
    assert "No migration was started." in desktop.seen()


def test_told_to_stop_the_check_is_not_begun(services: Services, sent: Draft, sides: Sides) -> None:
    """A worker that is leaving signs in to nobody's account any more."""
    halt = Halt()
    halt.set()

    with pytest.raises(HaltedError):
        checking.check(services, halt, draft_id=sent.id, generation=sent.generation)

    assert sides.signed_in == []


# Cut off anywhere and done again


class Killed(BaseException):
    """The process ends here."""


def steps_of(services: Services) -> list[tuple[object, str]]:
    """Everything by which a check leaves a trace outside of its process."""
    return [
        (services.drafts, "change"), (services.engine.store, "create"), (services.engine.vault, "extend"),
        (services.engine.vault, "drop"), (services.threads, "open"), (services.jobs, "migrate"),
        (services.slack, "views_update"), (services.outbox, "put"),
    ]


def kill_at(monkeypatch: pytest.MonkeyPatch, services: Services, moment: int) -> list[str]:
    """Kills at that moment: before the first trace, after the first, after the second… Returns the traces so far."""
    traces: list[str] = []

    def counted(do: Callable[..., Any], name: str) -> Callable[..., Any]:
        def step(*args: Any, **named: Any) -> Any:
            if len(traces) == moment:
                raise Killed
            done = do(*args, **named)
            traces.append(name)
            return done

        return step

    for owner, name in steps_of(services):
        monkeypatch.setattr(type(owner), name, counted(getattr(type(owner), name), name))
    return traces


# How many traces a check leaves that nobody cuts off.
TRACES = {"right": 7, "wrong": 3, "closed and right": 3, "closed and wrong": 4, "gone and wrong": 4}


@pytest.mark.parametrize(("outcome", "moment"), [
    (outcome, moment) for outcome, all_of_them in TRACES.items() for moment in range(all_of_them + 1)
])
def test_killed_between_any_two_steps_it_ends_the_same(
    sent: Draft, sides: Sides, desktop: Desktop, orders: Orders, monkeypatch: pytest.MonkeyPatch, *,
    outcome: str, moment: int,
) -> None:
    """Cut off before, between or after its traces and done again, a check leaves what an undisturbed one leaves."""
    services = desktop.services
    if "wrong" in outcome:
        wrong(sides)
    if "closed" in outcome:
        desktop.close(sent)
    if "gone" in outcome:
        desktop.slack.close("owner", sent.view_id)
    with monkeypatch.context() as killing:
        traces = kill_at(killing, services, moment)
        try:
            run(services, sent)
            assert len(traces) == moment == TRACES[outcome]
        except Killed:
            assert len(traces) == moment

    assert run(services, sent)

    draft = desktop.now(sent)
    started = outcome == "right"
    assert state_of(services, sent) is (State.WAITING if started else None)
    assert (services.threads.load(sent.id) is not None) is started
    assert (orders.find(f"migrate:{sent.id}") is not None) is started
    assert (draft.verdict is not None) is ("wrong" in outcome)
    assert draft.verdict is None or draft.verdict.cause == Cause.SIGN_IN
    assert services.engine.vault.has(sent.id, Side.SOURCE) is ("wrong" not in outcome)
    expected = {"right": DraftState.STARTED, "wrong": DraftState.OPEN, "gone and wrong": DraftState.OPEN}
    assert draft.state is expected.get(outcome, DraftState.CLOSED)
    assert len(services.outbox.waiting()) == (0 if outcome in ("right", "wrong") else 1)
    if outcome == "right":
        assert "Migration started" in desktop.seen()
    if outcome == "wrong":
        assert "refused" in desktop.seen()


def test_the_form_that_is_drawn_is_the_draft_s(services: Services, sent: Draft, sides: Sides, desktop: Desktop) -> None:
    """What stands in the form after a verdict is what its draft holds, so that nothing typed is lost."""
    wrong(sides)

    run(services, sent)

    shown = desktop.slack.views("owner")[-1]
    expected = migrate_form.migration_form(desktop.now(sent), services.offers)
    assert [block["block_id"] for block in shown["blocks"]] == [block["block_id"] for block in expected["blocks"]]
    assert shown["private_metadata"] == sent.id
    assert not any(password in str(desktop.slack.requests) for password in PASSWORDS.values())
    assert replace(desktop.now(sent), verdict=None).fields == sent.fields


# Servers that were not typed


TYPED = Fields(
    source_kind="exchange", source_server="old.example.org", source_login="carol@example.org",
    destination_server="new.example.net", destination_login="carol@example.net",
)
SERVERS = {
    Side.SOURCE: parse_account("ews+https://carol%40example.org@mail.example.org"),
    Side.DESTINATION: parse_account("ews+https://carol%40example.net@mail.example.net:444"),
}

NAMED_BY = {Side.SOURCE: "Autodiscover at example.org", Side.DESTINATION: "an SRV record of example.net"}


def nameless(desktop: Desktop, *sides: Side) -> Draft:
    """A form between two Exchange servers that was sent without those of these sides."""
    fields = TYPED
    for side in sides:
        fields = forms.with_server(fields, side, "")
    return desktop.send(desktop.fill(fields, PASSWORDS))


def typed_server(fields: Fields, side: Side) -> str:
    return fields.source_server if side is Side.SOURCE else fields.destination_server


def held(desktop: Desktop, name: str) -> str | None:
    """What a field of the form holds now, by the beginning of its name."""
    values = desktop.slack.views("owner")[-1]["state"]["values"]
    value: str | None = next(iter(next(values[block] for block in values if block.startswith(name)).values()))["value"]
    return value


def looking_up(services: Services, *, result: OmmError | None = None, only: Side | None = None) -> Services:
    """The services, whose look-up finds the servers above, or raises the `result`; on that side alone if one is given.
    """
    def look_up(account: Account, side: Side) -> Found | None:
        assert (account.login, account.host) == (SERVERS[side].login, "")
        if result is not None and only in (None, side):
            raise result
        return Found(SERVERS[side], NAMED_BY[side])

    return replace(services, look_up=look_up)


@pytest.mark.parametrize("side", Side)
def test_a_server_is_shown_before_a_password_leaves(
    services: Services, sides: Sides, desktop: Desktop, side: Side
) -> None:
    """The form comes up with the server in its field and who named it, and keeps both passwords; nobody signs in."""
    sent = nameless(desktop, side)

    run(looking_up(services), sent)

    draft = desktop.now(sent)
    assert (draft.state, draft.kept) == (DraftState.OPEN, frozenset(Side))
    assert typed_server(draft.fields, side) == SERVERS[side].server
    assert draft.verdict is not None
    assert (draft.verdict.cause, draft.verdict.side) == (Cause.UNCONFIRMED, side)
    assert written(services) == []      # to be asked is not to be refused
    said = f"{side.capitalize()}: The server is {SERVERS[side].server}, according to {NAMED_BY[side]}. If that is"
    assert said in desktop.seen()
    assert held(desktop, f"{side}_server") == SERVERS[side].server
    assert (sides.signed_in, state_of(services, sent)) == ([], None)


def test_two_servers_are_shown_together(services: Services, sides: Sides, desktop: Desktop) -> None:
    """Whoever typed neither sends the form once more, not twice; whole, since a name is read from its end."""
    sent = nameless(desktop, *Side)

    run(looking_up(services), sent)

    draft = desktop.now(sent)
    assert [typed_server(draft.fields, side) for side in Side] == [SERVERS[side].server for side in Side]
    assert [held(desktop, f"{side}_server") for side in Side] == [SERVERS[side].server for side in Side]
    assert (
        "The source's server is mail.example.org, according to Autodiscover at example.org; the destination's is "
        "mail.example.net:444, according to an SRV record of example.net."
    ) in desktop.seen()
    assert draft.kept == frozenset(Side)
    assert (sides.signed_in, state_of(services, sent)) == ([], None)


@pytest.mark.parametrize("without", [[Side.SOURCE], [Side.DESTINATION], [*Side]])
def test_sent_again_the_form_signs_in_to_what_it_shows(
    services: Services, sides: Sides, desktop: Desktop, without: list[Side]
) -> None:
    """The task is of that server, as if its owner had typed it."""
    sent = nameless(desktop, *without)
    run(looking_up(services), sent)

    again = desktop.send(desktop.now(sent))
    run(looking_up(services, result=FatalError("Nobody should ask.")), again)

    request = services.engine.store.load(sent.id).request
    assert [request.source == SERVERS[Side.SOURCE], request.destination == SERVERS[Side.DESTINATION]] == [
        side in without for side in Side
    ]
    assert "" not in (request.source.host, request.destination.host)
    assert len(sides.signed_in) == 2
    assert "Migration started" in desktop.seen()


@pytest.mark.parametrize("failing", Side)
def test_of_two_servers_none_is_filled_in_where_one_cannot_be_found(
    services: Services, sides: Sides, desktop: Desktop, failing: Side
) -> None:
    """The other one has not been shown for what it is: the next form that is sent must not confirm it."""
    sent = nameless(desktop, *Side)
    private = FatalError("It is not public.", cause=Cause.HOST_NOT_ALLOWED)

    run(looking_up(services, result=private, only=failing), sent)

    draft = desktop.now(sent)
    assert [typed_server(draft.fields, side) for side in Side] == ["", ""]
    assert draft.verdict is not None
    assert (draft.verdict.cause, draft.verdict.side) == (Cause.HOST_NOT_ALLOWED, failing)
    assert sides.signed_in == []


def test_who_closed_the_form_is_asked_about_the_server_in_a_letter(
    services: Services, sides: Sides, desktop: Desktop
) -> None:
    """Nobody signs in; opened again, the form has the server in its field, and says so."""
    sent = nameless(desktop, Side.DESTINATION)
    desktop.close(sent)

    run(looking_up(services), sent)

    assert "The server is mail.example.net:444, according to an SRV record" in letter_to_the_owner(services).text
    draft = desktop.now(sent)
    assert draft.fields.destination_server == "mail.example.net:444"
    assert "according to an SRV record" in str(migrate_form.migration_form(draft, services.offers))
    assert sides.signed_in == []


@pytest.mark.parametrize("side", Side)
def test_a_long_server_is_shown_whole_to_whoever_confirms_it(
    services: Services, sides: Sides, desktop: Desktop, side: Side
) -> None:
    """A name is read from its end: what is cut off there may be somebody else's domain."""
    host = f"mail.example.org.{'a' * 60}.{'b' * 60}.{'c' * 60}.evil.example"
    found = Found(replace(SERVERS[side], host=host, port=65535), NAMED_BY[side])
    sent = nameless(desktop, side)

    run(replace(services, look_up=lambda _account, _side: found), sent)

    assert f"The server is {host}:65535, according to {NAMED_BY[side]}." in desktop.seen()
    assert "…" not in desktop.seen()
    assert held(desktop, f"{side}_server") == f"{host}:65535"
    assert sides.signed_in == []


@pytest.mark.parametrize("side", Side)
def test_where_no_server_is_found_the_form_asks_for_it(
    services: Services, sides: Sides, desktop: Desktop, side: Side
) -> None:
    """At the field of the server, which is empty still; nobody has signed in."""
    sent = nameless(desktop, side)

    run(replace(services, look_up=finds_nothing), sent)

    draft = desktop.now(sent)
    assert draft.verdict is not None
    assert (draft.verdict.cause, draft.verdict.side) == (Cause.NO_EWS, side)
    assert typed_server(draft.fields, side) == ""
    assert "No Exchange server was found by this address alone." in desktop.seen()
    assert (sides.signed_in, state_of(services, sent)) == ([], None)


@pytest.mark.parametrize(("result", "cause", "side"), [
    (FatalError("It is not public.", cause=Cause.HOST_NOT_ALLOWED), Cause.HOST_NOT_ALLOWED, Side.DESTINATION),
    (InputError("Its login is no e-mail address."), Cause.OTHER, Side.DESTINATION),
])
def test_why_a_server_cannot_be_looked_up_is_said(
    services: Services, sides: Sides, desktop: Desktop, result: OmmError, cause: Cause, side: Side | None
) -> None:
    """A private host, for one."""
    sent = nameless(desktop, Side.DESTINATION)

    run(looking_up(services, result=result), sent)

    verdict = desktop.now(sent).verdict
    assert verdict is not None
    assert (verdict.cause, verdict.side) == (cause, side)
    assert str(result) in desktop.seen()
    assert sides.signed_in == []


def test_a_server_that_was_typed_is_not_looked_up(services: Services, sides: Sides, desktop: Desktop) -> None:
    """Nobody is asked for what a person knows."""
    run(looking_up(services, result=FatalError("Nobody should ask.")), nameless(desktop))

    assert len(sides.signed_in) == 2
