"""The people who have a Google account."""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256

from emulators.google.clients import NotPossibleError

CONSUMER = ("gmail.com", "googlemail.com")


@dataclass(slots=True, kw_only=True)
class Person:
    """An account. `domain` is its Workspace domain, "" for one of Gmail's own; `aliases` are its second addresses.

    `test_user`: on the project's list. `admin_blocks`: the domain's administrator lets the app have nothing
    (support.google.com/a/answer/7281227). `session_seconds` is after what time the administrator wants people to sign
    in again (support.google.com/a/answer/9368756). `gmail` is False for an account without a mailbox.
    """

    address: str
    name: str
    sub: str
    domain: str
    aliases: tuple[str, ...] = ()
    test_user: bool = False
    admin_blocks: bool = False
    session_seconds: float | None = None
    gmail: bool = True


class People:
    """All of them, by every address that they have."""

    def __init__(self) -> None:
        """Nobody yet."""
        self._people: dict[str, Person] = {}

    def add(self, address: str, name: str = "", *, aliases: Iterable[str] = (), domain: str | None = None,
            test_user: bool = False) -> Person:
        """One more. The domain is that of the address unless it is said. Raises NotPossibleError for one who exists."""
        address, seconds = address.lower(), tuple(one.lower() for one in aliases)
        if taken := [one for one in (address, *seconds) if self.find(one)]:
            raise NotPossibleError(f"{taken[0]} is somebody's address already")
        host = address.partition("@")[2]
        sub = str(10**20 + int(sha256(address.encode()).hexdigest(), 16) % 10**20)
        person = Person(address=address, name=name or address.partition("@")[0].title(), sub=sub, aliases=seconds,
                        domain=domain if domain is not None else "" if host in CONSUMER else host, test_user=test_user)
        self._people[address] = person
        return person

    def find(self, address: str) -> Person | None:
        """Whose address it is, a second one too."""
        wanted = _same(address)
        return next((one for one in self._people.values() if wanted in map(_same, (one.address, *one.aliases))), None)

    def get(self, address: str) -> Person:
        """The person with this address; raises NotPossibleError when there is none."""
        found = self.find(address)
        if found is None:
            raise NotPossibleError(f"nobody has the address {address}")
        return found

    def hinted(self, hint: str) -> Person | None:
        """Whom a login_hint means: an address, or the `sub` of an ID token."""
        return self.find(hint) or next((one for one in self._people.values() if one.sub == hint), None)

    def primary(self, address: str) -> Person | None:
        """The person whose first address it is."""
        return self._people.get(address.lower())

    def all(self) -> list[Person]:
        """Everybody, in the order in which they were added."""
        return list(self._people.values())


def _same(address: str) -> str:
    """What all spellings of an address have in common; Gmail's own do not care for dots.

    support.google.com/mail/answer/7436150; of both names of its host: packagist.org/packages/danjam/gmail-matcher.
    """
    name, _, host = address.lower().partition("@")
    return f"{name.replace('.', '')}@{CONSUMER[0]}" if host in CONSUMER else address.lower()
