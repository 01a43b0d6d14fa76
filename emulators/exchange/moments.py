"""Dates and times as clients write them."""

from emulators.exchange import extended
from emulators.exchange.errors import ItemError


def utc_of(value: str) -> str:
    """An xs:dateTime as UTC with whole seconds; raises ItemError ErrorInvalidValueForProperty."""
    try:
        return extended.moment(value)
    except ValueError as error:
        raise ItemError("ErrorInvalidValueForProperty") from error
