"""A task as it was read, made into one that can be written into another mailbox."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from lxml import etree

from engine.connectors.exchange.read import moment
from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.by_itself import digest_here, item_of
from engine.connectors.exchange.typed.circumstances import Circumstances
from engine.connectors.exchange.typed.digests import theirs
from engine.connectors.exchange.typed.identity import search_key_of
from engine.connectors.exchange.typed.subject import cut_subject
from engine.connectors.exchange.typed.tasks.assigned import stand_alone
from engine.connectors.exchange.typed.tasks.completion import say_once
from engine.connectors.exchange.typed.tasks.facts import COMPLETED, NOT_STARTED, percent, status
from engine.connectors.exchange.typed.tasks.fields import TASK
from engine.connectors.exchange.typed.tasks.reminders import silence
from engine.connectors.exchange.typed.tasks.series import stand_where_it_is
from engine.connectors.exchange.typed.whole import Whole
from engine.messages.source_key import key_by_content
from engine.ports.typed import TypedItem

WHEN_UNKNOWN = "the source does not tell when it was completed: it counts as completed when it arrives"
NOT_YET = "by the source it is completed at a time that is still to come: it counts as completed when it was copied"
PART_DONE = "how much of it was done is not kept, for it has not been started"


def made(uid: int, whole: Whole, at: Circumstances) -> TypedItem:
    """The item, ready to be written but for its tag. Takes `whole` apart. Raises FatalError, RetryableError."""
    item = whole.item
    key, there = search_key_of(item) or key_by_content(xml.written(item)), theirs(whole)
    untold = [
        *whole.lacking, *cut_subject(item), *stand_alone(item), *stand_where_it_is(item), *_put_right(item, at.now),
    ]
    silence(item, at.now)
    here = digest_here(whole, at.directory.becomes)
    say_once(item)
    return item_of(uid, whole, TASK, key=key, digests=(here, there), untold=untold)


def _put_right(item: etree._Element, now: datetime) -> Iterator[str]:
    """Puts right what a server would refuse; words on that, and on what it does not keep."""
    if status(item) == COMPLETED:
        when = moment(item, "CompleteDate")
        if when is None:
            yield WHEN_UNKNOWN
        elif when > now:                                # ErrorInvalidCompleteDate (page "ResponseCode")
            xml.put(item, "CompleteDate", xml.utc(now))
            yield NOT_YET
    elif status(item) == NOT_STARTED and percent(item):
        yield PART_DONE
