"""The Gmail API's profile and labels, by the discovery document gmail.v1."""

from collections.abc import Mapping
from typing import Any

from emulators.google.errors import ApiError
from emulators.google.mailboxes import Label
from emulators.google.people import Person
from emulators.google.shapes import checked, method
from emulators.google.state import State

API = "gmail.v1"
QUERY = {"alt": "json", "prettyPrint": None, "quotaUser": None, "key": None}    # with the value that is understood


def not_signed_in() -> ApiError:
    """401, in the words of developers.google.com/workspace/gmail/api/guides/handle-errors."""
    return ApiError(401, "UNAUTHENTICATED", "authError", "Request had invalid authentication credentials.",
                    said="Invalid Credentials", where={"location": "Authorization", "locationType": "header"})


class Gmail:
    """What there is of the API."""

    def __init__(self, state: State) -> None:
        """The mailboxes are those of the state."""
        self._state = state

    def profile(self, user: str, token: str, query: Mapping[str, list[str]]) -> dict[str, Any]:
        """users.getProfile; raises ApiError."""
        person = self._mailbox(user, token, query, "users", "getProfile")
        held = self._state.mailboxes
        return checked(API, "Profile", {
            "emailAddress": person.address, "messagesTotal": held.messages_total(person.address),
            "threadsTotal": held.threads_total(person.address), "historyId": "1"})

    def labels(self, user: str, token: str, query: Mapping[str, list[str]]) -> dict[str, Any]:
        """users.labels.list, which has no counts; raises ApiError."""
        person = self._mailbox(user, token, query, "users", "labels", "list")
        found = [_named(one) for one in self._state.mailboxes.labels(person.address)]
        return checked(API, "ListLabelsResponse", {"labels": found})

    def label(self, user: str, number: str, token: str, query: Mapping[str, list[str]]) -> dict[str, Any]:
        """users.labels.get; raises ApiError."""
        person = self._mailbox(user, token, query, "users", "labels", "get")
        found = next((one for one in self._state.mailboxes.labels(person.address) if one.id == number), None)
        if found is None:
            raise ApiError(404, "NOT_FOUND", "notFound", "Requested entity was not found.")
        return checked(API, "Label", _counted(found))

    def _mailbox(self, user: str, token: str, query: Mapping[str, list[str]], *names: str) -> Person:
        """Whose mailbox it is, if the token may ask that of it."""
        access = self._state.ledger.living(token)
        if access is None:
            raise not_signed_in()
        called = method(API, *names)
        if not access.scopes & set(called["scopes"]):
            raise _too_little(called["id"])
        _check_query(query)
        person = self._state.people.primary(access.address)
        if person is None or not person.gmail:
            raise ApiError(400, "FAILED_PRECONDITION", "failedPrecondition", "Mail service not enabled")
        if user != "me" and user.lower() != person.address:
            raise ApiError(403, "PERMISSION_DENIED", "forbidden", f"Delegation denied for {person.address}")
        return person


def _too_little(called: str) -> ApiError:
    """403, as in github.com/googleworkspace/cli/issues/282 and many more."""
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": "ACCESS_TOKEN_SCOPE_INSUFFICIENT",
            "domain": "googleapis.com", "metadata": {"service": "gmail.googleapis.com", "method": called}}
    return ApiError(403, "PERMISSION_DENIED", "insufficientPermissions",
                    "Request had insufficient authentication scopes.", said="Insufficient Permission",
                    more={"details": [info]})


def _check_query(query: Mapping[str, list[str]]) -> None:
    for name, values in query.items():
        if name not in QUERY or len(values) != 1 or QUERY[name] not in (None, values[0]):
            raise ApiError(400, "INVALID_ARGUMENT", "badRequest", f"Not understood here: {name}",
                           where={"location": name, "locationType": "parameter"})


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
