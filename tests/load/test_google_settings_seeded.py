"""Forty filters of Gmail and a vacation responder move; 200 letters end where the filters would have put them.

GOOGLE_SEED draws other letters.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from emulators.exchange import Fault
from engine.clock import utc_now
from engine.errors import Side
from engine.migration.content import Content
from engine.migration.record import Reason, State
from engine.migration.request import Choice
from engine.migration.steering import retry
from tests.load.test_google_seeded import drawn_by
from tests.servers.google.moving import Moving, google_moving
from tests.servers.google.rules_judge import judged, left, lines, unnamed
from tests.servers.google.truth.filters import Vacation, filters, letters, vacations
from tests.servers.google.vacation_judge import without, wrong
from tests.servers.mail_servers.dovecot import MISSING, installed

pytestmark = pytest.mark.skipif(not installed(), reason=MISSING)

ALL = (Content.MAIL, Content.INBOX_RULES, Content.OUT_OF_OFFICE)
FILTERS, LETTERS = filters(), 200
# What no condition or action of Exchange equals, or of which Google's pages do not say what it means.
MAY_STAY = {"a category of Gmail", "a kind of file", "a phrase anywhere", "but not", "copied to", "nested", "starred",
            "two words", "words anywhere"}
NOTHING_ELSE = ((Content.INBOX_RULES,), (Content.OUT_OF_OFFICE,))


@pytest.fixture(scope="module")
def chance() -> random.Random:
    return random.Random(drawn_by())


@contextmanager
def mailbox(directory: Path, vacation: Vacation | None = None) -> Iterator[Moving]:
    """An account with forty filters, the labels that they give, and perhaps a responder."""
    labels = sorted({label for one in FILTERS for label in one.labels})
    with google_moving(directory, wanted=ALL, labels=labels, imap=True) as at:
        at.items.filters(FILTERS)
        if vacation is not None:
            at.items.vacation(vacation)
        yield at


@pytest.mark.parametrize("choices", [(), (Choice.FORWARDING,)], ids=["kept to itself", "sent on"])
def test_letters_end_where_filters_would_have_put_them(
    tmp_path: Path, chance: random.Random, choices: tuple[Choice, ...]
) -> None:
    """What stays is named with its text; a second run brings nothing; a rollback leaves what was there."""
    away = vacations(chance, utc_now())
    with mailbox(tmp_path, away) as at:
        done = at.migrate(ALL, *choices)

        stayed = left(FILTERS, lines(at, done))
        assert stayed <= MAY_STAY
        assert judged(at, FILTERS, letters(chance, LETTERS, FILTERS), stayed, sends=bool(choices)) == []
        assert unnamed(FILTERS, lines(at, done), sends=bool(choices)) == []
        assert wrong(at.here, away, at.clock()) == []
        before = at.dump()
        again = at.migrate(ALL, *choices)
        assert [at.counts(again, one).copied for one in ALL] == [0, 0, 0]
        assert at.dump() == before
        back = at.at.roll_back(done.task_id)
        assert (back.state, back.rollback.kept) == (State.ROLLED_BACK, 0), at.said(back)
        assert without(at.dump()) == without(at.before)


def kinds() -> list[Vacation]:
    """A responder of each kind."""
    now = utc_now().replace(minute=0, second=0, microsecond=0)
    plain = Vacation(text="Back soon, schöne Grüße 🌴\nAnn & Co <ann>")
    day = timedelta(days=1)
    return [plain, replace(plain, subject=""), replace(plain, html="<div>Back <b>soon</b><br>Ann</div>"),
            replace(plain, contacts_only=True), replace(plain, domain_only=True),
            replace(plain, contacts_only=True, domain_only=True), replace(plain, start=now - day, end=now + 3 * day),
            replace(plain, start=now + day, end=now + 9 * day), replace(plain, start=now - day),
            replace(plain, end=now + 5 * day), replace(plain, start=now - 9 * day, end=now - day)]


def test_a_responder_says_the_same(tmp_path: Path) -> None:
    """Whenever it is on, for whomever, in text or HTML; what is over arrives switched off, with its words."""
    with mailbox(tmp_path) as at:
        for one in kinds():
            at.items.vacation(one)
            done = at.migrate((Content.OUT_OF_OFFICE,))

            assert wrong(at.here, one, at.clock()) == [], one
            assert at.at.roll_back(done.task_id).state is State.ROLLED_BACK
            assert without(at.dump()) == without(at.before), one


@pytest.mark.parametrize("wanted", NOTHING_ELSE, ids=lambda wanted: wanted[0].value)
def test_consent_for_one_setting_moves_it_alone(tmp_path: Path, wanted: tuple[Content, ...]) -> None:
    """Rules whose folders are not there are named; whoever moves the mail as well has all of them then."""
    away = Vacation(text="Away")
    with mailbox(tmp_path, away) as at:
        first = at.migrate(wanted)

        rules = at.here.asked("<m:GetInboxRules/>").findall(".//{*}Rule")
        assert bool(rules) == (Content.INBOX_RULES in wanted)
        assert (wrong(at.here, away, at.clock()) == []) == (Content.OUT_OF_OFFICE in wanted)
        assert {one.content for one in at.lines(first)} <= set(wanted)
        done = at.migrate(ALL)
        stayed = left(FILTERS, lines(at, done))
        assert stayed <= MAY_STAY
        assert judged(at, FILTERS, letters(random.Random(1), 80, FILTERS), stayed, sends=False) == []


def test_what_was_refused_is_named_and_comes_with_a_retry(tmp_path: Path) -> None:
    """Rules are refused as one, and the responder by itself; "Retry failed" brings both, and none twice."""
    with mailbox(tmp_path, Vacation(text="Away")) as at:
        for operation, content in (("UpdateInboxRules", Content.INBOX_RULES), ("SetUserOofSettingsRequest", ALL[-1])):
            at.at.emulator.add_fault(Fault(operation=operation, action="fault", code="ErrorAccessDenied"))
            task = at.begin((Content.MAIL, content))
            done = at.ended(at.at.run(task))
            at.at.emulator.clear_faults()

            found = at.counts(done, content)
            assert found.failed + found.left_out == found.found, found
            assert any(one.outcome is Reason.FAILED for one in at.lines(done)), at.said(done)
            retry(at.at.engine, task, {Side.SOURCE: at.consent((Content.MAIL, content))})
            again = at.ended(at.at.run(task))
            assert at.counts(again, content).failed == 0
            assert at.counts(at.migrate((content,)), content).copied == 0
