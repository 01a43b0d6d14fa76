"""What an item's kind adds to what all items have: how it is set, completed, shown and searched."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from lxml import etree

from emulators.exchange.calendar import meeting_facts, meeting_shape
from emulators.exchange.call import Call
from emulators.exchange.item import Item
from emulators.exchange.people import contact, group
from emulators.exchange.tasks import task

Value = str | int | float | bool | list[str] | None


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of item.

    `returned` and `withheld` are what AllProperties adds and leaves out, `default` is the Default shape. `apply` sets
    one property and says whether it did; `finish` computes what follows from a request's properties. `element` writes
    a property for GetItem or (last argument true) a search, None where nothing is special about it. `value` is what
    filters and sort orders compare.
    """

    returned: frozenset[str]
    withheld: frozenset[str]
    default: frozenset[str]
    apply: Callable[[Call, Item, etree._Element], bool]
    finish: Callable[[Call, Item], None]
    element: Callable[[Call, Item, str, bool], str | None]
    value: Callable[[Item, str], Value]


KINDS: Mapping[str, Kind] = {
    "Contact": Kind(contact.RETURNED, contact.WITHHELD, contact.DEFAULT, contact.apply, contact.finish,
                    contact.element, contact.value),
    "DistributionList": Kind(group.RETURNED, group.WITHHELD, group.DEFAULT, group.apply, group.finish,
                             group.element, group.value),
    "Task": Kind(task.RETURNED, task.WITHHELD, task.DEFAULT, task.apply, task.finish, task.element, task.value),
    **{name: Kind(meeting_shape.REQUEST if name == "MeetingRequest" else meeting_shape.OTHERS, meeting_shape.WITHHELD,
                  meeting_shape.DEFAULT, meeting_shape.apply, meeting_shape.finish, meeting_shape.element,
                  meeting_shape.value) for name in meeting_facts.KINDS},
}
