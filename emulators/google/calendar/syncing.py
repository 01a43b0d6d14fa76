"""Pages of lists that end with a sync token (developers.google.com/workspace/calendar/api/guides/sync)."""

from collections.abc import Callable, Hashable, Sequence
from typing import Any, TypeVar

from emulators.google.calendar.books import World
from emulators.google.calendar.refusals import needs_full_sync, wrong_parameter
from emulators.google.rest.paging import UnknownTokenError
from emulators.google.rest.room import Request

T = TypeVar("T")
FREE = ("pageToken", "syncToken", "maxResults")     # what may differ from the list that gave the token


class Syncing:
    """The tokens of one world's lists."""

    def __init__(self, world: World) -> None:
        """None is given out."""
        self._world = world
        self._begun: dict[str, int] = {}    # by page token: the last change when the first page was made

    def since(self, request: Request, valid_from: int = 0) -> int | None:
        """The change for which the call's sync token stands, None without one.

        Raises CalendarError: 410 for one that has expired or is of before `valid_from`, 400 for any other that was not
        given out for the same parameters.
        """
        token = request.parameters.get("syncToken")
        if token is None:
            return None
        try:
            number: int = request.room.tokens.redeem(token, request.bound(*FREE))
        except UnknownTokenError as error:
            raise (needs_full_sync() if error.expired
                   else wrong_parameter("syncToken", "Invalid sync token value.", reason="invalid")) from error
        if number < valid_from:
            raise needs_full_sync()
        return number

    def page(self, request: Request, entries: Sequence[T], key: Callable[[T], Hashable], *,
             synced: bool = True) -> tuple[list[T], dict[str, Any]]:
        """One page, and the field with the token that follows: nextPageToken, else nextSyncToken if it is `synced`."""
        begun = self._begun.get(request.parameters.get("pageToken", ""), self._world.change)
        shown, following = request.page(entries, key)
        if following is not None:
            self._begun[following] = begun
            return shown, {"nextPageToken": following}
        if not synced:
            return shown, {}
        seconds = request.room.state.settings.sync_token_seconds
        return shown, {"nextSyncToken": request.room.tokens.issue(request.bound(*FREE), begun, seconds)}
