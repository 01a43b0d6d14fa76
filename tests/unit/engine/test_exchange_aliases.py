"""In which ways the people of an item may have been written, when a directory tells several addresses of them."""

from __future__ import annotations

from typing import Any, cast

import pytest
from lxml import etree

from engine.connectors.exchange.reading.asking import Asking, Question
from engine.connectors.exchange.soap import MESSAGES, TYPES
from engine.connectors.exchange.typed.addresses import Directory, resolving
from engine.connectors.exchange.typed.aliases import known_otherwise

ANN, BOB = "ann@new.example", "bob@new.example"
KNOWN = {
    ANN: (ANN, "ann@old.example", "a.lee@old.example"),
    BOB: (BOB, "bob@old.example"),
    "carol@new.example": ("carol@new.example.net", "carol@old.example"),        # somebody whose address begins so
    "/o=x/cn=dan": ("dan@new.example",),
}


class Answering:
    """A directory that tells of each of these people all of their addresses. `asked` are the questions, in order."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def all(self, question: Question) -> list[Any]:
        entry = question.body.partition("<m:UnresolvedEntry>")[2].partition("<")[0]
        self.asked.append(entry)
        told = KNOWN.get(entry, ())
        entries = "".join(f'<t:Entry Key="EmailAddress{n}">smtp:{one}</t:Entry>' for n, one in enumerate(told, 1))
        contact = f"<t:Contact><t:EmailAddresses>{entries}</t:EmailAddresses></t:Contact>"
        one = f"<t:Resolution><t:Mailbox/>{contact}</t:Resolution>"
        bound = f'xmlns:m="{MESSAGES[1:-1]}" xmlns:t="{TYPES[1:-1]}"'
        return [etree.fromstring(f"<m:M {bound}><m:ResolutionSet>{one if told else ''}</m:ResolutionSet></m:M>")]


def item(*addresses: str) -> etree._Element:
    """An appointment with them."""
    people = "".join(
        f"<t:Attendee><t:Mailbox><t:EmailAddress>{one}</t:EmailAddress></t:Mailbox></t:Attendee>" for one in addresses
    )
    return etree.fromstring(
        f'<t:CalendarItem xmlns:t="{TYPES[1:-1]}"><t:OptionalAttendees>{people}</t:OptionalAttendees></t:CalendarItem>'
    )


@pytest.mark.parametrize(("shown", "written"), [
    ((ANN, BOB), {ANN: "ann@old.example", BOB: "bob@old.example"}),
    ((ANN, BOB), {ANN: "a.lee@old.example", BOB: BOB}),
    (("/O=x/CN=dan", "zoe@x.example"), {"/o=x/cn=dan": "dan@new.example"}),
])
def test_each_way_in_which_people_may_have_been_written_is_tried(
    shown: tuple[str, ...], written: dict[str, str]
) -> None:
    """All by one domain, or some by another address and some not; or by mail what is shown by the directory's own."""
    directory = Directory(resolving(cast("Asking", Answering())))

    assert written in list(known_otherwise([item(*shown)], directory))


def test_whoever_is_not_surely_the_same_has_no_other_address() -> None:
    """A directory finds somebody whose address only begins like the one that was asked for; each is asked for once."""
    answering = Answering()
    directory = Directory(resolving(cast("Asking", answering)))
    shown = item("carol@new.example", "zoe@x.example")

    assert [list(known_otherwise([shown], directory)) for _ in range(2)] == [[], []]
    assert answering.asked == ["carol@new.example", "zoe@x.example"]
