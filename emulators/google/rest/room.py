"""The room of all REST methods: who registers one needs to know nothing of tokens, scopes, quotas and shapes."""

import json
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import parse_qs

from emulators.google.errors import ApiError
from emulators.google.people import Person
from emulators.google.replies import NOT_STORED, Reply, refused
from emulators.google.rest.bodies import checked_body, loaded
from emulators.google.rest.documents import Method, methods
from emulators.google.rest.paging import PAGES, Tokens, UnknownTokenError, page_size
from emulators.google.rest.parameters import COMMON, parsed
from emulators.google.rest.partial import partial
from emulators.google.rest.quotas import Meter
from emulators.google.rest.refusals import (
    api_disabled,
    formed,
    invalid,
    not_delegated,
    not_emulated,
    not_signed_in,
    precondition,
    scope_missing,
)
from emulators.google.shapes import checked
from emulators.google.state import State

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call as its method gets it: checked, and of somebody who may.

    `parameters` are typed and have the document's defaults. `now` is seconds since the epoch.
    """

    room: "Room" = field(repr=False)
    method: Method
    person: Person
    parameters: Mapping[str, Any]
    body: dict[str, Any] | None
    now: float
    base_url: str

    @property
    def given(self) -> dict[str, Any]:
        """The body of a method that takes one."""
        assert self.body is not None
        return self.body

    def bound(self, *free: str) -> tuple[Any, ...]:
        """What a token of this call is bound to: whose it is, the method, all parameters but the ones that are free."""
        held = {name: value for name, value in self.parameters.items() if name not in (*COMMON, *free)}
        return (self.person.address, self.method.id, json.dumps(held, sort_keys=True))

    def page(self, entries: Sequence[T], key: Callable[[T], Hashable]) -> tuple[list[T], str | None]:
        """One page of a listing, and the token of the next one, None on the last page.

        The first page settles which entries there are, and in which order: what comes later is on none of them, what
        goes is missing, and what changes is told as it is. Google says nothing of it but that a token needs the same
        parameters again. Raises ApiError (400) for a size or a token that is not valid.
        """
        size, token = page_size(self.method, self.parameters), self.parameters.get("pageToken")
        bound = self.bound("pageToken")
        settings, sparse = self.room.state.settings, PAGES[self.method.id].sparse
        rest = [key(one) for one in entries] if token is None else self._rest(token, bound)
        size = min(size, settings.largest_page or size)
        if settings.sparse_pages and sparse and token is None:
            size = 0
        following = self.room.tokens.issue(bound, rest[size:], settings.page_token_seconds) if rest[size:] else None
        there = {key(one): one for one in entries}
        return [there[one] for one in rest[:size] if one in there], following

    def _rest(self, token: str, bound: tuple[Any, ...]) -> list[Any]:
        try:
            return list(self.room.tokens.redeem(token, bound))
        except UnknownTokenError as error:
            raise invalid("Invalid page token", parameter="pageToken", reason="invalid") from error


Work = Callable[[Request], dict[str, Any] | None]
Act = Callable[..., Any]


class Room:
    """The methods that there are, and what people do that no API has."""

    def __init__(self, state: State) -> None:
        """No method is registered."""
        self.state = state
        self.tokens, self._meter = Tokens(state.clock), Meter(state.clock)
        self.files: dict[str, tuple[bytes, str]] = {}       # below /contacts/: bytes and their type
        self._works: dict[str, Work] = {}
        self._acts: dict[str, Act] = {}

    def register(self, method_id: str, work: Work) -> None:
        """Let `work` answer a method of a discovery document; raises KeyError for one that none has."""
        self._works[methods()[method_id].id] = work

    def register_act(self, name: str, act: Act) -> None:
        """Let `act(person, **given)` be what `GoogleEmulator.act(name, address, …)` does."""
        self._acts[name] = act

    def act(self, name: str, address: str, given: Mapping[str, Any]) -> Any:
        """Carry out an act of somebody; raises LookupError for one that there is not."""
        if name not in self._acts:
            raise LookupError(f"nobody can do {name}: {', '.join(sorted(self._acts))}")
        return self._acts[name](self.state.people.get(address), **given)

    def call(self, method_id: str, address: str, body: Any, given: Mapping[str, Any]) -> dict[str, Any]:
        """A method called by its owner in process: no token, no quota, the same checks; {} for an empty answer.

        Raises ApiError with what Google would answer, KeyError for a method that no document has.
        """
        method = methods()[method_id]
        texts = {name: [_text(one) for one in (value if isinstance(value, list) else [value])]
                 for name, value in given.items() if value is not None}
        if "userId" in method.places:
            texts.setdefault("userId", ["me"])
        path = {name: texts.pop(name)[0] for name in method.places}
        person = self.state.people.get(address)
        try:
            answer = self._answer(method, person, path, texts, body)
        except ApiError as error:
            raise formed(method.api, error) from error
        return answer or {}

    def answer(self, method: Method, path: Mapping[str, str], query: str, token: str, sent: tuple[str, bytes]) -> Reply:
        """The answer to an HTTP request; `sent` is the type of its body, and the body."""
        try:
            person = self._admitted(method, token)
            given = parse_qs(query, keep_blank_values=True)
            answer = self._answer(method, person, path, given, loaded(*sent))
        except ApiError as error:
            return refused(formed(method.api, error))
        if answer is None:
            return Reply(status=204, headers=NOT_STORED)
        if fields := given.get("fields"):
            answer = partial(answer, fields[0])
        return Reply(body=json.dumps(answer, indent=2), headers=NOT_STORED)

    def _admitted(self, method: Method, token: str) -> Person:
        access = self.state.ledger.living(token)
        if access is None:
            raise not_signed_in()
        if method.api in self.state.settings.disabled_apis:
            raise api_disabled(method.api)
        if not access.scopes & method.scopes:
            raise scope_missing(method.api, method.id)
        if method.delegated_only and not access.delegated:
            raise not_delegated()
        self._meter.count(method, access.address, self.state.settings)
        person = self.state.people.primary(access.address)
        if person is None:      # a service account for itself
            raise precondition("Mail service not enabled")
        return person

    def _answer(self, method: Method, person: Person, path: Mapping[str, str], query: Mapping[str, list[str]],
                body: Any) -> dict[str, Any] | None:
        parameters = parsed(method, path, query)
        work = self._works.get(method.id)
        if work is None:
            raise not_emulated(method.id)
        answer = work(Request(room=self, method=method, person=person, parameters=parameters,
                              body=checked_body(method, body), now=self.state.clock(), base_url=self.state.base_url))
        if not method.response:
            return None
        assert answer is not None
        return checked(method.document, method.response, answer)


def _text(value: Any) -> str:
    return {True: "true", False: "false"}[value] if isinstance(value, bool) else str(value)
