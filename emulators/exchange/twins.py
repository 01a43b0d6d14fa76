"""Which extended properties share their value with an element, by the kind of item."""

from collections.abc import Mapping

from emulators.exchange.people.twins import CONTACT, GROUP, Twin
from emulators.exchange.tasks.twins import TASK

TWINS: Mapping[str, Mapping[str, Twin]] = {"Contact": CONTACT, "DistributionList": GROUP, "Task": TASK}


def of(kind: str, path: str) -> Twin | None:
    """The element that an extended property of this kind of item shares its value with."""
    twins = TWINS.get(kind)
    return None if twins is None else twins.get(path)
