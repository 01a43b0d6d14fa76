"""What moves from a Google account: said in one table, read by another, opened by a third."""

from __future__ import annotations

from engine.connectors.google.access.scopes import GMAIL_SETTINGS, LABELS, MAIL, SCOPES, asked, missing
from engine.connectors.google.contents import READINGS, SETTINGS
from engine.connectors.google.rest.interfaces import Interface
from engine.contents import movable
from engine.migration.content import Content
from engine.systems import System

GIVES = System.GOOGLE.row.gives


def test_everything_that_is_offered_can_be_read_and_asked_for() -> None:
    """Mail, the contents of items, and the settings; each has its scopes."""
    assert {Content.MAIL, *READINGS, *SETTINGS} == set(GIVES) == set(SCOPES)
    assert set(movable(System.GOOGLE, System.EXCHANGE)) == set(GIVES)


def test_no_more_is_asked_for_than_what_is_ticked() -> None:
    """Each content's scopes, and who consents; what the permission for mail opens is asked for without it alone."""
    assert all(set(SCOPES[content]) < set(asked([content])) for content in GIVES)
    assert all(len(asked([content])) == 2 + len(SCOPES[content]) for content in GIVES)
    assert {GMAIL_SETTINGS, LABELS} <= set(asked([Content.INBOX_RULES, Content.CALENDARS]))
    assert not {GMAIL_SETTINGS, LABELS} & set(asked(GIVES))
    assert MAIL not in asked(GIVES - {Content.MAIL})


def test_what_is_missing_is_what_no_scope_opens() -> None:
    """One that serves several contents opens all of them."""
    for content in GIVES:
        assert content not in missing(GIVES, asked([content]))
    assert missing(GIVES, [MAIL]) == GIVES - {Content.MAIL, Content.INBOX_RULES, Content.OUT_OF_OFFICE}
    assert missing([Content.INBOX_RULES], [GMAIL_SETTINGS]) == {Content.INBOX_RULES}
    assert missing(GIVES, []) == GIVES
    assert missing([Content.NOTES], asked(GIVES)) == {Content.NOTES}


def test_an_interface_is_asked_with_what_its_contents_were_granted() -> None:
    """A service account asks for the same scopes, an interface at a time."""
    of_interfaces = {scope for interface in Interface for scope in interface.about.scopes}
    assert of_interfaces == {scope for scopes in SCOPES.values() for scope in scopes} - {MAIL}
