"""What an item may have been written as that is shown otherwise, though its owner has changed nothing.

Whoever dismisses a reminder turns it off (PidLidReminderSet, [MS-OXORMDR] 2.2.1.1), and not all servers keep what a
guest has answered: they show the owner as the organizer. The other way round, a reminder that is set and an answer are
the owner's doing. Of a completed task a server may keep another time of its completion.
"""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from itertools import product

from engine.connectors.exchange.read import moment
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.facts import ANSWERS, answer
from engine.connectors.exchange.typed.fields import CALENDAR_ITEM
from engine.connectors.exchange.typed.tasks.facts import COMPLETED, status
from engine.connectors.exchange.typed.tasks.fields import TASK
from engine.connectors.exchange.typed.whole import Whole

_A_DAY = timedelta(days=1)


def written_perhaps(whole: Whole) -> Iterator[Whole]:
    """The item as it is, then as it may have been written."""
    yield whole
    element = whole.item.tag.rpartition("}")[2]
    if element == CALENDAR_ITEM.element:
        yield from _appointments(whole)
    elif element == TASK.element:
        yield from _completed(whole)


def _appointments(whole: Whole) -> Iterator[Whole]:
    reminders = product(*[(False, True)] * (2 if whole.changed else 1))
    answers = ("",) if answer(whole.item) or xml.words(whole.item, "MyResponseType") == "NoResponseReceived" else (
        "", *ANSWERS)
    for (of_series, *of_occurrences), each in product(reminders, answers):
        if of_series or any(of_occurrences) or each:
            yield _varied(whole, of_series=of_series, of_occurrences=any(of_occurrences), answered=each)


def _varied(whole: Whole, *, of_series: bool, of_occurrences: bool, answered: str) -> Whole:
    """A copy in which all have that answer where they have none, and reminders that are off are on."""
    item = copy.deepcopy(whole.item)
    changed = tuple(replace(one, item=copy.deepcopy(one.item)) for one in whole.changed)
    for one, reminds in ((item, of_series), *((each.item, of_occurrences) for each in changed)):
        if reminds:
            xml.put(one, "ReminderIsSet", "true")
        if answered and not answer(one):
            xml.put(one, "MyResponseType", answered)
    return replace(whole, item=item, changed=changed)


def _completed(whole: Whole) -> Iterator[Whole]:
    """Copies of a completed task: without a day, which the server then sets, and completed a day earlier or later.

    A server may keep a completion as midnight of some time zone, which by UTC can be the day before or after.
    """
    when = moment(whole.item, "CompleteDate")
    if when is None or status(whole.item) != COMPLETED:
        return
    for completed in ("", xml.utc(when - _A_DAY), xml.utc(when + _A_DAY)):
        item = copy.deepcopy(whole.item)
        xml.put(item, "CompleteDate", completed)
        yield replace(whole, item=item)
