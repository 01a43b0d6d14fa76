"""Links to our pages: whose one is, whether it can be used now, and how often somebody may be refused.

What they lead to is bot/pages/private_page.py's and bot/consent/consents.py's.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from enum import StrEnum
from types import MappingProxyType

from bot.audit.auditing import REFUSALS, Attempt, attempt
from bot.people import Person
from bot.permissions import NotAllowedError, check_member
from bot.services import Services
from bot.stored.audit_entries import What
from bot.stored.one_time import MOST_FROM_AN_ADDRESS, MOST_TRIES, Fate, For, Link


class Refusal(StrEnum):
    """Why a page cannot be used; as it stands in the audit."""

    UNKNOWN = "there is no such link"
    ANOTHERS = "the link is somebody else's"
    USED = "the link was used before"
    EXPIRED = "the link has expired"
    REPLACED = "a newer link was made since"
    CHANGED = "the form was changed since the page was shown"
    GONE_ON = "what waited for it has gone on or ended"
    FORGED = "the request did not come from the page"
    TOO_OFTEN = "too many tries within ten minutes"
    NOT_BEGUN = "it came back to another browser"


FATES: Mapping[Fate, Refusal] = MappingProxyType({
    Fate.USED: Refusal.USED, Fate.EXPIRED: Refusal.EXPIRED, Fate.REPLACED: Refusal.REPLACED,
})


class PageRefusedError(NotAllowedError):
    """The page cannot be used; `why` says it."""

    def __init__(self, why: Refusal) -> None:
        super().__init__(f"{why.capitalize()}.")
        self.why = why


def count_try(services: Services, person: Person, address: str, refuse: Callable[[Refusal], None]) -> None:
    """Counts a try to use a page. Raises PageRefusedError after too many within ten minutes.

    Those of a person are too many if they were refused, on whatever link; of an address, whatever came of them.
    `refuse` writes a refusal into the audit, and raises it.
    """
    by_address = services.one_time.tried(f"address:{address}") - MOST_FROM_AN_ADDRESS
    if by_address > 1:      # the first one is in the audit
        raise PageRefusedError(Refusal.TOO_OFTEN)
    if by_address == 1 or services.one_time.tries(_refused(services, person)) >= MOST_TRIES:
        refuse(Refusal.TOO_OFTEN)


@contextmanager
def attempted(services: Services, person: Person, what: What) -> Iterator[Attempt]:
    """Has what the person does with a page written down; their refusals only until there are too many of them.

    Raises what it raises, and PageRefusedError in the place of a refusal that is one too many.
    """
    with attempt(services, person, what) as this:
        try:
            yield this
        except REFUSALS:
            too_many = services.one_time.tried(_refused(services, person)) - MOST_TRIES
            this.given_up = too_many > 1        # nobody fills the audit with it
            if too_many > 0:
                raise PageRefusedError(Refusal.TOO_OFTEN) from None
            raise


def _refused(services: Services, person: Person) -> str:
    return f"refused:{services.team}:{person.id}"


def own(services: Services, person: Person, token: str, this: Attempt, purposes: Collection[For]) -> Link:
    """The person's own link for one of these purposes, whatever its fate. Raises PageRefusedError."""
    check_member(person, services.team)
    link = services.one_time.find(token)
    if link is None or link.team != services.team or link.purpose not in purposes:
        raise PageRefusedError(Refusal.UNKNOWN)
    this.task_id = link.about
    if link.person != person.id:
        raise PageRefusedError(Refusal.ANOTHERS)
    return link


def own_open(services: Services, person: Person, token: str, this: Attempt, purposes: Collection[For]) -> Link:
    """The same, if it can be used now."""
    link = own(services, person, token, this, purposes)
    if (fate := link.fate(services.clock())) is not Fate.OPEN:
        raise PageRefusedError(FATES[fate])
    return link
