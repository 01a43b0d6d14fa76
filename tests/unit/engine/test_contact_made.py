"""A contact made ready for another mailbox: what a server would refuse is put right, and named."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from typing import Any

import pytest
from lxml import etree

from engine.connectors.exchange.soap import TYPES
from engine.connectors.exchange.typed.addresses import Directory
from engine.connectors.exchange.typed.circumstances import Circumstances
from engine.connectors.exchange.typed.contact.made import made
from engine.connectors.exchange.typed.whole import Whole
from engine.ports.typed import TypedItem
from tests.servers.exchange.pair import tagged

NOW = datetime(2026, 3, 2, tzinfo=UTC)
NAME = "<t:DisplayName>Ann</t:DisplayName>"


class Nobody:
    """Asks nobody: these contacts name no one of an organization."""

    stop = threading.Event()


def contact(inside: str, item_id: str = "x") -> TypedItem:
    known = f'<t:ItemId Id="{item_id}"/>'
    whole = Whole(etree.fromstring(f'<t:Contact xmlns:t="{TYPES[1:-1]}">{known}{inside}</t:Contact>'))
    nobody: Any = Nobody()
    return made(1, whole, Circumstances(Directory(nobody), NOW, nobody))


def written(item: TypedItem) -> list[str]:
    """The fields of what is written, by their names."""
    return [one.tag.removeprefix(TYPES) for one in etree.fromstring(item.element)]


def test_a_phone_number_that_exchange_2013_has_no_key_for_is_named() -> None:
    """The others are written; under such a key, a server would refuse all contacts of the request."""
    item = contact(
        f'{NAME}<t:PhoneNumbers><t:Entry Key="HomePhone">1</t:Entry><t:Entry Key="IPPhone">2</t:Entry></t:PhoneNumbers>'
    )

    assert b">1<" in item.element
    assert b"IPPhone" not in item.element
    assert item.untold == "its phone number 2 is not carried: Exchange 2013 does not know the kind IPPhone"


@pytest.mark.parametrize("empty", [
    "<t:EmailAddresses/>", '<t:EmailAddresses><t:Entry Key="EmailAddress1"/></t:EmailAddresses>',
    '<t:PhysicalAddresses><t:Entry Key="Home"><t:Street> </t:Street></t:Entry></t:PhysicalAddresses>',
    "<t:Children><t:String/></t:Children>", "<t:GivenName/>", "<t:FileAs></t:FileAs>",
])
def test_what_says_nothing_is_not_written(empty: str) -> None:
    """The schema wants an entry in each dictionary; nothing is lost by it, and nothing is said."""
    item = contact(NAME + empty)

    assert written(item) == ["DisplayName"]
    assert item.untold == ""
    assert item.ours == contact(NAME).ours


def test_a_subject_that_is_the_name_is_left_to_the_server_and_any_other_is_cut() -> None:
    """A server makes it of the name, so that it follows a later change of the name."""
    assert written(contact(f"<t:Subject>Ann</t:Subject>{NAME}")) == ["DisplayName"]
    item = contact(f"<t:Subject>{'x' * 300}</t:Subject>{NAME}")
    assert etree.fromstring(item.element).findtext(f"{TYPES}Subject") == "x" * 255
    assert "was cut to 255 characters" in item.untold


def test_two_contacts_without_a_search_key_are_two() -> None:
    """They are known by their ids; with one, a contact is the same wherever it is moved to."""
    assert contact(NAME, "x").key == contact(NAME, "x").key != contact(NAME, "y").key
    key = tagged("0x300b", "Binary", "AAAA")
    assert contact(key + NAME, "x").key == contact(key + "<t:DisplayName>Bo</t:DisplayName>", "y").key
    assert contact(key + NAME).key != contact(NAME).key
    assert b"0x300b" not in contact(key + NAME).element


@pytest.mark.parametrize("day", ["1975-05-31T22:00:00Z", "1975-06-01T00:00:00Z", "1975-06-01T11:59:00Z"])
def test_a_day_is_the_same_however_a_server_keeps_it(day: str) -> None:
    """As midnight somewhere, or as noon."""
    noon = contact(f"{NAME}<t:Birthday>1975-06-01T11:59:00Z</t:Birthday>")

    assert contact(f"{NAME}<t:Birthday>{day}</t:Birthday>").ours == noon.ours
    assert contact(f"{NAME}<t:Birthday>1975-06-02T11:59:00Z</t:Birthday>").ours != noon.ours
