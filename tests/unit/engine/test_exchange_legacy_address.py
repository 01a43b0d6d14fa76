"""The address by which an Exchange organization knows a mailbox's owner, by what a server says of appointments."""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from engine.connectors.exchange.errors import CodeError
from engine.connectors.exchange.reading.legacy_address import legacy_address
from engine.connectors.exchange.soap import MESSAGES, TYPES
from engine.errors import Cause, FatalError, RefusedError, RetryableError, Side, SignInError

OWN = "/O=EXAMPLE/OU=EXCHANGE ADMINISTRATIVE GROUP (FYDIBOHF23SPDLT)/CN=RECIPIENTS/CN=0A-OLD"
OTHER = OWN.replace("OLD", "ANN")


class Server:
    """Says the same to whatever it is asked; what is an error it raises."""

    def __init__(self, answer: Any) -> None:
        self.answer = answer

    def all(self, _question: object) -> list[Any]:
        if isinstance(self.answer, Exception) and not isinstance(self.answer, CodeError):
            raise self.answer
        return [self.answer]


def appointment(address: str, *, response: str = "Organizer", routing: str = "EX") -> str:
    """An appointment, as a FindItem gives it."""
    return (
        f"<t:CalendarItem><t:MyResponseType>{response}</t:MyResponseType><t:Organizer><t:Mailbox><t:EmailAddress>"
        f"{address}</t:EmailAddress><t:RoutingType>{routing}</t:RoutingType></t:Mailbox></t:Organizer></t:CalendarItem>"
    )


def told(*appointments: str) -> str:
    """What is made of a calendar with those."""
    items = f"<m:RootFolder><t:Items>{''.join(appointments)}</t:Items></m:RootFolder>"
    answer = etree.fromstring(f'<m:A xmlns:m="{MESSAGES[1:-1]}" xmlns:t="{TYPES[1:-1]}">{items}</m:A>')
    return legacy_address(Server(answer))  # type: ignore[arg-type]  # it answers as one


def test_it_is_the_organizer_of_the_owner_s_own_appointments() -> None:
    """One of somebody else's, to which the owner was invited, is not the owner's address."""
    assert told(appointment(OTHER, response="Accept"), appointment(OWN)) == OWN
    assert told(appointment(OTHER, response="Accept")) == ""


def test_it_is_the_same_in_any_case_of_letters() -> None:
    """Servers write it differently from item to item."""
    assert told(appointment(OWN), appointment(OWN.lower())) in (OWN, OWN.lower())


@pytest.mark.parametrize("calendar", [
    (), (appointment("old@example.org", routing="SMTP"),), (appointment(OWN, routing="SMTP"),),
    (appointment("ann", routing="EX"),), (appointment(OWN), appointment(OTHER)), (appointment("/o=" + "a" * 2000),),
])
def test_nothing_is_guessed(calendar: tuple[str, ...]) -> None:
    """An empty calendar, other addresses, two that differ, and what no directory keeps tell nothing."""
    assert told(*calendar) == ""


@pytest.mark.parametrize("error", [
    CodeError("ErrorAccessDenied", side=Side.SOURCE), RefusedError("no"), RetryableError("busy", back_off=60.0),
    FatalError("no", cause=Cause.FORBIDDEN),
])
def test_a_server_that_does_not_say_stops_nothing(error: Exception) -> None:
    """The report has a line less, and no more."""
    assert legacy_address(Server(error)) == ""  # type: ignore[arg-type]  # it answers as one


def test_a_refused_sign_in_is_one_here_too() -> None:
    """Nobody asks on with a password that was refused."""
    with pytest.raises(SignInError):
        legacy_address(Server(SignInError("no", side=Side.SOURCE)))  # type: ignore[arg-type]  # it answers as one
