"""What owners change of settings that moved, at either end, before a second run and before a rollback."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.migration.record import Migration, Reason, State
from engine.migration.request import Choice
from engine.migration.taking_up import take_up
from tests.recovery.engine.test_settings_seeded import (
    OWN_RULES,
    SAID,
    as_before,
    settings_of,
    state_of,
    taken_back,
)
from tests.servers.processes.mortal import as_of, moments_of
from tests.servers.settings import rule_seeds
from tests.servers.settings.colour_seeds import categories, own
from tests.servers.settings.judge import Told, delivered, otherwise
from tests.servers.settings.moving import AWAY, COLOURS, HERE, RULES, Moving, moving
from tests.servers.settings.out_of_office_seeds import NOTHING, OWN_ON, OWN_TEXT, PAST, Away
from tests.servers.settings.rule_mail import letters
from tests.servers.world import ADDRESS, PASSWORD

DELETES = "<t:MarkAsRead>", "<t:Delete>true</t:Delete><t:MarkAsRead>"
MOVED, RENAMED, SILENCED = "Both act: second", "Both act: first", "Behind a stop"


@contextmanager
def moved(directory: Path, *choices: Choice) -> Iterator[tuple[Moving, Migration]]:
    """Everything has moved into a mailbox whose owner has rules and categories."""
    with moving(directory) as at:
        at.plant_old(rule_seeds.small(), categories()[::3], OWN_ON)
        at.plant_new(OWN_RULES, own())
        yield at, at.migrate(*choices)


def edited(at: Moving) -> None:
    """The owner of the new mailbox changes what a rule does, the name of one, and switches one off."""
    at.owner(lambda into: into.edit(MOVED, *DELETES))
    at.owner(lambda into: into.edit(RENAMED, f">{RENAMED}<", ">My name now<"))
    at.owner(lambda into: into.edit(SILENCED, "<t:IsEnabled>true", "<t:IsEnabled>false"))


def named(at: Moving, done: Migration, name: str) -> list[str]:
    """What the report says of something."""
    return [one.reason for one in at.lines(done, RULES) if name in one.item]


def test_what_the_owner_changed_is_not_made_once_more(tmp_path: Path) -> None:
    """Whether what a rule does, its name, or whether it is on; nor a category, nor other replies."""
    with moved(tmp_path) as (at, first):
        edited(at)
        at.owner(lambda into: into.recolour("Colour 2", 17))
        at.owner(lambda into: into.away(OWN_TEXT.xml()))
        kept = settings_of(at)

        again = at.migrate()

        counts = at.counts(again, RULES)
        assert counts.copied == 0, at.said(again)
        assert counts.already_there == at.counts(first, RULES).copied + 1
        assert (at.counts(again, COLOURS).copied, at.counts(again, AWAY).copied) == (0, 0)
        assert settings_of(at) == kept


def test_what_changed_at_the_source_since_is_named_and_left(tmp_path: Path) -> None:
    """It counts as there, under what changed; the rule that was brought stays as it was."""
    with moved(tmp_path) as (at, first):
        kept = settings_of(at)
        at.owner(lambda into: into.edit(MOVED, *DELETES), old=True)

        again = at.migrate()

        counts = at.counts(again, RULES)
        assert (counts.copied, counts.changed) == (0, 1), at.said(again)
        assert counts.already_there == at.counts(first, RULES).copied + 1
        assert named(at, again, MOVED), at.said(again)
        assert settings_of(at) == kept


def test_what_the_owner_changed_stays_when_the_rest_is_taken_back(tmp_path: Path) -> None:
    """A rule that does something else, a category with another colour, other replies: each is named."""
    with moved(tmp_path) as (at, done):
        at.owner(lambda into: into.edit(MOVED, *DELETES))
        at.owner(lambda into: into.recolour("Colour 2", 17))
        at.owner(lambda into: into.use("Colour 8"))
        at.owner(lambda into: into.away(OWN_TEXT.xml()))

        back = at.at.roll_back(done.task_id)

        assert back.state is State.ROLLED_BACK
        assert [one.name for one in at.new.rules()] == [*(one.name for one in OWN_RULES), MOVED], at.said(back)
        here = at.new.categories()
        assert here is not None
        assert [one["name"] for one in here.each] == [*(one.name for one in own()), "Colour 2"]
        assert at.new.away() == state_of(OWN_TEXT)
        for content, name in ((RULES, MOVED), (COLOURS, "Colour 2"), (AWAY, "")):
            lines = [one for one in at.lines(back, content) if one.outcome is Reason.KEPT and name in one.item]
            assert any(len(one.reason) >= SAID for one in lines), (content, at.said(back))
        assert back.rollback.kept == 3


def acts(one: Told) -> tuple[object, ...]:
    """What a rule is about and does."""
    return one.conditions, one.exceptions, one.actions


@pytest.mark.parametrize("deletable", [False, True])
def test_a_rule_that_is_off_is_never_on_while_it_is_taken_back(tmp_path: Path, deletable: bool) -> None:
    """At no request: no rule is on that was off, but what meets no mail; what arrives then ends as it did."""
    with moved(tmp_path, Choice.FORWARDING) as (at, done):
        at.at.emulator.configure(disabled_rules_deletable=deletable)
        post, there = letters(60, 6), at.new.rules()
        off = [acts(one) for one in there if not one.enabled]
        on = [acts(one) for one in there if one.enabled]
        assert len(off) > 3

        moments = moments_of(
            at.at, lambda world: world.roll_back(done.task_id),
            lambda nth: Fault(operation="UpdateInboxRules", nth=nth, when="after", action="hold", name=f"n{nth}"),
            at.at.emulator)

        assert len(moments) > 1 - deletable
        as_before(at)
        for moment in moments:
            at.at = as_of(at.at, moment)
            new = [one for one in at.new.rules() if one.enabled and acts(one) not in on]
            assert [one for one in new if acts(one) in off] == []
            with_new = delivered(at.at.emulator, at.new, HERE, post)
            at.owner(lambda into, names={one.name for one in new}: into.arm(names))
            assert otherwise(with_new, delivered(at.at.emulator, at.new, HERE, post)) == []
            at.owner(lambda into, names={one.name for one in new}: into.drop(names))
            assert otherwise(with_new, delivered(at.at.emulator, at.new, HERE, post)) == []
        assert [one.name for one in at.new.rules()] == [one.name for one in OWN_RULES]


def test_outlook_s_copy_that_appeared_since_is_kept(tmp_path: Path) -> None:
    """Our rules stay with it and are named, as nobody has agreed to lose it; the rest goes."""
    with moved(tmp_path) as (at, done):
        at.at.emulator.leave_outlook_rules(ADDRESS)
        there = at.new.rules()

        back = at.at.roll_back(done.task_id)

        assert [one.name for one in at.new.rules()] == [one.name for one in there]
        assert at.new.blob()
        assert {one.item for one in at.lines(back, RULES) if one.outcome is Reason.KEPT} >= {
            one.name for one in there if one.name not in {each.name for each in OWN_RULES}}, at.said(back)
        assert at.new.away() == state_of(NOTHING)


def test_outlook_s_copy_that_appeared_since_goes_with_ours_if_it_may(tmp_path: Path) -> None:
    """Whoever rolls back has agreed to it."""
    with moved(tmp_path) as (at, done):
        at.at.emulator.leave_outlook_rules(ADDRESS)
        taken_back(at, done.task_id, Choice.OUTLOOK_RULES)
        as_before(at)


def test_without_the_record_it_is_taken_back_by_what_the_mailbox_has(tmp_path: Path) -> None:
    """The store is lost, and the keys are not: messages, folders, rules, categories and replies go."""
    with moved(tmp_path) as (at, done):
        request = at.request((), ())
        at.without_its_store()

        take_up(at.at.engine, done.task_id, request.destination, password=PASSWORD)
        taken_back(at, done.task_id)

        as_before(at)


def test_what_its_validation_refuses_comes_back_off(tmp_path: Path) -> None:
    """A schedule that has passed meanwhile, on without a text: off, with its texts, and the report says so."""
    past = Away("scheduled once", "Scheduled", "Known", when=PAST, inside="", outside="")
    with moving(tmp_path, AWAY, mail=False) as at:
        at.plant_old(away=OWN_ON)
        at.plant_new(away=past)
        done = at.migrate()
        if at.counts(done, AWAY).copied:
            back = at.at.roll_back(done.task_id)
            now = at.new.away()
            assert (now.state, now.audience, now.inside, now.outside) == ("Disabled", "Known", ("", ""), ("", ""))
            assert any(len(one.reason) >= SAID for one in at.lines(back, AWAY)), at.said(back)
        else:
            assert at.new.away() == state_of(replace(past, state="Scheduled")).__class__(
                "Scheduled", "Known", past.when, ("", ""), ("", ""))


def test_a_rule_that_was_left_out_and_is_asked_for_later_comes_then(tmp_path: Path) -> None:
    """Rules that send: the first run leaves them out, the second brings them, and no rule is there twice."""
    with moved(tmp_path) as (at, first):
        again = at.migrate(Choice.FORWARDING)

        sends = [one for one in at.seeds if one.fate is rule_seeds.Fate.SENDS]
        assert at.counts(again, RULES).copied == len(sends), at.said(again)
        names = [one.name for one in at.new.rules()]
        assert {one.name for one in sends} <= set(names)
        on = delivered(at.at.emulator, at.new, HERE, letters(200, 3)).on()
        with at.expected(at.wanted(OWN_RULES, forwarding=True)) as (model, called):
            assert on == delivered(at.at.emulator, model, called, letters(200, 3)).on()
        taken_back(at, again.task_id)
        taken_back(at, first.task_id)
        as_before(at)
