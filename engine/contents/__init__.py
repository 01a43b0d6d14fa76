"""What moves: a content is a file here, and a row of CONTENTS. Their order is the order of the steps."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType

from engine.contents.calendars import CALENDARS
from engine.contents.colours import COLOURS
from engine.contents.contact_groups import CONTACT_GROUPS
from engine.contents.contacts import CONTACTS
from engine.contents.inbox_rules import INBOX_RULES
from engine.contents.mail import MAIL
from engine.contents.notes import NOTES
from engine.contents.out_of_office import OUT_OF_OFFICE
from engine.contents.tasks import TASKS
from engine.contents.way import Way
from engine.errors import Side
from engine.migration.account import Access, Account
from engine.migration.content import Content
from engine.systems import System, systems
from engine.words import listed

Contents = Mapping[Content, Way]


def contents(*ways: Way) -> Contents:
    """Those contents, in the order in which they move; a rollback goes through them backwards."""
    return MappingProxyType({way.content: way for way in ways})


def movable(
    source: System, destination: System, *, withheld: Collection[Content] = ()
) -> tuple[Content, ...]:
    """The contents that a person can choose to move between those systems, in the order of the steps.

    `withheld` are those that the right of an account does not reach.
    """
    both = source.contents(Side.SOURCE) & destination.contents(Side.DESTINATION)
    return tuple(
        content for content in CONTENTS
        if content in both and content not in COMES_WITH and content not in withheld
    )


def withheld_from(*accounts: Account) -> frozenset[Content]:
    """The contents that one of those accounts does not reach, by the right with which it opens its mailbox."""
    is_another = any(account.access is Access.FULL_ACCESS for account in accounts)
    return OF_THE_LOGIN if is_another else frozenset()


def why_withheld(withheld: Collection[Content]) -> str:
    """Words on what an account's right does not reach; "" where it reaches everything."""
    if not withheld:
        return ""
    named = listed([content.value for content in CONTENTS if content in withheld]).capitalize()
    return f"{named} can be moved by impersonation, or by the owner's own login; full access does not reach them."


def with_what_comes(chosen: Collection[Content], source: System, destination: System) -> tuple[Content, ...]:
    """The chosen contents and those that come with one of them between those systems, in the order of the steps."""
    both = source.contents(Side.SOURCE) & destination.contents(Side.DESTINATION)
    return tuple(
        content for content in CONTENTS
        if content in chosen or (content in both and COMES_WITH.get(content) in chosen)
    )


def called(chosen: Content, source: System, destination: System) -> str:
    """What a person reads where they choose it between those systems: `Tasks, with notes`."""
    coming = [content for content in with_what_comes([chosen], source, destination) if content is not chosen]
    return ", with ".join((chosen.capitalize(), *coming))


def lacking(source: System, destination: System) -> tuple[Content, ...]:
    """The contents that a person could choose of that destination, were they from another source, in order."""
    wanted = destination.contents(Side.DESTINATION) - source.contents(Side.SOURCE)
    return tuple(content for content in CONTENTS if content in wanted and content not in COMES_WITH)


def why_not(source: System, destination: System) -> str:
    """Words on what cannot move from that source, and from which it can; "" where everything can."""
    missing = lacking(source, destination)
    if not missing:
        return ""
    others = [other.row.called for other in systems(Side.SOURCE) if set(missing) <= other.contents(Side.SOURCE)]
    given = listed([content.value for content in movable(source, destination)])
    words = f"{source.row.called} gives only {given}."
    more = listed([content.value for content in missing]).capitalize()
    return f"{words} {more} can be moved from {listed(others)}." if others else words


CONTENTS = contents(COLOURS, MAIL, CONTACTS, CONTACT_GROUPS, CALENDARS, TASKS, NOTES, INBOX_RULES, OUT_OF_OFFICE)
# What Exchange opens to the mailbox's own login, and to whoever impersonates it; not to a delegate, whatever else these
# may do ("Delegate access and EWS in Exchange").
OF_THE_LOGIN = frozenset({Content.INBOX_RULES, Content.OUT_OF_OFFICE})
# What nobody chooses by itself, and what it comes with.
COMES_WITH: Mapping[Content, Content] = MappingProxyType({
    Content.COLOURS: Content.MAIL, Content.NOTES: Content.TASKS,
})
