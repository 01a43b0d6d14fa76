"""Tokens that were given out, and everything of which they die.

The deaths are those of developers.google.com/identity/protocols/oauth2#expiration.
"""

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field

from emulators.google.errors import OAuthError
from emulators.google.people import People, Person
from emulators.google.scopes import SIGN_IN, is_gmail
from emulators.google.settings import Clock, Settings

DEAD = "Token has been expired or revoked."
REAUTH = "https://support.google.com/a/answer/9368756"


@dataclass(slots=True, kw_only=True)
class Access:
    """An access token. `refresh` is the refresh token that it came of or came with, "" without one.

    A `delegated` one was given to a service account: no person has granted it, and none takes it back.
    """

    token: str = field(repr=False)
    address: str
    client_id: str
    scopes: frozenset[str]
    expires: float
    refresh: str = field(default="", repr=False)
    delegated: bool = False


@dataclass(slots=True, kw_only=True)
class Refresh:
    """A refresh token. `expires` is None where nothing limits its life; `used` is when somebody last used it."""

    token: str = field(repr=False)
    address: str
    client_id: str
    scopes: frozenset[str]
    born: float
    used: float
    expires: float | None = None


class Ledger:
    """The living tokens, and what people have approved."""

    def __init__(self, people: People, clock: Clock, settings: Callable[[], Settings]) -> None:
        """Nothing was given out yet."""
        self._people, self._clock, self._settings = people, clock, settings
        self.access: dict[str, Access] = {}
        self.refresh: dict[str, Refresh] = {}               # oldest first
        self.approved: dict[str, frozenset[str]] = {}       # by address: it is the project's, whichever client asked
        self.offline: set[tuple[str, str]] = set()          # address and client that may come when nobody is there

    def give_access(self, address: str, client_id: str, scopes: frozenset[str], refresh: str = "", *,
                    delegated: bool = False) -> Access:
        """A new access token."""
        expires = self._clock() + self._settings().access_seconds
        made = Access(token=f"ya29.{secrets.token_urlsafe(80)}", address=address, client_id=client_id, scopes=scopes,
                      expires=expires, refresh=refresh, delegated=delegated)
        self.access[made.token] = made
        return made

    def give_refresh(self, address: str, client_id: str, scopes: frozenset[str]) -> Refresh:
        """A new refresh token; the oldest of that person and client dies when there are too many."""
        now, settings = self._clock(), self._settings()
        short = settings.audience == "external" and settings.publishing == "testing" and not scopes <= SIGN_IN
        life = settings.testing_seconds if short else settings.granted_seconds
        made = Refresh(token=f"1//0{secrets.token_urlsafe(60)}", address=address, client_id=client_id, scopes=scopes,
                       born=now, used=now, expires=None if life is None else now + life)
        self.refresh[made.token] = made
        self.offline.add((address, client_id))
        same = [one for one in self.refresh.values() if (one.address, one.client_id) == (address, client_id)]
        for one in same[:-settings.refresh_tokens]:
            self.drop(one.token)
        return made

    def living(self, token: str) -> Access | None:
        """The access token, unless it is unknown, expired or gone."""
        found = self.access.get(token)
        return found if found is not None and self._clock() < found.expires else None

    def usable(self, token: str, client_id: str) -> Refresh:
        """The refresh token, which is used now; raises OAuthError when it is dead, or another client's."""
        found = self.refresh.get(token)
        if found is None or self._is_over(found):
            self.drop(token)
            raise OAuthError("invalid_grant", DEAD)
        if found.client_id != client_id:
            raise OAuthError("unauthorized_client", "Unauthorized", status=401)
        self._check_person(self._people.get(found.address), found)
        found.used = self._clock()
        return found

    def _is_over(self, held: Refresh) -> bool:
        now = self._clock()
        expired = held.expires is not None and now >= held.expires
        return expired or now >= held.used + self._settings().idle_seconds

    def _check_person(self, person: Person, held: Refresh) -> None:
        if person.admin_blocks:
            raise OAuthError("admin_policy_enforced", "Blocked by the administrator of the domain.")
        if person.session_seconds is not None and self._clock() >= held.born + person.session_seconds:
            raise OAuthError("invalid_grant", "reauth related error (invalid_rapt)", error_uri=REAUTH,
                             error_subtype="invalid_rapt")

    def drop(self, token: str) -> None:
        """End a token. With a refresh token end the access tokens that came of it, too."""
        self.access.pop(token, None)
        self.refresh.pop(token, None)
        for one in [one.token for one in self.access.values() if token and one.refresh == token]:
            del self.access[one]

    def revoke(self, token: str) -> bool:
        """Take back what a token stands for. True: there was such a token, which lived."""
        found = self.living(token) or self.refresh.get(token)
        if found is None or (isinstance(found, Refresh) and self._is_over(found)):
            return False
        delegated = isinstance(found, Access) and found.delegated
        if self._settings().revoke_ends == "grant" and not delegated:
            self.end_all(found.address)
        self.drop(found.refresh if isinstance(found, Access) else token)
        self.drop(token)
        return True

    def end_all(self, address: str) -> None:
        """What a person has granted to the project is over, as after "Remove access" on their account's page."""
        for one in self._of(address):
            self.drop(one)
        self.approved.pop(address, None)
        self.offline = {one for one in self.offline if one[0] != address}

    def password_changed(self, address: str) -> None:
        """End the tokens with a scope of Gmail; what was approved stays so."""
        for one in self._of(address):
            held = self.access.get(one) or self.refresh.get(one)
            if held is not None and any(is_gmail(scope) for scope in held.scopes):
                self.drop(one)

    def _of(self, address: str) -> list[str]:
        """The tokens that somebody has granted."""
        granted = [one for one in self.access.values() if not one.delegated]
        held: list[Access | Refresh] = [*self.refresh.values(), *granted]
        return [one.token for one in held if one.address == address]
