"""Rules, categories and out-of-office settings that no client has written move; mail that arrives judges them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from lxml import etree

from emulators.exchange.schema import find_schema
from engine.migration.record import Counts, Migration, Reason, State
from engine.migration.request import Choice
from tests.servers.settings import rule_seeds
from tests.servers.settings.colour_seeds import Category, categories, own
from tests.servers.settings.judge import (
    Arrived,
    Categories,
    Set,
    delivered,
    merged,
    normal,
    otherwise,
    same_categories,
)
from tests.servers.settings.moving import AWAY, COLOURS, HERE, RULES, THERE, Moving, moving
from tests.servers.settings.out_of_office_seeds import NOTHING, OWN_ON, Away, matrix
from tests.servers.settings.rule_mail import Letter, letters
from tests.servers.settings.rule_seeds import Fate, Rule, is_carried
from tests.servers.world import ADDRESS

# The owner's own: one that stops, one of the same meaning as a seed, one that is off.
OWN_RULES = (
    Rule("My own, stops", rule_seeds.strings("ContainsSubjectStrings", "n4"), rule_seeds.true("MarkAsRead")
         + rule_seeds.STOP),
    replace(next(rule_seeds.conditions()), name="My name for it"),
    Rule("My own, off", rule_seeds.strings("ContainsSubjectStrings", "word"), rule_seeds.true("PermanentDelete"),
         enabled=False),
)
XS = "{http://www.w3.org/2001/XMLSchema}"
SAID = 25       # characters of words that say what to do, at least


@dataclass(frozen=True)
class Owned:
    """What the owner of the new mailbox has."""

    rules: Sequence[Rule] = ()
    colours: Sequence[Category] = ()
    away: Away = NOTHING


def judged(at: Moving, owned: Owned, post: Sequence[Letter], *, forwarding: bool) -> None:
    """Moves everything, judges what there is and what mail triggers, moves again without a store, and takes it back."""
    at.plant_new(owned.rules, owned.colours, owned.away)
    there, before = at.old.categories(), at.new.categories()
    choices = (Choice.FORWARDING,) if forwarding else ()

    done = at.migrate(*choices)

    rules_judged(at, done, owned.rules, forwarding=forwarding)
    mail_judged(at, owned.rules, post, forwarding=forwarding)
    if there is not None:
        colours_judged(at, done, there, before)
    away_judged(at, done, owned.away)
    tasks = [done.task_id, *moved_again(at, done, choices)]
    for task in reversed(tasks):
        taken_back(at, task)
    as_before(at)


def meaning(one: Rule) -> tuple[str, str, str]:
    """By what a rule is known again."""
    return one.conditions, one.exceptions, one.actions


def rules_judged(at: Moving, done: Migration, mine: Sequence[Rule], *, forwarding: bool) -> None:
    """Behind those of the owner are the ones that have to be there, in their order; the others are named."""
    known = {meaning(one) for one in mine}
    wanted = [one for one in at.wanted(forwarding=forwarding) if meaning(one) not in known]
    with at.expected([*mine, *wanted]) as (model, _):
        assert at.new.rules() == model.rules(), at.said(done)
    there = [one for one in at.seeds if meaning(one) in known]
    refused = [one for one in at.seeds if one.fate is Fate.REFUSED]
    copied = [one for one in wanted if not one.name.endswith(" (only stops)")]
    left = len(at.seeds) - len(there) - len(refused) - len(copied)
    assert at.counts(done, RULES) == Counts(
        found=len(at.seeds), copied=len(copied), already_there=len(there), failed=len(refused), left_out=left
    ), at.said(done)
    named(at, done, [one for one in at.seeds if one not in there and one not in copied])


def named(at: Moving, done: Migration, missing: Sequence[Rule]) -> None:
    """Each rule that is not there has a line, which says what to do; one that let others act says that, too."""
    lines = at.lines(done, RULES)
    for one in missing:
        said = [line for line in lines if one.name in line.item]
        assert any(len(line.reason) >= SAID for line in said), (one.name, at.said(done))
        outcome = Reason.FAILED if one.fate is Fate.REFUSED else Reason.LEFT_OUT
        assert any(line.outcome is outcome for line in said), (one.name, said)
        if one.stops and one.blind:
            assert any("stop" in line.reason for line in said), (one.name, said)


def mail_judged(at: Moving, mine: Sequence[Rule], post: Sequence[Letter], *, forwarding: bool) -> None:
    """Mail ends as it has to with such rules; what no left-out rule is about ends as it does in the old mailbox."""
    known = {meaning(one) for one in mine}
    wanted = [one for one in at.wanted(forwarding=forwarding) if meaning(one) not in known]
    here = delivered(at.at.emulator, at.new, HERE, post)
    with at.expected([*mine, *wanted]) as (model, called):
        due = delivered(at.at.emulator, model, called, post)
    assert without_replies(otherwise(due, here)) == []
    assert here.on() == due.on()
    assert (here.on() > 0) == (forwarding and any(one.fate is Fate.SENDS for one in at.seeds))
    about = rule_seeds.words([one for one in at.seeds if not is_carried(one, forwarding=forwarding)])
    if not mine:
        rest = [one for one in post if not any(each in one.subject for each in about)]
        was = delivered(at.left, at.old, THERE, rest)
        assert len(rest) > len(post) // 4
        assert without_replies(otherwise(was, only(here, rest))) == []


def only(arrived: Arrived, post: Sequence[Letter]) -> Arrived:
    """Of what arrived those messages."""
    subjects = {one.subject for one in post}
    sent = type(arrived.sent)({key: many for key, many in arrived.sent.items() if key[2] in subjects})
    return Arrived({name: where for name, where in arrived.lies.items() if name in subjects}, sent)


def without_replies(found: list[tuple[str, object, object]]) -> list[tuple[str, object, object]]:
    """Without what is sent once a sender while somebody is away, which hangs on what arrived before."""
    return [one for one in found if "out of office reply" not in one[0]]


def colours_judged(at: Moving, done: Migration, there: Categories, before: Categories | None) -> None:
    """Those of the owner are as they were, the others beside them; what the owner has otherwise is named."""
    here, names = at.new.categories(), {one["name"].casefold() for one in (before.each if before else ())}
    assert here is not None
    assert same_categories(here, merged(there, before)) == [], at.said(done)
    copied = sum(one["name"].casefold() not in names for one in there.each)
    counts = at.counts(done, COLOURS)
    assert (counts.found, counts.copied, counts.failed) == (len(there.each), copied, 0)
    left = [one.item for one in at.lines(done, COLOURS)]
    assert len(left) == counts.left_out
    assert (before is None) or ({"Colour 4", "Key 9"} & {one["name"] for one in there.each} <= set(left))


def away_judged(at: Moving, done: Migration, mine: Away) -> None:
    """The settings of the old mailbox, unless the owner of the new one has some."""
    was, now = at.old.away(), at.new.away()
    if mine is not NOTHING:
        assert now.inside[0] == mine.inside
        assert at.counts(done, AWAY) == Counts(found=1, left_out=1), at.said(done)
        assert any(len(one.reason) >= SAID for one in at.lines(done, AWAY)), at.said(done)
    elif was.inside[0] or was.outside[0]:
        assert now == was, at.said(done)
        assert at.counts(done, AWAY) == Counts(found=1, copied=1), at.said(done)
    else:
        assert at.counts(done, AWAY) == Counts()


def moved_again(at: Moving, first: Migration, choices: Sequence[Choice]) -> list[str]:
    """Moves it once more, and again when the store is lost: nothing is new. Returns the task of the former."""
    kept = settings_of(at)
    again = at.migrate(*choices)
    for content in (RULES, COLOURS, AWAY):
        one, two = at.counts(first, content), at.counts(again, content)
        due = replace(one, copied=0, already_there=one.copied + one.already_there)
        assert two == due, (content, at.said(again))
    assert settings_of(at) == kept
    with_store = at.at
    at.without_its_store()
    lost = at.migrate(*choices)
    assert [at.counts(lost, content).copied for content in (RULES, COLOURS, AWAY)] == [0, 0, 0], at.said(lost)
    assert settings_of(at) == kept
    taken_back(at, lost.task_id)
    at.at = with_store
    return [again.task_id]


def settings_of(at: Moving) -> list[str]:
    """What the dump of the new mailbox says of settings."""
    starts = ("rule ", "setting ", "  configuration CategoryList")
    return [line for line in at.at.emulator.dump(ADDRESS).splitlines() if line.startswith(starts)]


def as_before(at: Moving) -> None:
    """The new mailbox is as it was before anything was moved."""
    assert normal(at.at.emulator.dump(ADDRESS)) == normal(at.before)


def taken_back(at: Moving, task: str, *choices: Choice) -> None:
    """Takes a task back; it keeps nothing, and nobody is told."""
    back = at.at.roll_back(task, *choices)
    assert (back.state, back.rollback.kept) == (State.ROLLED_BACK, 0), at.said(back)
    assert at.at.emulator.outgoing() == []


def test_everything_moves_into_a_mailbox_with_its_own_and_back(tmp_path: Path) -> None:
    """Rules that send stay behind unless they are asked for; the owner's own are in front, and untouched."""
    with moving(tmp_path) as at:
        at.plant_old(rule_seeds.small(), categories()[::2], OWN_ON)
        judged(at, Owned(OWN_RULES, own()), letters(30, 1), forwarding=False)


def test_rules_that_send_mail_on_do_what_they_did(tmp_path: Path) -> None:
    """With them asked for, mail that arrives triggers what it did."""
    with moving(tmp_path) as at:
        at.plant_old(rule_seeds.small(), away=next(matrix()))
        judged(at, Owned(), letters(30, 2), forwarding=True)


def test_the_seeds_hold_every_condition_exception_and_action_of_the_schema() -> None:
    """Whatever EWS can tell of a rule; of exceptions, those that this server takes."""
    types = etree.fromstring((find_schema(None) / "types.xsd").read_bytes())

    def known(name: str) -> set[str]:
        path = f"{XS}complexType[@name='{name}']/{XS}sequence/{XS}element"
        return {f"<t:{one.get('name')}" for one in types.iterfind(path)}

    rules = rule_seeds.rules()
    conditions, exceptions, actions = ("".join(getattr(one, part) for one in rules)
                                       for part in ("conditions", "exceptions", "actions"))
    refused = {"<t:FromConnectedAccounts", "<t:MessageClassifications"}
    assert {one for one in known("RulePredicatesType") if one not in conditions} == set()
    assert {one for one in known("RulePredicatesType") if one not in exceptions} == refused
    assert {one for one in known("RuleActionsType") if one not in actions} == set()
    assert [one.fate for one in rules].count(Fate.MOVES) > 55


def state_of(one: Away) -> Set:
    """The settings that come of those."""
    return Set(one.expected, one.audience, one.when, (one.inside, one.languages[0]), (one.outside, one.languages[1]))
