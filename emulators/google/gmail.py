"""The Gmail API's profile and labels, by the discovery document gmail.v1."""

import re
from base64 import urlsafe_b64encode
from typing import Any

from emulators.google.errors import ApiError
from emulators.google.mailboxes import Label, LabelMaking
from emulators.google.people import Person
from emulators.google.rest.refusals import invalid, missing, not_emulated, precondition
from emulators.google.rest.room import Request, Room

_HEX = re.compile(r"[0-9a-f]{1,16}")


def register(room: Room) -> None:
    """Add the methods."""
    room.register("gmail.users.getProfile", profile)
    room.register("gmail.users.labels.list", labels)
    room.register("gmail.users.labels.get", label)
    room.register("gmail.users.labels.create", create_label)
    room.register("gmail.users.messages.get", message)


def mailbox(request: Request) -> Person:
    """Whose mailbox is meant; raises ApiError for an account without one, or somebody else's."""
    person, user = request.room.state.people.primary(request.person.address), request.parameters["userId"]
    if person is None or not person.gmail:
        raise precondition("Mail service not enabled")
    if user != "me" and user.lower() != person.address:
        raise ApiError(403, "PERMISSION_DENIED", "forbidden", f"Delegation denied for {person.address}")
    return person


def profile(request: Request) -> dict[str, Any]:
    """users.getProfile."""
    person, held = mailbox(request), request.room.state.mailboxes
    return {"emailAddress": person.address, "messagesTotal": held.messages_total(person.address),
            "threadsTotal": held.threads_total(person.address), "historyId": "1"}


def labels(request: Request) -> dict[str, Any]:
    """users.labels.list, which has no counts."""
    person = mailbox(request)
    return {"labels": [_named(one) for one in request.room.state.mailboxes.labels(person.address)]}


def label(request: Request) -> dict[str, Any]:
    """users.labels.get."""
    held = request.room.state.mailboxes.labels(mailbox(request).address)
    found = next((one for one in held if one.id == request.parameters["id"]), None)
    if found is None:
        raise missing()
    return _counted(found)


def create_label(request: Request) -> dict[str, Any]:
    """users.labels.create, of a name alone; one that is taken is 409 (github.com/gauteh/lieer/issues/29)."""
    person, held = mailbox(request), request.room.state.mailboxes
    name = (request.given.get("name") or "").strip()
    if set(request.given) - {"name", "labelListVisibility", "messageListVisibility"}:
        raise not_emulated("labels.create with more than a name")
    if not isinstance(held, LabelMaking):
        raise not_emulated("labels.create over this mail")
    shown = (request.given.get("labelListVisibility", "labelShow"), request.given.get("messageListVisibility", "show"))
    if shown != ("labelShow", "show"):
        raise not_emulated("labels that are made hidden")
    if not name:
        raise invalid("Invalid label name", reason="invalidArgument")
    if name.casefold() in {one.name.casefold() for one in held.labels(person.address)}:
        raise ApiError(409, "ABORTED", "aborted", "Label name exists or conflicts")
    return _named(held.add_label(person.address, name))


def message(request: Request) -> dict[str, Any]:
    """users.messages.get, in the formats minimal and raw (its id is IMAP's X-GM-MSGID in hex digits).

    That they are one number, developers.google.com/workspace/gmail/imap/imap-extensions says ("hex equivalent").
    """
    asked, number = mailbox(request), request.parameters["id"]
    held = request.room.state.mailboxes.message(asked.address, int(number, 16)) if _HEX.fullmatch(number) else None
    if held is None:
        raise missing()
    if request.parameters["format"] not in ("raw", "minimal"):
        raise not_emulated(f"{request.method.id} in the format {request.parameters['format']}")
    told = {"id": number, "threadId": f"{held.thread:x}", "labelIds": list(held.labels), "snippet": "",
            "historyId": "1", "internalDate": str(held.received), "sizeEstimate": len(held.content)}
    raw = {"raw": urlsafe_b64encode(held.content).decode()} if request.parameters["format"] == "raw" else {}
    return told | raw


def _named(label: Label) -> dict[str, Any]:
    seen = {"labelListVisibility": label.label_list_visibility, "messageListVisibility": label.message_list_visibility}
    return {"id": label.id, "name": label.name, "type": label.type,
            **{name: value for name, value in seen.items() if value is not None}}


def _counted(label: Label) -> dict[str, Any]:
    threads, unread = label.threads_total, label.threads_unread
    return _named(label) | {
        "messagesTotal": label.messages_total, "messagesUnread": label.messages_unread,
        "threadsTotal": label.messages_total if threads is None else threads,
        "threadsUnread": label.messages_unread if unread is None else unread}
