"""A process dies at each of its requests while filters and a responder of Gmail move: nothing is there twice."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from lxml import etree

from engine.migration.content import Content
from engine.migration.record import State
from tests.recovery.engine.test_google_items_killed import moments
from tests.servers.google.arrived import Reader
from tests.servers.google.moving import Moving, google_moving
from tests.servers.google.rules_judge import judged, left, lines
from tests.servers.google.truth.filters import Vacation, filters, letters
from tests.servers.google.vacation_judge import settings, without, wrong
from tests.servers.mail_servers.dovecot import MISSING, installed
from tests.servers.processes.mortal import as_of

pytestmark = pytest.mark.skipif(not installed(), reason=MISSING)

ALL = (Content.MAIL, Content.INBOX_RULES, Content.OUT_OF_OFFICE)
# What a filter can do, and some of what it can ask for; tests/load has all forty.
DEEDS = ("thrown away", "starred", "important", "sent on", "all of it", "first of two", "second of two")
FILTERS = [one for number, one in enumerate(filters()) if one.name in DEEDS or number % 5 == 0]
AWAY = Vacation(text="Away\nAnn")


@contextmanager
def mailbox(directory: Path) -> Iterator[Moving]:
    """A few filters, and a responder."""
    labels = sorted({label for one in FILTERS for label in one.labels})
    with google_moving(directory, wanted=ALL, labels=labels, imap=True) as at:
        at.items.filters(FILTERS)
        at.items.vacation(AWAY)
        yield at


def rules(reader: Reader) -> list[str]:
    """The rules, without the numbers that the server gives them."""
    found = []
    for one in reader.asked("<m:GetInboxRules/>").iter("{*}Rule"):
        for number in [each for each in one if etree.QName(each).localname in ("RuleId", "Priority")]:
            one.remove(number)
        found.append(etree.tostring(one, method="c14n").decode())
    return found


def test_a_death_at_any_request_leaves_no_rule_twice_and_no_reply_half(tmp_path: Path) -> None:
    """Rules are there as a whole or not at all; whoever resumes it makes it whole, and all of it goes again."""
    with mailbox(tmp_path) as at:
        task = at.begin(ALL)
        found = moments(at, task)
        due, off = rules(at.here), "Disabled"
        assert len(due) == len(set(due)) > len(FILTERS)
        for number, moment in enumerate(found):
            after = replace(at, at=at.knowing(as_of(at.at, moment)))

            assert rules(after.here) in ([], due), number
            assert settings(after.here).findtext("{*}OofState") == off or wrong(after.here, AWAY, at.clock()) == []
            done = after.at.run(task)

            assert done.state is State.COMPLETED, (number, done.attention)
            assert rules(after.here) == due, number
            assert wrong(after.here, AWAY, at.clock()) == [], number
        stayed = left(FILTERS, lines(after, done))
        assert judged(after, FILTERS, letters(random.Random(1), 30, FILTERS), stayed, sends=False) == []
        back = after.at.roll_back(task)
        assert (back.state, back.rollback.kept) == (State.ROLLED_BACK, 0), after.said(back)
        assert without(after.dump()) == without(at.before)
