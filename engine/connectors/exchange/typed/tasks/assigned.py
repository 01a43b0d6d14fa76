"""Tasks that were assigned to somebody: each arrives as a task of the mailbox's own.

Who is told of an assigned task, and by what it is known to them, is in properties by which mail programs send updates
([MS-OXOTASK] 3.1.4.5); none of these is carried, so nobody hears anything of the copy. Owner, Delegator and
DelegationState are read-only ([MS-OXWSTASK] 2.2.4.6); the names stay readable in the properties behind them.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree

from engine.connectors.exchange.typed import xml
from engine.connectors.exchange.typed.properties import drop_property, put_property, value_of
from engine.connectors.exchange.typed.tasks.fields import ASSIGNER, OWNER, OWNERSHIP

_OF_NOBODY = ("", "0")              # PidLidTaskOwnership [MS-OXOTASK] 2.2.2.2.29: not assigned
_NOT_DELEGATED = ("", "NoMatch")    # page "DelegationState"
GIVEN = "it was assigned to {}; here it is a task of this mailbox alone, and nobody is told how it goes on"
TAKEN = "it was assigned by {}; here it is a task of this mailbox alone, and nobody is told how it goes on"
_ASSIGNERS = "1"                    # the copy of who has assigned it
SOMEBODY = "somebody whom the source does not name"


def stand_alone(item: etree._Element) -> Iterator[str]:
    """Notes whose task an assigned one was and who has assigned it, and yields words for the report.

    A task that was not assigned has neither.
    """
    owner, assigner = (value_of(item, one.number) for one in (OWNER, ASSIGNER))
    owner, assigner = owner or xml.words(item, "Owner"), xml.words(item, "Delegator") or assigner
    for one, name in ((OWNER, owner), (ASSIGNER, assigner)):
        drop_property(item, one.number)
        if name and _is_assigned(item):
            put_property(item, one, name)
    if value_of(item, OWNERSHIP.number) == _ASSIGNERS:
        yield GIVEN.format(_named(owner))
    elif _is_assigned(item):
        yield TAKEN.format(_named(assigner))


def _is_assigned(item: etree._Element) -> bool:
    delegated = xml.words(item, "DelegationState").strip() not in _NOT_DELEGATED or bool(xml.words(item, "Delegator"))
    return delegated or value_of(item, OWNERSHIP.number) not in _OF_NOBODY


def _named(name: str) -> str:
    return f"“{name[:100]}”" if name else SOMEBODY
