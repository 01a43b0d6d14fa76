"""A long history of many people, told again from the audit alone."""

from __future__ import annotations

import random
from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType

import fakeredis
import pytest

from bot.audit.lines import Line, lines
from bot.stored.audit_entries import Entry, Result, Surface, What
from tests.servers.slack.workspace import TEAM
from tests.unit.audit.history import ELSEWHERE, ONLY_REFUSED, SETTINGS, STRANGER, Changed, Did, House
from tests.unit.life.world import Life

ACTS, SEED = 500, 1

# What nobody does, and what becomes of it.
BESIDE: Mapping[What, str] = MappingProxyType({
    What.STATE: "A task has come to another state.",
    What.FORGOTTEN: "The line of a task whose data was deleted.",
    What.START: "A worker starts what was sent, or refuses it.",
    What.OPEN_SOURCE: "A worker starts what was approved.",
    What.OPEN_DESTINATION: "As above.",
    What.PASSWORD: "It stands beside what the password was given for, which is what is refused.",
    What.EXPIRED: "Nobody has decided in time.",
})
NOT_HERE: Mapping[What, str] = MappingProxyType({
    What.CONSENT: "A worker finds out what came of it: tests/contract/consent/test_consent.py.",
    What.REVOKE: "A worker gives it back: as above.",
    What.SIGN_IN: "Only refusals of somebody who is not known yet are written: tests/contract/slack/test_sign_in.py.",
})
NEVER_DONE: Mapping[What, str] = MappingProxyType({
    **dict.fromkeys(ONLY_REFUSED, "It only looks: where it is allowed, nobody has to read of it."),
    What.NOT_DRAWN: "It is refused whoever sends it.",
})
NEVER_REFUSED: Mapping[What, str] = MappingProxyType({
    What.ROTATE_KEY: "The operator may; where it cannot be done, it has failed.",
    What.REMOVE_KEY: "As above.",
})
DECIDES_ITSELF = (What.EXPIRED, What.WITHDRAW)      # of a request that OMM takes back, who is ''
PEOPLES = frozenset(What) - BESIDE.keys() - NOT_HERE.keys()
OCCUR = frozenset(
    {(what, Result.DONE) for what in PEOPLES - NEVER_DONE.keys()}
    | {(what, Result.FAILED if what in NEVER_REFUSED else Result.REFUSED) for what in PEOPLES}
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """After the history."""
    house = House(Life(fakeredis.FakeServer(), tmp_path_factory.mktemp("history")), random.Random(SEED))
    house.goes_on(ACTS, OCCUR)
    return house


@pytest.fixture(scope="module")
def audit(house: House) -> dict[str, list[Entry]]:
    """Its entries by workspace, the oldest first."""
    kept = house.services.trail.audit
    return {
        team: [placed.entry for placed in list(kept.entries(team))[::-1] if placed.entry] for team in kept.teams()
    }


def told(entries: list[Entry]) -> list[Did]:
    """What people did, in the order in which it was written; without what workers made of it."""
    return [
        Did(one.at, one.who, one.surface, one.what, one.task, one.result) for one in entries
        if one.what not in BESIDE and one.surface != Surface.OMM and not (one.what in DECIDES_ITSELF and not one.who)
    ]


def everything(audit: Mapping[str, list[Entry]]) -> list[Entry]:
    return [entry for entries in audit.values() for entry in entries]


def ended_as(entries: list[Entry]) -> dict[str, str]:
    """Where each task stands, by the audit."""
    found: dict[str, str] = {}
    for entry in entries:
        if entry.what == What.START and entry.result == Result.DONE:
            found[entry.task] = "waiting"
        elif entry.what == What.STATE:
            found[entry.task] = entry.state
        elif entry.what == What.FORGOTTEN:
            found[entry.task] = "forgotten"
    return found


def changed(found: list[Line]) -> list[Changed]:
    """The settings that were changed, by the lines that an admin reads, the oldest first."""
    made: list[Changed] = []
    for line in found[::-1]:
        if line.what == "changed the settings" and line.result == Result.DONE:
            name, _, values = (line.why or line.theirs).partition(": ")
            before, _, after = values.partition(" → ")
            made.append(Changed(line.at, line.user, name, before, after))
    return made


def held_by(entries: list[Entry]) -> tuple[str, datetime] | None:
    """Who has paused everybody, and since when; '' for the operator. None: nobody."""
    found: tuple[str, datetime] | None = None
    for entry in entries:
        if entry.what in (What.PAUSE_ALL, What.GO_ON) and entry.result == Result.DONE:
            who = "" if entry.surface == Surface.TERMINAL else entry.who
            found = (who, entry.at) if entry.what == What.PAUSE_ALL else None
    return found


def test_a_history_is_told_from_the_audit_alone(house: House, audit: Mapping[str, list[Entry]]) -> None:
    """Who did what, when, from where, to which task, with what result."""
    elsewhere = [act for act in house.known.acts if act.who == STRANGER.id]

    assert sorted(told(everything(audit))) == sorted(house.known.acts)
    assert told(audit[ELSEWHERE]) == elsewhere
    assert len({act.who for act in house.known.acts}) == 7


def test_every_act_has_occurred(house: House, audit: Mapping[str, list[Entry]]) -> None:
    """Done and refused, but for what is named here with the reason; an act that is new is in neither."""
    written = {What(entry.what) for entry in everything(audit)}

    assert sorted(OCCUR - house.had) == []
    assert sorted(house.had - OCCUR - {(what, Result.FAILED) for what in What}) == []
    assert written == set(What) - NOT_HERE.keys()


def test_where_each_task_stands_is_told(house: House, audit: Mapping[str, list[Entry]]) -> None:
    """By the starts, the states and the lines of what was forgotten."""
    found, entries = ended_as(everything(audit)), everything(audit)
    stand = {one.task_id: one.state.value for one in house.life.engine.store.all()}

    assert {task: state for task, state in found.items() if state != "forgotten"} == stand
    assert {"waiting", "running", "paused", "completed", "cancelled", "rolled back"} <= {one.state for one in entries}
    assert {"completed", "forgotten", "rolled back"} <= set(found.values())


def test_every_setting_is_told_from_what_to_what(house: House) -> None:
    """In both workspaces: each change begins where the last one has ended, and the last are what holds."""
    kept = house.services.trail.audit
    for team, services in ((TEAM, house.services), (ELSEWHERE, house.elsewhere)):
        found, policy = changed(lines(services, list(kept.entries(team)))), services.policies.load(team)
        now = {name: next(iter(values)) for name, _, values in SETTINGS}
        for one in found:
            assert now[one.name] == one.before
            now[one.name] = one.after

        assert found == house.known.changes[team]
        assert team == ELSEWHERE or {one.name for one in found} == now.keys()
        assert {name: values[now[name]] for name, _, values in SETTINGS} == {
            name: getattr(policy, field) for name, field, _ in SETTINGS
        }


def test_who_has_paused_everybody_is_told(house: House, audit: Mapping[str, list[Entry]]) -> None:
    """In both workspaces, by an admin or the operator."""
    pauses = {entry.surface == Surface.TERMINAL for entry in everything(audit) if entry.what == What.PAUSE_ALL}
    for team in (TEAM, ELSEWHERE):
        hold = house.services.policies.load(team).hold

        assert held_by(audit[team]) == (None if hold is None else (hold.by, hold.at)) == house.known.holds[team]
    assert pauses == {True, False}
