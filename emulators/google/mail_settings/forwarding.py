"""Forwarding addresses, auto-forwarding, and the addresses that somebody sends as."""

from typing import Any

from emulators.google.clients import NotPossibleError
from emulators.google.errors import ApiError
from emulators.google.gmail import mailbox
from emulators.google.people import Person
from emulators.google.rest.refusals import invalid, missing, precondition
from emulators.google.rest.room import Request, Room


class Forwarding:
    """The methods of settings.forwardingAddresses and settings.sendAs, getAutoForwarding and updateAutoForwarding."""

    def __init__(self, room: Room) -> None:
        """Register them."""
        self._verified: dict[str, dict[str, bool]] = {}
        self._auto: dict[str, dict[str, Any]] = {}
        settings = "gmail.users.settings"
        for name, work in {"list": self.addresses, "get": self.get, "create": self.create,
                           "delete": self.delete}.items():
            room.register(f"{settings}.forwardingAddresses.{name}", work)
        room.register(f"{settings}.getAutoForwarding", lambda request: self._auto_of(mailbox(request)))
        room.register(f"{settings}.updateAutoForwarding", self.update_auto)
        room.register(f"{settings}.sendAs.list", lambda request: {"sendAs": sent_as(mailbox(request))})
        room.register(f"{settings}.sendAs.get", self.send_as)
        room.register_act("gmail.verify_forwarding", self.verify)

    def is_verified(self, person: Person, address: str) -> bool:
        """True: mail may be forwarded there."""
        return self._of(person).get(address.lower(), False)

    def everything(self, person: Person) -> str:
        """Where all mail goes that is no spam (support.google.com/mail/answer/10957), "" for nowhere.

        Raises NotPossibleError where it does not stay in the inbox then: no page says what filters do with it.
        """
        auto = self._auto.get(person.address, {})
        if not auto.get("enabled"):
            return ""
        if auto.get("disposition", "leaveInInbox") != "leaveInInbox":
            raise NotPossibleError(f"auto-forwarding with the disposition {auto['disposition']}, and filters")
        return str(auto["emailAddress"])

    def verify(self, person: Person, address: str) -> None:
        """Whoever has an address confirms that somebody may forward to it."""
        self._of(person)[address.lower()] = True

    def addresses(self, request: Request) -> dict[str, Any]:
        """forwardingAddresses.list: without any there is no field."""
        found = [_told(*one) for one in self._of(mailbox(request)).items()]
        return {"forwardingAddresses": found} if found else {}

    def get(self, request: Request) -> dict[str, Any]:
        """forwardingAddresses.get."""
        held, address = self._of(mailbox(request)), request.parameters["forwardingEmail"].lower()
        if address not in held:
            raise missing()
        return _told(address, verified=held[address])

    def create(self, request: Request) -> dict[str, Any]:
        """forwardingAddresses.create: pending until it is confirmed."""
        held, address = self._of(mailbox(request)), (request.given.get("forwardingEmail") or "").lower()
        if "@" not in address.strip("@"):
            raise invalid("Invalid forwardingEmail", reason="invalidArgument")
        if address in held:
            raise ApiError(409, "ALREADY_EXISTS", "alreadyExists", "The forwarding address exists already")
        held[address] = False
        return _told(address, verified=False)

    def delete(self, request: Request) -> None:
        """forwardingAddresses.delete."""
        if self._of(mailbox(request)).pop(request.parameters["forwardingEmail"].lower(), None) is None:
            raise missing()

    def update_auto(self, request: Request) -> dict[str, Any]:
        """settings.updateAutoForwarding, to a verified address."""
        person = mailbox(request)
        given = {name: value for name, value in request.given.items() if value is not None}
        if given.get("enabled") and not self.is_verified(person, given.get("emailAddress", "")):
            raise precondition("Unrecognized forwarding address")
        self._auto[person.address] = {"enabled": False} | given
        return self._auto_of(person)

    def send_as(self, request: Request) -> dict[str, Any]:
        """sendAs.get."""
        wanted = request.parameters["sendAsEmail"].lower()
        found = next((one for one in sent_as(mailbox(request)) if one["sendAsEmail"] == wanted), None)
        if found is None:
            raise missing()
        return found

    def _auto_of(self, person: Person) -> dict[str, Any]:
        return self._auto.get(person.address, {"enabled": False})

    def _of(self, person: Person) -> dict[str, bool]:
        return self._verified.setdefault(person.address, {})


def sent_as(person: Person) -> list[dict[str, Any]]:
    """The primary address, which has no verification status (gmail.v1, SendAs), and the aliases."""
    own = {"sendAsEmail": person.address, "displayName": person.name, "replyToAddress": "", "signature": "",
           "isPrimary": True, "isDefault": True}
    return [own, *({"sendAsEmail": one, "displayName": "", "replyToAddress": "", "signature": "", "isDefault": False,
                    "treatAsAlias": True, "verificationStatus": "accepted"} for one in person.aliases)]


def _told(address: str, verified: bool) -> dict[str, Any]:  # noqa: FBT001 - unpacked from the pairs of a dict
    return {"forwardingEmail": address, "verificationStatus": "accepted" if verified else "pending"}
