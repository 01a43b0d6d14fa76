"""People whom a directory knows by several addresses: a server may show another one of theirs than was written.

Nobody has documented which it shows. One that is written as SMTP may come back as the primary address of its mailbox,
or as the directory's own (legacyExchangeDN, of the type EX). Nor is it documented that a directory tells all of them:
an item that shows another one counts as changed where it does not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import islice, product

from lxml import etree

from engine.connectors.exchange.typed.addresses import Directory, addresses_of

MOST = 400      # ways that are tried


def known_otherwise(items: list[etree._Element], directory: Directory) -> Iterator[Mapping[str, str]]:
    """The ways in which the people of those items may have been written: of an address that is shown another one.

    First those in which all have an address of the same domain, as they have where an organization got another name.
    Raises FatalError, RetryableError.
    """
    shown = sorted({one for item in items for one in addresses_of(item)})
    others = {one: known for one in shown if (known := directory.others(one))}
    domains = sorted({_domain(one) for known in others.values() for one in known})
    for domain in domains:
        yield {one: found[0] for one, known in others.items() if (found := [o for o in known if _domain(o) == domain])}
    if others:
        choices = product(*[(one, *known) for one, known in others.items()])
        yield from (dict(zip(others, each, strict=True)) for each in islice(choices, MOST))


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
