"""Which kinds of items this emulator computes; the others are refused.

Exchange works out most of what an appointment, a contact or a task says (Organizer, FileAs, IsComplete, ...). An
emulator that gave such items back as they came would call nonsense a faithful copy.
"""

from emulators.exchange.errors import ItemError

COMPUTED = frozenset({"Item", "Message", "PostItem", "Contact", "DistributionList", "Task", "CalendarItem"})
# Classes that an item has by the calendar in its MIME alone: meeting messages (MS-OXOCAL 2.2.5).
_OTHER_CLASSES = ("IPM.SCHEDULE.MEETING",)


def check_kind(kind: str) -> None:
    """Raise ItemError ErrorInvalidOperation for the element of a kind that is not computed."""
    if kind not in COMPUTED:
        raise _not_computed(kind)


def check_class(item_class: str) -> None:
    """Raise ItemError ErrorInvalidOperation for the class of a kind that is not computed."""
    upper = item_class.upper()
    if any(upper == one or upper.startswith(one + ".") for one in _OTHER_CLASSES):
        raise _not_computed(item_class)


def check_attachment(kind: str) -> None:
    """Raise ItemError ErrorInvalidOperation for attachments that are neither files nor items."""
    if kind != "ItemAttachment":
        raise _not_computed(kind)


def check_shape(base: str) -> None:
    """Raise ItemError ErrorInvalidOperation for the shape of the people search, which the schema names alone.

    The page of the element BaseShape has IdOnly, Default and AllProperties.
    """
    if base == "PcxPeopleSearch":
        raise _not_computed(base)


def _not_computed(what: str) -> ItemError:
    return ItemError("ErrorInvalidOperation", f"The emulator does not compute {what} yet.")
