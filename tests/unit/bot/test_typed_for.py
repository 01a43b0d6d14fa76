"""Passwords of the private page are for the accounts that it named: a form that names others keeps them no longer."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType

import pytest

from bot.stored.drafts import Draft, Fields, account_of, with_accounts
from engine.errors import Side

FIELDS = Fields(source_server="imap.example.org", source_login="ann", destination_server="ex.example.org",
                destination_login="ann@example.com")


def draft(fields: Fields) -> Draft:
    """A form whose passwords were both typed on the page."""
    typed_for = MappingProxyType({side: account_of(fields, side) for side in Side})
    return Draft("7K2F-9QXD", "T1", "U1", "", datetime(2026, 11, 22, tzinfo=UTC), fields, kept=frozenset(Side),
                 typed_for=typed_for)


@pytest.mark.parametrize(("change", "lost"), [
    ({"source_server": "imap.evil.example"}, {Side.SOURCE}),
    ({"source_login": "bob"}, {Side.SOURCE}),
    ({"source_kind": "pop3"}, {Side.SOURCE}),
    ({"destination_server": "ex.evil.example"}, {Side.DESTINATION}),
    ({"destination_server": ""}, {Side.DESTINATION}),
    ({"destination_login": "bob@example.com"}, {Side.DESTINATION}),
    ({"notify": "it@example.org", "source_server": " imap.example.org "}, set()),
])
def test_an_account_that_was_changed_keeps_no_password(change: dict[str, str], lost: set[Side]) -> None:
    """Whatever names it counts; the other side's password, and what names no account, are left alone."""
    changed = replace(FIELDS, **change)      # type: ignore[arg-type]  # all of them are texts

    after = with_accounts(draft(FIELDS), changed)

    assert (after.fields, set(Side) - after.kept, set(Side) - set(after.typed_for)) == (changed, lost, lost)


def test_a_server_that_was_looked_up_keeps_it_and_another_one_does_not() -> None:
    """The page said that it is looked up and confirmed in the form; what a person types there is something else."""
    named_none = draft(replace(FIELDS, destination_server=""))
    found = replace(named_none, fields=FIELDS)      # as the check has written it down

    assert with_accounts(found, FIELDS).kept == set(Side)
    assert with_accounts(found, replace(FIELDS, destination_server="ex.evil.example")).kept == {Side.SOURCE}
    assert with_accounts(named_none, FIELDS).kept == {Side.SOURCE}      # typed, and not looked up
