"""70 rules, 60 categories and out-of-office settings of each kind move; 200 messages and raw XML judge what arrives."""

from __future__ import annotations

from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.connectors.exchange.source import ExchangeSource
from engine.connectors.network.pinning import Network
from engine.contents import withheld_from
from engine.errors import InputError
from engine.migration.account import Access, opening
from engine.migration.content import Content
from engine.migration.record import Counts, State
from engine.migration.request import Choice
from engine.migration.steering import stop
from engine.settings.switching_on import switch_on
from tests.recovery.engine.test_service_accounts import RIGHTS, SERVICE
from tests.recovery.engine.test_settings_seeded import (
    OWN_RULES,
    SAID,
    Owned,
    as_before,
    colours_judged,
    judged,
    mail_judged,
    rules_judged,
    state_of,
    taken_back,
)
from tests.servers.exchange.pair import OLD
from tests.servers.processes.mortal import HELD, dies_at, lives_through
from tests.servers.settings import rule_seeds
from tests.servers.settings.colour_seeds import categories, own
from tests.servers.settings.judge import merged, same_categories
from tests.servers.settings.moving import AWAY, COLOURS, RULES, moving
from tests.servers.settings.out_of_office_seeds import NOTHING, OWN_ON, OWN_TEXT, matrix, odd, others
from tests.servers.settings.rule_mail import letters
from tests.servers.settings.rule_planting import Called, planted
from tests.servers.world import ADDRESS, PASSWORD

MANY = 200


@pytest.mark.parametrize("forwarding", [False, True])
@pytest.mark.parametrize("mine", [Owned(), Owned(OWN_RULES, own(), OWN_TEXT)], ids=["nothing", "its own"])
def test_everything_moves_and_mail_does_what_it_did(tmp_path: Path, mine: Owned, forwarding: bool) -> None:
    """Every condition, exception and action; those that send if they were asked for; into a mailbox with its own."""
    with moving(tmp_path) as at:
        at.plant_old(rule_seeds.rules(), categories(), OWN_ON)
        judged(at, mine, letters(MANY, 3), forwarding=forwarding)


@pytest.mark.parametrize(
    "behaviour",
    [
        {"disabled_rules_deletable": True, "renders_replies": False, "rules_on_ex_addresses": "refused"},
        {"rules_on_ex_addresses": "kept", "shows_rule_messages": False},
    ],
    ids=["kind", "silent"],
)
def test_servers_that_do_otherwise_what_nobody_has_proved_make_no_difference(
    tmp_path: Path, behaviour: dict[str, object]
) -> None:
    """Both of them."""
    with moving(tmp_path) as at:
        at.left.configure(**behaviour)
        at.at.emulator.configure(**behaviour)
        at.plant_old(rule_seeds.small(), categories()[::2], next(matrix()))
        judged(at, Owned(OWN_RULES[1:], own()), letters(60, 4), forwarding=True)


def test_out_of_office_of_each_kind_comes_and_goes(tmp_path: Path) -> None:
    """Each state, audience, schedule and language; one that has passed is off; a second run finds it; and back."""
    with moving(tmp_path, AWAY, mail=False) as at:
        at.plant_new()
        for one in chain(matrix(), others()):
            at.plant_old(away=one)

            done, again = at.migrate(), at.migrate()

            wanted, now = state_of(one), at.new.away()
            passed = one.state != one.expected
            assert now == wanted or (passed and now == wanted.__class__(
                wanted.state, wanted.audience, now.when, wanted.inside, wanted.outside)), (one.name, at.said(done))
            assert at.counts(done, AWAY) == Counts(found=1, copied=1), one.name
            assert at.counts(again, AWAY) == Counts(found=1, already_there=1), one.name
            taken_back(at, again.task_id)
            taken_back(at, done.task_id)
            as_before(at)


def test_left_off_everything_but_the_state_comes(tmp_path: Path) -> None:
    """The texts, whom they are for and the schedule; the mailbox answers nobody."""
    with moving(tmp_path, AWAY, mail=False) as at:
        at.plant_new()
        for one in matrix():
            at.plant_old(away=one)
            done = at.migrate(Choice.LEAVE_OFF)
            assert at.new.away() == state_of(one).__class__(
                "Disabled", one.audience, one.when, (one.inside, ""), (one.outside, "")), at.said(done)
            taken_back(at, done.task_id)
            as_before(at)


def test_what_was_left_off_is_switched_on_as_the_source_had_it(tmp_path: Path) -> None:
    """Enabled or by its schedule; once; a rollback takes that back, too. What was off stays off."""
    with moving(tmp_path, AWAY, mail=False) as at:
        at.plant_new()
        for one in (*matrix(), *others()[:2]):
            at.plant_old(away=one)
            done = at.migrate(Choice.LEAVE_OFF)
            if one.expected == "Disabled":
                with pytest.raises(InputError):
                    switch_on(at.at.engine, done.task_id)
            else:
                for _ in range(2):
                    switch_on(at.at.engine, done.task_id)
            assert at.new.away() == state_of(replace(one, state=one.expected)), one.name
            assert at.at.emulator.outgoing() == []
            taken_back(at, done.task_id)
            as_before(at)


def test_what_no_server_takes_is_named_and_loses_no_words(tmp_path: Path) -> None:
    """On without a text, or with one of both: nothing is invented that anybody is sent, and the report says so."""
    with moving(tmp_path, AWAY, mail=False) as at:
        at.plant_new()
        for one in odd():
            at.plant_old(away=one)
            done = at.migrate()
            now = at.new.away()
            assert (now.inside[0].strip(), now.outside[0].strip()) == (one.inside.strip(), one.outside.strip())
            if one.inside or one.outside:
                named = any(len(line.reason) >= SAID for line in at.lines(done, AWAY))
                assert now.state == one.expected or named, (one.name, now)
            taken_back(at, done.task_id)
            as_before(at)


def test_a_server_that_makes_documents_of_replies_has_the_same_words(tmp_path: Path) -> None:
    """What it renders counts as what was written: a second run finds it, and a rollback takes it for ours."""
    with moving(tmp_path, AWAY, mail=False) as at:
        at.at.emulator.configure(renders_replies=True)
        at.plant_new()
        at.plant_old(away=[*others()][4])

        done, again = at.migrate(), at.migrate()

        assert at.new.away().inside[0] == "<html>\n<body>\nWeg.\nBis bald\n</body>\n</html>\n"
        assert at.counts(done, AWAY) == Counts(found=1, copied=1)
        assert at.counts(again, AWAY) == Counts(found=1, already_there=1), at.said(again)
        taken_back(at, again.task_id)
        taken_back(at, done.task_id)
        as_before(at)


def test_nothing_comes_of_nothing(tmp_path: Path) -> None:
    """Off and without a text there is nothing to move; no rules and no categories are none."""
    with moving(tmp_path) as at:
        at.plant_new(OWN_RULES, own(), OWN_ON)
        at.plant_old(away=NOTHING)

        done = at.migrate()

        assert [at.counts(done, one) for one in (RULES, COLOURS, AWAY)] == [Counts()] * 3
        taken_back(at, done.task_id)
        as_before(at)


def test_beyond_the_quota_the_first_ones_are_there(tmp_path: Path) -> None:
    """In their order; the rest is named."""
    with moving(tmp_path, RULES) as at:
        at.at.emulator.configure(rules_quota_bytes=32_768)
        long = "x" * 240
        seeds = [rule_seeds.Rule(f"Long {n}", rule_seeds.strings("ContainsBodyStrings", *(f"{n} {long}",) * 3),
                                 rule_seeds.true("MarkAsRead")) for n in range(60)]  # fmt: skip
        at.plant_old(seeds)
        at.plant_new()

        done = at.migrate()

        counts, names = at.counts(done, RULES), [one.name for one in at.new.rules()]
        assert names == [one.name for one in seeds[: len(names)]]
        assert 20 < len(names) < 60
        assert (counts.copied, counts.left_out + counts.failed) == (len(names), 60 - len(names))
        assert {line.item for line in at.lines(done, RULES)} >= {one.name for one in seeds[len(names):]}
        taken_back(at, done.task_id)
        as_before(at)


def test_outlook_s_copy_of_the_rules_is_kept_unless_it_may_go(tmp_path: Path) -> None:
    """Without the tick no rule is written, and each says what to tick, and the rest moves; with it, it is gone."""
    with moving(tmp_path) as at:
        at.plant_old(rule_seeds.small(), categories()[:5], OWN_ON)
        at.at.emulator.leave_outlook_rules(ADDRESS)
        at.plant_new(OWN_RULES)

        done = at.migrate()

        assert at.counts(done, RULES) == Counts(found=len(at.seeds), already_there=1, left_out=len(at.seeds) - 1)
        assert at.counts(done, COLOURS).copied == at.counts(done, AWAY).found * 5
        assert at.new.blob()
        taken_back(at, done.task_id)
        as_before(at)

        done = at.migrate(Choice.OUTLOOK_RULES)
        rules_judged(at, done, OWN_RULES, forwarding=False)
        mail_judged(at, OWN_RULES, letters(60, 5), forwarding=False)
        assert not at.new.blob()
        taken_back(at, done.task_id)
        at.before = at.before.replace("setting outlook rule blob=1\n", "")
        as_before(at)


def test_rules_of_the_assistant_are_named_and_others_like_them_are_not(tmp_path: Path) -> None:
    """By their names; neither the server's own rules, nor the one for junk mail, nor Inbox rules."""
    with moving(tmp_path) as at:
        at.left.leave_assistant_rules(OLD, "To my deputy & co")
        at.left.leave_assistant_rules(OLD, "An extended one", extended=True)
        at.left.leave_junk_rule(OLD)
        at.plant_old(rule_seeds.small()[:3], away=OWN_ON)
        at.plant_new()

        done = at.migrate()

        said = "\n".join(f"{one.item}: {one.reason}" for one in at.lines(done, AWAY))
        assert "To my deputy & co" in said
        assert "An extended one" in said
        assert "Microsoft.Exchange" not in said
        assert "Junk" not in said
        assert "If 0" not in said
        assert at.counts(done, AWAY).copied == 1


def test_where_rules_may_be_that_nobody_tells_the_report_says_so(tmp_path: Path) -> None:
    """Those of the assistant, where a server does not show them; those that only Outlook has."""
    with moving(tmp_path) as at:
        at.left.configure(shows_rule_messages=False)
        at.left.leave_assistant_rules(OLD, "To my deputy")
        at.left.leave_outlook_rules(OLD)
        at.plant_old(rule_seeds.small()[:3], away=OWN_ON)
        at.plant_new()

        done = at.migrate()

        said = at.said(done)
        assert [line for line in said if "out-of-office assistant" in line and "not looked at" in line], said
        assert [line for line in said if "only Outlook" in line], said
        assert "To my deputy" not in str(said)
        counts = at.counts(done, RULES)
        assert (counts.found, counts.found - counts.copied) == (3, counts.left_out)


def test_categories_are_there_before_the_first_message(tmp_path: Path) -> None:
    """Dead at the first message, the migration has brought all of them."""
    with moving(tmp_path) as at:
        at.plant_old(rule_seeds.small(), categories())
        at.plant_new(colours=own())
        there, before, task = at.old.categories(), at.new.categories(), at.begin()
        assert there is not None
        fault = Fault(operation="CreateItem", nth=1, when="before", action="hold", name=HELD)

        assert dies_at(at.at, (fault,), lambda doomed: doomed.run(task))

        here = at.new.categories()
        assert here is not None
        assert same_categories(here, merged(there, before)) == []
        colours_judged(at, at.at.run(task), there, before)


def test_rules_are_created_in_one_request_behind_all_mail(tmp_path: Path) -> None:
    """Once the last message is there; none if the mail was stopped."""
    with moving(tmp_path) as at:
        at.plant_old([*rule_seeds.conditions()])
        at.plant_new(OWN_RULES)
        task = at.begin()
        fault = Fault(operation="CreateItem", nth=1, when="before", action="hold", name=HELD)
        lives_through(at.at, (fault,), lambda doomed: doomed.run(task), lambda _: stop(at.at.engine, task))
        assert at.at.engine.store.load(task).state is State.CANCELLED
        assert [one.name for one in at.new.rules()] == [one.name for one in OWN_RULES]
        taken_back(at, task)

        at.migrate()

        written = [one.operation for one in at.at.emulator.requests if one.committed and one.operation in (
            "CreateItem", "UpdateInboxRules")]  # fmt: skip
        assert written[-1] == "UpdateInboxRules"
        assert written.count("UpdateInboxRules") == 1
        assert len(at.new.rules()) == len(OWN_RULES) + len(at.seeds) - 1


@pytest.mark.parametrize("access", RIGHTS)
def test_a_service_account_never_takes_its_own_rules_for_those_of_somebody_else(
    tmp_path: Path, access: Access
) -> None:
    """Whoever impersonates the owners moves all; with full access rules and out-of-office stay where they are."""
    with moving(tmp_path) as at:
        whose = {at.left: OLD, at.at.emulator: ADDRESS}
        for server, owner in whose.items():
            server.add_mailbox(SERVICE, password=PASSWORD)
            server.configure(**{RIGHTS[access]: {SERVICE: [owner]}})
        service = Called(SERVICE, SERVICE)
        for name in ("old", "exchange"):
            planted(tmp_path / f"{name}.sqlite", service, lambda into: (into.put(OWN_RULES), into.away(OWN_ON.xml())))
        at.plant_old(rule_seeds.small(), categories()[:4], away=[*matrix()][1])
        at.plant_new(OWN_RULES[1:])
        asked = at.request(tuple(Content), ())
        asked = replace(asked, source=opening(replace(asked.source, login=SERVICE), OLD, access),
                        destination=opening(replace(asked.destination, login=SERVICE), ADDRESS, access))
        withheld = withheld_from(asked.source, asked.destination)
        asked = replace(asked, contents=tuple(one for one in asked.contents if one not in withheld))
        assert {RULES, AWAY}.isdisjoint(asked.contents) == (access is Access.FULL_ACCESS)
        at.at.connectors.sources[SERVICE] = ExchangeSource(asked.source, PASSWORD, Network(trusts_person=True))  # type: ignore[assignment]  # a source
        own = [server.dump(SERVICE) for server in whose]

        done = at.at.run(at.at.begin_with(asked).task_id)

        assert [server.dump(SERVICE) for server in whose] == own
        assert at.counts(done, COLOURS).copied == 4
        if access is Access.IMPERSONATION:
            rules_judged(at, done, OWN_RULES[1:], forwarding=False)
            assert at.new.away() == at.old.away()
        else:
            assert [one.name for one in at.new.rules()] == [one.name for one in OWN_RULES[1:]]
            assert at.new.away() == state_of(NOTHING)


def test_mail_without_rules_leaves_rules_alone(tmp_path: Path) -> None:
    """What was not asked for stays as it is at both ends; categories come with mail."""
    with moving(tmp_path) as at:
        at.plant_old(rule_seeds.small(), categories()[:4], OWN_ON)
        at.plant_new(OWN_RULES)
        there = at.left.dump(OLD)

        done = at.migrate(wanted=(Content.MAIL, Content.COLOURS))

        assert [one.name for one in at.new.rules()] == [one.name for one in OWN_RULES]
        assert at.new.away().state == "Disabled"
        assert at.counts(done, COLOURS).copied == 4
        assert at.left.dump(OLD) == there
